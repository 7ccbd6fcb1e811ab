"""How long a search takes, by class of query, on whatever customers a database holds.

The queries are made from customers drawn by a seed, so that they are found. A key press is timed
from the text to a screenful of ranked rows in hand, with all that lists show of them and what is
marked in them: that is what the program asks for, the rows below join when the typist pauses.

Where a query finds few, rows for what was probably meant join those of the first answer. They are
timed apart, over all classes, as `JOINED`; in the classes that are about them (`_WHOLE`) a key
press is timed to the end of both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from tui_crm.core import customers
from tui_crm.core.rows import Answer, CustomerRow
from tui_crm.search.answer import all_ids, find
from tui_crm.search.spelling.corrections import ENOUGH, corrected, find_or_correct
from tui_crm.search.spelling.mistakes import mistyped
from tui_crm.text.fold import has_han, words
from tui_crm.text.phone import digits
from tui_crm.text.pinyin import initials, name_syllables

if TYPE_CHECKING:
    from tui_crm.core.session import Session


JOINED = "rows that join"
_WHOLE = ("typing error", "nothing found")
_SCREENFUL = 36  # customers on a screen of forty lines


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds for the key presses of a class of so many different queries."""

    name: str
    queries: int
    p50: float
    p95: float
    p99: float
    longest: float


def queries(session: Session, seed: int = 1, per_class: int = 100) -> dict[str, list[str]]:
    """Up to `per_class` different queries of each class."""
    random = Random(seed)
    pool = _sample(session, random, per_class * 6)
    return {name: _draw(make, pool, random, per_class) for name, make in _CLASSES.items() if pool}


def measure(
    session: Session,
    classes: Mapping[str, list[str]],
    *,
    limit: int = _SCREENFUL,
    fewest: int = 100,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Timing]:
    """The timing of each class; every query is asked once before it counts, so that caches are
    as warm as those of a program in use. A class of few queries is gone through again until
    `fewest` key presses are timed, so that one in a hundred means something.
    """
    joined: list[float] = []
    for name, texts in classes.items():
        taken = []
        for text in texts:
            find_or_correct(session, text, limit)
        for number, text in enumerate(texts * -(-fewest // max(1, len(texts)))):
            start = clock()
            found = _shown(find(session, text, limit))
            first = clock()
            few = not found.exact and len(found.hits) < ENOUGH
            again = number >= len(texts)
            if few and (name in _WHOLE or not again):
                have = [hit.row.id for hit in found.hits]
                _shown(corrected(session, text, have, limit - len(have)))
            last = clock()
            taken.append(((last if name in _WHOLE else first) - start) * 1000)
            if few and name not in _WHOLE and not again:
                joined.append((last - first) * 1000)
        if taken:
            yield timing(name, taken, len(texts))
    if joined:
        yield timing(JOINED, joined)


def _shown(answer: Answer) -> Answer:
    """The answer when what is marked in it was made."""
    for hit in answer.hits:
        _ = hit.matches
    return answer


def timing(name: str, taken: Iterable[float], queries: int = 0) -> Timing:
    """The percentiles of some milliseconds, each of another query unless `queries` says less."""
    ordered = sorted(taken)
    at = partial(_at, ordered)
    return Timing(name, queries or len(ordered), at(0.5), at(0.95), at(0.99), ordered[-1])


def _sample(session: Session, random: Random, size: int) -> list[CustomerRow]:
    ids = all_ids(session, "")
    return customers.rows(session, sorted(random.sample(ids, min(size, len(ids)))))


def _draw(
    make: Callable[[CustomerRow, Random], str], pool: list[CustomerRow], random: Random, size: int
) -> list[str]:
    found: dict[str, None] = {}
    for _attempt in range(size * 20):
        if text := make(random.choice(pool), random):
            found[text] = None
        if len(found) == size:
            break
    return list(found)


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _latin(row: CustomerRow, fewest: int = 1) -> list[str]:
    """The words of name, organisation and city that are not Han."""
    text = f"{row.name} {row.organization} {row.city}"
    return [word for word in words(text) if word.isascii() and len(word) >= fewest]


def _beginnings(count: int) -> Callable[[CustomerRow, Random], str]:
    def make(row: CustomerRow, random: Random) -> str:
        known = _latin(row, 3)
        if len(known) < count:
            return ""
        chosen = random.sample(known, count)
        return " ".join(word[: random.randint(2, len(word))] for word in chosen)

    return make


def _first_letters(count: int) -> Callable[[CustomerRow, Random], str]:
    return lambda row, random: next(iter(w[:count] for w in _latin(row, count)), "")


def _name_prefix(row: CustomerRow, random: Random) -> str:
    known = [word for word in words(row.name) if word.isascii() and len(word) > 2]
    return (word := random.choice(known))[: random.randint(3, len(word))] if known else ""


def _phone_piece(row: CustomerRow, random: Random) -> str:
    number = digits(row.phone)
    if len(number) < 8:
        return ""
    size = random.randint(3, min(8, len(number) - 1))
    start = random.randint(1, len(number) - size)
    return number[start : start + size]


def _chinese(row: CustomerRow, random: Random) -> str:
    text = random.choice((row.name, row.organization))
    if not has_han(text) or not text.isalpha():
        return ""
    start = random.randrange(len(text))
    return text[start : start + random.randint(1, 4)]


def _pinyin(row: CustomerRow, random: Random) -> str:
    if row.kind != "person" or not has_han(row.name):
        return ""
    spelled = "".join(name_syllables(row.name))
    return spelled[: random.randint(3, len(spelled))] if len(spelled) > 3 else ""


def _initials(row: CustomerRow, random: Random) -> str:
    """Of all characters of a name or of the last ones."""
    if row.kind != "person" or not has_han(row.name):
        return ""
    found = initials(row.name)
    return found[random.randint(0, max(0, len(found) - 2)) :]


def _with_filters(row: CustomerRow, random: Random) -> str:
    known = _latin(row, 3)
    if not known or not row.status:
        return ""
    return f"{random.choice(known)[:3]} status:{row.status} last:<365d"


_CLASSES: dict[str, Callable[[CustomerRow, Random], str]] = {
    "one letter": _first_letters(1),
    "two letters": _first_letters(2),
    "beginning of a name": _name_prefix,
    "two words": _beginnings(2),
    "three words": _beginnings(3),
    "piece of a number": _phone_piece,
    "last four digits": lambda row, _random: digits(row.phone)[-4:],
    "Chinese substring": _chinese,
    "pinyin": _pinyin,
    "initials": _initials,
    "account number": lambda row, _random: row.account_no,
    "e-mail": lambda row, random: (
        row.email[: random.randint(5, len(row.email))] if "@" in row.email[:10] else row.email
    ),
    "nothing found": lambda _row, random: "".join(random.choices("xqzvwj", k=7)),
    "typing error": lambda row, random: mistyped(row.name, row.kind, random),
    "two filters": _with_filters,
}
