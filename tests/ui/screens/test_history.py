"""History: what was changed, in words; all of a change; and taking it back after a question."""

from __future__ import annotations

import pytest

from tests.ui.screens.conftest import WorkingAs
from tests.ui.screens.piloting import lines, running, text, until
from tui_crm.config import Settings
from tui_crm.core import batch, interactions
from tui_crm.core.changes import Create, Edit, Request, Update, apply
from tui_crm.core.customers import get as read
from tui_crm.core.session import Session
from tui_crm.text.when import When
from tui_crm.ui.screens.changes import ChangesScreen
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.history import HistoryScreen


def customers(session: Session, *names: str) -> tuple[int, ...]:
    steps = [Create({"name": name, "city": "Bern"}) for name in names]
    return apply(session, Request(steps, "create", "new people")).record_ids


def edit(session: Session, id_: int, **values: str) -> None:
    apply(session, Request([Update(id_, Edit(values))], "edit"))


@pytest.fixture
def edited(working_as: WorkingAs) -> tuple[int, ...]:
    """Ada and Bob were entered by ana; ana moved Ada to Rome, bob then moved Bob to Oslo."""
    with working_as() as session:
        ids = customers(session, "Ada", "Bob")
        edit(session, ids[0], city="Rome")
    with working_as("bob") as session:
        edit(session, ids[1], city="Oslo")
    return ids


def row_with(pilot: object, word: str) -> str:
    found = [line for line in lines(pilot) if word in line]  # type: ignore[arg-type]
    assert len(found) == 1, found
    return found[0]


async def test_changes_are_listed_newest_first_in_words(
    settings: Settings, edited: tuple[int, ...]
) -> None:
    async with running(settings, size=(120, 40)) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: "Bern → Oslo" in text(pilot))
        shown = text(pilot)
        places = [shown.index(word) for word in ("Bern → Oslo", "Bern → Rome", "new people")]
        assert places == sorted(places)
        assert "bob" in row_with(pilot, "Bern → Oslo")
        assert "2 records" in row_with(pilot, "new people")
        assert "3 changes" in lines(pilot)[0]


async def test_the_history_of_one_customer_leaves_the_others_out(
    settings: Settings, edited: tuple[int, ...]
) -> None:
    async with running(settings, size=(120, 40)) as pilot:
        pilot.app.push_screen(HistoryScreen(edited[0], "Ada"))
        await until(pilot, lambda: "Bern → Rome" in text(pilot))
        assert "Oslo" not in text(pilot)
        assert "new people" in text(pilot)


async def test_enter_shows_every_value_and_enter_there_opens_the_customer(
    settings: Settings, edited: tuple[int, ...]
) -> None:
    async with running(settings, size=(120, 40)) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: "Bern → Rome" in text(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangesScreen))
        await until(pilot, lambda: "Bern → Rome" in text(pilot))
        assert "City" in row_with(pilot, "Bern → Rome")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CustomerScreen))


async def test_a_logged_call_is_told_of_its_customer_and_goes_back_as_one(
    settings: Settings, edited: tuple[int, ...], working_as: WorkingAs
) -> None:
    with working_as() as session:
        interactions.log(
            session, edited[0], kind="call", disposition="reached", next_step="Quote",
            due=When(session.now(), False), edit=Edit({"status": "active"}),
        )  # fmt: skip
    async with running(settings, size=(120, 40)) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: "contact logged" in text(pilot))
        assert row_with(pilot, "contact logged").split()[-2:] == ["Ada", "Call"]
        await pilot.press("u")
        await until(pilot, lambda: "3 records go back" in text(pilot))
        assert "goes to the recycle bin" in text(pilot)
        await pilot.press("y")
        await until(pilot, lambda: "3 records taken back" in text(pilot))


async def test_all_values_of_a_large_change_can_be_scrolled_through(
    settings: Settings, working_as: WorkingAs
) -> None:
    with working_as() as session:
        ids = customers(session, *(f"Number {n:03}" for n in range(400)))
        batch.apply(session, list(ids), Edit({"status": "active"}))
    async with running(settings) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: "400 records" in text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "Number 000" in text(pilot))
        assert "400 values" in lines(pilot)[0]
        await pilot.press("end")
        await until(pilot, lambda: "Number 399" in text(pilot))


