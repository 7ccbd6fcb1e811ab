"""A customer as duplicates are looked for: every value in the form in which it is compared.

Spelling that says nothing about who somebody is goes away here: case, accents, titles, legal
forms, abbreviations of streets, separators of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tui_crm.text.fold import has_han, words
from tui_crm.text.pinyin import name_syllables


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _set(
    "mr mrs ms miss mx dr prof professor sir herr frau monsieur madame mme mlle sra srta"
)
_HONORIFICS = ("先生", "女士", "小姐", "太太", "老师", "医生", "教授", "博士", "经理", "总")
_SUFFIXES = {
    "jr": "2", "jnr": "2", "junior": "2", "ii": "2", "2nd": "2",
    "sr": "1", "snr": "1", "senior": "1", "i": "1",
    "iii": "3", "3rd": "3", "iv": "4", "4th": "4",
}  # fmt: skip
# Words that belong to the family name behind them.
_PARTICLES = _set(
    "van von der den de del della di da do dos du la le el al bin ibn ben mac mc st ten ter te zu"
    " zum y"
)
_COMPOUND_SURNAMES = _set(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳"
    " 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐 单于 轩辕 呼延 百里 东郭"
    " 南郭 西门 第五 拓跋 乐正 子车"
)
_LEGAL = _set(
    "inc incorporated corp corporation co company ltd limited llc llp lp plc gmbh mbh ag sa sarl"
    " srl spa sas bv nv oy oyj ab as asa aps kg kgaa ohg ev pty pte the and of sl slu sro kk"
)  # fmt: skip
_LEGAL_HAN = re.compile("股份有限公司|有限责任公司|有限公司|集团|公司|厂|[省市区县]")
_STREET_WORDS = {
    "street": "st", "str": "st", "strasse": "st", "avenue": "av", "ave": "av", "aven": "av",
    "road": "rd", "boulevard": "blvd", "blv": "blvd", "drive": "dr", "place": "pl", "court": "ct",
    "lane": "ln", "crescent": "cr", "cres": "cr", "circuit": "cct", "close": "cl",
    "terrace": "tce", "parkway": "pkwy", "highway": "hwy", "square": "sq", "north": "n",
    "south": "s", "east": "e", "west": "w", "suite": "ste", "saint": "st", "apartment": "apt",
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th",
    "sixth": "6th", "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th",
}  # fmt: skip
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_NUMBER_SIGNS = frozenset("号弄室栋楼座单元")
_PHONE_END = 9  # digits: what is left when prefixes of country and trunk are written or not
_FEWEST_DIGITS = 6

_SOUNDS = str.maketrans("bfpvcgjkqsxzdtlmnrwhy", "111122222222334556...")
_FIRST_SOUND = {"c": "k", "q": "k", "z": "s", "y": "i", "j": "g"}


@dataclass(slots=True)
class Profile:
    """One customer, ready to be compared; an empty text or tuple is what is not known."""

    id: int
    organization: bool = False  # it is one, not a person
    given: str = ""
    middle: str = ""
    family: str = ""  # of an organisation its whole name without legal forms
    suffix: str = ""  # generation: "1" senior, "2" junior, "3" ...
    company: str = ""  # whom a person works for
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    street: str = ""
    number: str = ""
    postcode: str = ""
    city: str = ""
    birthday: str = ""  # YYYYMMDD
    custom: tuple[str, ...] = ()  # in the order of the fields that are compared


def make(
    id_: int,
    *,
    kind: str,
    name: str,
    company: str = "",
    phones: Iterable[str] = (),
    emails: Iterable[str] = (),
    handles: Iterable[str] = (),
    street: str = "",
    postcode: str = "",
    city: str = "",
    birthday: str = "",
    custom: Iterable[str] = (),
) -> Profile:
    """The profile of a customer; contact points come in their normalised form."""
    organization = kind == "organization"
    if organization:
        given, middle, family, suffix = "", "", company_core(name), ""
    else:
        given, middle, family, suffix = person(name)
    way, number = address(street) if street else ("", "")
    return Profile(
        id_, organization, given, middle, family, suffix,
        company_core(company) if company else "",
        tuple(p for p in map(phone, phones) if p),
        tuple(emails), tuple(handles), way, number,
        _joined(postcode) if postcode else "", _joined(city) if city else "",
        birthday.replace("-", ""),
        tuple(map(_joined, custom)),
    )  # fmt: skip


def person(name: str) -> tuple[str, str, str, str]:
    """The given name, what stands in the middle, the family name and the generation in a person's
    name.

    A single word counts as a family name; comparing looks into the other column, too.
    """
    before, comma, behind = name.partition(",")
    parts = [w for w in words(before) if w not in _TITLES]
    suffix = ""
    if comma:
        after = [w for w in words(behind) if w not in _TITLES]
        if after and all(w in _SUFFIXES for w in after):
            suffix = _SUFFIXES[after[0]]
        elif after and parts:
            return after[0], "".join(after[1:]), "".join(parts), suffix
        else:
            parts = parts or after
    if len(parts) > 2 and parts[-1] in _SUFFIXES:
        suffix = suffix or _SUFFIXES[parts.pop()]
    parts = parts or list(words(name))
    if not parts:
        return "", "", "", suffix
    if has_han(parts[0]):
        given, family = _han_person("".join(parts))
        return given, "", family, suffix
    if len(parts) == 1:
        return "", "", parts[0], suffix
    first = len(parts) - 1
    while first > 1 and parts[first - 1] in _PARTICLES:
        first -= 1
    return parts[0], "".join(parts[1:first]), "".join(parts[first:]), suffix


def _han_person(name: str) -> tuple[str, str]:
    for honorific in _HONORIFICS:
        if len(name) > len(honorific) + 1:
            name = name.removesuffix(honorific)
    size = 2 if len(name) > 2 and name[:2] in _COMPOUND_SURNAMES else 1
    return name[size:], name[:size]


@lru_cache(1 << 16)
def company_core(name: str) -> str:
    """The name of an organisation without what all of them have."""
    found = [w for w in words(name) if w not in _LEGAL]
    if has_han(name):
        found = [_LEGAL_HAN.sub("", w) or w for w in found]
    return " ".join(found or words(name))


@lru_cache(1 << 16)
def address(street: str) -> tuple[str, str]:
    """The name of a street, abbreviated, and the number of the house in it."""
    way, numbers = [], []
    for word in words(street):
        if word[0].isdigit() and not _ORDINAL.fullmatch(word):
            numbers.append(word)
        elif word not in _NUMBER_SIGNS:
            way.append(_STREET_WORDS.get(word, word))
    return " ".join(way), " ".join(numbers)


def phone(normalized: str) -> str:
    """The digits of a number that do not depend on how it was dialled; '' for a short one."""
    digits = normalized.partition(";")[0].removeprefix("+")
    if not digits.isdecimal():
        digits = "".join(filter(str.isdecimal, digits))
    return digits[-_PHONE_END:] if len(digits) >= _FEWEST_DIGITS else ""


@lru_cache(1 << 16)
def sound(name: str) -> str:
    """How a name sounds, roughly: "katherine" is "catharin"; Chinese names by their pinyin."""
    if not name.isascii():
        if not has_han(name):
            return name
        name = "".join(name_syllables(name))
    if not name:
        return ""
    for spelled, spoken in (
        ("ph", "f"), ("sch", "s"), ("kn", "n"), ("gh", "g"), ("ck", "k"), ("wr", "r"),
    ):  # fmt: skip
        name = name.replace(spelled, spoken)
    codes = []
    last = ""
    for code in name[1:].translate(_SOUNDS):
        if code.isdigit():
            if code != last:
                codes.append(code)
            last = code
        elif code != ".":
            last = ""
    return _FIRST_SOUND.get(name[0], name[0]) + "".join(codes)[:4]


@lru_cache(1 << 16)
def pinyin(name: str) -> str:
    """The letters of a Chinese name; any other name as it is."""
    return "".join(name_syllables(name)) if has_han(name) else name


@lru_cache(1 << 16)
def _joined(text: str) -> str:
    return "".join(words(text))


def read_custom(values: Mapping[str, object], names: Iterable[str]) -> tuple[str, ...]:
    """The texts of a customer's own fields, in the order of `names`."""
    return tuple(str(values.get(name) or "") for name in names)
