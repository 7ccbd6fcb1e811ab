"""Customers for the record list: the first hits at once, the rest of a million by their ids."""

from __future__ import annotations

from array import array
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from tui_crm.text.dates import ago
from tui_crm.text.fold import fold
from tui_crm.text.i18n import _
from tui_crm.ui.widgets.record_list import Cell, Column
from tui_crm.ui.widgets.source_view import Key, PagedSource

if TYPE_CHECKING:
    from tui_crm.config import Choice, Settings
    from tui_crm.core.fields import Registry
    from tui_crm.core.rows import CustomerRow, Hit


class Neighbours(Protocol):
    """A list that a customer was opened from, to go on to the next and the previous one."""

    @property
    def count(self) -> int:
        """Number of customers."""

    def id_at(self, index: int) -> int | None:
        """The customer at a place."""

    def place_of(self, customer_id: int) -> int | None:
        """Where a customer is."""


# Widths in cells; the registry has the titles.
_SHAPES: dict[str, tuple[int, int, int, int]] = {  # least, weight, most, rank
    "name": (16, 4, 40, 0),
    "organization": (12, 3, 34, 3),
    "phone": (17, 1, 20, 1),
    "email": (14, 3, 34, 5),
    "city": (9, 1, 18, 4),
    "status": (11, 0, 12, 2),
    "last_contact": (8, 0, 11, 6),
}
_OTHER_SHAPE = (9, 1, 22, 7)

# Looks of the values that say how things stand; a word or a dot always stands beside the colour.
_STATUS_LOOKS = {
    "active": "good",
    "customer": "good",
    "prospect": "accent",
    "lead": "accent",
    "dormant": "warn",
    "lost": "muted",
}


def columns_for(names: Sequence[str], registry: Registry) -> tuple[Column, ...]:
    """List columns of these fields; names that no field has are left out."""
    columns = []
    for name in names:
        field = registry.of_column(name)
        if field is None:
            continue
        title = {"phone": _("Phone"), "email": _("E-mail")}.get(name, field.label)
        least, weight, most, rank = _SHAPES.get(name, _OTHER_SHAPE)
        columns.append(Column(name, title, least, weight, most, "left", rank))
    return tuple(columns)


@dataclass(frozen=True, slots=True)
class ListedCustomer:
    """A row of the list; `reason` is a match where the row has no field for it."""

    key: Key
    row: CustomerRow
    cells: tuple[Cell, ...]
    reason: str = ""
    matched: tuple[tuple[str, Cell], ...] = ()  # (field, its text) of every match
    words: int = 1

    def remark(self, shown: Collection[str]) -> Cell | None:
        """What matched where no column shows it: another number, address or tag, or the field of a
        column that is left out. With a match in a column for each word there is nothing to say.
        """
        if self.reason:
            return Cell(self.reason, ((0, len(self.reason)),))
        hidden = [cell for name, cell in self.matched if name not in shown]
        if not hidden:
            return None
        seen = (cell for name, cell in self.matched if name in shown)
        lit = {fold(cell.text[start:end]) for cell in seen for start, end in cell.spans}
        return hidden[0] if len(lit) < self.words else None


class RowMaker:
    """Makes list rows of customers: values as words, times as distances, matches lit.

    `words` is how many words a hit is found by.
    """

    def __init__(
        self, columns: Sequence[Column], settings: Settings, now: datetime, words: int = 1
    ) -> None:
        self._words = words
        self._columns = tuple(column.name for column in columns)
        self._now = now
        lists = settings.picklists
        self._labels: dict[str, dict[str, str]] = {
            "status": _labels(lists.statuses),
            "category": _labels(lists.categories),
            "source": _labels(lists.sources),
        }

    def of_hit(self, hit: Hit) -> ListedCustomer:
        """The row of a search hit."""
        spans: dict[str, list[tuple[int, int]]] = {}
        for name, start, end in hit.matches:
            spans.setdefault(name, []).append((start, end))
        cells = tuple(
            self._cell(name, hit.row, tuple(sorted(spans.get(name, ())))) for name in self._columns
        )
        matched = tuple(
            (name, self._cell(name, hit.row, tuple(sorted(found)))) for name, found in spans.items()
        )
        return ListedCustomer(hit.row.id, hit.row, cells, hit.reason, matched, self._words)

    def of_row(self, row: CustomerRow) -> ListedCustomer:
        """The row of a customer."""
        cells = tuple(self._cell(name, row, ()) for name in self._columns)
        return ListedCustomer(row.id, row, cells)

    def gone(self, customer_id: int) -> ListedCustomer:
        """The row of a customer that was deleted since the list was made."""
        from tui_crm.core.rows import CustomerRow

        row = CustomerRow(customer_id, "", "person", _("(deleted meanwhile)"))
        cells = tuple(
            Cell(row.name, style="muted") if name == "name" else Cell("") for name in self._columns
        )
        return ListedCustomer(customer_id, row, cells)

    def _cell(self, name: str, row: CustomerRow, spans: tuple[tuple[int, int], ...]) -> Cell:
        if name in {"last_contact", "created_at"}:
            at = getattr(row, name)
            return Cell(ago(at, self._now) if at else "–", style="muted")
        if name == "status":
            label = self._labels["status"].get(row.status, row.status)
            return Cell(f"● {label}" if label else "", style=_STATUS_LOOKS.get(row.status, ""))
        if name == "name":
            return Cell(row.name, spans, "strong")
        value = getattr(row, name, "")
        if isinstance(value, tuple):
            return Cell(", ".join(value), spans)
        text = self._labels.get(name, {}).get(str(value), str(value))
        return Cell(text, spans)


