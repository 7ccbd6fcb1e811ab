"""When somebody means: "tomorrow 9am", "next tue", "+2d", "后天下午三点半".

A text is brought into plain form (lower case, Chinese numerals and English number words as
digits), a time of the day is taken out of it, and what is left must be exactly one of the forms of
a day in `_DAY_RULES`. A word that belongs to neither means that the text is not understood: a
reminder at a guessed time is worse than a question.

Weeks begin on Monday. "Next tuesday" and 下周二 are the Tuesday of the coming week; a weekday, a
day of the month or a date without a year that is over means the next one. Today counts as ahead
until the time that was said is over.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tui_crm.text.dates import english_month, valid_date
from tui_crm.text.when_parts import SPAN, parse_span, plain_form, take_time

# Nobody says a moment in more characters; it bounds the work on pasted text.
_LONGEST = 80
_ISO_MOMENT = r"\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?"
_FILLER = r"\b(?:at|on|by|the|of|um|o'clock)\b|[,，、的在于]"


@dataclass(frozen=True, slots=True)
class When:
    """A moment in the user's zone; without `has_time` only its day was said (`at` is midnight)."""

    at: datetime
    has_time: bool


def parse_when(text: str, now: datetime, *, month_first: bool = False) -> When | None:
    """The moment that `text` means to somebody for whom it is `now` (aware, in their zone).

    English and Chinese are understood together. `month_first` says how "3/4" is read. None if the
    text is not understood or names a moment outside of the calendar; never raises.
    """
    if len(text) > _LONGEST:
        return None
    plain = plain_form(text)
    try:
        return _moment(plain, now) or _day_and_time(plain, now, month_first)
    except (ValueError, OverflowError):
        return None


