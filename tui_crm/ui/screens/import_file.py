"""Import a file, first step: which one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from tui_crm.errors import CrmError
from tui_crm.text.dates import format_local
from tui_crm.text.i18n import _
from tui_crm.ui.importing.work import Entry, ImportJob, Opened, entries, open_file, wrong_path
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.import_reading import ImportReadingScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.line_input import LineInput
from tui_crm.ui.widgets.prompt_line import PromptLine
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import ListSource, SourceView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import number


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A file or folder as a row of the list."""

    key: str
    entry: Entry
    cells: tuple[Cell, ...]


class ImportFileScreen(CrmScreen):
    """A path with what could complete it below; gives True when something was imported."""

    WHERE = "import.file"
    BINDS = ("screen", "list", "import.file")

    def __init__(self, path: str = "") -> None:
        super().__init__()
        self._first = path
        self._moved = False

    def compose(self) -> ComposeResult:
        """Title, path, list, footer."""
        yield TitleLine(_("Import a file"), _("CSV, Excel, ODS, vCard, JSON lines"))
        yield PromptLine("❯", self._first, placeholder=_("path of the file; ~ is your home"))
        yield RecordList(
            [
                Column("name", _("File"), 20, 1),
                Column("size", _("Size"), 10, 0, align="right"),
                Column("changed", _("Changed"), 16, 0, rank=1),
            ],
            empty_text=_("nothing there has this name"),
        )
        yield Footer()

    @property
    def list(self) -> RecordList:
        """The files and folders that fit."""
        return self.query_one(RecordList)

    @property
    def field(self) -> LineInput:
        """The path."""
        return self.query_one(LineInput)

    def on_mount(self) -> None:
        """Typing goes to the path, the arrows move in the list."""
        super().on_mount()
        self.list.can_focus, self.list.driven = False, True
        self.field.focus()
        self.field.cursor_position = len(self.field.value)
        self._look()

    def _look(self) -> None:
        self._moved = False
        self.ask("entries", entries, self.field.value, deliver=self._found)

    def _found(self, found: Sequence[Entry]) -> None:
        rows = [self._row(place, entry) for place, entry in enumerate(found)]
        self.list.set_source(ListSource(rows), keep_cursor=False)

    def _row(self, place: int, entry: Entry) -> EntryRow:
        look = "accent" if entry.folder else "" if entry.importable else "muted"
        name = Cell(entry.label, style=look)
        at = format_local(datetime.fromtimestamp(entry.changed, UTC), self.session.zone)
        size = "" if entry.folder else _size(entry.size)
        muted = (Cell(size, style="muted"), Cell(at, style="muted"))
        return EntryRow(f"{place} {entry.path}", entry, (name, *muted))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.footer.hush()
        self._look()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_open()

    @on(SourceView.Selected)
    def _selected(self, event: SourceView.Selected) -> None:
        event.stop()
        self._moved = True
        self.action_open()

    @property
    def _entry(self) -> Entry | None:
        row = self.list.current
        return row.entry if isinstance(row, EntryRow) else None

    def action_open(self) -> None:
        """Open what is typed, if it is a file, or else what is highlighted."""
        self.do(self._open())

    async def _open(self) -> None:
        typed = self.field.value.strip()
        entry = self._entry
        if not self._moved and typed and Path(typed).expanduser().is_file():
            await self._read(typed)
        elif entry is None:
            self.say(wrong_path(typed) or _("Type the path of a file."), "warn")
        elif entry.folder:
            self._complete(entry.path)
        else:
            self._complete(entry.path)
            await self._read(entry.path)

    async def _read(self, typed: str) -> None:
        path = Path(typed).expanduser()
        self.say(_("reading …"))
        try:
            opened: Opened = await self.fetch(open_file, path)
        except CrmError as error:
            self.show_error(error)
            return
        self.footer.hush()
        self.app.push_screen(ImportReadingScreen(ImportJob(opened)), self._imported)

    def _imported(self, done: bool | None) -> None:
        if done:
            self.close(True)

    def action_complete(self) -> None:
        """Complete the path: as far as all that fits agrees, or to what is highlighted."""
        rows = (self.list.source.row(n) for n in range(self.list.row_count()))
        fits = [
            row.entry.path for row in rows if isinstance(row, EntryRow) and not row.entry.recent
        ]
        typed = self.field.value
        common = os.path.commonprefix(fits)  # noqa: RUF071 - the letters that agree
        if not self._moved and len(common) > len(typed):
            self._complete(common)
        elif self._entry is not None:
            self._complete(self._entry.path)

    def _complete(self, path: str) -> None:
        self.field.value = path
        self.field.cursor_position = len(path)

    def action_move(self, rows: int) -> None:
        """Move in the list while the field keeps the focus."""
        self._moved = True
        self.list.action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self._moved = True
        self.list.action_page(pages)


def _size(count: int) -> str:
    """A size for people: 512 B, 12 kB, 3.4 MB."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{number(round(count / 1000))} kB"
    return f"{count / 1_000_000:.1f} MB"
