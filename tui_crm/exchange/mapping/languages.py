"""Headers in other languages, said in English word by word.

"Telefon geschäftlich" is "phone business", and "Code postal" the other way round "postal code":
what English headers mean decides then what these do. Words are looked up with the endings of their
plural; where a language joins words ("Kundennummer", "会社電話番号"), so are the parts of one. A
header with a word that nobody knows is not said at all: no field is better than a wrong one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from tui_crm.text.fold import fold

_FILE = Path(__file__).parent / "data" / "languages.txt"
_EVERYWHERE = "*"
_E_MAIL = re.compile(r"\be[-_ ]mail", re.I)
_SPLIT = re.compile(r"[\W_]+|(?<=[a-zà-ÿ])(?=[A-Z])|(?<=\D)(?=\d)|(?<=\d)(?=\D)")
_LONGEST = 5  # words of a phrase
_LAST = "-"  # before what a word is only at the end of a compound
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# What joins the parts of a compound, and what may end a word.
_JOINTS = {
    "de": ("", "s", "n", "en", "es", "er", "e"),
    "nl": ("", "s", "en", "e"),
    "ja": ("",),
}
_ENDINGS = {
    "de": ("e", "n", "en", "s", "er"), "nl": ("s", "en"), "fr": ("s", "x", "e", "es"),
    "es": ("s", "es"), "pt": ("s", "es"),
}  # fmt: skip
_SHORTEST_PART = {"de": 3, "nl": 3, "ja": 1}
# What is known last is said first there: "adresse postale" is a "postal address". "Last" stands
# before in all of them.
_TURNED = frozenset({"fr", "es", "pt", "it"})


@dataclass(frozen=True, slots=True)
class _Word:
    """What a word is in English; a `doubtful` one needs company."""

    english: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """Words and phrases in English in the order of the header, and whether any of them is of the
    language beyond doubt.
    """

    words: tuple[str, ...]
    sure: bool


def in_english(header: str, spoken: Iterable[str] = ()) -> tuple[str, ...]:
    """What a header may say in English, the likeliest first; nothing for one in English.

    `spoken` are languages that other headers of the table are in (see `spoken_by`): their words
    count even where they are English words too.
    """
    return _in_english(header, tuple(sorted(spoken)))


@lru_cache(4096)
def _in_english(header: str, spoken: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for language in sorted(_dictionary(), key=lambda name: name not in spoken):
        if language == _EVERYWHERE:
            continue
        said = _said(header, language)
        if said is None or not (said.sure or language in spoken):
            continue
        orders = [said.words]
        if language in _TURNED and "last" not in said.words and not re.search("[/,|&]", header):
            numbers = tuple(word for word in said.words if word.isdecimal())
            others = tuple(word for word in said.words if not word.isdecimal())
            orders.insert(0, others[::-1] + numbers)
        found += [" ".join(filter(None, words)) for words in orders]
    return tuple(text for text in dict.fromkeys(found) if text)


def spoken_by(headers: Sequence[str]) -> frozenset[str]:
    """The languages of a table: two headers at least, and hardly fewer than in any other."""
    votes: Counter[str] = Counter()
    for header in dict.fromkeys(headers):
        for language in _dictionary():
            said = _said(header, language) if language != _EVERYWHERE else None
            votes[language] += bool(said and said.sure)
    most = max(votes.values(), default=0)
    return frozenset(name for name, count in votes.items() if count >= max(2, 0.8 * most))


@lru_cache(8192)
def _said(header: str, language: str) -> _Said | None:
    """A header in the words of one language; None if some word is not known there."""
    dictionary = _dictionary()
    own, common = dictionary[language], dictionary[_EVERYWHERE]
    whole, *tokens = _tokens(header)
    if whole in own:
        tokens = [whole]
    words: list[str] = []
    sure = False
    place = 0
    while place < len(tokens):
        for length in range(min(_LONGEST, len(tokens) - place), 0, -1):
            phrase = " ".join(tokens[place : place + length])
            found = own.get(phrase) or common.get(phrase)
            if found is not None:
                break
        else:
            length, found = 1, None
        if found is not None:
            parts = [found]
            foreign = phrase in own and found.english not in ("", phrase)
        else:
            token = tokens[place]
            compound = [_Word(token)] if token.isdecimal() else _parts(token, language)
            if compound is None:
                return None
            parts, foreign = compound, not token.isdecimal()
        for part in parts:
            _say(words, part.english)
        sure |= foreign and not any(part.doubtful for part in parts)
        place += length
    return _Said(tuple(words), sure)


@lru_cache(8192)
def _tokens(header: str) -> tuple[str, ...]:
    """A header folded as a whole, and its words."""
    header = header.replace("〒", "郵便").strip()
    words = _SPLIT.split(_E_MAIL.sub("email", header))
    return (fold(header), *map(fold, filter(None, words)))


def _say(words: list[str], english: str) -> None:
    """Add a word to a header; "phone" beside "direct phone" adds nothing."""
    if words and english.endswith(words[-1]):
        words.pop()
    if not (words and words[-1].endswith(english)):
        words.append(english)


def _parts(token: str, language: str) -> list[_Word] | None:
    """The words that a token is made of: its stem, or the parts of a compound."""
    own, common = _dictionary()[language], _dictionary()[_EVERYWHERE]
    for ending in _ENDINGS.get(language, ()):
        stem = own.get(token.removesuffix(ending)) if token.endswith(ending) else None
        if stem is not None and len(token) - len(ending) > 2:
            return [stem]
    if language not in _JOINTS:
        return None
    shortest = _SHORTEST_PART[language]
    for length in range(len(token) - 1, shortest - 1, -1):
        head = own.get(token[:length]) or common.get(token[:length])
        if head is None:
            continue
        for joint in _JOINTS[language]:
            rest = token[length:]
            if not rest.startswith(joint) or len(rest) - len(joint) < shortest:
                continue
            rest = rest.removeprefix(joint)
            last = own.get(_LAST + rest) or own.get(rest) or common.get(rest)
            tail = [last] if last is not None else _parts(rest, language)
            if tail is not None:
                return [head, *tail]
    return None


@cache
def _dictionary() -> dict[str, dict[str, _Word]]:
    """The shipped words by language: folded words and phrases, and what each is in English."""
    languages: dict[str, dict[str, _Word]] = {}
    words: dict[str, _Word] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            words = languages.setdefault(line.strip("[]"), {})
        elif line.strip() and not line.startswith("#"):
            english, _colon, spellings = line.partition(":")
            doubtful, english = english.startswith("?"), english.removeprefix("?")
            for spelling in spellings.split(","):
                text = spelling.strip()
                word = _Word("" if english == "-" else english, doubtful)
                for form in (text, text.translate(_SPELLED_OUT)):
                    words.setdefault(fold(form), word)
    return languages
