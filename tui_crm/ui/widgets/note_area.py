"""The text field of many lines. Apart from the others, because its import is not free."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import TextArea


class NoteArea(TextArea):
    """A plain text area that is left by Tab, Shift+Tab or Escape, never losing its text.

    `on_leave` is told by how many fields to move: 1, -1, or 0 for Escape.
    """

    DEFAULT_CSS = """
    NoteArea, NoteArea:focus {
        border: none;
        padding: 0;
        background: $surface;
        color: $foreground;
        scrollbar-size-vertical: 1;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "leave(1)", show=False),
        Binding("escape", "leave(0)", show=False),
        Binding("shift+tab", "leave(-1)", show=False),
    ]

    def __init__(self, text: str = "", *, on_leave: Callable[[int], None]) -> None:
        super().__init__(text, theme="css", soft_wrap=True, show_line_numbers=False, compact=True)
        self.cursor_blink = False
        self._on_leave_text = on_leave

    def on_mount(self) -> None:
        """Leave the caret to the terminal where it shows its own."""
        self.show_cursor = not getattr(self.app, "hardware_cursor", False)

    def action_leave(self, step: int) -> None:
        """Hand over to the owner."""
        self._on_leave_text(step)
