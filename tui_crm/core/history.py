"""The history: who changed what, when, and what can be taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tui_crm.core import summaries, visibility
from tui_crm.core.effect import undoers
from tui_crm.core.ids import IdSet
from tui_crm.core.places import origin
from tui_crm.core.records import chunks, marks, undump
from tui_crm.core.rows import ChangeRow, ChangeSetRow, FieldDiff, Value
from tui_crm.errors import NotFound
from tui_crm.text import dates
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_SETS = (
    "SELECT s.id, s.uid, s.at, coalesce(u.login, ''), s.face, s.kind, s.summary, s.reason, s.done,"
    " s.failed, s.skipped, s.undoes_id FROM change_set s LEFT JOIN crm_user u ON u.id = s.actor_id"
)
_CHANGES = (
    "SELECT h.id, h.change_set_id, s.at, coalesce(u.login, ''), h.entity, h.record_id,"
    " coalesce(c.name, ''), h.action, h.field, h.old, h.new, h.customer_id, s.source, h.place"
    " FROM change h"
    " JOIN change_set s ON s.id = h.change_set_id LEFT JOIN crm_user u ON u.id = s.actor_id"
    " LEFT JOIN customer c ON c.id = h.customer_id"
)
_NOT_PURGED = (
    "EXISTS (SELECT 1 FROM change h WHERE h.change_set_id = s.id AND (h.customer_id IS NULL"
    " OR EXISTS (SELECT 1 FROM customer c WHERE c.id = h.customer_id)))"
)
# More transactions than this are never under way at the same time.
_OVERLAP = 64
_UNDOS = 200  # of one user, in which an undo to be taken back is looked for


def change_sets(
    session: Session, customer_id: int | None = None, before: int | None = None, limit: int = 100
) -> list[ChangeSetRow]:
    """Change sets, newest first, below the id `before`; of one customer, or of everything.

    Only sets that touched something the viewer may see.
    """
    where, params = _visible_sets(session)
    if customer_id is not None:
        where += " AND s.id IN (SELECT h.change_set_id FROM change h WHERE h.customer_id = ?)"
        params.append(customer_id)
    if before is not None:
        where += " AND s.id < ?"
        params.append(before)
    return _sets(session, f"{where} ORDER BY s.id DESC LIMIT ?", [*params, limit])


def change_set(session: Session, change_set_id: int) -> ChangeSetRow | None:
    """One change set, None if there is none that the viewer may see."""
    where, params = _visible_sets(session)
    found = _sets(session, f"{where} AND s.id = ?", [*params, change_set_id])
    return found[0] if found else None


def last_import(session: Session, source: str) -> ChangeSetRow | None:
    """The newest import of files of these names (as `places.dump` writes them) that the viewer may
    see and that was not undone.
    """
    where, params = _visible_sets(session)
    where += " AND s.kind = 'import' AND s.source = ?"
    found = _sets(session, f"{where} ORDER BY s.id DESC LIMIT 1", [*params, source])
    return found[0] if found and found[0].undone_by_id is None else None


def changes(
    session: Session,
    change_set_id: int,
    offset: int = 0,
    limit: int = 200,
    *,
    customer_id: int | None = None,
) -> list[ChangeRow]:
    """The single changes of a set in the order in which they were made, hidden records left out.

    With `customer_id` only those of that customer, its interactions and tasks.
    """
    allowed, params = visibility.condition(session.viewer, deleted=True)
    only = "" if customer_id is None else " AND h.customer_id = ?"
    of_customer = [] if customer_id is None else [customer_id]
    with session.db.connection():
        found = session.db.rows(
            f"{_CHANGES} WHERE h.change_set_id = ?{only}"
            f" AND ((h.customer_id IS NULL AND s.actor_id = ?) OR {allowed})"
            " ORDER BY h.id LIMIT ? OFFSET ?",
            (change_set_id, *of_customer, session.viewer.id, *params, limit, offset),
        )
    return [_change(row) for row in found]


def first_changes(session: Session, change_set_ids: Sequence[int]) -> dict[int, ChangeRow]:
    """The first change of each of a page of sets: what to call a set that has no summary.

    Sets whose first change is hidden from the viewer are left out.
    """
    allowed, params = visibility.condition(session.viewer, deleted=True)
    found: list[tuple[Any, ...]] = []
    with session.db.connection():
        for ids in chunks(list(change_set_ids)):
            found += session.db.rows(
                f"{_CHANGES} WHERE h.id IN (SELECT (SELECT f.id FROM change f WHERE"
                " f.change_set_id = w.id ORDER BY f.id LIMIT 1) FROM change_set w"
                f" WHERE w.id IN ({marks(len(ids))}))"
                f" AND ((h.customer_id IS NULL AND s.actor_id = ?) OR {allowed})",
                (*ids, session.viewer.id, *params),
            )
    return {row[1]: _change(row) for row in found}


def change_count(session: Session, change_set_id: int, *, customer_id: int | None = None) -> int:
    """How many changes `changes` gives for a set in all, or for one customer."""
    allowed, params = visibility.condition(session.viewer, deleted=True)
    only = "" if customer_id is None else " AND h.customer_id = ?"
    of_customer = [] if customer_id is None else [customer_id]
    with session.db.connection():
        row = session.db.one(
            "SELECT count(*) FROM change h JOIN change_set s ON s.id = h.change_set_id"
            f" LEFT JOIN customer c ON c.id = h.customer_id WHERE h.change_set_id = ?{only}"
            f" AND ((h.customer_id IS NULL AND s.actor_id = ?) OR {allowed})",
            (change_set_id, *of_customer, session.viewer.id, *params),
        )
    return int(row[0]) if row else 0


def names(session: Session, customer_ids: Sequence[int]) -> dict[int, str]:
    """The names of customers, deleted ones too; those whom the viewer may not see are left out."""
    allowed, params = visibility.condition(session.viewer, deleted=True)
    found: dict[int, str] = {}
    with session.db.connection():
        for ids in chunks(dict.fromkeys(customer_ids)):
            found.update(
                session.db.rows(
                    f"SELECT c.id, c.name FROM customer c WHERE c.id IN ({marks(len(ids))})"
                    f" AND {allowed}",
                    (*ids, *params),
                )
            )
    return found


def last_undoable(session: Session) -> ChangeSetRow | None:
    """The viewer's newest change set that can be undone; an undo itself is not offered."""
    undone = _undone(session)
    before: int | None = None
    while True:
        where = f"WHERE s.actor_id = ? AND s.kind NOT IN ('undo', 'purge') AND {_NOT_PURGED}"
        params: list[Any] = [session.viewer.id]
        if before is not None:
            where += " AND s.id < ?"
            params.append(before)
        page = _sets(session, f"{where} ORDER BY s.id DESC LIMIT ?", [*params, 50])
        for row in page:
            if row.id not in undone:
                return row
        if not page:
            return None
        before = page[-1].id


