"""From what was typed to what is stored: the one place where values are checked.

A `Checker` is made for one piece of work and remembers what it looked up (picklists, users,
tags), so that the hundred thousand rows of an import ask the database once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from tui_crm.config import Choice, find_choice, nearest
from tui_crm.core import picklists, points
from tui_crm.core.fields import Field
from tui_crm.core.rows import ContactPointRow, Entity, Point, Value
from tui_crm.core.users import Directory
from tui_crm.errors import InputRefused
from tui_crm.text import dates
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean, clean_line

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_YES = frozenset({"1", "yes", "y", "true", "on", "x", "是", "有"})
_NO = frozenset({"0", "no", "n", "false", "off", "否", "无"})
_WHOLE = frozenset({"duration", "priority"})  # numbers of the program's own tables
_TAG_LENGTH = 100
_LIST_LENGTH = 1000
_REMEMBERED = 20_000  # values of fields that are looked up


class MissingValue(InputRefused):
    """A field that every record needs is empty."""


def empty(field: Field) -> Value:
    """What a field holds when it holds nothing."""
    if field.is_list:
        return ()
    return 0 if field.name in _WHOLE or (field.type == "bool" and not field.custom) else ""


class Checker:
    """Checks values for one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.country = session.settings.general.home_country
        self._choices: dict[str, tuple[Choice, ...]] = {}
        self._tags: dict[str, str] | None = None
        self._converted: dict[tuple[str, str], Value] = {}

    @cached_property
    def directory(self) -> Directory:
        """The users and teams."""
        return Directory.read(self.session.db)

    @cached_property
    def customer_fields(self) -> tuple[Field, ...]:
        """The fields of a customer that users may write."""
        return tuple(field for field in self.session.fields.of("customer") if field.editable)

    @cached_property
    def writable(self) -> frozenset[str]:
        """Their names."""
        return frozenset(field.name for field in self.customer_fields)

    def field(self, name: str, entity: Entity = "customer") -> Field:
        """The field of that name; raises `InputRefused`, with the nearest one, if there is none."""
        found = self.session.fields.get(name, entity)
        if found is None:
            raise InputRefused(
                _('There is no field "{name}".').format(name=name),
                nearest(name, self.session.fields.names(entity)),
            )
        return found

    def check(self, field: Field, raw: Value) -> Value:
        """The value that is stored for `raw`; an empty text, None or an empty list clears.

        Raises `InputRefused`, naming the field, the value and a way out.
        """
        try:
            return self._checked(field, raw)
        except InputRefused as refused:
            refused.field = field.name
            raise

    def _checked(self, field: Field, raw: Value) -> Value:
        if field.is_list:
            return self._list(field, raw)
        if isinstance(raw, tuple | list):
            raise self._refuse(field, "; ".join(raw), _("takes one value, not a list"))
        text = "" if raw is None else str(raw)
        text = clean(text) if field.type == "multiline" else clean_line(text)
        if not text or text.isspace():
            if field.required:
                raise MissingValue(_("{field} is needed.").format(field=field.label))
            return empty(field)
        if len(text) > field.max_length:
            raise InputRefused(
                _("{field} is too long: {length} characters, at most {limit}.").format(
                    field=field.label, length=len(text), limit=field.max_length
                )
            )
        convert = self._converters.get(field.type)
        if convert is None:
            return text
        # Owners, categories and days repeat: in an import each is looked up once.
        known = self._converted.get((field.name, text))
        if known is None:
            known = convert(self, field, text)
            if len(self._converted) < _REMEMBERED:
                self._converted[field.name, text] = known
        return known

    def same(self, field: Field, one: str, other: str) -> bool:
        """Whether two items of a list field are the same."""
        return self.key(field, one) == self.key(field, other)

    def key(self, field: Field, item: str) -> str:
        """What makes two items of a list field the same one."""
        if field.type == "tags":
            return item.casefold()
        return points.key(item, points.KINDS[field.type], self.country)

    def point(self, field: Field, item: str) -> ContactPointRow:
        """The contact point of an item of a list field, whatever it looks like."""
        kind = points.KINDS[field.type]
        label, value = points.split(item)
        return ContactPointRow(kind, value, label, points.normalise(value, kind, self.country))

    def edited(self, field: Field, current: Value, add: Value, remove: Value) -> tuple[str, ...]:
        """A list with items added, unless they are there in any spelling, and removed."""
        if not field.is_list:
            raise InputRefused(
                _("{field} is no list: it can be set, not added to.").format(field=field.label),
                _("Write {name}=VALUE.").format(name=field.name),
            )
        items = list(current) if isinstance(current, tuple) else []
        gone = {self.key(field, item) for item in _texts(remove)}
        items = [item for item in items if self.key(field, item) not in gone]
        there = {self.key(field, item) for item in items}
        added = self.check(field, add)
        assert isinstance(added, tuple)
        items += [item for item in added if self.key(field, item) not in there]
        return self.ordered(field, items)

    def ordered(self, field: Field, items: Iterable[str]) -> tuple[str, ...]:
        """A list as it is kept: tags by name, contact points in the order given."""
        return tuple(sorted(items)) if field.type == "tags" else tuple(items)

    def known_tag(self, name: str) -> str:
        """The spelling of a tag that exists already in another case, else `name` itself."""
        if self._tags is None:
            rows = self.session.db.rows("SELECT name FROM tag ORDER BY id DESC")
            self._tags = {row[0].casefold(): row[0] for row in rows}
        return self._tags.setdefault(name.casefold(), name)

    def points(self, field: Field, raw: Value) -> tuple[tuple[str, ...], list[Point]]:
        """The value that is stored for a list of contact points, and their rows.

        Raises as `check`.
        """
        try:
            found = self._items(field, raw)
        except InputRefused as refused:
            refused.field = field.name
            raise
        kind = points.KINDS[field.type]
        return tuple(found.values()), [
            (kind, *points.split(text), normalised, position)
            for position, (normalised, text) in enumerate(found.items())
        ]

    def _list(self, field: Field, raw: Value) -> tuple[str, ...]:
        return self.ordered(field, self._items(field, raw).values())

    def _items(self, field: Field, raw: Value) -> dict[str, str]:
        """The items of a list by what makes them the same."""
        found: dict[str, str] = {}
        for item in _texts(raw):
            text = clean_line(item)
            if not text:
                continue
            limit = _TAG_LENGTH if field.type == "tags" else field.max_length
            if len(text) > limit:
                raise InputRefused(
                    _("{field} is too long: {length} characters, at most {limit}.").format(
                        field=field.label, length=len(text), limit=limit
                    )
                )
            if field.type == "tags":
                text = self.known_tag(text)
            key = self.key(field, text)
            if not key:
                what = (
                    _("is no phone number") if field.type == "phones" else _("is no e-mail address")
                )
                raise self._refuse(field, text, what)
            found.setdefault(key, text)
        if len(found) > _LIST_LENGTH:
            raise InputRefused(
                _("{field} has {count} entries, at most {limit} are kept.").format(
                    field=field.label, count=len(found), limit=_LIST_LENGTH
                )
            )
        return found

    def _choice(self, field: Field, text: str) -> Value:
        offered = self.choices(field)
        if not offered:
            return text
        found = find_choice(offered, text)
        if found is None:
            labels = ", ".join(choice.label for choice in offered)
            raise self._refuse(
                field,
                text,
                _("is not one of its values"),
                nearest(text, [choice.value for choice in offered])
                or _("One of: {values}").format(values=labels),
            )
        return found.value

    def choices(self, field: Field) -> tuple[Choice, ...]:
        """What a choice field offers; empty if it takes any text."""
        name = field.picklist or f"custom {field.name}"
        if name not in self._choices:
            self._choices[name] = (
                picklists.choices(self.session, field.picklist)
                if field.picklist
                else tuple(Choice(value) for value in field.choices)
            )
        return self._choices[name]

    def _user(self, field: Field, text: str) -> Value:
        logins = [x for x in self.directory.logins.values() if x not in self.directory.inactive]
        return self._one_of(field, text, logins)

    def _team(self, field: Field, text: str) -> Value:
        return self._one_of(field, text, list(self.directory.teams.values()))

    def _one_of(self, field: Field, text: str, known: list[str]) -> str:
        if text in known:
            return text
        found = next((name for name in known if name.casefold() == text.casefold()), None)
        if found is None:
            hint = nearest(text, known) or _("Known: {names}").format(names=", ".join(known) or "-")
            raise self._refuse(field, text, _("is not known"), hint)
        return found

    def _date(self, field: Field, text: str) -> Value:
        day = dates.parse_date(text, self.country)
        if day is None:
            raise self._refuse(field, text, _("is no date"), _("Write YYYY-MM-DD."))
        return day.isoformat()

    def _datetime(self, field: Field, text: str) -> Value:
        try:
            return dates.to_iso(dates.from_iso(text))
        except (ValueError, OverflowError):
            hint = _("Write YYYY-MM-DDTHH:MM:SSZ.")
            raise self._refuse(field, text, _("is no time"), hint) from None

    def _number(self, field: Field, text: str) -> Value:
        try:
            number = float(text)
        except ValueError:
            raise self._refuse(field, text, _("is no number")) from None
        # Beyond 2**53 a float no longer holds every whole number.
        if not math.isfinite(number) or abs(number) > 2**53:
            raise self._refuse(field, text, _("is no number that can be kept"))
        if field.name in _WHOLE and (abs(number) >= 2**31 or not number.is_integer()):
            raise self._refuse(field, text, _("is no whole number"))
        return int(number) if number.is_integer() else number

    def _bool(self, field: Field, text: str) -> Value:
        low = text.casefold()
        if low not in _YES | _NO:
            raise self._refuse(field, text, _("is neither yes nor no"))
        if field.custom:
            return low in _YES
        return int(low in _YES)

    def _refuse(self, field: Field, value: str, why: str, hint: str = "") -> InputRefused:
        shown = value if len(value) <= 60 else value[:59] + "…"
        return InputRefused(
            _('{field}: "{value}" {why}.').format(field=field.label, value=shown, why=why), hint
        )

    _converters: dict[str, Callable[[Checker, Field, str], Value]] = {  # noqa: RUF012 - constant
        "choice": _choice,
        "user": _user,
        "team": _team,
        "date": _date,
        "datetime": _datetime,
        "number": _number,
        "bool": _bool,
    }


def _texts(raw: Value) -> Iterable[str]:
    """The items of a list, which may come as one text with semicolons between them."""
    if raw is None:
        return ()
    if isinstance(raw, tuple | list):
        return (str(item) for item in raw)
    return str(raw).replace("；", ";").replace("\n", ";").split(";")
