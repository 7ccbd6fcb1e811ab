"""Sort, filter and segments: what is chosen becomes words of the query, the typed ones stay."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui.screens.conftest import WorkingAs
from tests.ui.screens.piloting import running, text, until
from tui_crm.config import Settings
from tui_crm.core import segments, values
from tui_crm.core.changes import Create, Request, apply
from tui_crm.ui.screens.search import SearchScreen
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask, Confirm


@pytest.fixture(autouse=True)
def people(working_as: WorkingAs) -> None:
    """Anna and Bob in two cities."""
    with working_as() as session:
        steps = [
            Create({"name": "Anna", "city": "New York", "status": "lead", "tags": ("vip",)}),
            Create({"name": "Bob", "city": "Bern", "status": "active"}),
            Create({"name": "Ann", "city": "New York", "status": "active"}),
        ]
        apply(session, Request(steps, "create"))


def home(pilot: Pilot[Any]) -> SearchScreen:
    screen = pilot.app.screen_stack[1]
    assert isinstance(screen, SearchScreen)
    return screen


async def picker(pilot: Pilot[Any], title: str) -> Picker:
    """Wait for the picker of that title."""
    await until(
        pilot,
        lambda: isinstance(pilot.app.screen, Picker) and f"─ {title} ─" in text(pilot),
    )
    screen = pilot.app.screen
    assert isinstance(screen, Picker)
    return screen


async def query_is(pilot: Pilot[Any], query: str) -> None:
    await until(pilot, lambda: home(pilot).field.value == query)


async def test_an_order_is_chosen_and_chosen_again(settings: Settings) -> None:
    async with running(settings) as pilot:
        await pilot.press(*"ann", "ctrl+o")
        await picker(pilot, "Sort")
        await pilot.press(*"last", "enter")
        await query_is(pilot, "ann sort:-last_contact")
        await pilot.press("ctrl+o")
        found = await picker(pilot, "Sort")
        assert found.highlighted == "-last_contact"
        await pilot.press(*"best", "enter")
        await query_is(pilot, "ann")
        await pilot.press("ctrl+o")
        await picker(pilot, "Sort")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is home(pilot))
        assert home(pilot).field.value == "ann"


async def test_a_filter_is_added_changed_and_removed(settings: Settings) -> None:
    async with running(settings) as pilot:
        await pilot.press(*"ann", "ctrl+f")
        await picker(pilot, "Filter")
        await pilot.press(*"city", "enter")
        await picker(pilot, "City")
        (line,) = (line for line in text(pilot).splitlines() if "▌  New York" in line)
        assert line.partition("New York")[2].split()[0] == "2"
        await pilot.press("enter")
        await query_is(pilot, 'ann city:"New York"')
        await pilot.press("ctrl+f")
        await picker(pilot, "Filter")
        await pilot.press(*"city", "enter")
        found = await picker(pilot, "City")
        assert found.highlighted == "=New York"
        await pilot.press(*"none", "enter")
        await query_is(pilot, "ann no:city")
        await pilot.press("ctrl+f")
        await picker(pilot, "Filter")
        assert "✕ no:city" in text(pilot)
        await pilot.press("enter")
        await query_is(pilot, "ann")


@pytest.mark.parametrize(
    ("field", "value", "query"),
    [
        ("status", "lead", "status:lead"),
        ("tags", "vip", "tag:vip"),
        ("owner", "ana", "owner:ana"),
        ("last", "longer", "last:>30d"),
        ("phones", "any", "has:phone"),
        ("kind", "person", "kind:person"),
    ],
)
async def test_each_kind_of_field_becomes_its_word(
    settings: Settings, field: str, value: str, query: str
) -> None:
    async with running(settings) as pilot:
        await pilot.press("ctrl+f")
        await picker(pilot, "Filter")
        await pilot.press(*field, "enter")
        await until(pilot, lambda: "(none)" in text(pilot))
        await pilot.press(*value, "enter")
        await query_is(pilot, query)


async def test_a_large_table_is_not_counted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "is_large", lambda session: True)
    async with running(settings) as pilot:
        await pilot.press("ctrl+f")
        await picker(pilot, "Filter")
        await pilot.press(*"status", "enter")
        await picker(pilot, "Status")
        (line,) = (line for line in text(pilot).splitlines() if "   Active   " in line)
        assert line.partition("Active")[2].split()[0] == "│"


async def test_a_search_is_saved_opened_by_its_key_and_deleted(
    settings: Settings, working_as: WorkingAs
) -> None:
    async with running(settings) as pilot:
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "Nothing is saved yet" in home(pilot).footer.message)
        await pilot.press(*"status:active", "ctrl+g")
        await picker(pilot, "Segments")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await pilot.press(*"[b]Good", "enter")
        await picker(pilot, "A key for “[b]Good”")
        await pilot.press("enter")
        await until(pilot, lambda: "opens it" in home(pilot).footer.message)
        with working_as() as session:
            (row,) = segments.all(session)
            assert (row.name, row.query, row.key) == ("[b]Good", "status:active", "1")
        home(pilot).field.value = "other"
        await pilot.press("ctrl+g")
        await picker(pilot, "Segments")
        await pilot.press("1")
        await query_is(pilot, "status:active")
        await pilot.press("ctrl+g")
        await picker(pilot, "Segments")
        await pilot.press("ctrl+d")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker))
        assert "1  [b]Good" not in text(pilot)
        with working_as() as session:
            assert segments.all(session) == []


async def test_a_name_that_is_there_replaces_its_query_and_keeps_its_key(
    settings: Settings, working_as: WorkingAs
) -> None:
    with working_as() as session:
        segments.save(session, "Mine", "owner:me", "3")
        segments.save(session, "Other", "tag:vip", "1")
    async with running(settings) as pilot:
        await pilot.press(*"bern", "ctrl+g")
        await picker(pilot, "Segments")
        await pilot.press("end", *"save", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await pilot.press(*"Mine", "enter")
        found = await picker(pilot, "A key for “Mine”")
        assert found.highlighted == "3"
        await pilot.press("enter")
        await until(pilot, lambda: "opens it" in home(pilot).footer.message)
        with working_as() as session:
            saved = {row.name: (row.query, row.key) for row in segments.all(session)}
        assert saved == {"Mine": ("bern", "3"), "Other": ("tag:vip", "1")}
