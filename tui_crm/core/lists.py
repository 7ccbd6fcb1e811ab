"""The lists of a customer in their own tables: tags and contact points."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui_crm.core.points import KINDS
from tui_crm.core.records import chunks, marks
from tui_crm.core.rows import Value

if TYPE_CHECKING:
    from tui_crm.core.checker import Checker
    from tui_crm.core.fields import Field
    from tui_crm.store import Database

POINT_COLUMNS = ("customer_id", "kind", "label", "value", "normalized", "position")


def tag_ids(db: Database, names: Iterable[str]) -> dict[str, int]:
    """The ids of tags by name; those that do not exist yet are made."""
    wanted = sorted(set(names))
    found = known_tags(db, wanted)
    missing = [(name,) for name in wanted if name not in found]
    if missing:
        db.run_many("INSERT INTO tag (name) VALUES (?) ON CONFLICT (name) DO NOTHING", missing)
        found = known_tags(db, wanted)
    return found


def write_tags(db: Database, customer_id: int, old: Value, new: Value) -> None:
    """Give a customer the tags `new` instead of `old`."""
    before, after = set(_names(old)), set(_names(new))
    if gone := sorted(before - after):
        db.run(
            "DELETE FROM customer_tag WHERE customer_id = ? AND tag_id IN"
            f" (SELECT id FROM tag WHERE name IN ({marks(len(gone))}))",
            (customer_id, *gone),
        )
    if added := after - before:
        db.run_many(
            "INSERT INTO customer_tag (customer_id, tag_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(customer_id, id_) for id_ in tag_ids(db, added).values()],
        )


def write_points(checker: Checker, field: Field, customer_id: int, items: Value) -> None:
    """Give a customer these contact points of one kind, in this order."""
    db = checker.session.db
    kind = KINDS[field.type]
    db.run("DELETE FROM contact_point WHERE customer_id = ? AND kind = ?", (customer_id, kind))
    rows = point_rows(checker, field, customer_id, items)
    if rows:
        sql = f"INSERT INTO contact_point ({', '.join(POINT_COLUMNS)}) VALUES ({marks(6)})"
        db.run_many(sql, rows)


def point_rows(
    checker: Checker, field: Field, customer_id: int, items: Value
) -> list[tuple[int, str, str, str, str, int]]:
    """The rows of the contact point table for a list; columns as in `POINT_COLUMNS`."""
    points = (checker.point(field, item) for item in _names(items))
    return [
        (customer_id, p.kind, p.label, p.value, p.normalized, position)
        for position, p in enumerate(points)
    ]


def known_tags(db: Database, names: list[str]) -> dict[str, int]:
    """The ids of those tags that exist, by name."""
    found: dict[str, int] = {}
    for chunk in chunks(names):
        found.update(
            db.rows(f"SELECT name, id FROM tag WHERE name IN ({marks(len(chunk))})", chunk)
        )
    return found


def _names(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
