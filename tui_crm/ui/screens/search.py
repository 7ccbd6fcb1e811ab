"""Home: the search field, the list of customers, and beside it the card of the highlighted one.

The field has the focus from the first frame on; what is typed before the database is open is
searched when it is. A key that acts on the list waits for the answer to what was typed last, and
the keys behind it wait too, so that a fast typist never acts on the rows of an older query.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import Input, Static

from tui_crm.errors import CrmError
from tui_crm.search.query import parse
from tui_crm.text.dates import utc_now
from tui_crm.text.i18n import _, ngettext
from tui_crm.text.safe import clean_line, display
from tui_crm.ui import bridge
from tui_crm.ui.completing import Completing, ProposalLine
from tui_crm.ui.customer_source import CustomerSource, ListedCustomer, RowMaker, columns_for
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.search_questions import (
    card_of,
    corrected,
    customer_rows,
    find,
    rest_of,
)
from tui_crm.ui.widgets.customer_card import CardData, CustomerCard
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.line_input import LineInput
from tui_crm.ui.widgets.record_list import Column, RecordList
from tui_crm.ui.words import number

if TYPE_CHECKING:
    from tui_crm.core.drafts import Draft
    from tui_crm.core.rows import Answer, CustomerRow

FIRST_HITS = 60
"""Rows that the first answer brings: more than the tallest list shows at once."""

_PATIENCE = 0.7  # seconds without a word about a database that is not open yet
_MOST_AT_HAND = 500  # changed rows that are read anew at once: all that screens show, and more
_REST_AFTER = 0.15  # seconds without a key; a typist pays only for first hits
_CARD_AFTER = 0.25  # seconds without a move; while one moves, only the list is sent


class SearchScreen(CrmScreen):
    """The home screen."""

    WHERE = "search.field"
    BINDS = ("search", "record", "list")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (118, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self._columns: tuple[Column, ...] = ()
        self._shown: str | None = None  # the query whose answer is in the list
        self._source = CustomerSource([])
        self._coming: CustomerSource | None = None  # the same query's rows, until all are known
        self._query = ""
        self._asked: str | None = None  # the query whose answer is on its way
        self._when_found: Callable[[], None] | None = None
        self._card_timer: Timer | None = None
        self._rest_timer: Timer | None = None
        self._complete = True  # whether the list holds every match, not only the first
        self._everyone: int | None = None
        self._corrected = 0  # rows at the end of the list that are for corrected words
        self._unclear = ""  # what the query does not make clear
        self._completing = Completing(self)

    # Layout ------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Field, list and card, footer."""
        with Horizontal(id="query-line"):
            yield Static("❯", id="prompt")
            yield LineInput(placeholder=_("name, number, company, city …"), id="query")
            yield Static("", id="count")
        yield ProposalLine(id="proposals")
        with Horizontal(id="results"):
            yield RecordList(id="customers")
            yield CustomerCard(id="card")
        yield Footer()

    @property
    def field(self) -> LineInput:
        """The search field."""
        return self.query_one("#query", LineInput)

    @property
    def list(self) -> RecordList:
        """The list of customers."""
        return self.query_one("#customers", RecordList)

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

    def _say_opening(self) -> None:
        """A database that is brought up to a new version takes its time; say so."""
        if self.crm.session is None:
            self.list.empty_text = _("Opening the database …")
            self.list.refresh()

    def opened(self, drafts: Sequence[Draft]) -> None:
        """The database is open: search for what was typed meanwhile, and offer old drafts."""
        self._columns = columns_for(self.crm.settings.ui.columns, self.session.fields)
        self.list.set_columns(self._columns)
        self._search(self.field.value)
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

    # Searching ---------------------------------------------------------------------------------

    @on(Input.Changed, "#query")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.crm.session is not None:
            self._search(event.value)
            self._completing.typed()

    def _search(self, text: str) -> None:
        self._query = text
        self._asked = text
        self._coming = None
        self.latest.drop("rest")
        if self._rest_timer is not None:
            self._rest_timer.stop()
        self.ask("find", find, text, FIRST_HITS, deliver=self._found, failed=self._failed)

    def search_again(self) -> None:
        """Ask the same query again, after data changed."""
        if self.crm.session is not None:
            self._search(self._query)

    def _found(self, answer: Answer) -> None:
        same_query = self._asked == self._shown
        self._asked, self._shown = None, self._query
        make = RowMaker(self._columns, self.crm.settings, utc_now())
        source = CustomerSource([make.of_hit(hit) for hit in answer.hits])
        self.list.empty_text = self._nothing_text()
        self._unclear = answer.problems[0][0] if answer.problems else ""
        self._show_count(answer)
        if not answer.hits:
            self.card.clear()
        self._complete = len(answer.hits) < FIRST_HITS
        doubtful = self._complete and bool(self._query.strip()) and not answer.exact
        if same_query and (not self._complete or (doubtful and self._corrected)):
            self._coming = source  # a list that is short for a moment would lose the cursor's place
        else:
            self._source = source
            self.list.set_source(source, keep_cursor=same_query)
            self._corrected = 0
        if not self._complete:
            self._rest_timer = self.set_timer(_REST_AFTER, self._ask_for_rest)
        elif doubtful:
            self._rest_timer = self.set_timer(_REST_AFTER, self._ask_for_corrected)
        self._run_waiting()

    def _failed(self, error: CrmError) -> None:
        """There is no answer: what waits for it is given up."""
        self._asked = None
        self._give_up()
        self.show_error(error)

    def _ask_for_rest(self) -> None:
        known = (self._coming or self._source).head_ids
        self.ask("rest", rest_of, self._query, known, deliver=self._rest_found, failed=self._failed)

    def _ask_for_corrected(self) -> None:
        have = (self._coming or self._source).head_ids
        self.ask("rest", corrected, self._query, have, deliver=self._corrected_found)

    def _corrected_found(self, answer: Answer) -> None:
        """Rows for what was probably meant join below; the cursor stays where it is."""
        if not answer.hits and self._coming is None:
            return
        make = RowMaker(self._columns, self.crm.settings, utc_now())
        self._source = (self._coming or self._source).joined(map(make.of_hit, answer.hits))
        self._coming = None
        self._corrected = len(answer.hits)
        self.list.set_source(self._source)
        if answer.hits:
            self.say(_("shown for: {words}").format(words=display(answer.shown_for)), "info")

    def _matches(self) -> Sequence[int]:
        """Every customer that matches what was typed, those for corrected words aside."""
        ids = self._source.ids()
        return ids[: len(ids) - self._corrected]

    def _rest_found(self, rest: array[int]) -> None:
        source = self._coming or self._source
        source.add_rest(rest, self._fetch, self.list.rows_arrived, self._fetch_failed)
        self._complete = True
        if self._coming is None:
            self.list.invalidate()
        else:
            self._source, self._coming = source, None
            self.list.set_source(source)
        self._count_text(source.count)
        self._run_waiting()

    async def _fetch(self, ids: Sequence[int]) -> Sequence[ListedCustomer]:
        rows = await self.fetch(customer_rows, list(ids))
        make = RowMaker(self._columns, self.crm.settings, utc_now())
        known = {row.id: row for row in rows}
        return [make.of_row(known[i]) if i in known else make.gone(i) for i in ids]

    def _fetch_failed(self, error: Exception) -> None:
        self.say(str(error), "bad")

    def _nothing_text(self) -> str:
        if not self._query.strip():
            return _("No customers yet. {key} makes the first one.").format(
                key=self.crm.keymap.shown("app.new", "search.field")
            )
        return _("Nothing found for “{query}”. {key} makes a new customer of it.").format(
            query=display(self._query.strip()[:60]),
            key=self.crm.keymap.shown("app.new", "search.field"),
        )

    def _show_count(self, answer: Answer) -> None:
        if problem := self._worth_saying(answer):
            self.say(problem, "warn")
        elif answer.shown_for:
            self.say(_("shown for: {words}").format(words=display(answer.shown_for)), "info")
        if answer.total is not None:
            self._count_text(answer.total)
        elif len(answer.hits) < FIRST_HITS:
            self._count_text(len(answer.hits))
        else:
            self._count_text(None)

    def _worth_saying(self, answer: Answer) -> str:
        """What is wrong with the query, unless it may be that it is not typed to its end yet."""
        unfinished: set[tuple[int, int]] = set()
        if answer.problems and self.field.cursor_at_end:
            query = parse(self._query, self.session.fields)
            unfinished = {(p.start, p.end) for p in query.problems if p.unfinished}
        said = (message for message, *place in answer.problems if tuple(place) not in unfinished)
        return next(said, "")

    def _count_text(self, total: int | None) -> None:
        if not self._query.strip() and total is not None:
            self._everyone = total
        parts = []
        if marked := len(self.list.marks):
            parts.append(_("{count} marked").format(count=number(marked)))
        if total is None:
            parts.append("…")
        elif self._everyone and total != self._everyone:
            counts = number(total), number(self._everyone)
            parts.append(_("{found} of {all}").format(found=counts[0], all=counts[1]))
        else:
            customers = ngettext("{count} customer", "{count} customers", total)
            parts.append(customers.format(count=number(total)))
        self.query_one("#count", Static).update(plain(" · ".join(parts)))

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

    def _load_card(self) -> None:
        key = self.list.current_key
        if key is not None and self.crm.session is not None and self.has_class("-wide"):
            self.ask("card", card_of, int(key), deliver=self._show_card)

    def _show_card(self, data: CardData | None) -> None:
        if data is None:
            self.card.clear()
        else:
            self.card.show(data, self.crm.settings, utc_now())

    def on_resize(self, event: events.Resize) -> None:
        """A wide terminal has room for the card."""
        self.call_after_refresh(self._load_card)

    def customers_changed(self, ids: Iterable[int]) -> None:
        """Show the changed rows anew where they are; customers that are new may match too."""
        changed = frozenset(ids)
        if not self._source.holds(changed):
            self.search_again()
        here = self._source.at_hand(changed)[:_MOST_AT_HAND]
        if here:

            def replace(rows: Sequence[CustomerRow]) -> None:
                if len(rows) < len(here):
                    self.search_again()  # some were deleted, or are hidden now
                else:
                    self._replace_rows(rows)

            self.ask("changed", customer_rows, here, deliver=replace)
        if self.list.current_key in changed:
            self._load_card()

    def _replace_rows(self, rows: Sequence[CustomerRow]) -> None:
        make = RowMaker(self._columns, self.crm.settings, utc_now())
        for place in self._source.replace([make.of_row(row) for row in rows]):
            self.list.rows_arrived(place, place + 1)

    @property
    def current(self) -> CustomerRow | None:
        """The highlighted customer."""
        row: Any = self.list.current
        return row.row if row is not None else None

    def _with_current(self, action: Callable[[CustomerRow], None]) -> None:
        """Do something to the highlighted customer, once the newest answer is there."""

        def act() -> None:
            row = self.current
            if row is not None:
                action(row)
            else:
                self.say(_("No customer is highlighted."), "warn")

        self._when_answered(act)

    # What waits for an answer -------------------------------------------------------------------

    def _when_answered(self, action: Callable[[], None]) -> None:
        """Do something once the answer to what was typed last is in the list; keys wait for it."""
        if self.crm.session is not None and self.field.value != self._query:
            self._search(self.field.value)
        if self.crm.session is None or self._asked not in (None, self._shown):
            self._wait(action)
        else:
            action()

    def _when_complete(self, action: Callable[[], None]) -> None:
        """Do something once every match of what was typed last is known, not only the first."""

        def act() -> None:
            if self._complete:
                action()
                return
            self._wait(action)
            if self._rest_timer is not None:
                self._rest_timer.stop()
            self._ask_for_rest()

        self._when_answered(act)

    def _wait(self, action: Callable[[], None]) -> None:
        self._when_found = action
        self.crm.hold_keys(self)

    def _run_waiting(self) -> None:
        """Do what waited for the answer; it may go on to wait for the rest of the list."""
        if self._when_found is not None:
            action, self._when_found = self._when_found, None
            action()
            self.crm.release_keys(self)

    def _give_up(self) -> None:
        """Nothing waits for an answer any more."""
        self._when_found = None
        self.crm.free_keys(self)

    # Moving ------------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        """Move in the list while the field keeps the focus."""
        self._when_answered(lambda: self.list.action_move(rows))

    def action_page(self, pages: int) -> None:
        """Move by pages while the field keeps the focus."""
        self._when_answered(lambda: self.list.action_page(pages))

    def on_paste(self, event: events.Paste) -> None:
        """A number that is pasted is searched, wherever the focus is."""
        if not self.field.has_focus:
            event.stop()
            self.field.focus()
            self.field.value = clean_line(event.text)
            self.field.cursor_position = len(self.field.value)

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        self.show_keys(self.where)

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
        self._count_text(self._source.count)

    # Actions -----------------------------------------------------------------------------------

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

    def _open_batch(self) -> None:
        from tui_crm.ui.screens.batch import BatchScreen

        marks = self.list.marks
        if not marks and self._refuse_unclear():
            return
        order = self._source.ids()
        ids = [i for i in order if i in marks] if marks else list(self._matches())
        listed = frozenset(ids)
        ids += [int(key) for key in sorted(marks - listed, key=int)] if marks else []
        if not ids:
            self.say(_("Nothing is marked and nothing matches."), "warn")
            return
        self.crm.push_screen(BatchScreen(ids), self._batch_done)

    def _refuse_unclear(self) -> bool:
        """Say that a query is not clear enough to act on all that it finds."""
        if self._unclear:
            problem = _("Not while the query is unclear: {problem}")
            self.say(problem.format(problem=self._unclear), "warn")
        return bool(self._unclear)

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
        from tui_crm.ui import refine

        if self.crm.session is not None:
            text = await refine.choose_segment(self, self.field.value)
            if text is not None:
                self.field.value = text
                self.field.cursor_position = len(text)
