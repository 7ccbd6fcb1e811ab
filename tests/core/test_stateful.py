"""Random days of work against a plain model: the data, the history, and everything undone again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_crm.core import customers
from tui_crm.core.changes import Create, Delete, Edit, Request, Update, UpdateMany, apply, undo
from tui_crm.core.records import undump
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

steps = st.one_of(
    st.tuples(st.just("create"), cities, tag_sets, phone_sets),
    st.tuples(st.just("edit"), which, cities, phone_sets),
    st.tuples(st.just("batch"), some, cities, tag_sets, tag_sets),
    st.tuples(st.just("retag"), some, tag_sets),
    st.tuples(st.just("delete"), which),
    st.tuples(st.just("undo"), which),
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
    """Customers by id, and the change sets with the state before each."""

    people: dict[int, Known] = field(default_factory=dict)
    sets: list[tuple[int, dict[int, Known]]] = field(default_factory=list)

    def live(self, places: list[int]) -> list[int]:
        """The ids at these places of the list of live customers."""
        live = [id_ for id_, known in self.people.items() if not known.deleted]
        return [live[p] for p in places if p < len(live)]


def sorted_tags(known: Known, add: tuple[str, ...], remove: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted((set(known.tags) - set(remove)) | set(add)))


def act(session: Session, model: Model, step: tuple[Any, ...]) -> None:
    """Do one step to the database and to the model."""
    before = dict(model.people)
    kind, *rest = step
    request: Request | None = None
    if kind == "create":
        city, tags, phones = rest
        create = Create({"name": "P", "city": city, "tags": tags, "phones": phones})
        outcome = apply(session, Request([create], "create"))
        model.people[outcome.record_ids[0]] = Known(city, tuple(sorted(tags)), phones)
        assert outcome.change_set_id is not None
        model.sets.append((outcome.change_set_id, before))
        return
    if kind == "undo":
        # The last change set goes back exactly; the model then is as before it.
        if model.sets:
            set_id, old = model.sets.pop()
            result = undo(session, set_id)
            assert (result.kept, result.failed) == ((), ())
            gone = {
                id_: replace(k, deleted=True) for id_, k in model.people.items() if id_ not in old
            }
            model.people = {**old, **gone}
        return
    if kind == "edit":
        for id_ in model.live([rest[0]]):
            request = Request([Update(id_, Edit({"city": rest[1], "phones": rest[2]}))], "edit")
            model.people[id_] = replace(model.people[id_], city=rest[1], phones=rest[2])
    elif kind == "delete":
        for id_ in model.live([rest[0]]):
            request = Request([Delete(id_)], "delete")
            model.people[id_] = replace(model.people[id_], deleted=True)
    else:
        ids = model.live(rest[0])
        if kind == "batch":
            _places, city, add, remove = rest
            edit = Edit({"city": city}, {"tags": add}, {"tags": remove})
            for id_ in ids:
                known = model.people[id_]
                tags = sorted_tags(known, add, remove)
                model.people[id_] = replace(known, city=city, tags=tags)
        else:
            edit = Edit({"tags": rest[1]})
            for id_ in ids:
                model.people[id_] = replace(model.people[id_], tags=tuple(sorted(rest[1])))
        request = Request([UpdateMany(ids, edit)], "batch", partial=True)
    if request is None:
        return
    outcome = apply(session, request)
    changed = sum(before.get(id_) != known for id_, known in model.people.items())
    assert outcome.done == changed
    if outcome.change_set_id is not None:
        model.sets.append((outcome.change_set_id, before))


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
    session: Session, monkeypatch: pytest.MonkeyPatch, many: int, plan: list[Any]
) -> None:
    # Large change sets are taken back by other statements than small ones.
    monkeypatch.setattr("tui_crm.core.changes.undoing._MANY", many)
    model = Model()
    for step in plan:
        act(session, model, step)
        assert {id_: read(session, id_) for id_ in model.people} == model.people
    assert {id_: replayed(session, id_) for id_ in model.people} == model.people
    assert index.check(session.db) == []
    while model.sets:
        act(session, model, ("undo",))
    assert all(read(session, id_).deleted for id_ in model.people)
    for id_ in model.people:
        try:
            customers.get(session, id_)
        except NotFound:
            continue
        raise AssertionError("a customer of a day that was undone is still there")
    assert index.check(session.db) == []
