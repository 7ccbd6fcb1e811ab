"""The second processor: a process of its own that works for a large sweep.

It makes the tables of the customers while this process reads them, and then judges pairs beside
this process, which gives it some thousand at a time. It knows nothing of the database.
"""

from __future__ import annotations

import marshal
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from operator import attrgetter
from typing import IO, TYPE_CHECKING

from tui_crm.errors import CrmError
from tui_crm.exchange.duplicates import read
from tui_crm.exchange.duplicates.profile import Profile
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tui_crm.exchange.duplicates.model import Learned
    from tui_crm.exchange.duplicates.table import Places, Table

    Strong = tuple[Places, Places, npt.NDArray[np.float64]]

_values = attrgetter(*(field.name for field in fields(Profile)))

WORTH_A_PROCESS = 10
"""Batches of customers from which on the process, which starts in half a second, is quicker."""


@contextmanager
def working(custom: Sequence[str]) -> Iterator[Second]:
    """A second process, which ends with the block; `custom` names the custom fields."""
    # Not multiprocessing: it would run the program's main module anew.
    process = subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    source, target = process.stdout, process.stdin
    assert source is not None and target is not None
    try:
        yield Second(source, target, custom)
    except (BrokenPipeError, EOFError) as error:
        raise CrmError(
            _("The process that looks for duplicates beside this one ended."),
            _("Look for free memory, or look for them among fewer customers."),
        ) from error
    finally:
        process.kill()
        process.wait()
        with suppress(BrokenPipeError):
            target.close()
        source.close()


class Second:
    """What the other process does. Raises `EOFError` or `BrokenPipeError` when that has ended."""

    def __init__(self, source: IO[bytes], target: IO[bytes], custom: Sequence[str]) -> None:
        self._source, self._target, self._custom = source, target, list(custom)
        self._tell(self._custom)

    def tables(self, batches: Iterable[read.Batch]) -> list[Table]:
        """The tables of these customers, organisations first."""
        for number, batch in enumerate(batches):
            # Reading is half as much work as the rest: half of the profiles are made here.
            profiles = read.profiles(batch, self._custom) if number % 2 else ()
            made = list(map(_values, profiles))
            marshal.dump((None, made) if made else (batch, made), self._target)
        marshal.dump(None, self._target)
        self._target.flush()
        return [pickle.load(self._source) for _kind in range(2)]

    def learn(self, kind: int, learned: Learned) -> None:
        """Let it judge the pairs of the table of that number by what was learned from it."""
        self._tell((kind, learned))

    def strong(self, a: Places, b: Places, least: float) -> Strong:
        """The pairs that come to `least` bits, and the bits."""
        self._tell((a, b, least))
        found: Strong = pickle.load(self._source)
        return found

    def _tell(self, what: object) -> None:
        pickle.dump(what, self._target, pickle.HIGHEST_PROTOCOL)
        self._target.flush()


def _received(source: IO[bytes], custom: Sequence[str]) -> Iterator[Profile]:
    while (message := marshal.load(source)) is not None:
        batch, made = message
        yield from read.profiles(batch, custom) if batch else (Profile(*values) for values in made)


def _serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Do the work of `Second`, one thing after the other, until there is no more."""
    from tui_crm.core.collector import without_collector
    from tui_crm.exchange.duplicates.scan import Scan
    from tui_crm.exchange.duplicates.table import tables

    with without_collector():
        custom = pickle.load(source)
        made = tables(_received(source, custom), len(custom))
        for table in made:
            pickle.dump(table, target, pickle.HIGHEST_PROTOCOL)
        target.flush()
        scans = [Scan(table, custom) for table in made]
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


if __name__ == "__main__":
    with suppress(EOFError, BrokenPipeError):
        _serve(sys.stdin.buffer, sys.stdout.buffer)
