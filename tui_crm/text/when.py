"""When somebody means: "tomorrow 9am", "next tue", "+2d", "后天下午三点半".

A text is brought into plain form (lower case, Chinese numerals and English number words as
digits), a time of the day is taken out of it, and what is left must be exactly one of the forms of
a day in `_DAY_RULES`. A word that belongs to neither means that the text is not understood: a
reminder at a guessed time is worse than a question.

Weeks begin on Monday. "Next tuesday" and 下周二 are the Tuesday of the coming week; a weekday, a
day of the month or a date without a year that is over means the next one.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tui_crm.text.dates import english_month, valid_date


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
    plain = _plain(text)
    if not plain or len(plain) > _LONGEST:
        return None
    try:
        return _moment(plain, now) or _day_and_time(plain, now, month_first)
    except (ValueError, OverflowError):
        return None


_LONGEST = 80

# --- plain form -----------------------------------------------------------------------------

_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")}
_HAN_DIGITS |= {"〇": 0, "两": 2}
_HAN_NUMBER = re.compile("[零〇一二两三四五六七八九十]+")
_HAN_WEEKDAY = re.compile("(?:周|星期|礼拜)([一二三四五六日天1-7])(?!个)")
_HAN_WEEKDAYS = {char: value for value, char in enumerate("一二三四五六日")}
_HAN_WEEKDAYS |= {"天": 6, "7": 6} | {str(value + 1): value for value in range(6)}
_NUMBER_WORDS = {
    "a": "1", "an": "1", "half a": "0.5", "half an": "0.5", "a couple of": "2", "one": "1",
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
_NUMBER_WORD = re.compile(
    r"\b(?:" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + r")\b(?!\.m)"
)
# A day and a part of it in one word.
_CONTRACTIONS = (
    (re.compile("今(?=[早晚])"), "今天 "),
    (re.compile("明(?=[早晚])"), "明天 "),
    (re.compile("昨(?=[早晚])"), "昨天 "),
    (re.compile("当(?=晚)"), "今天 "),
    (re.compile("(?<=[早晚])(?![上晨])"), "上"),
    (re.compile(r"\btonight\b"), "today night"),
    (re.compile(r"\bthis (?=morning|afternoon|evening)"), "today "),
)
_FILLER = re.compile(r"\b(?:at|on|by|the|of|um|o'clock)\b|[,，、的在于]")


def _plain(text: str) -> str:
    """`text` in lower case, half width, simplified weekdays (w0-w6) and numbers as digits."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    plain = plain.translate(_TRADITIONAL)
    for pattern, written_out in _CONTRACTIONS:
        plain = pattern.sub(written_out, plain)
    plain = _HAN_WEEKDAY.sub(lambda match: f"w{_HAN_WEEKDAYS[match[1]]} ", plain)
    plain = _HAN_NUMBER.sub(lambda match: str(_han_number(match[0])), plain)
    return _NUMBER_WORD.sub(lambda match: _NUMBER_WORDS[match[0]], plain)


_TRADITIONAL = str.maketrans("週後點號個兩時鐘間禮", "周后点号个两时钟间礼")


def _han_number(text: str) -> int:
    """十二 is 12, 二十 is 20, 二〇二六 is 2026."""
    if "十" not in text:
        return int("".join(str(_HAN_DIGITS[char]) for char in text))
    tens, _, ones = text.partition("十")
    ones = ones.replace("十", "")
    return (_han_number(tens) if tens else 1) * 10 + (_han_number(ones) if ones else 0)


# --- spans: "2d", "in 3 weeks", "1h30", "半小时后", "3 days ago" ---------------------------

