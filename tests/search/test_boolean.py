"""Any boolean expression finds exactly what a plain evaluation in Python finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_crm import search
from tui_crm.core.session import Session
from tui_crm.search.language.query import parse

Add = Callable[..., int]
Test = Callable[["Person"], bool]

NAMES = ("Anna Bauer", "Bob Anders", "Anna Schmidt", "张三", "Carl Bauer", "Dora")
CITIES = ("Berlin", "Bern", "")
STATUSES = ("lead", "active", "")
TAGS = ((), ("vip",), ("vip", "old"))


@dataclass(frozen=True)
class Person:
    """What the expressions ask about."""

    id: int
    name: str
    city: str
    status: str
    tags: tuple[str, ...]
    mine: bool
    phone: str

    def has(self, word: str) -> bool:
        """Whether a word begins so."""
        texts = f"{self.name} {self.city} {' '.join(self.tags)}".lower().split()
        return any(text.startswith(word) for text in texts) or (word == "三" and "三" in self.name)


LEAVES: dict[str, Test] = {
    "anna": lambda p: p.has("anna"),
    "an": lambda p: p.has("an"),
    "ber": lambda p: p.has("ber"),
    "bauer": lambda p: p.has("bauer"),
    "三": lambda p: p.has("三"),
    '"anna bauer"': lambda p: p.name == "Anna Bauer",
    "nobody": lambda p: False,
    "city:ber": lambda p: p.city.startswith("Ber"),
    "name:b": lambda p: any(part.startswith("B") for part in p.name.split()),
    "status:lead": lambda p: p.status == "lead",
    "status:lead,active": lambda p: p.status != "",
    "tag:vip": lambda p: "vip" in p.tags,
    "tag:vip,old": lambda p: bool(p.tags),
    "has:tag": lambda p: bool(p.tags),
    "no:status": lambda p: not p.status,
    "owner:me": lambda p: p.mine,
    "phone:1234": lambda p: "1234" in p.phone,
    # Two numbers side by side would be one number, written with a blank.
    "12345 or nobody": lambda p: "12345" in p.phone,
    "last:>30d": lambda p: False,
}

Expression = tuple[str, Test]


def _not(inner: Expression) -> Expression:
    return f"-({inner[0]})", lambda p: not inner[1](p)


def _all(parts: list[Expression]) -> Expression:
    text = " ".join(f"({part[0]})" for part in parts)
    return text, lambda p: all(part[1](p) for part in parts)


def _any(parts: list[Expression]) -> Expression:
    return " or ".join(f"({part[0]})" for part in parts), lambda p: any(x[1](p) for x in parts)


EXPRESSIONS = st.recursive(
    st.sampled_from(sorted(LEAVES.items())),
    lambda inner: (
        inner.map(_not)
        | st.lists(inner, min_size=2, max_size=3).map(_all)
        | st.lists(inner, min_size=2, max_size=3).map(_any)
    ),
    max_leaves=8,
)


@pytest.fixture
def people(session: Session, add: Add) -> list[Person]:
    """Some forty people; what they have is spread by different strides."""
    found = []
    for number in range(42):
        name, city = NAMES[number % 6], CITIES[number % 3]
        status, tags = STATUSES[number // 2 % 3], TAGS[number // 3 % 3]
        mine, phone = number % 5 == 0, f"030 {12340 + number}" if number % 4 else ""
        owner = session.viewer.id if mine else None
        id_ = add(
            name, city=city, status=status, tags=tags, owner_id=owner,
            phones=[phone] if phone else [],
        )  # fmt: skip
        found.append(Person(id_, name, city, status, tags, mine, phone.replace(" ", "")))
    return found


@settings(max_examples=100)
@given(expression=EXPRESSIONS)
def test_an_expression_finds_what_it_says(
    session: Session, people: list[Person], expression: Expression
) -> None:
    text, test = expression
    expected = {person.id for person in people if test(person)}
    assert parse(text, session.fields).problems == ()
    assert set(search.all_ids(session, text)) == expected
    assert set(search.all_ids(session, f"{text} sort:name")) == expected
    assert {hit.row.id for hit in search.find(session, text, limit=100).hits} == expected
    assert search.count(session, text) == len(expected)
