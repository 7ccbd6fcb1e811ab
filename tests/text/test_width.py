"""Widths agree with the library that paints, and fitted texts are as wide as asked."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_crm.text.width import cell_width, fit, wrap

# Texts full of what changes widths: joiners, selectors, marks, wide and narrow symbols.
TRICKY = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs",)),
        st.sampled_from("\u200d\ufe0f\u0301☎❤1#👨👩👧中文 aé…한\u1100"),
    ),
    max_size=40,
)


def test_every_character_is_as_wide_as_the_painter_says() -> None:
    wrong = [
        hex(code)
        for code in range(0x110000)
        if cell_width(chr(code)) != cell_len(chr(code), "latest")
    ]
    assert wrong == []


@given(TRICKY)
@example("\u200d中")
@example("☎\ufe0f☎")
@example("\ufe0f")
def test_texts_are_as_wide_as_the_painter_says(text: str) -> None:
    assert cell_width(text) == cell_len(text, "latest")


@pytest.mark.parametrize(
    ("text", "cells", "fitted"),
    [
        ("Ann", 5, "Ann  "),
        ("Ann", 3, "Ann"),
        ("Annabel", 5, "Anna…"),
        ("张三丰", 6, "张三丰"),
        ("张三丰", 5, "张三…"),
        ("张三丰", 4, "张… "),
        ("张三丰", 1, "…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("👨\u200d👩\u200d👧 Lee", 4, "👨\u200d👩\u200d👧 …"),
        ("x", 0, ""),
        ("x", -3, ""),
        ("", 2, "  "),
    ],
)
def test_fit(text: str, cells: int, fitted: str) -> None:
    assert fit(text, cells) == fitted


def test_fit_to_the_right_and_with_another_ellipsis() -> None:
    assert fit("12", 4, align="right") == "  12"
    assert fit("123456", 4, align="right") == "123…"
    assert fit("张三", 3, align="right", ellipsis="") == " 张"
    assert fit("abcdef", 4, ellipsis="..") == "ab.."
    assert fit("abcdef", 1, ellipsis="..") == "a"


@given(TRICKY, st.integers(0, 30), st.sampled_from(["left", "right"]))
def test_a_fitted_text_has_exactly_the_cells(text: str, cells: int, align: str) -> None:
    fitted = fit(text, cells, align=align)  # type: ignore[arg-type]
    assert cell_len(fitted, "latest") == cells


@pytest.mark.parametrize(
    ("text", "cells", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("one two", 80, ["one two"]),
        ("a\n\nb", 5, ["a", "", "b"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("call abcdefgh", 5, ["call", "abcde", "fgh"]),
        ("今天给张三打电话", 6, ["今天给", "张三打", "电话"]),
        ("见 Bob 先生", 6, ["见 Bob", "先生"]),
        ("one two   three", 7, ["one two", "three"]),
        ("  - one two", 7, ["  - one", "two"]),
        ("", 5, [""]),
    ],
)
def test_wrap(text: str, cells: int, lines: list[str]) -> None:
    assert wrap(text, cells) == lines


@given(TRICKY, st.integers(2, 30))
def test_wrapped_lines_fit_and_keep_every_character(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert lines
    assert all(cell_width(line) <= cells for line in lines)
    kept = "".join("".join(lines).split(" "))
    assert kept == "".join(text.replace("\n", "").split(" "))
