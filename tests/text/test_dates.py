"""Moments are stored in UTC, shown in a zone, and days are read as their country writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from tui_crm.text.dates import (
    ago,
    ago_by_day,
    duration,
    format_local,
    from_iso,
    parse_date,
    till_due,
    to_iso,
    utc_now,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@time_machine.travel(datetime(2026, 3, 1, 12, 0, 5, 999_999, tzinfo=UTC), tick=False)
def test_now_is_what_can_be_stored() -> None:
    assert utc_now() == datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
    assert from_iso(to_iso(utc_now())) == utc_now()


def test_to_iso_is_utc() -> None:
    shanghai = datetime(2026, 3, 1, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert to_iso(shanghai) == "2026-03-01T12:00:00Z"
    assert to_iso(datetime(476, 9, 4, tzinfo=UTC)) == "0476-09-04T00:00:00Z"


def test_a_moment_without_a_zone_is_not_stored() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_iso(datetime(2026, 3, 1))


@pytest.mark.parametrize(
    "text",
    ["2026-03-01T12:00:00Z", "2026-03-01T20:00:00+08:00", "2026-03-01 12:00", "2026-03-01T12:00"],
)
def test_from_iso(text: str) -> None:
    moment = from_iso(text)
    assert moment == NOON
    assert moment.tzinfo is UTC


def test_from_iso_refuses_other_text() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        from_iso("yesterday")


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))
def test_what_is_stored_comes_back(moment: datetime) -> None:
    assert from_iso(to_iso(moment)) == moment.replace(microsecond=0)


def test_format_local_in_the_zone_of_the_reader() -> None:
    shanghai, london = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London")
    evening = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert format_local(evening, shanghai) == "2026-07-02 06:30"
    assert format_local(evening, london) == "2026-07-01 23:30"
    assert format_local(evening, shanghai, style="date") == "2026-07-02"
    assert format_local(evening, london, style="long") == "Wed 1 Jul 2026, 23:30"


@pytest.mark.parametrize(
    ("away", "text"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=-44), "just now"),
        (timedelta(seconds=44), "just now"),
        (timedelta(seconds=-50), "1 min ago"),
        (timedelta(minutes=-5), "5 min ago"),
        (timedelta(minutes=-59, seconds=-59), "59 min ago"),
        (timedelta(hours=-3), "3 h ago"),
        (timedelta(days=-3), "3 d ago"),
        (timedelta(days=-40), "1 mo ago"),
        (timedelta(days=-800), "2 y ago"),
        (timedelta(minutes=10), "in 10 min"),
        (timedelta(hours=5), "in 5 h"),
        (timedelta(days=2), "in 2 d"),
        (timedelta(days=364), "in 12 mo"),
        (timedelta(days=365), "in 1 y"),
    ],
)
def test_ago(away: timedelta, text: str) -> None:
    assert ago(NOON + away, NOON) == text


@pytest.mark.parametrize(
    ("due", "text", "late"),
    [
        (NOON.replace(hour=0), "today", False),
        (NOON.replace(hour=11), "1 h ago", True),
        (NOON.replace(hour=15), "in 3 h", False),
        (NOON.replace(hour=0) + timedelta(days=3), "in 3 d", False),
        (NOON.replace(hour=0) - timedelta(days=1), "1 d ago", True),
        (NOON.replace(hour=23) - timedelta(days=1), "1 d ago", True),
    ],
)
def test_what_is_due_on_a_day_is_late_from_the_next_on(
    due: datetime, text: str, late: bool
) -> None:
    assert till_due(due, NOON) == (text, late)


@pytest.mark.parametrize(
    ("days", "text"),
    [(0, "today"), (-1, "1 d ago"), (-2, "2 d ago"), (3, "in 3 d"), (-40, "1 mo ago")],
)
def test_ago_by_day(days: int, text: str) -> None:
    assert ago_by_day(NOON.date() + timedelta(days=days), NOON.date()) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7, "0:07"), (247, "4:07"), (3723, "1:02:03"), (59.9, "0:59"), (-5, "0:00")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "country", "day"),
    [
        ("1990-02-01", "US", date(1990, 2, 1)),
        ("1990/2/1", "GB", date(1990, 2, 1)),
        ("1990.02.01", "CN", date(1990, 2, 1)),
        ("19900201", "CN", date(1990, 2, 1)),
        ("1990年2月1日", "CN", date(1990, 2, 1)),
        ("１９９０年２月１日", "CN", date(1990, 2, 1)),
        ("1.2.1990", "DE", date(1990, 2, 1)),
        ("02/01/1990", "US", date(1990, 2, 1)),
        ("02/01/1990", "GB", date(1990, 1, 2)),
        ("13/02/1990", "US", date(1990, 2, 13)),
        ("02/13/1990", "GB", date(1990, 2, 13)),
        ("1 Feb 1990", "US", date(1990, 2, 1)),
        ("1st February, 1990", "GB", date(1990, 2, 1)),
        ("Feb 1, 1990", "GB", date(1990, 2, 1)),
        (" february 1st 1990 ", "", date(1990, 2, 1)),
        ("29.02.2000", "DE", date(2000, 2, 29)),
    ],
)
def test_parse_date(text: str, country: str, day: date) -> None:
    assert parse_date(text, country) == day


@pytest.mark.parametrize(
    "text", ["", "soon", "29.02.1990", "1990-13-01", "31/31/1990", "1 Foo 1990", "0000-01-01", "12"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert parse_date(text, "GB") is None


@time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC), tick=False)
def test_two_digit_years_are_of_the_last_hundred_years() -> None:
    assert parse_date("1.2.90", "DE") == date(1990, 2, 1)
    assert parse_date("1.2.26", "DE") == date(2026, 2, 1)
    assert parse_date("1.2.27", "DE") == date(1927, 2, 1)


@given(st.text(max_size=30), st.sampled_from(["US", "DE", ""]))
def test_any_text_is_taken(text: str, country: str) -> None:
    assert parse_date(text, country) is None or isinstance(parse_date(text, country), date)


@given(st.dates())
def test_every_iso_day_is_read(day: date) -> None:
    assert parse_date(day.isoformat(), "US") == day
