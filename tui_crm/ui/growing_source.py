"""A list of unknown length that fetches on as one scrolls down, as a history does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from tui_crm.ui.widgets.source_view import Key, Keyed, SourceView

R = TypeVar("R", bound=Keyed)


class GrowingSource(Generic[R]):
    """Rows that follow each other; behind those that are here stands one that is on its way.

    `fetch(last, limit)` gives up to `limit` rows behind the row `last` (None: the first ones);
    fewer mean that these are all. `arrived()` is called when the number of rows changed,
    `failed(error)` when a fetch raised; the next look at the end tries again.
    """

    def __init__(
        self,
        fetch: Callable[[R | None, int], Awaitable[Sequence[R]]],
        arrived: Callable[[], None],
        failed: Callable[[Exception], None],
        *,
        page: int = 200,
    ) -> None:
        self._fetch = fetch
        self._arrived = arrived
        self._failed = failed
        self._page = page
        self._rows: list[R] = []
        self._places: dict[Key, int] = {}
        self._task: asyncio.Task[None] | None = None
        self.complete = False

    @property
    def rows(self) -> Sequence[R]:
        """The rows that are here."""
        return self._rows

    @property
    def count(self) -> int:
        """Number of rows, the one on its way included."""
        return len(self._rows) + (not self.complete)

    def row(self, index: int) -> R | None:
        """The row at `index`, if it is here."""
        return self._rows[index] if 0 <= index < len(self._rows) else None

    def need(self, first: int, last: int) -> None:
        """Fetch on when the end is in sight."""
        if last > len(self._rows) and not self.complete and self._task is None:
            self._task = asyncio.ensure_future(self._load())

    def index_of(self, key: Key) -> int | None:
        """The place of a row that is here."""
        return self._places.get(key)

    def fill(self, rows: Sequence[R], *, complete: bool) -> None:
        """Begin with these rows instead of fetching the first ones."""
        self._rows = list(rows)
        self._places = {row.key: index for index, row in enumerate(rows)}
        self.complete = complete

    def close(self) -> None:
        """Give up what is on its way."""
        if self._task is not None:
            self._task.cancel()

    async def _load(self) -> None:
        try:
            more = await self._fetch(self._rows[-1] if self._rows else None, self._page)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._task = None
            self._failed(error)
            return
        self._task = None
        self._places.update((row.key, len(self._rows) + n) for n, row in enumerate(more))
        self._rows += more
        self.complete = len(more) < self._page
        self._arrived()


def show_growing(
    view: SourceView[Any],
    rows: Sequence[R],
    fetch: Callable[[R | None, int], Awaitable[Sequence[R]]],
    *,
    complete: bool,
    page: int,
    counted: Callable[[int, bool], None],
    failed: Callable[[Exception], None],
    keep_cursor: bool = False,
) -> None:
    """Show `rows` in `view`, and behind them what `fetch` gives, unless they are `complete`.

    `counted(rows, complete)` is told how many are here, now and whenever more have come; the other
    arguments are those of `GrowingSource`.
    """

    def arrived() -> None:
        view.invalidate()
        view.rows_arrived(0, view.row_count())
        counted(len(source.rows), source.complete)

    source = GrowingSource[R](fetch, arrived, failed, page=page)
    source.fill(rows, complete=complete)
    view.set_source(source, keep_cursor=keep_cursor)
    counted(len(source.rows), source.complete)
