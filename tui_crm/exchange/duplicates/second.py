"""The second processor: a process of its own that works for a large sweep.

It makes the tables of the customers while this process reads them. Then another one judges pairs
beside this process, which gives it some thousand at a time: it looks at the same tables, without
the room that making them took. They know nothing of the database.
"""

from __future__ import annotations

import marshal
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import fields
from operator import attrgetter
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Literal

from tui_crm.errors import CrmError
from tui_crm.exchange.duplicates import read, shared
from tui_crm.exchange.duplicates.profile import Profile
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tui_crm.exchange.duplicates.model import Learned
    from tui_crm.exchange.duplicates.table import Places, Table

    Strong = tuple[Places, Places, npt.NDArray[np.float64]]

_values = attrgetter(*(field.name for field in fields(Profile)))

WORTH_A_PROCESS = 50_000
"""Customers from which on the processes, which start in half a second each, are quicker."""


@contextmanager
def working(custom: Sequence[str]) -> Iterator[Second]:
    """Other processes, which end with the block; `custom` names the custom fields."""
    try:
        with TemporaryFile() as file, closing(Second(custom, file)) as second:
            yield second
    except (BrokenPipeError, EOFError) as error:
        raise CrmError(
            _("The process that looks for duplicates beside this one ended."),
            _("Look for free memory, or look for them among fewer customers."),
        ) from error


class Second:
    """What the other process does. Raises `EOFError` or `BrokenPipeError` when that has ended."""

    def __init__(self, custom: Sequence[str], file: IO[bytes]) -> None:
        """`file` is empty, and holds the tables from then on."""
        self._custom, self._file = list(custom), file
        self._start("make")

    def tables(self, batches: Iterable[read.Batch]) -> list[Table]:
        """The tables of these customers, organisations first."""
        self._tell(self._custom)
        for number, batch in enumerate(batches):
            # Reading is half as much work as the rest: half of the profiles are made here.
            profiles = read.profiles(batch, self._custom) if number % 2 else ()
            made = list(map(_values, profiles))
            marshal.dump((None, made) if made else (batch, made), self._target)
        marshal.dump(None, self._target)
        self._target.flush()
        tables: shared.Shared = pickle.load(self._source)
        self.close()
        self._start("judge")
        self._tell((self._custom, tables))
        made_there: list[Table] = shared.take(tables, self._file)
        return made_there

    def learn(self, kind: int, learned: Learned) -> None:
        """Let it judge the pairs of the table of that number by what was learned from it."""
        self._tell((kind, learned))

    def strong(self, a: Places, b: Places, least: float) -> Strong:
        """The pairs that come to `least` bits, and the bits."""
        self._tell((a, b, least))
        found: Strong = pickle.load(self._source)
        return found

    def close(self) -> None:
        """End the process that works now, if it has not ended yet."""
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):
            self._target.close()
        self._source.close()

    def _start(self, work: Literal["make", "judge"]) -> None:
        # Not multiprocessing: it would run the program's main module anew.
        file = self._file.fileno()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, work, str(file)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(file,),
        )  # fmt: skip
        source, target = self._process.stdout, self._process.stdin
        assert source is not None and target is not None
        self._source, self._target = source, target

    def _tell(self, what: object) -> None:
        pickle.dump(what, self._target, pickle.HIGHEST_PROTOCOL)
        self._target.flush()


def _make(source: IO[bytes], target: IO[bytes], file: IO[bytes]) -> None:
    """Make the tables of the customers who come, write them into the file, and tell where."""
    from tui_crm.exchange.duplicates.table import tables

    custom = pickle.load(source)
    made = tables(_received(source, custom), len(custom))
    for table in made:
        table.prepare()
    pickle.dump(shared.put(made, file), target, pickle.HIGHEST_PROTOCOL)
    target.flush()


def _received(source: IO[bytes], custom: Sequence[str]) -> Iterator[Profile]:
    while (message := marshal.load(source)) is not None:
        batch, made = message
        yield from read.profiles(batch, custom) if batch else (Profile(*values) for values in made)


def _judge(source: IO[bytes], target: IO[bytes], file: IO[bytes]) -> None:
    """Judge the pairs that come, as what was learned says, until there are no more."""
    from tui_crm.exchange.duplicates.scan import Scan

    custom, tables = pickle.load(source)
    scans = [Scan(table, custom) for table in shared.take(tables, file)]
    for scan in scans:
        scan.prepare()
    scan = scans[0]
    while True:
        asked = pickle.load(source)
        if len(asked) == 2:
            scan = scans[asked[0]]
            scan.model.adopt(asked[1])
            continue
        pickle.dump(scan.strong(*asked), target, pickle.HIGHEST_PROTOCOL)
        target.flush()


def _serve(work: str, file: int) -> None:
    """Do the work of one process of `Second`."""
    from tui_crm.core.collector import without_collector

    serve = {"make": _make, "judge": _judge}[work]
    with without_collector(), os.fdopen(file, "r+b") as held, suppress(EOFError, BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer, held)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
