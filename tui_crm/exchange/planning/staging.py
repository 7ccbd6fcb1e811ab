"""What an import will do to each row, kept in temporary files until somebody looks at it.

The rows of each part (new, updated, ...) lie in a file of their own, in pieces that are read when a
screen shows them: what stays in memory is the place of each piece, and for rows with a problem
their numbers by kind of problem.
"""

from __future__ import annotations

import pickle
import tempfile
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import IO, Literal

from tui_crm.core.rows import Value
from tui_crm.exchange.reading.reader import Row
from tui_crm.text.i18n import sentences

Part = Literal["new", "updated", "unchanged", "refused"]
PARTS: tuple[Part, ...] = ("new", "updated", "unchanged", "refused")

Problem = Literal[
    "",
    "missing",
    "invalid",
    "value",
    "owner",
    "repeated",
    "known",
    "unmatched",
    "suspicious",
    "twice",
    "alike",
]
"""Why a row is not taken, or is taken with a doubt: a needed field is blank, a value cannot be
read, is not in its picklist or names nobody, the row is in the file twice, its customer is there
already, is not there, has the address of one that is there or in the file, or is likely a
duplicate of one."""

_PIECE = 64


@dataclass(frozen=True, slots=True)
class Change:
    """A field that gets another value; `old` is "" for a new customer."""

    field: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class Doubt:
    """One of the things that are wrong with a row."""

    problem: Problem
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Staged:
    """A row and what becomes of it: the customer's name, the values that are written, and what is
    wrong with it. `field` is the one that is wrong, if it is one; `reason` tells everything that
    is wrong, and `more` has what else it is. `customer` is the id of a known one.
    """

    row: Row
    name: str
    changes: tuple[Change, ...] = ()
    problem: Problem = ""
    field: str = ""
    reason: str = ""
    customer: int = 0
    more: tuple[Doubt, ...] = ()

    def seen_in(self, pile: Pile) -> Staged:
        """The same among the rows of a pile: what that is about comes first."""
        if (self.problem, self.field) == (pile.problem, pile.field):
            return self
        wanted = (pile.problem, pile.field)
        told = next((d.reason for d in self.more if (d.problem, d.field) == wanted), "")
        rest = self.reason.replace(told, "", 1).replace("  ", " ").rstrip()
        return replace(self, problem=pile.problem, field=pile.field, reason=sentences(told, rest))


@dataclass(frozen=True, slots=True)
class Pile:
    """The rows of one part that have the same problem in the same field."""

    part: Part
    problem: Problem
    field: str


class Stage:
    """The rows of a plan, by part and by problem. May be read from another thread."""

    def __init__(self) -> None:
        self._parts = {part: _Rows() for part in PARTS}
        self.piles: dict[Pile, array[int]] = {}

    def add(self, part: Part, staged: Staged) -> None:
        """Put a row behind those of its part."""
        rows = self._parts[part]
        if staged.problem:
            wrong: list[tuple[Problem, str]] = [(staged.problem, staged.field)]
            wrong += [(doubt.problem, doubt.field) for doubt in staged.more]
            for problem, name in dict.fromkeys(wrong):
                pile = Pile(part, problem, name)
                self.piles.setdefault(pile, array("q")).append(rows.count)
        rows.add(staged)

    def count(self, what: Part | Pile) -> int:
        """The number of rows of a part, or of a pile of it."""
        return len(self.piles.get(what, ())) if isinstance(what, Pile) else self._parts[what].count

    def page(self, what: Part | Pile, offset: int, limit: int) -> list[Staged]:
        """Rows of a part or a pile, in the order of the table."""
        if isinstance(what, Pile):
            found = self._parts[what.part].pick(self.piles[what][offset : offset + limit])
            return [staged.seen_in(what) for staged in found]
        rows = self._parts[what]
        return rows.pick(range(offset, min(offset + limit, rows.count)))

    def close(self) -> None:
        """Delete the files."""
        for rows in self._parts.values():
            rows.close()


class _Rows:
    """Rows in a file that only this process can see, in pieces."""

    def __init__(self) -> None:
        self.count = 0
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the stage
        self._places: array[int] = array("q")
        self._last: list[Staged] = []
        self._lock = Lock()

    def add(self, staged: Staged) -> None:
        with self._lock:
            self._last.append(staged)
            self.count += 1
            if len(self._last) == _PIECE:
                self._places.append(self._file.seek(0, 2))
                pickle.dump(self._last, self._file, protocol=pickle.HIGHEST_PROTOCOL)
                self._last = []

    def pick(self, numbers: Sequence[int]) -> list[Staged]:
        """The rows of these numbers, which are sorted."""
        found: list[Staged] = []
        at, piece = -1, self._last
        with self._lock:
            for number in numbers:
                if number // _PIECE != at:
                    at = number // _PIECE
                    piece = self._piece(at)
                found.append(piece[number % _PIECE])
        return found

    def _piece(self, number: int) -> list[Staged]:
        if number == len(self._places):
            return self._last
        self._file.seek(self._places[number])
        # Written by this process into a file without a name: safe to unpickle.
        piece: list[Staged] = pickle.load(self._file)
        return piece

    def close(self) -> None:
        with self._lock:
            self._file.close()