_UNITS: dict[str, tuple[str, ...]] = {
    "minute": ("m", "min", "mins", "minute", "minutes", "分钟", "分"),
    "hour": ("h", "hr", "hrs", "hour", "hours", "小时", "个小时", "钟头", "个钟头"),
    "day": ("d", "day", "days", "天", "日"),
    "week": ("w", "wk", "wks", "week", "weeks", "周", "个星期", "星期", "个礼拜", "礼拜"),
    "month": ("mo", "mos", "month", "months", "个月"),
    "year": ("y", "yr", "yrs", "year", "years", "年"),
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}
_UNIT_WORDS = "|".join(sorted(_UNIT_OF, key=len, reverse=True))
_TERM = re.compile(rf"(\d+(?:\.\d+)?)\s*({_UNIT_WORDS})(?![a-z])\s*(?:and\s+|,\s*)?")
_SPAN = re.compile(
    rf"(?P<sign>in\s+|\+\s*|-\s*|过\s*)?(?P<terms>(?:{_TERM.pattern})+)(?P<rest>\d{{1,2}})?\s*"
    r"(?P<tail>later|from now|after|ago|以后|之后|后|以前|之前|前)?"
)
_HALVES = (
    (re.compile(r"(\d+)个半(小时|钟头|星期|礼拜)"), r"\1.5个\2"),
    (re.compile("半个?(小时|钟头)"), "30分钟"),
    (re.compile("半个月"), "15天"),
    (re.compile("半年"), "6个月"),
)


def _span(text: str) -> tuple[timedelta, int, bool] | None:
    """A length of time: what is exact, whole months, and whether it is given to the minute."""
    for pattern, replacement in _HALVES:
        text = pattern.sub(replacement, text)
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    amounts = dict.fromkeys(_UNITS, 0.0)
    for number, word in _TERM.findall(match["terms"]):
        amounts[_UNIT_OF[word]] += float(number)
    if match["rest"]:
        if not match["terms"].rstrip().endswith(_UNITS["hour"]):
            return None
        amounts["minute"] += int(match["rest"])
    sign = -1 if (match["sign"] or "").startswith("-") else 1
    if match["tail"] in ("ago", "以前", "之前", "前"):
        sign = -1
    months = amounts["month"] + 12 * amounts["year"]
    if months != int(months):
        return None
    exact = timedelta(
        minutes=amounts["minute"],
        hours=amounts["hour"],
        days=amounts["day"],
        weeks=amounts["week"],
    )
    return sign * exact, sign * int(months), bool(amounts["minute"] or amounts["hour"])


def _moment(plain: str, now: datetime) -> When | None:
    """A text that means a moment by itself: an ISO moment, "now", a span with hours or minutes."""
    if plain in ("now", "现在"):
        return When(now.replace(second=0, microsecond=0), True)
    if _ISO_MOMENT.match(plain):
        at = datetime.fromisoformat(plain.upper())
        return When(at.astimezone(now.tzinfo) if at.tzinfo else at.replace(tzinfo=now.tzinfo), True)
    span = _span(plain)
    if span is None or not span[2]:
        return None
    exact, months, _ = span
    day = _add_months(now.date(), months)
    at = datetime.combine(day, now.time(), now.tzinfo)
    # Hours are hours on the clock's face only outside of daylight saving: add them in UTC.
    return When(
        (at.astimezone(UTC) + exact).astimezone(now.tzinfo).replace(second=0, microsecond=0), True
    )


_ISO_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?$"
)

# --- the time of the day ----------------------------------------------------------------------

_PM = ("pm", "p.m.", "下午", "晚上", "傍晚", "晚", "夜里")
_PART = "凌晨|清晨|早晨|早上|上午|早|中午|下午|傍晚|晚上|夜里|晚"
_AMPM = r"am|pm|a\.m\.|p\.m\."
_MINUTES_OF = {"半": 30, "1刻": 15, "3刻": 45, "整": 0, "钟": 0}
_CLOCK = (
    # 下午3点半, 15点20分, 晚上8点
    re.compile(
        rf"(?P<part>{_PART})?\s*(?P<hour>\d{{1,2}})\s*[点时](?!间)\s*"
        r"(?P<minute>半|1刻|3刻|整|钟|\d{1,2}(?!\d))?\s*分?"
    ),
    # 15:00, 下午3:30, 3:30 pm, 15:00:00
    re.compile(
        rf"(?P<part>{_PART})?\s*(?<![\d.])(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?::\d{{2}})?"
        rf"(?!\d)\s*(?P<ampm>{_AMPM})?"
    ),
    # 3.30pm, 9am, 9 p.m.
    re.compile(
        rf"(?<![\d.:/-])(?P<hour>\d{{1,2}})(?:\.(?P<minute>\d{{2}}))?\s*(?P<ampm>{_AMPM})(?![a-z])"
    ),
    # at 9
    re.compile(r"\bat\s+(?P<hour>\d{1,2})(?![\d.:/-])"),
)
# Parts of the day and the hours of a business day that they stand for.
_NAMED_TIMES = (
    (re.compile(r"\bend of (?:the )?day\b|\beod\b|下班前?"), time(17)),
    (re.compile(r"\bnoon\b|\bmidday\b|\blunch(?:time)?\b|中午"), time(12)),
    (re.compile(r"\bmorning\b|早上|早晨|上午"), time(9)),
    (re.compile(r"\bafternoon\b|下午"), time(14)),
    (re.compile(r"\bevening\b|傍晚"), time(18)),
    (re.compile(r"\bnight\b|晚上"), time(20)),
)
# A named time beside a clock time says which half of the day is meant.
_AFTER_NOON = time(12)


