"""What the first query of its kind would wait for, fetched before it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_crm.search import answer
from tui_crm.search.spelling import vocabulary
from tui_crm.text import phone

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_ANY_NUMBER = "+12025550123"
_ANY_WORD = "caller"


def warm(session: Session) -> None:
    """Load the numbering plan of the user's country, the words that typing is corrected to, and
    what the index on PostgreSQL is asked by.

    Takes half a second at a million customers: a caller's number and a mistyped name would wait
    for it, the keys typed behind them too.
    """
    country = session.settings.general.home_country
    for number in (_ANY_NUMBER, _ANY_NUMBER[2:]):
        phone.search_digits(number, country)
    with session.db.connection():
        vocabulary.of(session.db).near(_ANY_WORD, 1)
        answer.find(session, _ANY_WORD, 1)
