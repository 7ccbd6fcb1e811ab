"""Moments and days: how they are stored, how they are shown, how a birthday is read.

A moment is an aware `datetime`; the database keeps it as ``YYYY-MM-DDTHH:MM:SSZ`` in UTC and a
person sees it in their own zone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from typing import Literal

from tui_crm.text.i18n import N_, _

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MONTH, _YEAR = 30 * _DAY, 365 * _DAY
# Up to this many seconds either way are "just now".
_NOW = 45

_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_MONTHS = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
    N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip

# Countries that write the month before the day (CLDR); the rest write the day first.
_MONTH_FIRST = frozenset({"US", "PH", "FM", "MH", "PW", "GU", "AS", "PR", "VI", "MP", "UM"})
# Countries that write the year first, and so the month before the day when the year is left out.
_YEAR_FIRST = frozenset({"CN", "TW", "HK", "MO", "JP", "KR", "KP", "MN", "HU", "LT"})

_ENGLISH_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"), ("feb", "february"), ("mar", "march"), ("apr", "april"),
            ("may",), ("jun", "june"), ("jul", "july"), ("aug", "august"),
            ("sep", "sept", "september"), ("oct", "october"), ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip

_YMD = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
_COMPACT = r"(\d{4})(\d{2})(\d{2})"
_NUMERIC = r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})"
_DAY_NAME_YEAR = r"(\d{1,2})(?:st|nd|rd|th)?[\s.-]+([a-z]{3,9})[\s.,-]+(\d{4})"
_NAME_DAY_YEAR = r"([a-z]{3,9})[\s.]+(\d{1,2})(?:st|nd|rd|th)?[\s,]+(\d{4})"


def utc_now() -> datetime:
    """The present moment in UTC, in whole seconds, as it is stored."""
    return datetime.now(UTC).replace(microsecond=0)


def to_iso(moment: datetime) -> str:
    """The stored form of an aware `moment`; ValueError if it has no zone."""
    if moment.tzinfo is None:
        raise ValueError(f"moment without a time zone: {moment!r}")
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='seconds')}Z"


def from_iso(text: str) -> datetime:
    """The moment, in UTC, of a stored or any other ISO 8601 text; without a zone it means UTC.

    ValueError if it is no such text.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is UTC:
        return moment
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def moment(stored: str) -> datetime | None:
    """The moment of a column's text, None for an empty one."""
    return from_iso(stored) if stored else None


def format_local(
    moment: datetime,
    tz: tzinfo | None,
    *,
    style: Literal["short", "long", "date", "day"] = "short",
) -> str:
    """An aware `moment` in the zone `tz` (None: the computer's).

    "short" is "2026-03-01 15:04", "date" its day alone; in the reader's language, "long" is
    "Sun 1 Mar 2026, 15:04" and "day" its day alone.
    """
    local = moment.astimezone(tz)
    if style == "date":
        return local.date().isoformat()
    if style == "short":
        return f"{local.date().isoformat()} {local:%H:%M}"
    day = _("{weekday} {day} {month} {year}").format(
        weekday=weekday(local, tz),
        day=local.day,
        month=_(_MONTHS[local.month - 1]),
        year=local.year,
    )
    return day if style == "day" else _("{day}, {time}").format(day=day, time=f"{local:%H:%M}")


def weekday(moment: datetime, tz: tzinfo | None) -> str:
    """The day of the week of an aware `moment` in the zone `tz`, short and in the reader's
    language: "Mon".
    """
    return _(_WEEKDAYS[moment.astimezone(tz).weekday()])


def ago(moment: datetime, now: datetime) -> str:
    """How far `moment` is from `now`, in one unit: "3 d ago", "just now", "in 2 d"."""
    seconds = int((moment - now).total_seconds())
    distance = abs(seconds)
    if distance < _NOW:
        return _("just now")
    past, future, unit = next(
        (past, future, unit)
        for limit, unit, past, future in (
            (_HOUR, _MINUTE, N_("{n} min ago"), N_("in {n} min")),
            (_DAY, _HOUR, N_("{n} h ago"), N_("in {n} h")),
            (_MONTH, _DAY, N_("{n} d ago"), N_("in {n} d")),
            (_YEAR, _MONTH, N_("{n} mo ago"), N_("in {n} mo")),
            (float("inf"), _YEAR, N_("{n} y ago"), N_("in {n} y")),
        )
        if distance < limit
    )
    return _(future if seconds > 0 else past).format(n=max(1, distance // unit))


def ago_by_day(day: date, today: date) -> str:
    """The same for days of the calendar: yesterday is "1 d ago" already at one in the morning."""
    if day == today:
        return _("today")
    midnight = time(tzinfo=UTC)
    return ago(datetime.combine(day, midnight), datetime.combine(today, midnight))


def till_due(due: datetime, now: datetime) -> tuple[str, bool]:
    """How far a due moment is, and whether it is late. `now` is in the user's zone.

    Other days count as days of the calendar. Midnight stands for a day without a clock time, which
    is late from the next day on.
    """
    local = due.astimezone(now.tzinfo)
    if local.date() != now.date():
        return ago_by_day(local.date(), now.date()), local < now
    if local.time() == time():
        return _("today"), False
    return ago(local, now), local < now


def duration(seconds: float) -> str:
    """A length of time: "4:07", "1:02:03"; less than nothing is "0:00"."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def parse_date(text: str, country: str) -> date | None:
    """The day that somebody wrote, or None if it is none; for birthdays and other past days.

    Understood are ISO and other year-first forms, "1990年2月1日", "1.2.1990", "1 Feb 1990" and
    "Feb 1, 1990". `country` (ISO 3166, "US") decides what comes first in "02/01/1990"; where only
    the other order is a day of the calendar, that is meant. Two-digit years are of the last
    hundred years.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    for pattern, build in _DATE_FORMS:
        if match := re.fullmatch(pattern, plain):
            return build(match, country)
    return None


def english_month(name: str) -> int | None:
    """The number of an English month by its name or abbreviation, in lower case."""
    return _ENGLISH_MONTHS.get(name)


def is_month_first(country: str) -> bool:
    """Whether people of the country `country` write the month before the day."""
    return country.upper() in _MONTH_FIRST | _YEAR_FIRST


def valid_date(year: int, month: int | None, day: int) -> date | None:
    """That day, or None if the calendar has none."""
    try:
        return date(year, month or 0, day)
    except ValueError:
        return None


def _year_first(match: re.Match[str], _country: str) -> date | None:
    return valid_date(int(match[1]), int(match[2]), int(match[3]))


def _numeric(match: re.Match[str], country: str) -> date | None:
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    if len(match[3]) == 2:
        this_year = date.today().year
        year += this_year // 100 * 100
        if year > this_year:
            year -= 100
    if is_month_first(country):
        return valid_date(year, first, second) or valid_date(year, second, first)
    return valid_date(year, second, first) or valid_date(year, first, second)


def _day_name(match: re.Match[str], _country: str) -> date | None:
    return valid_date(int(match[3]), english_month(match[2]), int(match[1]))


def _name_day(match: re.Match[str], _country: str) -> date | None:
    return valid_date(int(match[3]), english_month(match[1]), int(match[2]))


_DATE_FORMS: tuple[tuple[str, Callable[[re.Match[str], str], date | None]], ...] = (
    (_YMD, _year_first),
    (_COMPACT, _year_first),
    (_NUMERIC, _numeric),
    (_DAY_NAME_YEAR, _day_name),
    (_NAME_DAY_YEAR, _name_day),
)
