"""What the app asks when it opens, and when it hears of a change. Runs in the query lane.

The rules are imported here, in the lane's thread, so that they cost the first frame nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.drafts import Draft
    from tui_crm.core.ids import IdSet
    from tui_crm.core.session import Session


@dataclass(frozen=True, slots=True)
class Opened:
    """An open session, the newest change in its history, the drafts that wait for the user, and
    what opening did to the database, in words."""

    session: Session
    last_change: int
    drafts: tuple[Draft, ...]
    told: tuple[str, ...]


def open_for_app(settings: Settings, login: str | None) -> Opened:
    """Open the database for the app, in its query lane. Raises the errors of `open_session`."""
    from tui_crm.core import drafts, history
    from tui_crm.core.session import open_session, opening_words

    session = open_session(settings, login=login, face="app")
    with session.db.connection():
        session.db.read_in_place()
        latest = history.latest_id(session)
    waiting = drafts.load_all(session)
    return Opened(session, latest, tuple(waiting), opening_words(session))


def changed_since(session: Session, last: int) -> tuple[int, IdSet]:
    """The newest change set, and the customers that others changed after change set `last`."""
    from tui_crm.core import history

    with session.db.connection():
        return history.latest_id(session), history.since(session, last)


def warm(session: Session) -> None:
    """Fetch what the first number, the first mistyped word and the first customer would wait for.
    For the long lane, so that what is typed meanwhile is answered.
    """
    from tui_crm import search
    from tui_crm.ui.screens import customer, interaction  # noqa: F401 - the screens of a call

    search.warm(session)


def look_after(session: Session) -> bool:
    """Keep the search index quick, and take away what customers left who went into the recycle bin
    by the thousand, a little at a time; True where there is more to do.
    """
    from tui_crm.exchange.duplicates import keys
    from tui_crm.search import index

    return index.fold(session.db) or keys.fold(session.db)
