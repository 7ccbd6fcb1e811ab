"""What may be meant by the word that is being typed: names of fields, and values of a field.

`place` finds the word, `names` and `narrowed` give proposals for it at once; `known_values` asks
the database what a field holds, quickly at any number of customers, and is asked once a field.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_crm.core import picklists, segments, visibility
from tui_crm.core.fields import Field, Registry
from tui_crm.core.users import Directory
from tui_crm.search.engine import Condition, engine_of
from tui_crm.search.filters import column
from tui_crm.search.language import rewrite
from tui_crm.search.language.dates import WORDS
from tui_crm.search.language.lexer import Token, tokens
from tui_crm.search.language.query import OPEN, OTHER_NAMES, SEGMENT, field_named, keyword
from tui_crm.text import countries, i18n
from tui_crm.text.fold import fold, has_han
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_SAMPLE = 5000  # newest customers whose values are counted
_MOST_VALUES = 500
_SHORTEST = 2  # letters of a name of a field, before fields are proposed
_TIMES = (
    ("today", N_("today")), ("<7d", N_("in the last 7 days")), ("<30d", N_("in the last 30 days")),
    (">30d", N_("longer ago than 30 days")), (">90d", N_("longer ago than 90 days")),
    ("this-month", N_("this month")), ("last-month", N_("last month")),
    ("this-year", N_("this year")), ("last-year", N_("last year")),
)  # fmt: skip


_NEVER_EMPTY = ("id", "name", "account_no", "created_at", "updated_at", "version")
_OFTEN = {
    "sort": ("name", "last_contact", "created_at", "city", "status", "owner"),
    "has": ("phones", "emails", "tags", "owner", "last_contact", "birthday"),
    "no": ("phones", "emails", "tags", "owner", "last_contact", "birthday"),
}  # of the fields, which are proposed first


@dataclass(frozen=True, slots=True)
class Place:
    """The word that is being typed: what stands there, and what it is about.

    `field` is None for the name of a field; `of_names` says that the value is one itself, and
    `in_chinese` that what stands before it is written so.
    """

    start: int
    end: int
    typed: str
    field: Field | None = None
    of_names: str = ""  # has | no | sort
    in_chinese: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something to put in the place of a word, and what to call it."""

    text: str
    label: str = ""
    more: bool = False  # a value follows at once


@dataclass(frozen=True, slots=True)
class KnownValue:
    """A value of a field and its name in the user's language, "" where it is the value itself."""

    value: str
    label: str = ""


def place(text: str, cursor: int, registry: Registry) -> Place | None:
    """The word that ends at the cursor, if something can be proposed for it."""
    if cursor < len(text) and not text[cursor].isspace():
        return None
    token = next((t for t in tokens(text) if t.start < cursor <= t.end), None)
    if token is None or token.end != cursor:
        return None
    if token.kind == "word":
        start = token.start + token.negated
        long_enough = len(token.text) >= _SHORTEST or not token.text.isascii()
        return Place(start, cursor, token.text) if long_enough else None
    return _value_place(token, registry) if token.kind == "field" else None


def _value_place(token: Token, registry: Registry) -> Place | None:
    typed = token.written.replace("，", ",").rpartition(",")[2] if token.closed else token.written
    if token.closed and typed.endswith('"'):
        return None  # it is finished
    start = token.end - len(typed)
    plain = typed.lstrip('"“')
    key = keyword(token.text)
    if key in ("has", "no", "sort"):
        sign = len(plain) - len(plain.lstrip("-+"))
        chinese = has_han(token.text)
        return Place(start + sign, token.end, plain[sign:], of_names=key, in_chinese=chinese)
    field: Field | None
    if key == "open":
        field = OPEN
    elif key == "segment":
        field = SEGMENT
    else:
        field = field_named(token.text, registry)
    return Place(start, token.end, plain, field) if field is not None else None


def names(where: Place, registry: Registry, limit: int = 8) -> list[Proposal]:
    """Names of fields that begin like the word."""
    wanted = fold(where.typed)
    colon = "" if where.of_names else ":"
    found: dict[str, Proposal] = {}
    fields = registry.of("customer")
    if where.of_names:
        often = _OFTEN[where.of_names]
        fields = iter(sorted(fields, key=lambda f: [name != f.name for name in often]))
    for field in fields:
        if where.of_names == "sort" and field.is_list:
            continue
        if where.of_names in ("has", "no") and field.name in _NEVER_EMPTY:
            continue
        short = rewrite.short_name(field)
        if where.in_chinese and wanted in fold(field.label_zh):
            found[field.label_zh] = Proposal(field.label_zh, field.label)
        elif any(name.startswith(wanted) for name in (short, field.name)):
            found[short] = Proposal(short + colon, field.label, bool(colon))
        elif field.label_zh.startswith(where.typed) and " " not in field.label_zh:
            found[field.label_zh] = Proposal(field.label_zh + colon, field.label, bool(colon))
        elif fold(field.label_en).startswith(wanted):
            found[short] = Proposal(short + colon, field.label, bool(colon))
    if colon:
        for english, chinese in OTHER_NAMES.items():
            for name in (english, chinese):
                if name.startswith(wanted):
                    found[name] = Proposal(name + ":", "", True)
    return [p for p in found.values() if p.text != where.typed][:limit]


