"""What is stored and what is shown carries nothing that a terminal would obey."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_crm.text.safe import clean, clean_line, display, display_lines

# Any text at all, lone surrogates and controls included, those more often than chance has them.
HOSTILE = st.text(
    st.one_of(
        st.characters(codec=None),
        st.sampled_from(
            "\x00\x07\x1b\r\n\t\x0b\x7f\x85\x9b\u2028\u202e\u2066\ufeff\ud800é\u0301\u200d"
        ),
    )
)


def is_harmful(char: str) -> bool:
    """Whether a terminal or a database would do something else with `char` than show it."""
    return (
        unicodedata.category(char) in ("Cc", "Cs")
        or char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
    )


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("Ann Lee", "Ann Lee"),
        ("Bob\x1b]52;c;cm0gLXJm\x07", "Bob]52;c;cm0gLXJm"),
        ("C1 \x9b31m", "C1 31m"),
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("soft\x0bbreak\u2028line", "soft\nbreak\nline"),
        ("a\tb", "a\tb"),
        ("\ufeffName", "Name"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("bad\ud800half", "badhalf"),
        ("Cafe\u0301", "Café"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("张三\x00", "张三"),
    ],
)
def test_clean_keeps_the_text_and_drops_what_a_terminal_obeys(raw: str, stored: str) -> None:
    assert clean(raw) == stored


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("  Ann\tLee \n", "Ann Lee"),
        ("12 High St\r\nLondon", "12 High St London"),
        ("a\x00\x1bb", "ab"),
        ("\u3000张三\u3000", "张三"),
        (" \n\t ", ""),
    ],
)
def test_clean_line_is_one_trimmed_line(raw: str, stored: str) -> None:
    assert clean_line(raw) == stored


@given(HOSTILE)
def test_clean_is_stable_and_leaves_only_breaks_and_tabs(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not any(is_harmful(char) for char in once if char not in "\n\t")
    once.encode("utf-8")


@given(HOSTILE)
def test_clean_line_is_stable_and_leaves_no_control(text: str) -> None:
    once = clean_line(text)
    assert clean_line(once) == once
    assert not any(is_harmful(char) for char in once)


@given(HOSTILE)
def test_display_shows_no_control(text: str) -> None:
    assert not any(is_harmful(char) for char in display(text))
    lines = display_lines(text)
    assert lines
    assert not any(is_harmful(char) for line in lines for char in line)


def test_display_leaves_a_mark_where_something_was() -> None:
    assert display("Bob\x1b[31m") == "Bob\ufffd[31m"
    assert display("one\r\ntwo\tthree") == "one⏎two three"
    assert display("x\u202ey") == "x\ufffdy"
    assert display("Ann 张 é") == "Ann 张 é"


def test_display_lines_splits_and_expands_tabs() -> None:
    assert display_lines("a\tb\r\n\x1bc\n") == ["a   b", "\ufffdc", ""]
    assert display_lines("") == [""]
