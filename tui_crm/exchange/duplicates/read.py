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

_COLUMNS = (
    "c.id, c.kind, c.name, c.organization, c.street, c.postcode, c.city, c.birthday, c.custom"
)
_POINTS = "SELECT p.customer_id, p.kind, p.normalized FROM contact_point p WHERE {where}"


def custom_names(session: Session) -> list[str]:
    """The custom fields that may tell customers apart."""
    return [f.name for f in session.fields.of("customer") if f.custom and f.type in _TELLING]


_TELLING = frozenset({"text", "date", "number"})


def visible(
    session: Session, ids: Sequence[int] | None, custom: Sequence[str]
) -> Iterator[Profile]:
    """The profiles of all customers that the viewer may see, or of those of `ids`, by id.

    Runs inside `session.db.reading()`.
    """
    db = session.db
    allowed, params = visibility.condition(session.viewer)
    join = "" if ids is None else f" JOIN {db.temp_ids(ids)} t ON t.id = c.id"
    sql = f"SELECT {_COLUMNS} FROM customer c{join} WHERE {allowed} ORDER BY c.id"
    for rows in db.stream(sql, params):
        points = _points(db, [row[0] for row in rows], every=ids is None)
        yield from _profiles(rows, custom, points)


def everybody(db: Database) -> Iterator[Profile]:
    """The profiles of all live customers, whoever may see them, by id.

    Runs inside `db.reading()` or a transaction.
    """
    sql = f"SELECT {_COLUMNS} FROM customer c WHERE c.deleted_at = '' ORDER BY c.id"
    for rows in db.stream(sql):
        yield from _profiles(rows, (), _points(db, [row[0] for row in rows], every=True))


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
        ways = _points(db, [row[0] for row in rows], every=False) if points else {}
        found += _profiles(rows, (), ways)
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


def _profiles(
    rows: Sequence[tuple[Any, ...]],
    custom: Sequence[str],
    points: Mapping[int, Mapping[str, Sequence[str]]],
) -> Iterator[Profile]:
    for id_, kind, name, organization, street, postcode, city, birthday, extra in rows:
        held = points.get(id_, {})
        own = read_custom(json.loads(extra), custom) if custom and extra != "{}" else ()
        yield make(
            id_,
            kind=kind, name=name, company=organization,
            phones=held.get("phone", ()), emails=held.get("email", ()),
            handles=held.get("handle", ()), street=street, postcode=postcode, city=city,
            birthday=birthday, custom=own or [""] * len(custom),
        )  # fmt: skip


def _points(db: Database, ids: Sequence[int], *, every: bool) -> dict[int, dict[str, list[str]]]:
    """The contact points of these customers (of all between the first and the last) by kind."""
    found: dict[int, dict[str, list[str]]] = {}
    if not ids:
        return found
    parts: list[tuple[str, Sequence[int]]]
    if every:
        parts = [("p.customer_id BETWEEN ? AND ?", (ids[0], ids[-1]))]
    else:
        parts = [(f"p.customer_id IN ({marks(len(some))})", some) for some in chunks(ids)]
    for where, params in parts:
        for id_, kind, value in db.rows(_POINTS.format(where=where), params):
            found.setdefault(id_, {}).setdefault(kind, []).append(value)
    return found
