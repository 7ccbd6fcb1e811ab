"""Merging and taking apart: nothing is lost, and everything finds back to where it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.core.conftest import change, value
from tui_crm.core import customers, history, interactions, merging, tasks
from tui_crm.core.changes import Delete, Request, apply, undo
from tui_crm.core.session import Session
from tui_crm.errors import InputRefused, NotFound, UsageError

Add = Callable[..., int]
MakeSession = Callable[..., Session]
LISTS = ("phones", "emails", "tags")


@pytest.fixture
def pair(add: Add) -> tuple[int, int]:
    """Two records of one person, each with something that the other does not have."""
    one = add(
        "Ada Lovelace", account_no="A-1", city="Basel", phones=("061 555 01 01",), tags=("vip",),
        needs="A loan",
    )  # fmt: skip
    other = add(
        "Ada Lovlace", account_no="A-2", city="Bern", title="Dr.", external_id="X9",
        phones=("061 555 01 01", "+41 79 555 02 02"), emails=("ada@example.org",), tags=("old",),
        needs="A car",
    )  # fmt: skip
    return one, other


def test_the_survivor_gets_what_it_lacks_and_keeps_what_it_has(
    session: Session, pair: tuple[int, int]
) -> None:
    one, other = pair
    outcome = merging.merge(session, pair)
    assert outcome.change_set_id is not None
    now = customers.get(session, one).values
    assert (now["name"], now["city"], now["title"]) == ("Ada Lovelace", "Basel", "Dr.")
    assert now["phones"] == ("061 555 01 01", "+41 79 555 02 02")
    assert (now["emails"], now["tags"]) == (("ada@example.org",), ("old", "vip"))
    assert now["needs"] == "A loan\n\nA car"
    assert now["account_no"] == "A-1"
    assert [row.id for row in customers.rows(session, pair)] == [one]
    assert other not in [row.id for row in customers.rows(session, [one, other])]


@pytest.mark.parametrize(
    ("names", "becomes"),
    [
        (("ada@x.ch", "Ada", "Ada Lovelace"), "Ada Lovelace"),
        (("+41 61 555 01 01", "Ada"), "Ada"),
        (("Ada Byron", "Ada Byron Lovelace"), "Ada Byron"),
        (("ada@x.ch", "079 555 03 03"), "ada@x.ch"),
    ],
)
def test_who_is_called_by_a_part_of_the_name_gets_all_of_it(
    session: Session, add: Add, names: tuple[str, ...], becomes: str
) -> None:
    ids = [add(name) for name in names]
    merging.merge(session, ids)
    assert customers.get(session, ids[0]).name == becomes


def test_a_number_with_and_without_its_country_is_one(session: Session, add: Add) -> None:
    one = add("Ada", phones=("Desk: 061 555 01 01", "079 555 03 03", "061 555 01 01 ext. 7"))
    other = add("Ada L", phones=("+41 61 555 01 01", "+44 20 7946 0018", "+41795550202"))
    merging.merge(session, [one, other])
    assert customers.get(session, one).values["phones"] == (
        "079 555 03 03", "061 555 01 01 ext. 7", "Desk: +41 61 555 01 01", "+44 20 7946 0018",
        "+41795550202",
    )  # fmt: skip
    merging.unmerge(session, f"#{other}")
    assert customers.get(session, one).values["phones"][0] == "Desk: 061 555 01 01"
    assert len(customers.get(session, other).values["phones"]) == 3


def test_old_ids_numbers_and_external_ids_lead_to_the_survivor(
    session: Session, add: Add, pair: tuple[int, int]
) -> None:
    one, other = pair
    merging.merge(session, pair)
    last = add("A. Lovelace", account_no="A-3")
    merging.merge(session, [last, one])
    for ref in ("A-1", "a-2", f"#{other}", "X9", "A-3"):
        assert customers.resolve(session, ref) == last
    assert customers.get(session, other).id == last
    assert customers.get(session, other, deleted=True).account_no == "A-2"


def test_what_happened_moves_and_moves_back(session: Session, pair: tuple[int, int]) -> None:
    one, other = pair
    logged = interactions.log(session, other, note="hello", next_step="Call again")
    before = {id_: customers.get(session, id_).values for id_ in pair}
    count = customers.timeline_count(session, one)
    merging.merge(session, pair)
    assert interactions.get(session, logged.record_ids[0]).customer_id == one
    assert tasks.get(session, logged.record_ids[1]).customer_id == one
    assert value(session, one, "last_contact") == before[other]["last_contact"]
    # The creation of both, the call and its task, the merge.
    assert customers.timeline_count(session, one) == count + 4
    assert any("merged" in entry.text for entry in customers.timeline(session, one))
    again = merging.unmerge(session, "A-2")
    assert (again.survivor, again.restored, list(again.kept), again.later) == (one, (other,), [], 0)
    assert interactions.get(session, logged.record_ids[0]).customer_id == other
    assert tasks.get(session, logged.record_ids[1]).customer_id == other
    for id_ in pair:
        after = dict(customers.get(session, id_).values)
        assert {**after, "version": 0, "updated_at": 0} == {
            **before[id_], "version": 0, "updated_at": 0,
        }  # fmt: skip
    assert customers.resolve(session, "A-2") == other


def test_later_edits_stay_with_the_survivor_and_are_told(
    session: Session, pair: tuple[int, int]
) -> None:
    one, other = pair
    merging.merge(session, pair)
    change(session, one, title="Prof.", city="Chur")
    phones = customers.get(session, one).values["phones"]
    assert isinstance(phones, tuple)
    change(session, one, phones=(*phones, "+41 79 555 03 03"))
    call = interactions.log(session, one, note="after")
    done = merging.unmerge(session, "A-1")
    now = customers.get(session, one).values
    assert (now["title"], now["city"]) == ("Prof.", "Chur")
    assert now["phones"] == ("061 555 01 01", "+41 79 555 03 03")
    assert interactions.get(session, call.record_ids[0]).customer_id == one
    assert value(session, other, "title") == "Dr."
    assert len(done.kept) == 2  # the title, and the phones of which the merged one is taken out
    assert done.later == 1


def test_an_undone_merge_can_be_done_again(session: Session, pair: tuple[int, int]) -> None:
    one, other = pair
    logged = interactions.log(session, other, note="hello")
    first = merging.merge(session, pair).change_set_id
    assert first is not None
    merged = dict(customers.get(session, one).values)
    second = undo(session, first).change_set_id
    assert second is not None
    with pytest.raises(NotFound):
        merging.unmerge(session, "A-2")
    undo(session, second)
    assert customers.resolve(session, "A-2") == one
    assert interactions.get(session, logged.record_ids[0]).customer_id == one
    now = dict(customers.get(session, one).values)
    assert {**now, "version": 0, "updated_at": 0} == {**merged, "version": 0, "updated_at": 0}


def test_a_chain_of_merges_comes_apart_in_any_order(session: Session, add: Add) -> None:
    ids = [add(f"P{n}", account_no=f"P-{n}") for n in range(3)]
    calls = [interactions.log(session, id_, note="x").record_ids[0] for id_ in ids]
    merging.merge(session, [ids[0], ids[1]])
    merging.merge(session, [ids[2], ids[0]])
    merging.unmerge(session, "P-1")
    assert [interactions.get(session, call).customer_id for call in calls] == [
        ids[2], ids[1], ids[2],
    ]  # fmt: skip
    merging.unmerge(session, "P-0")
    assert [interactions.get(session, call).customer_id for call in calls] == ids
    assert [customers.resolve(session, f"P-{n}") for n in range(3)] == ids


def test_values_are_chosen_by_field(session: Session, pair: tuple[int, int]) -> None:
    one, other = pair
    planned = merging.plan(session, pair, keep=other, choose={"city": one, "needs": one})
    found = {choice.field: (choice.result, choice.source) for choice in planned.fields}
    assert planned.ids == (other, one)
    assert (found["city"], found["needs"]) == (("Basel", one), ("A loan", one))
    assert found["account_no"] == ("A-2", other)
    assert found["tags"] == (("old", "vip"), 0)
    merging.merge(session, pair, keep=other, choose={"city": one, "needs": one})
    assert value(session, other, "city") == "Basel"
    assert customers.resolve(session, "A-1") == other


def test_the_people_of_a_merged_organisation_work_for_the_survivor(
    session: Session, add: Add
) -> None:
    one = add("Acme AG", kind="organization")
    other = add("ACME Ltd", kind="organization")
    ada = add("Ada", organization="ACME Ltd")
    merging.merge(session, [one, other])
    assert value(session, ada, "organization") == "Acme AG"
    assert [row.id for row in customers.people(session, one)] == [ada]
    merging.unmerge(session, str(other))
    assert value(session, ada, "organization") == "ACME Ltd"
    assert [row.id for row in customers.people(session, other)] == [ada]


def test_a_merge_is_one_act_and_a_repeat_does_nothing(
    session: Session, pair: tuple[int, int]
) -> None:
    first = merging.merge(session, pair, uid="same")
    row = history.change_set(session, first.change_set_id or 0)
    assert row is not None
    assert (row.kind, row.done) == ("merge", 2)
    one, other = pair
    with pytest.raises(NotFound):
        merging.merge(session, pair)
    assert customers.resolve(session, "A-2") == one
    assert other != one


def test_hidden_and_single_customers_are_refused(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    bob = make_session("bob", scope="own")
    mine, theirs = add("Mine", by=bob), add("Theirs")
    with pytest.raises(NotFound):
        merging.merge(bob, [mine, theirs])
    assert len(customers.rows(session, [mine, theirs])) == 2
    with pytest.raises(UsageError):
        merging.merge(session, [mine, mine])
    with pytest.raises(NotFound):
        merging.unmerge(session, str(mine))
    merging.merge(session, [theirs, mine])
    with pytest.raises((NotFound, InputRefused)):
        merging.unmerge(bob, str(mine))


def test_a_survivor_that_was_deleted_does_not_hold_the_merged_back(
    session: Session, pair: tuple[int, int]
) -> None:
    one, other = pair
    logged = interactions.log(session, other, note="hello")
    merging.merge(session, pair)
    apply(session, Request([Delete(one)], "delete"))
    with pytest.raises(NotFound):
        customers.resolve(session, "A-2")
    assert logged.record_ids
