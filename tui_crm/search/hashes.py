"""What the index on PostgreSQL holds of a document: 32-bit hashes.

There is one for each word and for its beginnings, for the pieces and endings of telephone numbers,
and one for the block of ids that the document is in. A word's may stand for another word too: who
asks by hashes looks at the text of what is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from zlib import crc32

from tui_crm.search.engine import Stored
from tui_crm.search.needs import Level, Need
from tui_crm.search.tokens import (
    ADDRESS,
    LONGEST_TOKEN,
    SHORTEST_PIECE,
    WINDOW,
    index_tokens,
    is_key,
)
from tui_crm.text.fold import words

BLOCK_BITS = 14
"""A block is so many bits of ids: 16 384 documents, in the order of recency."""
FIRST_BLOCK = 1 << 30
"""The hash of block 0; they count up from here."""

# The digit before those of a piece of a number makes the number that stands for it; they have 7,
# 4, and 4 to 6 digits.
_LONG_PIECE, _PIECE, _ENDING = "1", "2", "3"

# Beginnings of these lengths are held; others are looked for by the next shorter one.
_PREFIXES = (1, 2, 3, 4, 6)
_HELD = {length: max(n for n in _PREFIXES if n <= length) for length in range(1, 7)}
_LONGEST_PREFIX = _PREFIXES[-1]


def array(hashes: Iterable[int | str]) -> str:
    """Hashes, or texts of several with commas in between, as the text of an array."""
    return "{" + ",".join(map(str, hashes)) + "}"


def hash_of(key: str) -> int:
    """The hash of a token, or of a beginning with a ``*`` behind it."""
    value = crc32(key.encode())
    return value - (1 << 32) if value >> 31 else value


@lru_cache(1 << 16)
def _text_of(key: str) -> str:
    """`hash_of` as text: it goes to the server as such."""
    return str(hash_of(key))


@lru_cache(1 << 17)
def of_token(token: str) -> str:
    """The hashes of a token of a document and of its beginnings, with commas in between; keys are
    not asked for by their beginnings, and a ``~`` before a word does not count as a letter.
    """
    if is_key(token):
        return _text_of(token)
    first = 1 if token[0] == "~" else 0
    beginnings = [token[: n + first] + "*" for n in _PREFIXES if n + first <= len(token)]
    return ",".join((str(hash_of(token)), *map(_text_of, beginnings)))


def of_document(item: Stored) -> str:
    """All hashes of a document as the text of an array, some of them more than once."""
    found = [
        str(FIRST_BLOCK + (item.id >> BLOCK_BITS)),
        *map(of_token, index_tokens(item.document)),
    ]
    for number in item.document.digits.split():
        last = len(number) + 1
        found += [_LONG_PIECE + number[i : i + WINDOW] for i in range(last - WINDOW)]
        found += [_PIECE + number[i : i + SHORTEST_PIECE] for i in range(last - SHORTEST_PIECE)]
        found += [_ENDING + number[-n:] for n in range(SHORTEST_PIECE, WINDOW)]
    return "{" + ",".join(found) + "}"


def every(item: Stored) -> set[int]:
    """All hashes of a document."""
    return set(map(int, of_document(item)[1:-1].split(",")))


def ways(need: Need, level: Level) -> list[list[int]]:
    """The ways in which a need may be met, each as hashes that must all be there."""
    found = [of_spelling(need, spelling, level) for spelling in need.spellings]
    if level in ("whole", "any"):
        found += [_of_piece(piece, level) for piece in need.pieces]
    return found


def of_spelling(need: Need, spelling: tuple[str, ...], level: Level) -> list[int]:
    """The hashes of one spelling of a need."""
    sigil = "~" if level in ("name", "name_whole") or need.marks == "n" else ""
    *before, last = [sigil + token for token in spelling]
    found = [hash_of(token) for token in before]
    if need.marks == ADDRESS:
        # So many addresses begin with "office" that the words that are typed to their end count.
        local, _at, domain = need.text.rpartition("@")
        typed = words(f"{local} {domain.rpartition('.')[0]}")
        found += [hash_of(word[:LONGEST_TOKEN]) for word in typed]
    if need.whole or level in ("whole", "name_whole"):
        found.append(hash_of(last))
    else:
        length = _HELD[min(len(last) - len(sigil), _LONGEST_PREFIX)]
        found.append(hash_of(last[: length + len(sigil)] + "*"))
    return found


def of_hint(item: Need | str) -> list[list[int]]:
    """The ways in which a hint is met, each as hashes that must all be there."""
    if isinstance(item, str):
        return [[hash_of(item)]]
    return [of_spelling(item, spelling, "any") for spelling in item.spellings]


def _of_piece(piece: str, level: Level) -> list[int]:
    if level == "whole":
        return [int(_ENDING + piece[-(WINDOW - 1) :])]
    if len(piece) < WINDOW:
        pieces = [piece[i : i + SHORTEST_PIECE] for i in range(len(piece) - SHORTEST_PIECE + 1)]
        return [int(_PIECE + short) for short in pieces]
    return [int(_LONG_PIECE + piece[i : i + WINDOW]) for i in range(len(piece) - WINDOW + 1)]
