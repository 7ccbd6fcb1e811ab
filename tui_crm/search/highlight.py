"""Where the typed words stand in the shown text, in positions of that text.

The text is folded letter by letter, each folded letter remembering where it came from: "muller"
and "mueller" both mark "Müller", "zs" and "zhangs" mark 张三.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from tui_crm.core.rows import CustomerRow
from tui_crm.search import tokens
from tui_crm.search.needs import Need
from tui_crm.text.fold import fold, has_han
from tui_crm.text.pinyin import name_syllables, syllables

_FIELDS = ("name", "organization", "title", "city", "account_no", "email", "phone")
_RESPELLED = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_LONGEST = 400  # characters of a field that are looked at; a list shows fewer

Match = tuple[str, int, int]
_Folded = tuple[str, tuple[int, ...]]


def matches(row: CustomerRow, needs: Sequence[Need]) -> tuple[Match, ...]:
    """(field, start, end) of all that matches in the shown fields of `row`."""
    found: list[Match] = []
    for field in _FIELDS:
        text = getattr(row, field)[:_LONGEST]
        if text:
            marked: set[int] = set()
            for need in needs:
                marked.update(_positions(field, text, need, row.kind == "person"))
            found += [(field, start, end) for start, end in _runs(marked)]
    return tuple(found)


def reason(row: CustomerRow, needs: Sequence[Need]) -> str:
    """What matched where the row does not show it: a tag, another address or number."""
    hidden = (
        *(("tags", tag) for tag in row.tags),
        *(("email", email) for email in row.emails[1:]),
        *(("phone", phone) for phone in row.phones[1:]),
    )
    shown = [(field, getattr(row, field)[:_LONGEST]) for field in _FIELDS]
    found: dict[str, None] = {}
    for need in needs:
        if any(text and any(_positions(f, text, need, row.kind == "person")) for f, text in shown):
            continue
        for field, text in hidden:
            if any(_positions(field, text[:_LONGEST], need, False)):
                found[text] = None
                break
    return ", ".join(found)


def _positions(field: str, text: str, need: Need, person: bool) -> Iterator[int]:
    """The positions in `text` that meet `need`."""
    if field == "phone":
        yield from _in_digits(text, need.pieces)
        return
    if field == "email" and tokens.ADDRESS in need.marks:
        folded, origin = _folded(text)
        for spelling in need.spellings:
            if folded.startswith(spelling[0]):
                yield from origin[: len(spelling[0])]
        return
    for spelling in need.spellings:
        for token in _typed(spelling):
            yield from _in_words(field, text, token, person)


def _typed(spelling: tuple[str, ...]) -> Iterable[str]:
    """The tokens with the overlapping pairs of Han characters joined to what was typed."""
    joined = ""
    for token in spelling:
        if joined and len(joined) > 1 and has_han(token) and joined[-1] == token[0]:
            joined += token[1:]
            continue
        if joined:
            yield joined
        joined = token
    if joined:
        yield joined


def _in_words(field: str, text: str, token: str, person: bool) -> Iterator[int]:
    if has_han(token):
        folded, origin = _folded(text)
        start = folded.find(token)
        while start >= 0:
            yield from origin[start : start + len(token)]
            start = folded.find(token, start + 1)
        return
    for folded, origin in _views(text):
        for start in _word_starts(folded):
            # An apostrophe inside a word is not typed: "obrien" marks "O'Brien".
            end = _matched(folded, start, token)
            if end:
                yield from (p for n in range(start, end) for p in _covered(origin, n))
    if has_han(text):
        yield from _in_pinyin(text, token, field == "name" and person)


def _matched(folded: str, start: int, token: str) -> int:
    """The end of `token` in `folded` from `start` on, apostrophes passed over; 0 if it differs."""
    at = start
    for char in token:
        while at < len(folded) and folded[at] == "'" and at > start:
            at += 1
        if at >= len(folded) or folded[at] != char:
            return 0
        at += 1
    return at


def _covered(origin: tuple[int, ...], number: int) -> Iterator[int]:
    """The positions from which a folded letter came, marks that have no letter included."""
    first = origin[number]
    last = origin[number + 1] if number + 1 < len(origin) else first + 1
    yield from range(first, max(first + 1, last))


def _word_starts(folded: str) -> Iterator[int]:
    inside = False
    for number, char in enumerate(folded):
        if char.isalnum():
            if not inside or has_han(char) or has_han(folded[number - 1]):
                yield number
            inside = True
        elif char != "'":
            inside = False


def _in_pinyin(text: str, token: str, person: bool) -> Iterator[int]:
    """The Han characters whose syllables or initials `token` spells."""
    at = [number for number, char in enumerate(text) if has_han(char)]
    sounds = name_syllables(text) if person else syllables(text)
    if len(sounds) != len(at):
        # Other scripts count as one syllable a word: take the Han characters one by one.
        sounds = tuple(syllables(text[number])[0] for number in at)
    firsts = "".join(sound[0] for sound in sounds)
    for start in range(len(sounds)):
        end, spelled = start, ""
        while end < len(sounds) and len(spelled) < len(token):
            spelled += sounds[end]
            end += 1
        plain = spelled.replace("lv", "lu").replace("nv", "nu")
        if spelled.startswith(token) or plain.startswith(token):
            yield from at[start:end]
        elif len(token) > 1 and firsts.startswith(token, start):
            yield from at[start : start + len(token)]
        elif start == 0 and (sounds[0] + firsts[1:]).startswith(token) and len(token) > 1:
            yield from at[: 1 + len(token) - len(sounds[0])]


def _in_digits(text: str, pieces: Iterable[str]) -> Iterator[int]:
    at = [number for number, char in enumerate(text) if char.isdecimal()]
    shown = "".join(fold(text[number]) for number in at)
    for piece in pieces:
        # The shown number may lack the country code that was typed, or have a 0 in its place.
        for skipped in range(max(1, len(piece) - tokens.SHORTEST_PIECE + 1)):
            rest = piece[skipped:]
            start = shown.find(rest)
            if start >= 0 and (skipped == 0 or shown[:start].strip("0") == ""):
                yield from range(at[start], at[start + len(rest) - 1] + 1)
                return


@lru_cache(4096)
def _folded(text: str) -> _Folded:
    """The folded text, and for each of its letters the position that it came from."""
    return _mapped(text, {})


@lru_cache(4096)
def _views(text: str) -> tuple[_Folded, ...]:
    """The folded text in its spellings: plain, "ü" written out, and "ue" written short."""
    plain = _folded(text)
    found = [plain]
    if not text.isascii():
        found.append(_mapped(text, _RESPELLED))
    if tokens.written_short(plain[0]) != plain[0]:
        found.append(_shortened(plain))
    return tuple(found)


def _mapped(text: str, respelled: dict[str, str]) -> _Folded:
    letters: list[str] = []
    origin: list[int] = []
    for number, char in enumerate(text):
        folded = respelled.get(char.lower()) or fold(char)
        letters.append(folded)
        origin += [number] * len(folded)
    return "".join(letters), tuple(origin)


def _shortened(plain: _Folded) -> _Folded:
    text, origin = plain
    kept: list[int] = []
    number = 0
    while number < len(text):
        kept.append(number)
        number += 2 if text[number : number + 2] in ("ae", "oe", "ue", "aa") else 1
    return "".join(text[n] for n in kept), tuple(origin[n] for n in kept)


def _runs(marked: set[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring positions as (start, end)."""
    start = end = -1
    for position in sorted(marked):
        if position != end:
            if end > start:
                yield start, end
            start = position
        end = position + 1
    if end > start:
        yield start, end
