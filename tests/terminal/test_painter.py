"""The painter in a real terminal: what is sent adds up to what should be seen, and is little."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

from tests.terminal.harness import Terminal

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "tests.ui.widgets.apps"]


@pytest.fixture
def tour() -> Iterator[Terminal]:
    """The tour of widgets, at 100 x 30, with its list on the screen."""
    with Terminal(PROGRAM, 100, 30, env={"PYTHONPATH": str(ROOT)}, cwd=ROOT) as terminal:
        terminal.wait_for("Alice Johnson")
        terminal.settle()
        yield terminal


def seen(terminal: Terminal) -> list[str]:
    """Every cell as it looks, row by row, as text that can be compared."""

    def look(cell: pyte.screens.Char) -> str:
        # Neither the colour nor the weight of a blank can be seen.
        ink = "" if cell.data == " " else f"{cell.fg}/{cell.bold}/{cell.italics}"
        return f"{cell.data}/{ink}/{cell.bg}/{cell.strikethrough}/{cell.underscore}/{cell.reverse}"

    buffer = terminal.screen.buffer
    return [
        " ".join(look(buffer[y][x]) for x in range(terminal.columns)) for y in range(terminal.rows)
    ]


@pytest.mark.parametrize("seed", range(2))
def test_what_was_sent_in_parts_equals_a_full_repaint(tour: Terminal, seed: int) -> None:
    chance = random.Random(seed)
    keys = ["down", "up", "pagedown", "pageup", "end", "home", "space", "enter", "tab", "escape"]
    keys += ["down", "down", "pagedown", "f1", "f2", "f3", "f4", "ctrl+o", "a", "王", "backspace"]
    for number in range(1, 16):
        pressed = chance.choices(keys, k=chance.randint(1, 5))
        if chance.random() < 0.1:
            tour.resize(*chance.choice([(100, 30), (80, 24), (120, 36)]))
        tour.press(*pressed, "ctrl+g")
        tour.wait_for(f"tick {2 * number - 1}.")
        tour.settle()
        before = seen(tour)
        tour.press("ctrl+l", "ctrl+g")
        tour.wait_for(f"tick {2 * number}.")
        tour.settle()
        after = seen(tour)
        # The last line has the tick.
        wrong = [y for y in range(tour.rows - 1) if after[y] != before[y]]
        assert not wrong, (pressed, [(y, before[y], after[y]) for y in wrong[:2]])


def test_moving_in_a_list_sends_less_than_a_kilobyte(tour: Terminal) -> None:
    for key in ["down"] * 40 + ["up"] * 3 + ["space"]:
        tour.mark()
        tour.press(key)
        tour.wait_until(lambda: bool(tour.since_mark()), "a moved cursor")
        tour.settle(0.05)
        assert len(tour.since_mark()) < 1000


def test_an_idle_app_sends_nothing(tour: Terminal) -> None:
    tour.press("f2", "enter", "ctrl+g")  # a field that is being edited has a caret
    tour.wait_for("tick 1.")
    tour.settle(0.3)
    tour.mark()
    tour.settle(1.0, 1.2)
    assert tour.since_mark() == b""


def test_the_terminals_cursor_is_where_text_is_typed(tour: Terminal) -> None:
    assert tour.cursor is None
    tour.press("f2", "down", "enter", "ctrl+g")
    tour.wait_for("tick 1.")
    line = next(y for y, text in enumerate(tour.lines()) if "Company" in text)
    column = tour.lines()[line].index("北") + 2 * len("北京德利智能科技有限公司")
    tour.wait_until(lambda: tour.cursor == (line, column), "the cursor behind the text")
    tour.press("escape")
    tour.wait_until(lambda: tour.cursor is None, "a hidden cursor")


def test_a_resize_to_and_fro_is_painted_anew(tour: Terminal) -> None:
    before = seen(tour)
    tour.resize(60, 20)
    tour.resize(100, 30)
    tour.wait_until(lambda: seen(tour) == before, "the screen as it was")


def test_keys_typed_at_once_take_effect_in_order(tour: Terminal) -> None:
    tour.send(b"\x1bOQ\x1b[BAcm\x7fme\rboss\r")  # F2, down, "Acm", backspace, "me", Enter, ...
    tour.wait_for("→ Acme")
    tour.wait_for("boss")


def test_the_screen_is_given_back_at_the_end(tour: Terminal) -> None:
    tour.press("ctrl+q")
    assert tour.wait_exit() == 0
    assert b"\x1b[?1049l" in tour.output
    assert tour.cursor is not None


def test_textual_goes_on_where_painting_fails() -> None:
    failing = (
        "from tests.ui.widgets import apps; from tui_crm.ui.cell_screen import CellScreen\n"
        "def fail(*args): raise RuntimeError('no')\n"
        "CellScreen.move_to = fail\n"
        "apps.Tour().run(mouse=False)"
    )
    argv = [sys.executable, "-c", failing]
    with Terminal(argv, 100, 30, env={"PYTHONPATH": str(ROOT)}, cwd=ROOT) as terminal:
        terminal.wait_for("Alice Johnson")
        terminal.press("f2", "enter", "!", "enter")  # with the first caret
        terminal.wait_for("王小明 → 王小明!")
