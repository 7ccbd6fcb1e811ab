"""The batch edit: what is included, what is shown before, what is done, and how one gets out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui.screens.conftest import WorkingAs
from tests.ui.screens.piloting import lines, running, text, until
from tui_crm.config import Settings
from tui_crm.core import batch, customers
from tui_crm.core.changes import Create, Delete, Request, apply
from tui_crm.core.rows import Value
from tui_crm.core.session import Session
from tui_crm.ui.screens import batch_preview
from tui_crm.ui.screens.batch import BatchScreen
from tui_crm.ui.screens.batch_preview import BatchPreviewScreen
from tui_crm.ui.screens.search import SearchScreen
from tui_crm.ui.widgets.prompt import Confirm

Values = Callable[[str], list[Value]]


@pytest.fixture
def ids(working_as: WorkingAs) -> list[int]:
    """Six customers: three leads, three active; two cities; one title; some tags."""
    with working_as() as session:
        steps = [
            Create(
                {
                    "name": f"Person {n}",
                    "status": "lead" if n < 3 else "active",
                    "city": ("Bern", "Basel")[n % 2],
                    "title": "Buyer",
                    "tags": ("vip",) if n < 2 else (),
                }
            )
            for n in range(6)
        ]
        return list(apply(session, Request(steps, "create")).record_ids)


@pytest.fixture
def now(working_as: WorkingAs, ids: list[int]) -> Values:
    """`now("status")`: the value of a field of each customer."""

    def read(field: str) -> list[Value]:
        with working_as() as session:
            return [customers.get(session, id_).values[field] for id_ in ids]

    return read


async def opened(pilot: Pilot[Any], ids: Sequence[int]) -> BatchScreen:
    """The form, with what the customers have in it."""
    screen = BatchScreen(ids)
    home = pilot.app.screen
    assert isinstance(home, SearchScreen)
    await pilot.app.push_screen(screen, home._batch_done)
    await until(pilot, lambda: any(f.value == "Buyer" for f in screen.form.fields))
    return screen


def value_of(screen: BatchScreen, name: str) -> Any:
    return next(field for field in screen.form.fields if field.name == name)


async def previewed(pilot: Pilot[Any]) -> BatchPreviewScreen:
    await pilot.press("f5")
    await until(
        pilot,
        lambda: (
            isinstance(pilot.app.screen, BatchPreviewScreen) and pilot.app.screen.step == "ready"
        ),
    )
    screen = pilot.app.screen
    assert isinstance(screen, BatchPreviewScreen)
    await until(pilot, lambda: not screen.records.row_count() or screen.records.current is not None)
    return screen


async def test_a_shared_value_is_shown_and_includes_nothing(
    settings: Settings, ids: list[int]
) -> None:
    async with running(settings) as pilot:
        screen = await opened(pilot, ids)
        assert value_of(screen, "title").value == "Buyer"
        assert value_of(screen, "city").placeholder == "(2 different)"
        assert value_of(screen, "tags").placeholder == "(vip 2)"
        assert {f.include for f in screen.form.fields} == {False}
        assert "6 customers" in lines(pilot)[0]
        assert {"name", "id", "account_no", "last_contact"}.isdisjoint(
            f.name for f in screen.form.fields
        )
        await pilot.press("f5")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert "Nothing to change" in screen.footer.message


async def test_an_included_field_without_a_value_is_no_change(
    settings: Settings, ids: list[int]
) -> None:
    async with running(settings) as pilot:
        screen = await opened(pilot, ids)
        screen.form.focus_field("title")
        await pilot.press("space")
        await until(pilot, lambda: "nothing entered" in text(pilot))
        assert value_of(screen, "title").include is True
        await pilot.press("f5")
        await pilot.pause()
        assert pilot.app.screen is screen
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))


async def test_a_batch_from_the_form_to_the_report_and_back_by_one_undo(
    settings: Settings, ids: list[int], now: Values
) -> None:
    async with running(settings) as pilot:
        screen = await opened(pilot, ids)
        screen.form.focus_field("city")
        await pilot.press(*"jena")  # a letter that moves in lists is typed here
        await pilot.press("enter")
        screen.form.focus_field("tags+")
        await pilot.press(*"new;old", "enter")
        screen.form.focus_field("tags-")
        await pilot.press("enter")
        await until(pilot, lambda: "Tags: remove" in text(pilot) and "vip" in text(pilot))
        await pilot.press("space", "enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.form.staged() == {
            "city": "jena", "tags+": ("new", "old"), "tags-": ("vip",),
        }  # fmt: skip
        preview = await previewed(pilot)
        shown = text(pilot)
        assert "3 customers" in shown
        assert "Bern → jena" in shown
        assert "6 customers" in shown
        assert "+ new" in shown
        assert "− vip" in shown
        assert "6 will change" in shown
        assert preview.records.row_count() == 12
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Change 6 customers?" in text(pilot))
        await pilot.press("x")
        assert isinstance(pilot.app.screen, Confirm)
        await pilot.press("y")
        await until(pilot, lambda: preview.step == "done")
        assert "6 changed" in text(pilot)
        assert now("city") == ["jena"] * 6
        assert now("tags") == [("new", "old")] * 6
        await pilot.press("ctrl+z")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: "6" in preview.footer.message)
        assert now("city") == ["Bern", "Basel"] * 3
        assert now("tags") == [("vip",)] * 2 + [()] * 4
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))


async def test_clearing_is_explicit(settings: Settings, ids: list[int], now: Values) -> None:
    async with running(settings) as pilot:
        screen = await opened(pilot, ids)
        screen.form.focus_field("title")
        await pilot.press("ctrl+e")
        await until(pilot, lambda: "is emptied in every record" in text(pilot))
        screen.form.focus_field("tags")
        await pilot.press("ctrl+e")
        await previewed(pilot)
        assert "Buyer → ∅" in text(pilot)
        assert "− vip" in text(pilot)
        await pilot.press("ctrl+s", "y")
        await until(pilot, lambda: "6 changed" in text(pilot))
        assert now("title") == [""] * 6
        assert now("tags") == [()] * 6


async def test_the_parts_of_a_preview(
    settings: Settings, ids: list[int], working_as: WorkingAs
) -> None:
    with working_as() as session:
        apply(session, Request([Delete(ids[4])], "delete"))
    async with running(settings) as pilot:
        screen = await opened(pilot, ids)
        screen.form.stage("status", "active")
        preview = await previewed(pilot)
        assert "● 3 will change" in text(pilot)
        assert "Person 0" in text(pilot)
        await pilot.press("n")
        await until(pilot, lambda: "Person 3" in text(pilot))
        assert "Person 0" not in text(pilot)
        assert preview.records.row_count() == 2
        await pilot.press("r")
        await until(pilot, lambda: "is gone, or hidden from you" in text(pilot))
        assert preview.records.row_count() == 1
        await pilot.press("c")
        await until(pilot, lambda: "Person 0" in text(pilot))
        await pilot.press("ctrl+s", "y")
        await until(pilot, lambda: preview.step == "done")
        shown = text(pilot)
        assert "3 changed" in shown
        assert "2 had nothing to change" in shown
        assert "1 failed" in shown
        assert f"There is no customer {ids[4]}" in shown


async def test_a_preview_of_many_records_fetches_only_what_is_seen(
    settings: Settings, working_as: WorkingAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with working_as() as session:
        steps = [Create({"name": f"Person {n:04}", "title": "Buyer"}) for n in range(1500)]
        many = list(apply(session, Request(steps, "create")).record_ids)
    asked: list[int] = []
    fetch = batch_preview.records_of

    def counted(session: Session, edit: Any, ids: Sequence[int]) -> Any:
        asked.append(len(ids))
        return fetch(session, edit, ids)

    monkeypatch.setattr(batch_preview, "records_of", counted)
    async with running(settings) as pilot:
        screen = await opened(pilot, many)
        screen.form.stage("city", "Bern")
        screen.form.stage("title", "Seller")
        preview = await previewed(pilot)
        assert preview.records.row_count() == 3000
        assert "Person 0000" in text(pilot)
        await pilot.press("end")
        await until(pilot, lambda: "Person 1499" in text(pilot))
        assert sum(asked) < 600


async def test_a_value_that_is_refused_is_said_below_its_field(
    settings: Settings, ids: list[int]
) -> None:
    async with running(settings) as pilot:
        screen = await opened(pilot, ids)
        screen.form.focus_field("birthday")
        await pilot.press(*"yesterday", "enter")
        await until(pilot, lambda: bool(value_of(screen, "birthday").error))
        await pilot.press("f5")
        await until(pilot, lambda: "is no date" in screen.footer.message)
        assert pilot.app.screen is screen


async def test_escape_goes_one_step_back_and_an_edited_form_asks(
    settings: Settings, ids: list[int], now: Values
) -> None:
    async with running(settings) as pilot:
        screen = await opened(pilot, ids)
        screen.form.stage("city", "Jena")
        await previewed(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.form.staged() == {"city": "Jena"}
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, SearchScreen))
        assert "Jena" not in now("city")


async def test_a_batch_that_runs_leaves_the_app_usable_and_can_be_stopped(
    settings: Settings, ids: list[int], now: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    halfway, go_on = Event(), Event()
    change = batch.apply

    def slow(session: Session, ids: Sequence[int], edit: Any, **options: Any) -> Any:
        options["progress"](3, 6)
        halfway.set()
        go_on.wait(20)
        return change(session, ids, edit, **options)

    monkeypatch.setattr(batch, "apply", slow)
    async with running(settings) as pilot:
        screen = await opened(pilot, ids)
        screen.form.stage("city", "Jena")
        preview = await previewed(pilot)
        await pilot.press("ctrl+s", "y")
        await until(pilot, halfway.is_set)
        await until(pilot, lambda: "3 of 6" in lines(pilot)[0])
        await pilot.press("f1")  # another screen opens and closes meanwhile
        await until(pilot, lambda: pilot.app.screen is not preview)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is preview)
        await pilot.press("f3")
        await until(pilot, lambda: "Esc stops it" in preview.footer.message)
        assert pilot.app.screen is preview
        await pilot.press("escape")
        go_on.set()
        await until(pilot, lambda: preview.step == "ready")
        assert "Nothing was changed" in preview.footer.message
        assert now("city") == ["Bern", "Basel"] * 3
        await pilot.press("ctrl+s", "y")
        await until(pilot, lambda: preview.step == "done")
        assert now("city") == ["Jena"] * 6


async def test_a_custom_yes_or_no_can_be_set(
    settings: Settings, ids: list[int], working_as: WorkingAs, now: Values
) -> None:
    from tui_crm.core import custom_fields

    with working_as() as session:
        custom_fields.define(session, "vat", "bool", "Pays VAT")
    async with running(settings, size=(100, 40)) as pilot:
        screen = await opened(pilot, ids)
        screen.form.focus_field("vat")
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.screen is not screen)
        await pilot.press("enter")
        await until(pilot, lambda: screen.form.staged() == {"vat": "yes"})
        await previewed(pilot)
        assert "∅ → yes" in text(pilot)


async def test_hostile_values_are_only_text(settings: Settings, working_as: WorkingAs) -> None:
    hostile = "[/red] [@click=app.quit]x\u202e"
    with working_as() as session:
        step = Create({"name": hostile, "title": "Buyer", "city": hostile, "tags": (hostile,)})
        made = apply(session, Request([step], "create")).record_ids
    async with running(settings, size=(160, 30)) as pilot:
        screen = await opened(pilot, made)
        screen.form.stage("city", "[bold]Bern[/]")
        await previewed(pilot)
        assert "[@click=app.quit]" in text(pilot)
        assert "\u202e" not in text(pilot)
        await pilot.press("ctrl+s", "y")
        await until(pilot, lambda: "1 changed" in text(pilot))
