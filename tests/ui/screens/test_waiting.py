"""A save that waits for somebody else's: who that is is told, and nothing that is typed is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from tests.ui.screens.hand import Hand, add, hand, value
from tui_crm.config import Settings
from tui_crm.core.session import Session
from tui_crm.store import connect, turn
from tui_crm.ui import typeahead
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.working import Working

TALL = (100, 50)


@pytest.fixture
def eve_stops(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """Eve's batch is being written; called, it ends."""
    monkeypatch.setattr(turn, "NOTICE_AFTER", 0.0)
    monkeypatch.setattr(typeahead, "_PATIENCE", 0.0)
    writes, stop = threading.Event(), threading.Event()

    def batch() -> None:
        db = connect(settings.database.url)
        db.sign(0, "eve")
        with db.transaction():
            writes.set()
            stop.wait(300)
        db.close()

    add(session, "Ada", city="London")
    eve = threading.Thread(target=batch)

    def end() -> None:
        stop.set()
        eve.join()

    eve.start()
    writes.wait(10)
    yield end
    end()


async def edited(user: Hand) -> CustomerScreen:
    """Ada's city is edited, and not saved."""
    user.send("enter")
    screen = await user.on(CustomerScreen)
    await user.until(lambda: screen.form.fields)
    screen.form.focus_field("city")
    user.send("e", *["backspace"] * 6, *"Turin", "enter")
    await user.sees("London → Turin")
    return screen


async def test_a_save_waits_for_a_colleagues_batch_and_is_done_after_it(
    settings: Settings, session: Session, eve_stops: Callable[[], None]
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await edited(user)
        await user.press("ctrl+s")
        await user.on(Working)
        await user.sees("eve has been writing since", "Esc stops it")
        user.send("e", *"Piedmont", "enter")  # typed ahead, for the field below
        assert value(session, screen.customer_id, "city") == "London"
        eve_stops()
        await user.sees("Piedmont", "Saved.")
        assert screen.form.staged() == {"state": "Piedmont"}
        assert value(session, screen.customer_id, "city") == "Turin"


async def test_who_stops_waiting_has_changed_nothing_and_lost_nothing(
    settings: Settings, session: Session, eve_stops: Callable[[], None]
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await edited(user)
        user.send("ctrl+s")
        await user.on(Working)
        user.send("escape")
        await user.sees("Stopped. Nothing was changed.", "London → Turin")
        assert screen.form.staged() == {"city": "Turin"}
        assert value(session, screen.customer_id, "city") == "London"
        eve_stops()
        await user.press("ctrl+s")
        await user.sees("Saved.")
        assert value(session, screen.customer_id, "city") == "Turin"


async def test_a_search_is_answered_while_a_save_waits(
    settings: Settings, session: Session, eve_stops: Callable[[], None]
) -> None:
    async with hand(settings, size=TALL) as user:
        await edited(user)
        user.send("ctrl+s")
        await user.on(Working)
        assert await user.app.work.query(lambda: 7) == 7
        eve_stops()
        await user.sees("Saved.")
