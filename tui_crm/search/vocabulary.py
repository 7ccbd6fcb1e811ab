"""All words that customers are found by, and which of them are nearly what was typed.

Words that one edit leads to are worked out from what was typed, some hundred of them, and looked up
in the sorted list. For two edits they would be a hundred thousand: instead words that share too few
letters with it are sorted out first. For every letter a whole number of as many bits as there are
words of one length says which of them have it, so that a few operations on such numbers count, for
all words at once, the letters that are missing or too many; what is left, a few hundred, is
measured. Sixty thousand words of one length take some 40 microseconds that way.

A session loads the words when it first needs them and reads the new ones of others on the way.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from tui_crm.store import Database

MOST_EDITS = 2
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CLASSES = 32  # into which letters of any script fall; a to z fall into one each
_SOON_SORTED = 2000  # new words that are held unsorted
_LOOKED_BACK = 200  # ids: words of a transaction that was slower than a later one
_SOME_BYTE = re.compile(b"[^\0]")


class Vocabulary:
    """Folded words, sorted. Reading it from several threads is safe while one adds to it."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._sorted = sorted(set(words))
        self._lengths: dict[int, _SameLength] = {}
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
            self._lengths, self._new, self._blob = {}, [], ""
        elif new:
            self._new = self._new + new

    def near(self, word: str, edits: int) -> dict[str, int]:
        """The words that up to `edits` (1 or 2) edits make of `word`, itself aside, each with
        the number of edits; a transposition of neighbours is one.
        """
        found = {form: 1 for form in _edited(word) if self._at(form) == form}
        found.update(self._measured(self._new, word, 1))
        if edits > 1:
            found.update(self._measured(self._alike(word), word, edits))
        found.pop(word, None)
        return found

    def beginnings(self, word: str) -> list[str]:
        """What one edit makes of `word` and some word begins with."""
        return [
            form
            for form in _edited(word)
            if form != word and (self._at(form).startswith(form) or self._begins_new(form))
        ]

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

    def _alike(self, word: str) -> Iterator[str]:
        for length in range(len(word) - MOST_EDITS, len(word) + MOST_EDITS + 1):
            if length not in self._lengths:
                same = [other for other in self._sorted if len(other) == length]
                self._lengths[length] = _SameLength(same)
            yield from self._lengths[length].alike(word)
        yield from self._new

    @staticmethod
    def _measured(words: Iterable[str], word: str, edits: int) -> Iterator[tuple[str, int]]:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        found = process.extract(
            word, list(words), scorer=OSA.distance, score_cutoff=edits, limit=None
        )
        return ((other, int(distance)) for other, distance, _place in found)


@dataclass(slots=False)
class _SameLength:
    """The words of one length; the bit of a word is that of its place, the first word highest."""

    words: list[str]

    @cached_property
    def letters(self) -> list[int]:
        """For each class of letters the words that have one of it."""
        columns = [0] * _CLASSES
        sets = [frozenset(ord(letter) % _CLASSES for letter in word) for word in self.words]
        for letter in range(_CLASSES):
            bits = "".join(["1" if letter in one else "0" for one in sets])
            columns[letter] = int(bits, 2) if bits else 0
        return columns

    def alike(self, word: str) -> Iterator[str]:
        """The words that miss at most two letters of `word` and have at most two others."""
        count = len(self.words)
        everyone = (1 << count) - 1
        own = {ord(letter) % _CLASSES for letter in word}
        missing = _at_most_two((everyone ^ self.letters[letter] for letter in own), everyone)
        other = (self.letters[letter] for letter in range(_CLASSES) if letter not in own)
        left = missing & _at_most_two(other, everyone)
        size = (count + 7) // 8
        unused = 8 * size - count
        for match in _SOME_BYTE.finditer((left << unused).to_bytes(size, "big")):
            byte, place = match[0][0], 8 * match.start()
            for bit in range(8):
                if byte & (128 >> bit):
                    yield self.words[place + bit]


def _at_most_two(columns: Iterable[int], everyone: int) -> int:
    """The bits that are set in at most two of `columns`: counted in two binary digits."""
    ones = twos = over = 0
    for column in columns:
        carry = ones & column
        ones ^= column
        over |= twos & carry
        twos ^= carry
    return everyone & ~(over | (ones & twos))


def _edited(word: str) -> set[str]:
    """Everything that one edit makes of a word."""
    letters = _LETTERS if word.isascii() else "".join(_kin(word))
    pairs = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {before + after[1:] for before, after in pairs if after}
    found |= {before + after[1] + after[0] + after[2:] for before, after in pairs if len(after) > 1}
    for letter in letters:
        found |= {before + letter + after for before, after in pairs}
        found |= {before + letter + after[1:] for before, after in pairs if after}
    return found


def _kin(word: str) -> list[str]:
    """The small letters of the alphabets of a word: of its blocks of 64 characters."""
    blocks = {ord(letter) & ~63 for letter in word}
    return [
        c for block in sorted(blocks) for c in map(chr, range(block, block + 64)) if c.islower()
    ]


@dataclass(slots=True)
class _Known:
    words: Vocabulary
    last: int  # the highest id that was read


_known: WeakKeyDictionary[Database, _Known] = WeakKeyDictionary()
_lock = threading.Lock()


def of(db: Database) -> Vocabulary:
    """The words of a database, those that others added meanwhile included.

    The first call reads all of them: a fifth of a second for 300 000.
    """
    with _lock:
        known = _known.get(db)
        above = known.last - _LOOKED_BACK if known else 0
        rows = db.rows("SELECT word, id FROM search_word WHERE id > ?", (above,))
        last = max((row[1] for row in rows), default=above)
        if known is None:
            known = _known[db] = _Known(Vocabulary(row[0] for row in rows), last)
        else:
            known.words.add(row[0] for row in rows)
            known.last = max(known.last, last)
        return known.words
