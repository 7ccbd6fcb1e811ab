"""The line above a list into which one types what the list is to show."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from tui_crm.ui.widgets.line_input import LineInput


class PromptLine(Horizontal):
    """A `mark` and a field behind it; both are set off from what is above and below."""

    DEFAULT_CSS = """
    PromptLine {
        height: 1;
        margin: 1 0;
        & Static { width: 3; padding: 0 1; color: $accent; }
        & LineInput, & LineInput:focus { width: 1fr; background: $background; }
    }
    """

    def __init__(self, mark: str, value: str = "", *, placeholder: str) -> None:
        super().__init__()
        self._mark = mark
        self._value = value
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """The mark and the field."""
        yield Static(self._mark, markup=False)
        yield LineInput(self._value, placeholder=self._placeholder)
