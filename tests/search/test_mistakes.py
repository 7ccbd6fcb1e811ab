"""The measure of corrections: what it mistypes is mistyped, and what it counts is right."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from rapidfuzz.distance import OSA

from tui_crm.core.session import Session
from tui_crm.search import mistakes

Add = Callable[..., int]


@pytest.mark.parametrize("name", ["Anna Schmidtbauer", "张晓明", "Łukasz Kowalski"])
def test_a_mistyped_name_is_at_most_two_edits_away(name: str) -> None:
    right = mistakes.typed_form(name, "person")
    for seed in range(50):
        typed = mistakes.mistyped(name, "person", Random(seed))
        assert typed
        assert OSA.distance(typed, right) <= 2


def test_what_has_no_word_is_not_mistyped() -> None:
    assert mistakes.mistyped("Li", "person", Random(1)) == ""
    assert mistakes.mistyped("Пётр", "person", Random(1)) == ""


def test_shares_are_those_of_the_names_that_are_found(session: Session, add: Add) -> None:
    for name in ("Anna Schmidtbauer", "Jonathan Fairbanks", "Margarete Hohenstein"):
        add(name)
    found = mistakes.accuracy(session, pairs=3)
    assert (found.pairs, found.in_ten, found.best_in_ten) == (3, 1.0, 1.0)
