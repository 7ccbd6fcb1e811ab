"""The write door: one transaction, one change set, nothing half-written, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tests.core.conftest import change, everything, value
from tui_crm.core import customers, history
from tui_crm.core.changes import (
    Create,
    Delete,
    Edit,
    EditConflict,
    Request,
    Update,
    UpdateMany,
    apply,
    new_uid,
    preview,
)
from tui_crm.core.session import Session
from tui_crm.errors import Conflict, CrmError, InputRefused, NotFound

Add = Callable[..., int]
MakeSession = Callable[..., Session]


def test_an_edit_is_one_change_set_with_old_and_new_values(session: Session, add: Add) -> None:
    id_ = add(city="Basel")
    outcome = change(session, id_, city="Bern", title="Dr.")
    assert outcome.change_set_id is not None
    rows = history.changes(session, outcome.change_set_id)
    assert [(r.field, r.old, r.new, r.action) for r in rows] == [
        ("city", "Basel", "Bern", "update"),
        ("title", "", "Dr.", "update"),
    ]
    (row, *_older) = history.change_sets(session, id_)
    assert (row.id, row.actor, row.kind, row.face, row.done) == (
        outcome.change_set_id, "ana", "edit", "cli", 1,
    )  # fmt: skip


def test_an_edit_that_changes_nothing_leaves_no_trace(session: Session, add: Add) -> None:
    id_ = add(city="Basel", phones="044 668 18 00", tags="vip")
    before = everything(session)
    outcome = change(session, id_, city=" Basel ", phones=("044 668 18 00",), tags=("vip",))
    assert (outcome.change_set_id, outcome.done, outcome.skipped) == (None, 0, 1)
    assert everything(session) == before


def test_edits_of_different_fields_merge(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    bob = make_session("bob")
    id_ = add(city="Basel", title="Dr.")
    seen = dict(customers.get(session, id_).values)
    change(bob, id_, seen=seen, city="Bern")
    change(session, id_, seen=seen, title="Prof.")
    now = customers.get(session, id_)
    assert (now.values["city"], now.values["title"], now.version) == ("Bern", "Prof.", 3)


def test_edits_of_one_field_clash_and_say_who_and_what(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    bob = make_session("bob")
    id_ = add(city="Basel", title="Dr.")
    seen = dict(customers.get(session, id_).values)
    change(bob, id_, seen=seen, city="Bern")
    before = everything(session)
    with pytest.raises(EditConflict) as caught:
        change(session, id_, seen=seen, city="Chur", title="Prof.")
    assert isinstance(caught.value, Conflict)
    (clash,) = caught.value.conflicts
    assert (clash.field, clash.seen, clash.now, clash.yours, clash.by) == (
        "city", "Basel", "Bern", "Chur", "bob",
    )  # fmt: skip
    assert everything(session) == before
    # Having seen the other value, the editor may overwrite it.
    change(session, id_, seen={"city": clash.now}, city="Chur")
    assert value(session, id_, "city") == "Chur"


def test_two_who_want_the_same_do_not_clash(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    id_ = add(city="Basel")
    change(make_session("bob"), id_, seen={"city": "Basel"}, city="Bern")
    assert change(session, id_, seen={"city": "Basel"}, city="Bern").skipped == 1


def test_lists_that_are_added_to_never_clash(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    id_ = add(tags="a")
    seen: dict[str, object] = {"tags": ("a",)}
    for who, tag in ((session, "b"), (make_session("bob"), "c")):
        edit = Edit(add={"tags": (tag,)}, seen=seen)  # type: ignore[arg-type]
        apply(who, Request([Update(id_, edit)], "edit"))
    assert value(session, id_, "tags") == ("a", "b", "c")


def test_a_repeated_request_is_answered_and_not_done_again(session: Session) -> None:
    request = Request([Create({"name": "Ada"}), Create({"name": "Bob"})], "create")
    first = apply(session, request)
    before = everything(session)
    again = apply(session, request)
    assert again.repeated
    assert (again.change_set_id, again.done, again.record_ids) == (
        first.change_set_id, 2, first.record_ids,
    )  # fmt: skip
    assert everything(session) == before


def test_one_request_sent_twice_at_the_same_time_is_done_once(session: Session) -> None:
    request = Request([Create({"name": "Ada"})], "create", uid=new_uid())
    barrier = threading.Barrier(4)
    outcomes = []

    def send() -> None:
        with session.db.connection():
            barrier.wait()
            outcomes.append(apply(session, request))

    _run([threading.Thread(target=send) for _ in range(4)])
    assert sorted(o.repeated for o in outcomes) == [False, True, True, True]
    assert len({tuple(o.record_ids) for o in outcomes}) == 1
    assert session.db.one("SELECT count(*) FROM customer") == (1,)


def test_threads_that_edit_different_fields_lose_nothing(session: Session, add: Add) -> None:
    id_ = add()
    fields = ["city", "street", "state", "country", "title", "needs"]
    seen = dict(customers.get(session, id_).values)

    def write(field: str) -> None:
        last = seen[field]
        with session.db.connection():
            for number in range(10):
                change(session, id_, seen={field: last}, **{field: f"{field} {number}"})
                last = f"{field} {number}"

    _run([threading.Thread(target=write, args=(field,)) for field in fields])
    now = customers.get(session, id_)
    assert {f: now.values[f] for f in fields} == {f: f"{f} 9" for f in fields}
    assert now.version == 1 + 10 * len(fields)
    assert len(history.change_sets(session, id_, limit=1000)) == 1 + 10 * len(fields)


def test_hidden_customers_look_as_if_they_did_not_exist(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    eve = make_session("eve", scope="own")
    hidden, own = add("Hidden"), add("Own", by=eve)
    assert value(eve, own, "owner") == "eve"
    missing = str(_refusal(lambda: customers.get(eve, 999_999))).replace("999999", "X")
    assert str(_refusal(lambda: customers.get(eve, hidden))).replace(str(hidden), "X") == missing
    before = everything(session)
    for request in (
        Request([Update(hidden, Edit({"city": "Bern"}))], "edit"),
        Request([Delete(hidden)], "delete"),
        Request([Create({"note": "x"}, "interaction", hidden)], "log"),
        Request([Create({"title": "x"}, "task", hidden)], "task"),
        Request([UpdateMany([own, hidden], Edit({"city": "Bern"}))], "batch"),
    ):
        with pytest.raises(NotFound):
            apply(eve, request)
    assert everything(session) == before
    assert [r.id for r in customers.rows(eve, [hidden, own])] == [own]
    outcome = apply(
        eve, Request([UpdateMany([own, hidden], Edit({"city": "Bern"}))], "batch", partial=True)
    )
    assert (outcome.done, outcome.failed) == (1, 1)
    assert value(session, hidden, "city") == ""


def test_teams_share_their_customers(session: Session, make_session: MakeSession, add: Add) -> None:
    eve = make_session("eve", scope="team", teams=("north",))
    make_session("joe", scope="team", teams=("south",))
    north, south = add("N", team="north"), add("S", team="south")
    assert [r.id for r in customers.rows(eve, [north, south])] == [north]


def test_a_refused_step_refuses_the_whole_act(session: Session, add: Add) -> None:
    id_ = add()
    before = everything(session)
    steps = [Update(id_, Edit({"city": "Bern"})), Update(id_, Edit({"birthday": "never"}))]
    with pytest.raises(InputRefused):
        apply(session, Request(steps, "edit"))
    assert everything(session) == before


def test_partial_requests_put_every_record_in_exactly_one_place(session: Session, add: Add) -> None:
    good, same = add("Good"), add("Same", city="Bern")
    steps = [
        Update(good, Edit({"city": "Bern"})),
        Update(same, Edit({"city": "Bern"})),
        Update(999_999, Edit({"city": "Bern"})),
        Update(good, Edit({"status": "aktiv?"})),
        Create({"city": "nameless"}),
        Create({"name": "New"}),
    ]
    outcome = apply(session, Request(steps, "import", partial=True))
    assert (outcome.done, outcome.failed, outcome.skipped) == (2, 3, 1)
    assert [(r.step, r.outcome) for r in sorted(outcome.results, key=lambda r: r.step)] == [
        (0, "done"), (1, "skipped"), (2, "failed"), (3, "failed"), (4, "failed"), (5, "done"),
    ]  # fmt: skip
    assert all(r.reason for r in outcome.results if r.outcome != "done")
    assert len(outcome.record_ids) == 1


def test_the_same_record_may_come_twice_in_a_request(session: Session, add: Add) -> None:
    id_ = add(tags="a")
    steps = [
        Update(id_, Edit({"city": "Bern"}, add={"tags": ("b",)})),
        Update(id_, Edit({"title": "Dr."})),
        Update(id_, Edit({"city": "Chur"}, remove={"tags": ("a",)})),
    ]
    apply(session, Request(steps, "edit"))
    now = customers.get(session, id_)
    assert (now.values["city"], now.values["tags"], now.version) == ("Chur", ("b",), 4)


def test_deleted_customers_are_gone_from_lists_and_edits(session: Session, add: Add) -> None:
    id_ = add()
    apply(session, Request([Delete(id_)], "delete"))
    assert customers.rows(session, [id_]) == []
    with pytest.raises(NotFound):
        change(session, id_, city="Bern")
    assert customers.get(session, id_, deleted=True).deleted_at is not None


def test_account_numbers_are_unique(session: Session, add: Add) -> None:
    first = add(account_no="A-1")
    second = add()
    assert value(session, second, "account_no") == f"C-{second:07d}"
    for attempt in (
        lambda: add(account_no="A-1"),
        lambda: change(session, second, account_no="A-1"),
        lambda: change(session, second, account_no=""),
    ):
        with pytest.raises(InputRefused):
            attempt()
    steps = [Create({"name": n, "account_no": "B-1"}) for n in ("x", "y")]
    outcome = apply(session, Request(steps, "import", partial=True))
    assert (outcome.done, outcome.failed) == (1, 1)
    next_number = f"C-{session.db.allocate_ids('customer', 1) + 2:07d}"
    add(account_no=next_number)
    assert value(session, add(), "account_no") == f"{next_number}-2"
    change(session, first, account_no="A-2")
    change(session, second, account_no="A-1")
    assert value(session, second, "account_no") == "A-1"


def test_a_preview_tells_and_writes_nothing(session: Session, add: Add) -> None:
    id_ = add(city="Basel")
    before = everything(session)
    (record,) = preview(session, Update(id_, Edit({"city": "Bern", "birthday": "never"})))
    city, birthday = record.diffs
    assert (city.old, city.new, city.refused) == ("Basel", "Bern", "")
    assert birthday.refused
    assert everything(session) == before


def test_a_stop_rolls_everything_back(session: Session) -> None:
    class Stop:
        cancelled = False

    stop = Stop()

    def progress(done: int, total: int) -> None:
        assert total == 2500
        stop.cancelled = done >= 1000

    before = everything(session)
    steps = [Create({"name": f"P{n}"}) for n in range(2500)]
    with pytest.raises(CrmError, match="Nothing was changed"):
        apply(session, Request(steps, "import"), progress=progress, cancel=stop)
    assert everything(session) == before


def _refusal(attempt: Callable[[], object]) -> NotFound:
    with pytest.raises(NotFound) as caught:
        attempt()
    return caught.value


def _run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("anew", [False, True])
def test_the_progress_of_an_import_counts_what_follows_too(
    session: Session, monkeypatch: pytest.MonkeyPatch, anew: bool
) -> None:
    if anew:
        monkeypatch.setattr("tui_crm.search.index._WORTH_REBUILDING", 1)
        monkeypatch.setattr("tui_crm.exchange.duplicates.keys._MANY", 1)
    written: list[int] = []
    follows: list[tuple[int, int]] = []
    outcome = apply(
        session,
        Request([Create({"name": f"Anna {n}"}) for n in range(1500)], "import"),
        progress=lambda done, total: written.append(done) if total == 1500 else None,
        after=lambda done, total: follows.append((done, total)),
    )
    assert outcome.done == 1500
    assert written == sorted(written) and written[0] == 0
    assert 1000 < written[-1] <= 1500
    assert [done for done, _total in follows] == sorted(done for done, _total in follows)
    assert follows[-1][0] == follows[-1][1]
