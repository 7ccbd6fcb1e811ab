"""The history answers: who, when, which field, how it was, what became different."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.core.conftest import change, value
from tui_crm.core import batch, history
from tui_crm.core.changes import Delete, Edit, Request, apply, redo, restore_value, undo
from tui_crm.core.history import Filter
from tui_crm.core.session import Session
from tui_crm.errors import InputRefused, NotFound

Add = Callable[..., int]
MakeSession = Callable[..., Session]
DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def ada(session: Session, make_session: MakeSession, add: Add) -> int:
    """Made, moved by eve, tagged by a batch and deleted, on four days."""
    with time_machine.travel(FIRST, tick=False):
        id_ = add("Ada", city="Basel", tags=("b", "a"))
    with time_machine.travel(FIRST + DAY, tick=False):
        change(make_session("eve"), id_, city="Bern", title="Dr")
    with time_machine.travel(FIRST + 2 * DAY, tick=False):
        batch.apply(session, [id_], Edit(add={"tags": ("c",)}))
    with time_machine.travel(FIRST + 3 * DAY, tick=False):
        apply(session, Request([Delete(id_)], "delete"))
    return id_


def test_a_customer_is_shown_as_it_was(session: Session, ada: int) -> None:
    def then(days: float) -> tuple[object, ...] | None:
        values = history.as_of(session, ada, FIRST + days * DAY)
        return values and (values["city"], values["title"], values["tags"])

    assert then(-1) is None
    assert then(0) == ("Basel", "", ("a", "b"))
    assert then(1.5) == ("Bern", "Dr", ("a", "b"))
    assert then(2) == ("Bern", "Dr", ("a", "b", "c"))
    assert then(3) is None


def test_two_days_are_compared(session: Session, ada: int) -> None:
    found = history.diff(session, ada, FIRST, FIRST + 2 * DAY)
    assert {(d.field, d.old, d.new) for d in found} == {
        ("title", "", "Dr"), ("city", "Basel", "Bern"), ("tags", ("a", "b"), ("a", "b", "c")),
    }  # fmt: skip
    assert history.diff(session, ada, FIRST + 2 * DAY, FIRST + 2.5 * DAY) == []


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        (Filter(user="eve"), ["edit"]),
        (Filter(field="tags"), ["batch"]),
        (Filter(kind="delete"), ["delete"]),
        (Filter(text="BERN"), ["edit"]),
        (Filter(since=FIRST + DAY, until=FIRST + 2.5 * DAY), ["batch", "edit"]),
        (Filter(user="eve", kind="batch"), []),
        (Filter(), ["delete", "batch", "edit", "create"]),
    ],
)
def test_the_history_is_searched(
    session: Session, ada: int, wanted: Filter, kinds: list[str]
) -> None:
    assert [row.kind for row in history.search(session, wanted)] == kinds
    exported = list(history.export(session, wanted))
    sets = {row.id for row in history.search(session, wanted)}
    assert {row.change_set_id for row in exported} == sets


def test_only_what_may_be_seen_is_found(
    session: Session, make_session: MakeSession, ada: int
) -> None:
    stranger = make_session("max", scope="own")
    assert history.search(stranger, Filter()) == []
    assert list(history.export(stranger, Filter())) == []
    with pytest.raises(NotFound):
        history.as_of(stranger, ada, FIRST)
    with pytest.raises(NotFound):
        history.change(stranger, next(history.export(session, Filter(field="city"))).id)


def test_one_value_is_brought_back(session: Session, add: Add) -> None:
    id_ = add(city="Basel")
    change(session, id_, city="Bern", title="Dr")
    (moved,) = history.export(session, Filter(field="city"))
    change(session, id_, city="Chur")
    outcome = restore_value(session, moved.id)
    assert (value(session, id_, "city"), value(session, id_, "title")) == ("Basel", "Dr")
    assert outcome.change_set_id is not None
    undo(session, outcome.change_set_id)
    assert value(session, id_, "city") == "Chur"
    (made,) = history.export(session, Filter(kind="create"))
    with pytest.raises(InputRefused):
        restore_value(session, made.id)


def test_what_was_undone_is_done_again(session: Session, add: Add) -> None:
    id_ = add(city="Basel")
    set_id = change(session, id_, city="Bern").change_set_id
    assert set_id is not None and history.last_redoable(session) is None
    with pytest.raises(InputRefused):
        redo(session, set_id)
    for _round in range(2):
        undo(session, set_id)
        last = history.last_redoable(session)
        assert last is not None and last.undoes_id == set_id
        assert redo(session, set_id, preview=True).reversed == 1
        assert value(session, id_, "city") == "Basel"
        assert redo(session, set_id).reversed == 1
        assert value(session, id_, "city") == "Bern"
        assert history.last_redoable(session) is None
    with pytest.raises(NotFound):
        redo(session, 999)
