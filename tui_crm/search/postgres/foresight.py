"""What a key press will probably ask of the index on PostgreSQL, asked in one journey.

Each statement by itself waits for the server to wake up, and then for the program. So those that
will probably follow go with the first; what was not foreseen is asked when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tui_crm.search.engine import Candidate, Page, Scope, Statement
from tui_crm.search.postgres import added, asking, frequencies, newest
from tui_crm.search.postgres.asking import Asking
from tui_crm.search.postgres.frequencies import Groups
from tui_crm.search.postgres.newest import Question

if TYPE_CHECKING:
    from tui_crm.store import Database
    from tui_crm.store.database import Row


class Foresight:
    """What one query asks of the index, some of it before it is needed: all documents, if they are
    `few`, and pages.
    """

    def __init__(self, db: Database, scope: Scope) -> None:
        self.few: list[Candidate] | None = None
        self._db = db
        self._scope = scope
        self._pages: dict[Page, list[Candidate]] = {}
        self._groups: dict[Page, Groups] = {}

    def ask(
        self,
        rings: Sequence[Page],
        mine: Sequence[Page],
        ahead: int,
        everybody: Page,
        besides: Sequence[Statement],
    ) -> list[list[Row]]:
        """Ask for what is probable; gives the rows of the statements `besides`."""
        rows: list[list[Row]] = []
        if newest.are_few(self._db, self._question(everybody), everybody.limit - 1):
            rows, [self.few] = self._journey(besides, [everybody], self._few)
            if self.few is not None:
                return rows
            besides = ()
        pages = self._likely(rings, mine, ahead, everybody)
        more, answers = self._journey(besides, pages, self._newest)
        self._pages = dict(zip(pages, answers, strict=True))
        return rows or more

    def all(self, everybody: Page) -> list[Candidate] | None:
        """All documents of a page if they are few; see `newest.few`."""
        _rows, [found] = self._journey((), [everybody], self._few)
        return found  # type: ignore[no-any-return]

    def newest(self, page: Page) -> list[Candidate]:
        """The documents of a page; see `newest.candidates`."""
        found = self._pages.get(page)
        if found is None:
            _rows, [found] = self._journey((), [page], self._newest)
        return found

    def _journey(
        self,
        besides: Sequence[Statement],
        pages: Sequence[Page],
        way: Callable[[Page], Asking[Any]],
    ) -> tuple[list[list[Row]], list[Any]]:
        """The rows of `besides`, and what is answered of the pages when they are asked that way.

        Which of the hashes are in `search_added` is asked in the same journey. Where some are that
        were not the last time, it is gone once more.
        """
        hashes = set[int]().union(*(self._question(page).all_hashes() for page in pages))
        before = added.remembered(self._db, hashes)
        first = [*map(asking.rows, besides), added.counts(self._db, hashes)]
        found = asking.together(self._db, [*first, *map(way, pages)])
        *rows, there = found[: len(first)]
        if there.keys() <= before.keys():
            return rows, found[len(first) :]
        return rows, asking.together(self._db, list(map(way, pages)))

    def _likely(
        self, rings: Sequence[Page], mine: Sequence[Page], ahead: int, everybody: Page
    ) -> list[Page]:
        """The pages that will probably be needed."""
        chosen: list[Page] = []
        most = 0.0
        for number, (ring, own) in enumerate(zip(rings, mine, strict=True)):
            chosen.append(ring)
            expected = newest.expected(self._db, self._question(ring))
            if number < ahead:
                most = max(most, expected)
            if expected >= ring.limit:
                chosen.append(own)
            if expected >= own.limit:
                break
        return chosen if most >= everybody.limit else [*chosen, everybody]

    def _few(self, page: Page) -> Asking[list[Candidate] | None]:
        return newest.few(self._db, self._question(page), page.limit - 1)

    def _newest(self, page: Page) -> Asking[list[Candidate]]:
        return newest.candidates(self._db, self._question(page), page.limit)

    def _question(self, page: Page) -> Question:
        """What is asked for a page, with those of its hashes that were in `search_added` when that
        was asked for the last time.
        """
        needs, levels, _limit = page
        groups = self._groups.get(page)
        if groups is None:
            groups = self._groups[page] = frequencies.groups(self._db, needs, levels)
        asked = Question(needs, levels, self._scope, groups, {})
        there = added.remembered(self._db, asked.all_hashes())
        return newest.with_added(self._db, asked, there)
