"""Proposals while a query is typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import add_user
from tui_crm import search
from tui_crm.core.fields import BUILT_IN
from tui_crm.core.session import Session
from tui_crm.search.language import complete
from tui_crm.text import i18n


def proposed(session: Session, text: str) -> list[str]:
    """What would be proposed with the cursor at the end."""
    place = complete.place(text, len(text), session.fields)
    if place is None:
        return []
    if place.field is None:
        return [p.text for p in complete.names(place, session.fields)]
    return [p.text for p in complete.narrowed(place, complete.known_values(session, place.field))]


@pytest.fixture
def world(session: Session, add: Callable[..., int]) -> Session:
    """Some customers whose values can be proposed."""
    add_user("ben", teams=["North"])
    for number in range(3):
        add(f"P{number}", tags=["vip"] if number else ["old", "vip"], city="Bern")
    add("Q", city="New York", tags=["fair 2026"], country="DE")
    return session


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("st", ["street:", "state:", "status:"]),
        ("stat", ["state:", "status:"]),
        ("anna -stat", ["state:", "status:"]),
        ("s", []),
        ("状", ["状态:"]),
        ("status:", ["lead", "prospect", "active", "dormant", "lost"]),
        ("status:l", ["lead", "lost"]),
        ("status:lead,lo", ["lost"]),
        ("status:lost", []),
        ("(status:ac", ["active"]),
        ("owner:", ["me", "ben"]),
        ("team:", ["North"]),
        ("tag:", ["vip", '"fair 2026"', "old"]),
        ('tag:"fa', ['"fair 2026"']),
        ('tag:"fair 2026"', []),
        ("city:", ["Bern", '"New York"']),
        ("city:y", ['"New York"']),
        ("has:ema", ["email"]),
        ("sort:-la", ["last"]),
        ("last:this", ["this-month", "this-year", "this-week"]),
        ("open:", ["task"]),
        ("phone:", []),
        ("sort:na", ["name"]),
        ("no:na", []),
        ("nothing:", []),
        ("status: ", []),
        ("", []),
    ],
)
def test_what_is_proposed(world: Session, typed: str, expected: list[str]) -> None:
    assert proposed(world, typed) == expected


def test_what_is_taken_is_understood(world: Session) -> None:
    text = "status:lead city:y sort:name"
    place = complete.place(text, 18, world.fields)
    assert place and place.field
    (only,) = complete.narrowed(place, complete.known_values(world, place.field))
    changed, cursor = complete.taken(text, place, only)
    assert changed == 'status:lead city:"New York" sort:name'
    assert changed[:cursor].endswith('York" ')
    search.refuse_problems(world, changed)


def test_in_chinese_the_chinese_names_are_proposed(world: Session) -> None:
    i18n.set_language("zh")
    try:
        assert proposed(world, "状") == ["状态:"]
        assert proposed(world, "状态:已") == ["已流失"]
        search.refuse_problems(world, "状态:已流失")
        assert proposed(world, "状态:流") == ["已流失"]
        assert proposed(world, "无") == ["无:"]
        assert proposed(world, "排序：")[:3] == ["姓名", "最近联系", "创建时间"]
        assert proposed(world, "有:电") == ["电话"]
        assert proposed(world, "sort:na") == ["name"]
        assert proposed(world, "国家:德") == ["德国"]
        assert proposed(world, "负责人:") == ["我", "ben"]
    finally:
        i18n.set_language("en")


def test_only_values_of_visible_customers_are_proposed(
    world: Session, make_session: Callable[..., Session]
) -> None:
    agent = make_session("cy", scope="own")
    assert proposed(agent, "city:") == []
    assert proposed(agent, "tag:") == []


@given(st.text('stau: "“-(),，:状态有y', max_size=20), st.integers(0, 20))
def test_any_text_has_a_place_or_none(text: str, cursor: int) -> None:
    place = complete.place(text, min(cursor, len(text)), BUILT_IN)
    if place is not None:
        assert 0 <= place.start <= place.end == min(cursor, len(text))
