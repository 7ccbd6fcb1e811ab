"""The hashes of thousands of documents at a time: those of `hashes.every`, made by arrays.

One document after the other takes three times as long, and most of what it takes to make an index
anew. Here all words of all documents stand in one array of bytes: first the checksums of all take
in their first characters, then their second ones. Imports numpy, a tenth of a second: for the
function that needs it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, count
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_crm.search.engine import Stored
from tui_crm.search.postgres import hashes
from tui_crm.search.postgres.hashes import BEHIND_AT, ENDINGS, PIECES, PREFIXES
from tui_crm.search.tokens import WINDOW, is_key, key_tokens
from tui_crm.store import binary

Numbers = npt.NDArray[np.int64]
Checksums = npt.NDArray[np.uint32]

_MOST = 1 + len(PREFIXES) + len(BEHIND_AT)  # hashes of a token
_HASH, _SIGN = (1 << 32) - 1, 1 << 31
_NOWHERE = -100  # the place of a character that is not there
_BEGIN = np.uint32(_HASH)  # a checksum of nothing


def _table() -> Checksums:
    """What a byte does to a checksum of zlib's kind."""
    found = np.arange(256, dtype=np.uint32)
    for _bit in range(8):
        found = np.where(found & 1, found >> 1 ^ np.uint32(0xEDB88320), found >> 1)
    return found


_TABLE = _table()


def of_documents(stored: Sequence[Stored]) -> tuple[list[bytes], list[str]]:
    """The hashes of each document as `binary.elements`, ascending and each once, so that a server
    that builds an index of them has nothing to sort; and the different items of all their words.
    """
    if not stored:
        return [], []
    documents = np.arange(len(stored))
    blocks = np.array([hashes.blocks(item.id) for item in stored], np.int64)
    pairs = [_pairs(documents, block) for block in blocks.T]
    items, words = _of_words(stored)
    pairs += words + _of_numbers(stored)
    found = np.sort(np.concatenate(pairs))
    found = found[np.concatenate(([True], found[1:] != found[:-1]))]
    ends = np.cumsum(np.bincount(found >> 32, minlength=len(stored))) * binary.SIZE_OF_ELEMENT
    packed = binary.many_elements(found & _HASH ^ _SIGN)
    return [packed[first:end] for first, end in zip([0, *ends[:-1]], ends, strict=True)], items


def _pairs(documents: Numbers, values: Numbers) -> Numbers:
    """Documents and hashes as single numbers, in whose order the hashes of a document ascend as
    the signed ones that they are taken for.
    """
    return documents << 32 | values ^ _SIGN


def _of_words(stored: Sequence[Stored]) -> tuple[list[str], list[Numbers]]:
    """The different items of all words; and the hashes of the words, of those of names once more
    behind a "~", and of owners and teams.
    """
    words, documents = _gathered([item.document.words.split() for item in stored])
    items, places = _numbered(words)
    found = _spread(documents, places, [item[2:] for item in items])
    of_name = np.array([item[0] in "nN" for item in items], bool)
    some = of_name[places]
    places = (np.cumsum(of_name) - 1)[places[some]]
    found += _spread(documents[some], places, [item[1:] for item in items if item[0] in "nN"])
    keys, documents = _gathered(
        [key_tokens(item.document.owner_id, item.document.team_id) for item in stored]
    )
    distinct, places = _numbered(keys)
    return items, found + _spread(documents, places, distinct)


def _gathered(of_each: Sequence[Sequence[str]]) -> tuple[list[str], Numbers]:
    """What each document has, in one list, and whose each is."""
    counts = np.fromiter(map(len, of_each), np.int64, len(of_each))
    return list(chain.from_iterable(of_each)), np.repeat(np.arange(len(of_each)), counts)


def _numbered(texts: Sequence[str]) -> tuple[list[str], Numbers]:
    """The different ones of some texts, and for each text at which place of these it is."""
    place: defaultdict[str, int] = defaultdict(count().__next__)
    places = np.fromiter(map(place.__getitem__, texts), np.int64, len(texts))
    return list(place), places


