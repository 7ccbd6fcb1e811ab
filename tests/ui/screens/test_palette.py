"""The palette: a few letters find a command, Enter does it on the screen behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import settings_for
from tests.ui.screens.conftest import WorkingAs
from tests.ui.screens.piloting import Shell, lines, running, text, until
from tui_crm.config import Settings
from tui_crm.core import segments
from tui_crm.core.changes import Create, Request, apply
from tui_crm.ui.palette import Command, Palette, commands_of, rank
from tui_crm.ui.screens.help import HelpScreen
from tui_crm.ui.screens.history import HistoryScreen
from tui_crm.ui.screens.search import SearchScreen


async def nothing() -> None:
    """A command that does nothing."""


def command(label: str, about: str = "") -> Command:
    return Command(label, label, nothing, about)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (command("Log call"), command("Backlog")),
        (command("Undo log"), command("Backlog")),
        (command("Backlog"), command("Call", "Log a call.")),
        (command("Call", "Log a call."), command("Lost organ")),
    ],
)
def test_the_start_of_the_label_counts_most_and_the_sentence_less(
    better: Command, worse: Command
) -> None:
    first, second = rank(["log"], better), rank(["log"], worse)
    assert first is not None
    assert second is not None
    assert first[0] < second[0]


def test_every_word_must_be_found_and_is_lit() -> None:
    batch = command("Batch edit", "Change many.")
    assert rank(["edit", "ba"], batch) == (1, ((0, 2), (6, 10)))
    assert rank(["edit", "xyz"], batch) is None
    assert rank(["bted"], batch) is not None  # letters in order
    assert rank(["b", "q"], batch) is None


def test_labels_that_change_their_length_when_folded_are_found_but_not_lit() -> None:
    assert rank(["strasse"], command("Straße")) == (0, ())


async def test_only_what_the_screen_can_do_is_offered(tmp_path: Path) -> None:
    app = Shell(settings_for("sqlite:///unused.db", tmp_path))
    async with app.run_test() as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, SearchScreen)
        offered = {command.key for command in commands_of(screen)}
        assert {"search.mark", "record.log", "app.help", "app.quit"} <= offered
        assert not {"list.down", "customer.save", "app.palette"} & offered
        assert f"theme {app.theme}" not in offered


async def test_enter_runs_the_command_and_escape_runs_none(tmp_path: Path) -> None:
    app = Shell(settings_for("sqlite:///unused.db", tmp_path))
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p", *"help")
        await until(pilot, lambda: "Show the keys" in text(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        await pilot.press("ctrl+p", *"help", "enter")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_a_theme_is_switched_at_once(tmp_path: Path) -> None:
    app = Shell(settings_for("sqlite:///unused.db", tmp_path))
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p", *"theme paper")
        await until(pilot, lambda: "Theme: paper" in text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "paper")


async def test_a_saved_search_is_run_from_any_screen(
    settings: Settings, working_as: WorkingAs
) -> None:
    with working_as() as session:
        steps = [Create({"name": "Ada", "city": "Rome"}), Create({"name": "Bob", "city": "Oslo"})]
        apply(session, Request(steps, "create", "two"))
        segments.save(session, "In [Rome]", "city:Rome")
    async with running(settings) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen))
        await pilot.press("ctrl+p", *"segm")
        await until(pilot, lambda: "Segment: In [Rome]" in text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        await until(pilot, lambda: "Ada" in text(pilot) and "Bob" not in text(pilot))
        assert "city:Rome" in lines(pilot)[0]


async def test_arrows_choose_among_what_was_found(tmp_path: Path) -> None:
    app = Shell(settings_for("sqlite:///unused.db", tmp_path))
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p", *"theme")
        await until(pilot, lambda: "Theme: celadon" in text(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.theme == "contrast")
        await pilot.press("ctrl+p", *"no such thing at all")
        await until(pilot, lambda: "nothing fits" in text(pilot))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Palette)