def known_values(session: Session, field: Field) -> list[KnownValue]:
    """What a filter on `field` may ask for, the most used first where that is known."""
    if field is OPEN:
        return [KnownValue(choice) for choice in field.choices]
    if field is SEGMENT:
        return [KnownValue(row.name, row.query) for row in segments.all(session)]
    if field.type in ("date", "datetime"):
        named = {value for value, _label in _TIMES}
        times = [KnownValue(value, _(label)) for value, label in _TIMES]
        return times + [KnownValue(word) for word in WORDS if word not in named]
    if field.type == "bool":
        return [KnownValue("yes", _("yes")), KnownValue("no", _("no"))]
    if field.type == "choice" and field.custom:
        return [KnownValue(choice) for choice in field.choices]
    if field.type == "choice":
        offered = picklists.choices(session, field.picklist)
        return [KnownValue(choice.value, choice.label) for choice in offered]
    with session.db.connection():
        if field.type in ("user", "team"):
            directory = Directory.read(session.db)
            held = directory.logins if field.type == "user" else directory.teams
            if field.type == "team":
                return [*map(KnownValue, sorted(held.values()))]
            own = session.viewer.login
            others = sorted(login for login in held.values() if login != own)
            return [
                KnownValue("我" if i18n.language() == "zh" else "me", own),
                *map(KnownValue, others),
            ]
        if field.type == "tags":
            return _sampled(session, field)
        if field.type in ("text", "organization") and field.name not in ("name", "account_no"):
            known = _sampled(session, field)
            if field.name == "country":
                language = i18n.language()
                return [KnownValue(v.value, countries.name(v.value, language)) for v in known]
            return known
    return []


_NEWEST = "(SELECT * FROM customer c WHERE {allowed} ORDER BY c.id DESC LIMIT ?) c"
_TAGS = (
    "SELECT g.name AS held FROM {newest} JOIN customer_tag ct ON ct.customer_id = c.id"
    " JOIN tag g ON g.id = ct.tag_id"
)


def _sampled(session: Session, field: Field) -> list[KnownValue]:
    """The values of the newest customers that the viewer may see: counting all takes long."""
    allowed, params = visibility.condition(session.viewer)
    newest = _NEWEST.format(allowed=allowed)
    held = Condition()
    if field.type == "tags":
        each = _TAGS.format(newest=newest)
    else:
        held = column(engine_of(session.db), field)
        each = f"SELECT {held.sql} AS held FROM {newest}"
    sql = (
        f"SELECT held, count(*) FROM ({each}) s WHERE held <> ''"
        " GROUP BY held ORDER BY 2 DESC, 1 LIMIT ?"
    )
    rows = session.db.rows(sql, (*held.params, *params, _SAMPLE, _MOST_VALUES))
    return [KnownValue(row[0]) for row in rows]


def narrowed(where: Place, known: Iterable[KnownValue], limit: int = 8) -> list[Proposal]:
    """Those of the values that begin like the word, or have a word that does."""
    wanted = fold(where.typed)
    han = has_han(wanted)  # of which any part may be typed
    first: list[Proposal] = []
    second: list[Proposal] = []
    explained = where.field is SEGMENT  # its label is no other way to write it
    for item in known:
        spellings = [fold(item.value), "" if explained else fold(item.label)]
        if wanted in spellings and wanted:
            return []  # it is written in full
        chinese = i18n.language() == "zh" and not explained and _one_word(item.label)
        shown = item.label if chinese else item.value
        proposal = Proposal(rewrite.quoted(shown), item.label if item.label != shown else "")
        if any(spelling.startswith(wanted) for spelling in spellings if spelling):
            first.append(proposal)
        elif any((wanted if han else f" {wanted}") in spelling for spelling in spellings):
            second.append(proposal)
        if len(first) == limit:
            break
    return (first + second)[:limit]


def _one_word(text: str) -> bool:
    return bool(text) and " " not in text and not text.isascii()


def taken(text: str, where: Place, proposal: Proposal) -> tuple[str, int]:
    """The text with the proposal in its place, and where the cursor goes."""
    rest = text[where.end :]
    blank = "" if proposal.more else " "
    start = text[: where.start] + proposal.text + blank
    return start + (rest.lstrip() if blank else rest), len(start)


def labels(proposals: Sequence[Proposal]) -> list[tuple[str, str]]:
    """What is shown of proposals: the text, and the name where it says more."""
    return [
        (p.text, p.label if fold(p.label) != fold(p.text.strip(':"')) else "") for p in proposals
    ]
