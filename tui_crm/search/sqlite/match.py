"""What is asked of the two FTS5 tables of SQLite, in the query language of FTS5.

FTS5 knows which tokens a document has and not where they stand: whatever needs more becomes a
condition on the text of the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from tui_crm.search.engine import Condition, any_of
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.search.tokens import WINDOW

_LONGEST_LISTED = 6  # characters of a beginning that FTS5 keeps a list of documents for


class Asked(NamedTuple):
    """What needs come to: the table that leads the query, what it is asked, what is asked of each
    document that it finds, and whether that needs the text.
    """

    driver: str
    match: Condition
    rest: Condition
    text: bool

    @property
    def condition(self) -> Condition:
        """All that is asked."""
        return self.match & self.rest


def asked_of(needs: Needs, levels: Sequence[Level]) -> Asked:
    """What is asked for documents that meet each positive need at its level."""
    matches: list[str] = []
    rest = Condition()
    positive = needs.positive
    if needs.number_alone and not positive[0].spellings:
        expression, ways = _digits(positive[0], levels[0])
        if not expression:
            return Asked("search_digits", Condition("FALSE"), Condition(), False)
        # Of the keys it holds owners and teams; the others are told by the table of customers.
        held = [any_token(group) for group in needs.keys if all(map(_with_digits, group))]
        match = Condition("search_digits MATCH ?", [" AND ".join((expression, *held))])
        return Asked("search_digits", match, ways, ways.sql != "TRUE")
    for need, level in zip(positive, levels, strict=True):
        if need.pieces:
            rest &= number_condition(need, level)
            continue
        matches.append(_expression(need, level))
        rest &= _neighbours(need, level)
    for need in needs.needs:
        if need.negated:
            rest &= ~number_condition(need, "any")
    matches += map(any_token, needs.keys)
    matches += [_any_of(map(_hint, group)) for group in needs.hints]
    text = rest.sql != "TRUE"
    if not matches:
        return Asked("search_doc", Condition(), rest, text)
    match = Condition("search_words MATCH ?", [" AND ".join(matches)])
    return Asked("search_words", match, rest, text)


def shortened(needs: Needs, levels: Sequence[Level]) -> tuple[Needs, Condition] | None:
    """The needs with long beginnings of words cut to those that FTS5 keeps lists of, and the
    condition on the text by which they are told from the rest; None if there is nothing to cut.

    For a longer beginning FTS5 first puts together the documents of all words that begin so, which
    takes milliseconds where they are many, however few of them are wanted.
    """
    cut: dict[Need, Need] = {}
    told = Condition()
    for need, level in zip(needs.positive, levels, strict=True):
        short = _cut(need, level)
        if short is not need:
            cut[need] = short
            told &= any_of(
                [Condition("instr(t.words, ?) > 0", [text]) for text in need.patterns(level)]
            )
    if not cut:
        return None
    return replace(needs, needs=tuple(cut.get(need, need) for need in needs.needs)), told


def number_condition(need: Need, level: Level) -> Condition:
    """The condition that a document meets `need` as words or, where it has pieces, as digits."""
    found = []
    if need.spellings:
        words = Condition(
            "d.id IN (SELECT rowid FROM search_words WHERE search_words MATCH ?)",
            [_expression(need, level)],
        )
        found.append(words & _neighbours(need, level))
    if need.pieces:
        expression, ways = _digits(need, level)
        if expression:
            subquery = "d.id IN (SELECT rowid FROM search_digits WHERE search_digits MATCH ?)"
            found.append(Condition(subquery, [expression]) & ways)
    return any_of(found)


def quoted(token: str) -> str:
    """A token as a string of the FTS5 query language."""
    return '"' + token.replace('"', '""') + '"'


def any_token(tokens: Iterable[str]) -> str:
    """The FTS5 query for documents with one of `tokens`."""
    return _any_of(map(quoted, tokens))


def _any_of(expressions: Iterable[str]) -> str:
    return "(" + " OR ".join(expressions) + ")"


def _expression(need: Need, level: Level) -> str:
    """The FTS5 query that finds the documents which may meet `need`."""
    sigil = _sigil(need, level)
    whole = _is_whole(need, level)
    found = []
    for spelling in need.spellings:
        parts = [quoted(sigil + token) for token in spelling]
        if not whole:
            parts[-1] += "*"
        found.append(" AND ".join(parts))
    return _any_of(f"({expression})" for expression in found)


def _cut(need: Need, level: Level) -> Need:
    """The need with its words cut to beginnings of which there are lists, or as it is."""
    room = _LONGEST_LISTED - len(_sigil(need, level))
    if all(len(way[-1]) <= room for way in need.spellings) or _is_whole(need, level):
        return need
    if need.marks or need.pieces or not need.text.isalpha():
        return need  # few have the same address or number
    return replace(need, spellings=tuple((*way[:-1], way[-1][:room]) for way in need.spellings))


def _sigil(need: Need, level: Level) -> str:
    """What stands before a token in the index, where it has to be one of the name."""
    return "~" if level in ("name", "name_whole") or need.marks == "n" else ""


def _is_whole(need: Need, level: Level) -> bool:
    return need.whole or level in ("whole", "name_whole")


def _with_digits(token: str) -> bool:
    """Whether a key stands beside the digits too."""
    return token[0] == "_"


def _hint(item: Need | str) -> str:
    return quoted(item) if isinstance(item, str) else _expression(item, "any")


def _neighbours(need: Need, level: Level) -> Condition:
    """What the FTS5 table cannot answer: the field, and which tokens stand side by side."""
    if not need.side_by_side and need.marks in ("", "n"):
        return Condition()
    return any_of([Condition("instr(t.words, ?) > 0", [text]) for text in need.patterns(level)])


def _digits(need: Need, level: Level) -> tuple[str, Condition]:
    """The FTS5 query for numbers that have one of the pieces of `need`, "" where there can be
    none, and what is asked of the text besides.
    """
    pieces = [piece for piece in need.pieces if level == "any" or len(piece) < WINDOW]
    if not pieces or level not in ("whole", "any"):
        return "", Condition()
    expression = _any_of(_piece_expression(piece, level) for piece in pieces)
    if not any(len(piece) > WINDOW for piece in pieces):
        return expression, Condition()
    return expression, any_of([Condition("instr(t.digits, ?) > 0", [piece]) for piece in pieces])


def _piece_expression(piece: str, level: Level) -> str:
    """The FTS5 query for a run of digits.

    A token shorter than `WINDOW` is there only at the end of a number.
    """
    if len(piece) <= WINDOW:
        return quoted(piece) + ("" if level == "whole" else "*")
    parts = (piece[i : i + WINDOW] for i in range(len(piece) - WINDOW + 1))
    return "(" + " AND ".join(quoted(part) for part in parts) + ")"