def _clock(match: re.Match[str]) -> time | None:
    """The time that one of the `_CLOCK` patterns found, or None if the clock has none."""
    groups = match.groupdict()
    hour = int(match["hour"])
    minute_text = groups.get("minute") or "0"
    minute = _MINUTES_OF.get(minute_text)
    if minute is None:
        minute = int(minute_text)
    half = groups.get("ampm") or groups.get("part") or ""
    if groups.get("ampm") and not 1 <= hour <= 12:
        return None
    if half in _PM and hour < 12:
        hour += 12
    elif half in ("am", "a.m.", "凌晨") and hour == 12:
        hour = 0
    elif half == "中午" and hour < 11:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _take_time(plain: str) -> tuple[time | None, str]:
    """A time of the day out of `plain`, and the rest; ValueError for a time no clock shows."""
    said: time | None = None
    for pattern in _CLOCK:
        if match := pattern.search(plain):
            said = _clock(match)
            if said is None:
                raise ValueError("no such time")
            plain = f"{plain[: match.start()]} {plain[match.end() :]}"
            break
    for pattern, usual in _NAMED_TIMES:
        if match := pattern.search(plain):
            plain = f"{plain[: match.start()]} {plain[match.end() :]}"
            if said is None:
                said = usual
            elif usual >= _AFTER_NOON and said.hour < 12 and usual.hour != 12:
                said = said.replace(hour=said.hour + 12)
            break
    return said, plain


# --- the day ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a rule may look at: today, whether 3/4 is in March, whether today is over."""

    today: date
    month_first: bool
    today_is_over: bool

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
_WEEKDAY = "|".join(sorted(_WEEKDAY_NAMES, key=len, reverse=True))
_WHICH_HAN = "下下个|下下|下个|下|这个|这|本|上个|上"
_WHICH = f"{_WHICH_HAN}|this|next|last"


def _day_away(match: re.Match[str], asked: _Asked) -> date:
    return asked.today + timedelta(days=_DAYS_AWAY[match[1]])


def _span_of_days(match: re.Match[str], asked: _Asked) -> date | None:
    span = _span(match[0])
    if span is None or span[2]:
        return None
    return _add_months(asked.today, span[1]) + span[0]


def _weekday(match: re.Match[str], asked: _Asked) -> date:
    number = _WEEKDAY_NAMES[match["day"]]
    which = match["which"] or match["week"]
    weeks = _AWAY[which] if which else 0
    if which and weeks:
        monday = asked.today - timedelta(days=asked.today.weekday())
        return monday + timedelta(days=7 * weeks + number)
    first = asked.first()
    return first + timedelta(days=(number - first.weekday()) % 7)


def _whole_week(match: re.Match[str], asked: _Asked) -> date:
    monday = asked.today - timedelta(days=asked.today.weekday())
    return monday + timedelta(days=7 * _AWAY[match[1]])


def _weekend(match: re.Match[str], asked: _Asked) -> date:
    monday = asked.today - timedelta(days=asked.today.weekday())
    weeks = _AWAY[match[1]] if match[1] else 0
    return max(monday + timedelta(days=7 * weeks + 5), asked.first())


def _end_of_week(_match: re.Match[str], asked: _Asked) -> date:
    first = asked.first()
    return first + timedelta(days=(4 - first.weekday()) % 7)


