"""Long work that a screen waits for: it shows how far it is, and Escape stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui_crm.text.dates import duration
from tui_crm.text.i18n import _
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.words import number
from tui_crm.ui.work import Cancel

T = TypeVar("T")

_PATIENCE = 0.4  # seconds; what is done sooner shows nothing
_ESTIMATE_AFTER = 1.0  # seconds; before, an estimate is a guess


class Working(ModalScreen[None]):
    """How far the work `title` is."""

    DEFAULT_CSS = """
    Working {
        background: transparent;
        align: center middle;
        & > Vertical {
            width: 48;
            max-width: 90%;
            height: auto;
            background: $surface;
            border: round $accent;
            border-title-color: $foreground;
            border-subtitle-color: $muted;
            padding: 0 1;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "stop", show=False)]

    def __init__(self, title: str, cancel: Cancel) -> None:
        super().__init__()
        self._title = title
        self._cancel = cancel
        self._began = monotonic()
        self._text = "…"

    def compose(self) -> ComposeResult:
        """One line."""
        with Vertical() as box:
            box.border_title = plain(self._title)
            box.border_subtitle = plain(_("Esc stops it; nothing is changed then."))
            yield Static(plain(self._text))

    def report(self, done: int, total: int) -> None:
        """Show that so many of so many records are done."""
        passed = monotonic() - self._began
        figures = {"done": number(done), "total": number(total)}
        self._text = _("{done} of {total}").format(**figures)
        if 0 < done < total and passed > _ESTIMATE_AFTER:
            left = duration(passed / done * (total - done))
            self._text = _("{done} of {total} · {left} left").format(left=left, **figures)
        self._show(self._text)

    def action_stop(self) -> None:
        """Ask the work to stop."""
        self._cancel.cancel()
        self._show(_("stopping …"))

    def _show(self, text: str) -> None:
        self._text = text
        if self.is_mounted:
            self.query_one(Static).update(plain(text))


async def stoppable(screen: CrmScreen, title: str, job: Callable[..., T], *args: Any) -> T:
    """The answer of ``job(*args, cancel, progress=...)`` from the long lane.

    When it takes a while, a box over `screen` says how far it is. Raises `CrmError`, also for work
    that was stopped.
    """
    cancel = Cancel()
    box = Working(title, cancel)
    work = asyncio.ensure_future(screen.crm.work.long(job, *args, cancel, progress=box.report))
    done, _waiting = await asyncio.wait({work}, timeout=_PATIENCE)
    if not done:
        await screen.app.push_screen(box)
        await asyncio.wait({work})
        box.dismiss()
    return work.result()
