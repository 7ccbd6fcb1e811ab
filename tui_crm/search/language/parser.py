"""From the tokens of a query to its parts; `query.parse` is the door.

    any   = all ("or" all)*
    all   = (["not"] part)*
    part  = ["-"] "(" any ")"  |  word  |  phrase  |  field

An operator without something on both sides is a word: "Or Cohen" is a name.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tui_crm.config import nearest
from tui_crm.core.fields import Registry
from tui_crm.core.rows import Problem
from tui_crm.search.language.lexer import Piece, Token, tokens
from tui_crm.search.language.query import (
    ALIASES,
    OPEN,
    OTHER_NAMES,
    SEGMENT,
    Filter,
    Group,
    Ids,
    Order,
    Part,
    Query,
    Word,
    field_named,
    keyword,
    spellings,
    walk,
)
from tui_crm.text.fold import fold
from tui_crm.text.i18n import _

_LONGEST_QUERY = 2_000  # characters; more is a paste by mistake
_MOST_WORDS = 32
_DEEPEST = 20  # parentheses in parentheses
_MOST_IDS = 100_000
_LARGEST_ID = (1 << 63) - 1
_NOBODY = 0  # an id that is never given
_EQUATION = re.compile(r"(?P<name>[^\W\d][\w.-]*)(?P<sign>==|!=|<>|<=|>=|[=<>≠≤≥])(?P<value>.+)")
_UNEQUAL = ("!=", "≠", "<>")
_ORDERED = ("<", ">", "<=", ">=", "≤", "≥")
_COMPARED = re.compile(r"[<>=≤≥＜＞＝].*|.*\.\..*", re.DOTALL)


class Parser:
    """The state of one parse."""

    def __init__(self, text: str, registry: Registry) -> None:
        self.text = text
        self.registry = registry
        self.order: list[Order] = []
        self.problems: list[Problem] = []
        self.tokens: list[Token] = []
        self.place = 0
        self.words = 0

    def parse(self) -> Query:
        """The query; problems are in the order of the text."""
        text = self.text
        if len(text) > _LONGEST_QUERY and not text.lstrip().startswith("id:"):
            message = _("The query is too long; its end is left out.")
            self.complain(message, _LONGEST_QUERY, len(text))
            text = text[:_LONGEST_QUERY]
        for token in tokens(text):
            if token.kind == "field" and keyword(token.text) == "sort":
                self.sort(token)
            else:
                self.tokens.append(token)
        parts: list[Part] = []
        while (here := self.peek()) is not None:
            if here.kind == "close":
                self.complain(_("This parenthesis closes nothing."), here.start, here.end)
                self.place += 1
            found = self.any_of(0)
            parts += [found] if found.any else found.parts
        if parts and all(isinstance(part, Word) and part.empty for part in parts):
            self.nothing(parts[0])
        elif self.tokens and not (parts or self.order or self.problems):
            message = _("There is no word to look for.")
            self.complain(message, 0, len(text), unfinished=True)
        return Query(
            self.text,
            tuple(parts),
            tuple(self.order),
            tuple(sorted(self.problems, key=lambda problem: problem.start)),
        )

    def complain(self, message: str, start: int, end: int, *, unfinished: bool = False) -> None:
        self.problems.append(Problem(message, start, end, unfinished))

    def peek(self, ahead: int = 0) -> Token | None:
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    # -- groups -----------------------------------------------------------------------------

    def any_of(self, depth: int) -> Group:
        """What is joined by "or"; a group of all where there is no "or"."""
        ways = [self.all_of(depth)]
        while (token := self.peek()) is not None and token.kind == "or":
            self.place += 1
            ways.append(self.all_of(depth))
        if len(ways) == 1:
            return _all(ways[0])
        found: list[Part] = []
        for way in ways:
            if not way:
                continue
            part = way[0] if len(way) == 1 else Group(tuple(way), False, way[0].start, way[-1].end)
            if _is_empty(part):
                self.nothing(part)
            elif isinstance(part, Group) and part.any and not part.negated:
                found += part.parts
            else:
                found.append(part)
        if len(found) < 2:
            return _all(found)
        return Group(tuple(found), True, found[0].start, found[-1].end)

    def all_of(self, depth: int) -> list[Part]:
        """The parts up to an "or" or the end of the group."""
        found: list[Part] = []
        first = True
        negated = False
        while (token := self.peek()) is not None and token.kind != "close":
            if token.kind == "or" and not first and self.goes_on():
                break
            self.place += 1
            if token.kind == "and" and not first and self.goes_on(0):
                continue
            if token.kind == "not" and self.is_condition():
                negated, first = not negated, False
                continue
            first = False
            part = self.group(token, depth + 1) if token.kind == "open" else self.single(token)
            if part is not None:
                part = replace(part, negated=part.negated != negated)
                if isinstance(part, Group) and not part.any and not part.negated:
                    found += part.parts
                elif part.negated and _is_empty(part):
                    self.nothing(part)
                else:
                    found.append(part)
            negated = False
        return found

    def goes_on(self, ahead: int = 1) -> bool:
        """Whether something stands behind an operator that it could join."""
        token = self.peek(ahead)
        return token is not None and token.kind != "close"

    def is_condition(self) -> bool:
        """Whether a filter or a group comes next, so that "not" is not a word."""
        token = self.peek()
        return token is not None and token.kind in ("field", "open")

    def group(self, token: Token, depth: int) -> Part | None:
        """What stands in parentheses, the first of which is `token`."""
        if depth > _DEEPEST:
            self.complain(_("These are too many parentheses."), token.start, token.end)
            while (inner := self.peek()) is not None and inner.kind != "close":
                self.place += 1
            self.place += 1
            return None
        problems = len(self.problems)
        inside = self.any_of(depth)
        last = self.peek()
        self.place += 1
        if last is None:
            message = _("This parenthesis is not closed.")
            self.complain(message, token.start, token.end, unfinished=True)
        end = last.end if last is not None else len(self.text)
        if not inside.parts:
            if len(self.problems) == problems:
                self.complain(_("There is nothing in the parentheses."), token.start, end)
            return None
        if len(inside.parts) == 1:
            only = inside.parts[0]
            negated = only.negated != (inside.negated != token.negated)
            return replace(only, start=token.start, end=end, negated=negated)
        return replace(inside, start=token.start, end=end, negated=inside.negated != token.negated)

    def nothing(self, part: Part) -> None:
        unfinished = part.end == len(self.text)
        message = _("There is no word to look for.")
        self.complain(message, part.start, part.end, unfinished=unfinished)

    # -- parts ------------------------------------------------------------------------------

    def single(self, token: Token) -> Part | None:
        """The part that one token is; None if it is nothing that could be asked."""
        if token.kind == "field":
            if not token.closed:
                self.unclosed(token)
            return self.filter(token)
        if token.kind == "phrase" and not token.closed:
            self.unclosed(token)
        if not token.text.strip():
            return None
        if token.kind == "word" and (meant := self.meant(token)):
            message = _("Filters are written like {example}.").format(example=meant)
            self.complain(message, token.start, token.end)
            return None
        self.words += 1
        if self.words > _MOST_WORDS:
            if self.words == _MOST_WORDS + 1:
                self.complain(_("These are too many words."), token.start, token.end)
            return None
        return Word(token.text, token.start, token.end, token.kind == "phrase", token.negated)

    def unclosed(self, token: Token) -> None:
        message = _("The quotation mark is not closed.")
        self.complain(message, token.start, token.end, unfinished=True)

    def meant(self, token: Token) -> str:
        """The filter that a word such as "status=active" was meant for, "" if none was."""
        match = _EQUATION.fullmatch(token.text)
        item = field_named(match["name"], self.registry) if match else None
        if match is None or item is None:
            return ""
        minus = "-" if token.negated or match["sign"] in _UNEQUAL else ""
        sign = match["sign"] if match["sign"] in _ORDERED else ""
        return f"{minus}{match['name']}:{sign}{match['value']}"

    def filter(self, token: Token) -> Part | None:
        key = keyword(token.text)
        values = tuple(value for value in token.values if value.text)
        start, end = token.start, token.end
        if not values:
            self.valueless(token)
            return None
        if fold(token.text) == "id" and not any(
            _COMPARED.fullmatch(value.text) for value in values
        ):
            return self.ids(token, values)
        if key in ("has", "no"):
            item = field_named(token.written, self.registry)
            if item is not None:
                absent = key == "no"
                return Filter(item, (), start, end, token.negated != absent, present=True)
            a_number = fold(token.text) in ALIASES and any(map(str.isdigit, token.written))
            if not a_number:  # of an account: "no:C-0042"
                self.unknown(token.written, end - len(token.written), end)
                return None
        if key == "open":
            return self.open(token, values)
        if key == "segment":
            return Filter(SEGMENT, values, start, end, token.negated)
        item = field_named(token.text, self.registry)
        if item is None:
            name_start = start + token.negated
            self.unknown(token.text, name_start, name_start + len(token.text))
            return None
        return Filter(item, values, start, end, token.negated)

    def valueless(self, token: Token) -> None:
        """Nothing stands behind a colon; a word behind the blank was probably meant to."""
        after = self.peek()
        if after is not None and after.kind in ("word", "phrase") and not after.negated:
            message = _("Write {example} without a blank behind the colon.").format(
                example=f"{token.text}:{self.text[after.start : after.end]}"
            )
            self.complain(message, token.start, token.end)
            return
        message = _("A value is missing behind {name}:").format(name=token.text)
        unfinished = token.end == len(self.text.rstrip())
        self.complain(message, token.start, token.end, unfinished=unfinished)

    def open(self, token: Token, values: tuple[Piece, ...]) -> Part | None:
        for value in values:
            if fold(value.text) not in ("task", "tasks", "任务"):
                message = _('Nothing called "{value}" can be open here; there is open:task.')
                self.complain(message.format(value=value.text), token.start, token.end)
                return None
        task = (Piece("task", False),)
        return Filter(OPEN, task, token.start, token.end, token.negated)

    def unknown(self, name: str, start: int, end: int) -> None:
        message = _('There is no field "{name}".').format(name=name)
        near = nearest(name, [*spellings(self.registry), *ALIASES, *OTHER_NAMES])
        self.complain(f"{message} {near}".rstrip(), start, end)

    def sort(self, token: Token) -> None:
        if not token.values:
            message = _("A value is missing behind {name}:").format(name=token.text)
            self.complain(message, token.start, token.end, unfinished=True)
        for name in (value.text for value in token.values):
            plain = name.lstrip("+-")
            item = field_named(plain, self.registry) if plain else None
            if item is None:
                self.unknown(plain, token.end - len(token.written), token.end)
            elif item.is_list:
                message = _("A list cannot be sorted by {field}.").format(field=item.label)
                self.complain(message, token.start, token.end)
            elif token.negated:
                message = _("Write sort:-{field} for the other way round.").format(field=plain)
                self.complain(message, token.start, token.end)
            else:
                self.order.append(Order(item, name.startswith("-"), token.start, token.end))

    def ids(self, token: Token, values: tuple[Piece, ...]) -> Part:
        texts = [value.text.removeprefix("#") for value in values]
        found = [int(text) for text in texts[:_MOST_IDS] if text.isascii() and text.isdigit()]
        if len(texts) > _MOST_IDS:
            self.complain(_("These are too many ids."), token.start, token.end)
        elif len(found) < len(texts):
            message = _("id: takes numbers with commas between them.")
            self.complain(message, token.start, token.end)
        numbers = dict.fromkeys(number for number in found if number <= _LARGEST_ID)
        return Ids(tuple(numbers) or (_NOBODY,), token.start, token.end, token.negated)


def _all(parts: list[Part]) -> Group:
    """The group of all of `parts`, or the group that is the only one of them."""
    if len(parts) == 1 and isinstance(parts[0], Group) and not parts[0].negated:
        return parts[0]
    return Group(tuple(parts), False)


def _is_empty(part: Part) -> bool:
    """Whether there is nothing to look for in a part."""
    return all(
        isinstance(inner, Group) or (isinstance(inner, Word) and inner.empty)
        for inner in walk((part,))
    )
