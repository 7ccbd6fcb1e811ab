"""Help: every key of the place that one comes from, found by typing, and none that fails there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import settings_for
from tests.ui.screens.piloting import Shell, lines, text, until
from tui_crm.config import load
from tui_crm.core.fields import BUILT_IN
from tui_crm.keys.actions import CONTEXTS, available_in
from tui_crm.keys.keymap import DEFAULT
from tui_crm.search.language.query import parse
from tui_crm.text.dates import utc_now
from tui_crm.text.when import parse_when
from tui_crm.ui.screens.help import DATES, QUERIES, HelpScreen, rows_for
from tui_crm.ui.screens.search import SearchScreen


@pytest.mark.parametrize("where", [context.id for context in CONTEXTS])
def test_every_action_with_a_key_that_works_there_is_listed(where: str) -> None:
    listed = {row.key for row, _text in rows_for(where, DEFAULT)}
    expected = {action.id for action in available_in(where) if DEFAULT.keys(action.id, where)}
    assert expected <= listed


@pytest.mark.parametrize("example", [example for example, _label, _about in QUERIES])
def test_the_examples_of_queries_are_understood(example: str) -> None:
    assert parse(example, BUILT_IN).problems == ()


@pytest.mark.parametrize("examples", [example for example, _label, _about in DATES])
def test_the_examples_of_dates_are_understood(examples: str) -> None:
    for example in examples.split("   "):
        assert parse_when(example, utc_now()) is not None, example


async def test_keys_of_the_own_context_come_first_and_typing_narrows(tmp_path: Path) -> None:
    app = Shell(settings_for("sqlite:///unused.db", tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        shown = text(pilot)
        assert shown.index("Empty the search field.") < shown.index("Everywhere")
        await pilot.press(*"batch")
        await until(pilot, lambda: "Empty the search field." not in text(pilot))
        assert "Change fields of all marked customers" in text(pilot)
        assert "1 command" in lines(pilot)[0]
        await pilot.press(*" nonsense")
        await until(pilot, lambda: "no key fits" in text(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))


async def test_it_scrolls_to_the_end_while_the_field_has_the_focus(tmp_path: Path) -> None:
    app = Shell(settings_for("sqlite:///unused.db", tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press(*["pagedown"] * 6)
        await until(pilot, lambda: "Tuesday of next week" in text(pilot))


async def test_keys_of_the_users_own_keymap_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "crm.toml"
    file.write_text('[keymap]\n"app.today" = "f11"\n')
    app = Shell(load(file, {"HOME": str(tmp_path)}))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f1", *"today")
        await until(pilot, lambda: "F11" in text(pilot))
        assert "F2" not in text(pilot)
