"""What an act is called, in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tui_crm.core import batch, customers, history, recycle, summaries
from tui_crm.core.changes import Delete, Edit, Request, apply, undo
from tui_crm.core.session import Session
from tui_crm.text.i18n import set_language

Add = Callable[..., int]


@pytest.fixture(autouse=True)
def english_afterwards() -> object:
    """The language of a process is one for all tests."""
    yield
    set_language("en")


def test_a_chinese_reader_sees_what_an_english_writer_did(session: Session, add: Add) -> None:
    ids = [add(f"P{n}") for n in range(3)]
    set_language("en")
    done = batch.apply(session, ids, Edit({"city": "Bern"}, add={"tags": ("new",)}))
    assert done.change_set_id is not None
    undo(session, done.change_set_id)
    apply(session, Request([Delete(id_) for id_ in ids], "delete"))
    recycle.restore(session, ids)
    restored, _deleted, undone, edited = history.change_sets(session)[:4]
    assert restored.summary == "3 customers"
    assert undone.summary == edited.summary == "City, Tags of 3 customers"
    set_language("zh_CN")
    restored, _deleted, undone, edited = history.change_sets(session)[:4]
    assert "3" in restored.summary
    assert undone.summary == edited.summary
    for word in ("customers", "City", "Tags"):
        assert word not in edited.summary + restored.summary
    titles = [entry.title for entry in customers.timeline(session, ids[0])]
    assert edited.summary in titles


def test_what_is_no_summary_of_ours_is_told_as_it_is(session: Session) -> None:
    for text in ("", "Ada", "Import of a.csv", '{"Ada"', '{"n": "x"}', '{"who": 1}'):
        assert summaries.shown(text, session.fields) == text


def test_files_and_queries_are_told(session: Session) -> None:
    set_language("en")
    assert summaries.shown(summaries.of_import("a.csv"), session.fields) == "Import of a.csv"
    told = summaries.shown(summaries.of_export(2, "out.csv", "city:Bern"), session.fields)
    assert told == "2 customers to out.csv: city:Bern"
    assert summaries.shown(summaries.of_batch(["gone"], 1), session.fields) == "gone of 1 customer"
