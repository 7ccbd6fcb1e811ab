"""A list of records in columns, for a million rows.

Rows come from a `Source` and are drawn only when seen. Columns share the width by weight, the
least important ones leave when it is short, and text is aligned by cells, so that Chinese and
Latin names line up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from tui_crm.text.safe import display
from tui_crm.ui.widgets.line_view import GUTTER, LineView, fit, highlighted
from tui_crm.ui.widgets.source_view import Key, Keyed, Source, SourceView

MARK_GLYPH = "✓"
GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row.

    `spans` are character ranges of `text` to show as matched; `style` is the name of one of
    `LineView`'s looks ("muted", "good", "bad", ...) or "".
    """

    text: str
    spans: tuple[tuple[int, int], ...] = ()
    style: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. Widths are in cells.

    It gets `least` cells, and of what is left over a share by `weight` up to `most` (0: no limit).
    When the screen is too narrow, columns of the highest `rank` are left out first.
    """

    name: str
    title: str
    least: int = 8
    weight: int = 1
    most: int = 0
    align: str = "left"
    rank: int = 0


class RecordRow(Keyed, Protocol):
    """A row of a record list: an id and one cell a column, in the order of the columns."""

    @property
    def cells(self) -> Sequence[Cell]:
        """The values."""


@runtime_checkable
class Remarked(Protocol):
    """A row that has something to show besides its columns."""

    def remark(self, shown: Collection[str]) -> Cell | None:
        """What to show at the end of the row while these columns are shown."""


def share_width(columns: Sequence[Column], width: int) -> list[int]:
    """Cells for each column so that they fill `width` with their gaps; 0 leaves a column out."""
    kept = list(range(len(columns)))
    while len(kept) > 1 and sum(columns[i].least for i in kept) + GAP * (len(kept) - 1) > width:
        kept.remove(max(kept, key=lambda i: (columns[i].rank, i)))
    widths = [columns[i].least if i in kept else 0 for i in range(len(columns))]
    spare = width - sum(widths) - GAP * (len(kept) - 1)
    while spare > 0:
        growing = [i for i in kept if columns[i].weight and widths[i] < (columns[i].most or width)]
        if not growing:
            break
        # One cell to whoever is furthest behind; it is done on a resize only.
        behind = min(growing, key=lambda i: (widths[i] - columns[i].least) / columns[i].weight)
        widths[behind] += 1
        spare -= 1
    if len(kept) == 1:
        widths[kept[0]] = min(widths[kept[0]], max(0, width))
    return widths


class RecordList(SourceView[RecordRow]):
    """The list widget. Keys: arrows, page and home/end move, Enter selects, Space marks.

    Marks are ids, so that they outlive scrolling, sorting and another search.
    """

    class MarksChanged(LineView.LineViewMessage):
        """Records were marked or unmarked; `marks` is the set of all of them."""

        def __init__(self, view: RecordList, marks: frozenset[Key]) -> None:
            super().__init__(view)
            self.marks = marks

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", show=False, id="list.mark"),
    ]

    def __init__(
        self,
        columns: Sequence[Column] = (),
        source: Source[RecordRow] | None = None,
        *,
        header: bool = True,
        empty_text: str = "",
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(source, empty_text=empty_text, name=name, id=id, classes=classes)
        self.header_height = 1 if header else 0
        self._columns = tuple(columns)
        self._widths: list[int] = []
        self._widths_for = -1
        self._marks: set[Key] = set()
        self._sorted: tuple[str, bool] | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, shown or left out."""
        return self._columns

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns; give the source that fits them with `set_source`."""
        self._columns = tuple(columns)
        self._widths_for = -1
        self.invalidate()

    def set_sort(self, name: str, descending: bool = False) -> None:
        """Show an arrow in the header of column `name`; "" for none. Sorts nothing."""
        self._sorted = (name, descending) if name else None
        self.refresh()

    @property
    def marks(self) -> frozenset[Key]:
        """Ids of the marked records."""
        return frozenset(self._marks)

    def set_marks(self, keys: Iterable[Key]) -> None:
        """Mark exactly these records."""
        self._marks = set(keys)
        self.invalidate()
        self.post_message(self.MarksChanged(self, self.marks))

    def action_mark(self) -> None:
        """Mark or unmark the record under the cursor and go to the next."""
        key = self.current_key
        if key is None:
            return
        self._marks ^= {key}
        self.refresh_row(self.cursor)
        self.post_message(self.MarksChanged(self, self.marks))
        self.action_move(1)

    def row_state(self, index: int) -> str:
        """Marked rows have a ground of their own."""
        row = self.source.row(index) if self._marks else None
        return "line--marked" if row is not None and row.key in self._marks else ""

    @property
    def column_widths(self) -> list[int]:
        """Cells of each column, 0 for one that is left out, at the width that the list has."""
        return self._layout(self.row_width)

    def _layout(self, width: int) -> list[int]:
        if width != self._widths_for:
            self._widths = share_width(self._columns, width - GUTTER)
            self._widths_for = width
        return self._widths

    def render_header(self, y: int, width: int) -> Strip:
        """The titles of the columns, and which of them sorts."""
        look = self.look("line--header")
        segments = [Segment(" " * GUTTER, look)]
        for column, cells in zip(self._columns, self._layout(width), strict=True):
            if not cells:
                continue
            title = display(column.title)
            if self._sorted is not None and self._sorted[0] == column.name:
                title += " ▾" if self._sorted[1] else " ▴"
            segments.append(Segment(fit(title, cells, column.align) + " " * GAP, look))
        return self.strip(segments, width, look)

    def render_row(self, index: int, line: int, width: int, look: Style) -> Strip | None:
        """One record, its cells cut to the columns, matches lit."""
        row = self.loaded(index)
        if row is None:
            return None
        glyph = MARK_GLYPH if row.key in self._marks else " "
        segments = [self.row_gutter(index, glyph, look)]
        widths = self._layout(width)
        shown = [column.name for column, cells in zip(self._columns, widths, strict=True) if cells]
        remark = row.remark(shown) if isinstance(row, Remarked) else None
        room = self._room_for(remark, sum(widths) + GAP * (len(shown) - 1)) if remark else 0
        left = width - GUTTER - room
        for column, cells, cell in zip(self._columns, widths, row.cells, strict=True):
            if not cells:
                continue
            if remark is not None and cells > left - GAP:
                break
            segments += self._cell(cell, cells, column.align, look)
            segments.append(Segment(" " * GAP, look))
            left -= cells + GAP
        if remark is not None:
            segments.append(Segment(" " * left, look))
            segments += self._cell(remark, room, "right", look)
        return self.strip(segments, width, look)

    def _room_for(self, remark: Cell, width: int) -> int:
        """Cells at the end of a row for a remark: at most half of it."""
        return min(cell_len(display(remark.text)), max(0, width // 2))

    def _cell(self, cell: Cell, cells: int, align: str, look: Style) -> list[Segment]:
        """A value, cut or padded, its matches lit."""
        style = self.lit(look, cell.style)
        text = display(cell.text)
        padded = fit(text, cells, align)
        # Right alignment moves the text, and the ranges with it.
        shift = len(padded) - len(padded.lstrip(" ")) if align != "left" else 0
        shift -= len(text) - len(text.lstrip(" ")) if shift else 0
        spans = [(start + shift, end + shift) for start, end in cell.spans]
        return highlighted(padded, spans, style, self.lit(style, "match"))
