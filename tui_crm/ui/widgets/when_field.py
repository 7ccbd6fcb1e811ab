"""A field for a moment in words, with what it means beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from tui_crm.text.dates import format_local
from tui_crm.text.i18n import _
from tui_crm.text.when import When, parse_when
from tui_crm.ui.guard import plain
from tui_crm.ui.widgets.line_input import LineInput


class WhenField(Horizontal):
    """Takes "+2d", "fri 15:00", "明天 10点"; `when` is the moment, or None."""

    DEFAULT_CSS: ClassVar[str] = """
    WhenField {
        height: 1;
        & > LineInput { width: 20; }
        & > #meaning { width: 1fr; padding: 0 1; color: $muted; }
        & > #meaning.-wrong { color: $bad; }
    }
    """

    class Changed(Message):
        """Another moment, or none, is in the field."""

        def __init__(self, field: WhenField) -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> WhenField:
            """The field that sent it."""
            return self.field

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        month_first: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._now = now
        self._month_first = month_first
        self.when: When | None = None

    def compose(self) -> ComposeResult:
        """The field and the meaning of its text."""
        yield LineInput(placeholder=_("+2d, fri 15:00, tomorrow 9am"))
        yield Static("", id="meaning")

    @property
    def input(self) -> LineInput:
        """The text field."""
        return self.query_one(LineInput)

    @property
    def text(self) -> str:
        """What was typed."""
        return self.input.value

    @text.setter
    def text(self, text: str) -> None:
        self.input.value = text

    @property
    def wrong(self) -> bool:
        """Whether there is text that means no moment."""
        return bool(self.text.strip()) and self.when is None

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        text = event.value.strip()
        now = self._now()
        self.when = parse_when(text, now, month_first=self._month_first) if text else None
        meaning = self.query_one("#meaning", Static)
        meaning.set_class(bool(text) and self.when is None, "-wrong")
        if self.when is not None:
            day = _weekdays()[self.when.at.weekday()]
            shown = format_local(self.when.at, now.tzinfo, style="date")
            if self.when.has_time:
                shown += f" {self.when.at:%H:%M}"
            meaning.update(plain(f"= {day} {shown}"))
        else:
            meaning.update(plain(_("no such time") if text else ""))
        self.post_message(self.Changed(self))


def _weekdays() -> tuple[str, ...]:
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
