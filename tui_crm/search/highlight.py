"""Where the typed words stand in the shown text, in positions of that text.

The text is folded letter by letter, each folded letter remembering where it came from: "muller"
and "mueller" both mark "Müller", "zs" and "zhangs" mark 张三.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from tui_crm.core.rows import CustomerRow, Match
from tui_crm.search import tokens
from tui_crm.search.needs import Need
from tui_crm.text.fold import HAN_CLASS, fold, has_han
from tui_crm.text.phone import digits
from tui_crm.text.pinyin import name_syllables, syllables

_FIELDS = ("name", "organization", "title", "city", "account_no", "email", "phone")
_RESPELLED = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_WORD = re.compile(f"[{HAN_CLASS}]+|(?:(?![{HAN_CLASS}])[^\\W_])+")
_ALL_HAN = re.compile(f"[{HAN_CLASS}]+")
_LONGEST = 400  # characters of a field that are looked at; a list shows fewer

_RESPELLABLE = re.compile("[aou]e|aa|['`]")
_SHORTENED = re.compile("[aou]e|aa")


class _View(NamedTuple):
    """A folded text without apostrophes, where each of its letters came from, and the letters
    with which words begin.
    """

    text: str
    origin: Sequence[int]
    starts: frozenset[int]


class _Sounds(NamedTuple):
    """The Han characters of a text: their positions, syllables and initials."""

    at: Sequence[int]
    syllables: tuple[str, ...]
    initials: str


class _Wanted(NamedTuple):
    """A need as it is looked for in texts: its words, each with its form in `_Quick.text`, the
    beginnings of an address, and runs of digits.
    """

    words: tuple[tuple[str, str], ...]
    addresses: tuple[str, ...]
    pieces: tuple[str, ...]


class _Quick(NamedTuple):
    """A text as far as most words are told not to be in it: folded, without apostrophes, "ue"
    written short. `same` says that the text is that but for its case, `han` that it has Han
    characters.
    """

    text: str
    same: bool
    han: bool


_Span: TypeAlias = tuple[int, int]
_NOTHING = _Quick("", True, False)


def marker(
    needs: Sequence[Need],
) -> Callable[[CustomerRow], tuple[tuple[Match, ...], str]]:
    """`mark` for these needs, to be called when a row is looked at."""
    wanted = [_wanted(need) for need in needs]
    return lambda row: _mark(row, wanted)


def mark(row: CustomerRow, needs: Sequence[Need]) -> tuple[tuple[Match, ...], str]:
    """(field, start, end) of all that matches in the shown fields of `row`, and what matched
    where the row does not show it: a tag, another address or number.
    """
    return marker(needs)(row)


def _mark(row: CustomerRow, wanted: Sequence[_Wanted]) -> tuple[tuple[Match, ...], str]:
    person = row.kind == "person"
    shown = [
        (field, text, _NOTHING if field == "phone" else _quick(text))
        for field in _FIELDS
        if (text := getattr(row, field)[:_LONGEST])
    ]
    found: dict[str, list[_Span]] = {}
    reasons: dict[str, None] = {}
    for need in wanted:
        seen = False
        for field, text, quick in shown:
            if spans := _spans(field, text, quick, need, person):
                found[field] = found[field] + spans if field in found else spans
                seen = True
        if not seen:
            for field, text in _hidden(row):
                if _spans(field, text, _quick(text), need, False):
                    reasons[text] = None
                    break
    matches = [
        (field, start, end) for field, spans in found.items() for start, end in _joined(spans)
    ]
    return tuple(matches), ", ".join(reasons)


def _wanted(need: Need) -> _Wanted:
    starts = tuple(spelling[0] for spelling in need.spellings)
    words = [token for spelling in need.spellings for token in _typed(spelling)]
    return _Wanted(
        tuple((word, tokens.written_short(word)) for word in words),
        starts if tokens.ADDRESS in need.marks else (),
        need.pieces,
    )


@lru_cache(4096)
def _quick(text: str) -> _Quick:
    if text.isascii():
        low = text.lower()
        if not _RESPELLABLE.search(low):
            return _Quick(low, True, False)
        plain = low.replace("'", "").replace("`", "")
        return _Quick(tokens.written_short(plain), False, False)
    plain = fold(text).replace("'", "")
    return _Quick(tokens.written_short(plain), False, has_han(text))


def _hidden(row: CustomerRow) -> Iterator[tuple[str, str]]:
    """The fields of a row that lists do not show, with what to call them."""
    for tag in row.tags:
        yield "tags", tag[:_LONGEST]
    for email in row.emails[1:]:
        yield "email", email[:_LONGEST]
    for phone in row.phones[1:]:
        yield "phone", phone[:_LONGEST]


def _spans(field: str, text: str, quick: _Quick, need: _Wanted, person: bool) -> list[_Span]:
    """What meets `need` in `text`, in any order."""
    if field == "phone":
        return list(_in_digits(text, need.pieces)) if need.pieces else []
    if field == "email" and need.addresses:
        view = _plain(text)
        return [
            (at, at + 1)
            for start in need.addresses
            if view.text.startswith(start)
            for at in view.origin[: len(start)]
        ]
    found: list[_Span] = []
    for word, short in need.words:
        if short in quick.text:
            found += _in_ascii(quick.text, word) if quick.same else _in_words(text, word)
        if quick.han and word.isascii() and not word.isdecimal():
            found += _in_pinyin(_sounds(text, field == "name" and person), word)
    return found


def _typed(spelling: tuple[str, ...]) -> Iterator[str]:
    """The tokens with the overlapping pairs of Han characters joined to what was typed."""
    joined = ""
    for token in spelling:
        if len(joined) > 1 and joined[-1] == token[0] and has_han(token):
            joined += token[1:]
            continue
        if joined:
            yield joined
        joined = token
    if joined:
        yield joined


def _in_words(text: str, token: str) -> Iterator[_Span]:
    anywhere = not token.isascii() and has_han(token)
    for view in _views(text):
        start = view.text.find(token)
        while start >= 0:
            if anywhere or start in view.starts:
                end = start + len(token)
                after = view.origin[end] if end < len(view.origin) else len(text)
                # Up to the next letter, so that accents of their own are marked with theirs.
                last = view.origin[end - 1]
                yield view.origin[start], max(last + 1, _trimmed(text, last, after))
            start = view.text.find(token, start + 1)


def _in_ascii(low: str, token: str) -> Iterator[_Span]:
    start = low.find(token)
    while start >= 0:
        if start == 0 or not low[start - 1].isalnum():
            yield start, start + len(token)
        start = low.find(token, start + 1)


def _trimmed(text: str, last: int, after: int) -> int:
    """The end of the letter at `last` with the marks that stand behind it."""
    end = last + 1
    while end < after and not fold(text[end]):
        end += 1
    return end


def _in_pinyin(sounds: _Sounds, token: str) -> Iterator[_Span]:
    """The Han characters whose syllables or initials `token` spells."""
    at, syllable, firsts = sounds
    start = firsts.find(token[0])
    while start >= 0:
        end, spelled = start, ""
        while end < len(syllable) and len(spelled) < len(token):
            spelled += syllable[end]
            end += 1
        plain = spelled.replace("lv", "lu").replace("nv", "nu")
        if spelled.startswith(token) or plain.startswith(token):
            yield from _each(at[start:end])
        elif len(token) > 1 and firsts.startswith(token, start):
            yield from _each(at[start : start + len(token)])
        elif start == 0 and len(token) > 1 and (syllable[0] + firsts[1:]).startswith(token):
            yield from _each(at[: 1 + len(token) - len(syllable[0])])
        start = firsts.find(token[0], start + 1)


def _in_digits(text: str, pieces: Iterable[str]) -> Iterator[_Span]:
    shown = _digits(text)
    if not any(piece[-tokens.SHORTEST_PIECE :] in shown for piece in pieces):
        return
    at = [number for number, char in enumerate(text) if char.isdecimal()]
    for piece in pieces:
        # The shown number may lack the country code that was typed, or have a 0 in its place.
        for skipped in range(max(1, len(piece) - tokens.SHORTEST_PIECE + 1)):
            rest = piece[skipped:]
            start = shown.find(rest)
            if start >= 0 and (skipped == 0 or shown[:start].strip("0") == ""):
                yield at[start], at[start + len(rest) - 1] + 1
                return


@lru_cache(4096)
def _digits(text: str) -> str:
    return digits(text)


@lru_cache(2048)
def _sounds(text: str, person: bool) -> _Sounds:
    at: Sequence[int] = range(len(text))
    if not _ALL_HAN.fullmatch(text):
        at = [number for number in at if has_han(text[number])]
    sounds = name_syllables(text) if person else syllables(text)
    if len(sounds) != len(at):
        # Other scripts count as one syllable a word: take the Han characters one by one.
        sounds = tuple(syllables(text[number])[0] for number in at)
    return _Sounds(at, sounds, "".join(sound[0] for sound in sounds))


def _plain(text: str) -> _View:
    return _views(text)[0]


@lru_cache(4096)
def _views(text: str) -> tuple[_View, ...]:
    """The text in its spellings: plain, "ü" written out, and "ue" written short."""
    plain = _mapped(text, {})
    found = [plain]
    if not text.isascii():
        respelled = _mapped(text, _RESPELLED)
        if respelled.text != plain.text:
            found.append(respelled)
    if _SHORTENED.search(plain.text):
        found.append(_shortened(plain))
    return tuple(found)


def _mapped(text: str, respelled: dict[str, str]) -> _View:
    if text.isascii() and "'" not in text and "`" not in text:
        low = text.lower()
        return _View(low, range(len(low)), _word_starts(low))
    letters: list[str] = []
    origin: list[int] = []
    for number, char in enumerate(text):
        folded = respelled.get(char.lower()) or fold(char)
        if folded in ("'", "`"):
            continue
        letters.append(folded)
        origin += [number] * len(folded)
    plain = "".join(letters)
    return _View(plain, origin, _word_starts(plain))


def _word_starts(text: str) -> frozenset[int]:
    return frozenset(match.start() for match in _WORD.finditer(text))


def _shortened(plain: _View) -> _View:
    kept: list[int] = []
    number = 0
    while number < len(plain.text):
        kept.append(number)
        number += 2 if _SHORTENED.match(plain.text, number) else 1
    text = "".join(plain.text[n] for n in kept)
    return _View(text, [plain.origin[n] for n in kept], _word_starts(text))


def _each(positions: Iterable[int]) -> Iterator[_Span]:
    return ((position, position + 1) for position in positions)


def _joined(spans: list[_Span]) -> list[_Span]:
    """The spans in order; those that touch are one."""
    if len(spans) == 1:
        return spans
    found: list[_Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
