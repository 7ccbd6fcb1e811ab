"""Small questions: choose by one key, or type one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui_crm.text.i18n import _
from tui_crm.ui.guard import plain
from tui_crm.ui.widgets.line_input import LineInput

_BOX_CSS = """
    {name} {{
        background: transparent;
        align: center middle;
        & > Vertical {{
            width: auto;
            min-width: 36;
            max-width: 76;
            height: auto;
            max-height: 90%;
            background: $surface;
            border: round $accent;
            border-title-color: $foreground;
            padding: 0 1;
        }}
        & Static {{ width: auto; max-width: 72; background: $surface; }}
        & .prompt--keys {{ margin: 1 0 0 0; color: $muted; }}
    }}
"""


class Confirm(ModalScreen[str | None]):
    """Shows a message and waits for one of `keys`: (key, what it does) pairs.

    Gives the key that was pressed, as it is written in `keys`, or `None` after Escape. Enter does
    nothing unless "enter" is one of the keys, so that a question is never answered by accident.
    `also` says of further keys which of `keys` they stand for.
    """

    DEFAULT_CSS = _BOX_CSS.format(name="Confirm")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]
    AUTO_FOCUS = ""

    def __init__(
        self,
        title: str,
        message: str,
        keys: Sequence[tuple[str, str]],
        also: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._message = message
        self._keys = list(keys)
        self._also = also or {}

    def compose(self) -> ComposeResult:
        """The message and the keys."""
        with Vertical() as box:
            box.border_title = plain(self._title)
            yield Static(plain(self._message))
            parts = []
            for key, label in [*self._keys, ("Esc", _("cancel"))]:
                parts += [plain(key).stylize("bold $key"), plain(f" {label}   ")]
            yield Static(Content.assemble(*parts), classes="prompt--keys")

    def on_key(self, event: events.Key) -> None:
        """Answer with a key of the question; other keys do nothing."""
        offered = [key for key, _label in self._keys]
        for key in (event.key, event.character, self._also.get(event.key)):
            if key in offered:
                event.stop()
                self.dismiss(key)
                return

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)


class Ask(ModalScreen[str | None]):
    """Asks for one line of text; gives it, stripped and perhaps empty, or `None` after Escape."""

    DEFAULT_CSS = _BOX_CSS.format(name="Ask") + "Ask LineInput { width: 60; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(
        self, title: str, message: str = "", *, value: str = "", placeholder: str = ""
    ) -> None:
        super().__init__()
        self._title = title
        self._message = message
        self._value = value
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """The message, if any, and the field."""
        with Vertical() as box:
            box.border_title = plain(self._title)
            box.border_subtitle = plain(_("Enter takes · Esc cancels"))
            if self._message:
                yield Static(plain(self._message))
            yield LineInput(self._value, placeholder=self._placeholder)

    @on(Input.Submitted)
    def _answer(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip())

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)
