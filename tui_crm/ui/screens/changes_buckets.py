"""What an undo or a redo leaves as it is: every record that is kept or fails, with the reason."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult

from tui_crm.core.rows import UndoOutcome
from tui_crm.text.i18n import _
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import Key, ListSource
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import number


@dataclass(frozen=True, slots=True)
class _Row:
    key: Key
    cells: tuple[Cell, ...]


class BucketsScreen(CrmScreen):
    """Shows the records of `plan`, an undo of the change `title` that is not done yet."""

    WHERE = "buckets"
    BINDS = ("screen", "buckets")

    DEFAULT_CSS = "BucketsScreen RecordList { margin: 1 0 0 0; }"

    def __init__(self, plan: UndoOutcome, title: str) -> None:
        super().__init__()
        self._plan = plan
        self._title = title

    def compose(self) -> ComposeResult:
        """Title with the three numbers, list, footer."""
        plan = self._plan
        counts = _("{reversed} go back · {kept} kept · {failed} fail").format(
            reversed=number(plan.reversed),
            kept=number(len(plan.kept)),
            failed=number(len(plan.failed)),
        )
        yield TitleLine(_("What stays as it is"), self._title, counts)
        yield RecordList(
            [
                Column("part", "", 8, 0),
                Column("record", _("Record"), 16, 1, 40),
                Column("reason", _("Reason"), 24, 3),
            ]
        )
        yield Footer()

    def on_mount(self) -> None:
        """List the failures first."""
        parts = (
            (self._plan.failed, _("failed"), "bad"),
            (self._plan.kept, _("kept"), "warn"),
        )
        rows = [
            _Row(
                f"{word}:{place}",
                (
                    Cell(word, style=style),
                    Cell(result.name or f"#{result.id}", style="strong"),
                    Cell(result.reason, style="muted"),
                ),
            )
            for results, word, style in parts
            for place, result in enumerate(results)
        ]
        view = self.query_one(RecordList)
        view.set_source(ListSource(rows))
        view.focus()
