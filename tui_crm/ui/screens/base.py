"""What every screen has: the footer, questions to the rules, and word of colleagues' changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, cast

from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Input

from tui_crm.errors import CrmError
from tui_crm.text.i18n import _, sentences
from tui_crm.text.safe import display
from tui_crm.ui import bridge
from tui_crm.ui.widgets.field_form import FieldForm
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.line_view import LineView
from tui_crm.ui.work import Latest

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.ui.app import CrmApp

T = TypeVar("T")
Tone = Literal["info", "good", "warn", "bad"]

_READ_AFTER = 1.5  # seconds that a message stays at least, however fast somebody types


class CrmScreen(Screen[Any]):
    """Base of the screens.

    A subclass names its context of the action registry in `WHERE`, and in `BINDS` the contexts
    whose actions are methods of the screen.
    """

    WHERE: ClassVar[str] = ""
    BINDS: ClassVar[tuple[str, ...]] = ("screen",)
    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self._latest: Latest | None = None
        self._said_at = 0.0
        self._parting: list[object] = []  # the result, once the screen is to be left

    @property
    def crm(self) -> CrmApp:
        """The app, with its type."""
        return cast("CrmApp", self.app)

    @property
    def session(self) -> Session:
        """The open session. Screens other than the home screen exist only when there is one."""
        session = self.crm.session
        if session is None:
            raise RuntimeError("the database is not open yet")
        return session

    @property
    def latest(self) -> Latest:
        """Questions of this screen that replace each other."""
        if self._latest is None:
            self._latest = Latest(self.crm.work, self.show_error)
        return self._latest

    def on_mount(self) -> None:
        """Bind the keys of this screen and of its lists, and show them."""
        bridge.bind(self, self.crm.keymap, *self.BINDS)
        for view in self.query(LineView):
            bridge.bind(view, self.crm.keymap, "list", "list.focus")
        for field in (*self.query(Input), *self.query("TextArea")):
            bridge.give_way(field, self.crm.keymap, self.where)
        self.show_keys()

    def on_screen_resume(self) -> None:
        """Say what the screen that was just left had to say; leave if that was put off."""
        if self._parting:
            self.close(self._parting.pop())
        elif words := self.crm.take_parting_words():
            self.say(*words)
        else:
            self.hush_read()  # what was said here before the other screen is old

    def on_unmount(self) -> None:
        """Stop what still runs for this screen."""
        self.crm.free_keys(self)
        if self._latest is not None:
            self._latest.drop_all()

    def ask(
        self,
        purpose: str,
        fn: Callable[..., T],
        *args: Any,
        deliver: Callable[[T], None],
        failed: Callable[[CrmError], None] | None = None,
    ) -> None:
        """Run ``fn(session, *args, cancel=token)`` in the query lane; only the newest answer of a
        `purpose` is delivered, on the event loop. Errors go to `failed`, or are shown."""
        self.latest.ask(purpose, fn, self.session, *args, deliver=deliver, failed=failed)

    async def fetch(self, fn: Callable[..., T], *args: Any) -> T:
        """The answer of ``fn(session, *args)`` from the query lane. Raises `CrmError`.

        Where the screen was closed meanwhile, the job that asked ends here: its widgets are gone.
        """
        open_before = self.is_attached
        answer = await self.crm.work.query(fn, self.session, *args)
        if open_before and not self.is_attached:
            raise asyncio.CancelledError
        return answer

    async def write(self, fn: Callable[..., T], *args: Any) -> T:
        """The answer of ``fn(session, *args)``, which changes something. Raises `CrmError`.

        Searches go on meanwhile. Who has to be waited for is told, and the waiting can be stopped.
        """
        from tui_crm.ui.working import saved

        open_before = self.is_attached
        answer = await saved(self, fn, *args)
        if open_before and not self.is_attached:
            raise asyncio.CancelledError
        return answer

    def do(self, job: Coroutine[Any, Any, object]) -> None:
        """Run a job of this screen; keys wait until it is done, so that what is typed behind the
        key that began it meets what the job leaves on the screen. Errors are shown."""
        self.crm.hold_keys(self)
        self.crm.spawn(self._do(job))

    async def _do(self, job: Coroutine[Any, Any, object]) -> None:
        try:
            await job
        except CrmError as error:
            self.show_error(error)
        finally:
            self.crm.release_keys(self)

    @property
    def where(self) -> str:
        """The context that is in force now, for the footer, the help and the palette."""
        return self.WHERE

    @property
    def idle(self) -> frozenset[str]:
        """Ids of the actions that have nothing to do now; the footer leaves them out."""
        return frozenset()

    def show_keys(self) -> None:
        """Put what can be done now into the footer; called again when that changes."""
        form = next((form for form in self.query(FieldForm) if form.editing), None)
        keys = self.crm.footer_keys(self.where, self.idle, editing=form is not None)
        self.footer.show([*(form.editing_keys if form else ()), *keys])

    def on_descendant_focus(self) -> None:
        """What keys mean depends on what has the focus."""
        self.show_keys()

    @property
    def footer(self) -> Footer:
        """The line with the keys."""
        return self.query_one(Footer)

    def say(self, text: str, tone: Tone = "info") -> None:
        """Show a short message until the next one, or a key after there was time to read it."""
        self._said_at = monotonic()
        self.footer.say(text, tone)

    def hush_read(self) -> None:
        """A key was typed: take a message away that has been there for a while."""
        if self._said_at and monotonic() - self._said_at > _READ_AFTER:
            self._said_at = 0.0
            self.footer.hush()

    def show_error(self, error: CrmError) -> None:
        """Show what went wrong and the way out."""
        text = str(error)
        if error.hint:
            stop = "" if text.endswith((".", "。", "!", "?")) else "."
            text = sentences(text + stop, error.hint)
        self.say(text, "bad")

    def could_not_fetch(self, error: Exception) -> None:
        """Say why a list does not go on; the next look at its end tries again."""
        if isinstance(error, CrmError):
            self.show_error(error)
        else:
            self.say(str(error), "bad")

    def copy_text(self, text: str, nothing: str) -> None:
        """Put `text` on the clipboard of the user's terminal, or say `nothing`."""
        if not text:
            self.say(nothing, "warn")
            return
        self.app.copy_to_clipboard(display(text))
        self.say(_("Copied: {text}").format(text=text), "good")

    def customers_changed(self, ids: Collection[int]) -> None:
        """Called when another session, or another screen, changed these customers."""

    async def ask_user(self, question: Screen[T]) -> T | None:
        """Show a modal question and wait for its answer, from any coroutine of the event loop."""
        answered: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()

        def take(answer: T | None) -> None:
            if not answered.done():
                answered.set_result(answer)

        held = self.crm.free_keys(self)  # they are for the question now
        self.app.push_screen(question, take)
        try:
            return await answered
        finally:
            for _hold in range(held):
                self.crm.hold_keys(self)

    def language_changed(self) -> None:
        """Called when the user chose another language; what is read from now on is translated."""
        self.show_keys()

    # Leaving -----------------------------------------------------------------------------------

    def action_back(self) -> None:
        """One step back."""
        self.do(self.leave())

    async def leave(self) -> bool:
        """Leave this screen, if the user agrees; whether it was left."""
        self.close()
        return True

    def close(self, result: object = None) -> None:
        """Leave this screen with a result, once; below another screen, when that one is gone."""
        if self.app.screen is self:
            self.dismiss(result)
        elif self in self.app.screen_stack and not self._parting:
            self._parting.append(result)

    async def keep_typed(self) -> None:
        """Put what is half-written on the disk; called when the app is left."""
