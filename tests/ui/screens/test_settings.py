"""Settings: themes are tried out before they are kept; crm.toml is changed and not rewritten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.ui.screens.piloting import Shell, lines, running, text, until
from tui_crm.config import Settings, inspect
from tui_crm.text import i18n
from tui_crm.ui.screens.settings import SettingsScreen

BEFORE = '# my settings\n[ui]\ntheme = "midnight"  # at night\nmouse = false\n'


def with_file(folder: Path, content: str) -> tuple[Path, Settings]:
    file = folder / "crm.toml"
    file.write_text(content)
    settings, _problems = inspect(file, {"HOME": str(folder), "LANG": "en_GB.UTF-8"})
    return file, settings


async def opened(pilot: Pilot[None]) -> None:
    pilot.app.push_screen(SettingsScreen())
    await until(pilot, lambda: isinstance(pilot.app.screen, SettingsScreen))
    await until(pilot, lambda: "[database]" in text(pilot))


def line_of(pilot: Pilot[None], word: str) -> int:
    return next(n for n, line in enumerate(lines(pilot)) if word in line)


async def go_to(pilot: Pilot[None], key: str) -> None:
    view = pilot.app.screen.query_one("SettingsList")
    keys = [row.key for row in view.rows]  # type: ignore[attr-defined]
    view.cursor = keys.index(key)  # type: ignore[attr-defined]
    await pilot.pause()


async def test_moving_tries_a_theme_out_and_escape_brings_the_old_one_back(tmp_path: Path) -> None:
    file, settings = with_file(tmp_path, BEFORE)
    app = Shell(settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        assert lines(pilot)[line_of(pilot, "● midnight")].startswith("▌")
        await pilot.press("down")
        await until(pilot, lambda: app.theme == "paper")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, SettingsScreen))
        assert app.theme == "midnight"
    assert file.read_text() == BEFORE


async def test_enter_keeps_the_theme_in_the_file_and_leaves_the_rest_of_it_alone(
    tmp_path: Path,
) -> None:
    file, settings = with_file(tmp_path, BEFORE)
    app = Shell(settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "● paper" in text(pilot))
        assert file.read_text() == BEFORE.replace('"midnight"', '"paper"')
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, SettingsScreen))
        assert app.theme == "paper"


async def test_a_theme_that_is_only_tried_out_does_not_follow_to_another_screen(
    tmp_path: Path,
) -> None:
    _file, settings = with_file(tmp_path, BEFORE)
    app = Shell(settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("down")
        await until(pilot, lambda: app.theme == "paper")
        await pilot.press("f1")
        await until(pilot, lambda: not isinstance(app.screen, SettingsScreen))
        assert app.theme == "midnight"


async def test_without_a_file_the_users_own_is_made(tmp_path: Path) -> None:
    settings, _problems = inspect(None, {"HOME": str(tmp_path), "LANG": "C"})
    app = Shell(settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Written to" in app.screen.footer.message)
    assert (tmp_path / "config/crm/crm.toml").read_text() == '[ui]\ntheme = "paper"\n'


async def test_each_value_is_shown_with_its_origin_and_no_password(tmp_path: Path) -> None:
    file = tmp_path / "crm.toml"
    file.write_text("[general]\nhome_country = 'CN'\n")
    env = {"HOME": str(tmp_path), "CRM_DB": "postgresql://ana:geheim@host/crm", "LANG": "C"}
    app = Shell(inspect(file, env)[0])
    async with app.run_test(size=(120, 70)) as pilot:
        await opened(pilot)
        shown = text(pilot)
        assert "crm.toml:2" in lines(pilot)[line_of(pilot, "home_country")]
        assert "environment CRM_DB" in lines(pilot)[line_of(pilot, "ana:***@host")]
        assert "default" in lines(pilot)[line_of(pilot, "date_style")]
        assert "geheim" not in shown


async def test_a_switch_is_turned_and_other_settings_say_where_to_write(tmp_path: Path) -> None:
    file, settings = with_file(tmp_path, BEFORE)
    app = Shell(settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await go_to(pilot, "key:ui.mouse")
        await pilot.press("enter")
        await until(pilot, lambda: "from the next start" in app.screen.footer.message)
        assert file.read_text() == BEFORE.replace("mouse = false", "mouse = true")
        await go_to(pilot, "key:ui.columns")
        await pilot.press("enter")
        await until(pilot, lambda: "Write it in" in app.screen.footer.message)
        assert "The columns of the customer list" in text(pilot)


async def test_a_file_that_cannot_be_changed_is_reported(tmp_path: Path) -> None:
    file, settings = with_file(tmp_path, BEFORE)
    app = Shell(settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        file.write_text("[ui\n")
        await pilot.press("down", "enter")
        await until(pilot, lambda: "could not be changed" in app.screen.footer.message)
        assert 'theme = "paper"' in app.screen.footer.message
        assert "● midnight" in text(pilot)
    assert file.read_text() == "[ui\n"


async def test_what_is_wrong_with_theme_and_keys_stands_first(tmp_path: Path) -> None:
    _file, settings = with_file(
        tmp_path, '[ui]\ntheme = "papper"\n[keymap]\n"app.today" = "ctrl+i"\n'
    )
    app = Shell(settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("home")
        await until(pilot, lambda: "To be mended" in text(pilot))
        assert "crm.toml:2" in lines(pilot)[line_of(pilot, "ui.theme")]
        assert 'Did you mean "paper"?' in text(pilot)
        assert "crm.toml:4" in lines(pilot)[line_of(pilot, "keymap.app.today")]


async def test_another_language_is_used_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, settings = with_file(tmp_path, BEFORE)
    app = Shell(settings)
    chosen: list[str | None] = []
    monkeypatch.setattr("tui_crm.ui.screens.settings.set_language", chosen.append)
    monkeypatch.setattr(i18n, "_language", "en")
    told: list[object] = []
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        home = app.screen_stack[1]
        monkeypatch.setattr(home, "language_changed", lambda: told.append(home))
        await go_to(pilot, "language:zh")
        await pilot.press("enter")
        await until(pilot, lambda: "● 中文" in text(pilot))
        assert chosen == ["zh"]
        assert told == [home]
    assert file.read_text().endswith('\n[general]\nlanguage = "zh"\n')


async def test_misspelt_names_are_told_at_the_start_and_listed(settings: Settings) -> None:
    ui = replace(settings.ui, theme="papper", columns=("name", "ciyt"))
    async with running(replace(settings, ui=ui)) as pilot:
        await until(pilot, lambda: "2 settings are wrong: F9 shows them" in lines(pilot)[-1])
        await pilot.press("f9")
        await until(pilot, lambda: "To be mended" in text(pilot))
        assert 'there is no field "ciyt"' in lines(pilot)[line_of(pilot, "ui.columns")]
        assert 'there is no theme "papper"' in lines(pilot)[line_of(pilot, "ui.theme")]
