"""Today: what is due, what waits, what others changed; and that work can be done from there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.ui.screens.conftest import WorkingAs
from tests.ui.screens.piloting import lines, running, text, until
from tui_crm.config import Settings
from tui_crm.core import drafts, tasks
from tui_crm.core.changes import Create, Edit, Request, Update, apply
from tui_crm.core.session import Session
from tui_crm.text.when import When
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.interaction import InteractionScreen
from tui_crm.ui.screens.today import TodayScreen


def customer(session: Session, name: str, **values: str) -> int:
    made = apply(session, Request([Create({"name": name, **values})], "create", name))
    return made.record_ids[0]


@pytest.fixture
def ada(working_as: WorkingAs) -> int:
    """Ada and her three tasks: overdue, today, the day after tomorrow."""
    with working_as() as session:
        id_ = customer(session, "Ada Lovelace", phones="044 668 18 00", city="London")
        noon = session.now().replace(hour=12, minute=0, second=0, microsecond=0)
        for days, title in ((-2, "Call back"), (0, "Send quote"), (2, "Visit")):
            tasks.create(session, id_, title, when=When(noon + timedelta(days=days), False))
    return id_


def row_with(pilot: object, word: str) -> str:
    found = [line for line in lines(pilot) if word in line]  # type: ignore[arg-type]
    assert len(found) == 1, found
    return found[0]


async def test_tasks_stand_under_their_headings_and_are_counted(
    settings: Settings, ada: int
) -> None:
    async with running(settings) as pilot:
        await pilot.press("f2")
        await until(pilot, lambda: "Call back" in text(pilot))
        shown = text(pilot)
        order = ["Overdue", "Call back", "Today ─", "Send quote", "Next 7 days", "Visit"]
        places = [shown.index(word) for word in order]
        assert places == sorted(places)
        assert "2 d ago" in row_with(pilot, "Call back")
        assert "1 overdue · 1 today" in lines(pilot)[0]
        assert "044 668 18 00" in row_with(pilot, "Visit")


async def test_the_footer_has_no_key_for_the_screen_that_is_open(
    settings: Settings, ada: int
) -> None:
    async with running(settings, size=(120, 40)) as pilot:
        assert "F2 Today" in lines(pilot)[-1]
        await pilot.press("f2")
        await until(pilot, lambda: "Call back" in text(pilot))
        assert "x Done" in lines(pilot)[-1]
        assert "F2" not in lines(pilot)[-1]


async def test_a_done_task_stays_in_its_place_until_it_is_undone_with_the_same_key(
    settings: Settings, ada: int, working_as: WorkingAs
) -> None:
    async with running(settings) as pilot:
        await pilot.press("f2")
        await until(pilot, lambda: "Call back" in text(pilot))
        await pilot.press("down", "x")
        await until(pilot, lambda: "done" in row_with(pilot, "Send quote"))
        assert "▌  ✓" in row_with(pilot, "Send quote")
        assert "1 overdue · 0 today" in lines(pilot)[0]
        await pilot.press("x")
        await until(pilot, lambda: "○" in row_with(pilot, "Send quote"))
        assert "1 overdue · 1 today" in lines(pilot)[0]
        await pilot.press("x")
        await until(pilot, lambda: "✓" in row_with(pilot, "Send quote"))
    with working_as() as session:
        noon = session.now() + timedelta(days=9)
        assert [task.title for task in tasks.due(session, noon)] == ["Call back", "Visit"]


async def test_undo_takes_a_done_task_back(settings: Settings, ada: int) -> None:
    async with running(settings) as pilot:
        await pilot.press("f2")
        await until(pilot, lambda: "Call back" in text(pilot))
        await pilot.press("x")
        await until(pilot, lambda: "✓" in row_with(pilot, "Call back"))
        await pilot.press("ctrl+z")
        await until(pilot, lambda: "1 record goes back" in text(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "○" in text(pilot) and "○" in row_with(pilot, "Call back"))


async def test_enter_opens_the_customer_and_escape_comes_back(settings: Settings, ada: int) -> None:
    async with running(settings) as pilot:
        await pilot.press("f2")
        await until(pilot, lambda: "Call back" in text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CustomerScreen))
        await until(pilot, lambda: "Ada Lovelace" in text(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, TodayScreen))


async def test_a_call_on_hold_is_shown_and_resumed(
    settings: Settings, ada: int, working_as: WorkingAs
) -> None:
    with working_as() as session:
        data = {
            "customer_id": ada, "started_at": "2026-01-02T10:00:00Z", "seconds": 75,
            "chosen": {"kind": "call", "disposition": "busy"}, "next": "", "when": "",
            "note": "wants a quote", "fields": {},
        }  # fmt: skip
        drafts.save(session, "interaction", "u1", "Ada Lovelace", data, parked=True)
    async with running(settings) as pilot:
        await pilot.press("f2")
        await until(pilot, lambda: "On hold" in text(pilot))
        assert "wants a quote" in row_with(pilot, "‖")
        assert "1 on hold · 1 overdue" in lines(pilot)[0]
        assert text(pilot).index("On hold") < text(pilot).index("Overdue")  # it is the next to do
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, InteractionScreen))
        await until(pilot, lambda: "wants a quote" in text(pilot))


async def test_what_is_half_written_is_discarded_after_a_question(
    settings: Settings, ada: int, working_as: WorkingAs
) -> None:
    with working_as() as session:
        drafts.save(session, "customer", "u1", "Bob", {"fields": {"name": "Bob"}})
    async with running(settings) as pilot:
        await pilot.press("f2")
        await until(pilot, lambda: "Half-written" in text(pilot))
        assert "d Discard" in lines(pilot)[-1]
        await pilot.press("d", "escape")
        assert "Half-written" in text(pilot)
        await pilot.press("d")
        await until(pilot, lambda: "Discard what is not saved?" in text(pilot))
        await pilot.press("d")
        await until(pilot, lambda: "Half-written" not in text(pilot))
        assert "d Discard" not in lines(pilot)[-1]
    with working_as() as session:
        assert drafts.load_all(session) == []


async def test_what_others_changed_on_my_customers_is_told(
    settings: Settings, ada: int, working_as: WorkingAs
) -> None:
    with working_as("bob") as session:
        apply(session, Request([Update(ada, Edit({"city": "Turin"}))], "edit"))
    async with running(settings, size=(120, 40)) as pilot:
        await pilot.press("f2")
        await until(pilot, lambda: "Changed on my customers" in text(pilot))
        told = row_with(pilot, "London → Turin")
        assert "Ada Lovelace" in told
        assert "bob" in told


async def test_a_name_with_markup_is_shown_as_it_is(
    settings: Settings, working_as: WorkingAs
) -> None:
    with working_as() as session:
        id_ = customer(session, "[/B2B] [@click=x]y[/]")
        tasks.create(session, id_, "[red]hot[/", when=When(session.now(), False))
    async with running(settings, size=(120, 40)) as pilot:
        await pilot.press("f2")
        await until(pilot, lambda: "[red]hot[/" in text(pilot))
        assert "[/B2B] [@click=x]y[/]" in text(pilot)


async def test_an_empty_day_says_so(settings: Settings) -> None:
    async with running(settings) as pilot:
        await pilot.press("f2")
        await until(pilot, lambda: "Nothing is due" in text(pilot))
        await pilot.press("x", "l", "enter", "r")
        await until(pilot, lambda: "No call is on hold." in text(pilot))
