"""Every order is that of a plain model, however the page is found; what is empty comes last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import pytest

from tests.conftest import add_user
from tui_crm import search
from tui_crm.core import picklists
from tui_crm.core.fields import BUILT_IN, Field
from tui_crm.core.session import Session
from tui_crm.search import lists

CUSTOM = (
    Field("nickname", "Nickname", "昵称", searchable=True, custom=True),
    Field("seats", "Seats", "席位", "number", custom=True),
)
KEYS: dict[str, Callable[[Person], object]] = {
    "id": lambda p: p.id,
    "account_no": lambda p: p.values["account_no"],
    "name": lambda p: p.values["sort_name"],
    "organization": lambda p: p.values["organization"].lower(),
    "title": lambda p: p.values["title"],
    "city": lambda p: p.values["city"],
    "state": lambda p: p.values["state"],
    "country": lambda p: p.values["country"],
    "postcode": lambda p: p.values["postcode"],
    "birthday": lambda p: p.values["birthday"],
    "category": lambda p: p.values["category"],
    "status": lambda p: p.values["status"],
    "source": lambda p: p.values["source"],
    "kind": lambda p: p.values["kind"],
    "owner": lambda p: p.owner,
    "team": lambda p: p.team,
    "last": lambda p: p.values["last_contact"],
    "created": lambda p: p.values["created_at"],
    "updated": lambda p: p.values["updated_at"],
    "version": lambda p: p.values["version"],
    "nickname": lambda p: p.values["custom"].get("nickname", ""),
    "seats": lambda p: p.values["custom"].get("seats", ""),
}
BY_RECENCY = ("category", "status", "source", "kind", "owner", "team")  # among equals
FILTERS = ("", "city:r", "status:active", "last:2026-02..", "tag:gold", "has:phone", "anna")
MET: dict[str, Callable[[Person], bool]] = {
    "": lambda p: True,
    "city:r": lambda p: p.values["city"] == "Rome",
    "status:active": lambda p: p.values["status"] == "active",
    "last:2026-02..": lambda p: p.values["last_contact"] >= "2026-02",
    "tag:gold": lambda p: p.values["tags"] == ["gold"],
    "has:phone": lambda p: bool(p.values["phones"]),
    "anna": lambda p: p.values["name"].startswith("Anna"),
}
WAYS: tuple[dict[str, object], ...] = (
    {},
    {"_WALKS": (2, 5), "_LISTED_WALKS": (2, 5), "_SERVER_WALKS": (2, 5)},
    {"_WALKS": (2, 5), "_LISTED_WALKS": (2, 5), "_SERVER_WALKS": (2, 5), "_LED": 0},
)


@dataclass(frozen=True)
class Person:
    """A customer of the model."""

    id: int
    owner: str
    team: str
    values: dict[str, object]


@pytest.fixture
def world(session: Session, add: Callable[..., int]) -> tuple[Session, list[Person]]:
    """Thirty customers who share values, and have some of each empty."""
    for name, kind in (("nickname", "text"), ("seats", "number")):
        session.db.run(
            "INSERT INTO custom_field (name, type, choices) VALUES (?, ?, '[]')", (name, kind)
        )
    ben = add_user("ben", teams=["North"])
    zoe = add_user("zoe", teams=["South"])
    people = []
    for n in range(30):
        owner = (None, ben, zoe)[n % 3]
        team = (None, zoe, ben)[n % 5 % 3]
        name = f"{('Anna', 'bob', 'Zoe')[n % 3]} {n * 7 % 10}"
        values = {
            "name": name,
            "kind": ("person", "organization")[n % 2],
            "organization": ("", "beta", "Alpha", "Gamma")[n % 4],
            "title": ("", "Buyer", "Agent")[n % 3],
            "city": ("", "Rome", "Bern")[n % 3],
            "state": ("BE", "", "LA")[n * 7 % 3],
            "country": ("Italy", "", "Chile")[n % 3],
            "postcode": ("", "00184", "3011")[n % 3],
            "birthday": ("", "1980-01-01", "1970-05-05", "1999-12-31")[n % 4],
            "category": ("", "vip", "regular")[n % 3],
            "status": ("active", "lead", "", "odd one", "an old one")[n % 5],
            "source": ("web", "", "fair")[n % 3],
            "last_contact": ("", f"2026-0{1 + n % 3}-05T00:00:00Z")[n % 2],
            "created_at": f"2025-{1 + n * 5 % 12:02}-02T00:00:00Z",
            "updated_at": f"2026-05-{1 + n * 3 % 9:02}T00:00:00Z",
            "version": 1 + n % 4,
            "tags": ["gold"] if n % 4 == 0 else [],
            "phones": ["030 1234567"] if n % 3 else [],
            "custom": [{}, {"nickname": "ann", "seats": 20}, {"nickname": "Bo", "seats": 5}][n % 3],
        }  # fmt: skip
        id_ = add(
            **values,
            owner_id=owner.id if owner else None,
            team_id=team.team_ids[0] if team else None,
        )
        login = owner.login if owner else ""
        group = "" if team is None else ("North" if team is ben else "South")
        values |= {"account_no": f"C-{id_:07}", "sort_name": name.lower()}
        people.append(Person(id_, login, group, values))
    return replace(session, fields=BUILT_IN.with_custom(CUSTOM)), people


@pytest.mark.parametrize("name", KEYS)
def test_a_list_is_in_the_order_that_was_asked_for(
    world: tuple[Session, list[Person]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    session, people = world
    for typed, sign in product(FILTERS, ("", "-")):
        those = [person for person in people if MET[typed](person)]
        expected = _in_order(session, those, name, descending=bool(sign))
        query = f"{typed} sort:{sign}{name}"
        assert list(search.all_ids(session, query)) == expected, query
        for ways in WAYS:
            with monkeypatch.context() as patch:
                for constant, value in ways.items():
                    patch.setattr(lists, constant, value)
                found = [hit.row.id for hit in search.find(session, query, 4).hits]
                assert found == expected[:4], (query, ways)


@pytest.mark.parametrize("typed", FILTERS[:-1])
def test_without_an_order_who_was_heard_of_last_comes_first(
    world: tuple[Session, list[Person]], typed: str
) -> None:
    session, people = world
    those = [person for person in people if MET[typed](person)]
    expected = [person.id for person in sorted(those, key=_recency, reverse=True)]
    found = [hit.row.id for hit in search.find(session, typed, 40).hits]
    if "city" in typed:  # whose documents lead: their order is that in which they were written
        assert sorted(found) == sorted(expected)
    else:
        assert found == expected


@pytest.mark.parametrize(("typed", "column"), [("created:2025-02..2025-09", "created_at"),
                                               ("updated:2026-05-02..", "updated_at"),
                                               ("last:2026", "last_contact")])  # fmt: skip
def test_the_latest_of_a_time_that_is_asked_for_comes_first(
    world: tuple[Session, list[Person]], typed: str, column: str
) -> None:
    session, people = world
    place = {person.id: (person.values[column], person.id) for person in people}
    found = [hit.row.id for hit in search.find(session, typed, 40).hits]
    assert len(found) > 5
    assert found == sorted(found, key=place.__getitem__, reverse=True)
    assert found == list(search.all_ids(session, typed))


def _in_order(session: Session, people: list[Person], name: str, *, descending: bool) -> list[int]:
    key = KEYS[name]
    behind = _recency if name in BY_RECENCY else (lambda person: person.id)
    down = descending or name in BY_RECENCY
    ordered = sorted(people, key=behind, reverse=down)
    offered: set[str] = set()
    if name in ("category", "status", "source", "kind"):
        offered = {choice.value for choice in picklists.choices(session, name)}
    parts: list[list[Person]] = [[], [], []]
    for person in ordered:
        value = key(person)
        known = not offered or value in offered
        parts[2 if value == "" else 0 if known else 1].append(person)
    for part in parts[:2]:
        part.sort(key=key, reverse=descending)  # type: ignore[arg-type]
    return [person.id for part in parts for person in part]


def _recency(person: Person) -> tuple[str, int]:
    return max(str(person.values["last_contact"]), str(person.values["created_at"])), person.id
