"""One edit of many customers: counted before, done in sets, reported record by record."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.core.conftest import everything, value
from tui_crm.core import batch, custom_fields, customers, history
from tui_crm.core.changes import Create, Edit, Request, apply, new_uid
from tui_crm.core.session import Session
from tui_crm.errors import CrmError, InputRefused

Add = Callable[..., int]
MakeSession = Callable[..., Session]


@pytest.fixture
def ids(session: Session) -> tuple[int, ...]:
    """Twelve customers in three cities, every second one tagged."""
    cities = ("Basel", "Bern", "")
    steps = [
        Create({"name": f"P{n}", "city": cities[n % 3], "tags": ("a", "b") if n % 2 else ("c",)})
        for n in range(12)
    ]
    return apply(session, Request(steps, "import")).record_ids


def test_the_preview_counts_each_value_and_pages_through_the_records(
    session: Session, ids: tuple[int, ...]
) -> None:
    before = everything(session)
    found = batch.preview(session, [*ids, 999_999], Edit({"city": "Bern"}))
    assert (found.total, found.missing, found.changed, found.unchanged) == (12, 1, 8, 4)
    (city,) = found.fields
    assert set(city.values) == {("Basel", "Bern", 4), ("", "Bern", 4)}
    page = found.page(2, 3)
    assert [(r.id, r.diffs[0].old, r.diffs[0].new) for r in page] == [
        (ids[2], "", "Bern"), (ids[3], "Basel", "Bern"), (ids[4], "Bern", "Bern"),
    ]  # fmt: skip
    assert everything(session) == before


def test_the_preview_knows_tags(session: Session, ids: tuple[int, ...]) -> None:
    found = batch.preview(session, ids, Edit(add={"tags": ("B", "d")}, remove={"tags": ("c",)}))
    (tags,) = found.fields
    assert set(tags.values) == {(("a", "b"), ("a", "b", "d"), 6), (("c",), ("b", "d"), 6)}


def test_columns_and_tags_change_together(session: Session, ids: tuple[int, ...]) -> None:
    edit = Edit(
        {"city": "Bern", "owner": "", "status": "Active"}, {"tags": ("b", "new")}, {"tags": ("c",)}
    )
    outcome = batch.apply(session, ids, edit)
    assert (outcome.done, outcome.failed, outcome.skipped) == (12, 0, 0)
    for n, id_ in enumerate(ids):
        now = customers.get(session, id_)
        assert (now.values["city"], now.values["owner"], now.values["status"]) == (
            "Bern",
            "",
            "active",
        )
        assert now.values["tags"] == (("a", "b", "new") if n % 2 else ("b", "new"))
        assert now.version == 2
    assert outcome.change_set_id is not None
    rows = history.changes(session, outcome.change_set_id, limit=1000)
    cities = sorted(str(r.old) for r in rows if r.field == "city")
    assert cities == [""] * 4 + ["Basel"] * 4  # those who lived there already have no row
    tags = {(r.old, r.new) for r in rows if r.field == "tags"}
    assert tags == {(("a", "b"), ("a", "b", "new")), (("c",), ("b", "new"))}
    assert {r.old for r in rows if r.field == "owner"} == {"ana"}


def test_setting_and_clearing_tags(session: Session, ids: tuple[int, ...]) -> None:
    assert batch.apply(session, ids, Edit({"tags": "a; b"})).done == 6
    assert {value(session, id_, "tags") for id_ in ids} == {("a", "b")}
    assert batch.apply(session, ids, Edit({"tags": ()})).done == 12
    assert {value(session, id_, "tags") for id_ in ids} == {()}
    assert batch.apply(session, ids, Edit({"tags": ()})).change_set_id is None


def test_tags_that_nobody_has_are_not_made_by_removing_them(
    session: Session, ids: tuple[int, ...]
) -> None:
    outcome = batch.apply(session, ids, Edit(remove={"tags": ("nobody",)}))
    assert (outcome.change_set_id, outcome.skipped) == (None, 12)
    assert session.db.one("SELECT count(*) FROM tag WHERE name = 'nobody'") == (0,)


def test_every_record_is_in_exactly_one_place(
    session: Session, make_session: MakeSession, add: Add, ids: tuple[int, ...]
) -> None:
    eve = make_session("eve", scope="own")
    batch.apply(session, ids[:6], Edit({"owner": "eve"}))
    outcome = batch.apply(eve, [*ids, ids[0]], Edit({"city": "Bern"}))
    assert (outcome.done, outcome.failed, outcome.skipped) == (4, 6, 2)
    places = [(r.id, r.outcome) for r in outcome.results]
    assert sorted(id_ for id_, _o in places) == sorted(ids)
    assert all(r.reason for r in outcome.results if r.outcome != "done")


def test_lists_and_custom_fields_for_many(session: Session, ids: tuple[int, ...]) -> None:
    custom_fields.define(session, "floor", "number")
    edit = Edit({"floor": "3", "kind": "organization"}, add={"phones": ("desk: 020 7946 0018",)})
    assert batch.apply(session, ids, edit).done == 12
    now = customers.get(session, ids[5])
    assert (now.values["floor"], now.values["phones"], now.version) == (
        3,
        ("desk: 020 7946 0018",),
        2,
    )
    assert batch.apply(session, ids, edit).skipped == 12


@pytest.mark.parametrize(
    "edit", [Edit({"name": "X"}), Edit({"account_no": "X"}), Edit({"status": "aktiv?"}),
             Edit(add={"city": ("x",)}), Edit({"id": 3}), Edit({"nothing": "x"})],
)  # fmt: skip
def test_what_cannot_be_done_to_many_is_refused(
    session: Session, ids: tuple[int, ...], edit: Edit
) -> None:
    before = everything(session)
    with pytest.raises(InputRefused):
        batch.preview(session, ids, edit)
    with pytest.raises(InputRefused):
        batch.apply(session, ids, edit)
    assert everything(session) == before


def test_a_batch_is_stopped_without_a_trace(session: Session, ids: tuple[int, ...]) -> None:
    class Stop:
        cancelled = True

    before = everything(session)
    with pytest.raises(CrmError, match="Nothing was changed"):
        batch.apply(session, ids, Edit({"city": "Chur"}), cancel=Stop())
    assert everything(session) == before


def test_a_repeated_batch_is_recognised(session: Session, ids: tuple[int, ...]) -> None:
    uid = new_uid()
    first = batch.apply(session, ids, Edit({"city": "Chur"}), uid=uid)
    again = batch.apply(session, ids, Edit({"city": "Chur"}), uid=uid)
    assert again.repeated
    assert (again.change_set_id, again.done) == (first.change_set_id, 12)
