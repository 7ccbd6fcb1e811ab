"""The last line of a screen: its keys, and what there is to say.

Messages appear here instead of in boxes over the work; one that is too long for the line takes as
many lines as it needs for as long as it is shown. Everything shown is data, never markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from tui_crm.text.safe import display
from tui_crm.text.width import wrap
from tui_crm.ui.widgets.line_view import fit

Tone = Literal["info", "good", "warn", "bad"]

_BETWEEN = 2
_MOST_LINES = 4  # of a message; the log file has what is longer
_TONE_GLYPHS: dict[Tone, str] = {"info": "", "good": "✓ ", "warn": "! ", "bad": "✗ "}


class Footer(Widget):
    """Keys stand left, as many as fit whole; the message, or else the status, right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "footer--key",
        "footer--status",
        "footer--info",
        "footer--good",
        "footer--warn",
        "footer--bad",
    }

    DEFAULT_CSS = """
    Footer {
        dock: bottom;
        height: auto;
        background: $panel;
        color: $muted;
        & > .footer--key { color: $key; text-style: bold; }
        & > .footer--status { color: $muted; }
        & > .footer--info { color: $foreground; }
        & > .footer--good { color: $good; }
        & > .footer--warn { color: $warn; }
        & > .footer--bad { color: $bad; text-style: bold; }
    }
    """

    def __init__(self, keys: Sequence[tuple[str, str]] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._keys = list(keys)
        self._message = ""
        self._tone: Tone = "info"
        self._status = ""

    def show(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show these (key, what it does) pairs, the most used first."""
        if list(keys) != self._keys:
            self._keys = list(keys)
            self.refresh()

    def say(self, text: str, tone: Tone = "info") -> None:
        """Show a message until the next `say` or `hush`."""
        if (text, tone) != (self._message, self._tone):
            lines = len(self._message_lines(self.size.width))
            self._message, self._tone = text, tone
            self.refresh(layout=len(self._message_lines(self.size.width)) != lines)

    def hush(self) -> None:
        """Take the message away."""
        self.say("")

    def status(self, text: str) -> None:
        """Show a lasting remark, such as a number of records, while there is no message."""
        if text != self._status:
            self._status = text
            self.refresh()

    @property
    def message(self) -> str:
        """The message that is shown."""
        return self._message

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line, or as many as the message needs."""
        return len(self._message_lines(width))

    def _message_lines(self, width: int) -> list[str]:
        """The message in lines that fit; without one, an empty line."""
        room = width - 2
        if not self._message or room < 1:
            return [""]
        lines = wrap(display(_TONE_GLYPHS[self._tone] + self._message), room)
        if len(lines) > _MOST_LINES:
            lines[_MOST_LINES - 1 :] = [fit(" ".join(lines[_MOST_LINES - 1 :]), room)]
        return lines

    def render_line(self, y: int) -> Strip:
        """One line."""
        width = self.size.width
        ground = self.rich_style
        room = width - 2
        lines = self._message_lines(width)
        if self._message:
            right = lines[y] if y < len(lines) else ""
            look = self.get_component_rich_style(f"footer--{self._tone}")
        else:
            right = fit(display(self._status), min(cell_len(display(self._status)), room))
            look = self.get_component_rich_style("footer--status")
        if len(lines) > 1:
            return Strip([Segment(" ", ground), Segment(right, look)]).adjust_cell_length(
                width, ground
            )
        keys = self._fitting(room - (cell_len(right) + _BETWEEN if right else 0))
        key_look = self.get_component_rich_style("footer--key")
        segments = [Segment(" ", ground)]
        used = 0
        for key, label in keys:
            segments += [Segment(key, key_look), Segment(f" {label}" + " " * _BETWEEN, ground)]
            used += cell_len(key) + cell_len(label) + 1 + _BETWEEN
        segments.append(Segment(" " * max(0, room - used - cell_len(right)), ground))
        segments.append(Segment(right + " ", look))
        return Strip(segments).adjust_cell_length(width, ground)

    def _fitting(self, room: int) -> list[tuple[str, str]]:
        """The pairs that fit into `room` cells; one that does not is left out whole."""
        fitting: list[tuple[str, str]] = []
        for key, label in self._keys:
            pair = display(key), display(label)
            cells = cell_len(pair[0]) + cell_len(pair[1]) + 1 + _BETWEEN
            if cells - _BETWEEN <= room:
                fitting.append(pair)
                room -= cells
        return fitting
