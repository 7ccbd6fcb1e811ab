"""Changing a query by choice: what was typed stays, and what is added is understood."""

from __future__ import annotations

import pytest

from tui_crm.core.fields import BUILT_IN, Field
from tui_crm.search.language import rewrite
from tui_crm.search.language.query import parse


def field(name: str) -> Field:
    found = BUILT_IN.get(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "sort:-last_contact"),
        ("anna berlin", "anna berlin sort:-last_contact"),
        ("anna sort:name berlin", "anna berlin sort:-last_contact"),
        ("sort:name,-city anna", "anna sort:-last_contact"),
        ('"van den', '"van den" sort:-last_contact'),
        ('city:"New York', 'city:"New York" sort:-last_contact'),
        ("sort:nosuch anna", "sort:nosuch anna sort:-last_contact"),
    ],
)
def test_the_order_takes_the_place_of_another_one(before: str, after: str) -> None:
    changed = rewrite.with_order(before, BUILT_IN, field("last_contact"), True)
    assert changed == after
    order = rewrite.order(changed, BUILT_IN)
    assert order is not None
    assert (order.field.name, order.descending) == ("last_contact", True)


def test_an_order_is_taken_away() -> None:
    assert rewrite.with_order("anna sort:-name x", BUILT_IN, None) == "anna x"
    assert rewrite.order("anna x", BUILT_IN) is None


def test_a_filter_takes_the_place_of_those_on_the_same_field() -> None:
    text = "anna status:lead has:status -status:lost tag:vip"
    assert rewrite.with_filter(text, BUILT_IN, field("status"), "active") == (
        "anna tag:vip status:active"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("anna or bob", "(anna or bob) status:active"),
        ("(anna or bob) tag:vip", "(anna or bob) tag:vip status:active"),
        ("(anna or bob", "(anna or bob) status:active"),
        ('anna or "van den', '(anna or "van den") status:active'),
        ("status:lead,lost anna", "anna status:active"),
    ],
)
def test_a_filter_holds_for_all_of_the_query(before: str, after: str) -> None:
    assert rewrite.with_filter(before, BUILT_IN, field("status"), "active") == after


@pytest.mark.parametrize("name", [f.name for f in BUILT_IN.of("customer") if f.name != "id"])
@pytest.mark.parametrize(
    "value", ["x", "New York", 'say "hi"  now', "王 小", "a:b", "a,b", "Bonn (Rhein)", "(5)"]
)
@pytest.mark.parametrize("negated", [False, True])
def test_every_filter_is_read_back_as_it_was_meant(name: str, value: str, negated: bool) -> None:
    text = rewrite.with_filter("anna", BUILT_IN, field(name), value, negated=negated)
    query = parse(text, BUILT_IN)
    assert query.plain == "anna"
    assert not query.problems
    (found,) = query.filters
    assert (found.field.name, found.negated) == (name, negated)
    assert found.value == " ".join(value.replace('"', " ").split())
    assert rewrite.without(text, found) == "anna"


@pytest.mark.parametrize("negated", [False, True])
def test_an_empty_value_asks_whether_there_is_one(negated: bool) -> None:
    text = rewrite.with_filter("", BUILT_IN, field("phones"), "", negated=negated)
    (found,) = rewrite.filters(text, BUILT_IN)
    assert (found.field.name, found.present, found.negated) == ("phones", True, negated)
