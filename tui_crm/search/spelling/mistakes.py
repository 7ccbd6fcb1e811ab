"""How well typing errors are corrected, beside a measure of the distance to every name there is.

    accuracy(session, 1000)  -> [Share("all", 1200, ...), ...]   shares of names that are found

Names are drawn by a seed and mistyped by one or two edits: a letter too many, missing, wrong, or
exchanged with its neighbour; Chinese names in pinyin, and in characters that sound like the right
ones. An exhaustive search measures the edits to the names of all customers and is the best that
edits alone can do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from tui_crm.core import customers, visibility
from tui_crm.core.rows import CustomerRow
from tui_crm.search.answer import all_ids
from tui_crm.search.spelling.corrections import find_or_correct
from tui_crm.text.fold import has_han, words
from tui_crm.text.i18n import N_
from tui_crm.text.pinyin import name_syllables, syllables

if TYPE_CHECKING:
    from tui_crm.core.session import Session

FIRST_TEN = 10
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST_EDITS = 2
_TWO_EDITS_FROM = 5  # letters of a word
_HOMOPHONES = 5  # of so many pairs there is one more of characters that sound alike
_LIKELY = 4  # edits within which the nearest names usually are

_ALL = N_("all")
_PINYIN, _OTHER_NAMES = N_("names in pinyin"), N_("other names")
_SAME_SOUND = N_("characters of the same sound")
_IN_A_WORD, _IN_TWO_WORDS = N_("two mistakes in a word"), N_("mistakes in two words")
_KINDS = {
    "missing": N_("a letter missing"),
    "doubled": N_("a letter doubled"),
    "wrong": N_("another letter"),
    "more": N_("a letter too many"),
    "exchanged": N_("two letters exchanged"),
}


@dataclass(frozen=True, slots=True)
class Share:
    """How many pairs of a kind of mistake there are, and the shares (0 to 1) of them whose wanted
    name was the first row, and in the first ten; the same for the exhaustive search.
    """

    kind: str
    pairs: int
    first: float
    in_ten: float
    best_first: float
    best_in_ten: float


@dataclass(frozen=True, slots=True)
class _Pair:
    typed: str
    wanted: str  # as `of` tells it
    kinds: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether the characters matter: a name in pinyin stands for all that sound so."""
        return has_han(self.typed)

    def of(self, row: tuple[str, str]) -> str:
        """The name of a customer of this name and kind, by which it is compared."""
        return row[0] if self.exact else typed_form(*row)


def mistyped(name: str, kind: str, random: Random) -> str:
    """A name with one typing error in one or two of its words; empty if it has no word for it."""
    return _mistyped(name, kind, random)[0]


def _mistyped(name: str, kind: str, random: Random) -> tuple[str, str]:
    """The same, and what kind of mistake it is."""
    found = list(typed_form(name, kind).split())
    long = [number for number, word in enumerate(found) if len(word) > 3 and word.isalpha()]
    if not long or not all(word.isascii() for word in found):
        return "", ""
    from rapidfuzz.distance import OSA

    chosen = random.sample(long, min(len(long), random.choice((1, 1, 2))))
    right = found[chosen[0]]
    label = ""
    for number in chosen:
        found[number], label = _error(found[number], random)
    if len(chosen) > 1:
        return " ".join(found), _IN_TWO_WORDS
    if len(found[chosen[0]]) >= 2 * _TWO_EDITS_FROM - 2:
        again, _kind = _error(found[chosen[0]], random)
        # A letter between two that were exchanged makes a third error of it.
        if OSA.distance(again, right) <= _MOST_EDITS:
            found[chosen[0]] = again
            label = _IN_A_WORD
    return " ".join(found), label


def typed_form(name: str, kind: str) -> str:
    """A name as it is typed on a plain keyboard: folded, Chinese in pinyin."""
    if has_han(name):
        return "".join(name_syllables(name) if kind == "person" else syllables(name))
    return " ".join(words(name))


def accuracy(session: Session, pairs: int = 200, seed: int = 1) -> list[Share]:
    """How many mistyped names are found, of `pairs` and some in Chinese characters that the viewer
    may see: all of them, and by kind of mistake.
    """
    random = Random(seed)
    ids = all_ids(session, "")
    drawn = customers.rows(session, sorted(random.sample(ids, min(len(ids), pairs * 3))))
    random.shuffle(drawn)
    tried = _pairs([row for row in drawn if row.kind == "person"], pairs, random)
    everybody = _Everybody(session)
    ours: list[list[str]] = []
    best: list[list[str]] = []
    for pair in tried:
        hits = find_or_correct(session, pair.typed, FIRST_TEN).hits
        ours.append([pair.of((hit.row.name, hit.row.kind)) for hit in hits])
        best.append([pair.of(row) for row in everybody.nearest(pair.typed)])
    kinds = dict.fromkeys((_ALL, _PINYIN, _OTHER_NAMES, *_KINDS.values()))
    kinds.update(dict.fromkeys(kind for pair in tried for kind in pair.kinds))
    return [
        _share(
            kind, [item for item in zip(tried, ours, best, strict=True) if kind in item[0].kinds]
        )
        for kind in kinds
    ]


