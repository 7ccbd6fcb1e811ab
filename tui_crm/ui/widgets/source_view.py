"""Views of rows that are fetched while one scrolls: what a source is, and the view over it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from tui_crm.ui.widgets.line_view import LineView

Key = int | str
"""What names a record for good."""


class Keyed(Protocol):
    """A row that knows which record it shows."""

    @property
    def key(self) -> Key:
        """The record's id."""


R = TypeVar("R", bound=Keyed)
R_co = TypeVar("R_co", bound=Keyed, covariant=True)


class Source(Protocol[R_co]):
    """Rows by index, some of them perhaps not fetched yet."""

    @property
    def count(self) -> int:
        """Number of rows, known or estimated."""

    def row(self, index: int) -> R_co | None:
        """The row at `index`, or `None` while it is not loaded. Must not block."""

    def need(self, first: int, last: int) -> None:
        """Rows `first` to `last - 1` are wanted on the screen; fetch what is missing.

        The source calls the view's `rows_arrived` when it has them.
        """

    def index_of(self, key: Key) -> int | None:
        """Where the record `key` is, if that is known without asking the database."""


class ListSource(Generic[R]):
    """A source over rows that are all there."""

    def __init__(self, rows: Sequence[R]) -> None:
        self._rows = rows
        self._places: dict[Key, int] | None = None

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self._rows)

    def row(self, index: int) -> R | None:
        """The row at `index`."""
        return self._rows[index] if 0 <= index < len(self._rows) else None

    def need(self, first: int, last: int) -> None:
        """Nothing is ever missing."""

    def index_of(self, key: Key) -> int | None:
        """The place of the record `key`."""
        if self._places is None:
            self._places = {row.key: index for index, row in enumerate(self._rows)}
        return self._places.get(key)


