"""Changing the text of a query by choice instead of by hand: its order and its filters.

Every function takes the text of the search field and gives the new one; words that it does not
touch stay as they were typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tui_crm.core.fields import Field, Registry
from tui_crm.search.language.lexer import tokens
from tui_crm.search.language.query import Filter, Order, parse

# As people would type these fields; the query language knows them as aliases.
_SHORT = {
    "tags": "tag", "phones": "phone", "emails": "email", "handles": "handle",
    "last_contact": "last", "created_at": "created", "updated_at": "updated",
    "organization": "org", "account_no": "account",
}  # fmt: skip
_QUOTES = re.compile('["“”„‟＂«»「」『』]')
_NEEDS_QUOTES = re.compile('[\\s()（）,，、"“”„‟＂«»「」『』]')


def word(field: Field, value: str, *, negated: bool = False) -> str:
    """`field:value` as the query language reads it; an empty value asks only whether there is one.

    The language has no way to write a quotation mark inside a value: it becomes a space.
    """
    name = short_name(field)
    if not value:
        return f"{'no' if negated else 'has'}:{name}"
    return f"{'-' if negated else ''}{name}:{quoted(value)}"


def short_name(field: Field) -> str:
    """A field as people type it."""
    return _SHORT.get(field.name, field.name)


def quoted(value: str) -> str:
    """A value as it stands behind a colon, in quotation marks where it needs them."""
    if _NEEDS_QUOTES.search(value):
        return '"' + " ".join(_QUOTES.sub(" ", value).split()) + '"'
    return value


def filters(text: str, registry: Registry) -> tuple[Filter, ...]:
    """The filters of a query."""
    return parse(text, registry).filters


def order(text: str, registry: Registry) -> Order | None:
    """What a query sorts by first, if it says so."""
    return next(iter(parse(text, registry).order), None)


def with_order(text: str, registry: Registry, field: Field | None, descending: bool = False) -> str:
    """The query sorted by `field`; None takes its order away."""
    rest = _without(text, ((o.start, o.end) for o in parse(text, registry).order))
    return rest if field is None else _join(rest, f"sort:{'-' if descending else ''}{field.name}")


def with_filter(
    text: str, registry: Registry, field: Field, value: str, *, negated: bool = False
) -> str:
    """The query with this filter in the place of others on the same field."""
    old = (f for f in filters(text, registry) if f.field.name == field.name)
    rest = _without(text, ((f.start, f.end) for f in old))
    return _join(_as_one(rest), word(field, value, negated=negated))


def without(text: str, gone: Filter) -> str:
    """The query without one of its filters."""
    return _without(text, [(gone.start, gone.end)])


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in sorted(set(spans), reverse=True):
        text = text[:start].rstrip() + " " + text[end:].lstrip()
    return text.strip()


def _as_one(text: str) -> str:
    """A query to which a condition may be added: in parentheses where "or" would part them."""
    text, depth = _finished(text), 0
    for token in tokens(text):
        if token.kind == "or" and depth == 0:
            return f"({text})"
        depth += (token.kind == "open") - (token.kind == "close")
    return text


def _finished(text: str) -> str:
    """A query with its open phrase and parentheses closed: they would take in what is added."""
    found = list(tokens(text))
    if found and not found[-1].closed:
        text += '"'
    return text + ")" * sum((t.kind == "open") - (t.kind == "close") for t in found)


def _join(text: str, more: str) -> str:
    return f"{_finished(text)} {more}".strip()
