"""The measure of corrections: what it mistypes is mistyped, and what it counts is right."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from rapidfuzz.distance import OSA

from tui_crm.core.session import Session
from tui_crm.search.spelling import mistakes

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
    shares = {share.kind: share for share in mistakes.accuracy(session, pairs=3)}
    everything = shares["all"]
    assert (everything.pairs, everything.in_ten, everything.best_in_ten) == (3, 1.0, 1.0)
    assert shares["other names"].pairs == 3
    assert sum(share.pairs for share in shares.values()) == 9  # in all, by script, by mistake


def test_characters_of_the_same_sound_are_counted_apart(session: Session, add: Add) -> None:
    for name in ("张晓明", "张小明", "王晓丽", "李小丽", "陈晓华"):
        add(name)
    shares = {share.kind: share for share in mistakes.accuracy(session, pairs=5)}
    assert shares["all"].pairs == shares["names in pinyin"].pairs == 5
    assert shares["characters of the same sound"].pairs == 1
    assert shares["characters of the same sound"].in_ten == 1.0


def test_the_nearest_are_those_of_all_rows(session: Session, add: Add) -> None:
    for name in ("Ann Berg", "Anna Berg", "Anne Berg", "Anna Berg", "Otto Fuchs"):
        add(name)
    found = mistakes._Everybody(session).nearest("anna brg")
    assert [name for name, _kind in found] == [
        "Anna Berg", "Anna Berg", "Anne Berg", "Ann Berg", "Otto Fuchs"
    ]  # fmt: skip
