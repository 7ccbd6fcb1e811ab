"""What is marked in a hit: positions in the text as it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_crm.core.fields import BUILT_IN
from tui_crm.core.rows import CustomerRow
from tui_crm.search import highlight
from tui_crm.search.language.query import parse
from tui_crm.search.needs import from_words


def marked(typed: str, field: str = "name", **shown: object) -> list[str]:
    row = CustomerRow(1, "C-1", str(shown.pop("kind", "person")), **shown)  # type: ignore[arg-type]
    needs = from_words(parse(typed, BUILT_IN).words, "DE")
    matches, _reason = highlight.mark(row, needs)
    return [getattr(row, name)[start:end] for name, start, end in matches if name == field]


@pytest.mark.parametrize(
    ("typed", "name", "expected"),
    [
        ("mul", "Anna Müller", ["Mül"]),
        ("muel", "Anna Müller", ["Mül"]),
        ("mueller", "Anna Müller", ["Müller"]),
        ("muller", "Anna Mueller", ["Mueller"]),
        ("müll", "Anna Muller", ["Mull"]),
        ("ann mul", "Müller, Anna", ["Mül", "Ann"]),
        ("gros", "Groß", ["Groß"]),
        ("obri", "Siobhán O'Brien", ["O'Bri"]),
        ("zolc", "Łukasz Żółć", ["Żółć"]),
        ("dang", "Hương Đặng", ["Đặng"]),
        ("ist", "İstanbul", ["İst"]),
        ("jose", "Jose\u0301 Ruiz", ["Jose\u0301"]),
        ("iller", "Miller", []),
        ("小", "张小明", ["小"]),
        ("張小", "张小明", ["张小"]),
        ("张小明", "张小明", ["张小明"]),
        ("zhangs", "张三", ["张三"]),
        ("zhang", "张三", ["张"]),
        ("zs", "张三", ["张三"]),
        ("xm", "张小明", ["小明"]),
        ("zhangxm", "张小明", ["张小明"]),
        ("zeng", "曾国强", ["曾"]),
        ("lu", "吕梁", ["吕"]),
        ("ａｎｎ", "Anna", ["Ann"]),
        ("ann", "ＡＮＮＡ", ["ＡＮＮ"]),
    ],
)
def test_names(typed: str, name: str, expected: list[str]) -> None:
    assert marked(typed, name=name) == expected


@pytest.mark.parametrize(
    ("typed", "phone", "expected"),
    [
        ("4567", "030 123 45 67", ["45 67"]),
        ("+49 30 123", "030 1234567", ["30 123"]),
        ("0301234567", "+49 30 1234567", ["49 30 1234567"]),
        ("999", "030 1234567", []),
    ],
)
def test_numbers(typed: str, phone: str, expected: list[str]) -> None:
    assert marked(typed, "phone", name="x", phone=phone) == expected


def test_addresses() -> None:
    assert marked("first.la", "email", name="x", email="First.Last@example.com") == [
        "First",
        "La",
    ]
    assert marked("first.last@ex", "email", name="x", email="First.Last@example.com") == [
        "First.Last@ex"
    ]


def test_the_reason_names_what_is_not_shown() -> None:
    row = CustomerRow(
        1, "C-1", "person", "Kim", tags=("trade fair",), phone="1", phones=("1", "030 777")
    )
    for typed, reason in (("fair", "trade fair"), ("777", "030 777"), ("kim", "")):
        needs = from_words(parse(typed, BUILT_IN).words, "DE")
        assert highlight.mark(row, needs)[1] == reason


@pytest.mark.parametrize(
    ("typed", "account", "reason"),
    [("100079", "C100079", "C100079"), ("79", "KD-00079", "KD-00079"), ("7", "C-1", "#7"),
     ("00079", "KD-00079", ""), ("8", "C100008", ""), ("0079", "C100079", "")],
)  # fmt: skip
def test_the_reason_names_the_number_that_stands_for_a_customer(
    typed: str, account: str, reason: str
) -> None:
    row = CustomerRow(7, account, "person", "Kim")
    assert highlight.mark(row, from_words(parse(typed, BUILT_IN).words, "DE"))[1] == reason


@given(st.text(max_size=40), st.text(max_size=12))
def test_positions_are_inside_the_text(name: str, typed: str) -> None:
    row = CustomerRow(1, "C-1", "person", name, city=name, phone=name, email=name)
    matches, _reason = highlight.mark(row, from_words(parse(typed, BUILT_IN).words, "DE"))
    assert all(0 <= start < end <= len(getattr(row, field)) for field, start, end in matches)
