"""Taking back: what was edited since is kept, everything else goes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.conftest import change, everything, value
from tui_crm.core import batch, customers, history, interactions, listing, merging, tasks, users
from tui_crm.core.changes import (
    Create,
    Delete,
    Edit,
    Request,
    Update,
    UpdateMany,
    apply,
    redo,
    undo,
)
from tui_crm.core.rows import Outcome, UndoOutcome
from tui_crm.core.session import Session
from tui_crm.errors import InputRefused, NotFound
from tui_crm.exchange.duplicates import keys
from tui_crm.exchange.writing.reports import write_buckets
from tui_crm.search import index
from tui_crm.text.when import When

Add = Callable[..., int]
MakeSession = Callable[..., Session]


@pytest.fixture(autouse=True, params=[0, 500], ids=["by sets", "by records"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule holds for large change sets, which are taken back by other statements, too."""
    monkeypatch.setattr("tui_crm.core.changes.undoing._MANY", request.param)


def set_of(outcome: Outcome) -> int:
    assert outcome.change_set_id is not None
    return outcome.change_set_id


def set_of_undo(outcome: UndoOutcome) -> int:
    assert outcome.change_set_id is not None
    return outcome.change_set_id


def test_fields_edited_since_are_kept_and_named(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    ids = [add(f"P{n}", city="Basel", tags="old") for n in range(4)]
    done = batch.apply(session, ids, Edit({"city": "Bern", "title": "Dr."}, add={"tags": ("new",)}))
    change(make_session("bob"), ids[0], city="Chur")
    change(make_session("bob"), ids[1], city="Basel")  # back by hand: nothing is left to undo there
    apply(session, Request([Delete(ids[2])], "delete"))
    outcome = undo(session, set_of(done))
    assert outcome.reversed == 3
    assert {(k.id, "bob" in k.reason) for k in outcome.kept} == {(ids[0], True), (ids[2], False)}
    now = customers.get(session, ids[0]).values
    assert (now["city"], now["title"], now["tags"]) == ("Chur", "", ("old",))
    assert value(session, ids[3], "city") == "Basel"


def test_a_choice_is_found_as_it_is_after_every_way_to_change_it(
    session: Session, add: Add
) -> None:
    ids = [add(f"P{n}", city="Basel", status="lead") for n in range(3)]
    change(session, ids[0], status="active")
    assert index.check(session.db) == []
    done = batch.apply(session, ids, Edit({"status": "lost", "category": "vip"}))
    assert index.check(session.db) == []
    undo(session, set_of(done))
    assert index.check(session.db) == []
    assert set(listing.ids(session, "status:lead city:basel")) == set(ids[1:])


def test_a_preview_of_an_undo_holds_up_nobody_who_writes(session: Session, add: Add) -> None:
    ids = [add(f"P{n}", city="Basel") for n in range(3)]
    done = batch.apply(session, ids, Edit({"city": "Bern"}, add={"tags": ("new",)}))
    wrote: list[bool] = []

    def meanwhile(_done: int, _total: int) -> None:
        def write() -> None:
            with session.db.connection():
                change(session, ids[2], title="Dr.")

        if not wrote:
            other = threading.Thread(target=write, daemon=True)
            other.start()
            other.join(timeout=20)
            wrote.append(not other.is_alive())

    planned = undo(session, set_of(done), preview=True, progress=meanwhile)
    assert wrote == [True]
    assert (planned.reversed, len(planned.kept)) == (3, 0)
    assert [value(session, id_, "city") for id_ in ids] == ["Bern"] * 3


def test_a_set_goes_back_for_one_customer_and_later_for_the_others(
    session: Session, add: Add
) -> None:
    ids = [add(f"P{n}", city="Basel", tags="old") for n in range(3)]
    done = set_of(batch.apply(session, ids, Edit({"city": "Bern"}, add={"tags": ("new",)})))
    assert undo(session, done, only=ids[1], preview=True).reversed == 1
    one = undo(session, done, only=ids[1])
    assert (one.reversed, len(one.kept)) == (1, 0)
    assert [value(session, id_, "city") for id_ in ids] == ["Bern", "Basel", "Bern"]
    row = history.change_set(session, done)
    assert row is not None
    assert row.undoable  # it is in effect for the others
    assert undo(session, done, only=ids[1]).change_set_id is None  # nothing of it is left there
    undo(session, set_of_undo(one))  # done again for that one alone
    assert value(session, ids[1], "city") == "Bern"
    undo(session, done, only=ids[1])
    rest = undo(session, done)
    assert (rest.reversed, len(rest.kept)) == (2, 0)
    assert [value(session, id_, "tags") for id_ in ids] == [("old",)] * 3
    assert redo(session, done, only=ids[0]).reversed == 1
    assert [value(session, id_, "city") for id_ in ids] == ["Bern", "Basel", "Basel"]
    assert index.check(session.db) == []


def test_what_was_created_goes_back_for_one_customer_with_all_that_hangs_on_it(
    session: Session, add: Add
) -> None:
    steps = [Create({"name": f"P{n}", "city": "Basel"}) for n in range(3)]
    made = apply(session, Request(steps, "import"))
    ids = list(made.record_ids)
    edited = set_of(batch.apply(session, ids, Edit({"city": "Bern"})))
    undo(session, edited, only=ids[0])
    undo(session, edited)
    one = undo(session, set_of(made), only=ids[0])
    assert (one.reversed, len(one.kept)) == (1, 0)  # an undo is no use
    with pytest.raises(NotFound):
        customers.get(session, ids[0])
    rest = undo(session, set_of(made))
    assert (rest.reversed, len(rest.kept)) == (2, 1)  # one is in the bin already


def test_a_merge_goes_back_as_a_whole(session: Session, add: Add) -> None:
    ids = [add("Ada"), add("Ada B")]
    merged = merging.merge(session, ids)
    with pytest.raises(InputRefused, match="as a whole"):
        undo(session, set_of(merged), only=ids[1])


def test_an_act_that_made_some_and_changed_others_goes_back(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    ids = [add(f"P{n}", city="Basel", tags="old") for n in range(4)]
    edits = [Update(id_, Edit({"city": "Bern"}, add={"tags": ("new",)})) for id_ in ids]
    new = [Create({"name": f"N{n}", "organization": "Acme"}) for n in range(3)]
    firm = Create({"name": "Acme", "kind": "organization"})
    done = apply(session, Request([*edits, *new, firm], "import", partial=True))
    made = list(done.record_ids)
    change(make_session("bob"), ids[0], city="Chur")
    change(make_session("bob"), made[0], city="Chur")
    outcome = undo(session, set_of(done))
    assert {kept.id for kept in outcome.kept} == {ids[0], made[0]}
    assert outcome.reversed == 7
    assert [value(session, id_, "city") for id_ in ids] == ["Chur", "Basel", "Basel", "Basel"]
    assert all(value(session, id_, "tags") == ("old",) for id_ in ids)
    assert set(listing.ids(session)) == {*ids, made[0]}
    assert index.check(session.db) == []
    assert keys.check(session.db) == []


def test_all_that_is_kept_is_listed_however_much_it_is(
    session: Session, add: Add, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tui_crm.core.changes.writer.MOST_LINES", 3)
    ids = [add(f"Ærø {n}", city="Basel") for n in range(12)]
    done = batch.apply(session, ids, Edit({"city": "Bern"}))
    batch.apply(session, ids[1:], Edit({"city": "Chur"}))
    outcome = undo(session, set_of(done), preview=True)
    assert (outcome.reversed, len(outcome.kept), len(outcome.failed)) == (1, 11, 0)
    assert [kept.id for kept in outcome.kept] == ids[:0:-1]
    assert outcome.kept[-1].name == "Ærø 1"
    assert "ana" in outcome.kept[5].reason
    assert write_buckets(tmp_path / "kept.csv", outcome) == 11
    lines = (tmp_path / "kept.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "bucket,id,name,reason"
    assert lines[-1].startswith(f"kept,{ids[1]},Ærø 1,")
    assert len(lines) == 12


def test_an_undo_is_in_the_history_and_can_be_undone(session: Session, add: Add) -> None:
    id_ = add(city="Basel")
    first = set_of(change(session, id_, city="Bern"))
    second = undo(session, first).change_set_id
    assert second is not None
    with pytest.raises(InputRefused, match="already"):
        undo(session, first)
    row = history.change_set(session, first)
    assert row is not None
    assert (row.undone_by_id, row.undoable) == (second, False)
    third = undo(session, second).change_set_id
    assert value(session, id_, "city") == "Bern"
    again = history.change_set(session, first)
    assert again is not None
    assert again.undoable
    undo(session, first)
    assert value(session, id_, "city") == "Basel"
    with pytest.raises(InputRefused, match="already"):
        undo(session, second)
    assert third is not None


def test_created_records_go_unless_they_were_used(session: Session, add: Add) -> None:
    steps = [{"name": n} for n in ("unused", "edited", "called", "edited and undone")]
    made = apply(session, Request([Create(v) for v in steps], "import"))
    unused, edited, called, undone = made.record_ids
    change(session, edited, city="Bern")
    interactions.log(session, called, note="hello")
    undo(session, set_of(change(session, undone, city="Bern")))
    outcome = undo(session, set_of(made))
    assert {k.id for k in outcome.kept} == {edited, called}
    assert all("ana" in k.reason for k in outcome.kept)
    assert [r.id for r in customers.rows(session, made.record_ids)] == [edited, called]
    assert outcome.change_set_id is not None
    undo(session, outcome.change_set_id)
    assert len(customers.rows(session, made.record_ids)) == 4
    assert unused in made.record_ids


def test_deleted_customers_come_back_with_everything(session: Session, add: Add) -> None:
    id_ = add("Ada", phones="020 7946 0018", tags="x", city="Basel")
    interactions.log(session, id_, note="hello")
    before, entries = customers.get(session, id_), customers.timeline_count(session, id_)
    gone = apply(session, Request([Delete(id_)], "delete"))
    undo(session, set_of(gone))
    after = customers.get(session, id_)
    assert {**after.values, "version": 0, "updated_at": 0} == {
        **before.values, "version": 0, "updated_at": 0,
    }  # fmt: skip
    assert customers.timeline_count(session, id_) == entries + 2  # the deletion and its undo


def test_a_logged_call_is_undone_as_a_whole(session: Session, add: Add) -> None:
    id_ = add(status="lead")
    logged = interactions.log(
        session, id_, next_step="Call again", due=When(session.now(), True),
        edit=Edit({"status": "active"}),
    )  # fmt: skip
    interaction, task = logged.record_ids
    assert value(session, id_, "last_contact")
    outcome = undo(session, set_of(logged))
    assert outcome.reversed == 3
    assert (value(session, id_, "status"), value(session, id_, "last_contact")) == ("lead", "")
    with pytest.raises(NotFound):
        interactions.get(session, interaction)
    with pytest.raises(NotFound):
        tasks.get(session, task)
    assert outcome.change_set_id is not None
    undo(session, outcome.change_set_id)
    assert (value(session, id_, "status"), bool(value(session, id_, "last_contact"))) == (
        "active",
        True,
    )
    assert tasks.get(session, task).title == "Call again"


def test_a_task_that_was_done_since_is_kept(session: Session, add: Add) -> None:
    logged = interactions.log(session, add(), next_step="Call again")
    tasks.complete(session, logged.record_ids[1])
    outcome = undo(session, set_of(logged))
    assert [k.id for k in outcome.kept] == [logged.record_ids[1]]


def test_a_preview_of_an_undo_changes_nothing(session: Session, add: Add) -> None:
    ids = [add(city="Basel"), add(city="Basel")]
    done = batch.apply(session, ids, Edit({"city": "Bern"}))
    change(session, ids[0], city="Chur")
    before = everything(session)
    outcome = undo(session, set_of(done), preview=True)
    assert (outcome.change_set_id, outcome.reversed, len(outcome.kept)) == (None, 1, 1)
    assert everything(session) == before


def test_several_changes_of_a_field_in_one_set_go_back_to_the_first(
    session: Session, add: Add
) -> None:
    id_ = add(city="Basel", phones="020 7946 0018")
    steps = [UpdateMany([id_], Edit({"city": "Bern"})), UpdateMany([id_], Edit({"city": "Chur"}))]
    undo(session, set_of(apply(session, Request(steps, "batch"))))
    assert value(session, id_, "city") == "Basel"


def test_hidden_records_are_not_touched_by_an_undo(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    eve = make_session("eve", scope="own")
    own, hidden = add(owner="eve"), add()
    done = batch.apply(session, [own, hidden], Edit({"city": "Bern"}))
    outcome = undo(eve, set_of(done))
    assert (outcome.reversed, [f.id for f in outcome.failed]) == (1, [hidden])
    assert value(session, hidden, "city") == "Bern"


def test_what_is_not_there_cannot_be_undone(session: Session) -> None:
    with pytest.raises(NotFound):
        undo(session, 12345)


def test_every_column_goes_back_exactly(session: Session, add: Add) -> None:
    users.ensure("bob")
    users.ensure_team("north")
    add("Old", kind="organization")
    hostile = 'a "quoted" \\ back\\slash / 张 \u00e9 \U0001f600 {x} %s'
    old = {"organization": "Old", "title": hostile, "status": "lead", "owner": "bob",
           "team": "north", "needs": "two\nlines\tand more", "birthday": "1990-02-01"}  # fmt: skip
    ids = [add(f"P{n}", **old) for n in range(3)]
    before = [customers.get(session, id_) for id_ in ids]
    new = {"organization": hostile, "title": "x", "status": "", "owner": "", "team": "",
           "needs": hostile, "birthday": ""}  # fmt: skip
    undo(session, set_of(batch.apply(session, ids, Edit(new, add={"tags": ("t",)}))))
    for was, now in zip(before, (customers.get(session, id_) for id_ in ids), strict=True):
        assert {k: now.values[k] for k in (*old, "tags")} == {
            k: was.values[k] for k in (*old, "tags")
        }
        assert now.organization_id == was.organization_id
        assert now.version == 3
