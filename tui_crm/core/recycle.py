"""The recycle bin: deleted customers, to be looked through, brought back, or purged for good.

A deleted customer keeps all that hangs on it: interactions, tasks, tags and contact points are
hidden with it and come back with it. One that was merged into another is no entry of the bin:
its way back is to take the merge back.

To purge is the one act that cannot be undone. It takes the customer's rows, every value of theirs
in the history, and every index entry. What stays in the history says who did what to the record of
that id and when, and names nobody: an account of what was done, without what it was done to. It
needs an administrator.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tui_crm.core import summaries, visibility
from tui_crm.core.changes.door import apply, close_set, old_outcome, open_set
from tui_crm.core.changes.model import Request, Restore, new_uid
from tui_crm.core.changes.writer import CHANGE_COLUMNS, CancelToken, Progress, Writer
from tui_crm.core.records import chunks, marks
from tui_crm.core.rows import Outcome
from tui_crm.errors import InputRefused, NotAllowed
from tui_crm.text import dates
from tui_crm.text.fold import fold
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.store import Database

_CHUNK = 1000  # customers that are purged together
_IN_BIN = "c.deleted_at <> '' AND NOT EXISTS (SELECT 1 FROM customer_alias a WHERE a.old_id = c.id)"


@dataclass(frozen=True, slots=True)
class DeletedRow:
    """A customer in the recycle bin."""

    id: int
    account_no: str
    name: str
    organization: str
    deleted_at: datetime
    deleted_by: str  # login
    change_set_id: int | None  # the act that deleted it


def rows(session: Session, text: str = "", offset: int = 0, limit: int = 50) -> list[DeletedRow]:
    """Deleted customers whom the viewer may see, the newest first.

    With `text` those with all of its words somewhere in name, organisation, account number,
    telephone number or e-mail address.
    """
    where, params = _where(session, text)
    with session.db.reading():
        found = session.db.rows(
            "SELECT c.id, c.account_no, c.name, c.organization, c.deleted_at FROM customer c"
            f" WHERE {where} ORDER BY c.deleted_at DESC, c.id DESC LIMIT ? OFFSET ?",
            (*params, limit, offset),
        )
        by = _deleted_by(session, [row[0] for row in found])
    return [
        DeletedRow(
            id_, account_no, name, organization, dates.from_iso(at), *by.get(id_, ("", None))
        )
        for id_, account_no, name, organization, at in found
    ]


def count(session: Session, text: str = "") -> int:
    """How many `rows` there are in all."""
    where, params = _where(session, text)
    with session.db.connection():
        row = session.db.one(f"SELECT count(*) FROM customer c WHERE {where}", params)
    return int(row[0]) if row else 0


def ids(session: Session, text: str = "", *, days: int = 0) -> list[int]:
    """The ids of all `rows`, of those only that were deleted at least `days` days ago."""
    where, params = _where(session, text)
    if days:
        where += " AND c.deleted_at <= ?"
        params.append(dates.to_iso(dates.utc_now() - timedelta(days=days)))
    with session.db.connection():
        found = session.db.rows(f"SELECT c.id FROM customer c WHERE {where} ORDER BY c.id", params)
    return [row[0] for row in found]


def due(session: Session) -> list[int]:
    """Who has been in the bin for longer than `general.keep_deleted_days`; nobody if that is 0."""
    days = session.settings.general.keep_deleted_days
    return ids(session, days=days) if days else []


def restore(
    session: Session,
    customer_ids: Sequence[int],
    *,
    uid: str = "",
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Outcome:
    """Bring deleted customers back with all that hung on them, as one act that can be undone."""
    request = Request(
        [Restore(id_) for id_ in customer_ids],
        "restore",
        summaries.of_customers(len(customer_ids)),
        partial=len(customer_ids) > 1,
        uid=uid or new_uid(),
    )
    return apply(session, request, progress=progress, cancel=cancel)


def purge(
    session: Session,
    customer_ids: Sequence[int],
    *,
    reason: str = "",
    uid: str = "",
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Outcome:
    """Remove deleted customers for good, in one transaction; those not in the bin are skipped.

    Raises `NotAllowed` for whoever is no administrator, and `CrmError` when `cancel` asked for a
    stop, which leaves everything as it was.
    """
    if session.viewer.role != "admin":
        raise NotAllowed(
            _("Only an administrator may remove customers for good."),
            _("Ask an administrator, or leave them in the recycle bin."),
        )
    if not customer_ids:
        raise InputRefused(_("There is nobody to purge."))
    db, uid = session.db, uid or new_uid()
    with db.transaction():
        set_id = open_set(session, uid, "purge", "", reason)
        if set_id is None:
            return old_outcome(session, uid)
        writer = Writer(session, set_id, total=len(customer_ids), progress=progress, cancel=cancel)
        for chunk in chunks(dict.fromkeys(customer_ids), _CHUNK):
            writer.advance()
            _purge(writer, chunk)
        kept = close_set(writer)
    if kept:
        session.own_sets.add(set_id)
    return Outcome(
        set_id if kept else None, writer.done, writer.failed, writer.skipped, writer.lines()
    )


def _purge(writer: Writer, customer_ids: list[int]) -> None:
    from tui_crm.exchange.duplicates import keys
    from tui_crm.search import index, notes
    from tui_crm.search.notes.index import Note

    db = writer.db
    found = db.rows(
        f"SELECT c.id FROM customer c WHERE c.id IN ({marks(len(customer_ids))}) AND {_IN_BIN}"
        + db.row_lock("c"),
        customer_ids,
    )
    here = sorted(row[0] for row in found)
    for id_ in sorted(set(customer_ids) - set(here)):
        writer.report(id_, "", "skipped", _("It is not in the recycle bin."))
    if not here:
        return
    these = marks(len(here))
    said: dict[int, Note | None] = {
        row[0]: Note(*row)
        for row in db.rows(
            "SELECT id, started_at, subject, note FROM interaction WHERE deleted_at = ''"
            f" AND customer_id IN ({these})",
            here,
        )
    }
    _forget(db, here)
    db.run(f"DELETE FROM customer WHERE id IN ({these})", here)
    index.erase(db, here)
    notes.update(db, said)
    keys.update(db, here)
    db.bulk_insert(
        "change",
        CHANGE_COLUMNS,
        [(writer.set_id, "customer", id_, id_, "purge", "", "", "", 0, 0) for id_ in here],
    )
    for id_ in here:
        writer.report(id_, "", "done")


def _forget(db: Database, customer_ids: list[int]) -> None:
    """Take everything that customers told out of the history, and leave that things were done.

    What an act was called, and the reason that was given for it, may name whom it was about: both
    go where nobody else was part of the act. An act on very many is called after none of them.
    """
    these = marks(len(customer_ids))
    db.run(
        "UPDATE change_set SET summary = '', reason = '', source = ''"
        " WHERE (summary <> '' OR reason <> '' OR source <> '')"
        f" AND done <= {_CHUNK} AND id IN (SELECT change_set_id FROM change"
        f" WHERE customer_id IN ({these}))"
        " AND NOT EXISTS (SELECT 1 FROM change h JOIN customer c ON c.id = h.customer_id"
        f" WHERE h.change_set_id = change_set.id AND h.customer_id NOT IN ({these}))",
        (*customer_ids, *customer_ids),
    )
    db.run(f"UPDATE change SET old = '', new = '' WHERE customer_id IN ({these})", customer_ids)


def _where(session: Session, text: str) -> tuple[str, list[Any]]:
    allowed, params = visibility.condition(session.viewer, deleted=True)
    where = f"{_IN_BIN} AND {allowed}"
    for word in fold(text).split():
        where += (
            " AND (c.sort_name LIKE ? ESCAPE '~' OR lower(c.organization) LIKE ? ESCAPE '~'"
            " OR lower(c.account_no) LIKE ? ESCAPE '~' OR EXISTS (SELECT 1 FROM contact_point p"
            " WHERE p.customer_id = c.id AND lower(p.normalized) LIKE ? ESCAPE '~'))"
        )
        params += ["%" + re.sub("[%_~]", r"~\g<0>", word) + "%"] * 4
    return where, params


def _deleted_by(session: Session, customer_ids: list[int]) -> dict[int, tuple[str, int | None]]:
    """Who deleted these customers the last time, and the change set of it."""
    found: dict[int, tuple[str, int | None]] = {}
    for chunk in chunks(customer_ids):
        for id_, login, set_id in session.db.rows(
            "SELECT h.record_id, coalesce(u.login, ''), s.id FROM change h"
            " JOIN change_set s ON s.id = h.change_set_id"
            " LEFT JOIN crm_user u ON u.id = s.actor_id WHERE h.entity = 'customer'"
            f" AND h.action = 'delete' AND h.record_id IN ({marks(len(chunk))}) ORDER BY h.id",
            chunk,
        ):
            found[id_] = (login, set_id)
    return found
