"""A search field and the customers that it finds: asking, showing, and waiting for the answer.

Each text is asked for its first hits at once; the rest of a long list and the rows for what was
probably mistyped join when the typist pauses. What acts on the rows waits for the answer to what
was typed last, and the keys behind it wait too, so that a fast typist never acts on the rows of an
older query.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.timer import Timer
from textual.widgets import Static

from tui_crm.core.rows import Problem
from tui_crm.errors import CrmError
from tui_crm.search.language.query import parse
from tui_crm.text.dates import utc_now
from tui_crm.text.i18n import _, ngettext
from tui_crm.text.safe import display
from tui_crm.ui.completing import ProposalLine
from tui_crm.ui.customer_source import CustomerSource, ListedCustomer, RowMaker
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.search_questions import (
    corrected,
    customer_rows,
    find,
    find_whole,
    rest_of,
)
from tui_crm.ui.widgets.query_field import QueryField
from tui_crm.ui.widgets.record_list import Column, RecordList
from tui_crm.ui.words import number

if TYPE_CHECKING:
    from tui_crm.core.rows import Answer, CustomerRow, Hit

FIRST_HITS = 60
"""Rows that the first answer brings while nobody knows how many the list can show."""

_MOST_AT_HAND = 500  # changed rows that are read anew at once: all that screens show, and more
_REST_AFTER = 0.3  # seconds without a key; a typist pays only for first hits
_CORRECTED_AFTER = 0.15  # the same for what was probably meant: a word was typed to its end


class SearchResults(CrmScreen):
    """The part of the home screen that finds; the subclass composes field, count and list."""

    WHERE = "search.field"

    def __init__(self) -> None:
        super().__init__()
        self._columns: tuple[Column, ...] = ()
        self._shown: str | None = None  # the query whose answer is in the list
        self._source = CustomerSource()
        self._coming: CustomerSource | None = None  # the same query's rows, until all are known
        self._query = ""
        self._asked: str | None = None  # the query whose answer is on its way
        self._when_found: Callable[[], None] | None = None
        self._rest_timer: Timer | None = None
        self._first_hits = FIRST_HITS  # that were asked for last
        self._complete = True  # whether the list holds every match, not only the first
        self._everyone: int | None = None
        self._corrected = 0  # rows at the end of the list that are for corrected words
        self._unclear = ""  # what the query does not make clear
        self._begun = False  # whether the list shows the beginning of an answer on its way

    @property
    def field(self) -> QueryField:
        """The search field."""
        return self.query_one("#query", QueryField)

    @property
    def list(self) -> RecordList:
        """The list of customers."""
        return self.query_one("#customers", RecordList)

    @property
    def current(self) -> CustomerRow | None:
        """The highlighted customer."""
        row: Any = self.list.current
        return row.row if row is not None else None

    # Asking ------------------------------------------------------------------------------------

    def _search(self, text: str) -> None:
        self._query = text
        self._asked = text
        self._begun = False
        self._coming = None
        self.latest.drop("rest")
        if self._rest_timer is not None:
            self._rest_timer.stop()
        # What can be seen comes first; what is below joins like all that is scrolled to.
        self._first_hits = self.list.body_height or FIRST_HITS
        self.ask("find", find, text, self._first_hits, deliver=self._found, failed=self._failed)

    def search_again(self) -> None:
        """Ask the same query again, after data changed."""
        if self.crm.session is not None:
            self._search(self._query)

    # Showing -----------------------------------------------------------------------------------

    def _found(self, answer: Answer) -> None:
        if answer.unfinished:
            self._show_beginning(answer)
            return
        same_query = self._asked == self._shown
        self._asked, self._shown = None, self._query
        words = len(self._query.split())
        make = RowMaker(self._columns, self.crm.settings, utc_now(), words)
        source = CustomerSource(answer.hits, make.of_hit)
        self.list.empty_text = self._nothing_text()
        self._unclear = answer.problems[0].message if answer.problems else ""
        self._show_count(answer)
        if not answer.hits:
            self.nothing_found()
        self._complete = len(answer.hits) < self._first_hits
        doubtful = self._complete and bool(self._query.strip()) and not answer.exact
        if same_query and (not self._complete or (doubtful and self._corrected)):
            self._coming = source  # a list that is short for a moment would lose the cursor's place
        else:
            self._source = source
            self.list.set_source(source, keep_cursor=same_query or self._begun)
            self._corrected = 0
        if not self._complete:
            self._rest_timer = self.set_timer(_REST_AFTER, self._ask_for_rest)
        elif doubtful:
            self._rest_timer = self.set_timer(_CORRECTED_AFTER, self._ask_for_corrected)
        self._run_waiting()

    def _show_beginning(self, answer: Answer) -> None:
        """The rows that are known at once; what acts on rows waits until all of the page are."""
        limit = self._first_hits
        self.ask("find", find_whole, self._query, limit, deliver=self._found, failed=self._failed)
        self._count_text(None)
        if answer.hits and self._asked != self._shown:
            make = RowMaker(self._columns, self.crm.settings, utc_now(), len(self._query.split()))
            self._source = CustomerSource(answer.hits, make.of_hit)
            self.list.set_source(self._source, keep_cursor=False)
            self._begun = True

    def nothing_found(self) -> None:
        """There is no customer to show."""

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
        if answer.problems:
            self._remark(answer)
        if not answer.hits and self._coming is None:
            return
        self._source = (self._coming or self._source).joined(answer.hits)
        self._coming = None
        self._corrected = len(answer.hits)
        self.list.set_source(self._source)
        if answer.hits:
            self._remark(answer)
            self._count_text(len(self._matches()))

    def _matches(self) -> Sequence[int]:
        """Every customer that matches what was typed, those for corrected words aside."""
        ids = self._source.ids()
        return ids[: len(ids) - self._corrected]

    def _rest_found(self, rest: array[int]) -> None:
        source = self._coming or self._source
        fetch = partial(self._fetch, source.first)
        source.add_rest(rest, fetch, self.list.rows_arrived, self._fetch_failed)
        self._complete = True
        if self._coming is None:
            self.list.invalidate()
        else:
            self._source, self._coming = source, None
            self.list.set_source(source)
        self._count_text(source.count)
        self._run_waiting()

    async def _fetch(self, first: Hit | None, ids: Sequence[int]) -> Sequence[ListedCustomer]:
        """The rows of customers that are found like `first`."""
        words = len(self._query.split())
        rows = await self.fetch(customer_rows, list(ids))
        make = RowMaker(self._columns, self.crm.settings, utc_now(), words)
        made = {row.id: make.of_hit(first.like(row)) if first else make.of_row(row) for row in rows}
        return [made[i] if i in made else make.gone(i) for i in ids]

    def _fetch_failed(self, error: Exception) -> None:
        self.say(str(error), "bad")

    def _nothing_text(self) -> str:
        if not self._query.strip():
            return _("No customers yet. {key} makes the first one.").format(
                key=self.crm.keymap.shown("app.new", "search.field")
            )
        query = display(self._query.strip()[:60])
        if not parse(self._query, self.session.fields).plain:  # nothing that could be a name
            return _("Nobody matches “{query}”.").format(query=query)
        return _("Nothing found for “{query}”. {key} makes a new customer of it.").format(
            query=query, key=self.crm.keymap.shown("app.new", "search.field")
        )

    def _show_count(self, answer: Answer) -> None:
        self._remark(answer)
        if answer.total is not None:
            self._count_text(answer.total)
        elif len(answer.hits) < self._first_hits:
            self._count_text(len(answer.hits))
        else:
            self._count_text(None)

    def _remark(self, answer: Answer) -> None:
        """Below the field: what is wrong with a word, or the words that were found instead."""
        problems = self._worth_saying(answer)
        self.field.point_at([(problem.start, problem.end) for problem in problems])
        line = self.query_one(ProposalLine)
        if problems:
            first = problems[0]
            line.remark(first.message, "$warn", self.field.column_of(first.start))
        elif answer.shown_for:
            line.remark(_("shown for: {words}").format(words=display(answer.shown_for)))
        else:
            line.remark("")

    def _worth_saying(self, answer: Answer) -> Sequence[Problem]:
        """What is wrong with the query, unless it may be that it is not typed to its end yet."""
        typing = self.field.cursor_at_end
        return [
            problem
            for problem in answer.problems
            if not typing or not (problem.unfinished or self.may_become(problem))
        ]

    def may_become(self, problem: Problem) -> bool:
        """Whether something is proposed for the word that is wrong, as it stands."""
        return False

    def _count_text(self, total: int | None) -> None:
        if not self._query.strip() and total is not None:
            self._everyone = total
        parts: list[str] = []
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
        if self._corrected:
            parts.append(_("{count} similar").format(count=number(self._corrected)))
        line = self.query_one("#count", Static)
        text = plain(" · ".join(parts))
        # A narrower text leaves the field where it is: a new layout would cost a frame its time.
        line.update(text, layout=text.cell_length > line.content_size.width)

    # Changes -----------------------------------------------------------------------------------

    def customers_changed(self, ids: Collection[int]) -> None:
        """Show the changed rows anew where they are; customers that are new may match too."""
        if len(ids) > _MOST_AT_HAND or not self._source.holds(ids):
            self.search_again()
        here = self._source.at_hand(ids)[:_MOST_AT_HAND]
        if here:

            def replace(rows: Sequence[CustomerRow]) -> None:
                if len(rows) < len(here):
                    self.search_again()  # some were deleted, or are hidden now
                else:
                    self._replace_rows(rows)

            self.ask("changed", customer_rows, here, deliver=replace)

    def _replace_rows(self, rows: Sequence[CustomerRow]) -> None:
        make = RowMaker(self._columns, self.crm.settings, utc_now())
        for place in self._source.replace([make.of_row(row) for row in rows]):
            self.list.rows_arrived(place, place + 1)

    # What waits for an answer ------------------------------------------------------------------

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

    def _when_listed(self, rows: int, action: Callable[[], None]) -> None:
        """Do something once the list has that many rows below the cursor, or no more to come."""

        def act() -> None:
            if self._complete or self.list.cursor + rows < self._source.count:
                action()
            else:
                self._when_complete(action)

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
