"""Where the typed words stand in the shown text, in positions of that text.

The text is folded letter by letter, each folded letter remembering where it came from: "muller"
and "mueller" both mark "Müller", "zs" and "zhangs" mark 张三.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from tui_crm.core.rows import CustomerRow, Match
from tui_crm.search import tokens
from tui_crm.search.needs import Need
from tui_crm.text.fold import HAN_CLASS, fold, has_han
from tui_crm.text.phone import digits
from tui_crm.text.pinyin import name_syllables, syllables

_FIELDS = ("name", "organization", "title", "city", "account_no", "email")
_MARKED = (*_FIELDS, "phone")
_RESPELLED = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_WORD = re.compile(f"[{HAN_CLASS}]+|(?:(?![{HAN_CLASS}])[^\\W_])+")
_ALL_HAN = re.compile(f"[{HAN_CLASS}]+")
_LONGEST = 400  # characters of a field that are looked at; a list shows fewer
_FIGURES = re.compile("[0-9]+")
_BETWEEN = "\0"  # the fields of a row that are looked at together
_PAIRS = ("ae", "oe", "ue", "aa")  # that are also written with one letter
_PAIR = re.compile("[aou]e|aa")


class _View(NamedTuple):
    """A folded text without apostrophes, where each of its letters came from, and the letters
    with which words begin.
    """

    text: str
    origin: Sequence[int]
    starts: frozenset[int]


class _Sounds(NamedTuple):
    """The Han characters of a text: their positions, syllables and initials, and all that they are
    spelled by, of which most words are no part.
    """

    at: Sequence[int]
    syllables: tuple[str, ...]
    initials: str
    spelled: str


class _Word(NamedTuple):
    """A word that is looked for: as it is in a `_short` text, whether it may spell Han characters,
    and what a text must have that writes a letter of it with two.
    """

    text: str
    short: str
    spells: bool
    longer: tuple[str, ...]


class _Wanted(NamedTuple):
    """A need as it is looked for in texts: its words, the beginnings of an address, and runs of
    digits.
    """

    words: tuple[_Word, ...]
    addresses: tuple[str, ...]
    pieces: tuple[str, ...]


_Span: TypeAlias = tuple[int, int]


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
    texts = [row.name, row.organization, row.title, row.city, row.account_no, row.email]
    line = _BETWEEN.join(texts)
    if len(line) > _LONGEST or line.count(_BETWEEN) >= len(texts):
        texts = [_looked_at(text) for text in texts]
        line = _BETWEEN.join(texts)
    line = _short(line) if line.isascii() else _BETWEEN.join(map(_short_of, texts))
    found: dict[str, list[_Span]] = {}
    reasons: dict[str, None] = {}
    for need in wanted:
        seen = list(_in_fields(_FIELDS, texts, line, need, row.kind == "person"))
        if need.pieces and (spans := list(_in_digits(row.phone[:_LONGEST], need.pieces))):
            seen.append(("phone", spans))
        for field, spans in seen:
            found[field] = found[field] + spans if field in found else spans
        if not seen and (reason := next(_hidden(row, need), "")):
            reasons[reason] = None
    matches = [
        (field, start, end)
        for field in _MARKED
        if field in found
        for start, end in _joined(found[field])
    ]
    return tuple(matches), ", ".join(reasons)


def _looked_at(text: str) -> str:
    return text[:_LONGEST].replace(_BETWEEN, " ")


def _hidden(row: CustomerRow, need: _Wanted) -> Iterator[str]:
    """What meets `need` in the fields that lists do not show, by what to call it: of numbers that
    find a customer by themselves the account's, written as it is, and "#7" for an id.
    """
    for field, shown in ("tags", row.tags), ("email", row.emails[1:]):
        for text in map(_looked_at, shown):
            if any(_in_fields([field], [text], _short_of(text), need, False)):
                yield text
    for phone in row.phones[1:]:
        if any(_in_digits(phone[:_LONGEST], need.pieces)):
            yield phone[:_LONGEST]
    figures = {word.text for word in need.words if word.text.isdecimal()}
    plain = {run.lstrip("0") for run in figures}
    if not plain.isdisjoint(run.lstrip("0") for run in _FIGURES.findall(row.account_no)):
        yield _looked_at(row.account_no)
    elif str(row.id) in figures:
        yield f"#{row.id}"


def _in_fields(
    fields: Sequence[str], texts: Sequence[str], line: str, need: _Wanted, person: bool
) -> Iterator[tuple[str, list[_Span]]]:
    """What meets `need` in the texts of these fields, of which `line` has the short forms."""
    words, addresses, _pieces = need
    for word in words:
        at = line.find(word.short)
        while at >= 0:
            number = line.count(_BETWEEN, 0, at)
            if not (addresses and fields[number] == "email") and (
                spans := list(_in_words(texts[number], word))
            ):
                yield fields[number], spans
            at = line.find(_BETWEEN, at)
            at = line.find(word.short, at) if at >= 0 else -1
        if word.spells and not line.isascii():
            for field, text in zip(fields, texts, strict=True):
                if text.isascii():
                    continue
                sounds = _sounds(text, field == "name" and person)
                if word.text in sounds.spelled and (spans := list(_in_pinyin(sounds, word.text))):
                    yield field, spans
    if addresses and "email" in fields:
        text = texts[fields.index("email")]
        if spans := list(_in_address(text, addresses)):
            yield "email", spans


def _wanted(need: Need) -> _Wanted:
    starts = tuple(spelling[0] for spelling in need.spellings)
    return _Wanted(
        tuple(_word(token) for spelling in need.spellings for token in _typed(spelling)),
        starts if tokens.ADDRESS in need.marks else (),
        need.pieces,
    )


@lru_cache(4096)
def _word(token: str) -> _Word:
    longer = [
        pair + following
        for letter, following in pairwise(token)
        for pair in _PAIRS
        if letter == pair[0]
    ]
    spells = token.isascii() and not token.isdecimal()
    return _Word(token, _short(token), spells, tuple(longer))


def _short(text: str) -> str:
    """A text as far as most words are told not to be in it: folded, without apostrophes, "ue"
    written short.
    """
    text = fold(text).replace("'", "")
    for pair in _PAIRS:
        text = text.replace(pair, pair[0])
    return text


@lru_cache(4096)
def _short_of(text: str) -> str:
    return _short(text)


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


def _in_address(text: str, starts: Iterable[str]) -> Iterator[_Span]:
    view = _views(text)[0]
    for start in starts:
        if view.text.startswith(start):
            yield from _each(view.origin[: len(start)])


def _in_words(text: str, word: _Word) -> Iterator[_Span]:
    token = word.text
    low = text.lower()
    if low.isascii() and "'" not in low and "`" not in low:
        start = low.find(token)
        while start >= 0:
            if start == 0 or not low[start - 1].isalnum():
                yield start, start + len(token)
            start = low.find(token, start + 1)
        if not any(pair in low for pair in word.longer):
            return
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


def _trimmed(text: str, last: int, after: int) -> int:
    """The end of the letter at `last` with the marks that stand behind it."""
    end = last + 1
    while end < after and not fold(text[end]):
        end += 1
    return end


def _in_pinyin(sounds: _Sounds, token: str) -> Iterator[_Span]:
    """The Han characters whose syllables or initials `token` spells."""
    at, syllable, firsts, _spelled = sounds
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
    spelled = "".join(sounds)
    firsts = "".join([sound[0] for sound in sounds])
    first = sounds[0] if sounds else ""
    also = spelled.replace("lv", "lu").replace("nv", "nu")
    return _Sounds(at, sounds, firsts, f"{spelled} {firsts} {first}{firsts[1:]} {also}")


@lru_cache(4096)
def _views(text: str) -> tuple[_View, ...]:
    """The text in its spellings: plain, "ü" written out, and "ue" written short."""
    plain = _mapped(text, {})
    found = [plain]
    if not text.isascii():
        respelled = _mapped(text, _RESPELLED)
        if respelled.text != plain.text:
            found.append(respelled)
    if _PAIR.search(plain.text):
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
    start = 0
    for pair in _PAIR.finditer(plain.text):
        kept += range(start, pair.start() + 1)
        start = pair.end()
    kept += range(start, len(plain.text))
    text = "".join([plain.text[n] for n in kept])
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
