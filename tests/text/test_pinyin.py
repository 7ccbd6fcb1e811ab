"""Chinese names are spelled as their owners say them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin
from pypinyin.pinyin_dict import pinyin_dict

from tui_crm.text.pinyin import initials, name_syllables, syllables


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("张小明", "zhang xiao ming"),
        ("重庆银行", "chong qing yin hang"),
        ("北京市朝阳区", "bei jing shi chao yang qu"),
        ("吕布", "lv bu"),
        ("張國榮", "zhang guo rong"),
        ("乾隆", "qian long"),
        ("Acme上海有限公司", "acme shang hai you xian gong si"),
        ("Ann Lee", "ann lee"),
        ("Zoë 王", "zoë wang"),
        ("", ""),
    ],
)
def test_syllables(text: str, spelled: str) -> None:
    assert " ".join(syllables(text)) == spelled


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("单小明", "shan xiao ming"),
        ("曾国藩", "zeng guo fan"),
        ("仇英", "qiu ying"),
        ("区志明", "ou zhi ming"),
        ("查良镛", "zha liang yong"),
        ("盖叫天", "ge jiao tian"),
        ("缪斌", "miao bin"),
        ("种师道", "chong shi dao"),
        ("朴槿惠", "piao jin hui"),
        ("覃志", "qin zhi"),
        ("翟志刚", "zhai zhi gang"),
        ("折可求", "she ke qiu"),
        ("员半千", "yun ban qian"),
        ("解缙", "xie jin"),
        ("薄一波", "bo yi bo"),
        ("乐嘉", "yue jia"),
        ("單立人", "shan li ren"),
        ("欧阳修", "ou yang xiu"),
        ("尉迟恭", "yu chi gong"),
        ("万俟卨", "mo qi xie"),
        ("单于丹", "chan yu dan"),
        ("长孙无忌", "zhang sun wu ji"),
        ("司马光", "si ma guang"),
        ("尉遲恭", "yu chi gong"),
        (" 曾 ", "zeng"),
        ("Ann 单", "ann dan"),
    ],
)
def test_surnames_have_their_own_readings(name: str, spelled: str) -> None:
    assert " ".join(name_syllables(name)) == spelled


def test_a_long_text_is_no_name() -> None:
    assert name_syllables("解决方案公司")[0] == "jie"


@pytest.mark.parametrize(
    ("name", "letters"), [("张小明", "zxm"), ("单雄信", "sxx"), ("Ann Lee", "al"), ("", "")]
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_characters_read_as_in_pypinyin() -> None:
    wrong = [
        chr(code) for code in pinyin_dict if syllables(chr(code)) != tuple(lazy_pinyin(chr(code)))
    ]
    # Only what is no Han character to this program: symbols and private use.
    assert [char for char in wrong if "\u3400" <= char <= "\u9fff"] == []


@pytest.mark.parametrize(
    "text",
    [
        "中国长安汽车集团股份有限公司", "长沙会计师事务所", "上海浦东发展银行", "银行行长",
        "成都重型机械厂", "厦门大学", "番禺区", "乐清市", "音乐学院", "人参行业", "台州市",
        "都江堰", "石家庄市藏医药研究院", "朝鲜族自治州",
    ],
)  # fmt: skip
def test_companies_and_places_read_as_in_pypinyin(text: str) -> None:
    assert list(syllables(text)) == lazy_pinyin(text)


@given(st.text(max_size=30))
def test_any_text_is_spelled(text: str) -> None:
    assert all(syllables(text))
    assert all(name_syllables(text))
    assert len(initials(text)) == len(name_syllables(text))


def test_spelling_loads_no_pypinyin() -> None:
    program = (
        "import sys; from tui_crm.text.pinyin import initials; "
        "assert initials('张三') == 'zs'; sys.exit('pypinyin' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
