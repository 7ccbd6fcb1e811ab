"""What the values of a column look like, whatever its header says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from tui_crm.text import dates, email, phone

Kind = Literal[
    "email", "phone", "date", "url", "number", "company", "person", "address", "text", ""
]

_URL = re.compile(r"(?:https?://|www\.)\S+", re.I)
_NUMBER = re.compile(r"[-+]?\d[\d,. ]*%?")
_MOBILE = re.compile(r"(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}")
_COMPANY = re.compile(
    r".*(?:公司|集团|工厂|厂|商行|事务所|研究院|大学|医院|银行|合作社)"
    r"|.*\b(?:inc|llc|ltd|gmbh|ag|corp|co|plc|s\.?a|s\.?r\.?l|b\.?v|pty|oy|ab|kg|limited)\.?",
    re.I,
)
# Without the forms that are surnames too, such as Co and Sa, unless they are written as forms.
_FIRM = re.compile(
    r"(?:公司|集团|集團|会社|會社|工厂|商行|事务所|研究院|大学|学院|学校|医院|银行|合作社)"
    r"(?:[(（][^()（）]*[)）])?$"
    r"|^(?:株式会社|有限会社)"
    r"|[\s,.](?i:inc|llc|llp|ltd|ltda|gmbh|corp|corporation|company|plc|limited|pty|group"
    r"|& co|& sons|s\.a|s\.p\.a|s\.r\.l|b\.v|sp\. ?z ?o\. ?o|e\.k)\.?$"
    r"|[a-z]\S*,? (?:AG|KG|SE|SA|SAS|SL|BV|NV|AB|OY|Oy|AS|ApS)$"
)
_CHINESE_NAME = re.compile("[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,4}·[\u4e00-\u9fff]{1,8}")
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕"
    "丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧蕭葉蘇呂盧鐘譚陸範賈"
)
_ADDRESS = re.compile(
    r".*[省市区县镇路街道号弄室].*\d+.*|\d+[A-Za-z]?\s+\w[\w .]+|[^\d@]+\s\d+[a-z]?"
)
_SPOILT = re.compile(r"\d(?:[.,]\d+)?E\+\d{1,2}", re.I)
_TIME = re.compile(r"(.*?\d)[T\s]+\d{1,2}:\d{2}.*", re.S)


def spoilt(text: str) -> bool:
    """Whether a spreadsheet has shortened a long number: "5.36E+18" is no number of anybody."""
    return _SPOILT.fullmatch(text.strip()) is not None


def day(text: str, country: str) -> str:
    """A day as YYYY-MM-DD, without the time behind it; the text itself if it is none."""
    match = _TIME.fullmatch(text.strip())
    found = dates.parse_date(match[1] if match else text, country)
    return found.isoformat() if found else text


def date_order(texts: Iterable[str]) -> str:
    """ "dmy" or "mdy" if some of these days can only be read so; "" if both are possible."""
    for text in texts:
        match = re.match(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.]\d{2,4}", text)
        if match and int(match[1]) > 12 >= int(match[2]):
            return "dmy"
        if match and int(match[2]) > 12 >= int(match[1]):
            return "mdy"
    return ""


def kind_of(text: str) -> Kind:
    """What one cell looks like."""
    text = text.strip()
    if not text:
        return ""
    if "@" in text and email.normalise(text):
        return "email"
    if _URL.fullmatch(text):
        return "url"
    if len(text) < 30 and text[0].isdigit() and dates.parse_date(day(text, "US"), "US"):
        return "date"
    if _MOBILE.fullmatch(text) or (text[0] in "+(0" and is_phone(text)):
        return "phone"
    if _NUMBER.fullmatch(text):
        return "number"
    if len(text) <= 60 and _COMPANY.fullmatch(text):
        return "company"
    if _CHINESE_NAME.fullmatch(text) and text[0] in _SURNAMES:
        return "person"
    return "address" if len(text) <= 120 and _ADDRESS.fullmatch(text) else "text"


def is_firm(name: str) -> bool:
    """Whether a name ends as only firms and institutions are called."""
    return _FIRM.search(name) is not None


def is_phone(text: str) -> bool:
    """Whether a cell may be one number or several."""
    return any(
        phone.looks_like_phone(part) and 6 <= len(phone.digits(part)) <= 20
        for part in re.split(r"[;,/、，；\n]", text)
    )


def are_codes(texts: Sequence[str]) -> bool:
    """Whether most of these texts may be numbers of records.

    "Individual" and "Board member" are groups, though a header calls them codes.
    """
    coded = sum(any(map(str.isdigit, text)) or text.isupper() for text in texts)
    return 2 * coded >= len(texts)


def are_yes_or_no(texts: Sequence[str]) -> bool:
    """Whether all of these texts answer a question that has two answers."""
    return bool(texts) and all(text.casefold() in _ANSWERS for text in texts)


_ANSWERS = frozenset({"yes", "no", "y", "n", "true", "false", "是", "否", "有", "无"})


def not_of(field: str) -> frozenset[Kind]:
    """What the values of a field of plain text cannot mostly be, by the name of the field."""
    return _NOT_OF.get(field, frozenset())


_NEVER: frozenset[Kind] = frozenset({"email", "url", "date"})
_NOT_OF: dict[str, frozenset[Kind]] = {
    "name": _NEVER | {"number"},
    "organization": _NEVER | {"number"},
    "title": _NEVER | {"number", "phone"},
    "city": _NEVER | {"number", "phone"},
    "state": _NEVER | {"phone"},
    "country": _NEVER | {"phone"},
    "street": _NEVER,
    "postcode": frozenset({"email", "url"}),
    "source": frozenset({"email", "date", "number"}),
    "owner": frozenset({"url", "date"}),
    "needs": frozenset({"date"}),
}


def share(texts: Sequence[str], kinds: frozenset[str]) -> float:
    """How many of the cells that are not blank are of one of these kinds, from 0 to 1."""
    found = [kind for text in texts if (kind := kind_of(text))]
    return sum(kind in kinds for kind in found) / len(found) if found else 0.0
