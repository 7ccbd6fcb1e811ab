"""The steps of a plan, which wait in temporary files until they are applied.

A table of any length takes little memory, and what is applied is what was counted.
"""

from __future__ import annotations

import marshal
import tempfile
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import IO, Any, Generic, TypeVar, overload

from tui_crm.core.changes.model import Checked, Create, Edit, Step, Update
from tui_crm.core.rows import Entity, Point, Value

_CHUNK = 1000


class Steps(Sequence[Step]):
    """The steps of a plan in temporary files: first all edits, then all new customers, then what
    happened with them and what is to be done.

    Steps of one kind stand together because the write door does such runs in few statements.
    """

    def __init__(self) -> None:
        self._edits = _Spool(_update_row, _update)
        self._creates = _Spool(_newcomer_row, _newcomer)
        self._said = _Spool(_activity_row, _activity)
        self._due = _Spool(_activity_row, _activity)

    @property
    def _spools(self) -> tuple[_Spool[Any], ...]:
        return (self._edits, self._creates, self._said, self._due)

    def add(self, step: Create | Update) -> None:
        """Put a step behind those of its kind."""
        if isinstance(step, Update):
            self._edits.add(step)
        elif isinstance(step, Checked):
            self._creates.add(step)
        elif step.entity == "task":
            self._due.add(step)
        else:
            self._said.add(step)

    def place(self, index: int) -> int:
        """The place of the row that a step comes from."""
        for spool in self._spools[:-1]:
            if index < len(spool.places):
                return spool.places[index]
            index -= len(spool.places)
        return self._due.places[index]

    def __len__(self) -> int:
        return sum(len(spool.places) for spool in self._spools)

    def __iter__(self) -> Iterator[Step]:
        for spool in self._spools:
            yield from spool

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | Sequence[Step]:
        if isinstance(index, slice):
            return list(islice(self, *index.indices(len(self))))
        return next(islice(self, range(len(self))[index], None))

    def close(self) -> None:
        """Delete the files."""
        for spool in self._spools:
            spool.close()


_S = TypeVar("_S", Checked, Create, Update)


class _Spool(Generic[_S]):
    """Steps of one kind in a file that only this process can see, in chunks of plain rows."""

    def __init__(self, row: Callable[[_S], tuple[Any, ...]], step: Callable[..., _S]) -> None:
        self.places: array[int] = array("q")
        self._row: Callable[[_S], tuple[Any, ...]] = row
        self._step: Callable[..., _S] = step
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the plan
        self._waiting: list[tuple[Any, ...]] = []

    def add(self, step: _S) -> None:
        self.places.append(step.place)
        self._waiting.append(self._row(step))
        if len(self._waiting) == _CHUNK:
            self._flush()

    def __iter__(self) -> Iterator[_S]:
        self._flush()
        self._file.seek(0)
        seen = 0
        while seen < len(self.places):
            chunk = marshal.load(self._file)
            place = self._file.tell()
            for row in chunk:
                yield self._step(*row)
            self._file.seek(place)
            seen += len(chunk)

    def _flush(self) -> None:
        if self._waiting:
            self._file.seek(0, 2)
            marshal.dump(self._waiting, self._file)
            self._waiting = []

    def close(self) -> None:
        self._file.close()


def _newcomer_row(step: Checked) -> tuple[Any, ...]:
    return step.values, step.points, step.place


def _newcomer(values: Mapping[str, Value], points: tuple[Point, ...], place: int) -> Checked:
    return Checked(values, place=place, points=points)


def _update_row(step: Update) -> tuple[Any, ...]:
    edit = step.edit
    return step.id, dict(edit.set), dict(edit.add), dict(edit.seen or {}), step.place


def _update(
    id_: int,
    set_: Mapping[str, Value],
    add: Mapping[str, tuple[str, ...]],
    seen: Mapping[str, Value],
    place: int,
) -> Update:
    return Update(id_, Edit(set=set_, add=add, seen=seen), place=place)


def _activity_row(step: Create) -> tuple[Any, ...]:
    return dict(step.values), step.entity, step.customer_id, step.place, step.of


def _activity(
    values: Mapping[str, Value], entity: Entity, customer_id: int | None, place: int, of: int
) -> Create:
    return Create(values, entity, customer_id, place, of)
