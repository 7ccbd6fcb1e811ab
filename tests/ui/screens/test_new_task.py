"""A follow-up: its time is explained while it is typed, and nothing that was typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui.screens.conftest import WorkingAs
from tests.ui.screens.piloting import running, text, until
from tui_crm.config import Settings
from tui_crm.core import drafts, tasks
from tui_crm.core.changes import Create, Request, apply
from tui_crm.core.rows import TaskRow
from tui_crm.ui.screens.new_task import NewTaskScreen
from tui_crm.ui.screens.search import SearchScreen


@pytest.fixture
def ada(working_as: WorkingAs) -> int:
    """A customer."""
    with working_as() as session:
        made = apply(session, Request([Create({"name": "[b]Ada"})], "create"))
        return made.record_ids[0]


def tasks_of(working_as: WorkingAs, customer_id: int) -> list[TaskRow]:
    with working_as() as session:
        return tasks.of_customer(session, customer_id)


async def opened(pilot: Pilot[Any], customer_id: int) -> NewTaskScreen:
    pilot.app.new_task(customer_id)  # type: ignore[attr-defined]
    await until(
        pilot, lambda: isinstance(pilot.app.screen, NewTaskScreen) and "[b]Ada" in text(pilot)
    )
    screen = pilot.app.screen
    assert isinstance(screen, NewTaskScreen)
    return screen


async def test_a_task_is_typed_and_saved(
    settings: Settings, ada: int, working_as: WorkingAs
) -> None:
    async with running(settings) as pilot:
        await opened(pilot, ada)
        await pilot.press(*"jot down", "enter", *"+2")
        await until(pilot, lambda: "no such time" in text(pilot))
        await pilot.press("d")
        await until(pilot, lambda: "(in 2 d)" in text(pilot))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "─ Priority ─" in text(pilot))
        await pilot.press(*"high", "enter", "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        home = pilot.app.screen
        assert isinstance(home, SearchScreen)
        await until(pilot, lambda: "Task for [b]Ada, in 2 d: jot down." in home.footer.message)
        (row,) = tasks_of(working_as, ada)
        assert (row.title, row.priority, row.assignee) == ("jot down", 1, "ana")
        assert row.due_at is not None
        with working_as() as session:
            assert drafts.load_all(session) == []
            assert (row.due_at.astimezone(session.zone).date() - session.now().date()).days == 2


async def test_what_means_no_time_is_refused_and_nothing_is_needed_but_a_time(
    settings: Settings, ada: int, working_as: WorkingAs
) -> None:
    async with running(settings) as pilot:
        screen = await opened(pilot, ada)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "What is to be done?" in screen.footer.message)
        screen.form.stage("when", "soonish")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "“soonish” is no time." in text(pilot))
        screen.form.stage("when", "tomorrow")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        (row,) = tasks_of(working_as, ada)
        assert row.title == "Call again"


async def test_what_is_typed_is_on_the_disk_before_it_is_taken_over(
    settings: Settings, ada: int, working_as: WorkingAs
) -> None:
    async with running(settings) as pilot:
        screen = await opened(pilot, ada)
        await pilot.press(*"half")

        def kept() -> dict[str, Any]:
            found = drafts.load_all(screen.session)
            return dict(found[0].data["values"]) if found else {}

        await until(pilot, lambda: kept() == {"title": "half"})


async def test_a_form_that_is_left_comes_back_and_an_empty_one_leaves_nothing(
    settings: Settings, ada: int, working_as: WorkingAs
) -> None:
    async with running(settings) as pilot:
        await opened(pilot, ada)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        with working_as() as session:
            assert drafts.load_all(session) == []
        await opened(pilot, ada)
        await pilot.press(*"write", "enter", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        with working_as() as session:
            (draft,) = drafts.load_all(session)
            assert draft.title == "[b]Ada: write"
        screen = await opened(pilot, ada)
        await until(pilot, lambda: screen.form.staged() == {"title": "write"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        assert [row.title for row in tasks_of(working_as, ada)] == ["write"]


async def test_a_customer_that_is_gone_closes_the_form(settings: Settings, ada: int) -> None:
    async with running(settings) as pilot:
        pilot.app.new_task(ada + 1)  # type: ignore[attr-defined]
        await until(
            pilot,
            lambda: (
                isinstance(pilot.app.screen, SearchScreen)
                and "gone" in pilot.app.screen.footer.message
            ),
        )
