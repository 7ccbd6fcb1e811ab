"""The query language: from the text in the search field to what is meant by it.

    anna "van den" owner:me tag:vip -status:lost last:>30d created:2026-01..2026-03
    has:email city:"New York" (status:lead or status:active) -(tag:lost no:phone) sort:-last id:1,2

Words and quoted phrases are looked for in all searchable fields; every one must be found, in any
order. ``field:value`` asks one field of the registry, custom ones included; commas divide values
of which any will do. ``or`` joins what stands on its two sides up to the next parenthesis, and a
minus turns a word, a filter or a group in parentheses round. `parse` never raises: what it does
not understand becomes a problem that points at the word, and the rest of the query stands.
`written` is the way back to a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import lru_cache

from tui_crm.core.fields import Field, Registry
from tui_crm.core.rows import Problem
from tui_crm.search.language.lexer import OPERATORS, Piece
from tui_crm.text.fold import fold, words

ALIASES = {
    "tag": "tags", "phone": "phones", "tel": "phones", "email": "emails", "mail": "emails",
    "handle": "handles", "last": "last_contact", "created": "created_at", "updated": "updated_at",
    "org": "organization", "account": "account_no", "no": "account_no",
}  # fmt: skip
"""Short names of fields."""

OPEN = Field("open", "Open", "未完成", "choice", choices=("task",))
"""What is not done yet: no field of the registry, but asked for like one."""

SEGMENT = Field("segment", "Saved search", "常用搜索", synonyms=("seg", "常用"))
"""A saved query, asked for by its name like a field; `saved` writes it out."""

OTHER_NAMES = {"has": "有", "no": "无", "sort": "排序", "open": OPEN.label_zh, "segment": "常用"}
"""What may stand before a colon besides the fields, in English and in Chinese."""

_KEYWORDS = {
    **{fold(name): key for key, chinese in OTHER_NAMES.items() for name in (key, chinese)},
    "没有": "no",
    **{fold(name): "segment" for name in (*SEGMENT.synonyms, SEGMENT.label_zh)},
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or the words of a phrase in quotes, as typed."""

    text: str
    start: int = attribute(compare=False, default=0)
    end: int = attribute(compare=False, default=0)
    quoted: bool = False
    negated: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it that could be looked for."""
        return not words(self.text)


@dataclass(frozen=True, slots=True)
class Filter:
    """One field and what is asked of it: one of some values, or only a value at all (`present`)."""

    field: Field
    values: tuple[Piece, ...] = ()
    start: int = attribute(compare=False, default=0)
    end: int = attribute(compare=False, default=0)
    negated: bool = False
    present: bool = False

    @property
    def value(self) -> str:
        """The value, or all of them with commas between."""
        return ",".join(value.text for value in self.values)


@dataclass(frozen=True, slots=True)
class Ids:
    """The customers with one of these ids."""

    numbers: tuple[int, ...]
    start: int = attribute(compare=False, default=0)
    end: int = attribute(compare=False, default=0)
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of which all must be met, or, with `any`, one."""

    parts: tuple[Part, ...]
    any: bool
    start: int = attribute(compare=False, default=0)
    end: int = attribute(compare=False, default=0)
    negated: bool = False


Part = Word | Filter | Ids | Group


@dataclass(frozen=True, slots=True)
class Order:
    """A field to sort by."""

    field: Field
    descending: bool
    start: int = attribute(compare=False, default=0)
    end: int = attribute(compare=False, default=0)


@dataclass(frozen=True, slots=True)
class Query:
    """What a text in the search field means: all of `parts` must be met."""

    text: str = attribute(compare=False)
    parts: tuple[Part, ...] = ()
    order: tuple[Order, ...] = ()
    problems: tuple[Problem, ...] = attribute(compare=False, default=())

    @property
    def words(self) -> tuple[Word, ...]:
        """The words and phrases that stand outside of groups."""
        return tuple(part for part in self.parts if isinstance(part, Word))

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filters that stand outside of groups."""
        return tuple(part for part in self.parts if isinstance(part, Filter))

    @property
    def groups(self) -> tuple[Group, ...]:
        """What is joined by "or" or turned round as a whole."""
        return tuple(part for part in self.parts if isinstance(part, Group))

    @property
    def ids(self) -> tuple[Ids, ...]:
        """The lists of ids that stand outside of groups."""
        return tuple(part for part in self.parts if isinstance(part, Ids))

    @property
    def plain(self) -> str:
        """The words alone, as typed: what a new customer would be called."""
        return " ".join(word.text for word in self.words if not (word.negated or word.empty))


def parse(text: str, registry: Registry) -> Query:
    """What `text` means where `registry` says which fields there are."""
    from tui_crm.search.language.parser import Parser

    return Parser(text, registry).parse()


def keyword(name: str) -> str:
    """Which of `OTHER_NAMES` a user calls `name`, "" for none."""
    return _KEYWORDS.get(fold(name), "")


def field_named(name: str, registry: Registry) -> Field | None:
    """The customer field that a user calls `name`: its key, an alias, a label or a header."""
    key = fold(name)
    return registry.get(key) or registry.get(ALIASES.get(key, "")) or spellings(registry).get(key)


class _Same:
    """A registry as the key of a cache: the same one, since to compare two takes long."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def __hash__(self) -> int:
        return id(self.registry)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.registry is other.registry


def spellings(registry: Registry) -> dict[str, Field]:
    """Every way to write a field as one word before a colon."""
    return _spellings(_Same(registry))


@lru_cache(8)
def _spellings(key: _Same) -> dict[str, Field]:
    synonyms = key.registry.by_synonym()
    return {fold(spelling).replace(" ", "_"): item for spelling, item in synonyms.items()}


# Writing ----------------------------------------------------------------------------------------


def written(query: Query) -> str:
    """A text that means what `query` means."""
    parts = [_written(part) for part in query.parts]
    parts += [f"sort:{'-' if item.descending else ''}{item.field.name}" for item in query.order]
    return " ".join(parts)


def _written(part: Part) -> str:
    minus = "-" if part.negated else ""
    if isinstance(part, Group):
        between = " or " if part.any else " "
        return f"{minus}({between.join(map(_written, part.parts))})"
    if isinstance(part, Ids):
        return f"{minus}id:{','.join(map(str, part.numbers))}"
    if isinstance(part, Filter):
        if part.present:
            return f"{'no' if part.negated else 'has'}:{part.field.name}"
        values = (f'"{value.text}"' if value.quoted else value.text for value in part.values)
        return f"{minus}{part.field.name}:{','.join(values)}"
    if part.quoted:
        return f'{minus}"{part.text}"'
    if part.text in OPERATORS or (part.negated and not part.text[0].isalpha()):
        return f"{minus}({part.text})"
    return minus + part.text


def walk(parts: tuple[Part, ...]) -> Iterator[Part]:
    """Every part, those inside of groups included, in the order of the text."""
    for part in parts:
        yield part
        if isinstance(part, Group):
            yield from walk(part.parts)
