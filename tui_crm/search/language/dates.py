"""Times in a query: "2026-01..2026-03", ">30d", "today"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tui_crm.text.dates import to_iso

_AGE = re.compile(r"(\+)?(\d{1,5})\s*([hdwmy天周月年]|小时|个月)")
_HOURS = {
    "h": 1, "小时": 1, "d": 24, "天": 24, "w": 168, "周": 168,
    "m": 720, "月": 720, "个月": 720, "y": 8760, "年": 8760,
}  # fmt: skip
_POINT = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?)?年?")
_RANGE = re.compile(r"(.*?)\s*(?:\.\.|…|~)\s*(.*)")
_OPERATOR = re.compile(r"(>=|<=|>|<|=|≥|≤)?\s*(.+)")
_DAYS = {"today": 0, "今天": 0, "yesterday": -1, "昨天": -1, "tomorrow": 1, "明天": 1}
_PERIODS = {
    "this-week": ("week", 0), "本周": ("week", 0), "last-week": ("week", -1), "上周": ("week", -1),
    "next-week": ("week", 1), "下周": ("week", 1), "this-month": ("month", 0),
    "本月": ("month", 0), "last-month": ("month", -1), "上月": ("month", -1),
    "next-month": ("month", 1), "下月": ("month", 1), "this-year": ("year", 0),
    "今年": ("year", 0), "last-year": ("year", -1), "去年": ("year", -1),
    "next-year": ("year", 1), "明年": ("year", 1),
}  # fmt: skip
_ENDINGS = ("d", "1", "1d", ".", "0", "00", "000")
WORDS = (*_DAYS, *_PERIODS)
"""The days and periods that have a name."""


@dataclass(frozen=True, slots=True)
class Span:
    """From the moment `start` up to, but without, `end`; None is no bound. Both in one zone."""

    start: datetime | None
    end: datetime | None

    def moments(self) -> tuple[str, str]:
        """The bounds as stored moments, '' for none."""
        return (
            to_iso(self.start.astimezone(UTC)) if self.start else "",
            to_iso(self.end.astimezone(UTC)) if self.end else "",
        )

    def days(self) -> tuple[str, str]:
        """The bounds as stored days, '' for none."""
        return (
            self.start.date().isoformat() if self.start else "",
            self.end.date().isoformat() if self.end else "",
        )


def parse_span(text: str, now: datetime) -> Span | None:
    """The time that `text` means to somebody for whom it is `now` (aware, in their zone).

    A year, a month, a named period and a day are as long as they are, ``..`` joins two of them, a
    comparison takes what lies before or behind. A number with h, d, w, m or y is an age: ">30d" is
    longer ago than 30 days, "<30d" or "30d" not so long ago; "+30d" is the day in 30 days. None if
    the text is not understood.
    """
    try:
        text = half_width(text).strip()
        if match := _RANGE.fullmatch(text):
            return _range(match[1], match[2], now)
        match = _OPERATOR.fullmatch(text)
        return _compared(match[1] or "", match[2].strip(), now) if match else None
    except (ValueError, OverflowError):
        return None


def may_become_span(text: str, now: datetime) -> bool:
    """Whether `text` is the beginning of a time that `parse_span` understands."""
    last = text.rpartition("..")[2].lstrip("<>=≤≥ ").lower()
    named = any(word.startswith(last) for word in WORDS)
    return named or any(parse_span(text + more, now) is not None for more in _ENDINGS)


def half_width(text: str) -> str:
    """`text` with the figures and signs of a Chinese keyboard as those of any other."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).replace("...", "..")


def _range(first: str, last: str, now: datetime) -> Span | None:
    bounds = [_point(part, now) if part else Span(None, None) for part in (first, last)]
    if not (first or last) or bounds[0] is None or bounds[1] is None:
        return None
    start, end = bounds[0].start, bounds[1].end
    if start and end and start > end:  # "30d..7d" and "7d..30d" are the same ages
        start, end = bounds[1].start, bounds[0].end
    return Span(start, end)


def _compared(operator: str, text: str, now: datetime) -> Span | None:
    if (match := _AGE.fullmatch(text)) and not match[1]:
        then = now - timedelta(hours=int(match[2]) * _HOURS[match[3]])
        return Span(None, then) if operator in (">", ">=", "≥") else Span(then, None)
    point = _point(text, now)
    if point is None:
        return None
    return {
        ">": Span(point.end, None),
        ">=": Span(point.start, None),
        "≥": Span(point.start, None),
        "<": Span(None, point.start),
        "<=": Span(None, point.end),
        "≤": Span(None, point.end),
    }.get(operator, point)


def _point(text: str, now: datetime) -> Span | None:
    """The year, month, day or period that `text` names, or the day so long ago."""
    if match := _AGE.fullmatch(text):
        away = timedelta(hours=int(match[2]) * _HOURS[match[3]])
        return _day((now + away if match[1] else now - away).date(), now)
    if (offset := _DAYS.get(text.lower())) is not None:
        return _day(now.date() + timedelta(days=offset), now)
    if period := _PERIODS.get(text.lower()):
        return _period(*period, now)
    match = _POINT.fullmatch(text)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if day:
        return _day(date(year, month, day), now)
    return _month(year, month, now) if month else _year(year, now)


def _period(unit: str, offset: int, now: datetime) -> Span:
    """A week (from Monday on), a month or a year, so many before or behind the present one."""
    today = now.date()
    if unit == "week":
        monday = today + timedelta(days=7 * offset - today.weekday())
        return Span(_midnight(monday, now), _midnight(monday + timedelta(days=7), now))
    if unit == "year":
        return _year(today.year + offset, now)
    months = today.year * 12 + today.month - 1 + offset
    return _month(months // 12, months % 12 + 1, now)


def _year(year: int, now: datetime) -> Span:
    return Span(_midnight(date(year, 1, 1), now), _midnight(date(year + 1, 1, 1), now))


def _month(year: int, month: int, now: datetime) -> Span:
    after = date(year + month // 12, month % 12 + 1, 1)
    return Span(_midnight(date(year, month, 1), now), _midnight(after, now))


def _day(day: date, now: datetime) -> Span:
    return Span(_midnight(day, now), _midnight(day + timedelta(days=1), now))


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)