def _pairs(rows: Sequence[CustomerRow], most: int, random: Random) -> list[_Pair]:
    """What is typed and who is wanted."""
    found: list[_Pair] = []
    for row in rows:
        typed, label = _mistyped(row.name, row.kind, random)
        if typed:
            script = _PINYIN if has_han(row.name) else _OTHER_NAMES
            found.append(_Pair(typed, typed_form(row.name, row.kind), (_ALL, script, label)))
    del found[most:]
    return found + list(_homophones(rows, random))[: most // _HOMOPHONES]


def _homophones(rows: Sequence[CustomerRow], random: Random) -> Iterator[_Pair]:
    """Chinese names of which a character is another one that sounds alike, as others have it."""
    chinese = [row for row in rows if len(row.name) > 1 and all(map(has_han, row.name))]
    sounding: dict[str, dict[str, None]] = defaultdict(dict)
    for row in chinese:
        for char, sound in zip(row.name, name_syllables(row.name), strict=True):
            sounding[sound][char] = None
    for row in chinese:
        at = random.randrange(1, len(row.name))
        others = [char for char in sounding[name_syllables(row.name)[at]] if char != row.name[at]]
        if others:
            typed = row.name[:at] + random.choice(others) + row.name[at + 1 :]
            if name_syllables(typed) == name_syllables(row.name):
                yield _Pair(typed, row.name, (_SAME_SOUND,))


def _error(word: str, random: Random) -> tuple[str, str]:
    """A word with a mistake, and its kind."""
    at = random.randrange(1, len(word))
    kind = random.choice(tuple(_KINDS))
    if kind == "missing":
        wrong = word[:at] + word[at + 1 :]
    elif kind == "doubled":
        wrong = word[:at] + word[at - 1] + word[at:]
    elif kind == "wrong":
        wrong = word[:at] + random.choice(_LETTERS) + word[at + 1 :]
    elif kind == "more":
        wrong = word[:at] + random.choice(_LETTERS) + word[at:]
    else:
        wrong = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    return wrong, _KINDS[kind]


class _Everybody:
    """All customers whom the viewer may see, by their names as they are typed."""

    def __init__(self, session: Session) -> None:
        seen, params = visibility.condition(session.viewer)
        self._rows: dict[str, list[tuple[int, tuple[str, str]]]] = defaultdict(list)
        place = 0
        for chunk in session.db.stream(
            "SELECT c.name, c.kind FROM search_doc d JOIN customer c ON c.id = d.customer_id"
            f" WHERE {seen} ORDER BY d.id DESC",
            params,
        ):
            for name, kind in chunk:
                place += 1
                same = self._rows[typed_form(name, kind)]
                if len(same) < FIRST_TEN:
                    same.append((place, (name, kind)))
        self._names = list(self._rows)

    def nearest(self, typed: str) -> list[tuple[str, str]]:
        """Name and kind of the ten with the fewest edits, the most recent first among equals.

        The names are measured once each, however many customers have them.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        form = typed_form(typed, "person")
        for cutoff in (_LIKELY, None):
            names = process.extract(
                form, self._names, scorer=OSA.distance, score_cutoff=cutoff, limit=None
            )
            rows = [(edits, *row) for name, edits, _at in names for row in self._rows[name]]
            if len(rows) >= FIRST_TEN:
                break
        return [row for _edits, _place, row in sorted(rows)[:FIRST_TEN]]


def _share(kind: str, tried: Sequence[tuple[_Pair, list[str], list[str]]]) -> Share:
    """The shares of names that are the first of what was found, and among the first ten."""
    count = max(1, len(tried))

    return Share(
        kind,
        len(tried),
        sum(ours[:1] == [pair.wanted] for pair, ours, _best in tried) / count,
        sum(pair.wanted in ours for pair, ours, _best in tried) / count,
        sum(best[:1] == [pair.wanted] for pair, _ours, best in tried) / count,
        sum(pair.wanted in best for pair, _ours, best in tried) / count,
    )