def _end_of_month(match: re.Match[str], asked: _Asked) -> date:
    which = match.groupdict()["which"]
    day = _add_months(asked.today.replace(day=1), _AWAY[which] if which else 0)
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _end_of_year(_match: re.Match[str], asked: _Asked) -> date:
    return date(asked.today.year, 12, 31)


def _month_away(match: re.Match[str], asked: _Asked) -> date:
    return _add_months(asked.today, _AWAY[match[1]])


def _year_away(match: re.Match[str], asked: _Asked) -> date:
    return _add_months(asked.today, 12 * {"next": 1, "明年": 1, "后年": 2}[match[1]])


def _year_month_day(match: re.Match[str], _asked: _Asked) -> date | None:
    return valid_date(int(match[1]), int(match[2]), int(match[3]))


def _month_day(match: re.Match[str], asked: _Asked) -> date | None:
    return _coming(asked, int(match[1]), int(match[2]))


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
        month = _add_months(asked.today.replace(day=1), _AWAY[which])
        return valid_date(month.year, month.month, number)
    first = asked.first()
    for months in range(3):
        month = _add_months(first.replace(day=1), months)
        day = valid_date(month.year, month.month, number)
        if day and day >= first:
            return day
    return None


_DayRule = Callable[[re.Match[str], _Asked], date | None]
_DAY_RULES: tuple[tuple[re.Pattern[str], _DayRule], ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        ("(" + "|".join(_DAYS_AWAY) + ")", _day_away),
        (rf"(?:(?P<which>{_WHICH})\s*)?(?P<day>{_WEEKDAY})\.?(?:\s+(?P<week>next|this|last) week)?",
         _weekday),
        (r"(next|this|last) week", _whole_week),
        (f"({_WHICH_HAN})(?:周|星期|礼拜)", _whole_week),
        (rf"(?:({_WHICH})\s*)?(?:weekend|周末)", _weekend),
        (r"end (?:this )?week|eow", _end_of_week),
        (r"end\s+(?:(?P<which>this|next) )?month|eom", _end_of_month),
        (rf"(?P<which>{_WHICH_HAN})?月[底末]", _end_of_month),
        (r"end\s+(?:this )?year|eoy|(?:今年)?年[底末]", _end_of_year),
        (r"(next|last) month", _month_away),
        (f"({_WHICH_HAN})月", _month_away),
        (r"(next) year", _year_away),
        ("(明年|后年)", _year_away),
        (_SPAN.pattern, _span_of_days),
        (r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?", _year_month_day),
        (r"(\d{4})(\d{2})(\d{2})", _year_month_day),
        (r"(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?", _month_day),
        (r"(\d{1,2})\.\s*(\d{1,2})\.?\s*(\d{4}|\d{2})?", _day_month),
        (r"(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}|\d{2}))?", _slashed),
        (r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?\s*(?P<month>[a-z]{3,9})\.?(?:\s+(?P<year>\d{4}))?",
         _named_month),
        (r"(?P<month>[a-z]{3,9})\.?\s*(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:\s+(?P<year>\d{4}))?",
         _named_month),
        (r"(?P<day>\d{1,2})(?:st|nd|rd|th)(?:\s+(?P<which>this|next) month)?", _day_of_month),
        (rf"(?:(?P<which>{_WHICH_HAN})月)?\s*(?P<day>\d{{1,2}})\s*[日号]", _day_of_month),
    )
)  # fmt: skip


def _day_and_time(plain: str, now: datetime, month_first: bool) -> When | None:
    """A day, a time of the day, or both in any order."""
    said, rest = _take_time(plain)
    over = said is not None and said <= now.timetz().replace(tzinfo=None)
    asked = _Asked(now.date(), month_first, over)
    rest = " ".join(_FILLER.sub(" ", rest).split())
    day = _day(rest, asked) if rest else (asked.first() if said is not None else None)
    if day is None:
        return None
    return When(datetime.combine(day, said or time(), now.tzinfo), said is not None)


def _day(text: str, asked: _Asked) -> date | None:
    """The day by the first rule that the whole text fits."""
    for pattern, rule in _DAY_RULES:
        if (match := pattern.fullmatch(text)) and (day := rule(match, asked)):
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
