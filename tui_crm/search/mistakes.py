"""How well typing errors are corrected, beside a measure of the distance to every name there is.

    accuracy(session, 200)  -> Accuracy   shares of mistyped names that are found

Names are drawn by a seed and mistyped by one or two edits: a letter too many, missing, wrong, or
exchanged with its neighbour; Chinese names in pinyin. An exhaustive search measures the edits to
the names of all customers, takes seconds for each, and is the best that edits alone can do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from tui_crm.core import customers, visibility
from tui_crm.search.answer import all_ids
from tui_crm.search.corrections import find_or_correct
from tui_crm.text.fold import has_han, words
from tui_crm.text.pinyin import name_syllables, syllables

if TYPE_CHECKING:
    from tui_crm.core.session import Session

FIRST_TEN = 10
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST_EDITS = 2
_TWO_EDITS_FROM = 5  # letters of a word


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares of the pairs (0 to 1) whose wanted name was the first row, and in the first ten; the
    same for the exhaustive search.
    """

    pairs: int
    first: float
    in_ten: float
    best_first: float
    best_in_ten: float


def mistyped(name: str, kind: str, random: Random) -> str:
    """A name with one typing error in one or two of its words; empty if it has no word for it."""
    found = list(typed_form(name, kind).split())
    long = [number for number, word in enumerate(found) if len(word) > 3 and word.isalpha()]
    if not long or not all(word.isascii() for word in found):
        return ""
    from rapidfuzz.distance import OSA

    chosen = random.sample(long, min(len(long), random.choice((1, 1, 2))))
    right = found[chosen[0]]
    for number in chosen:
        found[number] = _error(found[number], random)
    if len(chosen) == 1 and len(found[chosen[0]]) >= 2 * _TWO_EDITS_FROM - 2:
        again = _error(found[chosen[0]], random)
        # A letter between two that were exchanged makes a third error of it.
        if OSA.distance(again, right) <= _MOST_EDITS:
            found[chosen[0]] = again
    return " ".join(found)


def typed_form(name: str, kind: str) -> str:
    """A name as it is typed on a plain keyboard: folded, Chinese in pinyin."""
    if has_han(name):
        return "".join(name_syllables(name) if kind == "person" else syllables(name))
    return " ".join(words(name))


def accuracy(session: Session, pairs: int = 200, seed: int = 1) -> Accuracy:
    """The share of mistyped names that are found, of `pairs` that the viewer may see."""
    random = Random(seed)
    ids = all_ids(session, "")
    drawn = customers.rows(session, sorted(random.sample(ids, min(len(ids), pairs * 3))))
    random.shuffle(drawn)
    tried: list[tuple[str, str]] = []
    for row in drawn:
        if row.kind == "person" and (typed := mistyped(row.name, row.kind, random)):
            tried.append((typed, typed_form(row.name, row.kind)))
    del tried[pairs:]
    ours = [
        [
            typed_form(hit.row.name, hit.row.kind)
            for hit in find_or_correct(session, typed, FIRST_TEN).hits
        ]
        for typed, _wanted in tried
    ]
    best = _exhaustive(session, [typed for typed, _wanted in tried])
    wanted = [name for _typed, name in tried]
    return Accuracy(len(tried), *_shares(wanted, ours), *_shares(wanted, best))


def _error(word: str, random: Random) -> str:
    at = random.randrange(1, len(word))
    kind = random.choice(("missing", "doubled", "wrong", "more", "exchanged"))
    if kind == "missing":
        return word[:at] + word[at + 1 :]
    if kind == "doubled":
        return word[:at] + word[at - 1] + word[at:]
    if kind == "wrong":
        return word[:at] + random.choice(_LETTERS) + word[at + 1 :]
    if kind == "more":
        return word[:at] + random.choice(_LETTERS) + word[at:]
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]


def _exhaustive(session: Session, typed: Sequence[str]) -> list[list[str]]:
    """For each text the ten names with the fewest edits, the most recent first among equals."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    seen, params = visibility.condition(session.viewer)
    names = [
        typed_form(name, kind)
        for chunk in session.db.stream(
            "SELECT c.name, c.kind FROM search_doc d JOIN customer c ON c.id = d.customer_id"
            f" WHERE {seen} ORDER BY d.id DESC",
            params,
        )
        for name, kind in chunk
    ]
    return [
        [name for name, _edits, _at in process.extract(
            text, names, scorer=OSA.distance, limit=FIRST_TEN
        )]
        for text in typed
    ]  # fmt: skip


def _shares(wanted: Sequence[str], found: Sequence[Sequence[str]]) -> tuple[float, float]:
    """The shares of names that are the first of what was found, and among the first ten."""
    count = max(1, len(wanted))
    first = sum(names[:1] == [name] for name, names in zip(wanted, found, strict=True))
    in_ten = sum(name in names for name, names in zip(wanted, found, strict=True))
    return first / count, in_ten / count
