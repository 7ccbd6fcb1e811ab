"""Pinyin of Chinese text, without tones: what people type to find a Chinese name.

The readings are shipped as ``data/readings.txt``, generated from pypinyin: one reading a character,
and the phrases of two to four characters that those readings spell wrong. They load in 11 ms
on first use of a Han string, where importing pypinyin would take 160 to 300 ms and 50 MB: a stall
that a person would feel while typing. Surnames have readings of their own, which pypinyin does not
know; they are listed here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tui_crm.text.fold import HAN_CLASS, has_han, simplified

_READINGS = Path(__file__).parent / "data" / "readings.txt"
_RUN = re.compile(f"[{HAN_CLASS}]+|(?:(?![{HAN_CLASS}])[^\\W_])+")
_LONGEST_PHRASE = 4
_LONGEST_NAME = 4

# Surnames whose reading as a surname is not the one the character has on its own.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "区": "ou", "查": "zha", "盖": "ge", "缪": "miao",
    "种": "chong", "朴": "piao", "覃": "qin", "翟": "zhai", "折": "she", "员": "yun", "解": "xie",
    "乐": "yue", "洗": "xian", "召": "shao", "繁": "po", "黑": "he", "秘": "bi", "佴": "nai",
    "隗": "wei", "阚": "kan", "郇": "xun", "乜": "nie", "祭": "zhai", "卜": "bu",
    "都": "du", "藏": "zang", "句": "gou", "薄": "bo", "炅": "gui",
}  # fmt: skip
# Surnames of two characters that are read otherwise, or that begin like one of those above.
_COMPOUND_SURNAMES = {
    "尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "单于": ("chan", "yu"),
    "长孙": ("zhang", "sun"), "澹台": ("tan", "tai"), "乐正": ("yue", "zheng"),
    "子车": ("zi", "ju"), "令狐": ("ling", "hu"),
}  # fmt: skip


class _Tables(NamedTuple):
    """What the data file holds: a reading a character, and the readings of odd phrases."""

    characters: dict[str, str]
    phrases: dict[str, tuple[str, ...]]
    openings: frozenset[str]  # the first two characters of every phrase


def syllables(text: str) -> tuple[str, ...]:
    """The syllables of `text`, a word of any other script counting as one.

    "重庆ABC银行" gives ("chong", "qing", "abc", "yin", "hang"). The vowel ü is "v", as
    input methods have it ("lv"). A character without a known reading stands for itself.
    """
    return _spell(text) if not text.isascii() else tuple(_RUN.findall(text.lower()))


def name_syllables(text: str) -> tuple[str, ...]:
    """The syllables of a person's name, the surname in its reading as a surname.

    "单小明" gives ("shan", "xiao", "ming"). Only a name that begins with a Han character is read
    as one; anything else is spelled like other text.
    """
    name = text.strip()
    if not name or not has_han(name[0]):
        return syllables(text)
    return _spell_name(name)


def initials(text: str) -> str:
    """The first letters of the syllables of a name: "张小明" gives "zxm"."""
    return "".join(syllable[0] for syllable in name_syllables(text))


@lru_cache(1 << 15)
def _spell(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for run in _RUN.findall(text):
        if has_han(run[0]):
            found += _spell_han(run)
        else:
            found.append(run.lower())
    return tuple(found)


@lru_cache(1 << 15)
def _spell_name(name: str) -> tuple[str, ...]:
    plain = simplified(name)
    if reading := _COMPOUND_SURNAMES.get(plain[:2]):
        return (*reading, *_spell(name[2:]))
    surname = _SURNAMES.get(plain[0])
    # A surname stands alone or before a given name; longer text is a company, a place, a sentence.
    if surname and len(name) <= _LONGEST_NAME:
        return (surname, *_spell(name[1:]))
    return _spell(name)


def _spell_han(run: str) -> list[str]:
    """The syllables of a run of Han characters, phrases from the left, the longest first."""
    tables = _tables()
    plain = simplified(run)
    found: list[str] = []
    index = 0
    while index < len(run):
        if plain[index : index + 2] in tables.openings:
            for length in range(_LONGEST_PHRASE, 1, -1):
                if reading := tables.phrases.get(plain[index : index + length]):
                    found += reading
                    index += len(reading)
                    break
            else:
                found.append(tables.characters.get(run[index], run[index]))
                index += 1
        else:
            found.append(tables.characters.get(run[index], run[index]))
            index += 1
    return found


@lru_cache(1)
def _tables() -> _Tables:
    """The readings, read once from the data file."""
    content = _READINGS.read_text(encoding="utf-8")
    character_lines, _, phrase_lines = content.partition("\n\n")
    characters: dict[str, str] = {}
    for line in character_lines.splitlines()[1:]:
        syllable, _, members = line.partition(" ")
        characters.update(dict.fromkeys(members, syllable))
    phrases: dict[str, tuple[str, ...]] = {}
    for line in phrase_lines.splitlines():
        phrase, *reading = line.split(" ")
        phrases[phrase] = tuple(reading)
    return _Tables(characters, phrases, frozenset(phrase[:2] for phrase in phrases))
