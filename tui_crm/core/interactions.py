"""Interactions: what was said with a customer, and what follows from it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tui_crm.core.changes import Create, Edit, Request, Step, Update, apply, new_uid
from tui_crm.core.records import load
from tui_crm.core.rows import InteractionRow, Outcome, Value
from tui_crm.core.users import Directory
from tui_crm.errors import NotFound
from tui_crm.text import dates
from tui_crm.text.dates import moment
from tui_crm.text.i18n import _
from tui_crm.text.when import When

if TYPE_CHECKING:
    from tui_crm.core.session import Session


def log(
    session: Session,
    customer_id: int,
    *,
    kind: str = "call",
    direction: str = "",
    disposition: str = "",
    note: str = "",
    subject: str = "",
    started_at: datetime | None = None,
    duration: int = 0,
    next_step: str = "",
    due: When | None = None,
    edit: Edit | None = None,
    uid: str = "",
) -> Outcome:
    """Record an interaction, its follow-up and an edit of the customer as one change set.

    `duration` is in seconds, `started_at` (aware) defaults to now. A follow-up is made where
    `next_step` or `due` is given. The ids of the interaction and the task are the outcome's
    `record_ids`. Raises what `changes.apply` raises.
    """
    values: dict[str, Value] = {
        "kind": kind,
        "direction": direction,
        "disposition": disposition,
        "subject": subject,
        "note": note,
        "duration": duration,
        "started_at": dates.to_iso(started_at or dates.utc_now()),
    }
    steps: list[Step] = [Create(values, "interaction", customer_id)]
    if next_step.strip() or due is not None:
        title = next_step if next_step.strip() else _("Follow up")
        task: dict[str, Value] = {"title": title}
        if due is not None:
            task |= {"due_at": dates.to_iso(due.at), "due_has_time": int(due.has_time)}
        steps.append(Create(task, "task", customer_id))
    if edit is not None and edit.fields:
        steps.append(Update(customer_id, edit))
    return apply(session, Request(steps, "log", kind, uid=uid or new_uid()))


def get(session: Session, id_: int) -> InteractionRow:
    """One interaction; raises `NotFound`."""
    with session.db.reading():
        directory = Directory.read(session.db)
        record = load(session, "interaction", [id_], directory).get(id_)
    if record is None or record.customer_id is None:
        raise NotFound(_("There is no interaction {id}.").format(id=id_))
    values = record.values
    started = moment(str(values["started_at"]))
    assert started is not None  # the column is never empty
    return InteractionRow(
        id_,
        record.customer_id,
        str(values["kind"]),
        str(values["direction"]),
        str(values["disposition"]),
        started,
        int(str(values["duration"])),
        str(values["subject"]),
        str(values["note"]),
        record.author,
        record.version,
    )


def edit(session: Session, id_: int, change: Edit, uid: str = "") -> Outcome:
    """Change fields of an interaction; raises what `changes.apply` raises."""
    step = Update(id_, change, "interaction")
    return apply(session, Request([step], "edit", uid=uid or new_uid()))