def last_redoable(session: Session) -> ChangeSetRow | None:
    """The viewer's newest undo that is in effect, so that taking it back does the act again."""
    undone = _undone(session)
    found = _sets(
        session,
        "WHERE s.actor_id = ? AND s.undoes_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM change_set o WHERE o.id = s.undoes_id AND o.kind = 'undo')"
        " ORDER BY s.id DESC LIMIT ?",
        [session.viewer.id, _UNDOS],
    )
    return next((row for row in found if row.id not in undone), None)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which acts of the history are wanted; what is empty does not narrow it."""

    user: str = ""  # login
    since: datetime | None = None
    until: datetime | None = None  # exclusive
    field: str = ""  # name of a field that was changed
    kind: str = ""  # of the change set
    customer_id: int | None = None
    text: str = ""  # a part of an old or a new value
    change_set_id: int | None = None


def search(
    session: Session, wanted: Filter, before: int | None = None, limit: int = 100
) -> list[ChangeSetRow]:
    """The change sets that `wanted` describes, newest first, below the id `before`."""
    where, params = _visible_sets(session)
    more, values = _sets_wanted(wanted)
    inner, inner_values = _changes_wanted(wanted)
    where += more
    params += values
    if inner:
        where += f" AND EXISTS (SELECT 1 FROM change h WHERE h.change_set_id = s.id{inner})"
        params += inner_values
    if before is not None:
        where += " AND s.id < ?"
        params.append(before)
    return _sets(session, f"{where} ORDER BY s.id DESC LIMIT ?", [*params, limit])


def export(session: Session, wanted: Filter) -> Iterator[ChangeRow]:
    """The single changes that `wanted` describes, oldest first, without ever holding all."""
    allowed, params = visibility.condition(session.viewer, deleted=True)
    more, values = _sets_wanted(wanted)
    inner, inner_values = _changes_wanted(wanted)
    for rows in session.db.stream(
        f"{_CHANGES} WHERE ((h.customer_id IS NULL AND s.actor_id = ?) OR {allowed}){more}{inner}"
        " ORDER BY h.id",
        (session.viewer.id, *params, *values, *inner_values),
    ):
        yield from map(_change, rows)


def as_of(session: Session, customer_id: int, at: datetime) -> dict[str, Value] | None:
    """What the fields of a customer held at a moment; None if it was not there, or in the bin.

    It goes back from what is there now, so that it also knows customers who were there before
    their history begins. Raises `NotFound` for a customer whom the viewer may not see.
    """
    from tui_crm.core import customers

    with session.db.reading():
        now = customers.get(session, customer_id, deleted=True)
        values = {
            name: value
            for name, value in now.values.items()
            if (field := session.fields.get(name)) is not None and field.editable
        }
        here = now.deleted_at is None
        for action, name, old in session.db.rows(
            "SELECT h.action, h.field, h.old FROM change h JOIN change_set s"
            " ON s.id = h.change_set_id WHERE h.entity = 'customer' AND h.record_id = ?"
            " AND s.at > ? ORDER BY h.id DESC",
            (customer_id, dates.to_iso(at)),
        ):
            if action == "update" and name in values:
                value = undump(old)
                values[name] = tuple(sorted(map(str, value))) if name == "tags" else value  # type: ignore[arg-type]
            elif action in ("delete", "restore"):
                here = action == "delete"
            elif action == "create":
                return None
    created = now.values.get("created_at")
    return values if here and (not created or str(created) <= dates.to_iso(at)) else None


def diff(session: Session, customer_id: int, earlier: datetime, later: datetime) -> list[FieldDiff]:
    """The fields of a customer that differ between two moments, in the order of the forms."""
    before, after = as_of(session, customer_id, earlier), as_of(session, customer_id, later)
    names = [f.name for f in session.fields.of("customer") if f.name in (before or after or {})]
    pairs = [(f, (before or {}).get(f, ""), (after or {}).get(f, "")) for f in names]
    return [FieldDiff(name, old, new) for name, old, new in pairs if old != new and (old or new)]


def change(session: Session, change_id: int) -> ChangeRow:
    """One single change; raises `NotFound` if there is none that the viewer may see."""
    allowed, params = visibility.condition(session.viewer, deleted=True)
    with session.db.connection():
        row = session.db.one(
            f"{_CHANGES} WHERE h.id = ? AND ((h.customer_id IS NULL AND s.actor_id = ?)"
            f" OR {allowed})",
            (change_id, session.viewer.id, *params),
        )
    if row is None:
        raise NotFound(_("There is no change {id}.").format(id=change_id))
    return _change(row)


def since(session: Session, change_set_id: int) -> IdSet:
    """The visible customers whom others changed after that change set, for a live refresh.

    What this session changed itself is not among them. Ids are given at the start of a
    transaction, so a set may appear after one with a higher id did: the session remembers which
    of the last ones it has seen.
    """
    allowed, params = visibility.condition(session.viewer, deleted=True)
    found = IdSet()
    with session.db.reading():
        ids = _newest_ids(session, change_set_id - _OVERLAP)
        seen = session.seen_sets if session.seen_sets is not None else ids
        fresh = {id_ for id_ in ids if id_ > change_set_id or id_ not in seen} - session.own_sets
        for some in chunks(sorted(fresh)):
            for rows in session.db.stream(
                "SELECT h.customer_id FROM change h JOIN customer c ON c.id = h.customer_id"
                f" WHERE h.change_set_id IN ({marks(len(some))}) AND {allowed}",
                (*some, *params),
            ):
                found.update(row[0] for row in rows)
    session.seen_sets = ids
    return found


def customers_of(session: Session, change_set_id: int) -> IdSet:
    """The visible customers whom a change set touched, deleted ones included."""
    allowed, params = visibility.condition(session.viewer, deleted=True)
    found = IdSet()
    for rows in session.db.stream(
        "SELECT h.customer_id FROM change h JOIN customer c ON c.id = h.customer_id"
        f" WHERE h.change_set_id = ? AND {allowed}",
        (change_set_id, *params),
    ):
        found.update(row[0] for row in rows)
    return found


def latest_id(session: Session) -> int:
    """The id of the newest change set, 0 if there is none."""
    with session.db.connection():
        row = session.db.one("SELECT max(id) FROM change_set")
        latest = int(row[0] or 0) if row else 0
        if session.seen_sets is None:
            session.seen_sets = _newest_ids(session, latest - _OVERLAP)
    return latest


def _newest_ids(session: Session, after: int) -> set[int]:
    return {row[0] for row in session.db.rows("SELECT id FROM change_set WHERE id > ?", (after,))}


def on_my_customers(session: Session, limit: int = 50) -> list[ChangeSetRow]:
    """The newest change sets in which somebody else touched a customer whom the viewer owns."""
    return _sets(
        session,
        "WHERE (s.actor_id IS NULL OR s.actor_id <> ?) AND s.id IN (SELECT h.change_set_id"
        " FROM change h JOIN customer c ON c.id = h.customer_id WHERE c.owner_id = ?)"
        " ORDER BY s.id DESC LIMIT ?",
        [session.viewer.id, session.viewer.id, limit],
    )


def _change(row: tuple[Any, ...]) -> ChangeRow:
    id_, set_id, at, actor, entity, record_id, name, action, field, old, new, *rest = row
    customer_id, source, place = rest
    # The whole record of a creation is no value of a field: the record itself shows it.
    before, after = (undump(old), undump(new)) if field else (None, None)
    return ChangeRow(
        id_, set_id, dates.from_iso(at), actor, entity, record_id, name, action, field, before,
        after, customer_id, origin(source, place),
    )  # fmt: skip


def _visible_sets(session: Session) -> tuple[str, list[Any]]:
    allowed, params = visibility.condition(session.viewer, deleted=True)
    if allowed == "TRUE":
        return "WHERE TRUE", []
    return (
        "WHERE (s.actor_id = ? OR EXISTS (SELECT 1 FROM change h JOIN customer c"
        f" ON c.id = h.customer_id WHERE h.change_set_id = s.id AND {allowed}))",
        [session.viewer.id, *params],
    )


def _sets_wanted(wanted: Filter) -> tuple[str, list[Any]]:
    """What a filter asks of a change set ``s``."""
    where = ""
    params: list[Any] = []
    for column, value in (
        ("s.id = ?", wanted.change_set_id),
        ("u.login = ?", wanted.user),
        ("s.kind = ?", wanted.kind),
        ("s.at >= ?", dates.to_iso(wanted.since) if wanted.since else ""),
        ("s.at < ?", dates.to_iso(wanted.until) if wanted.until else ""),
    ):
        if value:
            where += f" AND {column}"
            params.append(value)
    return where, params


def _changes_wanted(wanted: Filter) -> tuple[str, list[Any]]:
    """What a filter asks of a single change ``h``."""
    where = ""
    params: list[Any] = []
    if wanted.customer_id is not None:
        where += " AND h.customer_id = ?"
        params.append(wanted.customer_id)
    if wanted.field:
        where += " AND h.field = ?"
        params.append(wanted.field)
    if wanted.text:
        where += " AND (lower(h.old) LIKE ? ESCAPE '~' OR lower(h.new) LIKE ? ESCAPE '~')"
        params += ["%" + re.sub("[%_~]", r"~\g<0>", wanted.text.lower()) + "%"] * 2
    return where, params


def _undone(session: Session) -> dict[int, int]:
    with session.db.connection():
        return undoers(session.db)


def _sets(session: Session, where: str, params: list[Any]) -> list[ChangeSetRow]:
    with session.db.reading():
        found = session.db.rows(f"{_SETS} {where}", params)
        undone = undoers(session.db, min((row[0] for row in found), default=0)) if found else {}
    return [
        ChangeSetRow(id_, uid, dates.from_iso(at), actor, face, kind,
                     summaries.shown(summary, session.fields), reason, done, failed,
                     skipped, undoes_id, undone.get(id_))
        for id_, uid, at, actor, face, kind, summary, reason, done, failed, skipped, undoes_id
        in found
    ]  # fmt: skip
