"""Duplicates are reviewed group by group, merged side by side, and taken apart again."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.ui.screens.hand import Hand, add, hand, value
from tui_crm.config import Settings
from tui_crm.core import customers, merging
from tui_crm.core.session import Session
from tui_crm.errors import NotFound
from tui_crm.exchange.duplicates import decisions
from tui_crm.ui.screens import duplicates
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.duplicates import DuplicatesScreen
from tui_crm.ui.screens.merging import MergingScreen
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Confirm


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """What is written here is asked of each engine."""
    return str(request.param)


@pytest.fixture
def pairs(session: Session) -> list[int]:
    """Two customers who are here twice, with what differs, and one who is not."""
    return [
        add(session, "Ana Müller", phones=("+41 61 555 12 12",), emails=("ana@example.com",),
            city="Basel", street="Rheinweg 4", birthday="1980-02-03", title="Buyer"),
        add(session, "Müller Ana", phones=("061 555 12 12",), emails=("ana@example.com",),
            city="Basel", street="Rheinweg 4", birthday="1980-02-03", title="Head of buying",
            tags=("vip",)),
        add(session, "Robert Smith", phones=("+41 44 668 18 00",), emails=("bob@example.com",),
            city="Zürich", street="Seestrasse 1", birthday="1970-01-31"),
        add(session, "Bob Smith", phones=("044 668 18 00",), emails=("bob@example.com",),
            city="Zürich", street="Seestrasse 1", birthday="1970-01-31"),
        add(session, "Zoë Other", city="Genf", emails=("zoe@example.com",)),
    ]  # fmt: skip


async def review(user: Hand, groups: str = "2 groups") -> DuplicatesScreen:
    """Open the review and wait for the groups."""
    await user.press("alt+w")
    screen = await user.on(DuplicatesScreen)
    await user.sees(groups)
    return screen


async def compare(user: Hand) -> MergingScreen:
    """Open the group under the cursor."""
    await user.press("enter")
    screen = await user.on(MergingScreen)
    await user.until(lambda: screen.list.row_count() > 0)
    return screen


def go_to(screen: MergingScreen, field: str) -> None:
    """Put the cursor on a field."""
    index = screen.list.source.index_of(field)
    assert index is not None
    screen.list.cursor = index


def is_there(session: Session, id_: int) -> bool:
    """Whether a customer is there under its own id."""
    try:
        return customers.get(session, id_).id == id_
    except NotFound:
        return False


async def test_groups_are_merged_one_after_the_other(
    settings: Settings, session: Session, pairs: list[int]
) -> None:
    async with hand(settings, size=(120, 40)) as user:
        screen = await review(user)
        await user.sees("Ana Müller = Müller Ana", "Robert Smith = Bob Smith", "E-mails: the same")
        first = screen.current
        assert first is not None
        side = await compare(user)
        go_to(side, "title" if pairs[0] in first.ids else "name")
        await user.press("right")
        await user.until(lambda: bool(side._choose))
        await user.press("m")
        await user.on(Confirm)
        await user.sees(f"{first.members[0].account_no} {first.members[0].name} stays.")
        await user.press("m")
        await user.until(lambda: user.app.screen not in (side, screen))
        following = await user.on(MergingScreen)
        assert not set(following._ids) & set(first.ids)
        await user.sees("Merged into")
        assert not is_there(session, first.ids[1])
        await user.press("escape")
        await user.on(DuplicatesScreen)
        await user.sees("1 group")


async def test_a_value_is_chosen_and_left_to_the_rule_again(
    settings: Settings, session: Session, pairs: list[int]
) -> None:
    async with hand(settings, size=(120, 40)) as user:
        user.app.push_screen(MergingScreen(pairs[:2]))
        side = await user.on(MergingScreen)
        await user.sees("→ Buyer", "+ vip")
        go_to(side, "title")
        await user.press("space")
        await user.sees("! Head of buying")
        await user.press("r")
        await user.sees("→ Buyer")
        await user.press("s")
        await user.sees("→ Head of buying")
        await user.press("left")
        await user.sees("! Buyer")
        await user.press("o")
        await user.misses("Rheinweg")
        await user.press("ctrl+s")
        await user.on(Confirm)
        await user.press("m")
        await user.until(lambda: user.app.screen is user.home)
        assert is_there(session, pairs[1])
        assert not is_there(session, pairs[0])
        assert value(session, pairs[1], "title") == "Buyer"
        assert value(session, pairs[1], "name") == "Müller Ana"


async def test_a_question_that_is_not_answered_merges_nobody(
    settings: Settings, session: Session, pairs: list[int]
) -> None:
    async with hand(settings) as user:
        user.app.push_screen(MergingScreen(pairs[:2]))
        await user.on(MergingScreen)
        await user.sees("Buyer")
        await user.press("m")
        await user.on(Confirm)
        await user.press("enter", "escape")
        await user.on(MergingScreen)
        assert all(is_there(session, id_) for id_ in pairs)


async def test_different_is_remembered_for_good_unless_it_is_taken_back(
    settings: Settings, session: Session, pairs: list[int]
) -> None:
    async with hand(settings) as user:
        screen = await review(user)
        group = screen.current
        assert group is not None
        await user.press("d")
        await user.sees("1 group", "Remembered")
        assert decisions.all_pairs(session, "different") == {group.ids}
        await user.press("r")
        await user.until(lambda: screen._cancel is None and not screen._done)
        await user.sees("1 group")
        await user.press("d")
        await user.sees("0 groups")
        await user.press("u")
        await user.sees("1 group")
        assert decisions.all_pairs(session, "different") == {group.ids}


async def test_later_puts_a_group_at_the_end(
    settings: Settings, session: Session, pairs: list[int]
) -> None:
    async with hand(settings) as user:
        screen = await review(user)
        first = screen.current
        assert first is not None
        await user.press("l")
        await user.sees("put off", "2 groups")
        assert screen.current is not None
        assert screen.current.ids != first.ids
        await user.press("end")
        assert screen.current.ids == first.ids
        await user.press("u")
        await user.misses("put off")
        assert decisions.all_pairs(session, "later") == set()


async def test_a_merge_is_taken_back_at_once(
    settings: Settings, session: Session, pairs: list[int]
) -> None:
    async with hand(settings) as user:
        screen = await review(user)
        group = screen.current
        assert group is not None
        await compare(user)
        await user.press("m")
        await user.on(Confirm)
        await user.press("m")
        await user.sees("Merged into")
        await user.press("escape")
        await user.on(DuplicatesScreen)
        await user.sees("1 group")
        await user.press("u")
        await user.sees("1 customer is back.", "2 groups")
        assert screen.current is not None
        assert screen.current.ids == group.ids
        assert all(is_there(session, id_) for id_ in pairs)


async def test_an_undo_of_the_merge_brings_its_group_back(
    settings: Settings, session: Session, pairs: list[int]
) -> None:
    async with hand(settings) as user:
        await review(user)
        await compare(user)
        await user.press("m")
        await user.on(Confirm)
        await user.press("m")
        await user.sees("Merged into")
        await user.press("escape")
        await user.sees("1 group")
        await user.press("ctrl+z")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("2 groups")


async def test_somebody_is_left_out_of_a_merge(
    settings: Settings, session: Session, pairs: list[int]
) -> None:
    async with hand(settings, size=(120, 40)) as user:
        user.app.push_screen(MergingScreen([*pairs[:2], pairs[4]]))
        side = await user.on(MergingScreen)
        await user.sees("Zoë Other")
        await user.press("w")
        await user.on(Picker)
        await user.press("down", "down", "space", "enter")
        await user.on(MergingScreen)
        await user.until(lambda: side._ids == tuple(pairs[:2]))
        await user.misses("Zoë Other")


async def test_more_customers_than_have_room_are_reached_by_their_values(
    settings: Settings, session: Session
) -> None:
    ids = [add(session, f"Ana {n}", city=f"City{n}") for n in range(1, 7)]
    async with hand(settings) as user:
        user.app.push_screen(MergingScreen(ids))
        side = await user.on(MergingScreen)
        await user.sees("1-3 of 6")
        go_to(side, "city")
        for _time in range(5):
            shown = dict(side._choose)
            await user.press("right")
            await user.until(lambda shown=shown: side._choose != shown)
        await user.sees("! City6", "4-6 of 6")


async def test_marked_customers_are_merged_from_the_search(
    settings: Settings, session: Session, pairs: list[int]
) -> None:
    async with hand(settings) as user:
        await user.press("tab", "m")
        await user.sees("Mark two customers or more")
        user.home.list.set_marks(pairs[2:4])
        await user.press("m")
        await user.on(MergingScreen)
        await user.sees("Side by side", "Becomes")
        await user.press("m")
        await user.on(Confirm)
        await user.press("m")
        await user.until(lambda: user.app.screen is user.home)
        await user.sees("Merged into")
        assert user.home.list.marks == frozenset()
        assert [is_there(session, id_) for id_ in pairs[2:4]].count(True) == 1


async def test_a_survivor_is_unmerged_on_its_screen(
    settings: Settings, session: Session, pairs: list[int]
) -> None:
    merging.merge(session, pairs[:2])
    async with hand(settings) as user:
        user.app.open_customer(pairs[0])
        await user.on(CustomerScreen)
        await user.sees("Buyer")
        await user.press("U")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("1 customer is back.")
        assert is_there(session, pairs[1])
        await user.press("U")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("Nobody was merged into this customer.")


async def test_a_sweep_is_stopped_and_begun_again(
    settings: Settings, session: Session, pairs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, began, go_on = duplicates.sweep, threading.Event(), threading.Event()

    def slow(session: Session, least: Any, cancel: Any, *, progress: Any) -> Any:
        progress(1, 4)
        began.set()
        go_on.wait(10)
        return real(session, least, cancel, progress=progress)

    monkeypatch.setattr(duplicates, "sweep", slow)
    async with hand(settings) as user:
        await user.press("alt+w")
        screen = await user.on(DuplicatesScreen)
        await user.until(began.is_set)
        await user.sees("pairs compared: 25%", "Looking through all customers")
        await user.press("escape")
        go_on.set()
        await user.sees("Stopped; r looks again.")
        assert user.app.screen is screen
        await user.press("r")
        await user.sees("2 groups")


async def test_groups_below_likely_are_shown_on_demand(
    settings: Settings, session: Session, pairs: list[int]
) -> None:
    async with hand(settings) as user:
        screen = await review(user)
        await user.press("s")
        await user.on(Picker)
        await user.press("down", "enter")
        await user.until(lambda: screen._least == "possible" and screen._cancel is None)
        await user.sees("groups")
