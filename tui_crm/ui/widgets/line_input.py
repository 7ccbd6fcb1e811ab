"""The one-line and the many-line text field, as we want them everywhere.

Neither blinks (a blinking caret is traffic for ever), neither selects its text on focus (one key
would then replace a value), and both leave the caret to the terminal when the painter shows it.
"""

from __future__ import annotations

from typing import Any

from rich.style import Style
from textual import events
from textual.geometry import Offset, Size
from textual.reactive import Reactive
from textual.widgets import Input

from tui_crm.text.safe import clean_line


class LineInput(Input):
    """A field of one line without border.

    A paste of several lines arrives as one line, its lines joined by spaces: Textual's own field
    would keep the first line only.
    """

    DEFAULT_CSS = """
    LineInput, LineInput:focus {
        border: none;
        height: 1;
        padding: 0;
        background: $surface;
        color: $foreground;
        & > .input--placeholder { color: $muted; }
    }
    """

    # Textual lays the whole screen out again when the text grows by a character; the size of a
    # field of one line does not depend on its text.
    virtual_size = Reactive(Size(0, 0), layout=False)

    def __init__(self, value: str = "", *, placeholder: str = "", **options: Any) -> None:
        super().__init__(value, placeholder=placeholder, select_on_focus=False, **options)
        self.cursor_blink = False

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the terminal's cursor belongs. Textual's own answer is a cell too far at the end
        of the text, where it leaves room for a drawn caret.
        """
        offset = super().cursor_screen_offset
        return offset - (1, 0) if self.cursor_at_end else offset

    def get_component_rich_style(
        self, *names: str, partial: bool = False, default: Style | None = None
    ) -> Style:
        """No drawn caret where the terminal shows its own."""
        if names == ("input--cursor",) and getattr(self.app, "hardware_cursor", False):
            return Style.null()
        return super().get_component_rich_style(*names, partial=partial, default=default)

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = clean_line(event.text)
        if not text:
            return
        if self.selection.is_empty:
            self.insert_text_at_cursor(text)
        else:
            self.replace(text, *self.selection)
