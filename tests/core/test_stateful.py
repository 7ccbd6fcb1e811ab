"""Random days of work against a plain model: the data, the history, and everything undone again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_crm import search
from tui_crm.core import customers, recycle
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
from tui_crm.core.changes.operations import Replace
from tui_crm.core.records import undump
from tui_crm.core.rows import Outcome
from tui_crm.core.session import Session
from tui_crm.errors import NotFound
from tui_crm.search import index

CITIES = ["", "Basel", "Bern", "Chur"]
TAGS = ["a", "b", "c"]
PHONES = ["020 7946 0018", "020 7946 0019"]

cities = st.sampled_from(CITIES)
tag_sets = st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple)
phone_sets = st.lists(st.sampled_from(PHONES), max_size=2, unique=True).map(tuple)
which = st.integers(0, 5)
some = st.lists(which, max_size=4, unique=True)

who = st.integers(0, 2)

steps = st.one_of(
    st.tuples(st.just("create"), who, cities, tag_sets, phone_sets),
    st.tuples(st.just("edit"), who, which, cities, phone_sets),
    st.tuples(st.just("merge"), who, which, cities, phone_sets),
    st.tuples(st.just("clash"), who, which, cities, cities),
    st.tuples(st.just("batch"), who, some, cities, tag_sets, tag_sets),
    st.tuples(st.just("replace"), who, some, st.sampled_from(["B", "as", "ern"])),
    st.tuples(st.just("retag"), who, some, tag_sets),
    st.tuples(st.just("delete"), who, which),
    st.tuples(st.just("restore"), who, which),
    st.tuples(st.just("undo"), who),
    st.tuples(st.just("redo"), who),
)


@dataclass(frozen=True)
class Known:
    """What the model knows of a customer."""

    city: str = ""
    tags: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    deleted: bool = False


@dataclass
class Model:
    """Customers by id, the change sets in effect with the state before each, and the undone ones
    with the state after each.
    """

    people: dict[int, Known] = field(default_factory=dict)
    sets: list[tuple[int, dict[int, Known]]] = field(default_factory=list)
    undone: list[tuple[int, dict[int, Known]]] = field(default_factory=list)

    def chosen(self, places: list[int], *, deleted: bool = False) -> list[int]:
        """The ids at these places of the list of live customers, or of those in the bin."""
        ids = [id_ for id_, known in self.people.items() if known.deleted == deleted]
        return [ids[p] for p in places if p < len(ids)]

    def did(self, outcome: Outcome, before: dict[int, Known]) -> None:
        """Remember a change, which ends what can be done again."""
        changed = sum(before.get(id_) != known for id_, known in self.people.items())
        assert outcome.done == changed
        if outcome.change_set_id is not None:
            self.sets.append((outcome.change_set_id, before))
            self.undone.clear()


def sorted_tags(known: Known, add: tuple[str, ...], remove: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted((set(known.tags) - set(remove)) | set(add)))


def act(users: list[Session], model: Model, step: tuple[Any, ...]) -> None:
    """Do one step to the database and to the model."""
    before = dict(model.people)
    kind, by, *rest = step
    session, other = users[by], users[(by + 1) % len(users)]
    people = model.people
    if kind == "undo":
        # The last change set goes back exactly; the model then is as before it.
        if model.sets:
            set_id, old = model.sets.pop()
            result = undo(session, set_id)
            assert not (result.kept or result.failed)
            gone = {id_: replace(k, deleted=True) for id_, k in people.items() if id_ not in old}
            model.undone.append((set_id, before))
            model.people = {**old, **gone}
    elif kind == "redo":
        if model.undone:
            set_id, after = model.undone.pop()
            result = redo(session, set_id)
            assert not (result.kept or result.failed)
            model.sets.append((set_id, before))
            model.people = {**people, **after}
    elif kind == "create":
        city, tags, phones = rest
        create = Create({"name": "P", "city": city, "tags": tags, "phones": phones})
        outcome = apply(session, Request([create], "create"))
        people[outcome.record_ids[0]] = Known(city, tuple(sorted(tags)), phones)
        model.did(outcome, before)
    elif kind == "edit":
        for id_ in model.chosen([rest[0]]):
            people[id_] = replace(people[id_], city=rest[1], phones=rest[2])
            edit = Edit({"city": rest[1], "phones": rest[2]})
            model.did(apply(session, Request([Update(id_, edit)], "edit")), before)
    elif kind == "merge":
        # Two people have the same customer before them and change different fields.
        for id_ in model.chosen([rest[0]]):
            seen: dict[str, Any] = {"city": people[id_].city, "phones": people[id_].phones}
            for user, name, new in ((session, "city", rest[1]), (other, "phones", rest[2])):
                before = dict(people)
                people[id_] = replace(people[id_], **{name: new})
                edit = Edit({name: new}, seen=seen)
                model.did(apply(user, Request([Update(id_, edit)], "edit")), before)
    elif kind == "clash":
        # Two people have the same value before them: the second must not overwrite the first.
        for id_ in model.chosen([rest[0]]):
            seen = {"city": people[id_].city}
            people[id_] = replace(people[id_], city=rest[1])
            edit = Edit({"city": rest[1]}, seen=seen)
            model.did(apply(session, Request([Update(id_, edit)], "edit")), before)
            before = dict(people)
            second = Request([Update(id_, Edit({"city": rest[2]}, seen=seen))], "edit")
            if rest[1] in (seen["city"], rest[2]):
                people[id_] = replace(people[id_], city=rest[2])
                model.did(apply(other, second), before)
            else:
                with pytest.raises(EditConflict):
                    apply(other, second)
    elif kind == "delete":
        for id_ in model.chosen([rest[0]]):
            people[id_] = replace(people[id_], deleted=True)
            model.did(apply(session, Request([Delete(id_)], "delete")), before)
    elif kind == "restore":
        for id_ in model.chosen([rest[0]], deleted=True):
            people[id_] = replace(people[id_], deleted=False)
            model.did(recycle.restore(session, [id_]), before)
    else:
        ids = model.chosen(rest[0])
        edit = _batch(model, kind, ids, rest)
        model.did(apply(session, Request([UpdateMany(ids, edit)], "batch", partial=True)), before)


def _batch(model: Model, kind: str, ids: list[int], rest: list[Any]) -> Edit:
    """The edit of a batch, done to the model."""
    people = model.people
    if kind == "batch":
        _places, city, add, remove = rest
        for id_ in ids:
            tags = sorted_tags(people[id_], add, remove)
            people[id_] = replace(people[id_], city=city, tags=tags)
        return Edit({"city": city}, {"tags": add}, {"tags": remove})
    if kind == "replace":
        for id_ in ids:
            people[id_] = replace(people[id_], city=people[id_].city.replace(rest[1], "x"))
        return Edit(compute={"city": Replace(rest[1], "x")})
    for id_ in ids:
        people[id_] = replace(people[id_], tags=tuple(sorted(rest[1])))
    return Edit({"tags": rest[1]})


def read(session: Session, id_: int) -> Known:
    """What the database knows of a customer."""
    found = customers.get(session, id_, deleted=True)
    values: Any = found.values
    return Known(values["city"], values["tags"], values["phones"], found.deleted_at is not None)


def replayed(session: Session, id_: int) -> Known:
    """A customer put together from nothing but the history."""
    rows = session.db.rows(
        "SELECT action, field, new FROM change WHERE entity = 'customer' AND record_id = ?"
        " ORDER BY id",
        (id_,),
    )
    known: dict[str, Any] = {}
    for action, name, new in rows:
        if action == "update":
            known[name] = undump(new)
        elif action == "create":
            known = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(new).items()}
        else:
            known["deleted"] = action == "delete"
    return Known(
        known.get("city", ""), tuple(known.get("tags", ())), tuple(known.get("phones", ())),
        known.get("deleted", False),
    )  # fmt: skip


@pytest.mark.parametrize("many", [0, 500], ids=["by sets", "by records"])
@settings(max_examples=40)
@given(st.lists(steps, max_size=14))
def test_data_history_and_undo_agree_with_the_model(
    session: Session,
    make_session: Callable[..., Session],
    monkeypatch: pytest.MonkeyPatch,
    many: int,
    plan: list[Any],
) -> None:
    # Large change sets are taken back by other statements than small ones.
    monkeypatch.setattr("tui_crm.core.changes.undoing._MANY", many)
    users = [session, make_session("bob"), make_session("eve")]
    others = search.count(session, "")  # of days before this one, when none was undone
    model = Model()
    for step in plan:
        act(users, model, step)
        assert {id_: read(session, id_) for id_ in model.people} == model.people
        live = sum(not known.deleted for known in model.people.values())
        assert search.count(session, "") == others + live
        assert index.check(session.db) == []
    assert {id_: replayed(session, id_) for id_ in model.people} == model.people
    while model.sets:
        act(users, model, ("undo", len(model.sets) % 3))
    assert all(read(session, id_).deleted for id_ in model.people)
    for id_ in model.people:
        try:
            customers.get(session, id_)
        except NotFound:
            continue
        raise AssertionError("a customer of a day that was undone is still there")
    assert search.count(session, "") == others
    assert index.check(session.db) == []
