"""The recycle bin: looked through, emptied for good, and everything comes back with a customer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.core.conftest import change
from tui_crm import search
from tui_crm.core import customers, history, interactions, recycle
from tui_crm.core.changes import Delete, Edit, Request, Update, apply, undo
from tui_crm.core.session import Session
from tui_crm.errors import CrmError, InputRefused, NotAllowed, NotFound
from tui_crm.search import index, notes

Add = Callable[..., int]
MakeSession = Callable[..., Session]


def delete(session: Session, *ids: int) -> None:
    apply(session, Request([Delete(id_) for id_ in ids], "delete"))


def test_deleted_customers_are_found_in_the_bin_and_nowhere_else(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    ada = add("Ada Lovelace", phones="020 7946 0018", organization="Engines 100%")
    bob = add("Bob")
    delete(make_session("eve"), ada, bob)
    assert [row.name for row in recycle.rows(session)] == ["Bob", "Ada Lovelace"]
    for text in ("lovelace", "ADA love", "79460018", "100%", "c-"):
        assert ada in recycle.ids(session, text), text
    assert recycle.ids(session, "100_") == []
    row = recycle.rows(session, "ada")[0]
    assert (row.id, row.deleted_by, recycle.count(session)) == (ada, "eve", 2)
    assert not search.all_ids(session, "lovelace")
    assert recycle.rows(make_session("own", scope="own")) == []


def test_a_customer_comes_back_with_all_that_hung_on_it(session: Session, add: Add) -> None:
    id_ = add("Ada", phones="020 7946 0018", tags="x")
    interactions.log(session, id_, note="hello", next_step="call")
    before, entries = customers.get(session, id_).values, customers.timeline_count(session, id_)
    delete(session, id_)
    outcome = recycle.restore(session, [id_])
    after = customers.get(session, id_).values
    assert {k: v for k, v in after.items() if k not in ("version", "updated_at")} == {
        k: v for k, v in before.items() if k not in ("version", "updated_at")
    }
    assert customers.timeline_count(session, id_) == entries + 2
    assert list(search.all_ids(session, "ada")) == [id_]
    assert outcome.change_set_id is not None
    undo(session, outcome.change_set_id)
    assert recycle.ids(session) == [id_]
    assert recycle.restore(session, [id_]).done == 1
    assert recycle.restore(session, [id_]).skipped == 1
    with pytest.raises(NotFound):
        recycle.restore(session, [id_ + 100])


def test_purged_customers_leave_nothing_but_that_it_happened(session: Session, add: Add) -> None:
    gone, stays, live = add("Ada Secret"), add("Bob"), add("Cid")
    interactions.log(session, gone, note="private words")
    change(session, gone, city="Hidden")
    apply(session, Request([Update(gone, Edit({"title": "x"}))], "edit", "Ada Secret", "Secret"))
    steps = [Delete(gone), Delete(stays)]
    apply(session, Request(steps, "delete", "two people"))
    outcome = recycle.purge(session, [gone, live])
    assert (outcome.done, outcome.skipped) == (1, 1)
    tables = (
        "customer", "contact_point", "interaction", "task", "change", "change_set", "search_doc",
    )  # fmt: skip
    for table in tables:
        text = repr(session.db.rows(f"SELECT * FROM {table}"))
        assert "Secret" not in text and "private" not in text and "Hidden" not in text, table
    assert recycle.ids(session) == [stays]
    assert [index.check(session.db), notes.check(session.db)] == [[], []]
    assert outcome.change_set_id is not None
    (row,) = history.changes(session, outcome.change_set_id)
    assert (row.action, row.record_id, row.actor) == ("purge", gone, "ana")
    told = [
        (row.action, row.field, row.old, row.new)
        for row in history.export(session, history.Filter(customer_id=gone))
        if row.entity == "customer"
    ]
    assert told == [
        ("create", "", None, None), ("update", "city", "", ""), ("update", "title", "", ""),
        ("delete", "", None, None),
        ("purge", "", None, None),
    ]  # fmt: skip
    both = history.search(session, history.Filter(customer_id=stays, kind="delete"))
    assert [item.summary for item in both] == ["two people"]
    failed = undo(session, both[0].id).failed
    assert [item.id for item in failed] == [gone]
    assert customers.get(session, stays).name == "Bob"
    last = history.last_undoable(session)
    assert last is not None and last.kind == "create"  # of Cid: what is purged is offered no more


def test_only_an_administrator_purges(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    id_ = add("Ada")
    delete(session, id_)
    with pytest.raises(NotAllowed):
        recycle.purge(make_session("eve"), [id_])
    with pytest.raises(InputRefused):
        recycle.purge(session, [])
    assert recycle.ids(session) == [id_]


def test_a_stopped_purge_removes_nobody(session: Session, add: Add) -> None:
    class Stop:
        cancelled = True

    id_ = add("Ada")
    delete(session, id_)
    with pytest.raises(CrmError):
        recycle.purge(session, [id_], cancel=Stop())
    assert recycle.ids(session) == [id_]


def test_who_is_due_was_deleted_long_enough_ago(session: Session, add: Add) -> None:
    old, new = add("Old"), add("New")
    delete(session, old, new)
    session.db.run("UPDATE customer SET deleted_at = '2020-01-01T00:00:00Z' WHERE id = ?", (old,))
    assert session.settings.general.keep_deleted_days == 90
    assert recycle.due(session) == [old]
