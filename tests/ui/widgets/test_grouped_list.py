"""Rows under headings: where they lie, and that the cursor stays with its row."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import App, ComposeResult

from tui_crm.ui.style.variables import THEME_VARIABLES
from tui_crm.ui.widgets.grouped_list import GroupedList, GroupRow
from tui_crm.ui.widgets.record_list import Cell, Column


def rows(*names: str) -> list[GroupRow]:
    """Rows like "A:one": group A."""
    return [GroupRow(name, (Cell(name[2:]),), f"Group {name[0]}") for name in names]


class Grouped(App[None]):
    """A list and nothing else."""

    def compose(self) -> ComposeResult:
        yield GroupedList([Column("name", "")], empty_text="nobody")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(THEME_VARIABLES)

    @property
    def view(self) -> GroupedList:
        return self.query_one(GroupedList)

    def lines(self) -> Sequence[str]:
        return [self.view.render_line(y).text.rstrip(" ─│┃") for y in range(self.view.size.height)]


async def test_headings_stand_above_the_first_row_of_their_group() -> None:
    app = Grouped()
    async with app.run_test(size=(30, 8)) as pilot:
        app.view.set_rows(rows("A:one", "A:two", "B:three"))
        await pilot.pause()
        app.view.focus()
        await pilot.pause()
        assert app.lines() == [
            "   Group A", "▌  one", "   two", "", "   Group B", "   three", "", "",
        ]  # fmt: skip
        await pilot.press("end")
        assert app.view.current_key == "B:three"
        assert app.lines()[5] == "▌  three"


async def test_going_up_to_a_first_row_shows_its_heading_again() -> None:
    app = Grouped()
    async with app.run_test(size=(30, 4)) as pilot:
        app.view.set_rows(rows("A:one", "A:two", "A:three", "B:four", "B:five"))
        app.view.focus()
        await pilot.press("end")
        assert app.lines()[-1] == "▌  five"
        await pilot.press("home")
        assert app.lines()[:2] == ["   Group A", "▌  one"]


async def test_the_cursor_stays_on_its_row_and_goes_to_the_next_when_that_is_gone() -> None:
    app = Grouped()
    async with app.run_test(size=(30, 10)) as pilot:
        app.view.set_rows(rows("A:one", "A:two", "B:three"))
        await pilot.pause()
        app.view.cursor = 1
        app.view.set_rows(rows("A:zero", "A:one", "A:two", "B:three"))
        assert app.view.current_key == "A:two"
        app.view.set_rows(rows("A:zero", "A:one", "B:three"))
        assert app.view.current_key == "B:three"
        app.view.set_rows(rows("A:zero"))
        assert app.view.current_key == "A:zero"
        app.view.set_rows([])
        await pilot.pause()
        assert app.view.current_row is None
        assert any("nobody" in line for line in app.lines())
        await pilot.press("down", "end", "enter")
