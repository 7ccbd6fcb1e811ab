"""What the index on PostgreSQL holds of a document: 32-bit hashes.

There is one for each word and for its beginnings, for the pieces and endings of telephone numbers,
and one for the block of ids that the document is in. A word's may stand for another word too: who
asks by hashes looks at the text of what is found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from string import ascii_lowercase, digits
from zlib import crc32

from tui_crm.search.engine import Condition, Stored, any_of
from tui_crm.search.needs import Level, Need
from tui_crm.search.tokens import (
    ADDRESS,
    WINDOW,
    index_tokens,
    is_key,
)
from tui_crm.store import binary

BLOCK_BITS, SMALL_BITS = 14, 10
"""A block is so many bits of ids: 16 384 documents, in the order of recency, or 1024."""
FIRST_BLOCK, FIRST_SMALL = 1 << 30, 3 << 29
"""The hash of block 0, large and small; they count up from here."""

# A number stands for a piece of a telephone number, or its ending, of so many digits: they are
# added to these, so that no two are the same.
PIECES = {3: 2_000, 4: 40_000, 6: 1_000_000}
ENDINGS = {3: 3_000, 4: 30_000, 5: 300_000}

# Beginnings of these lengths are held; others are looked for by the next shorter one.
PREFIXES = (1, 2, 3, 4, 6, 10)
_LONGEST_PREFIX = PREFIXES[-1]
_HELD = {n: max(p for p in PREFIXES if p <= n) for n in range(1, _LONGEST_PREFIX + 1)}
# Of a beginning that is not held and whose next shorter one is frequent, all next longer ones are
# looked for instead: with these letters behind it.
_LETTERS = ascii_lowercase + digits + "@.-_+'&"
# Those of an e-mail address end there, too, behind its @: many begin with "office@".
BEHIND_AT = (2, 5)


def array(hashes: Iterable[int | str]) -> str:
    """Hashes, or texts of several with commas in between, as the text of an array."""
    return "{" + ",".join(map(str, hashes)) + "}"


def hash_of(key: str) -> int:
    """The hash of a token, or of a beginning with a ``*`` behind it."""
    value = crc32(key.encode())
    return value - (1 << 32) if value >> 31 else value


@lru_cache(1 << 17)
def of_token(token: str) -> bytes:
    """The hashes of a token of a document and of its beginnings, as `binary.elements`; keys are
    not asked for by their beginnings, and a ``~`` before a word does not count as a letter.
    """
    keys = [token]
    if not is_key(token):
        first = 1 if token[0] == "~" else 0
        size = len(token)
        keys += [f"{token[: n + first]}*" for n in PREFIXES if n + first <= size]
        if (at := token.find("@")) >= 0:
            keys += [f"{token[: at + n]}*" for n in BEHIND_AT if at + n <= size]
    return binary.elements([crc32(key.encode()) for key in keys])


def blocks(id_: int) -> list[int]:
    """The hashes of the blocks that a document is in."""
    return [FIRST_BLOCK + (id_ >> BLOCK_BITS), FIRST_SMALL + (id_ >> SMALL_BITS)]


def every(item: Stored) -> set[int]:
    """All hashes of a document."""
    found = [binary.elements(blocks(item.id)), *map(of_token, index_tokens(item.document))]
    found += map(_of_number, item.document.digits.split())
    return set(binary.numbers(b"".join(found)))


def _of_number(number: str) -> bytes:
    """The hashes of the pieces and endings of a telephone number."""
    found: list[int] = []
    for at in range(len(number) - WINDOW + 1):
        value = int(number[at : at + WINDOW])
        found += (PIECES[6] + value, PIECES[4] + value // 100, PIECES[3] + value // 1000)
    rest = number[1 - WINDOW :]  # in which the shorter ones are that begin behind these
    found += [PIECES[4] + int(rest[at : at + 4]) for at in range(len(rest) - 3)]
    found += [PIECES[3] + int(rest[at : at + 3]) for at in range(len(rest) - 2)]
    found += [first + int(rest[-n:]) for n, first in ENDINGS.items() if n <= len(rest)]
    return binary.elements(found)


def ways(need: Need, level: Level, frequent: Collection[int] = ()) -> list[list[int]]:
    """The ways in which a need may be met, each as hashes that must all be there; as few as
    possible of those that are `frequent`.
    """
    found = []
    for spelling in need.spellings:
        way = of_spelling(need, spelling, level)
        longer = _longer(need, spelling, level) if way[-1] in frequent else []
        found += [[*way[:-1], key] for key in longer] or [way]
    if level in ("whole", "any"):
        found += [_of_piece(piece, level) for piece in need.pieces]
    return found


def of_spelling(need: Need, spelling: tuple[str, ...], level: Level) -> list[int]:
    """The hashes of one spelling of a need."""
    sigil = _sigil(need, level)
    *before, last = [sigil + token for token in spelling]
    found = [hash_of(token) for token in before]
    if need.marks == ADDRESS and (beginning := _address_beginning(last)):
        found.append(hash_of(beginning))
    elif _is_whole(need, level):
        found.append(hash_of(last))
    else:
        length = _HELD[min(len(last) - len(sigil), _LONGEST_PREFIX)]
        found.append(hash_of(last[: length + len(sigil)] + "*"))
    return found


def _is_whole(need: Need, level: Level) -> bool:
    """Whether the last token is a word and not the beginning of one."""
    return need.whole or level in ("whole", "name_whole")


def _sigil(need: Need, level: Level) -> str:
    """What stands before the tokens that are looked for in names alone."""
    return "~" if level in ("name", "name_whole") or need.marks == "n" else ""


def _longer(need: Need, spelling: tuple[str, ...], level: Level) -> list[int]:
    """The hashes that the beginning of a word has with one letter more, and as a word of its own;
    none where it is held itself or those are not.
    """
    word = spelling[-1]
    if need.marks == ADDRESS or _is_whole(need, level):
        return []
    if len(word) in PREFIXES or len(word) + 1 not in PREFIXES or not word.isascii():
        return []
    word = _sigil(need, level) + word
    return [hash_of(word), *(hash_of(f"{word}{letter}*") for letter in _LETTERS)]


def _address_beginning(address: str) -> str:
    """The longest beginning of an address, with a letter behind its @ at least, that is held."""
    at = address.find("@")
    held = [address[: at + n] for n in BEHIND_AT if at >= 0 and at + n <= len(address)]
    return f"{held[-1]}*" if held else ""


def met(ways: Sequence[Sequence[int]], px: str) -> Condition:
    """The condition that `px`, SQL text of an array, has all hashes of one of the ways."""
    if all(len(way) == 1 for way in ways):
        return Condition(f"{px} && ?::int[]", [array({way[0] for way in ways})])
    return any_of([Condition(f"{px} @> ?::int[]", [array(way)]) for way in ways])


def of_hint(item: Need | str) -> list[list[int]]:
    """The ways in which a hint is met, each as hashes that must all be there."""
    if isinstance(item, str):
        return [[hash_of(item)]]
    return [of_spelling(item, spelling, "any") for spelling in item.spellings]


def tell(need: Need, level: Level) -> bool:
    """Whether the hashes say all about a need: those who have them meet it, but for a word that
    shares the hash of another.
    """
    if need.marks:
        return False
    if level in ("whole", "any") and any(not _tells_piece(p, level) for p in need.pieces):
        return False
    whole = _is_whole(need, level)
    return all(
        len(spelling) == 1 and (whole or len(spelling[0]) in PREFIXES)
        for spelling in need.spellings
    )


def _tells_piece(piece: str, level: Level) -> bool:
    return len(piece) < WINDOW if level == "whole" else len(piece) in PIECES


def _of_piece(piece: str, level: Level) -> list[int]:
    if level == "whole":
        ending = piece[-max(ENDINGS) :]
        return [ENDINGS[len(ending)] + int(ending)]
    size = max(n for n in PIECES if n <= len(piece))
    return [PIECES[size] + int(piece[i : i + size]) for i in range(len(piece) - size + 1)]
