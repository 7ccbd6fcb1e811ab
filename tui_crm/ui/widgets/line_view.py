"""The base of everything that scrolls through lines: lists, timelines, pickers and forms.

A `LineView` draws only the lines that are seen, caches them, keeps one row selected and moves by
keys. It holds its own window (`top`) and draws its own scrollbar in the last column instead of
building on Textual's `ScrollView`: a number of rows is then only a number, no scroll region is laid
out again when it changes, and moving the cursor repaints two lines.

A subclass says how many rows there are (`row_count`), how a line of a row looks (`render_row`) and,
if rows differ in height, where they lie (`locate`, `span`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui_crm.text.safe import display

CURSOR_GLYPH = "▌"
"""Left of the row under the cursor: the cursor never shows by colour alone."""

GUTTER = 3
"""Cells left of a row's text: the cursor's bar, a mark, and a space."""

_CACHE_LINES = 1024
_WHEEL_LINES = 3


def fit(text: str, width: int, align: str = "left") -> str:
    """`text` in exactly `width` cells: cut with "…" or padded. `text` is safe one-line text."""
    length = cell_len(text)
    if length == width:
        return text
    if length > width:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width) if width else ""
    if align == "right":
        return " " * (width - length) + text
    if align == "center":
        left = (width - length) // 2
        return " " * left + text + " " * (width - length - left)
    return text + " " * (width - length)


def highlighted(
    text: str, spans: Iterable[tuple[int, int]], style: Style, match: Style
) -> list[Segment]:
    """Segments of `text` with the character ranges of `spans` (sorted, apart) in `match`.

    Ranges beyond the end, as after cutting, are left out.
    """
    segments: list[Segment] = []
    done = 0
    for start, end in spans:
        start, end = max(start, done), min(end, len(text))  # noqa: PLW2901
        if start >= end:
            continue
        if start > done:
            segments.append(Segment(text[done:start], style))
        segments.append(Segment(text[start:end], match))
        done = end
    if done < len(text):
        segments.append(Segment(text[done:], style))
    return segments


class LineView(Widget, can_focus=True):
    """Rows of lines with one selected row. See the module for what a subclass gives."""

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line--cursor",
        "line--cursor-blurred",
        "line--marked",
        "line--match",
        "line--header",
        "line--strong",
        "line--muted",
        "line--rule",
        "line--good",
        "line--warn",
        "line--bad",
        "line--accent",
        "line--old",
        "line--new",
    }

    DEFAULT_CSS = """
    LineView {
        height: 1fr;
        width: 1fr;
        & > .line--cursor { background: $row-cursor; color: $row-cursor-text; }
        & > .line--cursor-blurred { background: $row-cursor-blurred; }
        & > .line--marked { background: $row-marked; }
        & > .line--match { color: $row-match; text-style: bold; }
        & > .line--header { color: $row-header; }
        & > .line--strong { text-style: bold; }
        & > .line--muted { color: $muted; }
        & > .line--rule { color: $line; }
        & > .line--good { color: $good; }
        & > .line--warn { color: $warn; }
        & > .line--bad { color: $bad; }
        & > .line--accent { color: $accent; }
        & > .line--old { color: $value-old; }
        & > .line--new { color: $value-new; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, id="list.up"),
        Binding("down", "move(1)", show=False, id="list.down"),
        Binding("pageup", "page(-1)", show=False, id="list.page-up"),
        Binding("pagedown", "page(1)", show=False, id="list.page-down"),
        Binding("home", "first", show=False, id="list.first"),
        Binding("end", "last", show=False, id="list.last"),
        Binding("enter", "select", show=False, id="list.select"),
    ]

    cursor = reactive(0, repaint=False, init=False)
    """Index of the selected row."""

    class LineViewMessage(Message):
        """A message of a line view; `control` makes `@on(..., "#id")` work."""

        def __init__(self, view: LineView) -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> LineView:
            """The view that sent it."""
            return self.view

    header_height: int = 0
    row_height: int = 1

    def __init__(
        self,
        *,
        empty_text: str = "",
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.empty_text = empty_text
        self.driven = False  # whether a field with the focus moves this cursor, so that it is lit
        self.driven = False
        """Whether another widget has the focus and passes keys on: the cursor then looks alive."""
        self.top = 0
        self._strips: dict[Hashable, Strip] = {}
        self._looks: dict[tuple[str, ...], Style] = {}

    # What a subclass gives ---------------------------------------------------------------------

    def row_count(self) -> int:
        """Number of rows."""
        raise NotImplementedError

    def render_row(self, index: int, line: int, width: int, look: Style) -> Strip | None:
        """Line `line` of row `index`, `width` cells wide, on the row's base style `look`.

        `None` says that the row is not known yet: a placeholder is drawn and not cached.
        """
        raise NotImplementedError

    def render_header(self, y: int, width: int) -> Strip:
        """Line `y` of the fixed header; asked only when `header_height` is not 0."""
        raise NotImplementedError

    def row_state(self, index: int) -> str:
        """A component class that the whole row wears, such as "line--marked", or ""."""
        return ""

    def line_total(self) -> int:
        """Number of lines of all rows together."""
        return self.row_count() * self.row_height

    def locate(self, line: int) -> tuple[int, int]:
        """The row at body line `line`, and the line within that row."""
        return divmod(line, self.row_height)

    def span(self, index: int) -> tuple[int, int]:
        """First body line of row `index`, and how many lines it has."""
        return index * self.row_height, self.row_height

    def cursor_changed(self, index: int) -> None:
        """Called after the cursor moved to `index`."""

    # Geometry ----------------------------------------------------------------------------------

    @property
    def body_height(self) -> int:
        """Lines that the rows have on the screen."""
        return max(0, self.size.height - self.header_height)

    @property
    def row_width(self) -> int:
        """Cells that a row has: all but the scrollbar's."""
        return max(0, self.size.width - 1)

    def window(self) -> tuple[int, int]:
        """First and one past the last row that the window shows."""
        total = self.line_total()
        if not total:
            return 0, 0
        first, _ = self.locate(min(self.top, total - 1))
        last, _ = self.locate(min(self.top + max(1, self.body_height), total) - 1)
        return first, last + 1

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As high as all lines, for `height: auto`."""
        return self.header_height + self.line_total()

    # Movement ----------------------------------------------------------------------------------

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return max(0, min(cursor, self.row_count() - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint the two rows concerned and bring the new one into view."""
        self.refresh_row(old)
        self.refresh_row(new)
        self.reveal(new)
        self.cursor_changed(new)

    def reveal(self, index: int) -> None:
        """Scroll as little as needed to show row `index` whole; before the layout, not at all."""
        if not self.size.height:
            return
        first, count = self.span(index)
        height = max(1, self.body_height)
        if first < self.top:
            self.scroll_to_line(first)
        elif first + count > self.top + height:
            self.scroll_to_line(first + count - height)

    def scroll_to_line(self, line: int) -> None:
        """Put body line `line` at the top of the window, as far as there are lines."""
        top = max(0, min(line, self.line_total() - self.body_height))
        if top != self.top:
            self.top = top
            self.refresh()

    def action_move(self, rows: int) -> None:
        """Move the cursor by `rows`."""
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by whole windows; the window moves along."""
        height = max(1, self.body_height - 1)
        first, _ = self.span(self.cursor)
        line = max(0, min(first + pages * height, self.line_total() - 1))
        self.scroll_to_line(self.top + pages * height)
        self.cursor = self.locate(line)[0] if self.row_count() else 0

    def action_first(self) -> None:
        """Go to the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """Go to the last row."""
        self.cursor = self.row_count() - 1

    def action_select(self) -> None:
        """Choose the row under the cursor; what that means is the subclass's matter."""

    # Painting ----------------------------------------------------------------------------------

    def look(self, *names: str) -> Style:
        """The widget's style with component classes laid over it in order; "" is skipped."""
        style = self._looks.get(names)
        if style is None:
            style = self.rich_style
            for name in names:
                if name:
                    style += self.get_component_rich_style(name, partial=True)
            self._looks[names] = style
        return style

    def lit(self, look: Style, name: str) -> Style:
        """`look` with one of our component classes over it, by its name after "line--"; or ""."""
        if not name:
            return look
        return look + self.get_component_rich_style(f"line--{name}", partial=True)

    def base_names(self, index: int) -> tuple[str, ...]:
        """Component classes of a row's ground: its state, then the cursor."""
        state = self.row_state(index)
        if index != self.cursor:
            return (state,)
        lit = self.has_focus or self.driven
        return state, "line--cursor" if lit else "line--cursor-blurred"

    def strip(self, segments: Iterable[Segment], width: int, fill: Style) -> Strip:
        """One line of exactly `width` cells."""
        line = Strip(Segment.simplify(segments))
        return line if line.cell_length == width else line.adjust_cell_length(width, fill)

    def row_gutter(self, index: int, glyph: str, look: Style) -> Segment:
        """The `GUTTER` left of a row, with a `glyph` of one cell."""
        lit = self.has_focus or self.driven
        bar = CURSOR_GLYPH if index == self.cursor and lit else " "
        return Segment(f"{bar}{glyph} ", self.lit(look, "accent"))

    def refresh_row(self, index: int) -> None:
        """Paint row `index` again, if it is in the window."""
        first, count = self.span(index)
        self._refresh_body(first, first + count)

    def refresh_rows(self, first: int, last: int) -> None:
        """Paint rows `first` to `last - 1` again after their data changed."""
        low, high = self.window()
        first, last = max(first, low), min(last, high)
        if first < last:
            self._strips.clear()
            start, _ = self.span(first)
            end, count = self.span(last - 1)
            self._refresh_body(start, end + count)

    def invalidate(self) -> None:
        """Forget every drawn line and paint again, cursor and window kept within the rows."""
        self._strips.clear()
        self.top = max(0, min(self.top, self.line_total() - self.body_height))
        self.refresh()

    def _refresh_body(self, first: int, last: int) -> None:
        y1 = max(first - self.top, 0) + self.header_height
        y2 = min(last - self.top, self.body_height) + self.header_height
        if y1 < y2:
            self.refresh(Region(0, y1, self.size.width, y2 - y1))

    def render_line(self, y: int) -> Strip:
        """Line `y` of the widget, scrollbar included."""
        width = self.row_width
        if y < self.header_height:
            return self._with_bar(self.render_header(y, width), " ")
        total = self.line_total()
        bar = self._bar_glyph(y - self.header_height, total)
        line = self.top + y - self.header_height
        if line >= total:
            return self._with_bar(self._filler(y, total, width), bar)
        index, part = self.locate(line)
        names = self.base_names(index)
        key = (index, part, names, bar)
        strip = self._strips.get(key)
        if strip is None:
            look = self.look(*names)
            drawn = self.render_row(index, part, width, look)
            if drawn is None:
                text = " " * GUTTER + "·" if part == 0 else ""
                waiting = Segment(text, self.lit(look, "muted"))
                return self._with_bar(self.strip([waiting], width, look), bar)
            strip = self._with_bar(drawn, bar)
            if len(self._strips) >= _CACHE_LINES:
                self._strips.clear()
            self._strips[key] = strip
        return strip

    def _filler(self, y: int, total: int, width: int) -> Strip:
        look = self.look()
        middle = self.header_height + min(self.body_height // 3, 6)
        if total or not self.empty_text or y != middle:
            return Strip.blank(width, look)
        text = fit(display(self.empty_text), width, "center")
        return Strip([Segment(text, self.look("line--muted"))], width)

    def _bar_glyph(self, y: int, total: int) -> str:
        height = self.body_height
        if total <= height:
            return " "
        size = max(1, height * height // total)
        start = round(self.top / (total - height) * (height - size))
        return "┃" if start <= y < start + size else "│"

    def _with_bar(self, strip: Strip, glyph: str) -> Strip:
        style = self.look("line--muted" if glyph == "┃" else "line--rule")
        return Strip([*strip, Segment(glyph, style)], strip.cell_length + 1)

    # Events ------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Draw for the new width and keep the cursor in the window."""
        self.invalidate()
        self.reveal(self.cursor)

    def notify_style_update(self) -> None:
        """Drop what was drawn in the old colours."""
        self._looks.clear()
        self._strips.clear()
        super().notify_style_update()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll without moving the cursor."""
        self.scroll_to_line(self.top + _WHEEL_LINES)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll without moving the cursor."""
        self.scroll_to_line(self.top - _WHEEL_LINES)
        event.stop()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked row; a second click selects it."""
        y = event.y - self.gutter.top - self.header_height
        if y >= 0 and self.top + y < self.line_total():
            self.cursor = self.locate(self.top + y)[0]
            if event.chain > 1:
                self.action_select()
