"""Customers read from the database as profiles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tui_crm.core import visibility
from tui_crm.core.points import normalise, split
from tui_crm.core.records import chunks, marks
from tui_crm.core.rows import Value, Viewer
from tui_crm.exchange.duplicates.profile import Profile, make, read_custom

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.store import Database

Batch = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]
"""Rows of customers, and those of their contact points, as they stand in the database."""

_COLUMNS = (
    "c.id, c.kind, c.name, c.organization, c.street, c.postcode, c.city, c.birthday, c.custom"
)
_POINTS = "SELECT p.customer_id, p.kind, p.normalized FROM contact_point p WHERE {where}"


def custom_names(session: Session) -> list[str]:
    """The custom fields that may tell customers apart."""
    return [f.name for f in session.fields.of("customer") if f.custom and f.type in _TELLING]


_TELLING = frozenset({"text", "date", "number"})


def at_least(session: Session, ids: Sequence[int] | None, many: int) -> bool:
    """Whether the viewer may see so many customers, or `ids` are so many."""
    if ids is not None:
        return len(ids) >= many
    allowed, params = visibility.condition(session.viewer)
    sql = f"SELECT count(*) FROM (SELECT 1 FROM customer c WHERE {allowed} LIMIT ?) found"
    return int((session.db.one(sql, (*params, many)) or (0,))[0]) >= many


def visible(session: Session, ids: Sequence[int] | None) -> Iterator[Batch]:
    """All customers that the viewer may see, or those of `ids`, by id, some thousand at a time.

    Runs inside `session.db.reading()`.
    """
    db = session.db
    allowed, params = visibility.condition(session.viewer)
    join = "" if ids is None else f" JOIN {db.temp_ids(ids)} t ON t.id = c.id"
    sql = f"SELECT {_COLUMNS} FROM customer c{join} WHERE {allowed} ORDER BY c.id"
    for rows in db.stream(sql, params):
        yield rows, _points(db, [row[0] for row in rows], every=ids is None)


def everybody(db: Database) -> Iterator[Profile]:
    """The profiles of all live customers, whoever may see them, by id.

    Runs inside `db.reading()` or a transaction.
    """
    sql = f"SELECT {_COLUMNS} FROM customer c WHERE c.deleted_at = '' ORDER BY c.id"
    for rows in db.stream(sql):
        yield from profiles((rows, _points(db, [row[0] for row in rows], every=True)), ())


def some(
    db: Database, viewer: Viewer | None, ids: Sequence[int], *, points: bool = True
) -> list[Profile]:
    """The profiles of those of `ids` who are there and whom `viewer` (None: anybody) may see.

    Without `points` nothing is known of their telephone numbers and addresses on the net.
    """
    allowed, params = visibility.condition(viewer) if viewer else ("c.deleted_at = ''", [])
    found: list[Profile] = []
    for chunk in chunks(ids):
        rows = db.rows(
            f"SELECT {_COLUMNS} FROM customer c WHERE c.id IN ({marks(len(chunk))}) AND {allowed}",
            (*chunk, *params),
        )
        ways = _points(db, [row[0] for row in rows], every=False) if points else []
        found += profiles((rows, ways), ())
    return found


def typed(values: Mapping[str, Value], country: str) -> Profile:
    """The profile of a customer who is being typed; `country` reads the telephone numbers."""

    def text(name: str) -> str:
        return str(values.get(name) or "")

    def points(name: str, kind: str) -> list[str]:
        given = values.get(name) or ()
        items = given if isinstance(given, tuple | list) else str(given).split(";")
        found = (normalise(split(str(item).strip())[1], kind, country) for item in items)
        return [value for value in found if value]

    return make(
        0,
        kind=text("kind"), name=text("name"), company=text("organization"),
        phones=points("phones", "phone"), emails=points("emails", "email"),
        handles=points("handles", "handle"), street=text("street"), postcode=text("postcode"),
        city=text("city"), birthday=text("birthday"),
    )  # fmt: skip


def profiles(batch: Batch, custom: Sequence[str]) -> Iterator[Profile]:
    """The profiles of some customers, with the values of the custom fields of these names."""
    rows, points = batch
    held: dict[int, dict[str, list[str]]] = {}
    for id_, kind, value in points:
        held.setdefault(id_, {}).setdefault(kind, []).append(value)
    nothing = [""] * len(custom)
    for id_, kind, name, organization, street, postcode, city, birthday, extra in rows:
        mine = held.get(id_, {})
        own = read_custom(json.loads(extra), custom) if custom and extra != "{}" else ()
        yield make(
            id_,
            kind=kind, name=name, company=organization,
            phones=mine.get("phone", ()), emails=mine.get("email", ()),
            handles=mine.get("handle", ()), street=street, postcode=postcode, city=city,
            birthday=birthday, custom=own or nothing,
        )  # fmt: skip


def _points(db: Database, ids: Sequence[int], *, every: bool) -> list[tuple[Any, ...]]:
    """The contact points of these customers (of all between the first and the last)."""
    if not ids:
        return []
    if every:
        where = "p.customer_id BETWEEN ? AND ?"
        return db.rows(_POINTS.format(where=where), (ids[0], ids[-1]))
    found: list[tuple[Any, ...]] = []
    for some in chunks(ids):
        where = f"p.customer_id IN ({marks(len(some))})"
        found += db.rows(_POINTS.format(where=where), some)
    return found
