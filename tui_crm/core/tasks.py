"""Tasks: what is to be done, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tui_crm.core import visibility
from tui_crm.core.changes import Create, Delete, Edit, Request, Update, apply, new_uid
from tui_crm.core.rows import Outcome, TaskRow
from tui_crm.errors import NotFound
from tui_crm.text import dates
from tui_crm.text.dates import moment
from tui_crm.text.i18n import _
from tui_crm.text.when import When

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_COLUMNS = (
    "a.id, a.customer_id, coalesce(c.name, ''), a.title, a.note, a.due_at, a.due_has_time,"
    " a.priority, coalesce(u.login, ''), a.done_at, a.version,"
    " coalesce((SELECT p.value FROM contact_point p WHERE p.customer_id = a.customer_id"
    " AND p.kind = 'phone' ORDER BY p.position, p.id LIMIT 1), ''), coalesce(c.organization, '')"
)
_FROM = (
    " FROM task a LEFT JOIN customer c ON c.id = a.customer_id"
    " LEFT JOIN crm_user u ON u.id = a.assignee_id WHERE a.deleted_at = ''"
)


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many open tasks the viewer has: overdue, due later today, and in all."""

    overdue: int
    today: int
    open: int


def due(session: Session, until: datetime, limit: int = 500) -> list[TaskRow]:
    """The viewer's open tasks that are due up to `until` (aware), the most urgent first."""
    seen, params = _seen(session)
    return _rows(
        session,
        f"{_FROM} AND a.assignee_id = ? AND a.done_at = '' AND a.due_at <> '' AND a.due_at <= ?"
        f" AND {seen} ORDER BY a.due_at, a.priority DESC, a.id LIMIT ?",
        [session.viewer.id, dates.to_iso(until), *params, limit],
    )


def of_customer(session: Session, customer_id: int, limit: int = 100) -> list[TaskRow]:
    """The open tasks about a customer, whoever they are for; those without a date last."""
    seen, params = _seen(session)
    return _rows(
        session,
        f"{_FROM} AND a.customer_id = ? AND a.done_at = '' AND {seen}"
        " ORDER BY a.due_at = '', a.due_at, a.id LIMIT ?",
        [customer_id, *params, limit],
    )


def get(session: Session, id_: int) -> TaskRow:
    """One task; raises `NotFound`."""
    seen, params = _seen(session)
    found = _rows(session, f"{_FROM} AND a.id = ? AND {seen}", [id_, *params])
    if not found:
        raise NotFound(_("There is no task {id}.").format(id=id_))
    return found[0]


def counts(session: Session) -> TaskCounts:
    """How much the viewer has to do; without a clock time, a task is overdue from the next day."""
    now = session.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    seen, params = _seen(session)
    with session.db.connection():
        row = session.db.one(
            "SELECT count(CASE WHEN a.due_at <> '' AND (a.due_at < ? OR a.due_has_time = 1 AND"
            " a.due_at < ?) THEN 1 END),"
            " count(CASE WHEN a.due_at <> '' AND a.due_at < ? THEN 1 END),"
            f" count(*) {_FROM} AND a.assignee_id = ? AND a.done_at = '' AND {seen}",
            (
                dates.to_iso(midnight),
                dates.to_iso(now),
                dates.to_iso(midnight + timedelta(days=1)),
                session.viewer.id,
                *params,
            ),
        )
    overdue, by_tonight, all_open = row or (0, 0, 0)
    return TaskCounts(overdue, by_tonight - overdue, all_open)


def create(
    session: Session,
    customer_id: int | None,
    title: str,
    *,
    when: When | None = None,
    note: str = "",
    priority: int = 0,
    assignee: str = "",
    uid: str = "",
) -> Outcome:
    """A new task, for the viewer unless `assignee` (a login) says otherwise."""
    values: dict[str, Any] = {"title": title, "note": note, "priority": priority}
    if assignee:
        values["assignee"] = assignee
    if when is not None:
        values |= {"due_at": dates.to_iso(when.at), "due_has_time": int(when.has_time)}
    step = Create(values, "task", customer_id)
    return apply(session, Request([step], "task", title, uid=uid or new_uid()))


def edit(session: Session, id_: int, change: Edit, uid: str = "") -> Outcome:
    """Change fields of a task; raises what `changes.apply` raises."""
    return _apply(session, id_, change, uid)


def complete(session: Session, id_: int, uid: str = "") -> Outcome:
    """Mark a task as done now; one that is done already stays as it is."""
    if get(session, id_).done_at is not None:
        return Outcome(None, skipped=1)
    return _apply(session, id_, Edit({"done_at": dates.to_iso(dates.utc_now())}), uid)


def reopen(session: Session, id_: int, uid: str = "") -> Outcome:
    """Mark a task as not done."""
    return _apply(session, id_, Edit({"done_at": ""}), uid)


def delete(session: Session, id_: int, uid: str = "") -> Outcome:
    """Move a task to the recycle bin."""
    title = get(session, id_).title
    return apply(session, Request([Delete(id_, "task")], "delete", title, uid=uid or new_uid()))


def _apply(session: Session, id_: int, change: Edit, uid: str) -> Outcome:
    title = get(session, id_).title
    step = Update(id_, change, "task")
    return apply(session, Request([step], "task", title, uid=uid or new_uid()))


def _seen(session: Session) -> tuple[str, list[object]]:
    """The condition for tasks that the viewer may see: about a visible customer, or about nobody
    and their own.
    """
    allowed, params = visibility.condition(session.viewer)
    own = [session.viewer.id, session.viewer.id]
    return (
        f"(a.customer_id IS NULL AND (a.assignee_id = ? OR a.author_id = ?) OR {allowed})",
        [*own, *params],
    )


def _rows(session: Session, sql: str, params: list[Any]) -> list[TaskRow]:
    with session.db.connection():
        found = session.db.rows(f"SELECT {_COLUMNS}{sql}", params)
    return [
        TaskRow(id_, customer_id, name, title, note, moment(due_at), bool(timed), priority,
                assignee, moment(done_at), version, phone, organization)
        for id_, customer_id, name, title, note, due_at, timed, priority, assignee, done_at,
        version, phone, organization in found
    ]  # fmt: skip
