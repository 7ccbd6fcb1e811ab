"""Text from the outside goes in and comes out whole, but for what a terminal would obey."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.conftest import change, value
from tui_crm.core import batch, customers, history, interactions
from tui_crm.core.changes import Create, Edit, Request, apply, undo
from tui_crm.core.session import Session
from tui_crm.text.safe import clean, clean_line

HOSTILE = [
    "Robert'); DROP TABLE customer;--",
    "[bold red]markup[/] [link=x]y[/link]",
    "\x1b]52;c;aGk=\x07\x1b[2J\x9b31m",
    "\u202eevil\u202c \u2066x\u2069",
    "👩‍👩‍👧‍👦 family 🇨🇭 e\u0301",
    "null\x00byte",
    "% _ \\ \" ' ` ? %s {x} $1",
    "\\u0041 \\\\ \t tab",
    "𠮷野家 \U0010ffff \ufdd0",
    "x" * 10_000,
    "\ud800 lone",
    "line\u2028separator\nnew",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_round_trip(session: Session, text: str) -> None:
    outcome = apply(
        session, Request([Create({"name": "n" + text, "needs": text, "tags": text[:90]})], "create")
    )
    (id_,) = outcome.record_ids
    assert value(session, id_, "name") == clean_line("n" + text)
    assert value(session, id_, "needs") == (clean(text) if clean(text).strip() else "")
    interactions.log(session, id_, note=text, next_step=text[:400])
    entries = customers.timeline(session, id_)
    assert clean(text) in {e.text for e in entries}
    assert outcome.change_set_id is not None


@settings(max_examples=40)
@given(st.text(max_size=50), st.text(max_size=50))
def test_any_text_is_edited_undone_and_kept_in_the_history(
    session: Session, one: str, two: str
) -> None:
    made = apply(session, Request([Create({"name": "x", "needs": one})], "create"))
    (id_,) = made.record_ids
    old = value(session, id_, "needs")
    outcome = change(session, id_, needs=two)
    if outcome.change_set_id is None:
        assert value(session, id_, "needs") == old
        return
    (row,) = history.changes(session, outcome.change_set_id)
    assert (row.old, row.new) == (old, value(session, id_, "needs"))
    assert undo(session, outcome.change_set_id).reversed == 1
    assert value(session, id_, "needs") == old


@settings(max_examples=25)
@given(st.lists(st.text(min_size=1, max_size=20), max_size=4), st.text(max_size=30))
def test_batches_take_any_text(session: Session, tags: list[str], city: str) -> None:
    made = apply(session, Request([Create({"name": "x"}), Create({"name": "y"})], "create"))
    before = [customers.get(session, id_).values for id_ in made.record_ids]
    edit = Edit({"city": city}, add={"tags": tuple(tags)})
    outcome = batch.apply(session, made.record_ids, edit)
    expected: Any = clean_line(city)
    assert [value(session, id_, "city") for id_ in made.record_ids] == [expected] * 2
    if outcome.change_set_id is not None:
        for row in history.changes(session, outcome.change_set_id):
            assert value(session, row.record_id, row.field) == row.new
        undo(session, outcome.change_set_id)
    for id_, old in zip(made.record_ids, before, strict=True):
        now = customers.get(session, id_).values
        assert (now["city"], now["tags"]) == (old["city"], old["tags"])
