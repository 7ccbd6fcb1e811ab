"""Random days of work of three users against a plain model: data, history, index and counts agree
after every step, and everything undone in reverse order gives back the first state.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.world import Known, State, World
from tui_crm import search
from tui_crm.core import custom_fields, customers, interactions, merging, recycle, tasks
from tui_crm.core.changes import (
    Create,
    Delete,
    Edit,
    EditConflict,
    Request,
    Update,
    UpdateMany,
    apply,
    redo,
    undo,
)
from tui_crm.core.changes.operations import Copy, Replace
from tui_crm.core.records import load, undump
from tui_crm.core.rows import Outcome
from tui_crm.core.session import Session
from tui_crm.core.users import Directory
from tui_crm.errors import InputRefused, NotFound
from tui_crm.exchange.duplicates import keys
from tui_crm.search import index, notes

CITIES = ["", "Basel", "Bern", "Chur"]
TAGS = ["a", "b", "c"]
PHONES = ["020 7946 0018", "020 7946 0019"]
EMAILS = ["x@example.com", "y@example.com"]
SIZES = ["", "S", "XL"]
OWNERS = ["", "bob", "eve"]
FIELDS = ("city", "title", "owner", "tags", "phones", "emails", "size")

cities = st.sampled_from(CITIES)
sizes = st.sampled_from(SIZES)
owners = st.sampled_from(OWNERS)
tag_sets = st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple)
phone_sets = st.lists(st.sampled_from(PHONES), max_size=2, unique=True).map(tuple)
email_sets = st.lists(st.sampled_from(EMAILS), max_size=1).map(tuple)
which = st.integers(0, 3)
some = st.lists(which, max_size=4, unique=True)
who = st.integers(0, 2)

steps = st.one_of(
    st.tuples(st.just("create"), who, cities, tag_sets, phone_sets),
    st.tuples(st.just("edit"), who, which, cities, phone_sets, sizes),
    st.tuples(st.just("merge of edits"), who, which, cities, phone_sets),
    st.tuples(st.just("clash"), who, which, cities, cities),
    st.tuples(st.just("batch"), who, some, cities, tag_sets, tag_sets),
    st.tuples(st.just("owners"), who, some, owners),
    st.tuples(st.just("points"), who, some, email_sets, sizes),
    st.tuples(st.just("replace"), who, some, st.sampled_from(["B", "as", "ern"])),
    st.tuples(st.just("copy"), who, some),
    st.tuples(st.just("retag"), who, some, tag_sets),
    st.tuples(st.just("log"), who, which, st.booleans(), cities),
    st.tuples(st.just("note"), who, which, st.sampled_from(["called", "wrote"])),
    st.tuples(st.just("done"), who, which),
    st.tuples(st.just("merge"), who, which, which),
    st.tuples(st.just("merge"), who, st.just(0), st.just(1)),
    st.tuples(st.just("delete"), who, which),
    st.tuples(st.just("restore"), who, some),
    st.tuples(st.just("undo"), who, st.integers(0, 3)),
    st.tuples(st.just("undo"), who, st.integers(0, 6)),
    st.tuples(st.just("redo"), who, st.integers(0, 3)),
    st.tuples(st.just("redo"), who, st.just(0)),
)

# Somebody to do something to.
MORNING = (
    ("create", 0, "Basel", ("a",), (PHONES[0],)),
    ("create", 1, "", ("b", "c"), ()),
    ("create", 2, "Bern", (), (PHONES[1],)),
)


def act(users: list[Session], world: World, step: tuple[Any, ...]) -> None:
    """Do one step to the database and to the model."""
    before: State = dict(world.state)
    kind, by, *rest = step
    session, other = users[by], users[(by + 1) % len(users)]
    if kind in ("undo", "redo"):
        _take_back(session, world, kind, rest[0])
    elif kind == "create":
        city, tags, phones = rest
        given_ = {"city": city, "tags": tuple(sorted(tags)), "phones": phones}
        step_ = Create({"name": "P", **given_})
        outcome = apply(session, Request([step_], "create"))
        id_ = outcome.record_ids[0]
        empty = {"city": "", "title": "", "tags": (), "phones": (), "emails": (), "size": ""}
        values = {**empty, "owner": session.viewer.login, **given_}
        world.state["customer", id_] = Known(values, id_)
        _did(world, outcome, before)
    elif kind == "edit":
        for id_ in world.chosen([rest[0]]):
            values = {"city": rest[1], "phones": rest[2], "size": rest[3]}
            world.change(("customer", id_), **values)
            _did(world, apply(session, Request([Update(id_, Edit(values))], "edit")), before)
    elif kind == "merge of edits":
        # Two people have the same customer before them and change different fields.
        for id_ in world.chosen([rest[0]]):
            now = world.state["customer", id_].values
            seen: dict[str, Any] = {"city": now["city"], "phones": now["phones"]}
            for user, name, new in ((session, "city", rest[1]), (other, "phones", rest[2])):
                before = dict(world.state)
                world.change(("customer", id_), **{name: new})
                edit = Edit({name: new}, seen=seen)
                _did(world, apply(user, Request([Update(id_, edit)], "edit")), before)
    elif kind == "clash":
        # Two people have the same value before them: the second must not overwrite the first.
        for id_ in world.chosen([rest[0]]):
            seen = {"city": world.state["customer", id_].values["city"]}
            world.change(("customer", id_), city=rest[1])
            edit = Edit({"city": rest[1]}, seen=seen)
            _did(world, apply(session, Request([Update(id_, edit)], "edit")), before)
            before = dict(world.state)
            second = Request([Update(id_, Edit({"city": rest[2]}, seen=seen))], "edit")
            if rest[1] in (seen["city"], rest[2]):
                world.change(("customer", id_), city=rest[2])
                _did(world, apply(other, second), before)
            else:
                with pytest.raises(EditConflict):
                    apply(other, second)
    elif kind in ("log", "note", "done"):
        _activity(session, world, kind, rest, before)
    elif kind == "merge":
        ids = world.chosen(dict.fromkeys(rest))
        if len(ids) == 2:
            _merge(session, world, ids[0], ids[1], before)
    elif kind == "delete":
        for id_ in world.chosen([rest[0]]):
            world.state["customer", id_] = replace(world.state["customer", id_], deleted=True)
            _did(world, apply(session, Request([Delete(id_)], "delete")), before)
    elif kind == "restore":
        if ids := world.chosen(rest[0], deleted=True):
            for id_ in ids:
                world.state["customer", id_] = replace(world.state["customer", id_], deleted=False)
            _did(world, recycle.restore(session, ids), before)
    else:
        ids = world.chosen(rest[0])
        edit = _batch(world, kind, ids, rest[1:])
        request = Request([UpdateMany(ids, edit)], "batch", partial=True)
        _did(world, apply(session, request), before)


def _did(world: World, outcome: Outcome, before: State) -> None:
    assert outcome.done == world.did(outcome.change_set_id, before)
    assert outcome.failed == 0


def _batch(world: World, kind: str, ids: list[int], rest: list[Any]) -> Edit:
    """The edit of a batch, done to the model."""
    for id_ in ids:
        key = ("customer", id_)
        now = world.state[key].values
        if kind == "batch":
            city, add, remove = rest
            tags = tuple(sorted((set(now["tags"]) - set(remove)) | set(add)))
            world.change(key, city=city, tags=tags)
        elif kind == "owners":
            world.change(key, owner=rest[0])
        elif kind == "points":
            emails = (*now["emails"], *(item for item in rest[0] if item not in now["emails"]))
            world.change(key, emails=emails, size=rest[1])
        elif kind == "replace":
            world.change(key, city=now["city"].replace(rest[0], "x"))
        elif kind == "copy":
            world.change(key, title=now["city"])
        else:
            world.change(key, tags=tuple(sorted(rest[0])))
    return {
        "batch": lambda: Edit({"city": rest[0]}, {"tags": rest[1]}, {"tags": rest[2]}),
        "owners": lambda: Edit({"owner": rest[0]}),
        "points": lambda: Edit({"size": rest[1]}, {"emails": rest[0]}),
        "replace": lambda: Edit(compute={"city": Replace(rest[0], "x")}),
        "copy": lambda: Edit(compute={"title": Copy("city")}),
        "retag": lambda: Edit({"tags": rest[0]}),
    }[kind]()


def _activity(session: Session, world: World, kind: str, rest: list[Any], before: State) -> None:
    if kind == "log":
        for id_ in world.chosen([rest[0]]):
            edit = Edit({"city": rest[2]})
            outcome = interactions.log(
                session, id_, note="talked", next_step="call" if rest[1] else "", edit=edit
            )
            world.state["interaction", outcome.record_ids[0]] = Known({"note": "talked"}, id_)
            if rest[1]:
                world.state["task", outcome.record_ids[1]] = Known(
                    {"title": "call", "done_at": ""}, id_
                )
            world.change(("customer", id_), city=rest[2])
            changed = world.did(outcome.change_set_id, before)
            assert (outcome.done, outcome.failed) == (changed, 0)
        return
    entity = "interaction" if kind == "note" else "task"
    for key in world.keys(entity)[rest[0] : rest[0] + 1]:
        if kind == "note":
            outcome = interactions.edit(session, key[1], Edit({"note": rest[1]}))
            world.change(key, note=rest[1])
        else:
            outcome = tasks.complete(session, key[1])
            found = tasks.get(session, key[1]).done_at
            assert found is not None
            [(done_at,)] = session.db.rows("SELECT done_at FROM task WHERE id = ?", (key[1],))
            world.change(key, done_at=done_at)
        _did(world, outcome, before)


def _merge(session: Session, world: World, keep: int, gone: int, before: State) -> None:
    planned = merging.plan(session, [keep, gone])
    results = {choice.field: choice.result for choice in planned.fields}
    ours, theirs = (world.state["customer", id_].values for id_ in (keep, gone))
    for name in ("city", "title", "owner", "size"):
        assert results.get(name, "") == (ours[name] or theirs[name])
    for name in ("tags", "phones", "emails"):
        assert set(results.get(name, ())) == {*ours[name], *theirs[name]}
    outcome = merging.merge(session, [keep, gone])
    world.change(("customer", keep), **{name: results.get(name, ours[name]) for name in FIELDS})
    for key, known in list(world.state.items()):
        if known.customer == gone and key[0] != "customer":
            world.state[key] = replace(known, customer=keep)
    world.state["customer", gone] = replace(world.state["customer", gone], deleted=True, into=keep)
    world.did(outcome.change_set_id, before, merge=True)


def _take_back(session: Session, world: World, kind: str, back: int) -> None:
    """Undo one of the last sets, or do it again; a second time is refused."""
    if kind == "undo":
        found = [s for s in world.sets if not s.undoes]
    else:
        found = [s for s in world.sets if world.undone_by(s.id)]
    if back >= len(found):
        return
    target = found[-1 - back]
    undoer = world.undone_by(target.id)
    if kind == "undo" and undoer:
        with pytest.raises(InputRefused):
            undo(session, target.id)
        return
    if kind == "redo":
        target = next(s for s in world.sets if s.id == undoer)
    if not world.is_plain(target):
        return
    _reverse(session, world, target.id, redone=target.undoes if kind == "redo" else 0)


def _reverse(session: Session, world: World, set_id: int, redone: int = 0) -> None:
    """Take a set back; the preview must have said what becomes of it."""
    target = next(s for s in world.sets if s.id == set_id)
    expected = world.undo(target)
    for preview in (True, False):
        if redone:
            outcome = redo(session, redone, preview=preview)
        else:
            outcome = undo(session, set_id, preview=preview)
        assert (outcome.reversed, len(outcome.kept)) == (expected.reversed, expected.kept)
        assert not outcome.failed
    before, world.state = world.state, expected.state
    world.did(outcome.change_set_id, before, undoes=set_id)


def read(session: Session, world: World) -> State:
    """What the database knows of the records of the model."""
    directory, state = Directory.read(session.db), {}
    into: dict[int, int] = dict(session.db.rows("SELECT old_id, customer_id FROM customer_alias"))
    names = {"customer": FIELDS, "interaction": ("note",), "task": ("title", "done_at")}
    for entity in ("customer", "interaction", "task"):
        ids = [key[1] for key in world.state if key[0] == entity]
        found = load(session, entity, ids, directory, deleted=True)  # type: ignore[arg-type]
        for id_, record in found.items():
            values = {name: record.values[name] for name in names[entity]}
            led = into.get(id_, 0) if entity == "customer" else 0
            assert record.customer_id is not None
            state[entity, id_] = Known(values, record.customer_id, bool(record.deleted_at), led)
    return state


def replayed(session: Session, world: World) -> State:
    """The records put together from nothing but the history."""
    state: State = {}
    for entity, id_, customer, action, name, new in session.db.rows(
        "SELECT entity, record_id, customer_id, action, field, new FROM change ORDER BY id"
    ):
        key = (entity, id_)
        if key not in world.state:
            continue
        if action == "create":
            told = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(new).items()}
            blank = dict.fromkeys(world.state[key].values, "")
            blank |= {n: () for n in ("tags", "phones", "emails") if n in blank}
            known = {n: v for n, v in told.items() if n in blank}
            state[key] = Known({**blank, **known}, customer)
        elif action in ("delete", "restore"):
            state[key] = replace(state[key], deleted=action == "delete")
        elif name == "merged_into":
            state[key] = replace(state[key], into=int(undump(new) or 0))  # type: ignore[arg-type]
        elif name == "customer":
            state[key] = replace(state[key], customer=int(undump(new)))  # type: ignore[arg-type]
        elif name in state[key].values:
            state[key] = state[key].having(**{name: undump(new)})
    return state


def check(session: Session, world: World, others: int) -> None:
    """That data, history, index and counts agree."""
    assert read(session, world) == world.state
    assert replayed(session, world) == world.state
    live = {key[1] for key in world.keys("customer")}
    assert search.count(session, "") == others + len(live)
    for id_ in live:
        hanging = [
            key for key, known in world.state.items()
            if key[0] != "customer" and known.customer == id_ and not known.deleted
        ]  # fmt: skip
        shown = [entry.kind for entry in customers.timeline(session, id_, limit=200)]
        assert sum(kind in ("interaction", "task") for kind in shown) == len(hanging)
    assert index.check(session.db) == []
    assert notes.check(session.db) == []
    assert keys.check(session.db) == []


def _purge(session: Session, world: World) -> None:
    """Remove everybody for good: nothing of them is left but that things were done."""
    ids = [key[1] for key in world.state if key[0] == "customer"]
    if not ids:
        return
    assert recycle.purge(session, ids).done == len(ids)
    for table in ("customer", "interaction", "task", "contact_point", "customer_tag"):
        column = "id" if table == "customer" else "customer_id"
        assert not {row[0] for row in session.db.rows(f"SELECT {column} FROM {table}")} & {*ids}
    told = session.db.rows("SELECT customer_id FROM change WHERE old <> '' OR new <> ''")
    assert not {row[0] for row in told} & {*ids}
    assert index.check(session.db) == []
    assert notes.check(session.db) == []
    assert keys.check(session.db) == []


@pytest.mark.parametrize("many", [0, 500], ids=["by sets", "by records"])
@settings(max_examples=30)
@given(st.lists(steps, min_size=3, max_size=16))
def test_data_history_and_undo_agree_with_the_model(
    session: Session,
    make_session: Callable[..., Session],
    monkeypatch: pytest.MonkeyPatch,
    many: int,
    plan: list[Any],
) -> None:
    # Large change sets are taken back by other statements than small ones.
    monkeypatch.setattr("tui_crm.core.changes.undoing._MANY", many)
    if session.fields.get("size") is None:
        custom_fields.define(session, "size")
    users = [session, make_session("bob"), make_session("eve")]
    others = search.count(session, "")  # of days before this one, when none was undone
    world = World()
    for step in (*MORNING, *plan):
        act(users, world, step)
        check(session, world, others)
    for place, set_ in enumerate(reversed(world.sets.copy())):
        _reverse(users[place % 3], world, set_.id)
    check(session, world, others)
    assert all(known.deleted for known in world.state.values())
    for key in world.state:
        if key[0] == "customer":
            with pytest.raises(NotFound):
                customers.get(session, key[1])
    assert search.count(session, "") == others
    _purge(session, world)
