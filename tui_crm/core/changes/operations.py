"""Values that are worked out from what a record holds: replace, copy, add, multiply.

An operation stands in `Edit.compute` under the field that it changes. It gives the value of one
record; whether that can be stored is checked as for a value that somebody typed, so that the one
record whose result is no date is refused and the others are not.
"""

from __future__ import annotations

import calendar
import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from tui_crm.core.rows import Value
from tui_crm.errors import InputRefused
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.core.fields import Field

_CALL = re.compile(r"(\w+)\s*\((.*)\)", re.DOTALL)
_NUMBER = re.compile(r"([+*/-])\s*(\d+(?:\.\d+)?)")
_PERIOD = re.compile(r"([+-])\s*(\d{1,5})\s*([dwmy])", re.IGNORECASE)
_TEXTS = frozenset({"text", "multiline", "organization"})
HELP = N_("replace(OLD, NEW), copy(FIELD), +7d, -1m, +5 or *1.1")


@dataclass(frozen=True, slots=True)
class Replace:
    """Every `old` inside a text becomes `new`; capitals count."""

    old: str
    new: str

    @property
    def sources(self) -> tuple[str, ...]:
        """The other fields that it reads."""
        return ()

    def fits(self, field: Field) -> bool:
        """Whether it can be done to a field."""
        return field.type in _TEXTS

    def value(self, now: Value, _others: Mapping[str, Value]) -> Value:
        """The new value of a field that holds `now`."""
        return str(now or "").replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Copy:
    """The value of another field."""

    field: str

    @property
    def sources(self) -> tuple[str, ...]:
        """The other fields that it reads."""
        return (self.field,)

    def fits(self, field: Field) -> bool:
        """Whether it can be done to a field: a list takes no single value, and the reverse."""
        return not field.is_list and field.name != self.field

    def value(self, _now: Value, others: Mapping[str, Value]) -> Value:
        """The new value: what the other field holds."""
        return others[self.field]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A number with another one added, taken away, multiplied or divided; nothing stays nothing."""

    sign: Literal["+", "-", "*", "/"]
    amount: float

    @property
    def sources(self) -> tuple[str, ...]:
        """The other fields that it reads."""
        return ()

    def fits(self, field: Field) -> bool:
        """Whether it can be done to a field."""
        return field.type == "number"

    def value(self, now: Value, _others: Mapping[str, Value]) -> Value:
        """The new value of a field that holds `now`."""
        if now is None or now == "" or isinstance(now, tuple):
            return now
        number = float(now)
        if self.sign == "+":
            number += self.amount
        elif self.sign == "-":
            number -= self.amount
        elif self.sign == "*":
            number *= self.amount
        else:
            number /= self.amount
        if not math.isfinite(number):
            raise InputRefused(_("The result is too large."))
        # Sums of decimal fractions: 0.1 + 0.2 is 0.3 to whoever typed it.
        return f"{round(number, 9):.9f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Shift:
    """A date so many days, weeks, months or years later or, with a negative count, earlier.

    The 31st moved into a shorter month is its last day. No date stays no date.
    """

    count: int
    unit: Literal["d", "w", "m", "y"]

    @property
    def sources(self) -> tuple[str, ...]:
        """The other fields that it reads."""
        return ()

    def fits(self, field: Field) -> bool:
        """Whether it can be done to a field."""
        return field.type == "date"

    def value(self, now: Value, _others: Mapping[str, Value]) -> Value:
        """The new value of a field that holds `now`."""
        if not now:
            return now
        day = date.fromisoformat(str(now))
        try:
            if self.unit in "dw":
                moved = day + timedelta(days=self.count * (7 if self.unit == "w" else 1))
            else:
                moved = _months_later(day, self.count * (12 if self.unit == "y" else 1))
        except (ValueError, OverflowError):
            raise InputRefused(
                _("{day} cannot be moved that far.").format(day=day.isoformat())
            ) from None
        return moved.isoformat()


Operation = Replace | Copy | Arithmetic | Shift


def parse(text: str) -> Operation:
    """The operation that a text means: see `HELP`. Raises `InputRefused`."""
    text = text.strip()
    if found := _PERIOD.fullmatch(text):
        count = int(found[2]) * (-1 if found[1] == "-" else 1)
        return Shift(count, found[3].lower())  # type: ignore[arg-type]  # the pattern says which
    if found := _NUMBER.fullmatch(text):
        amount = float(found[2])
        if found[1] == "/" and not amount:
            raise InputRefused(_("Nothing can be divided by zero."))
        return Arithmetic(found[1], amount)  # type: ignore[arg-type]
    if found := _CALL.fullmatch(text):
        name, arguments = found[1].casefold(), _arguments(found[2])
        if name == "copy" and len(arguments) == 1 and arguments[0]:
            return Copy(arguments[0])
        if name == "replace" and len(arguments) == 2 and arguments[0]:
            return Replace(*arguments)
    raise InputRefused(
        _('"{text}" is no operation.').format(text=text),
        _("Write {forms}.").format(forms=_(HELP)),
    )


def spell(operation: Operation) -> str:
    """The text that `parse` reads as this operation."""
    if isinstance(operation, Replace):
        return f"replace({_quoted(operation.old)}, {_quoted(operation.new)})"
    if isinstance(operation, Copy):
        return f"copy({operation.field})"
    if isinstance(operation, Shift):
        return f"{operation.count:+d}{operation.unit}"
    return f"{operation.sign}{operation.amount:g}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _arguments(text: str) -> list[str]:
    """What stands between the commas; in double quotes a comma is a comma."""
    rows = list(csv.reader([text], skipinitialspace=True))
    return rows[0] if len(rows) == 1 else []


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
