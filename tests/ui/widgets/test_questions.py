"""The picker, the questions, the footer and the two lists with lines of their own."""

from __future__ import annotations

from rich.cells import cell_len

from tests.ui.widgets.apps import WidgetApp, diff, entry
from tui_crm.ui.widgets.diff_list import DiffList
from tui_crm.ui.widgets.field_form import Choice
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask, Confirm
from tui_crm.ui.widgets.source_view import ListSource
from tui_crm.ui.widgets.timeline import Timeline

CHOICES = [Choice("bj", "北京"), Choice("sh", "Shanghai"), Choice("gz", "Guangzhou [/x]", "south")]


async def test_the_picker_filters_while_typing_and_gives_the_value() -> None:
    app = WidgetApp()
    async with app.run_test(size=(80, 24)) as pilot:
        got: list[tuple[str, ...] | None] = []
        app.push_screen(Picker("City [/b]", CHOICES), got.append)
        await pilot.pause()
        assert "Guangzhou [/x]" in app.screen_text()
        await pilot.press("g", "u")
        assert "Shanghai" not in app.screen_text()
        await pilot.press("enter")
        assert got == [("gz",)]


async def test_the_picker_starts_at_the_value_in_force_and_offers_none() -> None:
    app = WidgetApp()
    async with app.run_test(size=(80, 24)) as pilot:
        got: list[tuple[str, ...] | None] = []
        app.push_screen(Picker("City", CHOICES, chosen=["sh"], optional=True), got.append)
        await pilot.pause()
        assert "▌  Shanghai" in app.screen_text()
        await pilot.press("enter")
        app.push_screen(Picker("City", CHOICES, chosen=["sh"], optional=True), got.append)
        await pilot.pause()
        await pilot.press("down", "down", "enter")
        app.push_screen(Picker("City", CHOICES), got.append)
        await pilot.pause()
        await pilot.press("z", "z", "z", "enter", "escape")
        assert got == [("sh",), (), None]


async def test_the_picker_takes_many_and_keeps_marks_while_filtering() -> None:
    app = WidgetApp()
    async with app.run_test(size=(80, 24)) as pilot:
        got: list[tuple[str, ...] | None] = []
        app.push_screen(Picker("Cities", CHOICES, chosen=["bj"], many=True), got.append)
        await pilot.pause()
        await pilot.press("g", "u", "space", "enter")
        assert got == [("bj", "gz")]


async def test_enter_takes_the_one_that_was_looked_for_without_a_mark() -> None:
    app = WidgetApp()
    async with app.run_test(size=(80, 24)) as pilot:
        got: list[tuple[str, ...] | None] = []
        for chosen, keys in (((), ["down"]), (("bj",), ["g", "u"]), (("bj",), ["down"])):
            app.push_screen(Picker("Cities", CHOICES, chosen=chosen, many=True), got.append)
            await pilot.pause()
            await pilot.press(*keys, "enter")
        assert got == [("sh",), ("bj", "gz"), ("bj",)]


async def test_a_question_is_answered_by_its_keys_only() -> None:
    app = WidgetApp()
    async with app.run_test(size=(80, 24)) as pilot:
        got: list[str | None] = []
        app.push_screen(
            Confirm("Sure?", "3 [/b] records", [("y", "yes"), ("D", "all")]), got.append
        )
        await pilot.pause()
        assert "3 [/b] records" in app.screen_text()
        await pilot.press("enter", "d", "x")
        assert got == []
        await pilot.press("D")
        app.push_screen(Confirm("Sure?", "", [("y", "yes")]), got.append)
        await pilot.pause()
        await pilot.press("escape")
        assert got == ["D", None]


async def test_one_line_is_asked_for() -> None:
    app = WidgetApp()
    async with app.run_test(size=(80, 24)) as pilot:
        got: list[str | None] = []
        app.push_screen(Ask("Name", "of the search", value="VIP"), got.append)
        await pilot.pause()
        await pilot.press("space", "2", "enter")
        assert got == ["VIP 2"]


async def test_the_footer_leaves_out_what_does_not_fit_and_keeps_the_message() -> None:
    footer = Footer([(f"F{n}", f"action {n}") for n in range(1, 12)])
    app = WidgetApp(footer)
    async with app.run_test(size=(80, 24)) as pilot:
        full = footer.render_line(0).text
        assert "F5 action 5" in full
        assert "F11" not in full
        footer.say("saved [/b] 王小明", "good")
        await pilot.pause()
        last = app.screen_text().splitlines()[-1]
        assert last.endswith("✓ saved [/b] 王小明")
        assert "F1 action 1" in last
        assert cell_len(footer.render_line(0).text) == 80
        footer.say("x" * 200, "bad")
        assert cell_len(footer.render_line(0).text) == 80
        footer.hush()
        footer.status("12 of 90")
        assert footer.render_line(0).text.rstrip().endswith("12 of 90")


async def test_ten_thousand_entries_of_two_lines() -> None:
    timeline = Timeline(ListSource([entry(n) for n in range(10_000)]))
    app = WidgetApp(timeline)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("end")
        assert timeline.current_key == 9_999
        assert "Talk 9999" in app.screen_text().splitlines()[-2]
        await pilot.press("pageup")
        assert timeline.cursor < 9_999
        timeline.set_preview(False)
        await pilot.pause()
        lines = app.screen_text().splitlines()
        assert all("Talk" in line and "谈了报价" in line for line in lines)
        assert f"Talk {timeline.current_key}" in app.screen_text()


async def test_changes_show_both_sides_or_the_reason() -> None:
    view = DiffList(ListSource([diff(n) for n in range(20)]))
    app = WidgetApp(view)
    async with app.run_test(size=(80, 24)):
        lines = app.screen_text().splitlines()
        assert "∅ → 上海" in lines[0]
        assert "北京 → 上海" in lines[1]
        assert "changed by bob" in lines[6]
