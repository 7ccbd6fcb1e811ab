"""Sets of ids in little memory: a million customers in a megabyte, where a `set` takes sixty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress

_BITS = 10
_PAGE = 1 << _BITS  # ids that are kept together: one byte each, if any of them is in the set


class IdSet:
    """A set of ids, which are given in their order; meant for many that lie near each other."""

    __slots__ = ("_pages",)

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._pages: dict[int, bytearray] = {}
        self.update(ids)

    def add(self, id_: int) -> None:
        """Put one id in."""
        self.update((id_,))

    def update(self, ids: Iterable[int]) -> None:
        """Put ids in."""
        pages = self._pages
        for id_ in ids:
            page = pages.get(id_ >> _BITS)
            if page is None:
                page = pages[id_ >> _BITS] = bytearray(_PAGE)
            page[id_ & (_PAGE - 1)] = 1

    def __contains__(self, id_: object) -> bool:
        if not isinstance(id_, int):
            return False
        page = self._pages.get(id_ >> _BITS)
        return page is not None and page[id_ & (_PAGE - 1)] == 1

    def __iter__(self) -> Iterator[int]:
        for number in sorted(self._pages):
            first = number << _BITS
            yield from compress(range(first, first + _PAGE), self._pages[number])

    def __reversed__(self) -> Iterator[int]:
        for number in sorted(self._pages, reverse=True):
            last = (number << _BITS) + _PAGE - 1
            yield from compress(range(last, last - _PAGE, -1), reversed(self._pages[number]))

    def __len__(self) -> int:
        return sum(page.count(1) for page in self._pages.values())

    def __bool__(self) -> bool:
        return bool(self._pages)
