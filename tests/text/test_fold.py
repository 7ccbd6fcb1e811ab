"""Spellings that people take for the same name compare equal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_crm.text.fold import fold, has_han, simplified, variants, words

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ann LEE", "ann lee"),
        ("Zoë Ångström", "zoe angstrom"),
        ("Straße STRASSE", "strasse strasse"),
        ("Søren Łódź Đặng Işık Æthel Œuvre Þór", "soren lodz dang isik aethel oeuvre thor"),
        ("İstanbul", "istanbul"),
        ("Nguyễn Văn Thọ", "nguyen van tho"),
        ("ＡＢＣ１２３", "abc123"),
        ("張國榮 龍", "张国荣 龙"),
        ("O’Brien", "o'brien"),
        ("Ёлка", "елка"),
        ("Ἀθήνα", "αθηνα"),
        ("한국", "한국"),
        ("ｶﾞ", "ガ"),
        ("zero\u200bwidth\u00ad", "zerowidth"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


def test_folding_twice_changes_no_character() -> None:
    once = [fold(chr(code)) for code in range(0x110000)]
    assert [fold(folded) for folded in once] == once


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ann  O'Brien-Lee", ("ann", "obrien", "lee")),
        ("D’Angelo", ("dangelo",)),
        ("O´Neill", ("oneill",)),
        ("a_b.c@d", ("a", "b", "c", "d")),
        ("張三Acme有限公司", ("张三", "acme", "有限公司")),
        ("トヨタ自動車", ("トヨタ", "自动车")),
        ("3M 3m", ("3m", "3m")),
        ("สมชาย ใจดี", ("สมชาย", "ใจดี")),
        ("सुनीता", ("सुनीता",)),
        ("… - !", ()),
        ("", ()),
    ],
)
def test_words(text: str, found: tuple[str, ...]) -> None:
    assert words(text) == found


@given(TEXTS)
def test_words_are_folded_and_without_blanks(text: str) -> None:
    for word in words(text):
        assert word
        assert fold(word) == word
        assert not any(char.isspace() for char in word)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Jürgen Müller", {"jurgen", "muller", "juergen", "mueller"}),
        ("Mu\u0308ller", {"muller", "mueller"}),
        ("MÖLLER", {"moller", "moeller"}),
        ("Sørensen Ågård", {"sorensen", "agard", "soerensen", "aagaard"}),
        ("Ann Ann", {"ann"}),
        ("Café", {"cafe"}),
    ],
)
def test_variants_have_both_spellings_once(text: str, found: set[str]) -> None:
    assert set(variants(text)) == found
    assert len(variants(text)) == len(found)


def test_has_han() -> None:
    assert has_han("Mr 张")
    assert has_han("𠮷野")
    assert not has_han("Ann é")
    assert not has_han("トヨタ")


def test_simplified_is_one_for_one() -> None:
    assert simplified("張國榮 Acme") == "张国荣 Acme"
    assert simplified("Ann") == "Ann"
    assert simplified("张三") == "张三"
