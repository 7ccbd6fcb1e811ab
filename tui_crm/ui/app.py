"""The app: it opens the database behind the first frame, and carries what all screens share."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from tui_crm.errors import CrmError
from tui_crm.keys import actions
from tui_crm.keys.keymap import resolve
from tui_crm.text.i18n import _, ngettext
from tui_crm.ui import bridge
from tui_crm.ui.guard import ControlGuard
from tui_crm.ui.keyboard import driver_class
from tui_crm.ui.painter import DiffPainter
from tui_crm.ui.screens.base import CrmScreen, Tone
from tui_crm.ui.screens.search import SearchScreen
from tui_crm.ui.settings_problems import problems
from tui_crm.ui.style.variables import THEME_VARIABLES
from tui_crm.ui.theme import load_themes
from tui_crm.ui.typeahead import KeyOrder
from tui_crm.ui.work import Work

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.drafts import Draft
    from tui_crm.core.session import Session
    from tui_crm.store import Listener
    from tui_crm.ui.customer_source import Neighbours
    from tui_crm.ui.importing.run import ImportRun
    from tui_crm.ui.palette import Command

log = logging.getLogger(__name__)

_LOOK_AFTER = 600.0  # seconds between two looks at whether the database needs anything
_WARM_AFTER = 2.0  # seconds; what is imported behind the first answer is there then


class CrmApp(KeyOrder, DiffPainter, App[None]):
    """The terminal CRM. `settings` are the checked settings, `login` the user to work as."""

    TITLE = "crm"
    CSS_PATH = Path(__file__).with_name("style") / "crm.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, settings: Settings, login: str | None = None) -> None:
        self.settings = settings
        super().__init__()
        self.login = login
        self.session: Session | None = None
        self.keymap, self.keymap_problems = resolve(settings.keymap, settings.problem)
        self.animation_level = "full" if settings.ui.animations else "none"
        self._listener: Listener | None = None
        self._last_change = 0
        self._parting: tuple[str, Tone] | None = None
        self._background: set[asyncio.Task[object]] = set()
        self._at_open: list[Callable[[], None]] = []
        self.import_run: ImportRun | None = None  # the one that runs, or was the last

    # Start and end -----------------------------------------------------------------------------

    def get_driver_class(self) -> type[Driver]:
        """The driver that reads the keyboard and writes the screen."""
        return driver_class(super().get_driver_class())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and last the one that lets no control character out."""
        return [*super().get_line_filters(), ControlGuard()]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What our own colour names fall back to."""
        return dict(THEME_VARIABLES)

    def on_mount(self) -> None:
        """Show the home screen; the database is opened when it has been painted."""
        self.work = Work()
        self._context_of_app = copy_context()
        bridge.bind(self, self.keymap, "global")
        self._load_themes()
        home = SearchScreen()
        self.hold_keys(home)  # until its field has the focus: the first keys are here already
        self.push_screen(home)
        self.call_after_refresh(self._start_opening)

    def _load_themes(self) -> None:
        themes, problems = load_themes(self.settings.ui.themes_dir)
        for theme in themes:
            self.register_theme(theme)
        if self.settings.ui.theme in self.available_themes:
            self.theme = self.settings.ui.theme
        self.theme_names = tuple(theme.name for theme in themes)
        self.theme_problems = problems

    def _words_of_problems(self) -> list[str]:
        count = len(problems(self))
        words = ngettext(
            "{count} setting is wrong: {key} shows it",
            "{count} settings are wrong: {key} shows them",
            count,
        )
        key = self.keymap.shown("app.settings", "search.field")
        return [words.format(count=count, key=key)] if count else []

    def _start_opening(self) -> None:
        self.spawn(self._open())

    async def _open(self) -> None:
        from tui_crm.ui.opening import open_for_app

        try:
            opened = await self.work.query(open_for_app, self.settings, self.login)
        except CrmError as error:
            self.open_error = error
            self.exit(return_code=error.exit_code, message=None)
            return
        self.session = opened.session
        self._last_change = opened.last_change
        self._listener = opened.session.db.listen(self._heard)
        told = [*opened.told, *self._words_of_problems()]
        for screen in self.screen_stack:
            if isinstance(screen, SearchScreen):
                screen.opened(opened.drafts, told)
        for action in self._at_open:
            action()
        self._at_open.clear()
        self.release_keys(self)
        self.set_timer(_WARM_AFTER, lambda: self.spawn(self._warm_up()))
        self.set_interval(_LOOK_AFTER, lambda: self.spawn(self.look_after()))

    async def _warm_up(self) -> None:
        """Be as quick at the first call of the day as at the next."""
        from tui_crm.core.collector import spare_collector
        from tui_crm.ui.opening import warm

        with suppress(CrmError):  # what needs it will tell
            await self.work.long(warm, self.session)
        spare_collector()

    async def look_after(self) -> None:
        """Do what the database needs from time to time, with as much rest as work, so that what
        else is to be done in that lane need not wait."""
        from tui_crm.ui.opening import look_after

        with suppress(CrmError):  # the next time, or somebody else
            more = True
            while more:
                began = time.monotonic()
                more = await self.work.long(look_after, self.session)
                await asyncio.sleep(time.monotonic() - began)

    def when_open(self, action: Callable[[], None]) -> None:
        """Do `action` now or, with the keys behind it waiting, once the database is open."""
        if self.session is not None:
            action()
            return
        if not self._at_open:
            self.hold_keys(self)
        self._at_open.append(action)

    async def on_unmount(self) -> None:
        """Stop listening and close the lanes."""
        if self._listener is not None:
            self._listener.close()
        self.work.close()

    open_error: CrmError | None = None
    """Why the database could not be opened; printed after the terminal is back to normal."""

    defect: Exception | None = None
    """What ended the app unforeseen; reported once the terminal is back to normal."""

    def _handle_exception(self, error: Exception) -> None:
        """Leave tidily instead of drawing a traceback over the screen; drafts are on the disk."""
        if self.is_headless:
            super()._handle_exception(error)
            return
        self.defect = self.defect or error
        self.exit(return_code=1)

    def spawn(self, job: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine in the background and keep hold of it until it ends."""
        task = asyncio.ensure_future(job)
        self._background.add(task)
        task.add_done_callback(self._job_done)

    def _job_done(self, task: asyncio.Task[object]) -> None:
        self._background.discard(task)
        if task.cancelled():
            return
        try:
            task.result()
        except CrmError as error:
            if isinstance(self.screen, CrmScreen):
                self.screen.show_error(error)
        except Exception as error:
            self._handle_exception(error)

    # What screens open -------------------------------------------------------------------------

    def open_customer(
        self,
        customer_id: int,
        among: Neighbours | None = None,
        at: int = 0,
        *,
        instead_of: CrmScreen | None = None,
    ) -> None:
        """Open a customer, at the interaction with the id `at`; `among` is the list whose next and
        previous it can go to. `instead_of` is the screen on top where that is left without result.
        """
        from tui_crm.ui.screens.customer import CustomerScreen

        opened = CustomerScreen(customer_id, among, at)
        if instead_of is not None and self.screen is instead_of:
            self.switch_screen(opened)
        else:
            self.push_screen(opened)

    def new_customer(self, typed: str = "", draft: Draft | None = None) -> None:
        """Enter a new customer: `typed` goes into the field that it fits, a `draft` goes on."""
        from tui_crm.ui.screens.new_customer import NewCustomerScreen

        if self.session is not None:
            self.push_screen(NewCustomerScreen(typed, draft), self._created)

    def _created(self, customer_id: int | None) -> None:
        if customer_id is not None:
            self.spread([customer_id])
            self.open_customer(customer_id)

    def log_call(self, customer_id: int, then: Callable[[], None] | None = None) -> None:
        """Log a contact with a customer, its clock running; `then` is called when it is saved or
        parked.
        """
        from tui_crm.ui.screens.interaction import InteractionScreen

        self.push_screen(InteractionScreen(customer_id), _if_done(then))

    def resume_call(self, draft: Draft, then: Callable[[], None] | None = None) -> None:
        """Go on with a parked or interrupted contact."""
        from tui_crm.ui.screens.interaction import InteractionScreen

        try:
            screen = InteractionScreen.resumed(draft)
        except CrmError as error:
            if isinstance(self.screen, CrmScreen):
                self.screen.show_error(error)
            return
        self.push_screen(screen, _if_done(then))

    def new_task(self, customer_id: int, then: Callable[[], None] | None = None) -> None:
        """Enter a follow-up for a customer."""
        from tui_crm.ui.screens.new_task import NewTaskScreen

        self.push_screen(NewTaskScreen(customer_id), _if_done(then))

    def parting_words(self, text: str, tone: Tone) -> None:
        """What the next screen says when this one is left."""
        self._parting = (text, tone)

    def take_parting_words(self) -> tuple[str, Tone] | None:
        """The words of the screen that was left, once."""
        words, self._parting = self._parting, None
        return words

    def show_history(self, customer_id: int, name: str) -> None:
        """Show what was changed on one customer."""
        from tui_crm.ui.screens.history import HistoryScreen

        self.push_screen(HistoryScreen(customer_id, name))

    # Colleagues' changes -----------------------------------------------------------------------

    def _heard(self) -> None:
        """Another session committed; called in the listener's thread."""
        self.call_from_thread_soon(self._look_for_changes)

    def call_from_thread_soon(self, callback: Callable[[], None]) -> None:
        """Run `callback` on the event loop without waiting for it."""
        if self._loop is not None and self._running:
            # In the app's own context: that of the thread does not know the app.
            self._loop.call_soon_threadsafe(callback, context=self._context_of_app)

    def _look_for_changes(self) -> None:
        self.spawn(self._spread_changes())

    async def _spread_changes(self) -> None:
        from tui_crm.ui.opening import changed_since

        if self.session is None:
            return
        try:
            latest, ids = await self.work.query(changed_since, self.session, self._last_change)
        except CrmError:
            log.exception("could not read what changed")
            return
        self._last_change = max(latest, self._last_change)
        if ids:
            self.spread(ids)

    def spread(self, ids: Collection[int]) -> None:
        """Tell every open screen that these customers changed."""
        for screen in self.screen_stack:
            if isinstance(screen, CrmScreen):
                screen.customers_changed(ids)

    # Keys --------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """A key takes messages away that were there long enough."""
        if isinstance(event, events.Key) and isinstance(screen := self.top, CrmScreen):
            screen.hush_read()
        await super().on_event(event)

    @property
    def top(self) -> Screen[Any] | None:
        """The screen that has the keys; None before the first."""
        return self.screen_stack[-1] if self.screen_stack else None

    def footer_keys(
        self, where: str, idle: Collection[str] = (), *, editing: bool = False
    ) -> list[tuple[str, str]]:
        """(key, label) pairs for the footer of a context, the most used first, without the actions
        that have nothing to do now and the one that opens the screen which is open; while a field
        of a form is edited, only those whose keys are no text."""
        return [
            (key, _(action.label))
            for action in actions.footer_for(where)
            if action.id not in idle
            and action.id != f"app.{where}"
            and (key := self.keymap.shown(action.id, where, editing=editing))
        ]

    def action_help(self) -> None:
        """Show every key of this screen."""
        from tui_crm.ui.screens.help import HelpScreen

        if isinstance(self.screen, CrmScreen):
            self.push_screen(HelpScreen(self.screen.where))

    def action_palette(self) -> None:
        """Find an action by its name."""
        from tui_crm.ui.palette import Palette

        if isinstance(self.screen, CrmScreen):
            self.push_screen(Palette(self.screen), self._run_from_palette)

    def _run_from_palette(self, command: Command | None) -> None:
        if command is not None:
            self.spawn(command.run())

    def action_repaint(self) -> None:
        """Paint everything anew, for a terminal that another program wrote on."""
        self.repaint_all()

    def action_home(self) -> None:
        """Back to the search, through every screen that lets go."""
        if isinstance(self.screen, CrmScreen) and not isinstance(self.screen, SearchScreen):
            self.screen.do(self._unwind())

    async def show_search(self, query: str) -> None:
        """Go home and search for `query`, unless a screen on the way does not let go."""
        await self._unwind()
        if isinstance(self.screen, SearchScreen):
            self.screen.field.value = query
            self.screen.field.cursor_position = len(query)

    async def go_home(self) -> None:
        """Back to the search, through every screen that lets go."""
        await self._unwind()

    async def _unwind(self) -> None:
        while isinstance(self.screen, CrmScreen) and not isinstance(self.screen, SearchScreen):
            if not await self.screen.leave():
                return

    def action_today(self) -> None:
        """Tasks that are due, parked calls, changes on my customers."""
        from tui_crm.ui.screens.today import TodayScreen

        self._open_screen(TodayScreen)

    def action_history(self) -> None:
        """Everything that was changed, newest first."""
        from tui_crm.ui.screens.history import HistoryScreen

        self._open_screen(HistoryScreen)

    def action_settings(self) -> None:
        """Settings and themes."""
        from tui_crm.ui.screens.settings import SettingsScreen

        self._open_screen(SettingsScreen)

    def action_new(self) -> None:
        """Enter a new customer; from the search, with what was typed there."""
        if isinstance(self.screen, SearchScreen):
            self.screen.action_new()
        else:
            self.new_customer()

    def action_undo(self) -> None:
        """Undo the last change of this user, after a question."""
        from tui_crm.ui.undoing import undo_last

        if self.session is not None and isinstance(self.screen, CrmScreen):
            self.spawn(undo_last(self.screen))

    def action_redo(self) -> None:
        """Do again what this user undid last, after a question."""
        from tui_crm.ui.undoing import redo_last

        if self.session is not None and isinstance(self.screen, CrmScreen):
            self.spawn(redo_last(self.screen))

    def action_import_file(self) -> None:
        """Import a file, or see how far the import is that runs."""
        from tui_crm.ui.importing.beginning import import_a_file

        self.when_open(lambda: import_a_file(self))

    def action_bin(self) -> None:
        """Deleted customers."""
        from tui_crm.ui.screens.bin import BinScreen

        self._open_screen(BinScreen)

    def action_duplicates(self) -> None:
        """Customers who seem to be here twice."""
        from tui_crm.ui.screens.duplicates import DuplicatesScreen

        self._open_screen(DuplicatesScreen)

    async def action_quit(self) -> None:
        """Leave the program; what is half-written is on the disk before."""
        for screen in self.screen_stack:
            if isinstance(screen, CrmScreen):
                await screen.keep_typed()
        self.exit()

    def _open_screen(self, kind: type[CrmScreen]) -> None:
        def show() -> None:
            if not isinstance(self.screen, kind):
                self.push_screen(kind())

        self.when_open(show)


def _if_done(then: Callable[[], None] | None) -> Callable[[bool | None], None]:
    """A callback for a screen that gives True when it did what it was opened for."""

    def done(result: bool | None) -> None:
        if result and then is not None:
            then()

    return done


def run(settings: Settings, login: str | None = None) -> int:
    """Run the app until it is left; the exit code, 0 or that of the error that ended it.

    Raises:
        CrmError: the database could not be opened; the terminal is back to normal.
        Exception: a defect of the program ended it.
    """
    app = CrmApp(settings, login)
    app.run(mouse=settings.ui.mouse)
    if app.open_error is not None:
        raise app.open_error
    if app.defect is not None:
        raise app.defect
    return app.return_code or 0
