"""One row of a planned import: every cell as it is in the file, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from tui_crm.exchange.mapping.columns import Column as TableColumn
from tui_crm.exchange.planning.staging import Change, Staged
from tui_crm.text.i18n import _
from tui_crm.ui.batch_form import Reader
from tui_crm.ui.guard import plain
from tui_crm.ui.importing.mending import Mender
from tui_crm.ui.importing.rows import change_words, column_of
from tui_crm.ui.importing.work import ImportJob
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import ListSource, SourceView
from tui_crm.ui.widgets.title_line import TitleLine


@dataclass(frozen=True, slots=True)
class CellRow:
    """A cell of the row, its field, and the value that is written."""

    key: str
    cells: tuple[Cell, ...]


class ImportRowScreen(CrmScreen):
    """The row `staged`; gives True when something of it was mended. Without `mender` it is over."""

    WHERE = "import.mend"
    BINDS = ("screen", "import.mend")

    DEFAULT_CSS = "ImportRowScreen #reason { height: auto; padding: 0 3; margin: 1 0; }"

    def __init__(
        self, job: ImportJob, staged: Staged, reader: Reader, mender: Mender | None
    ) -> None:
        super().__init__()
        self._job = job
        self._staged = staged
        self._reader = reader
        self._mender = mender

    def compose(self) -> ComposeResult:
        """Title, the reason, the cells, footer."""
        line = _("line {n}").format(n=self._staged.row.line)
        yield TitleLine(self._staged.name or _("Row"), self._job.path.name, line)
        yield Static("", id="reason")
        yield RecordList(
            [
                Column("column", _("Column"), 14, 1, 24),
                Column("raw", _("In the file"), 18, 2),
                Column("field", _("Field"), 12, 1, 20),
                Column("value", _("What is written"), 18, 2),
            ]
        )
        yield Footer()

    @property
    def where(self) -> str:
        """Nothing can be mended once the import is over."""
        return "import.row" if self._mender is None else self.WHERE

    @property
    def list(self) -> RecordList:
        """The cells."""
        return self.query_one(RecordList)

    def on_mount(self) -> None:
        """Show the cells, the cursor on the one that is wrong."""
        super().on_mount()
        reason = self._staged.reason
        text = plain(reason).stylize("$warn") if reason else plain(_("Nothing is wrong here."))
        self.query_one("#reason", Static).update(text)
        changes = {change.field: change for change in self._staged.changes}
        rows = [self._cell_row(column, changes) for column in self._job.mapping.all]
        fed = {c.field.name for c in self._job.mapping.columns if c.field is not None}
        for name, change in changes.items():
            if name not in fed:
                cells = (Cell("–", style="muted"), Cell(""), *self._becomes(name, change))
                rows.append(CellRow(f"={name}", cells))
        self.list.set_source(ListSource(rows))
        wrong = column_of(self._staged, self._job.mapping)
        self.list.cursor = wrong or 0
        self.list.focus()

    def _cell_row(self, column: TableColumn, changes: dict[str, Change]) -> CellRow:
        raw = self._staged.row.cells[column.index]
        wrong = column.index == column_of(self._staged, self._job.mapping)
        look = "bad" if wrong and self._staged.reason else ""
        first = (Cell(column.title, style="muted"), Cell(raw, style=look))
        if column.field is None:
            return CellRow(
                str(column.index), (*first, Cell(_("left out"), style="muted"), Cell(""))
            )
        name = column.field.name
        if (change := changes.get(name)) is not None:
            return CellRow(str(column.index), (*first, *self._becomes(name, change)))
        return CellRow(str(column.index), (*first, Cell(column.field.label), Cell("")))

    def _becomes(self, name: str, change: Change) -> tuple[Cell, Cell]:
        words = change_words(self._reader, name, change.old, change.new, self._staged.customer)
        return Cell(self._reader.label(name)), Cell(words, style="new")

    @property
    def _place(self) -> int | None:
        key = str(self.list.current_key or "")
        return int(key) if key.isdecimal() else None

    # Mending -----------------------------------------------------------------------------------

    @on(SourceView.Selected)
    def _chosen(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_edit_cell()

    def action_edit_cell(self) -> None:
        """Mend the highlighted cell."""
        if (mender := self._mender) is not None and (place := self._place) is not None:
            self._mend(lambda: mender.edit(self, self._staged, place))

    def action_replace(self) -> None:
        """Replace the value of the highlighted cell everywhere in its column."""
        if (mender := self._mender) is not None and (place := self._place) is not None:
            self._mend(lambda: mender.replace(self, self._staged, place))

    def _mend(self, act: Callable[[], object]) -> None:
        async def run() -> None:
            if await act():  # type: ignore[misc]
                self.close(True)

        self.do(run())

    def action_skip(self) -> None:
        """Leave the row out."""
        if self._mender is not None:
            self._job.leave_out(self._staged.row)
            self.close(True)

    def action_take_back(self) -> None:
        """Take the last mending back."""
        if self._mender is not None and self._job.take_back():
            self.close(True)
