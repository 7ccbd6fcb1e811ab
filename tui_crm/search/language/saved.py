"""`segment:name` in a query: what was saved under that name stands there instead.

A segment may name others. It keeps its own "or": "segment:big anna" asks Anna of all that "big"
finds. Its order counts where the query says none itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui_crm.config import nearest
from tui_crm.core import segments
from tui_crm.core.rows import Problem, SegmentRow
from tui_crm.search.language.query import (
    SEGMENT,
    Filter,
    Group,
    Ids,
    Order,
    Part,
    Query,
    parse,
    walk,
)
from tui_crm.text.fold import fold
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_NOBODY = Ids((0,))  # an id that is never given


def expanded(session: Session, query: Query) -> Query:
    """The query with the viewer's segments written out in it.

    One that is not there, or that holds itself, is a problem and finds nobody. A problem inside of
    a segment points at the word that names the segment.
    """
    if not any(isinstance(part, Filter) and part.field is SEGMENT for part in walk(query.parts)):
        return query
    writer = _Writer(session)
    parts = tuple(writer.parts(query.parts, ()))
    order = query.order or tuple(writer.order)
    problems = sorted((*query.problems, *writer.problems), key=lambda problem: problem.start)
    return replace(query, parts=parts, order=order, problems=tuple(problems))


def renamed(text: str, old: str, new: str) -> str:
    """A query text in which the segment `old` has the name `new`."""
    from tui_crm.search.language.lexer import tokens
    from tui_crm.search.language.query import keyword
    from tui_crm.search.language.rewrite import quoted

    for token in reversed(list(tokens(text))):
        if token.kind != "field" or keyword(token.text) != "segment" or not token.closed:
            continue
        values = [new if fold(value.text) == fold(old) else value.text for value in token.values]
        if values != [value.text for value in token.values]:
            start = token.end - len(token.written)
            text = text[:start] + ",".join(map(quoted, values)) + text[token.end :]
    return text


class _Writer:
    """Writes segments out."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.known = {fold(row.name): row for row in segments.all(session)}
        self.order: list[Order] = []
        self.problems: list[Problem] = []
        self.typed = Filter(SEGMENT)  # the word of the query itself

    def parts(self, parts: Sequence[Part], inside: tuple[str, ...]) -> Iterator[Part]:
        """The parts without a segment in them; `inside` are the segments that are being written."""
        for part in parts:
            if isinstance(part, Group):
                yield replace(part, parts=tuple(self.parts(part.parts, inside)))
            elif isinstance(part, Filter) and part.field is SEGMENT:
                yield from self.segment(part, inside)
            else:
                yield part

    def segment(self, asked: Filter, inside: tuple[str, ...]) -> Iterator[Part]:
        if not inside:
            self.typed = asked
        ways = [self.one(value.text, inside) for value in asked.values]
        if len(ways) == 1 and not asked.negated:
            yield from ways[0]
            return
        groups = [way[0] if len(way) == 1 else Group(way, False) for way in ways]
        whole = Group(tuple(groups), True) if len(groups) > 1 else groups[0]
        negated = whole.negated != asked.negated
        yield replace(whole, start=asked.start, end=asked.end, negated=negated)

    def one(self, name: str, inside: tuple[str, ...]) -> tuple[Part, ...]:
        key = fold(name)
        row = self.known.get(key) or self._beginning(key)
        if row is None:
            message = _("There is no saved search “{name}”.").format(name=name)
            near = nearest(name, [known.name for known in self.known.values()])
            return self._nobody(f"{message} {near}".rstrip())
        if fold(row.name) in inside:
            message = _("The saved search “{name}” contains itself.").format(name=row.name)
            return self._nobody(message)
        query = parse(row.query, self.session.fields)
        for problem in query.problems:
            self._complain(f"{row.name}: {problem.message}")
        self.order += query.order
        within = (*inside, fold(row.name))
        return tuple(_moved(part, self.typed) for part in self.parts(query.parts, within))

    def _beginning(self, key: str) -> SegmentRow | None:
        """The only segment whose name begins so, as while it is typed."""
        found = [row for name, row in self.known.items() if name.startswith(key)]
        return found[0] if len(found) == 1 else None

    def _nobody(self, message: str) -> tuple[Part, ...]:
        self._complain(message)
        return (_moved(_NOBODY, self.typed),)

    def _complain(self, message: str) -> None:
        self.problems.append(Problem(message, self.typed.start, self.typed.end))


def _moved(part: Part, to: Filter) -> Part:
    """A part that stands where the segment is named."""
    if isinstance(part, Group):
        part = replace(part, parts=tuple(_moved(inner, to) for inner in part.parts))
    return replace(part, start=to.start, end=to.end)
