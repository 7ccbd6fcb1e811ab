"""Pinyin of Chinese text, without tones: what people type to find a Chinese name.

The readings are shipped as ``data/readings.txt``, generated from pypinyin: one reading a character
and the few thousand phrases in which a character reads otherwise. Loading it takes some 20 ms and
5 MB on first use of a Han string; importing pypinyin itself would take 170-300 ms and 50 MB, which
a person would feel as a stall while typing, for the same readings. Surnames have readings of
their own, which neither table knows; they are listed here.
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
    "任": "ren", "华": "hua", "尉": "wei", "燕": "yan", "乐": "yue", "洗": "xian", "冼": "xian",
    "召": "shao", "繁": "po", "黑": "he", "秘": "bi", "逄": "pang", "佴": "nai", "過": "guo",
    "过": "guo", "那": "na", "哈": "ha", "宓": "mi", "牟": "mou", "晁": "chao", "隗": "wei",
    "阚": "kan", "臧": "zang", "郗": "xi", "郇": "xun", "郜": "gao", "俞": "yu", "褚": "chu",
    "禚": "zhuo", "乜": "nie", "祭": "zhai", "柏": "bai", "贲": "ben", "费": "fei", "葛": "ge",
    "纪": "ji", "宁": "ning", "钭": "tou", "殷": "yin", "於": "yu", "长": "chang", "相": "xiang",
    "适": "kuo", "谌": "chen", "瞿": "qu", "石": "shi", "訾": "zi", "沈": "shen", "贾": "jia",
    "占": "zhan", "车": "che", "万": "wan", "卜": "bu", "行": "xing", "都": "du", "藏": "zang",
    "重": "chong", "洞": "dong", "句": "gou", "莘": "shen", "夏": "xia", "参": "shen",
}  # fmt: skip
_COMPOUND_SURNAMES = {
    "欧阳": "ou yang", "司马": "si ma", "上官": "shang guan", "诸葛": "zhu ge",
    "尉迟": "yu chi", "万俟": "mo qi", "单于": "chan yu", "长孙": "zhang sun",
    "皇甫": "huang fu", "令狐": "ling hu", "澹台": "tan tai", "宇文": "yu wen",
    "慕容": "mu rong", "司徒": "si tu", "司空": "si kong", "公孙": "gong sun",
    "轩辕": "xuan yuan", "东方": "dong fang", "独孤": "du gu", "夏侯": "xia hou",
    "西门": "xi men", "南宫": "nan gong", "端木": "duan mu", "呼延": "hu yan",
    "赫连": "he lian", "太史": "tai shi", "申屠": "shen tu", "闻人": "wen ren",
    "钟离": "zhong li", "濮阳": "pu yang", "淳于": "chun yu", "拓跋": "tuo ba",
    "百里": "bai li", "东郭": "dong guo", "公冶": "gong ye", "宗政": "zong zheng",
    "鲜于": "xian yu", "闾丘": "lv qiu", "亓官": "qi guan", "司寇": "si kou",
    "子车": "zi ju", "颛孙": "zhuan sun", "巫马": "wu ma", "公西": "gong xi",
    "漆雕": "qi diao", "乐正": "yue zheng", "壤驷": "rang si", "公良": "gong liang",
    "夹谷": "jia gu", "宰父": "zai fu", "谷梁": "gu liang", "段干": "duan gan",
    "梁丘": "liang qiu", "左丘": "zuo qiu", "第五": "di wu", "羊舌": "yang she",
    "微生": "wei sheng", "叱干": "chi gan", "爱新觉罗": "ai xin jue luo", "叶赫那拉": "ye he na la",
    "纳兰": "na lan", "完颜": "wan yan", "耶律": "ye lv", "贺兰": "he lan",
}  # fmt: skip


class _Tables(NamedTuple):
    """What the data file holds: a reading a character, and the readings of odd phrases."""

    characters: dict[str, str]
    phrases: dict[str, tuple[str, ...]]
    openings: frozenset[str]  # the first two characters of every phrase


def syllables(text: str) -> tuple[str, ...]:
    """The syllables of `text`, a word of any other script counting as one.

    "重庆ABC银行" gives ("chong", "qing", "abc", "yin", "hang"). A character without a known reading
    stands for itself.
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
    for length in (4, 2):
        reading = _COMPOUND_SURNAMES.get(plain[:length])
        if reading and len(plain) > length:
            return (*reading.split(), *_spell(name[length:]))
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
