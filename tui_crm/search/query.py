"""The query language: from the text in the search field to what is meant by it.

    anna "van den" owner:me tag:vip -status:lost last:>30d created:2026-01..2026-03
    has:email city:"New York" sort:-last_contact id:1,2,3

Words and quoted phrases are looked for in all searchable fields; every one must be found, in any
order. ``field:value`` asks one field of the registry, custom ones included; a minus before a word
or a filter turns it round. `parse` never raises: what it does not understand becomes a problem
that points at the word, and the rest of the query stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from tui_crm.config import nearest
from tui_crm.core.fields import Field, Registry
from tui_crm.text.fold import fold
from tui_crm.text.i18n import _

_ALIASES = {
    "tag": "tags", "phone": "phones", "tel": "phones", "email": "emails", "mail": "emails",
    "handle": "handles", "last": "last_contact", "created": "created_at", "updated": "updated_at",
    "org": "organization", "account": "account_no", "no": "account_no",
}  # fmt: skip
_LONGEST_QUERY = 2_000  # characters; more is a paste by mistake
_MOST_WORDS = 32
_PART = re.compile(
    r"""(?P<minus>-)?(?P<field>[^\W\d][\w.-]*)[:：](?P<value>"[^"]*"?|[^\s"]*)"""
    r"""|(?P<not>-)?"(?P<phrase>[^"]*)"?"""
    r"""|(?P<word>[^\s"]+)""",
    re.VERBOSE,
)
_FIELD_IN_PARENTHESES = re.compile(r"\(+-?[^\W\d][\w.-]*[:：]")
_OR = frozenset({"or", "OR", "||", "|"})  # "Or" is a name
_MOST_IDS = 100_000
_LARGEST_ID = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the part of the query between two positions."""

    message: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or the words of a phrase in quotes, as typed."""

    text: str
    start: int
    end: int
    quoted: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """One field and what is asked of it: a value, or only that there is one (`present`)."""

    field: Field
    value: str
    start: int
    end: int
    quoted: bool = False
    negated: bool = False
    present: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A field to sort by."""

    field: Field
    descending: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Query:
    """What a text in the search field means."""

    text: str
    words: tuple[Word, ...] = ()
    filters: tuple[Filter, ...] = ()
    order: tuple[Order, ...] = ()
    ids: tuple[int, ...] | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def plain(self) -> str:
        """The words alone, as typed: what a new customer would be called."""
        return " ".join(word.text for word in self.words if not word.negated)

    @property
    def everything(self) -> bool:
        """Whether nothing is asked, so that every customer matches."""
        return not self.words and not self.filters and self.ids is None


def parse(text: str, registry: Registry) -> Query:
    """What `text` means where `registry` says which fields there are."""
    return _Parser(text, registry).parse()


def field_named(name: str, registry: Registry) -> Field | None:
    """The customer field that a user calls `name`: its key, an alias, a label or a header."""
    key = fold(name)
    return registry.get(_ALIASES.get(key, key)) or _spellings(registry).get(key)


def _spellings(registry: Registry) -> Mapping[str, Field]:
    """Every way to write a field as one word before a colon."""
    return {
        fold(spelling).replace(" ", "_"): item for spelling, item in registry.by_synonym().items()
    }


class _Parser:
    """The state of one parse; `parse` is its only door."""

    def __init__(self, text: str, registry: Registry) -> None:
        self.text = text
        self.registry = registry
        self.words: list[Word] = []
        self.filters: list[Filter] = []
        self.order: list[Order] = []
        self.ids: list[int] | None = None
        self.problems: list[Problem] = []

    def parse(self) -> Query:
        text = self.text
        if len(text) > _LONGEST_QUERY and not text.lstrip().startswith("id:"):
            message = _("The query is too long; its end is left out.")
            self.complain(message, _LONGEST_QUERY, len(text))
            text = text[:_LONGEST_QUERY]
        for match in _PART.finditer(_without_controls(text)):
            self.part(match)
        if len(self.words) > _MOST_WORDS:
            first = self.words[_MOST_WORDS]
            self.complain(_("These are too many words."), first.start, self.words[-1].end)
        return Query(
            self.text,
            tuple(self.words[:_MOST_WORDS]),
            tuple(self.filters),
            tuple(self.order),
            None if self.ids is None else tuple(dict.fromkeys(self.ids)),
            tuple(self.problems),
        )

    def complain(self, message: str, start: int, end: int) -> None:
        self.problems.append(Problem(message, start, end))

    def part(self, match: re.Match[str]) -> None:
        start, end = match.span()
        if name := match["field"]:
            value = match["value"]
            quoted = value.startswith('"')
            self.field(name, value.strip('"'), start, end, quoted, bool(match["minus"]))
        elif match["phrase"] is not None:
            if match["phrase"].strip():
                self.words.append(
                    Word(match["phrase"], start, end, quoted=True, negated=bool(match["not"]))
                )
        else:
            self.word(match["word"], start, end)

    def word(self, word: str, start: int, end: int) -> None:
        if word in _OR:
            self.complain(
                _('"{word}" between words is not understood: every word must match.').format(
                    word=word
                ),
                start,
                end,
            )
            return
        if word in ("(", ")") or _FIELD_IN_PARENTHESES.match(word):
            self.complain(_("Parentheses are not understood."), start, end)
            return
        negated = len(word) > 1 and word[0] == "-" and word[1].isalpha()
        self.words.append(Word(word[1:] if negated else word, start, end, negated=negated))

    def field(
        self, name: str, value: str, start: int, end: int, quoted: bool, negated: bool
    ) -> None:
        key = fold(name)
        name_start = start + negated
        name_end = name_start + len(name)
        if key == "sort":
            self.sort(value, start, end)
        elif key == "id" and not negated and not re.fullmatch(r"\D.*|.*\.\..*", value):
            self.id(value, start, end)
        elif key in ("has", "no") and (item := field_named(value, self.registry)):
            self.filters.append(
                Filter(item, "", start, end, negated=negated != (key == "no"), present=True)
            )
        elif key == "has":
            self.unknown(value, name_end + 1, end)
        elif item := field_named(name, self.registry):
            if value.strip():
                self.filters.append(Filter(item, value.strip(), start, end, quoted, negated))
            else:
                self.complain(_("A value is missing behind {name}:").format(name=name), start, end)
        else:
            self.unknown(name, name_start, name_end)

    def unknown(self, name: str, start: int, end: int) -> None:
        message = _('There is no field "{name}".').format(name=name)
        near = nearest(name, [*self.registry.names(), *_ALIASES, "has", "sort"])
        self.complain(f"{message} {near}".rstrip(), start, end)

    def sort(self, value: str, start: int, end: int) -> None:
        for name in value.split(","):
            plain = name.lstrip("+-")
            item = field_named(plain, self.registry) if plain else None
            if item is None:
                self.unknown(plain, start + len("sort:"), end)
            elif item.is_list:
                self.complain(
                    _("A list cannot be sorted by {field}.").format(field=item.label), start, end
                )
            else:
                self.order.append(Order(item, name.startswith("-"), start, end))

    def id(self, value: str, start: int, end: int) -> None:
        found = [int(part) for part in value.split(",") if part.isascii() and part.isdigit()]
        if not found or len(found) < len([part for part in value.split(",") if part]):
            self.complain(_("id: takes numbers with commas between them."), start, end)
        if len(found) > _MOST_IDS:
            self.complain(_("These are too many ids."), start, end)
        self.ids = [*(self.ids or ()), *(n for n in found[:_MOST_IDS] if n <= _LARGEST_ID)]


def _without_controls(text: str) -> str:
    """`text` with each control character as a blank, so that positions stay."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
