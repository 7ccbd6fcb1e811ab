"""Mistakes that people make more often than others count less, and two never less than one."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from tui_crm.search.spelling.likeness import cost

WORDS = st.text("abc", max_size=8)


@given(WORDS, WORDS)
@example("ca", "abc")
@example("aabb", "abab")
def test_a_cost_goes_with_the_number_of_edits(typed: str, meant: str) -> None:
    edits = OSA.distance(typed, meant)
    price = cost(typed, meant)
    if edits == 0:
        assert price == 0
    elif edits == 1:
        assert 0.8 <= price <= 1.3
    elif edits == 2:
        assert 1.6 <= price <= 2.6
    else:
        assert price >= 3


@pytest.mark.parametrize(
    ("likely", "unlikely", "meant"),
    [
        ("smtih", "smath", "smith"),  # neighbours exchanged, a key far away
        ("smmith", "smxith", "smith"),  # doubled, another letter more
        ("smth", "smqth", "smith"),  # left out
        ("smoth", "smath", "smith"),  # the key beside
        ("smihh", "mmith", "smith"),  # the first letter is seldom wrong
        ("zangwei", "zhangei", "zhangwei"),  # sounds that many do not tell apart
        ("meier", "mezer", "meyer"),
    ],
)
def test_the_likely_mistake_costs_less(likely: str, unlikely: str, meant: str) -> None:
    assert cost(likely, meant) < cost(unlikely, meant)
