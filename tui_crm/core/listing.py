"""Lists of customers of any length: a first page at once, the ids of all of them behind it.

A list shows rows and holds ids: eight bytes a customer, so that a list of a million scrolls
without a million rows in memory. `first_page` does not wait for `ids`; the ids begin with those of
the first page.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.core.rows import Answer
    from tui_crm.core.session import Session
    from tui_crm.search.answer import Cancel


def first_page(
    session: Session, query: str = "", limit: int = 50, *, cancel: Cancel | None = None
) -> Answer:
    """The first `limit` rows for a query text; everybody for an empty one, the newest first."""
    from tui_crm import search

    return search.find(session, query, limit, cancel=cancel)


def ids(session: Session, query: str = "", *, cancel: Cancel | None = None) -> array[int]:
    """The ids of the whole list in its order. Raises `Interrupted` when `cancel` is cancelled."""
    from tui_crm import search

    return search.all_ids(session, query, cancel=cancel)


def id_chunks(
    session: Session, query: str = "", *, cancel: Cancel | None = None
) -> Iterator[list[int]]:
    """The same ids as they come, for a list that grows while it is shown already."""
    from tui_crm import search

    return search.id_chunks(session, query, cancel=cancel)
