"""Control characters reach no terminal, by whatever widget they come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.widgets import Input, OptionList, Static

from tests.ui.widgets.apps import WidgetApp
from tui_crm.ui.guard import ControlGuard, plain

HOSTILE = "Bob\x1b]52;c;aGk=\x07\x9b31m\x00\x7f\u202egpj\u2066 end"
CONTROLS = {chr(code) for code in (*range(32), *range(127, 160))} | set("\u202e\u2066\u2069\u200f")


async def test_stock_widgets_paint_no_control_character() -> None:
    app = WidgetApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.mount(Static(HOSTILE, markup=False), Input(HOSTILE), OptionList(plain(HOSTILE)))
        await pilot.pause()
        text = app.screen_text().replace("\n", "")
        assert text.count("Bob") == 3
        assert not CONTROLS & set(text)


@given(st.text(st.sampled_from([*CONTROLS, *"ab 王[/]"])))
def test_the_guard_keeps_the_cells_and_leaves_commands_of_textual_alone(text: str) -> None:
    command = Segment("\x1b[1m", None, [(0,)])  # type: ignore[list-item]
    kept, guarded = ControlGuard().apply([command, Segment(text)], Color(0, 0, 0))
    assert kept is command
    assert not CONTROLS & set(guarded.text)
    assert cell_len(guarded.text) == cell_len(text)


def test_plain_is_never_markup() -> None:
    assert plain("Acme [/B2B] [@click=app.quit]x\r\nline 2").plain == (
        "Acme [/B2B] [@click=app.quit]x\nline 2"
    )
