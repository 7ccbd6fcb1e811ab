"""Work that a screen waits for: it shows how far it is or who is waited for; Escape stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

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

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.store import Holder
    from tui_crm.ui.app import CrmApp

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
        self._show(far(done, total, self._began))

    def follow(self, done: int, total: int) -> None:
        """Show how far what follows is, when all records are written."""
        text = _("bringing the search up to date: {done} of {total}")
        self._show(text.format(done=number(done), total=number(total)))

    def waits(self, text: str) -> None:
        """Show who is waited for."""
        if not self._cancel.cancelled:
            self._show(text)

    def action_stop(self) -> None:
        """Ask the work to stop."""
        self._cancel.cancel()
        self._show(_("stopping …"))

    def _show(self, text: str) -> None:
        self._text = text
        if self.is_mounted:
            self.query_one(Static).update(plain(text))


def far(done: int, total: int, began: float) -> str:
    """How far work is that began at the monotonic time `began`, and when it will be done."""
    passed = monotonic() - began
    figures = {"done": number(done), "total": number(total)}
    if 0 < done < total and passed > _ESTIMATE_AFTER:
        left = duration(passed / done * (total - done))
        return _("{done} of {total} · {left} left").format(left=left, **figures)
    return _("{done} of {total}").format(**figures)


def patient(
    app: CrmApp, job: Callable[..., T], cancel: Cancel, tell: Callable[[str], None]
) -> Callable[..., T]:
    """`job` with patience: while others write first, `tell` is called on the event loop with who
    they are, once a second; `cancel` ends the waiting. Its first argument is the session.
    """

    def say(holder: Holder) -> None:
        zone = app.session.zone if app.session is not None else None
        since = holder.since.astimezone(zone)
        text = _("waiting: {who} has been writing since {time}").format(
            who=holder.who or _("another program"), time=f"{since:%H:%M:%S}"
        )
        tell(text)

    notice = app.work.on_loop(say)

    def patiently(session: Session, *args: Any, **more: Any) -> T:
        with session.waiting(notice, cancel):
            return job(session, *args, **more)

    return patiently


async def saved(screen: CrmScreen, job: Callable[..., T], *args: Any) -> T:
    """The answer of ``job(session, *args)``, which writes, from the lane of what is saved.

    When others write first for more than a moment, a box says who they are, and Escape stops the
    waiting; nothing is changed then. Raises `CrmError`, also for work that was stopped.
    """
    cancel, waits = Cancel(), asyncio.Event()
    box = Working(_("Save"), cancel)

    def tell(text: str) -> None:
        box.waits(text)
        waits.set()

    write = partial(patient(screen.crm, job, cancel, tell), screen.session, *args)
    work = asyncio.ensure_future(screen.crm.work.write(write, cancel))
    waiting = asyncio.ensure_future(waits.wait())
    screen.crm.hold_keys(box)  # what is typed meanwhile is for the screen below
    try:
        await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            await screen.app.push_screen(box)
            await asyncio.wait({work})
            box.dismiss()
    finally:
        waiting.cancel()
        screen.crm.release_keys(box)
    return work.result()


async def stoppable(
    screen: CrmScreen, title: str, job: Callable[..., T], *args: Any, follows: bool = False
) -> T:
    """The answer of ``job(*args, cancel, progress=...)`` from the long lane; its first argument is
    the session. With `follows` it gets `after=...`, too, as the write door takes it.

    When it takes a while, a box over `screen` says how far it is. Raises `CrmError`, also for work
    that was stopped.
    """
    cancel = Cancel()
    box = Working(title, cancel)
    patiently = patient(screen.crm, job, cancel, box.waits)
    if follows:
        patiently = partial(patiently, after=screen.crm.work.relay(box.follow))
    work = asyncio.ensure_future(
        screen.crm.work.long(patiently, *args, cancel, progress=box.report)
    )
    done, _waiting = await asyncio.wait({work}, timeout=_PATIENCE)
    if not done:
        await screen.app.push_screen(box)
        await asyncio.wait({work})
        box.dismiss()
    return work.result()