async def test_undo_asks_with_numbers_and_keeps_what_was_edited_since(
    settings: Settings, edited: tuple[int, ...], working_as: WorkingAs
) -> None:
    with working_as() as session:
        batch.apply(session, list(edited), Edit({"status": "lost"}))
    with working_as("bob") as session:
        edit(session, edited[1], status="active")
    async with running(settings, size=(120, 40)) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: "2 records" in text(pilot))
        await pilot.press("down", "u")
        await until(pilot, lambda: "1 record goes back" in text(pilot))
        asked = text(pilot)
        assert "1 value was edited since" in asked
        assert "Bob: Status was changed since, by bob on" in asked
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen))
        assert "↶ undone" not in text(pilot)
        await pilot.press("u")
        await until(pilot, lambda: "1 record goes back" in text(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "1 record taken back, 1 kept" in text(pilot))
        await until(pilot, lambda: "↶ undone" in text(pilot))
        # The cursor stays on the change, which is now one further down; a second try is refused.
        await pilot.press("u")
        await until(pilot, lambda: "undone already" in text(pilot))


async def test_nothing_of_mine_to_undo(settings: Settings, edited: tuple[int, ...]) -> None:
    async with running(settings, login="bob") as pilot:
        await pilot.press("ctrl+z")
        await until(pilot, lambda: "Bob" in text(pilot) and "edited by bob" in text(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "1 record taken back" in text(pilot))
        await pilot.press("ctrl+z")
        await until(pilot, lambda: "nothing of yours" in text(pilot))


async def test_a_second_press_of_undo_asks_only_once(
    settings: Settings, edited: tuple[int, ...]
) -> None:
    async with running(settings) as pilot:
        await pilot.press("ctrl+z", "ctrl+z")
        await until(pilot, lambda: "1 record goes back" in text(pilot))
        await pilot.press("escape")
        await pilot.pause()
        assert "goes back" not in text(pilot)


async def test_a_change_of_somebody_else_appears_and_the_cursor_keeps_its_row(
    settings: Settings, edited: tuple[int, ...], working_as: WorkingAs
) -> None:
    async with running(settings, size=(120, 40)) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: "Bern → Rome" in text(pilot))
        await pilot.press("down")
        session = pilot.app.session  # type: ignore[attr-defined]
        await pilot.app.work.query(lambda: edit(session, edited[0], city="Kyiv"))  # type: ignore[attr-defined]
        pilot.app.spread(edited)  # type: ignore[attr-defined]
        await until(pilot, lambda: "Rome → Kyiv" in text(pilot))
        assert row_with(pilot, "Bern → Rome").startswith("▌")


async def test_one_customer_of_many_goes_back_alone_and_forth_again(
    settings: Settings, working_as: WorkingAs
) -> None:
    with working_as() as session:
        ids = customers(session, "Ada", "Bob")
        batch.apply(session, ids, Edit({"city": "Oslo"}))
    async with running(settings, size=(120, 40)) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: "City of 2 customers" in text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangesScreen))
        await until(pilot, lambda: "Bob" in text(pilot))
        await pilot.press("down", "o")
        await until(pilot, lambda: "1 record goes back" in text(pilot))
        assert "Bob · " in text(pilot)
        await pilot.press("y")
        await until(pilot, lambda: "1 record taken back" in text(pilot))
        with working_as() as session:
            assert [read(session, id_).values["city"] for id_ in ids] == ["Oslo", "Bern"]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen))
        await until(pilot, lambda: "↶ Bob" in text(pilot))
        await pilot.press("home", "u")
        await until(pilot, lambda: "1 record goes back" in text(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "1 record taken back" in text(pilot))
        with working_as() as session:
            assert [read(session, id_).values["city"] for id_ in ids] == ["Oslo", "Oslo"]
