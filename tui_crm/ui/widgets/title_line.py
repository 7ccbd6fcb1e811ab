"""The first line of a screen: where one is, and how much there is of it."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui_crm.text.safe import display
from tui_crm.ui.widgets.line_view import fit


class TitleLine(Widget):
    """One line: a title, a remark behind it, and a figure at the right. All of it is data."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "title--mark",
        "title--name",
        "title--remark",
        "title--figure",
    }

    DEFAULT_CSS = """
    TitleLine {
        height: 1;
        background: $surface;
        & > .title--mark { color: $accent; text-style: bold; }
        & > .title--name { color: $foreground; text-style: bold; }
        & > .title--remark { color: $muted; }
        & > .title--figure { color: $muted; }
    }
    """

    def __init__(self, title: str = "", remark: str = "", figure: str = "") -> None:
        super().__init__()
        self._parts = (title, remark, figure)

    def show(
        self, title: str | None = None, *, remark: str | None = None, figure: str | None = None
    ) -> None:
        """Show other texts; those that are left out stay as they are."""
        given = (title, remark, figure)
        parts = tuple(o if n is None else n for o, n in zip(self._parts, given, strict=True))
        if parts != self._parts:
            self._parts = (parts[0], parts[1], parts[2])
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line; where room is short the remark is cut first."""
        ground, width = self.rich_style, self.size.width
        title, remark, figure = (display(part) for part in self._parts)
        figure = fit(figure, min(cell_len(figure), max(0, width // 2)))
        room = max(0, width - 3 - cell_len(figure) - 3)
        title = fit(title, min(cell_len(title), room))
        room -= cell_len(title) + 3
        remark = fit(remark, min(cell_len(remark), room)) if room > 4 else ""
        segments = [
            Segment(" ❯ ", self.get_component_rich_style("title--mark")),
            Segment(title, self.get_component_rich_style("title--name")),
            Segment(
                f" · {remark}" if remark else "", self.get_component_rich_style("title--remark")
            ),
        ]
        used = sum(cell_len(segment.text) for segment in segments)
        gap = max(0, width - used - cell_len(figure) - 1)
        segments.append(Segment(" " * gap, ground))
        segments.append(Segment(figure + " ", self.get_component_rich_style("title--figure")))
        return Strip(segments).adjust_cell_length(width, ground)
