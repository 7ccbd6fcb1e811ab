"""What the screen of a customer asks and writes, in the query lane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_crm.core import customers, history
from tui_crm.core.changes import Delete, Edit, Request, Update, apply
from tui_crm.core.rows import ChangeSetRow, Customer, CustomerRow, Outcome, TimelineEntry
from tui_crm.ui.customer_form import FormLists, read_lists
from tui_crm.ui.timeline_source import FIRST_PAGE

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel

_PEOPLE = 100


@dataclass(frozen=True, slots=True)
class RecordData:
    """Everything that the screen shows of a customer at first."""

    customer: Customer
    lists: FormLists
    related: tuple[CustomerRow, ...]
    entries: tuple[TimelineEntry, ...]
    entry_count: int


def record_data(session: Session, customer_id: int, *, cancel: Cancel | None = None) -> RecordData:
    """A customer with what is around it. Raises `NotFound`."""
    with session.db.connection():
        customer = customers.get(session, customer_id)
        if cancel is not None:
            cancel.check()
        entries = customers.timeline(session, customer_id, limit=FIRST_PAGE)
        count = customers.timeline_count(session, customer_id)
        if customer.values.get("kind") == "organization":
            related = customers.people(session, customer_id, _PEOPLE)
        elif customer.organization_id:
            own = customers.rows(session, [customer.organization_id])
            others = customers.people(session, customer.organization_id, _PEOPLE)
            related = own + [row for row in others if row.id != customer_id]
        else:
            related = []
    return RecordData(customer, read_lists(session), tuple(related), tuple(entries), count)


def older_entries(
    session: Session, customer_id: int, before: TimelineEntry, limit: int
) -> list[TimelineEntry]:
    """The timeline below an entry."""
    with session.db.connection():
        return customers.timeline(session, customer_id, before=before, limit=limit)


def save_edit(session: Session, customer_id: int, edit: Edit, uid: str) -> Outcome:
    """Write an edit of one customer. Raises `EditConflict`, `InputRefused`, `NotFound`."""
    with session.db.connection():
        return apply(session, Request([Update(customer_id, edit)], "edit", uid=uid))


def last_change(session: Session, customer_id: int) -> ChangeSetRow | None:
    """The newest change set of a customer that can still be undone."""
    with session.db.connection():
        sets = history.change_sets(session, customer_id=customer_id, limit=50)
    return next((row for row in sets if row.undoable and row.kind != "undo"), None)


def delete_customer(session: Session, customer_id: int, name: str) -> Outcome:
    """Move a customer to the recycle bin."""
    with session.db.connection():
        return apply(session, Request([Delete(customer_id)], "delete", summary=name))