class PagedSource(Generic[R]):
    """A source that fetches pages when they are looked at and keeps the last few of them.

    `fetch(offset, limit)` is awaited on the event loop and gives the rows; `changed(first, last)`
    is called when rows arrived, `failed(error)` when a fetch raised. A page that failed is asked
    for again the next time it is looked at.
    """

    def __init__(
        self,
        count: int,
        fetch: Callable[[int, int], Awaitable[Sequence[R]]],
        changed: Callable[[int, int], None],
        failed: Callable[[Exception], None],
        *,
        page: int = 128,
        keep: int = 48,
    ) -> None:
        self._count = count
        self._fetch = fetch
        self._changed = changed
        self._failed = failed
        self._page = page
        self._keep = keep
        self._pages: OrderedDict[int, Sequence[R]] = OrderedDict()
        self._tasks: dict[int, asyncio.Task[None]] = {}

    @property
    def count(self) -> int:
        """Number of rows."""
        return self._count

    def row(self, index: int) -> R | None:
        """The row at `index` if its page is here."""
        page, place = divmod(index, self._page)
        rows = self._pages.get(page)
        if rows is None or place >= len(rows):
            return None
        return rows[place]

    def need(self, first: int, last: int) -> None:
        """Fetch the missing pages of `first` to `last - 1`; others on their way are given up."""
        wanted = range(max(0, first) // self._page, max(0, last - 1) // self._page + 1)
        for number in [number for number in self._tasks if number not in wanted]:
            self._tasks.pop(number).cancel()
        for number in wanted:
            if number in self._pages:
                self._pages.move_to_end(number)
            elif number not in self._tasks and number * self._page < self._count:
                self._tasks[number] = asyncio.ensure_future(self._load(number))

    def index_of(self, key: Key) -> int | None:
        """The place of the record `key` among the pages that are here."""
        for number, rows in self._pages.items():
            for place, row in enumerate(rows):
                if row.key == key:
                    return number * self._page + place
        return None

    def loaded(self) -> Iterator[R]:
        """Every row that is here."""
        for rows in self._pages.values():
            yield from rows

    def replace(self, row: R) -> int | None:
        """Put a new row in the place of the one of the same record; gives the place, if known."""
        index = self.index_of(row.key)
        if index is not None:
            page, place = divmod(index, self._page)
            self._pages[page] = [*self._pages[page][:place], row, *self._pages[page][place + 1 :]]
        return index

    def close(self) -> None:
        """Give up what is on its way."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    async def _load(self, number: int) -> None:
        first = number * self._page
        try:
            rows = await self._fetch(first, min(self._page, self._count - first))
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._tasks.pop(number, None)
            self._failed(error)
            return
        self._tasks.pop(number, None)
        self._pages[number] = rows
        while len(self._pages) > self._keep:
            self._pages.popitem(last=False)
        self._changed(first, first + len(rows))


class SourceView(LineView, Generic[R]):
    """A line view over a source, with the cursor tied to a record instead of a place."""

    class Highlighted(LineView.LineViewMessage):
        """The cursor is on another record. `key` is None while the row is not loaded."""

        def __init__(self, view: LineView, key: Key | None, index: int) -> None:
            super().__init__(view)
            self.key = key
            self.index = index

    class Selected(LineView.LineViewMessage):
        """The record under the cursor was chosen with Enter."""

        def __init__(self, view: LineView, key: Key, index: int) -> None:
            super().__init__(view)
            self.key = key
            self.index = index

    def __init__(
        self,
        source: Source[R] | None = None,
        *,
        empty_text: str = "",
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(empty_text=empty_text, name=name, id=id, classes=classes)
        self._source: Source[R] = source if source is not None else ListSource[R]([])
        self._announced: Key | None = None
        self._asking = False

    @property
    def source(self) -> Source[R]:
        """Where the rows come from; replace it with `set_source`."""
        return self._source

    @property
    def current(self) -> R | None:
        """The row under the cursor, if there is one and it is loaded."""
        return self._source.row(self.cursor) if self._source.count else None

    @property
    def current_key(self) -> Key | None:
        """The record under the cursor."""
        row = self.current
        return None if row is None else row.key

    def on_mount(self) -> None:
        """Tell which record is under the cursor at the start."""
        if self._source.count:
            self._announce()

    def row_count(self) -> int:
        """Number of rows of the source."""
        return self._source.count

    def set_source(self, source: Source[R], *, keep_cursor: bool = True) -> None:
        """Show other rows.

        With `keep_cursor` the cursor stays on the record it was on, if the new source has it at
        hand, and else at its place; without, it goes to the first row.
        """
        key, place, offset = self.current_key, self.cursor, self.cursor * self.row_height - self.top
        self._source = source
        index = 0
        if keep_cursor:
            found = source.index_of(key) if key is not None else None
            index = place if found is None else found
        index = self.validate_cursor(index)
        self.set_reactive(LineView.cursor, index)
        self.top = index * self.row_height - offset if keep_cursor else 0
        self.invalidate()
        self.reveal(index)
        self._announce()

    def rows_arrived(self, first: int, last: int) -> None:
        """Rows `first` to `last - 1` of the source are there, or are different now."""
        self.refresh_rows(first, last)
        if first <= self.cursor < last:
            self._announce()

    def cursor_changed(self, index: int) -> None:
        """Tell which record is under the cursor now."""
        self._announce()

    def action_select(self) -> None:
        """Send `Selected` for the row under the cursor."""
        if (key := self.current_key) is not None:
            self.post_message(self.Selected(self, key, self.cursor))

    def loaded(self, index: int) -> R | None:
        """The row at `index`; if it is not there the source is asked, once a frame."""
        row = self._source.row(index)
        if row is None and not self._asking:
            self._asking = True
            self.call_later(self._ask)
        return row

    def _ask(self) -> None:
        """Ask for what the window shows now, and a window either side of it."""
        self._asking = False
        first, last = self.window()
        margin = last - first
        self._source.need(max(0, first - margin), min(self._source.count, last + margin))

    def _announce(self) -> None:
        key = self.current_key
        if key is None or key != self._announced:
            self._announced = key
            self.post_message(self.Highlighted(self, key, self.cursor))
