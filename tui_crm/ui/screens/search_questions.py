"""What the home screen asks, in the query lane.

The rules are imported there, off the path to the first frame.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_crm.ui.widgets.customer_card import CardData

if TYPE_CHECKING:
    from tui_crm.core.rows import Answer, CustomerRow
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel


def find(session: Session, text: str, limit: int, *, cancel: Cancel) -> Answer:
    """The first hits of a query; `unfinished` where all customers have to be read for them."""
    from tui_crm import search

    with session.db.connection():
        return search.find(session, text, limit, cancel=cancel, quick=True)


def find_whole(session: Session, text: str, limit: int, *, cancel: Cancel) -> Answer:
    """The first hits of a query, however long that takes."""
    from tui_crm import search

    with session.db.connection():
        return search.find(session, text, limit, cancel=cancel)


def corrected(session: Session, text: str, have: frozenset[int], *, cancel: Cancel) -> Answer:
    """Hits for what a mistyped query probably means, without those that are found already."""
    from tui_crm import search

    with session.db.connection():
        return search.corrected(session, text, have, cancel=cancel)


def rest_of(session: Session, text: str, known: frozenset[int], *, cancel: Cancel) -> array[int]:
    """Every match of a query that is not among `known`, in list order."""
    from tui_crm import search

    with session.db.connection():
        ids = search.all_ids(session, text, cancel=cancel)
    if known.issuperset(ids[: len(known)]):
        return ids[len(known) :]
    return array("q", (number for number in ids if number not in known))


def customer_rows(
    session: Session, ids: list[int], *, cancel: Cancel | None = None
) -> Sequence[CustomerRow]:
    """The list rows of these customers."""
    from tui_crm.core import customers

    with session.db.connection():
        return customers.rows(session, ids)


def card_of(session: Session, customer_id: int, *, cancel: Cancel) -> CardData | None:
    """What the card of a customer shows; None when it is not there any more."""
    from tui_crm.core import customers, tasks
    from tui_crm.errors import NotFound

    with session.db.connection():
        try:
            customer = customers.get(session, customer_id)
        except NotFound:
            return None
        cancel.check()
        entries = customers.timeline(session, customer_id, limit=12)
        open_tasks = tasks.of_customer(session, customer_id, limit=3)
    contacts = tuple(entry for entry in entries if entry.kind == "interaction")[:3]
    return CardData(customer, contacts, tuple(open_tasks))
