"""The cell model against pyte, and what the painter does when Textual is not as it expects."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from tests.ui.widgets.apps import COLUMNS, Million, WidgetApp
from tui_crm.ui import painter
from tui_crm.ui.cell_screen import CellScreen
from tui_crm.ui.widgets.record_list import RecordList

WIDTH, HEIGHT = 24, 12
STYLES = [
    None,
    Style.parse("red on blue"),
    Style.parse("bold #aabbcc on #101010"),
    Style.parse("on #101010"),
    Style.parse("underline"),
    Style.parse("reverse strike"),
]
texts = st.text(st.sampled_from([*"ab xyz", " ", " ", "王", "明", "é"]), max_size=WIDTH)
segments = st.lists(st.builds(Segment, texts, st.sampled_from(STYLES)), max_size=5)
rows = st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), segments)


class Reader:
    """A terminal that is sent frames."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)

    def seen(self) -> list[list[tuple[str, ...]]]:
        return [
            [
                (c.data, c.bg, str(c.underscore), str(c.reverse), str(c.strikethrough))
                + ((c.fg, str(c.bold)) if c.data != " " else ())
                for c in (self.screen.buffer[y][x] for x in range(WIDTH))
            ]
            for y in range(HEIGHT)
        ]


def whole(model: CellScreen, colors: ColorSystem, erase: bool) -> Reader:
    """A terminal that was painted at once with what `model` believes."""
    other, reader = CellScreen(colors, erase=erase), Reader()
    pieces = [(y, 0, list(row)) for y, row in enumerate(model._rows)]
    reader.stream.feed(other.frame(pieces, WIDTH, HEIGHT))
    return reader


@settings(max_examples=150)
@given(
    st.lists(st.lists(rows, max_size=HEIGHT), min_size=1, max_size=6),
    st.booleans(),
    st.sampled_from([ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD]),
)
def test_frames_add_up_to_the_whole_screen(
    frames: list[list[tuple[int, int, list[Segment]]]], erase: bool, colors: ColorSystem
) -> None:
    model, reader = CellScreen(colors, erase=erase), Reader()
    for frame in frames:
        pieces = [(y, x, model.cells(parts)) for y, x, parts in frame]
        reader.stream.feed(model.frame(pieces, WIDTH, HEIGHT))
    assert reader.seen() == whole(model, colors, erase).seen()


@settings(max_examples=60)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=8))
def test_a_scrolled_pane_is_what_it_should_be_and_cheap(tops: list[int]) -> None:
    model, reader = CellScreen(ColorSystem.TRUECOLOR, erase=True), Reader()
    for top in tops:
        pieces = [(0, 0, model.cells([Segment(f"title {top}".ljust(WIDTH))]))]
        pieces += [
            (y, 0, model.cells([Segment(f"line {top + y} 王 of the pane".ljust(WIDTH - 1))]))
            for y in range(1, HEIGHT)
        ]
        reader.stream.feed(model.frame(pieces, WIDTH, HEIGHT))
    assert reader.seen() == whole(model, ColorSystem.TRUECOLOR, True).seen()


def test_a_frame_that_changes_nothing_sends_nothing() -> None:
    model = CellScreen(ColorSystem.TRUECOLOR, erase=True)
    parts = [Segment("王小明", STYLES[1]), Segment("  x ", STYLES[2])]
    assert model.frame([(3, 2, model.cells(parts))], WIDTH, HEIGHT)
    assert model.frame([(3, 2, model.cells(parts))], WIDTH, HEIGHT) == ""


def test_a_moved_line_is_moved_by_the_terminal() -> None:
    model = CellScreen(ColorSystem.TRUECOLOR, erase=True)

    def pane(top: int) -> str:
        lines = [str((top + y) ** 9).ljust(WIDTH) for y in range(HEIGHT)]
        return model.frame(
            [(y, 0, model.cells([Segment(line)])) for y, line in enumerate(lines)], WIDTH, HEIGHT
        )

    first = pane(100)
    assert len(pane(101)) < len(first) / 4


async def test_this_textual_is_painted_by_us_and_without_a_terminal_by_textual() -> None:
    assert painter.can_paint()
    app = WidgetApp(RecordList(COLUMNS, Million()))
    async with app.run_test(size=(80, 24)):
        assert not app.hardware_cursor


def test_another_textual_is_left_to_paint_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    class Changed:
        def __init__(self, strips: list[list[Strip]], region: Region) -> None:
            self.lines = strips

    monkeypatch.setattr(painter, "LayoutUpdate", Changed)
    assert not painter.can_paint()
    monkeypatch.setattr(painter, "_KNOWN_TEXTUAL", False)
    assert not painter.can_paint()
