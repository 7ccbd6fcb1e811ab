"""What others change between a preview and the batch is never overwritten unseen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.core.conftest import change, everything, value
from tui_crm.core import batch
from tui_crm.core.changes import Edit, undo
from tui_crm.core.changes.operations import Replace
from tui_crm.core.meanwhile import BatchConflict
from tui_crm.core.results import Results
from tui_crm.core.session import Session

Add = Callable[..., int]
MakeSession = Callable[..., Session]


def test_a_value_that_somebody_else_changed_since_stops_the_batch(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    ids = [add(f"P{n}", city="Bern") for n in range(3)]
    edit = Edit({"city": "Jena"})
    preview = batch.preview(session, ids, edit)
    change(make_session("eve"), ids[1], city="Basel")
    before = everything(session)
    with pytest.raises(BatchConflict) as caught:
        batch.apply(session, ids, edit, seen=preview.seen)
    assert everything(session) == before
    (collision,) = caught.value.collisions
    assert (collision.id, collision.name, collision.field, collision.by) == (
        ids[1], "P1", "city", "eve",
    )  # fmt: skip
    assert (collision.seen, collision.now, collision.yours) == ("Bern", "Basel", "Jena")
    assert caught.value.ids == (ids[1],)
    assert "eve" in str(caught.value)
    outcome = batch.apply(session, ids, edit, seen=caught.value.seen)  # it was looked at
    assert outcome.done == 3
    assert value(session, ids[1], "city") == "Jena"


def test_what_stands_against_nothing_is_no_conflict(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    ids = [add(f"P{n}", city="Bern", title="Dr", tags=("a",)) for n in range(4)]
    edit = Edit({"city": "Jena"}, add={"tags": ("vip",)})
    preview = batch.preview(session, ids, edit)
    eve = make_session("eve")
    change(eve, ids[0], title="Prof")  # another field
    change(eve, ids[1], city="Jena")  # the same value
    change(eve, ids[2], tags=("b",))  # a list, to which is added
    there = change(eve, ids[3], city="Basel")
    assert there.change_set_id is not None
    undo(eve, there.change_set_id)  # there and back
    outcome = batch.apply(session, ids, edit, seen=preview.seen)
    assert outcome.done == 4
    assert value(session, ids[2], "tags") == ("b", "vip")


def test_a_value_that_is_worked_out_is_worked_out_from_what_is_there_now(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    ids = [add("Ada", title="old hand"), add("Bob", title="old boy")]
    edit = Edit(compute={"title": Replace("old", "young")})
    preview = batch.preview(session, ids, edit)
    change(make_session("eve"), ids[0], title="old fox")
    with pytest.raises(BatchConflict) as caught:
        batch.apply(session, ids, edit, seen=preview.seen)
    (collision,) = caught.value.collisions
    assert (collision.seen, collision.now, collision.yours) == (
        "old hand", "old fox", "young fox",
    )  # fmt: skip


def test_a_batch_that_nobody_looked_at_is_unconditional(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    id_ = add("Ada", city="Bern")
    batch.preview(session, [id_], Edit({"city": "Jena"}))
    change(make_session("eve"), id_, city="Basel")
    assert batch.apply(session, [id_], Edit({"city": "Jena"})).done == 1


def test_every_failure_is_told_of_however_many_there_are(session: Session, add: Add) -> None:
    gone = 100_000
    ids = [add("Ada"), *range(gone, gone + 10_050)]
    failures = Results()
    outcome = batch.apply(session, ids, Edit({"city": "Jena"}), report=failures.add)
    assert (outcome.done, outcome.failed, len(failures)) == (1, 10_050, 10_050)
    rows = list(failures)
    assert [row.id for row in rows] == ids[1:]
    assert rows[-1].reason == f"There is no customer {ids[-1]}."
