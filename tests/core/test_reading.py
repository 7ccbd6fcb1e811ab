"""Reading: references, the timeline, tasks, the history, segments and users."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from tests.core.conftest import change, value
from tui_crm.core import customers, history, interactions, segments, tasks, users
from tui_crm.core.changes import Create, Edit, Request, apply
from tui_crm.core.rows import TimelineEntry
from tui_crm.core.session import Session
from tui_crm.errors import InputRefused, NotAllowed, NotFound, UsageError
from tui_crm.text.when import When

Add = Callable[..., int]
MakeSession = Callable[..., Session]


def test_a_customer_is_found_by_what_means_exactly_one(session: Session, add: Add) -> None:
    ada = add("Ada Lovelace", phones="020 7946 0018", emails="ada@example.com", external_id="X/7")
    add("Ada Byron", phones="020 7946 0019")
    number = str(value(session, ada, "account_no"))
    for ref in (number, number.lower(), str(ada), f"#{ada}", "X/7", "ADA@example.com",
                "+44 20 7946 0018", "lovelace"):  # fmt: skip
        assert customers.resolve(session, ref) == ada, ref
    with pytest.raises(NotFound):
        customers.resolve(session, "nobody at all")
    with pytest.raises(UsageError, match=r"Lovelace.*Byron|Byron.*Lovelace"):
        customers.resolve(session, "ada")
    with pytest.raises(UsageError):
        customers.resolve(session, " ")


def test_a_reference_never_finds_a_hidden_customer(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    id_ = add("Hidden", emails="h@example.com")
    eve = make_session("eve", scope="own")
    for ref in (str(id_), "h@example.com", "Hidden"):
        with pytest.raises(NotFound):
            customers.resolve(eve, ref)
    assert customers.timeline(eve, id_) == []
    assert customers.timeline_count(eve, id_) == 0
    assert history.change_sets(eve) == []


def test_json_has_every_field_by_its_registry_name(session: Session, add: Add) -> None:
    id_ = add("Ada", phones="work: 020 7946 0018", tags="b;a")
    data = json.loads(json.dumps(customers.as_json(customers.get(session, id_))))
    assert set(data) == {*session.fields.names("customer"), "contact_points"}
    assert (data["phones"], data["tags"], data["version"]) == (
        ["work: 020 7946 0018"],
        ["a", "b"],
        1,
    )
    assert data["contact_points"] == [
        {"kind": "phone", "label": "work", "value": "020 7946 0018", "normalized": "+442079460018"}
    ]


def test_the_timeline_is_paged_without_gaps_or_repeats(session: Session, add: Add) -> None:
    id_ = add()
    for number in range(7):
        interactions.log(session, id_, note=f"n{number}", next_step=f"t{number}",
                         edit=Edit({"city": f"c{number}"}))  # fmt: skip
    whole = customers.timeline(session, id_)
    assert len(whole) == customers.timeline_count(session, id_) == 7 * 3 + 1
    assert [e.at for e in whole] == sorted((e.at for e in whole), reverse=True)
    paged: list[TimelineEntry] = []
    while page := customers.timeline(session, id_, paged[-1] if paged else None, limit=4):
        paged += page
    assert paged == whole
    assert "City: c5 → c6" in {e.text for e in whole}


def test_last_contact_follows_the_interactions(session: Session, add: Add) -> None:
    id_ = add()
    early, late = session.now() - timedelta(days=9), session.now() - timedelta(days=2)
    interactions.log(session, id_, started_at=late)
    outcome = interactions.log(session, id_, started_at=early)
    assert customers.rows(session, [id_])[0].last_contact == late.replace(microsecond=0)
    (interaction,) = outcome.record_ids
    moved = session.now() - timedelta(days=1)
    interactions.edit(session, interaction, Edit({"started_at": moved.isoformat()}))
    assert customers.rows(session, [id_])[0].last_contact == moved.replace(microsecond=0)
    interactions.log(session, id_, kind="note")  # a note to oneself is no contact
    assert customers.rows(session, [id_])[0].last_contact == moved.replace(microsecond=0)


def test_a_call_its_follow_up_and_an_edit_are_one_act(session: Session, add: Add) -> None:
    id_ = add()
    due = When(session.now() + timedelta(days=2), True)
    outcome = interactions.log(
        session, id_, direction="in", disposition="reached", note="n", duration=95,
        next_step="Send", due=due, uid="u1",
        edit=Edit({"status": "active"}, add={"tags": ("hot",)}),
    )  # fmt: skip
    assert outcome.done == 3
    interaction, task = outcome.record_ids
    found = interactions.get(session, interaction)
    assert (found.direction, found.disposition, found.duration, found.author) == (
        "in", "reached", 95, "ana",
    )  # fmt: skip
    assert session.db.one("SELECT interaction_id FROM task WHERE id = ?", (task,)) == (interaction,)
    again = interactions.log(session, id_, note="n", uid="u1")
    assert (again.repeated, again.record_ids) == (True, outcome.record_ids)
    with pytest.raises(InputRefused):
        interactions.log(session, id_, note="kept?", edit=Edit({"status": "wrong"}))
    assert session.db.one("SELECT count(*) FROM interaction") == (1,)


def test_tasks_by_when_they_are_due(session: Session, make_session: MakeSession, add: Add) -> None:
    id_ = add("Ada", phones="020 7946 0018")
    with time_machine.travel("2026-03-10T12:00:00Z", tick=False):
        now = session.now()
        day = now.replace(hour=0, minute=0)
        for title, when in (
            ("yesterday", When(day - timedelta(days=1), False)),
            ("today", When(day, False)),
            ("an hour ago", When(now - timedelta(hours=1), True)),
            ("in an hour", When(now + timedelta(hours=1), True)),
            ("tomorrow", When(day + timedelta(days=1), False)),
            ("some day", None),
        ):
            tasks.create(session, id_, title, when=when)
        tasks.create(
            session, id_, "hers", when=When(now, True), assignee=make_session("eve").viewer.login
        )
        tasks.create(session, None, "alone", when=When(now, True))
        titles = [t.title for t in tasks.due(session, day + timedelta(hours=23))]
        assert titles == ["yesterday", "today", "an hour ago", "alone", "in an hour"]
        counts = tasks.counts(session)
        assert (counts.overdue, counts.today, counts.open) == (2, 3, 7)
        row = tasks.due(session, now)[0]
        assert (row.customer_name, row.phone, row.due_has_time) == ("Ada", "020 7946 0018", False)
        assert [t.title for t in tasks.of_customer(session, id_)][-1] == "some day"
        done = tasks.complete(session, row.id)
        assert done.done == 1
        assert tasks.complete(session, row.id).skipped == 1
        assert tasks.get(session, row.id).done_at == now
        tasks.reopen(session, row.id)
        tasks.edit(session, row.id, Edit({"title": "later", "priority": 1}))
        assert (tasks.get(session, row.id).title, tasks.get(session, row.id).done_at) == (
            "later",
            None,
        )
        tasks.delete(session, row.id)
        with pytest.raises(NotFound):
            tasks.get(session, row.id)


def test_the_tasks_of_hidden_customers_are_hidden(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    eve = make_session("eve", scope="own")
    hidden = tasks.create(session, add(), "secret", assignee="eve").record_ids[0]
    private = tasks.create(session, None, "mine").record_ids[0]
    for id_ in (hidden, private):
        with pytest.raises(NotFound):
            tasks.get(eve, id_)
        with pytest.raises(NotFound):
            tasks.edit(eve, id_, Edit({"title": "x"}))


def test_what_others_did_and_what_i_can_take_back(
    session: Session, make_session: MakeSession, add: Add
) -> None:
    bob = make_session("bob")
    mine, other = add("Mine"), add("Other", owner="bob")
    start = history.latest_id(session)
    assert list(history.since(session, start)) == []
    theirs = change(bob, mine, city="Bern")
    own = change(session, other, city="Chur")
    assert list(history.since(session, start)) == [mine]  # one's own change is no news
    assert list(history.since(session, history.latest_id(session))) == []
    assert list(history.since(bob, start)) == [other]
    assert [s.id for s in history.on_my_customers(session)] == [theirs.change_set_id]
    last = history.last_undoable(session)
    assert last is not None
    assert last.id == own.change_set_id
    page = history.change_sets(session, limit=2)
    assert [s.id for s in page] == [own.change_set_id, theirs.change_set_id]
    assert [s.kind for s in history.change_sets(session, before=page[-1].id)] == ["create"] * 2


def test_segments_belong_to_their_user(session: Session, make_session: MakeSession) -> None:
    vips = segments.save(session, "VIPs", "tag:vip", "v")
    segments.save(session, "basel", "city:Basel")
    assert segments.save(session, "VIPs", "tag:vip sort:name", "v").id == vips.id
    assert [(s.name, s.query) for s in segments.all(session)] == [
        ("basel", "city:Basel"), ("VIPs", "tag:vip sort:name"),
    ]  # fmt: skip
    with pytest.raises(InputRefused, match="VIPs"):
        segments.save(session, "third", "x", "v")
    whole = "(status:lead,active or -tag:vip) sort:-last_contact"
    assert segments.save(session, "whole", whole).query == whole
    segments.delete(session, segments.save(session, "whole", whole).id)
    with pytest.raises(UsageError):
        segments.save(session, "unclear", "(status:lead or foo:bar")
    bob = make_session("bob")
    assert segments.all(bob) == []
    with pytest.raises(NotFound):
        segments.delete(bob, vips.id)
    segments.delete(session, vips.id)
    assert [s.name for s in segments.all(session)] == ["basel"]


def test_users(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "newcomer")
    with session.db.connection():
        assert users.enter("ana").role == "admin"
        assert (users.enter().login, users.enter().role) == ("newcomer", "agent")
        with pytest.raises(NotFound):
            users.enter("nobody")
        bob = users.ensure("bob", scope="team")
        assert users.ensure("bob") == bob == users.by_login("bob")
        team = users.ensure_team("north", (bob,))
        assert users.ensure_team("north", (bob,)) == team
        assert users.enter("bob").team_ids == (team,)
        assert users.logins() == ("ana", "bob", "newcomer")
        assert users.teams() == ("north",)
        session.db.run("UPDATE crm_user SET active = 0 WHERE login = 'bob'")
        with pytest.raises(NotAllowed):
            users.enter("bob")
        assert users.by_login("bob") is None
        made = apply(session, Request([Create({"name": "x", "team": "NORTH"})], "create"))
        assert value(session, made.record_ids[0], "team") == "north"


def test_the_first_user_is_the_administrator(database_url: str) -> None:
    from tui_crm.store import open_database

    db = open_database(database_url)
    try:
        with db.connection():
            assert users.enter("zoe").role == "admin"
    finally:
        db.close()


def test_a_change_set_that_appears_late_is_not_missed(session: Session, add: Add) -> None:
    """As when two sets are written at once and the one with the lower id is committed last."""
    first, late = add("First"), add("Late")
    last = history.latest_id(session)

    def appear(set_id: int, customer_id: int) -> None:
        session.db.run(
            "INSERT INTO change_set (id, uid, at, face, kind, done) VALUES (?, ?, ?, 'cli', '', 1)",
            (set_id, str(set_id), "2026-01-01T00:00:00Z"),
        )
        session.db.run(
            "INSERT INTO change (change_set_id, entity, record_id, customer_id, action)"
            " VALUES (?, 'customer', ?, ?, 'update')",
            (set_id, customer_id, customer_id),
        )

    appear(last + 2, first)
    assert list(history.since(session, last)) == [first]
    appear(last + 1, late)
    assert list(history.since(session, history.latest_id(session))) == [late]
    assert list(history.since(session, history.latest_id(session))) == []
