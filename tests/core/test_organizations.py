"""People name their organisation; the link follows from the names."""

from __future__ import annotations

from collections.abc import Callable

from tests.core.conftest import change, value
from tui_crm.core import batch, customers
from tui_crm.core.changes import Create, Delete, Edit, Request, apply, undo
from tui_crm.core.session import Session

Add = Callable[..., int]


def linked(session: Session, id_: int) -> int | None:
    return customers.get(session, id_).organization_id


def test_a_person_is_linked_to_the_one_organisation_of_that_name(
    session: Session, add: Add
) -> None:
    acme = add("Acme Ltd", kind="organization")
    ann = add("Ann", organization="ACME ltd")
    assert linked(session, ann) == acme
    assert value(session, ann, "organization") == "ACME ltd"
    assert [row.id for row in customers.people(session, acme)] == [ann]
    change(session, ann, organization="Other")
    assert linked(session, ann) is None


def test_an_organisation_that_comes_later_links_those_who_name_it(
    session: Session, add: Add
) -> None:
    people = [
        add("Ann", organization="张氏集团"),
        add("Ben", organization="École"),
        add("Cy", organization="acme"),
    ]
    orgs = [add(n, kind="organization") for n in ("张氏集团", "école", "ACME")]
    assert [linked(session, p) for p in people] == orgs


def test_two_of_one_name_are_linked_to_nobody(session: Session, add: Add) -> None:
    first = add("Acme", kind="organization")
    ann = add("Ann", organization="Acme")
    second = add("ACME", kind="organization")
    assert linked(session, ann) is None
    apply(session, Request([Delete(second)], "delete"))
    assert linked(session, ann) == first
    change(session, first, kind="person")
    assert linked(session, ann) is None


def test_renaming_an_organisation_renames_it_for_its_people(session: Session, add: Add) -> None:
    acme = add("Acme", kind="organization")
    people = [add(f"P{n}", organization="acme") for n in range(3)]
    stranger = add("S", organization="Acme Holding")
    renamed = change(session, acme, name="Apex")
    assert {value(session, p, "organization") for p in people} == {"Apex"}
    assert {linked(session, p) for p in people} == {acme}
    assert [customers.get(session, p).version for p in people] == [2, 2, 2]
    assert value(session, stranger, "organization") == "Acme Holding"
    assert renamed.change_set_id is not None
    undo(session, renamed.change_set_id)
    assert {value(session, p, "organization") for p in people} == {"acme"}
    assert {linked(session, p) for p in people} == {acme}
    assert value(session, acme, "name") == "Acme"


def test_many_at_once_are_linked_too(session: Session, add: Add) -> None:
    steps = [Create({"name": f"Firm {n}", "kind": "organization"}) for n in range(30)]
    steps += [Create({"name": f"P{n}", "organization": f"FIRM {n}"}) for n in range(30)]
    ids = apply(session, Request(steps, "import", partial=True)).record_ids
    assert [linked(session, id_) for id_ in ids[30:]] == list(ids[:30])
    batch.apply(session, ids[30:], Edit({"organization": "Firm 3"}))
    assert {linked(session, id_) for id_ in ids[30:]} == {ids[3]}
