"""The history answers: a line of words, how a customer was, what became different, one value."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.conftest import add_user
from tests.ui.screens.hand import Hand, add, edit, hand, value
from tui_crm.config import Settings
from tui_crm.core import batch, merging
from tui_crm.core.changes import Edit, Request, Update, apply
from tui_crm.core.session import Session
from tui_crm.ui.screens.changes import ChangesScreen
from tui_crm.ui.screens.changes_buckets import BucketsScreen
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.history import HistoryScreen
from tui_crm.ui.screens.history_then import ThenScreen
from tui_crm.ui.widgets.prompt import Ask, Confirm

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture
def ada(session: Session) -> int:
    """Made in Basel, moved to Bern the day after, tagged by a batch the day after that."""
    with time_machine.travel(FIRST, tick=False):
        id_ = add(session, "Ada", city="Basel")
    with time_machine.travel(FIRST + DAY, tick=False):
        edit(session, id_, city="Bern", title="Dr")
    with time_machine.travel(FIRST + 2 * DAY, tick=False):
        batch.apply(session, [id_], Edit(add={"tags": ("vip",)}))
    return id_


async def history(user: Hand, *sees: str) -> HistoryScreen:
    await user.press("f4")
    screen = await user.on(HistoryScreen)
    await user.sees(*sees)
    return screen


async def test_a_line_of_words_narrows_while_it_is_typed(settings: Settings, ada: int) -> None:
    async with hand(settings, size=(120, 30)) as user:
        screen = await history(user, "3 changes", "Basel → Bern")
        await user.press("slash")
        await user.type("kind:batch")
        await user.sees("1 change", "vip")
        await user.misses("Basel")
        await user.press("escape")
        assert screen.list.has_focus
        await user.press("slash")
        screen.field.value = ""
        await user.type("until:2026-03-02 Bern")
        await user.sees("1 change", "Basel → Bern")
        screen.field.value = "since:2027-01-01"
        await user.sees("There is nothing like that in the history.", "0 changes")
        screen.field.value = "kind:bath"
        await user.press("enter")
        await user.sees('No act is a "bath"')
        assert screen.field.has_focus
        await user.press("escape")  # the line that was in force last
        assert screen.field.value == "since:2027-01-01"


async def test_what_is_listed_is_exported(settings: Settings, ada: int, tmp_path: Path) -> None:
    async with hand(settings, size=(120, 30)) as user:
        screen = await history(user, "3 changes")
        screen.field.value = "field:city"
        await user.sees("1 change")
        await user.press("x")
        box = await user.on(Ask)
        box.query_one("LineInput").value = str(tmp_path / "out.csv")  # type: ignore[attr-defined]
        await user.press("enter")
        await user.sees("1 row written")
        await user.press("x")
        box = await user.on(Ask)
        box.query_one("LineInput").value = str(tmp_path / "out.csv")  # type: ignore[attr-defined]
        await user.press("enter")
        await user.on(Confirm)
        await user.sees("there already")
        await user.press("y")
        await user.sees("1 row written")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["field"], row["old"], row["new"]) for row in rows] == [("city", "Basel", "Bern")]


async def answer(user: Hand, words: str) -> None:
    """Answer the question that is asked."""
    await user.on(Ask)
    await user.type(words)
    await user.press("enter")


async def as_of_the_first_of_march(user: Hand) -> ThenScreen:
    """The customer as it was on the day on which it was made."""
    await history(user, "3 changes")
    await user.press("d")
    box = await user.on(Ask)
    box.query_one("LineInput").value = "2026-03-01"  # type: ignore[attr-defined]
    await user.press("enter")
    return await user.on(ThenScreen)


async def test_a_customer_as_it_was_beside_now_and_beside_another_day(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=(120, 40)) as user:
        screen = await as_of_the_first_of_march(user)
        await user.sees("as it was on", "1 Mar 2026", "Basel", "Bern", "vip", "3 fields differ")
        await user.press("o")
        await user.misses("Account no.")
        await user.sees("Basel")
        await user.press("c")
        await answer(user, "2026-03-02")
        await user.sees("2 fields differ")
        await user.misses("vip")
        await user.press("c")
        await answer(user, "someday")
        await user.sees('"someday" is no date.')
        await user.press("d")
        await answer(user, "2020-01-01")
        await user.sees("not there on")
        await user.press("v")
        await user.sees("There is no value to bring back.")
        assert user.app.screen is screen


async def test_one_field_gets_the_value_back_that_it_had_on_a_day(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=(120, 40)) as user:
        screen = await as_of_the_first_of_march(user)
        await user.press("o")
        await user.until(lambda: screen.list.row_count() == 3)
        while screen.list.current_key != "city":
            await user.press("down")
        await user.press("v")
        await user.on(Confirm)
        await user.sees("Ada: City becomes Basel again.")
        await user.press("y")
        await user.sees("The old value is back.", "2 fields differ")
    assert value(session, ada, "city") == "Basel"
    assert value(session, ada, "title") == "Dr"


async def test_one_change_gives_its_old_value_back(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=(120, 30)) as user:
        screen = await history(user, "Basel → Bern")
        screen.field.value = "field:city"
        await user.sees("1 change")
        await user.press("enter")
        await user.on(ChangesScreen)
        await user.sees("Basel → Bern", "2 values")
        await user.press("v")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("The old value is back.")
        assert value(session, ada, "city") == "Basel"
        await user.press("v")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("It has that value already.")


async def test_undo_and_redo_show_what_they_keep_before(
    settings: Settings, session: Session
) -> None:
    ids = [add(session, f"P{n}", city="Bern") for n in range(12)]
    batch.apply(session, ids, Edit({"city": "Jena"}))
    add_user("bob")
    for id_ in ids[2:]:
        apply(session, Request([Update(id_, Edit({"city": "Rome"}))], "edit"))
    async with hand(settings, size=(120, 40)) as user:
        screen = await history(user, "12 records")
        screen.field.value = "kind:batch"
        await user.sees("1 change")
        await user.press("u")
        await user.on(Confirm)
        await user.sees("2 records go back", "10 values were edited since", "list them")
        await user.press("l")
        await user.on(BucketsScreen)
        await user.sees("2 go back · 10 kept · 0 fail", "P11")
        await user.press("escape")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("2 records taken back, 10 kept", "↶ undone")
        assert value(session, ids[0], "city") == "Bern"
        await user.press("r")
        await user.on(Confirm)
        await user.sees("2 records become again")
        await user.press("y")
        await user.sees("2 records done again")
        await user.press("r")
        await user.sees("This was not undone.")
    assert value(session, ids[0], "city") == "Jena"
    assert value(session, ids[5], "city") == "Rome"


async def test_a_merge_is_told_in_names(settings: Settings, session: Session) -> None:
    keep, other = add(session, "Ada Lovelace"), add(session, "A. Lovelace")
    merging.merge(session, [keep, other])
    async with hand(settings, size=(120, 30)) as user:
        await history(user, "merged")
        await user.press("enter")
        await user.on(ChangesScreen)
        await user.sees("Merged into", f"Ada Lovelace #{keep}", "change set", "by the command")


async def test_an_entry_of_the_timeline_opens_its_change(
    settings: Settings, session: Session, ada: int
) -> None:
    batch.apply(session, [ada, add(session, "Bob")], Edit({"state": "BE"}))
    async with hand(settings, size=(120, 40)) as user:
        await user.type("ada")
        await user.found("Ada")
        await user.press("enter")
        await user.on(CustomerScreen)
        await user.sees("State: ∅ → BE")
        await user.press("tab", "enter")
        await user.on(ChangesScreen)
        await user.sees("1 value · of this customer", "BE")
        await user.misses("Bob")
        await user.press("a")
        await user.sees("2 values", "Bob")
