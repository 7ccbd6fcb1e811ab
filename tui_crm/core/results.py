"""Where very many records of a change landed, in little memory."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import overload

from tui_crm.core.rows import RecordResult


class Results(Sequence[RecordResult]):
    """Records that ended in one way, each with its reason, however many there are.

    Reasons that are alike are kept once, and names as one text: a million take some twenty
    megabytes.
    """

    def __init__(self) -> None:
        self._ids = array("q")
        self._names = bytearray()
        self._ends = array("q")  # where each name ends in `_names`
        self._ways = array("l")  # which of `_known` each ended in
        self._known: dict[tuple[str, str], int] = {}
        self._listed: list[tuple[str, str]] = []

    def add(self, result: RecordResult) -> None:
        """Keep one more."""
        way = (result.outcome, result.reason)
        place = self._known.setdefault(way, len(self._listed))
        if place == len(self._listed):
            self._listed.append(way)
        self._names += result.name.encode("utf-8", "surrogatepass")
        self._ids.append(result.id)
        self._ends.append(len(self._names))
        self._ways.append(place)

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> RecordResult: ...

    @overload
    def __getitem__(self, index: slice) -> list[RecordResult]: ...

    def __getitem__(self, index: int | slice) -> RecordResult | list[RecordResult]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(len(self))[index]  # raises the IndexError that ends an iteration
        begin = self._ends[place - 1] if place else 0
        name = self._names[begin : self._ends[place]].decode("utf-8", "surrogatepass")
        outcome, reason = self._listed[self._ways[place]]
        return RecordResult(self._ids[place], name, outcome, reason)  # type: ignore[arg-type]
