"""The words of a note: what is indexed of it, what is asked for, and where it stands in the text.

A note is its subject and its text. Words are folded like everywhere; Han text is cut into pairs of
neighbours and the last character, so that any run of characters can be looked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tui_crm.search import tokens
from tui_crm.search.language.query import Word
from tui_crm.text.fold import HAN_CLASS, fold, has_han, variants, words

_MOST_BYTES = 500_000  # of the different words of a note; PostgreSQL takes a megabyte
_LOOKED_AT = 20_000  # characters of a note in which the places of words are shown
_SNIPPET = 160  # characters
_BEFORE = 50  # characters of a snippet before the first word

_LETTER = f"(?:(?![{HAN_CLASS}])[^\\W_])"
_START = f"(?:(?<![^\\W_])|(?<=[{HAN_CLASS}]))"
_END = f"(?!{_LETTER})"


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase that must be in a note: as tokens for the index, as a pattern for the
    text.

    `ways` are lists of tokens of which one list must be there; the last token of each is the
    beginning of a word unless `whole`.
    """

    ways: tuple[tuple[str, ...], ...]
    whole: bool
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a note, and what is lit in it as (start, end)."""

    text: str
    matches: tuple[tuple[int, int], ...] = ()


def note_tokens(subject: str, note: str) -> list[str]:
    """The different tokens of a note, in the order of the text."""
    found: dict[str, None] = {}
    room = _MOST_BYTES
    for text in (subject, note):
        for word in _all_words(text):
            if word not in found:
                room -= len(word.encode())
                if room < 0:
                    return list(found)
                found[word] = None
    return list(found)


def _all_words(text: str) -> Iterator[str]:
    for word in words(text):
        yield from _tokens_of(word)
    if not text.isascii():
        yield from (w[: tokens.LONGEST_TOKEN] for w in variants(text) if not has_han(w))


@lru_cache(1 << 14)
def _tokens_of(word: str) -> tuple[str, ...]:
    if has_han(word):
        return tuple(tokens.han_pieces(word))
    spellings = dict.fromkeys((word, tokens.written_short(word)))
    return tuple(spelling[: tokens.LONGEST_TOKEN] for spelling in spellings)


def terms(typed: Iterable[Word], *, negated: bool = False) -> tuple[Term, ...]:
    """What must be in a note; with `negated` what must not, of the words that are turned round."""
    found = []
    for word in typed:
        if word.negated != negated or word.empty:
            continue
        if word.quoted:
            found.append(_term(words(word.text), whole=True))
        else:
            found += [_term((part,), whole=False) for part in words(word.text)]
    return tuple(dict.fromkeys(found))


def _term(parts: Sequence[str], *, whole: bool) -> Term:
    ended = whole and not has_han(parts[-1])
    tokens_: list[str] = []
    for number, part in enumerate(parts):
        if has_han(part):
            pieces = tokens.han_pieces(part)
            # The last character alone begins a pair where the text goes on.
            tokens_ += pieces[:-1] if len(part) > 1 and number == len(parts) - 1 else pieces
        else:
            tokens_.append(part[: tokens.LONGEST_TOKEN])
    ways = [tuple(tokens_)]
    if len(parts) == 1 and (short := _short(parts[0], ended)) != parts[0]:
        ways.append((short[: tokens.LONGEST_TOKEN],))
    return Term(tuple(ways), ended, _pattern(parts, ended))


def _short(part: str, ended: bool) -> str:
    """The word as those write it who leave out the dots; "mue" alone may go on as "muenster"."""
    if not ended and part.endswith(("ae", "oe", "ue", "aa")):
        return part
    return tokens.written_short(part)


def _pattern(parts: Sequence[str], ended: bool) -> re.Pattern[str]:
    """What the folded text must have; where there is "u" for "ü", it may have "ue"."""
    pieces = []
    for number, part in enumerate(parts):
        if has_han(part):
            pieces.append(re.escape(part))
            continue
        last = number == len(parts) - 1
        plain = re.escape(_short(part, ended or not last))
        spelled = re.sub("[aou]", lambda m: m[0] + ("[ae]?" if m[0] == "a" else "e?"), plain)
        pieces.append(_START + spelled + (_END if ended or not last else ""))
    return re.compile(r"[\W_]*".join(pieces))


def holds(subject: str, note: str, wanted: Sequence[Term], unwanted: Sequence[Term] = ()) -> bool:
    """Whether a note has all of the terms, and none of those that are unwanted."""
    texts = (_plain(subject), _plain(note))

    def has(term: Term) -> bool:
        return any(term.pattern.search(text) for text in texts)

    return all(map(has, wanted)) and not any(map(has, unwanted))


def snippet(text: str, wanted: Sequence[Term], length: int = _SNIPPET) -> Snippet:
    """The piece of a text around the first of the terms, on one line."""
    line = re.sub(r"[\s\x00-\x1f\x7f-\x9f]", " ", text[:_LOOKED_AT])
    folded, origin = _mapped(line)
    spans = sorted(
        (origin[match.start()], _end_of(line, origin[match.end() - 1]))
        for term in wanted
        for match in term.pattern.finditer(folded)
        if match.end() > match.start()
    )
    first = spans[0][0] if spans else 0
    start = 0 if first < _BEFORE or len(line) <= length else first - _BEFORE
    if start and (blank := line.find(" ", start, first)) >= 0:
        start = blank + 1
    piece = line[start : start + length]
    before = "…" if start else ""
    after = "…" if start + length < len(line) else ""
    shift = len(before) - start
    end = start + len(piece)
    lit = tuple((a + shift, min(b, end) + shift) for a, b in _joined(spans) if start <= a < end)
    return Snippet(before + piece + after, lit)


def _end_of(line: str, last: int) -> int:
    """Behind the letter at `last` and the accents that stand behind it."""
    end = last + 1
    while end < len(line) and unicodedata.combining(line[end]):
        end += 1
    return end


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Sorted spans with those that overlap as one."""
    last: tuple[int, int] | None = None
    for span in spans:
        if last is not None and span[0] <= last[1]:
            last = (last[0], max(last[1], span[1]))
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _plain(text: str) -> str:
    return fold(text).replace("'", "")


@lru_cache(1 << 12)
def _letter(char: str) -> str:
    return fold(char).replace("'", "")


def _mapped(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters the one it comes from."""
    if text.isascii():
        plain = _plain(text)
        if len(plain) == len(text):
            return plain, range(len(text))
    letters: list[str] = []
    origin: list[int] = []
    for number, char in enumerate(text):
        folded = _letter(char)
        letters.append(folded)
        origin += [number] * len(folded)
    return "".join(letters), origin
