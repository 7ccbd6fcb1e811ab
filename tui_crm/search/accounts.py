"""How account numbers are made, so that their figures alone find them: 4711 for K-0004711."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from tui_crm.store import Database

_SAMPLE = 300  # oldest customers that are looked at, and newest ones
_MOST = 8  # shapes that are tried
_KNOWN_FOR = 300.0  # seconds
_NUMBER = re.compile(r"(\D{1,12})(\d+)")
_SQL = "SELECT account_no FROM (SELECT account_no FROM customer ORDER BY id {} LIMIT ?) s"


class _Known(NamedTuple):
    until: float  # by the monotonic clock
    shapes: tuple[tuple[str, int], ...]  # what stands before the figures, how many they are


_lock = threading.Lock()
_known: WeakKeyDictionary[Database, _Known] = WeakKeyDictionary()


def with_figures(db: Database, figures: str) -> list[str]:
    """Account numbers that are `figures`, with or without zeros before them, behind what usually
    stands there ("C", "K-").
    """
    found: dict[str, None] = {}
    for start, size in _shapes(db):
        found[start + figures] = None
        found[start + figures.zfill(size)] = None
    return list(found)


def _shapes(db: Database) -> tuple[tuple[str, int], ...]:
    with _lock:
        known = _known.get(db)
    if known is None or known.until < time.monotonic():
        rows = [row for way in ("ASC", "DESC") for row in db.rows(_SQL.format(way), (_SAMPLE,))]
        matches = (_NUMBER.fullmatch(row[0]) for row in rows)
        found = Counter((match[1], len(match[2])) for match in matches if match)
        usual = tuple(shape for shape, _count in found.most_common(_MOST))
        known = _Known(time.monotonic() + _KNOWN_FOR, usual)
        with _lock:
            _known[db] = known
    return known.shapes
