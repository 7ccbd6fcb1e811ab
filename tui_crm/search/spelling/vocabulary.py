"""All words that customers are found by, and which of them are nearly what was typed.

The words that may be near are sorted out by length and letters (`letters`), a few hundred out of
three hundred thousand, and measured. Chinese names stand among them in pinyin.

A session loads the words when it first needs them and reads the new ones of others on the way.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tui_crm.search.spelling.letters import MOST_EDITS, SameLength, by_length

if TYPE_CHECKING:
    from tui_crm.store import Database

_SOON_SORTED = 2000  # new words that are held unsorted
_LOOKED_BACK = 200  # ids: words of a transaction that was slower than a later one


class Vocabulary:
    """Folded words, sorted. Reading it from several threads is safe while one adds to it."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._sorted = sorted(set(words))
        self._tables: tuple[list[str], dict[int, SameLength]] = ([], {})
        self._new: list[str] = []
        self._blob = ""

    def __len__(self) -> int:
        return len(self._sorted) + len(self._new)

    def __contains__(self, word: str) -> bool:
        return self._at(word) == word or word in self._new

    def add(self, words: Iterable[str]) -> None:
        """Take up the words that are not there yet."""
        new = [word for word in dict.fromkeys(words) if word not in self]
        if len(self._new) + len(new) > _SOON_SORTED:
            self._sorted = sorted(chain(self._sorted, self._new, new))
            self._new, self._blob = [], ""
        elif new:
            self._new = self._new + new

    def near(self, word: str, edits: int) -> dict[str, int]:
        """The words that up to `edits` (1 or 2) edits make of `word`, itself aside, each with
        the number of edits; a transposition of neighbours is one.
        """
        tables = self._by_length()
        alike = list(self._new)
        for length in range(len(word) - edits, len(word) + edits + 1):
            if length in tables:
                alike += tables[length].alike(word, edits)
        found = _measured(word, alike, edits)
        found.pop(word, None)
        return found

    def beginnings(self, word: str, edits: int) -> dict[str, int]:
        """What up to `edits` edits make of `word` and some word begins with, each with the number
        of edits; not `word` itself, nor what only goes on where a nearer beginning ends.
        """
        alike = list(self._new)
        for length, table in self._by_length().items():
            if length >= len(word) - edits:
                alike += table.begun_alike(word, edits)
        lengths = range(max(1, len(word) - edits), len(word) + edits + 1)
        found = _measured(word, {other[:n] for other in alike for n in lengths}, edits)
        return {
            start: distance
            for start, distance in found.items()
            if distance and not _goes_on(start, distance, found)
        }

    def begins(self, start: str) -> bool:
        """Whether some word begins so."""
        return self._at(start).startswith(start) or self._begins_new(start)

    def holding(self, part: str, most: int) -> list[str]:
        """Up to `most` words inside of which `part` stands, not at their beginning."""
        if not self._blob:
            self._blob = f" {' '.join(self._sorted)} "
        found: list[str] = []
        blob, at = self._blob, self._blob.find(part)
        while at >= 0 and len(found) < most:
            end = blob.index(" ", at)
            start = blob.rindex(" ", 0, at + 1) + 1
            if start < at:
                found.append(blob[start:end])
            at = blob.find(part, end)
        found += [word for word in self._new if word.find(part) > 0]
        return found[:most]

    def _at(self, word: str) -> str:
        place = bisect_left(self._sorted, word)
        return self._sorted[place] if place < len(self._sorted) else ""

    def _begins_new(self, start: str) -> bool:
        return any(word.startswith(start) for word in self._new)

    def _by_length(self) -> dict[int, SameLength]:
        words, tables = self._tables
        if words is not self._sorted:
            words = self._sorted
            tables = by_length(words)
            self._tables = words, tables
        return tables


def _measured(word: str, others: Iterable[str], edits: int) -> dict[str, int]:
    """Those of `others` that are at most so many edits away, with their edits."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    found = process.extract(word, list(others), scorer=OSA.distance, score_cutoff=edits, limit=None)
    return {other: int(distance) for other, distance, _place in found}


def _goes_on(start: str, distance: int, found: dict[str, int]) -> bool:
    """Whether a shorter beginning of `start` is no farther away."""
    return any(found.get(start[:n], MOST_EDITS + 1) <= distance for n in range(1, len(start)))


@dataclass(slots=True)
class _Known:
    words: Vocabulary
    last: int  # the highest id that was read
    latest: int  # how many of the words read have one of the last `_LOOKED_BACK` ids


_known: WeakKeyDictionary[Database, _Known] = WeakKeyDictionary()
_lock = threading.Lock()


def of(db: Database) -> Vocabulary:
    """The words of a database, those that others added meanwhile included.

    The first call reads all of them: half a second for 300 000.
    """
    with _lock:
        known = _known.get(db)
        if known is None:
            known = _known[db] = _Known(Vocabulary(), 0, 0)
        above = known.last - _LOOKED_BACK
        sql = "SELECT coalesce(max(id), ?), count(*) FROM search_word WHERE id > ?"
        if db.prepared(sql, (known.last, above)) != [(known.last, known.latest)]:
            rows = db.rows("SELECT word, id FROM search_word WHERE id > ? ORDER BY word", (above,))
            known.words.add(row[0] for row in rows)
            known.last = max((row[1] for row in rows), default=max(above, 0))
            known.latest = sum(row[1] > known.last - _LOOKED_BACK for row in rows)
        return known.words
