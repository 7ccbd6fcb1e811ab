"""What people type for "when", in English and Chinese."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui_crm.text.when import When, parse_when

BERLIN = ZoneInfo("Europe/Berlin")
# A Wednesday.
NOW = datetime(2026, 11, 18, 10, 30, 15, tzinfo=BERLIN)


def said(text: str, now: datetime = NOW, *, month_first: bool = False) -> str | None:
    """The answer as "2026-11-19 09:00", or the day alone if no time was said."""
    when = parse_when(text, now, month_first=month_first)
    if when is None:
        return None
    assert when.at.tzinfo is now.tzinfo
    return f"{when.at:%Y-%m-%d %H:%M}" if when.has_time else f"{when.at:%Y-%m-%d}"


DAYS = {
    "today": "2026-11-18", "Tomorrow": "2026-11-19", "tmr": "2026-11-19",
    "day after tomorrow": "2026-11-20", "the day after tomorrow": "2026-11-20",
    "yesterday": "2026-11-17", "今天": "2026-11-18", "明天": "2026-11-19", "后天": "2026-11-20",
    "後天": "2026-11-20", "大后天": "2026-11-21", "昨天": "2026-11-17", "前天": "2026-11-16",
    # lengths of time
    "2d": "2026-11-20", "+2d": "2026-11-20", "+ 2 days": "2026-11-20", "in 3 weeks": "2026-12-09",
    "in a week": "2026-11-25", "two weeks from now": "2026-12-02", "1w": "2026-11-25",
    "in 2 months": "2027-01-18", "3 months later": "2027-02-18", "1 year": "2027-11-18",
    "1w 2d": "2026-11-27", "3 days ago": "2026-11-15", "-3d": "2026-11-15",
    "3天后": "2026-11-21", "三天后": "2026-11-21", "两周后": "2026-12-02", "过两天": "2026-11-20",
    "一个星期后": "2026-11-25", "两个月后": "2027-01-18", "半个月后": "2026-12-03",
    "半年后": "2027-05-18", "十二天之后": "2026-11-30", "3天前": "2026-11-15", "3天": "2026-11-21",
    # weekdays
    "fri": "2026-11-20", "Friday": "2026-11-20", "on friday": "2026-11-20", "mon": "2026-11-23",
    "tues": "2026-11-24", "wed": "2026-11-18", "this fri": "2026-11-20", "this mon": "2026-11-23",
    "next tue": "2026-11-24", "next friday": "2026-11-27", "last fri": "2026-11-13",
    "friday next week": "2026-11-27", "周五": "2026-11-20", "周一": "2026-11-23",
    "星期天": "2026-11-22", "礼拜五": "2026-11-20", "本周五": "2026-11-20", "这周五": "2026-11-20",
    "下周二": "2026-11-24", "下週二": "2026-11-24", "下个星期二": "2026-11-24",
    "下下周三": "2026-12-02", "上周五": "2026-11-13", "周7": "2026-11-22",
    "next week": "2026-11-23", "下周": "2026-11-23", "weekend": "2026-11-21", "周末": "2026-11-21",
    "下周末": "2026-11-28", "eow": "2026-11-20", "end of the week": "2026-11-20",
    # months and years
    "eom": "2026-11-30", "end of month": "2026-11-30", "end of the month": "2026-11-30",
    "end of next month": "2026-12-31", "月底": "2026-11-30", "本月底": "2026-11-30",
    "下月底": "2026-12-31", "下个月底": "2026-12-31", "年底": "2026-12-31", "eoy": "2026-12-31",
    "next month": "2026-12-18", "下个月": "2026-12-18", "next year": "2027-11-18",
    "明年": "2027-11-18", "月初": "2026-12-01", "下月初": "2026-12-01",
    "start of next month": "2026-12-01", "end of march": "2027-03-31", "2月底": "2027-02-28",
    "十一月底": "2026-11-30", "明年1月5日": "2027-01-05", "明年12月1号": "2027-12-01",
    # dates
    "2026-12-24": "2026-12-24", "2026/12/24": "2026-12-24", "20261224": "2026-12-24",
    "24.12.": "2026-12-24", "24.12": "2026-12-24", "24.12.2027": "2027-12-24",
    "24. 12. 27": "2027-12-24", "1.2.": "2027-02-01", "24/12": "2026-12-24",
    "12/24": "2026-12-24", "3/4": "2027-04-03", "29.2.": "2028-02-29", "18.11.": "2026-11-18",
    "dec 3": "2026-12-03", "Dec 3rd": "2026-12-03", "3 december": "2026-12-03",
    "3rd of December 2027": "2027-12-03", "Dec 3, 2027": "2027-12-03", "may 1": "2027-05-01",
    "the 5th": "2026-12-05", "20th": "2026-11-20", "31st": "2026-12-31",
    "5th next month": "2026-12-05", "12月24日": "2026-12-24", "十二月二十四日": "2026-12-24",
    "1月5号": "2027-01-05", "2027年1月5日": "2027-01-05", "二〇二七年一月五日": "2027-01-05",
    "20号": "2026-11-20", "5号": "2026-12-05", "下个月5号": "2026-12-05",
    "二十号": "2026-11-20", "２０号": "2026-11-20",
}  # fmt: skip

MOMENTS = {
    "tomorrow 9am": "2026-11-19 09:00", "9am tomorrow": "2026-11-19 09:00",
    "fri 15:00": "2026-11-20 15:00", "fri at 3pm": "2026-11-20 15:00",
    "friday, 3:30 pm": "2026-11-20 15:30", "fri 3.30pm": "2026-11-20 15:30",
    "tomorrow at 9": "2026-11-19 09:00", "tomorrow 12am": "2026-11-19 00:00",
    "tomorrow 12pm": "2026-11-19 12:00", "tomorrow noon": "2026-11-19 12:00",
    "tomorrow morning": "2026-11-19 09:00", "tomorrow evening at 8": "2026-11-19 20:00",
    "next tue 10:15": "2026-11-24 10:15", "24.12. 15:00": "2026-12-24 15:00",
    "2026-12-24 15:00": "2026-12-24 15:00", "2026-12-24T15:00": "2026-12-24 15:00",
    "2026-12-24T15:00:30Z": "2026-12-24 16:00", "dec 3 at 9 a.m.": "2026-12-03 09:00",
    "in two days at 3pm": "2026-11-20 15:00", "2d 9:00": "2026-11-20 09:00",
    "15:00": "2026-11-18 15:00", "9:00": "2026-11-19 09:00", "3pm": "2026-11-18 15:00",
    "at 9": "2026-11-19 09:00", "noon": "2026-11-18 12:00", "tonight": "2026-11-18 20:00",
    "tonight at 7": "2026-11-18 19:00", "this afternoon": "2026-11-18 14:00",
    "eod": "2026-11-18 17:00", "now": "2026-11-18 10:30",
    # the same weekday: today if the time is still ahead
    "wed 11am": "2026-11-18 11:00", "wed 9am": "2026-11-25 09:00", "周三9点": "2026-11-25 09:00",
    # lengths of time
    "in 30 min": "2026-11-18 11:00", "30m": "2026-11-18 11:00", "+2h": "2026-11-18 12:30",
    "in an hour": "2026-11-18 11:30", "in half an hour": "2026-11-18 11:00",
    "1h30": "2026-11-18 12:00", "1h 30m": "2026-11-18 12:00", "1.5 hours": "2026-11-18 12:00",
    "2 hours and 15 minutes": "2026-11-18 12:45", "1d 2h": "2026-11-19 12:30",
    "2 hours ago": "2026-11-18 08:30", "10分钟后": "2026-11-18 10:40",
    "半小时后": "2026-11-18 11:00", "半个小时后": "2026-11-18 11:00",
    "一个半小时后": "2026-11-18 12:00", "两小时后": "2026-11-18 12:30",
    "3个钟头后": "2026-11-18 13:30", "两小时前": "2026-11-18 08:30", "现在": "2026-11-18 10:30",
    # Chinese
    "明天 10点": "2026-11-19 10:00", "明天上午10点": "2026-11-19 10:00",
    "后天下午三点半": "2026-11-20 15:30", "後天下午三點半": "2026-11-20 15:30",
    "下周二下午2点": "2026-11-24 14:00", "周二二十点": "2026-11-24 20:00",
    "明晚8点": "2026-11-19 20:00", "今晚": "2026-11-18 20:00", "明早": "2026-11-19 09:00",
    "明天早8点": "2026-11-19 08:00", "明天中午": "2026-11-19 12:00",
    "明天中午12点半": "2026-11-19 12:30", "明天凌晨1点": "2026-11-19 01:00",
    "下午3点一刻": "2026-11-18 15:15", "下午3：20": "2026-11-18 15:20",
    "十五点二十分": "2026-11-18 15:20", "明天九点整": "2026-11-19 09:00",
    "12月24日15时": "2026-12-24 15:00", "3天后下午2点": "2026-11-21 14:00",
    "月底下午5点": "2026-11-30 17:00", "明天下午": "2026-11-19 14:00",
    "下个月5号上午9点": "2026-12-05 09:00",
}  # fmt: skip


@pytest.mark.parametrize(("text", "day"), DAYS.items())
def test_a_day_without_a_time(text: str, day: str) -> None:
    assert said(text) == day


@pytest.mark.parametrize(("text", "moment"), MOMENTS.items())
def test_a_moment(text: str, moment: str) -> None:
    assert said(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "call bob", "tomorrow call bob", "5", "25:00", "10:99", "13pm", "31.2.",
        "2026-02-30", "32号", "13月1日", "99999999999d", "in 9999 years", "early", "monkey",
        "dec", "next", "下", "周八", "1.5 months", "x" * 500, "2026-12-24T99:00",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_none(text: str) -> None:
    assert parse_when(text, NOW) is None


def test_a_slashed_date_follows_its_country() -> None:
    assert said("3/4") == "2027-04-03"
    assert said("3/4", month_first=True) == "2027-03-04"
    assert said("24/12", month_first=True) == "2026-12-24"
    assert said("12/24/2027") == "2027-12-24"


def test_a_day_is_midnight_in_the_zone_of_the_user() -> None:
    shanghai = datetime(2026, 11, 18, 0, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert parse_when("明天", shanghai) == When(
        datetime(2026, 11, 19, tzinfo=ZoneInfo("Asia/Shanghai")), False
    )


def test_the_end_of_the_month_from_its_last_day() -> None:
    last = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
    assert said("eom", last) == "2026-01-31"
    assert said("next month", last) == "2026-02-28"
    assert said("end of next month", last) == "2026-02-28"
    assert said("30号", last) == "2026-03-30"


def test_the_weekend_on_a_sunday_is_the_next_one_only_when_asked() -> None:
    sunday = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert said("weekend", sunday) == "2026-11-22"
    assert said("next weekend", sunday) == "2026-11-28"
    assert said("下周一", sunday) == "2026-11-23"
    assert said("mon", sunday) == "2026-11-23"


def test_an_hour_in_the_night_of_the_clock_change_is_an_hour() -> None:
    before = datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN)
    when = parse_when("in 1 hour", before)
    assert when is not None
    assert when.at.astimezone(UTC) - before.astimezone(UTC) == (
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC) - datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    )
    assert said("tomorrow 9:00", datetime(2026, 3, 28, 12, 0, tzinfo=BERLIN)) == "2026-03-29 09:00"


WORDS = st.lists(
    st.sampled_from(
        [
            "in", "+", "-", "2", "12", "31", "99", "9999", "d", "h", "m", "mo", "days", "next",
            "last", "this", "fri", "dec", "at", "pm", "am", ":", ".", "/", "00", "noon", "tonight",
            "end", "of", "month", "week", "明天", "下", "下下", "周", "二", "十", "两", "点", "半",
            "刻", "上午", "下午", "月", "日", "号", "年", "底", "个", "小时", "后", "前", "0",
        ]
    ),
    max_size=9,
)  # fmt: skip


@given(st.text(max_size=90))
@example("十十十")
@example("²点")
@example("٣ 点")
def test_any_text_is_taken(text: str) -> None:
    parse_when(text, NOW)


@given(WORDS, st.sampled_from(["", " "]), st.datetimes(timezones=st.just(BERLIN)), st.booleans())
def test_any_mixture_of_its_own_words_is_taken(
    parts: list[str], joint: str, now: datetime, month_first: bool
) -> None:
    when = parse_when(joint.join(parts), now, month_first=month_first)
    if when is not None:
        assert when.at.tzinfo is BERLIN
        assert when.has_time or (when.at.hour, when.at.minute) == (0, 0)
