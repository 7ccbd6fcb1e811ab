"""The query language at home: what is unclear, what is offered while typing, words of notes."""

from __future__ import annotations

import pytest

from tests.ui.screens.hand import add, hand
from tui_crm.config import Settings
from tui_crm.core import interactions
from tui_crm.core.session import Session
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.entry import EntryScreen
from tui_crm.ui.screens.notes import NotesScreen
from tui_crm.ui.screens.search import SearchScreen


@pytest.fixture
def people(session: Session) -> dict[str, int]:
    """Three customers."""
    return {
        "Ada": add(session, "Ada", status="active", city="Bern", tags=("vip",)),
        "Ben": add(session, "Ben", status="lead", city="Basel", tags=("vip", "old")),
        "Cem": add(session, "Cem", city="Basel"),
    }


async def test_an_unclear_query_finds_but_is_not_acted_on(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.type("city:basel stauts:lead")
        await user.found("Ben", "Cem")
        await user.sees('Did you mean "status"?')
        await user.press("ctrl+b")
        await user.sees("Not while the query is unclear")
        assert isinstance(user.app.screen, SearchScreen)
        await user.press("f7")
        assert not user.home.list.marks
        await user.press("escape")
        await user.type("(status:lead or city:bern) tag:vip")
        await user.found("Ada", "Ben")


async def test_notes_are_found_and_open_their_customer(
    settings: Settings, session: Session, people: dict[str, int]
) -> None:
    interactions.log(session, people["Ada"], kind="call", note="asked for a rebate again")
    interactions.log(session, people["Ben"], kind="call", note="no interest at all")
    async with hand(settings) as user:
        await user.press("alt+i")
        await user.on(NotesScreen)
        await user.type("reb")
        await user.sees("asked for a rebate again", "1 entry")
        await user.misses("no interest")
        await user.press("enter")
        await user.on(EntryScreen)
        await user.sees("asked for a rebate again")
        await user.press("escape")
        screen = await user.on(CustomerScreen)
        await user.sees("Ada")
        assert screen.is_current
        await user.press("escape")
        await user.on(NotesScreen)
