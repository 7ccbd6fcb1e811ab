"""A long text to read: wrapped to the width, scrolled by lines, of any length."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip

from tui_crm.text.safe import display_lines
from tui_crm.text.width import wrap
from tui_crm.ui.widgets.line_view import GUTTER, LineView, fit

_WIDEST = 96
"""Cells of a line; longer ones are hard to read."""


class TextView(LineView):
    """The widget. Arrow and page keys scroll; there is no cursor. The text is data."""

    def __init__(self, text: str = "", *, empty_text: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(empty_text=empty_text, id=id)
        self._text = text
        self._lines: list[str] = []

    def show(self, text: str) -> None:
        """Show another text from its beginning."""
        self._text = text
        self.top = 0
        self._wrap()

    def _wrap(self) -> None:
        cells = min(_WIDEST, self.row_width - GUTTER - 1)
        if cells > 0:
            safe = "\n".join(display_lines(self._text))
            self._lines = wrap(safe, cells) if safe.strip() else []
            self.invalidate()

    def row_count(self) -> int:
        """Number of lines."""
        return len(self._lines)

    def render_row(self, index: int, line: int, width: int, look: Style) -> Strip:
        """One line."""
        text = fit(self._lines[index], max(0, width - GUTTER))
        return self.strip([Segment(" " * GUTTER + text, look)], width, look)

    def base_names(self, index: int) -> tuple[str, ...]:
        """No line is highlighted."""
        return ("",)

    def reveal(self, index: int) -> None:
        """There is no cursor to keep in sight."""

    def action_move(self, rows: int) -> None:
        """Scroll by lines."""
        self.scroll_to_line(self.top + rows)

    def action_page(self, pages: int) -> None:
        """Scroll by windows, a line of the last one staying in sight."""
        self.scroll_to_line(self.top + pages * max(1, self.body_height - 1))

    def action_first(self) -> None:
        """To the beginning."""
        self.scroll_to_line(0)

    def action_last(self) -> None:
        """To the end."""
        self.scroll_to_line(self.line_total())

    def on_resize(self, event: events.Resize) -> None:
        """Wrap to the new width, about the same place of the text staying in sight."""
        before, top = max(1, len(self._lines)), self.top
        self._wrap()
        self.scroll_to_line(top * len(self._lines) // before)