def _spread(documents: Numbers, places: Numbers, tokens: Sequence[str]) -> list[Numbers]:
    """The hashes of documents, each of which has the token at a place."""
    table = _Table(tokens)
    counts = table.counts[places]
    found = []
    for slot, values in enumerate(table.values):
        having = counts > slot
        found.append(_pairs(documents[having], values[places[having]]))
    return found


class _Table:
    """The hashes of tokens: in `values`, some of its rows for each, of which it has `counts`."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.values = np.zeros((_MOST, len(tokens)), np.int64)
        self.counts = np.zeros(len(tokens), np.int64)
        plain = [at for at, token in enumerate(tokens) if token.isascii() and not is_key(token)]
        self._fill(np.array(plain, np.int64), [tokens[at] for at in plain])
        for at in np.flatnonzero(self.counts == 0).tolist():
            # Characters of several bytes are as good as always those of words that are seen often.
            found = binary.numbers(hashes.of_token(tokens[at]))
            self.values[: len(found), at] = found
            self.counts[at] = len(found)
        self.values &= _HASH

    def _put(self, places: Numbers, checksums: Checksums) -> None:
        self.values[self.counts[places], places] = checksums ^ _BEGIN
        self.counts[places] += 1

    def _fill(self, places: Numbers, tokens: Sequence[str]) -> None:
        """Put in the hashes of tokens of ASCII characters, which stand at `places`."""
        if not tokens:
            return
        raw = np.frombuffer(("\0".join(tokens) + "\0").encode(), np.uint8)
        ends = np.flatnonzero(raw == 0)
        starts = np.concatenate(([0], ends[:-1] + 1))
        sizes = ends - starts
        # A prefix counts from behind a "~".
        skipped = (raw[starts] == ord("~")).astype(np.int64)
        behind = np.full(len(tokens), _NOWHERE)
        signs = np.flatnonzero(raw == ord("@"))[::-1]  # the first one of a token wins
        of = np.searchsorted(ends, signs)
        behind[of] = signs - starts[of]
        checksums = np.full(len(tokens), _BEGIN)
        left = np.arange(len(tokens))
        for size in range(1, int(sizes.max()) + 1):
            left = left[sizes[left] >= size]
            now = _with(checksums[left], raw[starts[left] + size - 1])
            checksums[left] = now
            starred = np.isin(size - skipped[left], PREFIXES)
            starred |= np.isin(size - behind[left], BEHIND_AT)
            some = np.flatnonzero(starred)
            self._put(places[left[some]], _with(now[some], np.uint8(ord("*"))))
        self._put(places, checksums)


def _with(checksums: Checksums, byte: Any) -> Checksums:
    """The checksums with one byte more each."""
    found: Checksums = _TABLE[(checksums ^ byte) & 0xFF] ^ checksums >> np.uint32(8)
    return found


def _of_numbers(stored: Sequence[Stored]) -> list[Numbers]:
    """The hashes of the pieces and endings of all telephone numbers."""
    numbers, documents = _gathered([item.document.digits.split() for item in stored])
    sizes = np.fromiter(map(len, numbers), np.int64, len(numbers))
    documents = np.repeat(documents, sizes)
    # Of each digit: how many of its number are left, itself included.
    left = np.repeat(np.cumsum(sizes), sizes) - np.arange(sizes.sum())
    digits = np.frombuffer("".join(numbers).encode(), np.uint8).astype(np.int64) - ord("0")
    ahead = np.concatenate((digits, np.zeros(WINDOW, np.int64)))
    found = []
    value = np.zeros(len(digits), np.int64)
    for size in range(1, WINDOW + 1):
        value = value * 10 + ahead[size - 1 : size - 1 + len(digits)]
        for held, some in ((PIECES, left >= size), (ENDINGS, left == size)):
            if size in held:
                found.append(_pairs(documents[some], held[size] + value[some]))
    return found
