"""Customers that do not exist: reproducible, varied, and valid."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from tui_crm.core.fields import BUILT_IN
from tui_crm.core.rows import Value
from tui_crm.sample import Picklists, customers
from tui_crm.text import email, phone
from tui_crm.text.fold import has_han
from tui_crm.text.safe import clean_line

MANY = 4000


@pytest.fixture(scope="module")
def sample() -> list[dict[str, Value]]:
    """Many customers of one seed."""
    return list(customers(MANY, 11))


def texts(value: object) -> tuple[str, ...]:
    """The items of a list field."""
    assert isinstance(value, tuple)
    return value


def test_a_seed_gives_the_same_customers_whatever_their_number(
    sample: list[dict[str, Value]],
) -> None:
    assert list(customers(100, 11)) == sample[:100]
    assert list(islice(customers(1_000_000, 11), 100)) == sample[:100]
    assert list(customers(100, 12)) != sample[:100]


def test_half_write_english_a_third_chinese_the_rest_diacritics(
    sample: list[dict[str, Value]],
) -> None:
    shares = Counter(str(values["country"]) for values in sample)
    english = ("United States", "Canada", "United Kingdom", "Australia")
    western = sum(shares[country] for country in english)
    assert 0.45 < western / MANY < 0.55
    chinese = sum(has_han(str(values["name"])) for values in sample)
    assert 0.28 < chinese / MANY < 0.38
    countries = ("Poland", "Türkiye", "Vietnam", "Germany", "France", "Sweden", "Denmark")
    assert all(shares[country] for country in countries)


def test_people_work_for_organisations_that_came_before_them(
    sample: list[dict[str, Value]],
) -> None:
    known: set[str] = set()
    employed = 0
    for values in sample:
        if values["kind"] == "organization":
            assert values["name"] not in known
            known.add(str(values["name"]))
        elif values.get("organization"):
            assert values["organization"] in known
            employed += 1
    assert 0.08 < len(known) / MANY < 0.16
    assert employed > MANY / 2


def test_every_value_is_one_that_the_registry_takes(sample: list[dict[str, Value]]) -> None:
    names = set(BUILT_IN.names("customer"))
    for values in sample:
        assert values.keys() <= names
        for value in values.values():
            for text in value if isinstance(value, tuple) else (value,):
                assert isinstance(text, str) and clean_line(text) == text != ""
        assert all(email.normalise(address) == address for address in texts(values["emails"]))
        assert all(address.endswith(("example", "example.com", "example.net", "example.org"))
                   for address in texts(values["emails"]))  # fmt: skip


def test_numbers_are_those_of_their_country_in_many_spellings(
    sample: list[dict[str, Value]],
) -> None:
    numbers = [text for values in sample for text in texts(values["phones"])]
    assert len(numbers) > 1.4 * MANY
    international = [n for n in numbers if n.startswith(("+", "00"))]
    valid = sum(phone.normalise(number, "US").valid for number in international)
    assert valid / len(international) > 0.97
    assert {"(", "+", "0"} <= {number[0] for number in numbers}
    assert {" ", "-"} <= {char for number in numbers for char in number}


def test_the_values_of_picklists_can_be_chosen() -> None:
    lists = Picklists(statuses=("a", "b"), categories=(), sources=("c",))
    made = list(customers(200, 1, lists))
    assert {values["status"] for values in made} == {"a", "b"}
    assert all("category" not in values and values["source"] == "c" for values in made)
