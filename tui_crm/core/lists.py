"""The lists of a customer in their own tables: tags and contact points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tui_crm.core.points import KINDS
from tui_crm.core.records import chunks, marks
from tui_crm.core.rows import Value

if TYPE_CHECKING:
    from tui_crm.core.checker import Checker
    from tui_crm.core.fields import Field
    from tui_crm.store import Database

POINT_COLUMNS = ("customer_id", "kind", "label", "value", "normalized", "position")
_FEW = 100  # ids in a statement; more are put into a table


def tag_ids(db: Database, names: Iterable[str]) -> dict[str, int]:
    """The ids of tags by name; those that do not exist yet are made."""
    wanted = sorted(set(names))
    found = known_tags(db, wanted)
    missing = [(name,) for name in wanted if name not in found]
    if missing:
        db.run_many("INSERT INTO tag (name) VALUES (?) ON CONFLICT (name) DO NOTHING", missing)
        found = known_tags(db, wanted)
    return found


def write_tags(db: Database, changed: Mapping[int, tuple[Value, Value]]) -> None:
    """Give customers, by id, their new tags; of each the tags before and after."""
    gone: dict[str, list[int]] = {}
    added: list[tuple[int, str]] = []
    for id_, (old, new) in changed.items():
        before, after = set(_names(old)), set(_names(new))
        for name in before - after:
            gone.setdefault(name, []).append(id_)
        added += [(id_, name) for name in after - before]
    ids = tag_ids(db, {*gone, *(name for _id, name in added)})
    for name, owners in gone.items():
        delete = "DELETE FROM customer_tag WHERE tag_id = ? AND customer_id IN ({where})"
        if len(owners) <= _FEW:
            db.run(delete.format(where=marks(len(owners))), (ids[name], *owners))
            continue
        with db.ids_table(owners) as table:
            db.run(delete.format(where=f"SELECT id FROM {table}"), (ids[name],))
    if added:
        rows = [(id_, ids[name]) for id_, name in added]
        db.bulk_insert("customer_tag", ("customer_id", "tag_id"), rows)


def write_points(checker: Checker, field: Field, items: Mapping[int, Value]) -> None:
    """Give customers, by id, these contact points of one kind, in the order given."""
    db = checker.session.db
    kind = KINDS[field.type]
    for some in chunks(items):
        db.run(
            f"DELETE FROM contact_point WHERE kind = ? AND customer_id IN ({marks(len(some))})",
            (kind, *some),
        )
    rows = [row for id_, texts in items.items() for row in point_rows(checker, field, id_, texts)]
    if rows:
        db.bulk_insert("contact_point", POINT_COLUMNS, rows)


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
