"""How a contact was and how it ended, by one key each.

Everything that can be chosen is on the screen with its key: capital letters for the kind, ``<``
and ``>`` for the direction, small letters for the outcome, digits for the days until the next
step. No key is pressed twice and none opens a menu.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui_crm.text.i18n import _
from tui_crm.text.safe import display

LABEL_WIDTH = 14
"""Cells of the labels left of the choices, at least."""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: its key, its value, and what a person reads."""

    key: str
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """Options of which one is chosen; `value` "" means that none is."""

    name: str
    label: str
    options: tuple[Option, ...]


class CallBar(Widget, can_focus=True):
    """The choices of a contact."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "bar--label",
        "bar--key",
        "bar--option",
        "bar--chosen",
        "bar--blurred-key",
    }
    DEFAULT_CSS = """
    CallBar {
        height: auto;
        padding: 0 1;
        & > .bar--label { color: $muted; }
        & > .bar--key { color: $key; text-style: bold; }
        & > .bar--blurred-key { color: $muted; }
        & > .bar--option { color: $foreground; }
        & > .bar--chosen { background: $row-cursor; color: $row-cursor-text; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    class Chosen(Message):
        """An option was chosen; `value` is "" when the choice was taken back."""

        def __init__(self, bar: CallBar, group: str, value: str) -> None:
            super().__init__()
            self.bar = bar
            self.group = group
            self.value = value

        @property
        def control(self) -> CallBar:
            """The bar that sent it."""
            return self.bar

    class Written(Message):
        """Text came that is no key of an option: a letter that means nothing here, characters of an
        input method, or a paste."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, groups: Sequence[Group] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._groups = list(groups)
        self.chosen: dict[str, str] = {}
        self._lines: list[list[tuple[Group, Option | None]]] = []
        self._lines_for = -1

    def set_groups(self, groups: Sequence[Group], chosen: dict[str, str]) -> None:
        """Offer these options, `chosen` of them already."""
        self._groups = list(groups)
        self.chosen = dict(chosen)
        self._lines_for = -1
        self.refresh(layout=True)

    def choose(self, group: str, value: str) -> None:
        """Choose a value of a group."""
        self.chosen[group] = value
        self.refresh()
        self.post_message(self.Chosen(self, group, value))

    async def _on_key(self, event: events.Key) -> None:
        """A key of an option chooses it; what is no key of anything is text."""
        for group in self._groups:
            for option in group.options:
                if option.key and option.key == event.character:
                    event.stop()
                    event.prevent_default()
                    self.choose(group.name, option.value)
                    return
        if self._is_text(event):
            event.stop()
            event.prevent_default()
            self.post_message(self.Written(event.character or ""))

    def _is_text(self, event: events.Key) -> bool:
        character = event.character or ""
        written = event.is_printable and not character.isspace()
        return written and event.key not in self.screen.active_bindings

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.post_message(self.Written(event.text))

    # Painting ----------------------------------------------------------------------------------

    @property
    def _label_width(self) -> int:
        widest = max((cell_len(group.label) for group in self._groups), default=0)
        return max(LABEL_WIDTH, widest + 2)

    def _plan(self, width: int) -> list[list[tuple[Group, Option | None]]]:
        """Lines of options: a group begins a new line and wraps below itself."""
        if self._lines_for == width:
            return self._lines
        lines: list[list[tuple[Group, Option | None]]] = []
        room = width - self._label_width
        for group in self._groups:
            line: list[tuple[Group, Option | None]] = [(group, None)]
            used = 0
            for option in group.options:
                cells = self._cells(option)
                if used + cells > room and len(line) > 1:
                    lines.append(line)
                    line, used = [(group, None)], 0
                line.append((group, option))
                used += cells
            lines.append(line)
        self._lines, self._lines_for = lines, width
        return lines

    @staticmethod
    def _cells(option: Option) -> int:
        return cell_len(option.key) + cell_len(display(option.label)) + 4

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the options need at this width."""
        return len(self._plan(width))

    def render_line(self, y: int) -> Strip:
        """One line of options."""
        width = self.size.width
        lines = self._plan(width)
        ground = self.rich_style
        if y >= len(lines):
            return Strip.blank(width, ground)
        line = lines[y]
        group = line[0][0]
        first = y == 0 or lines[y - 1][0][0] is not group
        label = group.label if first else ""
        segments = [
            Segment(
                label + " " * (self._label_width - cell_len(label)),
                self.get_component_rich_style("bar--label"),
            )
        ]
        key_look = "bar--key" if self.has_focus else "bar--blurred-key"
        for _group, option in line[1:]:
            if option is None:
                continue
            text = display(option.label)
            if self.chosen.get(group.name) == option.value:
                look = self.get_component_rich_style("bar--chosen")
                # The dot says it without the colour.
                segments.append(Segment(f"●{option.key} {text} ".rstrip() + " ", look))
                segments.append(Segment(" " if text else "", ground))
            else:
                segments.append(Segment(f" {option.key}", self.get_component_rich_style(key_look)))
                gap = " " if text else ""
                segments.append(
                    Segment(gap + text + "  ", self.get_component_rich_style("bar--option"))
                )
        return Strip(segments).adjust_cell_length(width, ground)

    def on_focus(self) -> None:
        """Keys are lit while they work."""
        self.refresh()

    def on_blur(self) -> None:
        """Keys step back while a text field takes them."""
        self.refresh()


def day_options() -> tuple[Option, ...]:
    """Digits for the days until the next step."""
    days = [Option(str(day), str(day), "") for day in range(1, 10)]
    return (*days, Option("0", "", _("none")))
