"""An entry in full: everything that is known of it, and its text however long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.ui.screens.piloting import running, text, until
from tui_crm.config import Settings
from tui_crm.core.rows import TimelineEntry
from tui_crm.ui.screens.entry import EntryScreen
from tui_crm.ui.screens.search import SearchScreen
from tui_crm.ui.widgets.text_view import TextView

CALL = TimelineEntry(
    "interaction", 1, datetime(2026, 3, 1, 14, 0, tzinfo=UTC), "call", "in", "reached",
    "A [/b] subject", "first line\n" + "word " * 4000 + "\nthe last line \x1b]52;c;x\x07",
    "ben", duration=247,
)  # fmt: skip


async def test_a_contact_shows_what_is_known_and_scrolls_to_its_end(settings: Settings) -> None:
    async with running(settings) as pilot:
        await pilot.app.push_screen(EntryScreen(CALL))
        await until(pilot, lambda: "first line" in text(pilot))
        shown = text(pilot)
        for word in ("Call", "A [/b] subject", "incoming", "4:07", "ben", "2026"):
            assert word in shown
        assert "the last line" not in shown
        await pilot.press("down")
        await until(pilot, lambda: "first line" not in text(pilot))
        await pilot.press("end")
        await until(pilot, lambda: "the last line" in text(pilot))
        assert "\x1b" not in text(pilot)
        await pilot.press("pageup", "home")
        await until(pilot, lambda: "first line" in text(pilot))
        await pilot.press("y")
        assert pilot.app.clipboard.startswith("first line")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))


async def test_a_narrower_terminal_wraps_anew_and_loses_nothing(settings: Settings) -> None:
    async with running(settings, size=(120, 30)) as pilot:
        screen = EntryScreen(replace(CALL, text="一二三四五六七八九十" * 40 + "end"))
        await pilot.app.push_screen(screen)
        view = screen.query_one(TextView)
        await until(pilot, lambda: view.row_count() > 0)
        wide = view.row_count()
        await pilot.resize_terminal(60, 24)
        await until(pilot, lambda: view.row_count() > wide)
        await pilot.press("end")
        await until(pilot, lambda: "end" in text(pilot))


async def test_a_task_shows_when_it_is_due_and_an_entry_without_text_says_so(
    settings: Settings,
) -> None:
    task = TimelineEntry(
        "task", 2, CALL.at, "task", title="Send quote", author="ana",
        due_at=datetime(2026, 3, 8, 9, 0, tzinfo=UTC), priority=1,
    )  # fmt: skip
    async with running(settings) as pilot:
        await pilot.app.push_screen(EntryScreen(task))
        await until(pilot, lambda: "Send quote" in text(pilot))
        shown = text(pilot)
        for word in ("Task", "Due", "8 Mar 2026", "high", "Assignee", "ana", "There is no note."):
            assert word in shown
        await pilot.press("y")
        assert pilot.app.clipboard == ""
