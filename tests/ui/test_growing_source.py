"""A source that fetches on as one scrolls down."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tui_crm.ui.growing_source import GrowingSource


@dataclass(frozen=True)
class Row:
    key: int


class History:
    """Rows from `newest` down to 1, and what was heard of their fetching."""

    def __init__(self, newest: int, page: int = 10) -> None:
        self.newest = newest
        self.asked: list[int | None] = []
        self.errors: list[Exception] = []
        self.broken = False
        self.arrival = asyncio.Event()
        self.source = GrowingSource[Row](self.fetch, self.arrival.set, self.failed, page=page)

    async def fetch(self, last: Row | None, limit: int) -> Sequence[Row]:
        self.asked.append(last.key if last else None)
        if self.broken:
            raise OSError("no route")
        start = last.key - 1 if last else self.newest
        return [Row(key) for key in range(start, max(0, start - limit), -1)]

    def failed(self, error: Exception) -> None:
        self.errors.append(error)
        self.arrival.set()

    async def look(self, first: int, last: int) -> None:
        self.arrival.clear()
        self.source.need(first, last)
        await self.arrival.wait()


async def test_pages_follow_each_other_until_a_short_one() -> None:
    history = History(25)
    assert history.source.count == 1
    await history.look(0, 1)
    assert history.source.count == 11
    assert history.source.row(9) == Row(16)
    assert history.source.row(10) is None
    history.source.need(0, 10)  # nothing is missing
    await history.look(5, 11)
    await history.look(15, 21)
    assert history.asked == [None, 16, 6]
    assert history.source.complete
    assert history.source.count == 25
    assert history.source.index_of(1) == 24
    assert history.source.index_of(99) is None


async def test_one_fetch_at_a_time() -> None:
    history = History(30)
    history.source.need(0, 1)
    await history.look(0, 1)
    assert history.asked == [None]


async def test_a_fetch_that_failed_is_tried_again() -> None:
    history = History(5)
    history.broken = True
    await history.look(0, 1)
    assert isinstance(history.errors[0], OSError)
    history.broken = False
    await history.look(0, 1)
    assert history.source.count == 5


async def test_rows_that_are_at_hand_are_not_fetched() -> None:
    history = History(12)
    history.source.fill([Row(12), Row(11)], complete=False)
    await history.look(0, 3)
    assert history.asked == [11]
    assert [row.key for row in history.source.rows] == list(range(12, 0, -1))
