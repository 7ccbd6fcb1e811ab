"""The parts that `tui_crm.text.when` puts together: plain form, lengths of time, times of the day.

Each part knows the words of English and Chinese side by side, in tables of patterns, which `re`
compiles when they are first used.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import time, timedelta

from tui_crm.text.fold import simplified

_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")}
_HAN_DIGITS |= {"〇": 0, "两": 2}
_HAN_NUMBER = "[零〇一二两三四五六七八九十]+"
# After a number 周 and 星期 count weeks.
_HAN_WEEKDAY = (
    r"(?<![\d一二两三四五六七八九十])(?<![\d一二两三四五六七八九十]个)"
    "(?:周|星期|礼拜)([一二三四五六日天1-7])"
)
_HAN_WEEKDAYS = {char: value for value, char in enumerate("一二三四五六日")}
_HAN_WEEKDAYS |= {"天": 6, "7": 6} | {str(value + 1): value for value in range(6)}
_NUMBER_WORDS = {
    "a": "1", "an": "1", "half a": "0.5", "half an": "0.5", "a couple of": "2", "one": "1",
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
_NUMBER_WORD = r"\b(?:" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + r")\b(?!\.m)"
# Half of a unit, after the numbers have become digits.
_HALVES = (
    (r"(\d+)个半(小时|钟头|星期|礼拜)", r"\1.5个\2"),
    ("半个?(小时|钟头)", "30分钟"),
    ("半个月", "15天"),
    ("半年", "6个月"),
)
# A day and a part of it in one word.
_CONTRACTIONS = (
    ("今(?=[早晚])", "今天 "),
    ("明(?=[早晚])", "明天 "),
    ("昨(?=[早晚])", "昨天 "),
    ("当(?=晚)", "今天 "),
    ("(?<=[早晚])(?![上晨])", "上"),
    (r"\btonight\b", "today night"),
    (r"\bthis (?=morning|afternoon|evening)", "today "),
)


def plain_form(text: str) -> str:
    """`text` in lower case, half width and simplified Han, with numbers in digits.

    Chinese weekdays become w0 (Monday) to w6, and words that name both a day and a part of it
    ("tonight", 明晚) two words.
    """
    plain = simplified(unicodedata.normalize("NFKC", text).strip().lower())
    for pattern, written_out in _CONTRACTIONS:
        plain = re.sub(pattern, written_out, plain)
    plain = re.sub(_HAN_WEEKDAY, lambda match: f"w{_HAN_WEEKDAYS[match[1]]} ", plain)
    plain = re.sub(_HAN_NUMBER, lambda match: str(_han_number(match[0])), plain)
    for pattern, written_out in _HALVES:
        plain = re.sub(pattern, written_out, plain)
    return re.sub(_NUMBER_WORD, lambda match: _NUMBER_WORDS[match[0]], plain)


def _han_number(text: str) -> int:
    """十二 is 12, 二十 is 20, 二〇二六 is 2026."""
    if "十" not in text:
        return int("".join(str(_HAN_DIGITS[char]) for char in text))
    tens, _, ones = text.partition("十")
    ones = ones.replace("十", "")
    return (_han_number(tens) if tens else 1) * 10 + (_han_number(ones) if ones else 0)


# A length of time: "2d", "in 3 weeks", "1h30", "3 days ago", 半小时后.
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
_TERM = rf"(\d+(?:\.\d+)?)\s*({_UNIT_WORDS})(?![a-z])\s*(?:and\s+|,\s*)?"
SPAN = (
    rf"(?P<sign>in\s+|\+\s*|-\s*|过\s*)?(?P<terms>(?:{_TERM})+)(?P<rest>\d{{1,2}})?\s*"
    r"(?P<tail>later|from now|after|ago|以后|之后|后|以前|之前|前)?"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time from now, negative for the past: `months` on the calendar and `exact`;
    `to_the_minute` if hours or minutes were said, so that the time of the day counts.
    """

    months: int
    exact: timedelta
    to_the_minute: bool


def parse_span(text: str) -> Span | None:
    """The length of time that the whole of `text` is, or None; OverflowError if it is too long."""
    match = re.fullmatch(SPAN, text)
    if match is None:
        return None
    amounts = dict.fromkeys(_UNITS, 0.0)
    for number, word in re.findall(_TERM, match["terms"]):
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
    return Span(sign * int(months), sign * exact, bool(amounts["minute"] or amounts["hour"]))


_PM = ("pm", "p.m.", "下午", "傍晚", "晚上", "夜里")
_PART = "凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上|夜里"
_AMPM = r"am|pm|a\.m\.|p\.m\."
_MINUTES_OF = {"半": 30, "1刻": 15, "3刻": 45, "整": 0, "钟": 0}
_CLOCK = (
    # 下午3点半, 15点20分, 晚上8点
    (
        rf"(?P<part>{_PART})?\s*(?P<hour>\d{{1,2}})\s*[点时](?!间)\s*"
        r"(?P<minute>半|1刻|3刻|整|钟|\d{1,2}(?!\d))?\s*分?"
    ),
    # 15:00, 下午3:30, 3:30 pm, 15:00:00
    (
        rf"(?P<part>{_PART})?\s*(?<![\d.])(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?::\d{{2}})?"
        rf"(?!\d)\s*(?P<ampm>{_AMPM})?"
    ),
    # 3.30pm, 9am, 9 p.m.
    (rf"(?<![\d.:/-])(?P<hour>\d{{1,2}})(?:\.(?P<minute>\d{{2}}))?\s*(?P<ampm>{_AMPM})(?![a-z])"),
    # at 9
    r"\bat\s+(?P<hour>\d{1,2})(?![\d.:/-])",
)
# Parts of the day and the hours of a business day that they stand for.
_NAMED_TIMES = (
    (r"\bend of (?:the )?day\b|\beod\b|下班前?", time(17)),
    (r"\bnoon\b|\bmidday\b|\blunch(?:time)?\b|中午", time(12)),
    (r"\bmorning\b|早上|早晨|上午", time(9)),
    (r"\bafternoon\b|下午", time(14)),
    (r"\bevening\b|傍晚", time(18)),
    (r"\bnight\b|晚上", time(20)),
)


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


def take_time(plain: str) -> tuple[time | None, str]:
    """A time of the day out of `plain`, and the rest; ValueError for a time no clock shows."""
    said: time | None = None
    for pattern in _CLOCK:
        if match := re.search(pattern, plain):
            said = _clock(match)
            if said is None:
                raise ValueError("no such time")
            plain = f"{plain[: match.start()]} {plain[match.end() :]}"
            break
    for pattern, usual in _NAMED_TIMES:
        if match := re.search(pattern, plain):
            plain = f"{plain[: match.start()]} {plain[match.end() :]}"
            if said is None:
                said = usual
            elif said.hour < 12 < usual.hour:  # "8 in the evening"
                said = said.replace(hour=said.hour + 12)
            break
    return said, plain
