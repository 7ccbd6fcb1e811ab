"""A record list whose rows stand below headings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_crm.text.safe import display
from tui_crm.ui.widgets.line_view import GUTTER, LineView, fit
from tui_crm.ui.widgets.record_list import GAP, Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import Key, ListSource


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A row and the heading that it belongs below; `note` stands right in the heading's line.

    Rows of a group follow each other. The note of the group's first row counts.
    """

    key: Key
    cells: tuple[Cell, ...]
    group: str
    note: str = ""


class GroupedList(RecordList):
    """Rows under headings, all of them at hand. The cursor rests on rows only."""

    def __init__(
        self,
        columns: Sequence[Column] = (),
        *,
        empty_text: str = "",
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(columns, header=False, empty_text=empty_text, id=id)
        self._rows: Sequence[GroupRow] = ()
        self._starts: list[int] = [0]

    @property
    def rows(self) -> Sequence[GroupRow]:
        """What is shown."""
        return self._rows

    @property
    def current_row(self) -> GroupRow | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def set_rows(self, rows: Sequence[GroupRow], *, keep_cursor: bool = True) -> None:
        """Show other rows.

        With `keep_cursor` the cursor stays on its row, and if that is gone, on the row that
        follows it; the window moves as little as it can.
        """
        places = {row.key: index for index, row in enumerate(rows)}
        index = 0
        if keep_cursor:
            following = (places.get(row.key) for row in self._rows[self.cursor :])
            index = next((place for place in following if place is not None), self.cursor)
        self._rows = rows
        self._source = ListSource(rows)
        self._starts = [0, *accumulate(1 + self._heading_lines(n) for n in range(len(rows)))]
        self.set_reactive(LineView.cursor, self.validate_cursor(index))
        self.top = self.top if keep_cursor else 0
        self.invalidate()
        self.reveal(self.cursor)
        self._announce()

    def go_to(self, key: Key) -> None:
        """Put the cursor on the row of that key, if there is one."""
        index = next((n for n, row in enumerate(self._rows) if row.key == key), None)
        if index is not None:
            self.cursor = index

    def column_start(self, number: int, width: int) -> int:
        """The cell at which a column begins in rows of `width` cells."""
        return GUTTER + sum(cells + GAP for cells in self._layout(width)[:number] if cells)

    def _heading_lines(self, index: int) -> int:
        if index and self._rows[index].group == self._rows[index - 1].group:
            return 0
        return 2 if index else 1

    def line_total(self) -> int:
        """Number of lines, headings included."""
        return self._starts[-1]

    def locate(self, line: int) -> tuple[int, int]:
        """The row at a line; the lines of a heading belong to the first row below it."""
        index = min(bisect_right(self._starts, line), len(self._rows)) - 1
        return index, line - self._starts[index]

    def span(self, index: int) -> tuple[int, int]:
        """Where a row is, with the heading above it."""
        if not 0 <= index < len(self._rows):
            return 0, 0
        return self._starts[index], self._starts[index + 1] - self._starts[index]

    def render_row(self, index: int, line: int, width: int, look: Style) -> Strip | None:
        """A row, or a line of the heading above it."""
        heading = self._heading_lines(index)
        if line == heading:
            return super().render_row(index, 0, width, look)
        if line < heading - 1:
            return Strip.blank(width, self.look())
        return self._heading(self._rows[index], width)

    def _heading(self, row: GroupRow, width: int) -> Strip:
        rule, note = self.look("line--rule"), display(row.note)
        room = max(0, width - GUTTER - 2)
        title = fit(display(row.group), min(cell_len(display(row.group)), room))
        room -= cell_len(title) + (cell_len(note) + 2 if note else 0)
        segments = [
            Segment(" " * GUTTER, rule),
            Segment(title, self.look("line--header", "line--strong")),
            Segment(" " + "─" * max(0, room) + " ", rule),
        ]
        if note:
            segments.append(Segment(note + "  ", self.look("line--muted")))
        return self.strip(segments, width, rule)
