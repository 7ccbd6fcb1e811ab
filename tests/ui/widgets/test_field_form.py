"""The form: moving, editing, staging, batch switches."""

from __future__ import annotations

from dataclasses import replace

from textual import events
from textual.message import Message

from tests.ui.widgets.apps import FIELDS, WidgetApp
from tui_crm.ui.widgets.field_form import FieldForm, FormField
from tui_crm.ui.widgets.picker import Picker


async def test_a_typed_key_begins_the_edit_and_is_not_lost() -> None:
    form = FieldForm(FIELDS)
    app = WidgetApp(form)
    messages: list[Message] = []
    async with app.run_test(size=(80, 24), message_hook=messages.append) as pilot:
        await pilot.press("down", "A", "c", "m", "x", "backspace", "e", "enter")
        assert form.staged() == {"company": "Acme"}
        assert form.current == "title"
        assert "北京德利智能科技有限公司 → Acme" in app.screen_text()
        changed = [m for m in messages if isinstance(m, FieldForm.Changed)]
        assert (changed[-1].field, changed[-1].value) == ("company", "Acme")


async def test_enter_edits_the_value_and_escape_leaves_it() -> None:
    form = FieldForm(FIELDS)
    async with WidgetApp(form).run_test(size=(80, 24)) as pilot:
        await pilot.press("enter", "先", "生", "tab")
        assert form.values()["name"] == "王小明先生"
        await pilot.press("x", "y", "escape")
        assert form.editing is None
        assert form.staged() == {"name": "王小明先生"}
        assert form.current == "company"


async def test_leaving_an_edit_without_a_change_stages_nothing() -> None:
    form = FieldForm(FIELDS)
    async with WidgetApp(form).run_test(size=(80, 24)) as pilot:
        await pilot.press("enter", "down", "enter", "enter", "enter", "up")
        assert form.staged() == {}
        assert form.current == "company"


async def test_delete_empties_and_revert_takes_it_back() -> None:
    form = FieldForm(FIELDS)
    app = WidgetApp(form)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("delete")
        assert form.staged() == {"name": None}
        assert "王小明 → ∅" in app.screen_text()
        await pilot.press("ctrl+z")
        assert form.staged() == {}
        assert "→" not in app.screen_text()


async def test_a_paste_of_many_lines_loses_none() -> None:
    form = FieldForm(FIELDS)
    async with WidgetApp(form).run_test(size=(80, 24)) as pilot:
        form.focus_field("title")
        pilot.app.post_message(events.Paste("head of\r\nsales\n"))
        await pilot.pause()
        await pilot.press("enter")
        assert form.staged()["title"] == "head of sales"
        form.focus_field("note")
        pilot.app.post_message(events.Paste("\nline 2\n\tline 3"))
        await pilot.pause()
        await pilot.press("escape")
        assert form.staged()["note"] == "Met at the fair.\nWants a quote.\nline 2\n\tline 3"


async def test_many_lines_are_edited_with_enter_and_left_with_tab() -> None:
    form = FieldForm(FIELDS)
    app = WidgetApp(form)
    async with app.run_test(size=(80, 24)) as pilot:
        form.focus_field("note")
        await pilot.press("enter", "enter", "H", "i", "tab")
        assert form.staged() == {"note": "Met at the fair.\nWants a quote.\nHi"}
        assert "Hi" in app.screen_text()


async def test_a_choice_is_picked_by_typing_its_letters() -> None:
    form = FieldForm(FIELDS)
    app = WidgetApp(form)
    async with app.run_test(size=(80, 24)) as pilot:
        form.focus_field("stage")
        await pilot.press("c", "u")
        assert isinstance(app.screen, Picker)
        await pilot.press("enter")
        assert form.staged() == {"stage": "customer"}
        assert "Lead → Customer" in app.screen_text()
        form.focus_field("stage")
        await pilot.press("enter", "escape")
        assert form.staged() == {"stage": "customer"}


async def test_lists_and_switches() -> None:
    form = FieldForm(FIELDS)
    async with WidgetApp(form).run_test(size=(80, 24)) as pilot:
        form.focus_field("tags")
        await pilot.press("enter", *", east; ", "enter", "space", "down")
        assert form.staged() == {"tags": ("vip", "north", "east"), "newsletter": True}
        await pilot.press("x", "enter", "delete")
        assert "created" not in form.staged()


async def test_errors_stand_under_their_fields_until_the_value_changes() -> None:
    form = FieldForm(FIELDS)
    app = WidgetApp(form)
    async with app.run_test(size=(80, 24)) as pilot:
        form.set_errors({"email": "An address has an @ [/x]"})
        await pilot.pause()
        assert form.current == "email"
        assert "! An address has an @ [/x]" in app.screen_text()
        await pilot.press("a", "@", "b", "enter")
        assert "An address has" not in app.screen_text()


async def test_a_batch_edit_takes_only_the_fields_that_are_switched_on() -> None:
    fields = [replace(field, value=None, include=False) for field in FIELDS[:4]]
    form = FieldForm([replace(fields[0], placeholder="3 different values"), *fields[1:]])
    app = WidgetApp(form)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "[ ] Name       3 different values" in app.screen_text()
        await pilot.press("down", "x", "enter")
        assert form.staged() == {"company": "x"}
        assert "[x] Company" in app.screen_text()
        await pilot.press("delete")  # many different values become none
        assert form.staged() == {"company": "x", "title": None}
        await pilot.press("up", "space")
        assert form.staged() == {"title": None}


async def test_a_long_form_scrolls_with_the_edited_line_in_view() -> None:
    form = FieldForm([FormField(f"f{n}", f"Field {n}", f"value {n}") for n in range(60)])
    app = WidgetApp(form)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("end", "enter", "!")
        editor = app.focused
        assert editor is not None
        assert editor.region.y == 23
        await pilot.press("enter")
        assert "value 59 → value 59!" in app.screen_text()


async def test_tab_leaves_the_form_behind_its_last_field() -> None:
    first, second = FieldForm(FIELDS[:2]), FieldForm(FIELDS[:2])
    app = WidgetApp(first, second)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "tab", "x", "enter")
        assert second.staged() == {"name": "x"}


async def test_the_edited_line_stays_in_place_when_the_terminal_changes() -> None:
    form = FieldForm([FormField(f"f{n}", f"Field {n}", f"value {n}") for n in range(30)])
    app = WidgetApp(form)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("end", "enter")
        await pilot.resize_terminal(80, 24)
        await pilot.pause(0.1)
        editor = app.focused
        assert editor is not None
        assert editor.region.y == 23
        assert editor.region.right <= 80
