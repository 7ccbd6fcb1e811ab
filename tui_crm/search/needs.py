"""From the words of a query to what must be found, in a form that both engines understand."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Literal

from tui_crm.search import tokens
from tui_crm.search.language.query import Word
from tui_crm.text.email import looks_like_email
from tui_crm.text.fold import fold, has_han, words
from tui_crm.text.phone import looks_like_phone, search_digits

Level = Literal["name_whole", "name", "whole", "any"]
"""How strictly a need is to be met: as a whole word of the name, at the beginning of one, as a
whole word of any field or at the end of a number, at the beginning of any word."""

_NUMBER_SIGNS = frozenset("0123456789+()[]./-–—‐‑―·•,;#*~")
_EXTENSION_WORDS = 2  # "ext 12"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that must be found.

    `spellings` are sequences of tokens of which one must be there, its tokens side by side; the
    last token may be the beginning of a word unless `whole`. `pieces` are runs of digits of which
    one must be in a number; with both, either is enough. `marks` names the fields to look in, none
    meaning all.
    """

    text: str
    spellings: tuple[tuple[str, ...], ...] = ()
    pieces: tuple[str, ...] = ()
    marks: str = ""
    whole: bool = False
    negated: bool = False

    @property
    def side_by_side(self) -> bool:
        """Whether the index alone cannot tell: it does not know which tokens are neighbours."""
        return any(len(spelling) > 1 for spelling in self.spellings)

    def patterns(self, level: Level = "any") -> list[str]:
        """Texts of which one is in `Document.words` if a spelling is met at that level."""
        in_name = level in ("name", "name_whole")
        marks = tokens.NAME if in_name else self.marks
        end = " " if self.whole or level in ("whole", "name_whole") else ""
        found = []
        for spelling in self.spellings:
            if len(spelling) > 1:
                found += [
                    " " + " ".join(f"{mark}~{token}" for token in spelling) + end
                    for mark in marks or tokens.TEXT_MARKS
                ]
            elif marks:
                found += [f" {mark}~{spelling[0]}{end}" for mark in (*marks, *marks.upper())]
            else:
                found.append(f"~{spelling[0]}{end}")
        return found


@dataclass(frozen=True, slots=True)
class Needs:
    """All that must be found, and tokens (of owners, teams) of which one of each group must be.

    `hints` say nothing new: of each, a need or a token is met by every document that the condition
    beside these needs lets through, so that the index may look there alone.
    """

    needs: tuple[Need, ...] = ()
    keys: tuple[tuple[str, ...], ...] = field(default=())
    hints: tuple[tuple[Need | str, ...], ...] = field(default=())

    @property
    def everything(self) -> bool:
        """Whether the index has nothing to say."""
        return not (self.needs or self.keys or self.hints)

    @property
    def positive(self) -> tuple[Need, ...]:
        """The needs that are not turned round."""
        return tuple(need for need in self.needs if not need.negated)

    @property
    def number_alone(self) -> bool:
        """Whether a piece of a telephone number is all that is typed."""
        return len(self.needs) == 1 and bool(self.positive and self.positive[0].pieces)

    def number_parts(self) -> Iterator[Needs]:
        """Of a number that stands alone: as digits, and as a word."""
        need = self.needs[0]
        yield replace(self, needs=(replace(need, spellings=()),))
        if need.spellings:
            yield replace(self, needs=(replace(need, pieces=()),))


def from_words(typed: tuple[Word, ...], country: str) -> tuple[Need, ...]:
    """The needs of the words of a query, typed by somebody in `country` (ISO 3166).

    Neighbouring words of figures and telephone signs are one number, however it is spaced, and so
    are those of an extension behind it.
    """
    found: list[Need] = []
    index = 0
    while index < len(typed):
        word = typed[index]
        if word.quoted or word.negated:
            if not word.quoted and _figures(word.text) and looks_like_phone(word.text):
                found.append(replace(_number(word.text, country), negated=True))
            else:
                found += _phrase(word)
            index += 1
            continue
        if number := _number_at(typed, index):
            text, index = number
            found.append(_number(text, country))
            continue
        found += word_needs(word.text)
        index += 1
    return tuple(dict.fromkeys(found))


