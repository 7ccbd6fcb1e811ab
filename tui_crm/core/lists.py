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
_PAIRS = 500


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
    gone, added = [], []
    for id_, (old, new) in changed.items():
        before, after = set(_names(old)), set(_names(new))
        gone += [(id_, name) for name in before - after]
        added += [(id_, name) for name in after - before]
    ids = tag_ids(db, {name for _id, name in (*gone, *added)})
    for some in chunks(gone, _PAIRS):
        db.run(
            "DELETE FROM customer_tag WHERE (customer_id, tag_id) IN"
            f" (VALUES {','.join(['(?,?)'] * len(some))})",
            [value for id_, name in some for value in (id_, ids[name])],
        )
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