def _moment(plain: str, now: datetime) -> When | None:
    """A text that means a moment by itself: an ISO moment, "now", a span with hours or minutes."""
    if plain in ("now", "现在"):
        return When(now.replace(second=0, microsecond=0), True)
    if re.fullmatch(_ISO_MOMENT, plain):
        at = datetime.fromisoformat(plain.upper())
        return When(at.astimezone(now.tzinfo) if at.tzinfo else at.replace(tzinfo=now.tzinfo), True)
    span = parse_span(plain)
    if span is None or not span.to_the_minute:
        return None
    day = _add_months(now.date(), span.months)
    start = datetime.combine(day, time(now.hour, now.minute), now.tzinfo)
    # An hour from now is an hour later even in the night when the clocks change: add it in UTC.
    return When((start.astimezone(UTC) + span.exact).astimezone(now.tzinfo), True)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a rule may look at: today, whether 3/4 is in March, whether today is over."""

    today: date
    month_first: bool
    today_is_over: bool

    def monday(self, weeks: int) -> date:
        """The Monday of the week that is `weeks` from this one."""
        return self.today + timedelta(days=7 * weeks - self.today.weekday())

    def first(self) -> date:
        """The first day that is still ahead."""
        return self.today + timedelta(days=1) if self.today_is_over else self.today


_DAYS_AWAY = {
    "today": 0, "今天": 0, "今日": 0, "tomorrow": 1, "tmr": 1, "tmrw": 1, "tom": 1, "明天": 1,
    "明日": 1, "次日": 1, "day after tomorrow": 2, "后天": 2, "大后天": 3, "yesterday": -1,
    "昨天": -1, "昨日": -1, "前天": -2, "day before yesterday": -2,
}  # fmt: skip
_WEEKDAY_NAMES = {
    name: number
    for number, names in enumerate(
        (
            ("mon", "monday", "w0"), ("tue", "tues", "tuesday", "w1"), ("wed", "wednesday", "w2"),
            ("thu", "thur", "thurs", "thursday", "w3"), ("fri", "friday", "w4"),
            ("sat", "saturday", "w5"), ("sun", "sunday", "w6"),
        )
    )
    for name in names
}  # fmt: skip
_AWAY = {
    "this": 0, "这": 0, "本": 0, "这个": 0, "next": 1, "下": 1, "下个": 1, "下下": 2, "下下个": 2,
    "last": -1, "上": -1, "上个": -1,
}  # fmt: skip
_YEARS_AWAY = {"next": 1, "今年": 0, "明年": 1, "后年": 2}
_WEEKDAY = "|".join(sorted(_WEEKDAY_NAMES, key=len, reverse=True))
_WHICH_HAN = "下下个|下下|下个|下|这个|这|本|上个|上"
_WHICH = f"{_WHICH_HAN}|this|next|last"


def _away(which: str | None) -> int:
    """How many weeks or months away "next", 下下 and the like are; this one if nothing is said."""
    return _AWAY[which] if which else 0


def _day_away(match: re.Match[str], asked: _Asked) -> date:
    return asked.today + timedelta(days=_DAYS_AWAY[match[1]])


def _span_of_days(match: re.Match[str], asked: _Asked) -> date | None:
    span = parse_span(match[0])
    if span is None or span.to_the_minute:
        return None
    return _add_months(asked.today, span.months) + span.exact


def _weekday(match: re.Match[str], asked: _Asked) -> date:
    number = _WEEKDAY_NAMES[match["day"]]
    if weeks := _away(match["which"] or match["week"]):
        return asked.monday(weeks) + timedelta(days=number)
    first = asked.first()
    return first + timedelta(days=(number - first.weekday()) % 7)


def _whole_week(match: re.Match[str], asked: _Asked) -> date:
    return asked.monday(_away(match[1]))


def _weekend(match: re.Match[str], asked: _Asked) -> date:
    saturday = asked.monday(_away(match[1])) + timedelta(days=5)
    return max(saturday, asked.first())


def _end_of_week(_match: re.Match[str], asked: _Asked) -> date:
    first = asked.first()
    return first + timedelta(days=(4 - first.weekday()) % 7)


def _start_of_month(match: re.Match[str], asked: _Asked) -> date:
    day = _add_months(asked.today.replace(day=1), _away(match[1]))
    return day if day >= asked.first() else _add_months(day, 1)


def _end_of_month(match: re.Match[str], asked: _Asked) -> date:
    return _last_day(_add_months(asked.today.replace(day=1), _away(match[1])))


def _end_of_named_month(match: re.Match[str], asked: _Asked) -> date | None:
    month = int(match[1]) if match[1].isdecimal() else english_month(match[1])
    first = valid_date(asked.today.year, month, 1)
    if first is None:
        return None
    last = _last_day(first)
    return last if last >= asked.today else _last_day(_add_months(first, 12))


def _end_of_year(_match: re.Match[str], asked: _Asked) -> date:
    return date(asked.today.year, 12, 31)


def _month_away(match: re.Match[str], asked: _Asked) -> date:
    return _add_months(asked.today, _away(match[1]))


def _year_away(match: re.Match[str], asked: _Asked) -> date:
    return _add_months(asked.today, 12 * _YEARS_AWAY[match[1]])


def _year_month_day(match: re.Match[str], _asked: _Asked) -> date | None:
    return valid_date(int(match[1]), int(match[2]), int(match[3]))


def _month_day(match: re.Match[str], asked: _Asked) -> date | None:
    if match[1]:
        return valid_date(asked.today.year + _YEARS_AWAY[match[1]], int(match[2]), int(match[3]))
    return _coming(asked, int(match[2]), int(match[3]))


def _day_month(match: re.Match[str], asked: _Asked) -> date | None:
    return _coming(asked, int(match[2]), int(match[1]), match[3])


def _slashed(match: re.Match[str], asked: _Asked) -> date | None:
    first, second = int(match[1]), int(match[2])
    orders = [(second, first), (first, second)]
    if asked.month_first:
        orders.reverse()
    return next(
        (day for month, number in orders if (day := _coming(asked, month, number, match[3]))), None
    )


def _named_month(match: re.Match[str], asked: _Asked) -> date | None:
    month = english_month(match["month"])
    return _coming(asked, month, int(match["day"]), match["year"]) if month else None


def _day_of_month(match: re.Match[str], asked: _Asked) -> date | None:
    """The 5th of this month, or of the next one that has such a day if it is over."""
    number = int(match["day"])
    if which := match["which"]:
        month = _add_months(asked.today.replace(day=1), _away(which))
        return valid_date(month.year, month.month, number)
    first = asked.first()
    for months in range(3):
        month = _add_months(first.replace(day=1), months)
        day = valid_date(month.year, month.month, number)
        if day and day >= first:
            return day
    return None


_DayRule = Callable[[re.Match[str], _Asked], date | None]
# Patterns stay text until they are first used (`re` keeps what it compiled): screens import this
# module on the way to their first frame, and compiling them all takes longer than the import.
_DAY_RULES: tuple[tuple[str, _DayRule], ...] = (
    ("(" + "|".join(_DAYS_AWAY) + ")", _day_away),
    (rf"(?:(?P<which>{_WHICH})\s*)?(?P<day>{_WEEKDAY})\.?(?:\s+(?P<week>next|this|last) week)?",
     _weekday),
    (r"(next|this|last) week", _whole_week),
    (f"({_WHICH_HAN})(?:周|星期|礼拜)", _whole_week),
    (rf"(?:({_WHICH})\s*)?(?:weekend|周末)", _weekend),
    (r"end (?:this )?week|eow", _end_of_week),
    (r"(?:start|beginning) (?:(this|next) )?month", _start_of_month),
    (rf"({_WHICH_HAN})?月初", _start_of_month),
    (r"end (?:(this|next) )?month|eom", _end_of_month),
    (rf"({_WHICH_HAN})?月[底末]", _end_of_month),
    (r"end ([a-z]{3,9})", _end_of_named_month),
    (r"(\d{1,2})月[底末]", _end_of_named_month),
    (r"end (?:this )?year|eoy|(?:今年)?年[底末]", _end_of_year),
    (r"(next|last) month", _month_away),
    (f"({_WHICH_HAN})月", _month_away),
    (r"(next) year", _year_away),
    ("(明年|后年)", _year_away),
    (SPAN, _span_of_days),
    (r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?", _year_month_day),
    (r"(\d{4})(\d{2})(\d{2})", _year_month_day),
    (r"(今年|明年|后年)?\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?", _month_day),
    (r"(\d{1,2})\.\s*(\d{1,2})\.?\s*(\d{4}|\d{2})?", _day_month),
    (r"(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}|\d{2}))?", _slashed),
    (r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?\s*(?P<month>[a-z]{3,9})\.?(?:\s+(?P<year>\d{4}))?",
     _named_month),
    (r"(?P<month>[a-z]{3,9})\.?\s*(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:\s+(?P<year>\d{4}))?",
     _named_month),
    (r"(?P<day>\d{1,2})(?:st|nd|rd|th)(?:\s+(?P<which>this|next) month)?", _day_of_month),
    (rf"(?:(?P<which>{_WHICH_HAN})月)?\s*(?P<day>\d{{1,2}})\s*[日号]", _day_of_month),
)  # fmt: skip


def _day_and_time(plain: str, now: datetime, month_first: bool) -> When | None:
    """A day, a time of the day, or both in any order."""
    said, rest = take_time(plain)
    over = said is not None and said <= now.timetz().replace(tzinfo=None)
    asked = _Asked(now.date(), month_first, over)
    rest = " ".join(re.sub(_FILLER, " ", rest).split())
    day = _day(rest, asked) if rest else (asked.first() if said is not None else None)
    if day is None:
        return None
    return When(datetime.combine(day, said or time(), now.tzinfo), said is not None)


def _day(text: str, asked: _Asked) -> date | None:
    """The day by the first rule that the whole text fits."""
    for pattern, rule in _DAY_RULES:
        if (match := re.fullmatch(pattern, text)) and (day := rule(match, asked)):
            return day
    return None


def _coming(asked: _Asked, month: int, day: int, year: str | None = None) -> date | None:
    """That day of the year, or of the next year that has it if it is over (29 February)."""
    if year:
        return valid_date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    for ahead in range(9):
        found = valid_date(asked.today.year + ahead, month, day)
        if found and found >= asked.today:
            return found
    return None


def _add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last one of that month if it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _last_day(day: date) -> date:
    """The last day of the month of `day`."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