def _labels(choices: Sequence[Choice]) -> dict[str, str]:
    return {choice.value: choice.label for choice in choices}


class CustomerSource:
    """The rows of a query: hits that are at hand, then every other match by its id."""

    def __init__(
        self, hits: Sequence[Hit] = (), make: Callable[[Hit], ListedCustomer] | None = None
    ) -> None:
        self._hits = tuple(hits)
        self._make = make
        self._made: list[ListedCustomer | None] = [None] * len(self._hits)
        self._places: dict[Key, int] = {hit.row.id: n for n, hit in enumerate(self._hits)}
        self._tail: PagedSource[ListedCustomer] | None = None
        self._tail_ids: array[int] = array("q")

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self._hits) + len(self._tail_ids)

    def add_rest(
        self,
        rest: array[int],
        fetch: Callable[[Sequence[int]], Awaitable[Sequence[ListedCustomer]]],
        changed: Callable[[int, int], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Put the customers of `rest`, none of them among the first hits, behind these."""
        offset = len(self._hits)

        async def page(first: int, limit: int) -> Sequence[ListedCustomer]:
            return await fetch(rest[first : first + limit])

        self._tail_ids = rest
        self._tail = PagedSource(
            len(rest), page, lambda a, b: changed(a + offset, b + offset), failed
        )

    def joined(self, more: Sequence[Hit]) -> CustomerSource:
        """The first hits with more of them behind."""
        longer = CustomerSource((*self._hits, *more), self._make)
        longer._made[: len(self._made)] = self._made
        return longer

    def row(self, index: int) -> ListedCustomer | None:
        """The row at `index`, if it is here; that of a hit is made when it is looked at first."""
        if index >= len(self._hits):
            return self._tail.row(index - len(self._hits)) if self._tail else None
        if index < 0 or self._make is None:
            return None
        made = self._made[index]
        if made is None:
            made = self._made[index] = self._make(self._hits[index])
        return made

    def need(self, first: int, last: int) -> None:
        """Fetch what is missing of these rows."""
        offset = len(self._hits)
        if self._tail and last > offset:
            self._tail.need(max(0, first - offset), last - offset)

    @property
    def first(self) -> Hit | None:
        """The first hit, if there is one."""
        return self._hits[0] if self._hits else None

    @property
    def head_ids(self) -> frozenset[int]:
        """The customers whose rows came first."""
        return frozenset(hit.row.id for hit in self._hits)

    def index_of(self, key: Key) -> int | None:
        """Where a customer is in the list, its row loaded or not."""
        return self.place_of(int(key))

    def at_hand(self, ids: Collection[int]) -> list[int]:
        """Those of these customers whose rows are loaded."""
        here = [int(key) for key in self._places if key in ids]
        if self._tail is not None:
            here += [int(row.key) for row in self._tail.loaded() if row.key in ids]
        return list(dict.fromkeys(here))

    def id_at(self, index: int) -> int | None:
        """The customer at `index`, whether its row is loaded or not."""
        if not 0 <= index < self.count:
            return None
        if index < len(self._hits):
            return self._hits[index].row.id
        return self._tail_ids[index - len(self._hits)]

    def place_of(self, customer_id: int) -> int | None:
        """Where a customer is in the list; looks through all ids."""
        place = self._places.get(customer_id)
        if place is not None:
            return place
        try:
            return self._tail_ids.index(customer_id) + len(self._hits)
        except ValueError:
            return None

    def holds(self, ids: Iterable[int]) -> bool:
        """Whether all these customers, who are few, are in the list."""
        unknown = set(ids).difference(self._places)
        return not unknown or unknown.issubset(self._tail_ids)

    def ids(self) -> list[int]:
        """Every customer of the list, in its order."""
        return [hit.row.id for hit in self._hits] + self._tail_ids.tolist()

    def replace(self, fresh: Sequence[ListedCustomer]) -> list[int]:
        """Put new rows in the place of old ones at hand; the places that changed."""
        changed = []
        for row in fresh:
            place = self._places.get(row.key)
            if place is not None:
                old = self.row(place)
                # The marks of a match stay; only their text may have changed below them.
                if old is None or old.row != row.row or _texts(old) != _texts(row):
                    self._made[place] = row
            elif self._tail is not None and (behind := self._tail.replace(row)) is not None:
                place = behind + len(self._hits)
            if place is not None:
                changed.append(place)
        return changed


def _texts(row: ListedCustomer) -> list[str]:
    return [cell.text for cell in row.cells]
