"""What a terminal sends, told apart: what is typed and what is pasted."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tui_crm.ui.keyboard import PasteReader

SENT = "ab\x1b[200~one\x1b]d\r\x1b[3~two\x1b[201~\x1b[A\x1b[200~\x1b[201~c"


def told(pieces: Iterable[str]) -> list[tuple[str, str]]:
    """What is typed and what is pasted, typed text that follows typed text joined."""
    reader = PasteReader()
    found: list[tuple[str, str]] = []
    for part in (part for piece in pieces for part in reader.feed(piece)):
        if isinstance(part, events.Paste):
            found.append(("pasted", part.text))
        elif found and found[-1][0] == "typed":
            found[-1] = ("typed", found[-1][1] + part)
        else:
            found.append(("typed", part))
    if held := reader.release():
        found.append(("typed", held))
    return found


@given(st.sets(st.integers(1, len(SENT) - 1)))
def test_a_paste_is_one_text_wherever_the_line_cuts_it(cuts: set[int]) -> None:
    at = [0, *sorted(cuts), len(SENT)]
    pieces = [SENT[start:end] for start, end in pairwise(at)]
    assert told(pieces) == [
        ("typed", "ab"),
        ("pasted", "one\x1b]d\r\x1b[3~two"),
        ("typed", "\x1b[A"),
        ("pasted", ""),
        ("typed", "c"),
    ]


def test_what_might_begin_a_paste_is_given_out_when_nothing_follows() -> None:
    reader = PasteReader()
    assert list(reader.feed("x\x1b")) == ["x"]
    assert reader.release() == "\x1b"
    assert reader.release() == ""
    assert list(reader.feed("\x1b[20")) == []
    assert list(reader.feed("~y")) == ["\x1b[20~y"]  # F9, cut by the line


def test_a_paste_that_is_not_over_waits_for_its_end() -> None:
    reader = PasteReader()
    assert list(reader.feed("\x1b[200~half\x1b[2")) == []
    assert reader.release() == ""
    [paste] = reader.feed("01~")
    assert isinstance(paste, events.Paste)
    assert paste.text == "half"
