"""What `sort:` asks for, and the order of lists that nothing was asked of, as indexes give them.

An index gives a list in the order of its columns. What is empty stands behind the rest whichever
way a list runs, and what has few values (a status, an owner) is in an index of its own nowhere: so
an order is a row of stretches, each of which an index has in order, that are read one after the
other until the page is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TYPE_CHECKING

from tui_crm.core import picklists
from tui_crm.core.fields import Field
from tui_crm.search.engine import Condition, Engine
from tui_crm.search.filters import column
from tui_crm.search.language.query import Order as Asked

if TYPE_CHECKING:
    from tui_crm.core.session import Session

RECENT = "CASE WHEN c.last_contact > c.created_at THEN c.last_contact ELSE c.created_at END"
"""When somebody was last heard of; the text of the expression is that of the index."""

LISTED = frozenset({
    "id", "last_contact", "created_at", "updated_at", "owner", "team", "status", "category", "kind",
    "source", "country", "state", "birthday", "version",
})  # fmt: skip
"""The fields that the index of recency holds."""

BESIDE = LISTED | {"tags", "phones", "emails", "handles", "open"}
"""All fields for which no customer need be read: others are held by other tables."""

BY_RECENCY = "customer_recent"
"""The index of recency."""

INDEXES = {
    "name": ("c.sort_name", "customer_sort_name"),
    "organization": ("lower(c.organization)", "customer_organization_name"),
    "title": ("c.title", "customer_title"),
    "city": ("c.city", "customer_city"),
    "state": ("c.state", "customer_state"),
    "country": ("c.country", "customer_country"),
    "birthday": ("c.birthday", "customer_birthday"),
    "last_contact": ("c.last_contact", "customer_last_contact"),
    "created_at": ("c.created_at", "customer_created_at"),
    "updated_at": ("c.updated_at", "customer_updated_at"),
    "account_no": ("c.account_no", "customer_account_no_key"),
    "id": ("c.id", ""),
}  # fmt: skip
"""The expression of a field and the index that has it in order, "" for the table itself."""

_NEVER_EMPTY = ("name", "account_no", "created_at", "updated_at", "id")
_EMPTIES_BY_ID = ("organization",)  # of which the index holds none
_PEOPLE = {"user": ("crm_user", "login"), "team": ("team", "name")}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Customers that stand together in a list: the `part` of an `index` that holds them, by its
    first column `key`, and which of that part they are. `by` is what stands behind ORDER BY.
    """

    by: Condition
    key: str
    descending: bool
    index: str = ""
    part: Condition = attribute(default_factory=Condition)
    these: Condition = attribute(default_factory=Condition)


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list: `by` for all of it in one statement, and the stretches that are the
    same list, or with `more` the beginning of it. Without a stretch no index has the order.
    """

    by: Condition
    stretches: tuple[Stretch, ...] = ()
    more: bool = False


def recent() -> Order:
    """Who was heard of last comes first."""
    by = _recent()
    return Order(by, (Stretch(by, RECENT, True, BY_RECENCY),))


def of_time(field: Field, when: Condition) -> Order:
    """The latest of a time comes first, of those customers alone of whom it is as asked."""
    key, index = INDEXES[field.name]
    by = Condition(f"{key} DESC, c.id DESC")
    return Order(by, (Stretch(by, key, True, index, when),))


def asked(session: Session, engine: Engine, order: Sequence[Asked]) -> Order:
    """What `sort:` asks for: by the first field, within its equals by the next, and so on.

    Ties are settled, so that pages neither repeat nor skip: by the id, and among the many that
    share one of few values by who was heard of last.
    """
    first = order[0]
    ties = _ties(order[-1])
    behind = _joined([*(_whole(session, engine, item) for item in order[1:]), ties])
    by = _joined([_whole(session, engine, first), behind])
    stretches: Sequence[Stretch] = ()
    more = False
    if first.field.name in INDEXES:
        stretches = _indexed(first, behind)
    elif len(order) == 1 and first.field.type in _PEOPLE:
        stretches = _of_people(session, first)
    elif len(order) == 1 and _offers(first.field):
        stretches = _of_choices(session, first)
        more = True  # values that no list offers any more, and those without one
    return Order(by, tuple(stretches), more)


def _indexed(item: Asked, behind: Condition) -> list[Stretch]:
    name = item.field.name
    key, index = INDEXES[name]
    by = _joined([Condition(f"{key} {_way(item)}"), behind])
    if name in _NEVER_EMPTY:
        return [Stretch(by, key, item.descending, index)]
    held = f"c.{item.field.column}"
    empty = Condition(f"{held} = ''")
    index_of_empty = "" if name in _EMPTIES_BY_ID else index
    return [
        Stretch(by, key, item.descending, index, _filled(name, held)),
        Stretch(behind, "c.id", item.descending, index_of_empty, empty),
    ]


def _filled(name: str, held: str) -> Condition:
    return Condition(f"{held} {'<>' if name in _EMPTIES_BY_ID else '>'} ''")


def _of_people(session: Session, item: Asked) -> list[Stretch]:
    table, name = _PEOPLE[item.field.type]
    held = f"c.{item.field.column}"
    rows = session.db.rows(f"SELECT id FROM {table} ORDER BY {name} {_way(item)}")
    each = [Condition(f"{held} = ?", [row[0]]) for row in rows]
    return list(map(_recently, (*each, Condition(f"{held} IS NULL"))))


def _of_choices(session: Session, item: Asked) -> list[Stretch]:
    held = f"c.{item.field.column}"
    values = _offered(session, item)
    return [_recently(Condition(f"{held} = ?", [value])) for value in values]


def _recently(these: Condition) -> Stretch:
    return Stretch(_recent(), RECENT, True, BY_RECENCY, these=these)


def _offers(field: Field) -> bool:
    return field.type == "choice" and not field.custom


def _offered(session: Session, item: Asked) -> list[str]:
    values = {choice.value for choice in picklists.choices(session, item.field.picklist)}
    return sorted(values, reverse=item.descending)


def _whole(session: Session, engine: Engine, item: Asked) -> Condition:
    """The terms of one field, for all customers in one statement."""
    field = item.field
    way = _way(item)
    if _offers(field):
        return _by_choice(session, item)
    if field.type in _PEOPLE:
        table, name = _PEOPLE[field.type]
        held = f"c.{field.column}"
        who = f"(SELECT s.{name} FROM {table} s WHERE s.id = {held})"
        return Condition(f"{held} IS NULL, {who} {way}")
    if field.name in INDEXES:
        key = INDEXES[field.name][0]
        empty = "" if field.name in _NEVER_EMPTY else f"c.{field.column} = '', "
        return Condition(f"{empty}{key} {way}")
    return _by_value(engine, field, way)


def _by_value(engine: Engine, field: Field, way: str) -> Condition:
    held = column(engine, field)
    if field.type == "number" and not field.custom:
        return Condition(f"{held.sql} {way}", held.params)
    value = engine.number(held.sql) if field.type == "number" else held.sql
    return Condition(f"{held.sql} = '', {value} {way}", [*held.params, *held.params])


def _by_choice(session: Session, item: Asked) -> Condition:
    """By the values that are offered, behind them those of which no list knows, then nothing."""
    held = f"c.{item.field.column}"
    values = _offered(session, item)
    places = " ".join(f"WHEN ? THEN {place}" for place in range(len(values)))
    last = len(values)
    place = f"CASE {held} {places} WHEN '' THEN {last + 1} ELSE {last} END"
    return Condition(f"{place}, {held} {_way(item)}", [*values])


def _ties(last: Asked) -> Condition:
    if last.field.type in _PEOPLE or _offers(last.field):
        return _recent()
    return Condition(f"c.id {_way(last)}")


def _recent() -> Condition:
    return Condition(f"{RECENT} DESC, c.id DESC")


def _way(item: Asked) -> str:
    return "DESC" if item.descending else "ASC"


def _joined(terms: Sequence[Condition]) -> Condition:
    return Condition(
        ", ".join(term.sql for term in terms), [param for term in terms for param in term.params]
    )
