"""The text of a query cut into its parts: words, phrases, `field:value`, operators, parentheses.

Signs of a Chinese keyboard (：（）“”－) are read like their ASCII twins. Every token knows where it
stands in the text as typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["word", "phrase", "field", "open", "close", "or", "and", "not"]

OPERATORS: dict[str, Kind] = {
    "or": "or", "OR": "or", "或": "or", "或者": "or", "||": "or", "|": "or",  # "Or" is a name
    "AND": "and", "&&": "and",  # "Smith and Sons" is a company
    "not": "not", "NOT": "not",
}  # fmt: skip
"""Words that may join or turn round what stands beside them."""

_SIGNS = str.maketrans(
    {"：": ":", "（": "(", "）": ")", "－": "-", "｜": "|", "，": ",", "、": ","}
    | dict.fromkeys("“”„‟＂«»「」『』", '"')
)
# "(030)" and "+49(0)30" are numbers, not conditions in parentheses.
_AREA = r"\([\d./+*\#-]*\d[\d./+*\#-]*(?:\)|$)"
_VALUE = rf"""(?:"[^"]*(?:"|$)|(?:{_AREA}|[^\s"(),])+)"""
_TOKEN = re.compile(
    rf"""(?P<minus>-)?(?P<name>[^\W\d][\w.-]*):(?P<value>{_VALUE}?(?:,{_VALUE}?)*)
       | (?P<not>-)?"(?P<phrase>[^"]*)(?P<quote>"|$)
       | (?P<word>(?:{_AREA}|[^\s"()])+)
       | (?P<open>\()
       | (?P<close>\))""",
    re.VERBOSE,
)
_OPEN_NEGATED = re.compile(r"-\(")
_PIECE = re.compile(r'"([^"]*)("|$)|[^,"]+')


class Piece(NamedTuple):
    """One value of a field, or a part of it."""

    text: str
    quoted: bool


class Token(NamedTuple):
    """One part of a query; `values` are those of a field."""

    kind: Kind
    text: str
    start: int
    end: int
    negated: bool = False
    closed: bool = True  # whether the quotation mark at its end is there
    values: tuple[Piece, ...] = ()
    written: str = ""  # behind the colon, as typed


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text; every character that is not a blank belongs to one of them."""
    text = without_controls(text)
    plain = text.translate(_SIGNS)
    position, end = 0, len(text)
    while position < end:
        if plain[position].isspace():
            position += 1
        elif _OPEN_NEGATED.match(plain, position):
            yield Token("open", "-(", position, position + 2, negated=True)
            position += 2
        else:
            match = _TOKEN.match(plain, position)
            assert match is not None  # a character that begins nothing else is a word
            yield _token(match, text)
            position = match.end()


def _token(match: re.Match[str], text: str) -> Token:
    start, end = match.span()
    if match["name"] is not None:
        first, last = match.span("value")
        values = tuple(_pieces(match["value"], text[first:last]))
        name = text[slice(*match.span("name"))]
        closed = match["value"].count('"') % 2 == 0
        return Token(
            "field", name, start, end, match["minus"] is not None, closed, values, text[first:last]
        )
    if match["phrase"] is not None:
        phrase = text[slice(*match.span("phrase"))]
        return Token("phrase", phrase, start, end, match["not"] is not None, bool(match["quote"]))
    if match["word"] is not None:
        word = text[start:end]
        if kind := OPERATORS.get(match["word"]):
            return Token(kind, word, start, end)
        negated = len(word) > 1 and match["word"][0] == "-" and word[1].isalpha()
        return Token("word", word[1:] if negated else word, start, end, negated)
    return Token("open" if match["open"] else "close", text[start:end], start, end)


def _pieces(value: str, written: str) -> Iterator[Piece]:
    """The values of a field, which commas divide; a comma in quotation marks does not."""
    for match in _PIECE.finditer(value):
        if match[1] is not None:
            text = written[slice(*match.span(1))].strip()
            yield Piece(text, True)
        elif text := written[match.start() : match.end()].strip():
            yield Piece(text, False)


def without_controls(text: str) -> str:
    """`text` with each control character as a blank, so that positions stay."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
