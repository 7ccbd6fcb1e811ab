"""What an undo or a redo leaves as it is: every record that is kept or fails, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from tui_crm.core.rows import UndoOutcome
from tui_crm.text.i18n import N_, _
from tui_crm.ui.exporting import export
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import Key
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import number

if TYPE_CHECKING:
    from tui_crm.core.session import Session


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
        """List them."""
        view = self.query_one(RecordList)
        view.set_source(_Buckets(self._plan))
        view.focus()

    def action_export(self) -> None:
        """Write all of them into a file."""
        self.crm.spawn(export(self, "crm-undo", partial(_write, self._plan)))


class _Buckets:
    """A source over what is kept or fails, the failures first; it makes only the rows seen."""

    def __init__(self, plan: UndoOutcome) -> None:
        self._parts = ((plan.failed, N_("failed"), "bad"), (plan.kept, N_("kept"), "warn"))

    @property
    def count(self) -> int:
        """Number of rows."""
        return sum(len(results) for results, _word, _style in self._parts)

    def row(self, index: int) -> _Row | None:
        """The row at `index`; its place is its key."""
        place = index
        for results, word, style in self._parts:
            if 0 <= place < len(results):
                result = results[place]
                cells = (
                    Cell(_(word), style=style),
                    Cell(result.name or f"#{result.id}", style="strong"),
                    Cell(result.reason, style="muted"),
                )
                return _Row(index, cells)
            place -= len(results)
        return None

    def need(self, first: int, last: int) -> None:
        """Nothing is ever missing."""

    def index_of(self, key: Key) -> int | None:
        """The place of a row."""
        return int(key)


def _write(
    plan: UndoOutcome, _session: Session, path: Path, *, progress: Callable[[int, int], None]
) -> int:
    from tui_crm.exchange.writing.reports import write_buckets

    return write_buckets(path, plan, progress=progress)
