"""The check while a customer is typed, and the keys that it asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.exchange.duplicates.people import town
from tui_crm.core import customers, merging
from tui_crm.core.changes import Create, Delete, Edit, Request, Update, UpdateMany, apply, undo
from tui_crm.core.session import Session
from tui_crm.exchange.duplicates import keys
from tui_crm.exchange.duplicates.entry import check, check_many

MakeSession = Callable[..., Session]


@pytest.fixture
def add(session: Session) -> Callable[..., int]:
    """`add(name, **values)`: a new customer; gives the id."""

    def make(name: str, *, by: Session | None = None, **values: Any) -> int:
        step = Create({"name": name, **values})
        return apply(by or session, Request([step], "create")).record_ids[0]

    return make


def ids(session: Session, **values: Any) -> list[int]:
    return [match.customer.id for match in check(session, {"kind": "person", **values})]


def stored(session: Session) -> set[tuple[int, int]]:
    return set(session.db.rows("SELECT key, customer_id FROM duplicate_key"))


def assert_right(session: Session) -> None:
    """The keys are those that a rebuild makes."""
    held = stored(session)
    keys.rebuild(session.db)
    assert stored(session) == held


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "A. Lovelace", "phones": ("020 7946 0018",)},
        {"name": "ada lovelace", "emails": ("ADA@Engine.example",)},
        {"name": "Lovelace, Ada", "street": "12 North St.", "city": "London"},
        {"name": "Ada Lovlace", "organization": "Engine"},
    ],
    ids=["phone in another spelling", "address in capitals", "same street", "typing error"],
)
def test_somebody_who_is_here_is_found(
    session: Session, add: Callable[..., int], typed: dict[str, Any]
) -> None:
    ada = add(
        "Ada Lovelace", phones=("+44 20 7946 0018",), emails=("ada@engine.example",),
        street="12 North Street", city="London", organization="Engine Ltd",
    )  # fmt: skip
    add("Grace Hopper", phones=("+1 202 555 0101",), organization="Navy")
    if "phones" in typed:
        typed = {**typed, "phones": ("+442079460018",)}
    found = check(session, {"kind": "person", **typed})
    assert [match.customer.id for match in found] == [ada]
    assert found[0].tier in ("sure", "likely", "possible")
    assert found[0].reasons


def test_chinese_names_and_nicknames(session: Session, add: Callable[..., int]) -> None:
    zhang = add("张晓明", organization="天成机械有限公司", city="上海")
    bob = add("Robert Miller", postcode="4001", emails=("rm77@firm.example",))
    assert ids(session, name="张小明", organization="天成机械", city="上海") == [zhang]
    assert ids(session, name="Zhang Xiaoming", organization="天成机械", city="上海") == [zhang]
    assert ids(session, name="张小红", organization="天成机械", city="上海") == []
    assert ids(session, name="Bob Miller", postcode="4001", emails=("rm77@firm.example",)) == [bob]


def test_a_switchboard_and_a_common_name_weigh_little(
    session: Session, add: Callable[..., int]
) -> None:
    for name in ("Ann Zed", "Bo Young", "Cy Xan", "Di Wu", "Ed Vonk", "Flo Ute", "Gil Tan",
                 "Hy Sax", "Ian Rho", "Jo Quy", "Kai Pym"):  # fmt: skip
        add(name, phones=("+442079460018",))
    for _twin in range(12):
        add("James Smith")
    assert ids(session, name="Nora Nel", phones=("+442079460018",)) == []
    assert ids(session, name="James Smith") == []


def test_only_what_the_viewer_may_see(
    session: Session, make_session: MakeSession, add: Callable[..., int]
) -> None:
    bob = make_session("bob", scope="own")
    add("Ada Lovelace", phones=("+442079460018",))
    assert ids(bob, name="Ada Lovelace", phones=("+442079460018",)) == []
    mine = add("Ada Lovelace", phones=("+442079460018",), by=bob)
    assert ids(bob, name="Ada Lovelace", phones=("+442079460018",)) == [mine]


def test_who_is_edited_is_left_out(session: Session, add: Callable[..., int]) -> None:
    ada = add("Ada Lovelace", phones=("+442079460018",))
    values = {"kind": "person", "name": "Ada Lovelace", "phones": ("+442079460018",)}
    assert [m.customer.id for m in check(session, values)] == [ada]
    assert check(session, values, exclude={ada}) == []
    assert check(session, {}) == []


def test_organisations(session: Session, add: Callable[..., int]) -> None:
    acme = add("Acme Trading GmbH", kind="organization", city="Basel", phones=("+41615550101",))
    add("Acme Trading", city="Basel")  # a person of that name is none
    found = check(
        session,
        {"kind": "organization", "name": "ACME Trading", "phones": "+41 61 555 01 01"},
    )
    assert [match.customer.id for match in found] == [acme]


def test_the_write_door_keeps_the_keys_right(session: Session, add: Callable[..., int]) -> None:
    one = add("Ada Lovelace", phones=("+442079460018",), street="1 Elm St", birthday="1980-01-02")
    two = add("Acme", kind="organization")
    add("Bob Miller", organization="Acme")
    assert_right(session)
    for edit in (
        Edit({"street": "2 Oak Rd"}), Edit({"name": "Ada King"}),
        Edit(add={"emails": ("ada@engine.example",)}), Edit({"birthday": ""}),
    ):  # fmt: skip
        apply(session, Request([Update(one, edit)], "edit"))
        assert_right(session)
    apply(session, Request([Update(two, Edit({"name": "Zenith"}))], "edit"))
    assert_right(session)
    many = apply(session, Request([UpdateMany([one, two], Edit({"city": "Chur"}))], "batch"))
    assert_right(session)
    assert many.change_set_id is not None
    undo(session, many.change_set_id)
    assert_right(session)
    apply(session, Request([Delete(two)], "delete"))
    assert_right(session)
    three = add("Ada Kin")
    merging.merge(session, [one, three])
    assert_right(session)
    merging.unmerge(session, str(three))
    assert_right(session)
    assert customers.get(session, three).id == three


def test_noisy_copies_are_found_and_new_people_are_not_flagged(session: Session) -> None:
    here = town(400, 0.15)
    size = len(here.customers) - len(here.same)
    made = apply(session, Request([Create(c) for c in here.customers[:size]], "import"))
    missed = sum(made.record_ids[a] not in ids(session, **here.customers[b]) for a, b in here.same)
    assert missed <= 0.1 * len(here.same)
    strangers = town(150, 0.0, seed=9).customers
    flagged = sum(
        any(m.tier != "possible" for m in check(session, {"kind": "person", **c}))
        for c in strangers
    )
    assert flagged <= 0.02 * len(strangers)


def test_many_rows_at_once_find_what_one_finds(session: Session, add: Callable[..., int]) -> None:
    found = town(60, twice=0.3)
    first = [add(**who) for who in found.customers[:40]]
    rows = [{"kind": "person", **who} for who in found.customers]
    for who, match in zip(rows, check_many(session, rows, "likely"), strict=True):
        alone = [m for m in check(session, who) if m.tier in ("sure", "likely")]
        if match is None:
            assert not alone
        else:
            assert alone and match == alone[0]
    assert all(m is not None and m.customer.id in first for m in check_many(session, rows[:40]))


def test_many_rows_do_not_show_who_is_out_of_sight(
    session: Session, add: Callable[..., int]
) -> None:
    ada = add("Ada Lovelace", emails=("ada@engine.example",))
    row = {"kind": "person", "name": "Ada Lovelace", "emails": ("ada@engine.example",)}
    (match,) = check_many(session, [row])
    assert match is not None and match.customer.id == ada and match.tier == "sure" and match.reasons
    apply(session, Request([Delete(ada)], "delete"))
    assert check_many(session, [row, {"kind": "person", "name": "Nobody Known"}]) == [None, None]
