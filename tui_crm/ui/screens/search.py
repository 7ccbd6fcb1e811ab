"""Home: the search field, the list of customers, and beside it the card of the highlighted one.

The field has the focus from the first frame on; what is typed before the database is open is
searched when it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import Input, Static

from tui_crm.text.i18n import _, ngettext
from tui_crm.text.safe import clean_line
from tui_crm.ui import bridge
from tui_crm.ui.completing import Completing, ProposalLine
from tui_crm.ui.customer_source import columns_for
from tui_crm.ui.screens.search_questions import card_of
from tui_crm.ui.screens.search_results import SearchResults
from tui_crm.ui.widgets.customer_card import CardData, CustomerCard
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.query_field import QueryField
from tui_crm.ui.widgets.record_list import RecordList
from tui_crm.ui.words import number

if TYPE_CHECKING:
    from tui_crm.core.drafts import Draft
    from tui_crm.core.rows import CustomerRow, Problem
    from tui_crm.ui.screens.merging import Ended

_PATIENCE = 0.7  # seconds without a word about a database that is not open yet
_LONG = 4.0  # seconds until it is said why that may be
_CARD_AFTER = 0.25  # seconds without a move; while one moves, only the list is sent


class SearchScreen(SearchResults):
    """The home screen."""

    BINDS = ("search", "record", "list")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (118, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self._card_timer: Timer | None = None
        self._completing = Completing(self)

    # Layout ------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Field, list and card, footer."""
        with Horizontal(id="query-line"):
            yield Static("❯", id="prompt")
            yield QueryField(placeholder=_("name, number, company, city …"), id="query")
            yield Static("", id="count")
        yield ProposalLine(id="proposals")
        with Horizontal(id="results"):
            yield RecordList(id="customers")
            yield CustomerCard(id="card")
        yield Footer()

    @property
    def card(self) -> CustomerCard:
        """The card of the highlighted customer."""
        return self.query_one("#card", CustomerCard)

    @property
    def where(self) -> str:
        """Letters type in the field and are commands in the list."""
        return "search.list" if self.list.has_focus else "search.field"

    def on_mount(self) -> None:
        """Bind keys; the field takes what is typed from now on."""
        super().on_mount()
        self.list.driven = True
        bridge.bind(self.field, self.crm.keymap, "search.field", by_screen=True)
        bridge.bind(self.list, self.crm.keymap, "search.list", by_screen=True)
        self.set_focus(self.field)
        self.crm.release_keys(self)
        self.set_timer(_PATIENCE, self._say_opening)
        self.set_timer(_LONG, self._say_why)

    def _say_opening(self) -> None:
        if self.crm.session is None:
            self.list.empty_text = _("Opening the database …")
            self.list.refresh()

    def _say_why(self) -> None:
        if self.crm.session is None:
            self.say(
                _(
                    "After an update of the program, a database is copied and brought up to date"
                    " when it is opened. A large one takes minutes."
                )
            )

    def opened(self, drafts: Sequence[Draft], told: Sequence[str] = ()) -> None:
        """The database is open: search for what was typed meanwhile, say what was `told` of the
        opening, and offer old drafts."""
        self.say(". ".join(told))
        self._columns = columns_for(self.crm.settings.ui.columns, self.session.fields)
        self.list.set_columns(self._columns)
        self._search(self.field.value)
        self._completing.typed()
        if drafts:
            count = len(drafts)
            self.say(
                ngettext(
                    "{count} unfinished form is kept: {key} shows it.",
                    "{count} unfinished forms are kept: {key} shows them.",
                    count,
                ).format(count=count, key=self.crm.keymap.shown("app.today")),
                "warn",
            )

    def language_changed(self) -> None:
        """Columns, counts and the field's hint in the new language."""
        super().language_changed()
        self.field.placeholder = _("name, number, company, city …")
        self._completing.forget()
        self.opened(())

    def may_become(self, problem: Problem) -> bool:
        """Whether something is proposed for the word that is wrong, as it stands."""
        return self._completing.may_become(problem.start, problem.end)

    @on(Input.Changed, "#query")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.crm.session is not None:
            self._search(event.value)
            self._completing.typed()

    # The highlighted customer -------------------------------------------------------------------

    @on(RecordList.Highlighted, "#customers")
    def _highlighted(self, event: RecordList.Highlighted) -> None:
        event.stop()
        if self._card_timer is not None:
            self._card_timer.stop()
            self._card_timer = None
        if event.key is None or not self.has_class("-wide"):
            return
        self._card_timer = self.set_timer(_CARD_AFTER, self._load_card)

    def nothing_found(self) -> None:
        """No customer, no card."""
        self.card.clear()

    def _load_card(self) -> None:
        key = self.list.current_key
        if key is not None and self.crm.session is not None and self.has_class("-wide"):
            self.ask("card", card_of, int(key), deliver=self._show_card)

    def _show_card(self, data: CardData | None) -> None:
        if data is None:
            self.card.clear()
        else:
            self.card.show(data, self.crm.settings, self.session.now())

    def on_resize(self, event: events.Resize) -> None:
        """A wide terminal has room for the card."""
        self.call_after_refresh(self._load_card)

    def customers_changed(self, ids: Collection[int]) -> None:
        """Show the changed rows, and the card, anew."""
        super().customers_changed(ids)
        if self.list.current_key in ids:
            self._load_card()

    # Moving ------------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        """Move in the list while the field keeps the focus."""
        self._when_listed(rows, lambda: self.list.action_move(rows))

    def action_page(self, pages: int) -> None:
        """Move by pages while the field keeps the focus."""
        below = pages * self.list.body_height
        self._when_listed(below, lambda: self.list.action_page(pages))

    def on_paste(self, event: events.Paste) -> None:
        """A number that is pasted is searched, wherever the focus is."""
        if not self.field.has_focus:
            event.stop()
            self.field.focus()
            self.field.value = clean_line(event.text)
            self.field.cursor_position = len(self.field.value)

    @on(RecordList.Selected, "#customers")
    def _row_chosen(self, event: RecordList.Selected) -> None:
        event.stop()
        self.action_open()

    @on(Input.Submitted, "#query")
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_open()

    @on(RecordList.MarksChanged, "#customers")
    def _marks_changed(self, event: RecordList.MarksChanged) -> None:
        event.stop()
        self._count_text(len(self._matches()) if self._complete else None)

    # Actions -----------------------------------------------------------------------------------

    def _with_current(self, action: Callable[[CustomerRow], None]) -> None:
        """Do something to the highlighted customer, once the newest answer is there."""

        def act() -> None:
            row = self.current
            if row is not None:
                action(row)
            else:
                self.say(_("No customer is highlighted."), "warn")

        self._when_answered(act)

    def action_open(self) -> None:
        """Open the highlighted customer."""
        self._with_current(lambda row: self.crm.open_customer(row.id, self._source))

    def action_log(self) -> None:
        """Log a call to the highlighted customer."""
        self._with_current(lambda row: self.crm.log_call(row.id, then=self.start_over))

    def action_task(self) -> None:
        """Enter a follow-up for the highlighted customer."""
        self._with_current(lambda row: self.crm.new_task(row.id))

    def action_copy_phone(self) -> None:
        """Copy the phone number of the highlighted customer."""
        self._with_current(lambda row: self.copy_text(row.phone, _("No phone number.")))

    def action_copy_email(self) -> None:
        """Copy the e-mail address of the highlighted customer."""
        self._with_current(lambda row: self.copy_text(row.email, _("No e-mail address.")))

    def action_history(self) -> None:
        """Show what was changed on the highlighted customer."""
        self._with_current(lambda row: self.crm.show_history(row.id, row.name))

    def action_new(self) -> None:
        """Enter a new customer; what was typed is in the right field already."""

        def open_form() -> None:
            self.crm.new_customer(typed=self.field.value if not self._matches() else "")

        self._when_answered(open_form)

    def action_to_list(self) -> None:
        """Give the list the focus, where letters are commands."""

        def focus() -> None:
            self.list.focus()

        self._when_answered(focus)

    def action_to_field(self) -> None:
        """Back to the search field."""
        self.field.focus()

    def action_take(self) -> None:
        """Take the proposal; without one, or inside of the text, go to the right."""
        if not self.field.cursor_at_end or not self._completing.take():
            self.field.action_cursor_right()

    def action_next(self) -> None:
        """Light the next proposal; without one, go to the end of the text."""
        if not self._completing.next():
            self.field.action_end()

    def action_clear(self) -> None:
        """Empty the field; what waits for an answer is given up."""
        self._give_up()
        self.field.value = ""

    def start_over(self) -> None:
        """An empty search with the focus in the field, as after a call."""
        self.field.value = ""
        self.field.focus()
        self.list.cursor = 0

    def action_mark(self) -> None:
        """Mark the highlighted customer."""
        self._when_answered(self.list.action_mark)

    def action_mark_all(self) -> None:
        """Mark every customer that matches."""
        self._when_complete(self._mark_all)

    def _mark_all(self) -> None:
        if self._refuse_unclear():
            return
        self.list.set_marks(self._matches())
        count = len(self.list.marks)
        self.say(
            ngettext("{count} customer marked.", "All {count} matches marked.", count).format(
                count=number(count)
            )
        )

    def action_unmark_all(self) -> None:
        """Take every mark back."""
        self.list.set_marks(())

    def action_batch(self) -> None:
        """Change the marked customers at once; without marks, every match."""
        self._when_complete(self._open_batch)

    def _chosen(self) -> list[int]:
        """The marked customers, or without marks every match, in the order of the list."""
        marks = self.list.marks
        if not marks and self._refuse_unclear():
            return []
        order = self._source.ids()
        ids = [i for i in order if i in marks] if marks else list(self._matches())
        listed = frozenset(ids)
        ids += [int(key) for key in sorted(marks - listed, key=int)] if marks else []
        if not ids:
            self.say(_("Nothing is marked and nothing matches."), "warn")
        return ids

    def action_export(self) -> None:
        """Write the marked customers into a file; without marks, every match."""
        self._when_complete(self._export)

    def _export(self) -> None:
        from tui_crm.ui.exporting import export_customers

        if ids := self._chosen():
            query = "" if self.list.marks else self._query
            self.crm.spawn(export_customers(self, ids, query))

    def _open_batch(self) -> None:
        from tui_crm.ui.screens.batch import BatchScreen

        marks, ids = self.list.marks, self._chosen()
        if not ids:
            return
        # All that match are those who match when it is confirmed.
        everyone = not self._unclear and (not marks or marks == frozenset(self._matches()))
        self.crm.push_screen(BatchScreen(ids, self._query if everyone else None), self._batch_done)

    def _refuse_unclear(self) -> bool:
        """Say that a query is not clear enough to act on all that it finds."""
        if self._unclear:
            problem = _("Not while the query is unclear: {problem}")
            self.say(problem.format(problem=self._unclear), "warn")
        return bool(self._unclear)

    def action_merge(self) -> None:
        """Make one customer of the marked ones."""
        self._when_complete(self._open_merge)

    def _open_merge(self) -> None:
        from tui_crm.ui.screens.merging import MergingScreen

        marks = self.list.marks
        if len(marks) < 2:
            self.say(_("Mark two customers or more to merge them."), "warn")
            return
        order = [id_ for id_ in self._source.ids() if id_ in marks]
        order += sorted(int(key) for key in marks.difference(order))
        self.crm.push_screen(MergingScreen(order), self._merged)

    def _merged(self, ended: Ended | None) -> None:
        if ended is not None:
            self.list.set_marks(())
            self.search_again()
            self.say(ended.words, "good")

    def _batch_done(self, changed: bool | None) -> None:
        if changed:
            self.list.set_marks(())
            self.search_again()

    def action_sort(self) -> None:
        """Choose the order of the list; it becomes a word of the query."""
        self.crm.spawn(self._choose("sort"))

    def action_filter(self) -> None:
        """Choose a condition; it becomes a word of the query."""
        self.crm.spawn(self._choose("filter"))

    async def _choose(self, what: str) -> None:
        from tui_crm.ui import refine

        if self.crm.session is None:
            return
        choose = refine.choose_sort if what == "sort" else refine.choose_filter
        text = await choose(self, self.field.value)
        if text is not None:
            self.field.value = text
            self.field.cursor_position = len(text)

    def action_notes(self) -> None:
        """Look for the words that are typed in notes."""
        if self.crm.session is not None:
            from tui_crm.ui.screens.notes import NotesScreen

            self.crm.push_screen(NotesScreen(self.field.value))

    def action_segments(self) -> None:
        """Open a saved search, or save this one."""
        self.crm.spawn(self._segments())

    async def _segments(self) -> None:
        from tui_crm.ui.segment_picker import choose_segment

        if self.crm.session is not None:
            text = await choose_segment(self, self.field.value)
            self._completing.forget()  # the names of segments may have changed
            if text is not None:
                self.field.value = text
                self.field.cursor_position = len(text)
