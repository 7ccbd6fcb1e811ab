"""The record list, its columns, its marks and its sources."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.message import Message

from tests.ui.widgets.apps import COLUMNS, Million, Row, WidgetApp, row
from tui_crm.ui.widgets.line_view import fit
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList, share_width
from tui_crm.ui.widgets.source_view import ListSource, PagedSource


def line(view: RecordList, y: int) -> str:
    return view.render_line(y).text


@given(st.text(), st.integers(0, 30), st.sampled_from(["left", "right", "center"]))
def test_fit_gives_exactly_the_cells(text: str, width: int, align: str) -> None:
    text = "".join(char for char in text if char.isprintable())
    assert cell_len(fit(text, width, align)) == width


@given(
    st.lists(
        st.builds(
            Column,
            st.just("n"),
            st.just("t"),
            least=st.integers(4, 20),
            weight=st.integers(0, 3),
            most=st.sampled_from([0, 25]),
            rank=st.integers(0, 3),
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(10, 220),
)
def test_columns_stay_within_the_width_and_the_least_important_leave(
    columns: list[Column], width: int
) -> None:
    widths = share_width(columns, width)
    kept = [cells for cells in widths if cells]
    assert sum(kept) + 2 * (len(kept) - 1) <= width
    left_out = [column.rank for column, cells in zip(columns, widths, strict=True) if not cells]
    stayed = [column.rank for column, cells in zip(columns, widths, strict=True) if cells]
    assert not left_out or min(left_out) >= max(stayed)


async def test_columns_line_up_for_chinese_and_latin_names() -> None:
    view = RecordList(COLUMNS, Million())
    async with WidgetApp(view).run_test(size=(120, 24)):
        lines = [line(view, y) for y in range(1, 12)]
        starts = {cell_len(text[: text.index("+86")]) for text in lines}
        assert len(starts) == 1
        assert {cell_len(text) for text in lines} == {120}


async def test_a_narrow_screen_keeps_the_name_and_drops_the_least_important() -> None:
    view = RecordList(COLUMNS, Million())
    async with WidgetApp(view).run_test(size=(52, 24)):
        header = line(view, 0)
        assert "Name" in header
        assert "Phone" in header
        assert "Amount" not in header


async def test_moving_through_a_million_rows() -> None:
    view = RecordList(COLUMNS, Million())
    async with WidgetApp(view).run_test(size=(80, 24)) as pilot:
        await pilot.press("end")
        assert view.current_key == 1_000_000
        assert "1000000" in line(view, 23)
        await pilot.press("up", "pageup")
        assert view.cursor == 999_998 - 22
        await pilot.press("home", "up")
        assert view.cursor == 0
        assert line(view, 1).startswith("▌")


async def test_marks_are_records_and_outlive_another_source() -> None:
    view = RecordList(COLUMNS, ListSource([row(n) for n in range(1, 6)]))
    async with WidgetApp(view).run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "down", "space")
        assert view.marks == {1, 3}
        view.set_source(ListSource([row(n) for n in (9, 3, 1)]))
        assert "✓" not in line(view, 1)
        assert "✓" in line(view, 2)
        assert "✓" in line(view, 3)


async def test_the_cursor_stays_on_its_record_when_rows_come_before_it() -> None:
    view = RecordList(COLUMNS, ListSource([row(n) for n in range(1, 60)]))
    async with WidgetApp(view).run_test(size=(80, 24)) as pilot:
        await pilot.press(*["down"] * 30)
        place = view.cursor - view.top
        view.set_source(ListSource([row(n) for n in range(-10, 60)]))
        assert view.current_key == 31
        assert view.cursor - view.top == place
        view.set_source(ListSource([row(n) for n in range(1, 5)]))
        assert view.cursor == 3
        view.set_source(ListSource([row(n) for n in range(1, 60)]), keep_cursor=False)
        assert (view.cursor, view.top) == (0, 0)


async def test_matches_are_lit_where_the_text_was_moved_to_the_right() -> None:
    columns = [Column("amount", "Amount", 20, 0, align="right")]
    view = RecordList(columns, ListSource([Row(1, [Cell("a1234", spans=((1, 3),))])]))
    async with WidgetApp(view).run_test(size=(80, 24)):
        lit = [segment.text for segment in view.render_line(1) if segment.style.bold]  # type: ignore[union-attr]
        assert lit == ["12"]


async def test_hostile_text_is_shown_and_never_obeyed() -> None:
    name = "Bob\x1b]52;c;aGk=\x07 [/b] [@click=app.quit]x\x9b1m\u202e\nend"
    view = RecordList(COLUMNS, ListSource([row(1, name)]))
    app = WidgetApp(view)
    async with app.run_test(size=(200, 24)):
        text = app.screen_text()
        assert "[/b] [@click=app.quit]x" in text
        assert not any(char in text for char in "\x1b\x07\x9b\u202e")
        assert cell_len(line(view, 1)) == 200


async def test_an_empty_list_says_why() -> None:
    view = RecordList(COLUMNS, empty_text="nobody has this number")
    app = WidgetApp(view)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "nobody has this number" in app.screen_text()
        await pilot.press("down", "end", "pagedown", "enter", "space")
        assert view.cursor == 0


class Pages:
    """A slow database: pages come when the test says so."""

    def __init__(self, view: RecordList, count: int) -> None:
        self.asked: list[tuple[int, int]] = []
        self.errors: list[Exception] = []
        self.gate = asyncio.Event()
        self.fail = False
        self.source: PagedSource[Row] = PagedSource(
            count, self.fetch, view.rows_arrived, self.errors.append, page=50
        )

    async def fetch(self, offset: int, limit: int) -> Sequence[Row]:
        self.asked.append((offset, limit))
        await self.gate.wait()
        if self.fail:
            raise OSError("gone")
        return [row(n + 1) for n in range(offset, offset + limit)]


async def test_rows_are_fetched_when_looked_at_and_drawn_when_they_come() -> None:
    view = RecordList(COLUMNS)
    messages: list[Message] = []
    async with WidgetApp(view).run_test(size=(80, 24), message_hook=messages.append) as pilot:
        pages = Pages(view, 10_000)
        view.set_source(pages.source)
        await pilot.pause()
        assert "·" in line(view, 1)
        pages.gate.set()
        await pilot.pause()
        assert "Alice Johnson 1" in line(view, 1)
        assert pages.asked == [(0, 50)]
        await pilot.press("end")
        await pilot.pause()
        assert view.current_key == 10_000
        assert (5000, 50) not in pages.asked
        found = [m for m in messages if isinstance(m, RecordList.Highlighted)]
        assert found[-1].key == 10_000


async def test_a_page_that_failed_is_reported_and_asked_for_again() -> None:
    view = RecordList(COLUMNS)
    async with WidgetApp(view).run_test(size=(80, 24)) as pilot:
        pages = Pages(view, 100)
        pages.fail = True
        pages.gate.set()
        view.set_source(pages.source)
        await pilot.pause()
        assert [str(error) for error in pages.errors] == ["gone"]
        pages.fail = False
        view.refresh()
        await pilot.pause()
        await pilot.pause()
        assert "Alice Johnson 1" in line(view, 1)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_line_fills_the_screen(size: tuple[int, int]) -> None:
    view = RecordList(COLUMNS, Million())
    app = WidgetApp(view)
    async with app.run_test(size=size):
        assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {size[0]}
