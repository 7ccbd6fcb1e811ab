"""Every setting with where it came from; themes and languages are tried out and kept here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.color import Color
from textual.strip import Strip
from textual.theme import Theme
from textual.widgets import Static

from tui_crm.config import Origin, Settings
from tui_crm.config.document import values
from tui_crm.config.edit import own_file, write_value
from tui_crm.config.schema import BY_PATH, SECTIONS
from tui_crm.errors import CrmError
from tui_crm.text.i18n import N_, _, sentences, set_language
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.settings_problems import problems
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.grouped_list import GroupedList, GroupRow
from tui_crm.ui.widgets.record_list import Cell, Column
from tui_crm.ui.widgets.source_view import SourceView
from tui_crm.ui.widgets.title_line import TitleLine

_LANGUAGES = (("auto", N_("as the system")), ("en", "English"), ("zh", "中文"))
_CHOSEN, _OTHER = "● ", "○ "
_SAMPLE = "██"


class SettingsList(GroupedList):
    """Rows of settings; those of themes show the colours that they would bring."""

    def __init__(self, themes: dict[str, Theme]) -> None:
        columns = [
            Column("name", "", 24, 1, 32),
            Column("value", "", 32, 4),
            Column("origin", "", 14, 1, 40, rank=1),
        ]
        super().__init__(columns)
        self._themes = themes

    def render_row(self, index: int, line: int, width: int, look: Style) -> Strip | None:
        """A row; behind the name of a theme stand its colours."""
        strip = super().render_row(index, line, width, look)
        kind, _colon, name = str(self.rows[index].key).partition(":")
        if strip is None or kind != "theme" or line < self.span(index)[1] - 1:
            return strip
        start = self.column_start(1, width)
        theme = self._themes[name]
        ground = _colour(theme.background)
        sample = [Segment(" ", Style(bgcolor=ground))]
        for colour in (theme.foreground, theme.primary, theme.accent, theme.success, theme.error):
            sample.append(Segment(_SAMPLE, Style(color=_colour(colour), bgcolor=ground)))
        sample.append(Segment(" ", Style(bgcolor=ground)))
        end = start + 2 + len(_SAMPLE) * 5
        if end > width:
            return strip
        return Strip([*strip.crop(0, start), *sample, *strip.crop(end)], width)


def _colour(name: str | None) -> RichColor | None:
    return Color.parse(name).rich_color if name else None


class SettingsScreen(CrmScreen):
    """Themes first, then languages, then all keys of crm.toml as they are in force."""

    WHERE = "settings"
    BINDS = ("screen", "settings")

    DEFAULT_CSS = """
    SettingsScreen {
        & SettingsList { margin: 1 0 0 0; }
        & #about { height: 3; padding: 1 3 0 3; color: $muted; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._kept = ""  # the theme that comes back when no other is kept

    def compose(self) -> ComposeResult:
        """Title, list, and what the highlighted setting means."""
        yield TitleLine()
        yield SettingsList({name: self.app.available_themes[name] for name in self.crm.theme_names})
        yield Static(id="about")
        yield Footer()

    @property
    def list(self) -> SettingsList:
        """The list."""
        return self.query_one(SettingsList)

    def on_mount(self) -> None:
        """Show everything, the cursor on the theme in force."""
        self._kept = self.app.theme
        self._fill()
        places = [n for n, row in enumerate(self.list.rows) if row.key == f"theme:{self._kept}"]
        self.list.cursor = places[0] if places else 0
        self.list.focus()

    @property
    def _file(self) -> Path:
        return self.crm.settings.file or own_file(os.environ)

    def _fill(self) -> None:
        self.query_one(TitleLine).show(_("Settings"), remark=str(self._file))
        self.list.set_rows(
            [
                *self._problem_rows(),
                *self._theme_rows(),
                *self._language_rows(),
                *_setting_rows(self.crm.settings),
            ]
        )

    # Rows --------------------------------------------------------------------------------------

    def _problem_rows(self) -> Iterator[GroupRow]:
        for number, problem in enumerate(problems(self.crm)):
            place = f"{Path(problem.file).name}:{problem.line}" if problem.line else problem.file
            cells = (
                Cell(f"! {problem.key}", style="bad"),
                Cell(sentences(problem.message, problem.hint)),
                Cell(place, style="muted"),
            )
            yield GroupRow(f"problem:{number}", cells, _("To be mended"))

    def _theme_rows(self) -> Iterator[GroupRow]:
        for name in sorted(self.crm.theme_names):
            theme = self.app.available_themes[name]
            words = [_("dark") if theme.dark else _("light")]
            if theme.ansi:
                words.append(_("16 colours"))
            cells = (
                Cell((_CHOSEN if name == self._kept else _OTHER) + name, style="strong"),
                Cell(" " * (len(_SAMPLE) * 5 + 4) + " · ".join(words)),
                Cell(_("kept") if name == self._kept else "", style="good"),
            )
            yield GroupRow(f"theme:{name}", cells, _("Theme"))

    def _language_rows(self) -> Iterator[GroupRow]:
        chosen = self.crm.settings.general.language
        for code, label in _LANGUAGES:
            cells = (
                Cell((_CHOSEN if code == chosen else _OTHER) + _(label), style="strong"),
                Cell(code, style="muted"),
                Cell(_("kept") if code == chosen else "", style="good"),
            )
            yield GroupRow(f"language:{code}", cells, _("Language"))

    # Moving ------------------------------------------------------------------------------------

    @on(SourceView.Highlighted)
    def _highlighted(self, event: SourceView.Highlighted) -> None:
        """Try out the theme under the cursor; tell what a setting means."""
        event.stop()
        self._show_current()

    def _show_current(self) -> None:
        row = self.list.current_row
        kind, _colon, name = str(row.key if row else "").partition(":")
        self.app.theme = name if kind == "theme" else self._kept
        self.query_one("#about", Static).update(plain(self._about(kind, name)))

    def _about(self, kind: str, name: str) -> str:
        if kind == "theme" and name == self._kept:
            return _("The theme that is kept. Move to another one to try it out.")
        if kind == "theme":
            return _("{key} keeps this theme, Esc goes back to {name}.").format(
                key=self.crm.keymap.shown("settings.change"), name=self._kept
            )
        if kind == "language":
            return _(BY_PATH["general.language"].doc)
        if kind == "problem":
            problem = problems(self.crm)[int(name)]
            return sentences(problem.message, problem.hint)
        if name in BY_PATH:
            return _(BY_PATH[name].doc)
        return _(SECTIONS["keymap"])

    @on(SourceView.Selected)
    def _selected(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_change()

    # Changing ----------------------------------------------------------------------------------

    def action_change(self) -> None:
        """Keep the theme or language under the cursor, turn a switch, or say where to write."""
        row = self.list.current_row
        if row is None:
            return
        kind, _colon, name = str(row.key).partition(":")
        if kind == "theme":
            self.crm.spawn(self._keep("ui.theme", name))
        elif kind == "language":
            self.crm.spawn(self._keep("general.language", name))
        elif name in BY_PATH and isinstance(BY_PATH[name].default, bool):
            section, _dot, key = name.rpartition(".")
            now = getattr(getattr(self.crm.settings, section), key)
            self.crm.spawn(self._keep(name, not now))
        else:
            self.say(_("Write it in {file}; it holds from the next start.").format(file=self._file))

    async def _keep(self, path: str, value: str | bool) -> None:
        file = self._file
        try:
            line = await self.crm.work.query(write_value, file, path, value)
        except CrmError as error:
            self.show_error(error)
            return
        self.crm.settings = with_value(
            self.crm.settings, path, value, Origin(str(file), line), file
        )
        if path == "ui.theme":
            self._kept = str(value)
        elif path == "general.language":
            set_language(None if value == "auto" else str(value))
            for screen in self.app.screen_stack:
                if isinstance(screen, CrmScreen):
                    screen.language_changed()
        self._fill()
        self._show_current()
        said = _("Written to {file}.").format(file=file)
        if path not in ("ui.theme", "general.language"):
            said += " " + _("It holds from the next start.")
        self.say(said, "good")

    def language_changed(self) -> None:
        """Show everything in the new language."""
        super().language_changed()
        self._fill()

    def on_screen_suspend(self) -> None:
        """Another screen takes over: a theme that was only tried out goes."""
        self.app.theme = self._kept

    async def leave(self) -> bool:
        """Leave, with the theme that was kept."""
        self.app.theme = self._kept
        return await super().leave()


def _setting_rows(settings: Settings) -> Iterator[GroupRow]:
    for path, value in values(settings):
        section, _dot, name = path.partition(".")
        origin = settings.origin(path)
        where = f"{Path(origin.source).name}:{origin.line}" if origin.line else origin.label
        changed = origin.source != "default"
        cells = (
            Cell(name),
            Cell(value, style="" if changed else "muted"),
            Cell(where, style="accent" if changed else "muted"),
        )
        yield GroupRow(f"key:{path}", cells, f"[{section}]")


def with_value(
    settings: Settings, path: str, value: str | bool, origin: Origin, file: Path
) -> Settings:
    """`settings` with one key changed, and the place where it is written now."""
    section, _dot, name = path.partition(".")
    changed = replace(getattr(settings, section), **{name: value})
    origins = MappingProxyType({**settings.origins, path: origin})
    return replace(settings, **{section: changed}, origins=origins, file=file)
