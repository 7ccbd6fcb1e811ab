"""Times in a query: "2026-01..2026-03", ">30d", "today"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tui_crm.text.dates import to_iso

_AGE = re.compile(r"(\d{1,5})\s*([dwmy天周月年])")
_DAYS = {"d": 1, "天": 1, "w": 7, "周": 7, "m": 30, "月": 30, "y": 365, "年": 365}
_POINT = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_RANGE = re.compile(r"(.*?)\s*(?:\.\.|…)\s*(.*)")
_OPERATOR = re.compile(r"(>=|<=|>|<|=|≥|≤)?\s*(.+)")
_WORDS = {"today": 0, "今天": 0, "yesterday": -1, "昨天": -1, "tomorrow": 1, "明天": 1}


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

    A year, a month and a day are as long as they are, ``..`` joins two of them, a comparison takes
    what lies before or behind. A number with d, w, m or y is an age: ">30d" is longer ago than 30
    days, "<30d" or "30d" not so long ago. None if the text is not understood.
    """
    try:
        if match := _RANGE.fullmatch(text.strip()):
            return _range(match[1], match[2], now)
        match = _OPERATOR.fullmatch(text.strip())
        return _compared(match[1] or "", match[2].strip(), now) if match else None
    except (ValueError, OverflowError):
        return None


def _range(first: str, last: str, now: datetime) -> Span | None:
    bounds = [_point(part, now) if part else Span(None, None) for part in (first, last)]
    if not (first or last) or bounds[0] is None or bounds[1] is None:
        return None
    start, end = bounds[0].start, bounds[1].end
    if start and end and start > end:  # "30d..7d" and "7d..30d" are the same ages
        start, end = bounds[1].start, bounds[0].end
    return Span(start, end)


def _compared(operator: str, text: str, now: datetime) -> Span | None:
    if match := _AGE.fullmatch(text):
        then = now - timedelta(days=int(match[1]) * _DAYS[match[2]])
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
    """The year, month or day that `text` names, or the day so many days ago."""
    if match := _AGE.fullmatch(text):
        return _day(now.date() - timedelta(days=int(match[1]) * _DAYS[match[2]]), now)
    if (offset := _WORDS.get(text.lower())) is not None:
        return _day(now.date() + timedelta(days=offset), now)
    match = _POINT.fullmatch(text)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if day:
        return _day(date(year, month, day), now)
    first = date(year, month or 1, 1)
    after = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
    return Span(_midnight(first, now), _midnight(after, now))


def _day(day: date, now: datetime) -> Span:
    return Span(_midnight(day, now), _midnight(day + timedelta(days=1), now))


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)