def word_needs(text: str, marks: str = "") -> list[Need]:
    """The needs of a word as typed: one, or one each for its Han and its other parts."""
    if looks_like_email(text) and not marks.strip(tokens.EMAIL):
        return [Need(text, ((tokens.address_token(text),),), marks=tokens.ADDRESS)]
    return [_word(part, marks) for part in words(text)]


def phrase_need(text: str, marks: str = "", *, whole: bool = False) -> Need | None:
    """The words of `text` side by side; None if there is no word in it."""
    sequence: list[str] = []
    parts = words(text)
    for number, part in enumerate(parts):
        if has_han(part):
            pieces = tokens.han_pieces(part)
            # The last character alone begins a pair where the text goes on.
            sequence += pieces[:-1] if len(part) > 1 and number == len(parts) - 1 else pieces
        else:
            sequence.append(part[: tokens.LONGEST_TOKEN])
    if not sequence:
        return None
    ends_in_han = has_han(parts[-1])
    spellings = [tuple(sequence)]
    if len(sequence) == 1 and (short := tokens.written_short(sequence[0])) != sequence[0]:
        spellings.append((short,))
    return Need(fold(text).strip(), tuple(spellings), marks=marks, whole=whole and not ends_in_han)


def piece_need(text: str, country: str) -> Need | None:
    """A piece of a telephone number; None if it is too short to be one."""
    pieces = _pieces(text, country)
    return Need(text, pieces=pieces) if pieces else None


def _phrase(word: Word) -> list[Need]:
    need = phrase_need(word.text, whole=word.quoted)
    if need is None:
        return []
    return [Need(need.text, need.spellings, need.pieces, need.marks, need.whole, word.negated)]


def _word(part: str, marks: str) -> Need:
    if has_han(part):
        pieces = tokens.han_pieces(part)
        return Need(part, (tuple(pieces[:-1] if len(part) > 1 else pieces),), marks=marks)
    token = part[: tokens.LONGEST_TOKEN]
    spellings = [(token,)]
    short = tokens.written_short(token)
    # "mue" may be the beginning of "muenster": only a letter behind the pair says that it is one.
    if short != token and (marks or not token.endswith(("ae", "oe", "ue", "aa"))):
        spellings.append((short,))
    return Need(part, tuple(spellings), marks=marks)


def _number(text: str, country: str) -> Need:
    parts = [word[: tokens.LONGEST_TOKEN] for word in words(text)]
    spellings = [tuple(parts)] if len(parts) > 1 else [(part,) for part in parts]
    joined = "".join(parts)
    if len(parts) > 1:
        spellings.append((joined[: tokens.LONGEST_TOKEN],))
    return Need(text, tuple(spellings), _pieces(text, country))


def _pieces(text: str, country: str) -> tuple[str, ...]:
    return tuple(
        piece for piece in search_digits(text, country) if len(piece) >= tokens.SHORTEST_PIECE
    )


def _number_at(typed: tuple[Word, ...], start: int) -> tuple[str, int] | None:
    """The number that begins with a word, and where the words behind it begin; None if there is
    none.
    """
    plain = [part.text for part in takewhile(_is_plain, typed[start:])]
    size = sum(1 for _text in takewhile(_figures, plain))
    for count in (size + _EXTENSION_WORDS, size + 1, size):
        text = " ".join(plain[:count])
        if 0 < count <= len(plain) and looks_like_phone(text):
            return text, start + count
    return None


def _is_plain(word: Word) -> bool:
    return not word.quoted and not word.negated


def _figures(text: str) -> bool:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)  # as an input method for Chinese writes them
    return all(char in _NUMBER_SIGNS or char.isdecimal() for char in text)
