"""Values that are worked out: for one record and for many, refused where they cannot be stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.core.conftest import everything, value
from tui_crm.core import batch, custom_fields, users, validation
from tui_crm.core.changes import Delete, Edit, Request, Update, apply, undo
from tui_crm.core.changes.operations import Arithmetic, Copy, Replace, Shift, parse
from tui_crm.core.session import Session
from tui_crm.errors import CrmError, InputRefused

Add = Callable[..., int]


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("+7d", Shift(7, "d")), ("-2 W", Shift(-2, "w")), ("+1m", Shift(1, "m")),
        ("*1.1", Arithmetic("*", 1.1)), (" + 5", Arithmetic("+", 5)), ("/2", Arithmetic("/", 2)),
        ("copy(category)", Copy("category")), ("replace(a,b)", Replace("a", "b")),
        ('replace("a, b", "")', Replace("a, b", "")), ("Replace(a, b c)", Replace("a", "b c")),
    ],
)  # fmt: skip
def test_operations_are_read(text: str, operation: Any) -> None:
    assert parse(text) == operation


@pytest.mark.parametrize(
    "text", ["", "5", "/0", "replace(a)", "replace(,b)", "copy()", "copy(a,b)", "+7x", "eval(1)",
             "+-5", "replace(a,b"],
)  # fmt: skip
def test_what_is_no_operation_is_refused(text: str) -> None:
    with pytest.raises(InputRefused):
        parse(text)


@pytest.mark.parametrize(
    ("day", "shift", "becomes"),
    [
        ("2024-01-31", Shift(1, "m"), "2024-02-29"), ("2024-02-29", Shift(1, "y"), "2025-02-28"),
        ("2024-12-31", Shift(1, "d"), "2025-01-01"), ("2024-01-31", Shift(-2, "m"), "2023-11-30"),
        ("2024-01-01", Shift(-1, "w"), "2023-12-25"), ("", Shift(1, "d"), ""),
    ],
)  # fmt: skip
def test_days_move(day: str, shift: Shift, becomes: str) -> None:
    assert shift.value(day, {}) == becomes


@pytest.mark.parametrize(
    ("number", "operation", "becomes"),
    [
        (0.1, Arithmetic("+", 0.2), "0.3"), (100, Arithmetic("*", 1.1), "110"),
        (7, Arithmetic("/", 2), "3.5"), (3, Arithmetic("-", 5), "-2"),
        (10, Arithmetic("-", 10), "0"),
        ("", Arithmetic("+", 1), ""),
    ],
)  # fmt: skip
def test_numbers_are_reckoned(number: Any, operation: Arithmetic, becomes: str) -> None:
    assert operation.value(number, {}) == becomes


def test_many_are_changed_undone_and_shown_before(session: Session, add: Add) -> None:
    users.ensure("bob")
    ids = [
        add("A", needs="old car, old house", city="Basel", birthday="1990-01-31", owner="bob"),
        add("B", needs="nothing", city="", birthday=""),
        add("C", needs="an old\nboat", city="Bern", birthday="9999-12-31"),
    ]
    before = [everything_of(session, id_) for id_ in ids]
    edit = validation.parse_assignments(
        session, ["needs:=replace(old, new)", "title:=copy(city)", "birthday:=+1m",
                  "street:=copy(owner)", "tags+=x"],
    )  # fmt: skip
    preview = batch.preview(session, ids, edit)
    assert (list(preview.changing), list(preview.refused)) == (ids[:2], ids[2:])
    assert (preview.invalid, preview.missing, preview.total) == (1, 0, 3)
    assert [n for _reason, n in preview.reasons] == [1]
    shown = preview.records(ids[:2])
    outcome = batch.apply(session, ids, edit)
    assert (outcome.done, outcome.failed) == (2, 1)
    assert [(r.id, r.outcome) for r in outcome.results if r.outcome == "failed"] == [
        (ids[2], "failed")
    ]
    for record in shown:
        assert {d.field: value(session, record.id, d.field) for d in record.diffs} == {
            d.field: d.new for d in record.diffs
        }
    assert value(session, ids[0], "needs") == "new car, new house"
    assert value(session, ids[0], "birthday") == "1990-02-28"
    assert (value(session, ids[0], "title"), value(session, ids[0], "street")) == ("Basel", "bob")
    assert everything_of(session, ids[2]) == before[2]
    assert outcome.change_set_id is not None
    undo(session, outcome.change_set_id)
    assert [everything_of(session, id_) for id_ in ids] == before


def test_custom_numbers_are_reckoned(session: Session, add: Add) -> None:
    custom_fields.define(session, "score", "number")
    ids = [add("A", score="10"), add("B"), add("C", score="2.5")]
    edit = validation.parse_assignments(session, ["score:=*2"])
    assert list(batch.preview(session, ids, edit).changing) == [ids[0], ids[2]]
    assert batch.apply(session, ids, edit).done == 2
    assert [value(session, id_, "score") for id_ in ids] == [20, "", 5]


def test_one_record_can_be_worked_out_too(session: Session, add: Add) -> None:
    id_ = add("A", title="Dr Who")
    edit = validation.parse_assignments(session, ["title:=replace(Dr, Prof)"])
    apply(session, Request([Update(id_, edit)], "edit"))
    assert value(session, id_, "title") == "Prof Who"


@pytest.mark.parametrize(
    "assignments", [["tags:=copy(city)"], ["city:=copy(tags)"], ["city:=+5"], ["birthday:=*2"],
                    ["status:=replace(a,b)"], ["city:=copy(city)"], ["city:=copy(x)", "city=y"],
                    ["city=y", "city:=copy(title)"], ["name:=replace(a,b)"]],
)  # fmt: skip
def test_what_does_not_fit_the_field_is_refused(
    session: Session, add: Add, assignments: list[str]
) -> None:
    id_ = add("A", city="Basel")
    before = everything(session)
    with pytest.raises(CrmError):
        edit = validation.parse_assignments(session, assignments)
        batch.apply(session, [id_], edit)
    assert everything(session) == before


def test_who_came_and_went_since_the_preview_is_known(session: Session, add: Add) -> None:
    ids = [add("Basel one", city="Basel"), add("Basel two", city="Basel")]
    come = add("Basel three", city="Basel")
    apply(session, Request([Delete(ids[0])], "delete"))
    since = batch.since_preview(session, "basel", ids)
    assert (list(since.came), list(since.went), sorted(since.ids)) == (
        [come],
        [ids[0]],
        [ids[1], come],
    )


def test_the_first_page_needs_no_counting(session: Session, add: Add) -> None:
    ids = [add(f"P{n}", city="Basel") for n in range(5)]
    page = batch.page(session, ids, Edit({"city": "Bern"}), 1, 2)
    assert [(r.id, r.diffs[0].new) for r in page] == [(ids[1], "Bern"), (ids[2], "Bern")]
    with pytest.raises(InputRefused):
        batch.page(session, ids, Edit({"status": "nonsense"}))


def everything_of(session: Session, id_: int) -> dict[str, Any]:
    from tui_crm.core import customers

    values = dict(customers.get(session, id_).values)
    for kept in ("version", "updated_at"):
        del values[kept]
    return values
