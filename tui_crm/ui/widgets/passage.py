"""A short text in a frame of fixed height, in full where it has room."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui_crm.text.safe import display_lines
from tui_crm.text.width import wrap
from tui_crm.ui.widgets.line_view import fit

_MORE = "…"


class Passage(Widget):
    """The widget. Lines break as the script of the text allows, and what has no room below is
    told by its last line. The text is data.
    """

    def __init__(self, text: str = "", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._text = text

    def show(self, text: str) -> None:
        """Show another text."""
        self._text = text
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line."""
        width, height = self.size
        lines = wrap("\n".join(display_lines(self._text)), width)
        text = lines[y] if y < len(lines) else ""
        if y == height - 1 and len(lines) > height:
            text = fit(f"{text} {_MORE}", width)
        return Strip([Segment(text, self.rich_style)]).adjust_cell_length(width, self.rich_style)
