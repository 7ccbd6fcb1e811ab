"""What the program asks of a terminal: few bytes, no work while idle, nothing left behind."""

from __future__ import annotations

import base64
import re
import sys
import time
from pathlib import Path

import pytest

from tests.terminal.conftest import READY, ROOT, Start
from tests.terminal.harness import Terminal
from tui_crm.core import customers
from tui_crm.core.session import Session

People = dict[str, int]


@pytest.fixture
def engine() -> str:
    """What is sent to a terminal does not depend on the engine."""
    return "sqlite"


def rested(terminal: Terminal) -> Terminal:
    """The program with its list, and the card if there is room, at rest."""
    terminal.wait_for(READY)
    terminal.settle(0.4)
    return terminal


@pytest.mark.parametrize(("columns", "rows"), [(120, 40), (80, 24)])
def test_moving_the_cursor_sends_less_than_a_kilobyte(
    crm: Start, people: People, columns: int, rows: int
) -> None:
    terminal = rested(crm(columns, rows))
    for key in ("down", "down", "down", "up", "down"):
        terminal.mark()
        terminal.press(key)
        terminal.settle(0.4)  # the card follows when the cursor rests
        assert 0 < len(terminal.since_mark()) < 1000


def test_an_idle_program_sends_nothing_and_does_nothing(crm: Start, people: People) -> None:
    terminal = rested(crm(120, 40))
    terminal.settle(4.0, 4.0)  # what makes the first query quick is fetched in the first seconds
    before = terminal.cpu_seconds()
    terminal.mark()
    terminal.settle(3.0, 3.0)
    assert terminal.since_mark() == b""
    assert terminal.cpu_seconds() - before < 0.1


def test_a_running_clock_sends_a_few_cells(crm: Start, people: People) -> None:
    terminal = rested(crm())
    terminal.press("ctrl+l")
    terminal.wait_for("0:01")
    terminal.mark()
    terminal.wait_for("0:03")
    assert len(terminal.since_mark()) < 200


def test_the_terminal_is_given_back_as_it_was(crm: Start, people: People) -> None:
    terminal = rested(crm())
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    output = bytes(terminal.output)
    for on, off in ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?2004h", b"\x1b[?2004l")):
        assert output.rfind(off) > output.rfind(on) >= 0
    assert b"\x1b[?1000h" not in output  # the mouse is left to the terminal
    assert terminal.cursor is not None


def test_a_smaller_and_a_larger_terminal(crm: Start, people: People) -> None:
    terminal = rested(crm(120, 40))
    terminal.send("lovel")
    terminal.wait_for("☎ +44 20 7946 0958")
    for columns, rows in ((80, 24), (40, 10), (20, 4), (200, 60), (80, 24)):
        terminal.resize(columns, rows)
        terminal.wait_until(lambda: "❯ lovel" in terminal.lines()[0], "the field")
        terminal.settle(0.1)
    terminal.wait_for("+44 20 7946 0958")
    terminal.press("enter")
    terminal.wait_for("Timeline")
    terminal.resize(30, 8)
    terminal.settle(0.2)
    terminal.resize(120, 40)
    terminal.wait_for("Timeline")


def test_chinese_stays_in_its_columns(crm: Start, people: People) -> None:
    terminal = rested(crm(120, 40))
    terminal.send("王")
    terminal.wait_for("❯ 王")
    terminal.wait_for("1 of 43")
    terminal.settle()
    lines = terminal.lines()
    header = next(y for y, line in enumerate(lines) if "Phone" in line)
    row = next(y for y, line in enumerate(lines) if "王小明" in line and "138" in line)
    cells = terminal.screen.buffer
    left = next(x for x in range(120) if cells[header][x].data == "P")
    shown = "".join(cells[row][x].data for x in range(left, left + 13))
    assert shown == "138 1234 5678"
    assert cells[row][left - 1].data == " "


def test_sixteen_colours_and_no_colour_at_all(crm: Start, people: People) -> None:
    plain = crm(120, 40, TERM="xterm", COLORTERM="")
    rested(plain)
    assert not re.search(rb"\x1b\[[0-9;]*[34]8;[25];", bytes(plain.output))
    plain.kill()
    gray = crm(120, 40, NO_COLOR="1")
    rested(gray)
    for red, green, blue in re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", bytes(gray.output)):
        assert red == green == blue
    gray.press("down")
    gray.settle()
    assert any("▌" in line for line in gray.lines())  # the cursor shows without colour


def test_the_program_speaks_chinese(crm: Start, people: People) -> None:
    terminal = crm(100, 30, LANG="zh_CN.UTF-8")
    terminal.wait_for("43 ")
    terminal.settle()
    assert "姓名" in terminal.text()
    terminal.press("enter")
    terminal.settle()
    assert not re.search(r"\bTimeline\b|\bSave\b", terminal.text())


def test_a_number_is_copied_through_the_terminal(crm: Start, people: People) -> None:
    terminal = rested(crm())
    terminal.send("grete")
    terminal.wait_for("1 of 43")
    terminal.mark()
    terminal.press("ctrl+y")
    terminal.wait_for("Copied: 0451 371-1024")
    encoded = base64.b64encode(b"0451 371-1024")
    assert b"\x1b]52;c;" + encoded in terminal.since_mark()


def test_a_bracketed_paste_is_one_search(crm: Start, people: People) -> None:
    terminal = rested(crm())
    terminal.send("\x1b[200~tel:+44 (0)20-7946-0958\r\n\x1b[201~")
    terminal.wait_for("1 of 43")
    terminal.wait_for("Ada Lovelace")


def test_what_is_pasted_is_never_a_command(crm: Start, people: People, session: Session) -> None:
    terminal = rested(crm())
    terminal.send("ada")
    terminal.wait_for("1 of 43")
    terminal.press("enter")
    terminal.wait_for("Timeline")
    # Escape sequences that no terminal knows, with the keys that delete a customer.
    terminal.send("\x1b[200~\x1b]d\x1b]y\x1b]d\x1b]y\x1b[201~")
    terminal.wait_for("]d]y]d]y")
    assert "Delete" not in terminal.text()
    assert customers.get(session, people["Ada Lovelace"]).deleted_at is None


def test_suspending_leaves_the_screen_whole(crm: Start, people: People) -> None:
    terminal = rested(crm())
    before = terminal.text()
    terminal.press("f12")
    terminal.settle()
    assert terminal.text() == before


def test_alt_and_a_letter_is_a_command_and_no_letter(crm: Start, people: People) -> None:
    terminal = rested(crm())
    terminal.send("rebate")
    terminal.wait_for("0 of 43")
    terminal.send("\x1bi")
    terminal.wait_for("Notes")
    assert "rebatei" not in terminal.text()
    terminal.settle()
    terminal.press("escape")
    terminal.wait_for("0 of 43")
    assert terminal.lines()[0].split()[:2] == ["❯", "rebate"]


def test_escape_and_a_letter_right_behind_it_are_two_keys(crm: Start, people: People) -> None:
    terminal = rested(crm())

    def typed() -> bool:
        return terminal.lines()[0].split()[:2] == ["❯", "i"]

    tries = 5  # a machine that is held up meanwhile may give both keys to the program at once
    for left in reversed(range(tries)):
        terminal.send("rebate")
        terminal.wait_for("0 of 43")
        terminal.press("escape")
        time.sleep(0.06)  # faster than a hand
        terminal.send("i")
        terminal.wait_until(lambda: typed() or "Notes" in terminal.text(), "the effect of i")
        if typed():
            return
        assert left, "Escape and i were taken for Alt+I"
        terminal.settle()
        terminal.press("escape")  # out of the notes
        terminal.wait_for("0 of 43")
        terminal.press("escape")
        terminal.wait_for(READY)


def test_bytes_of_another_encoding_do_not_end_the_program(crm: Start, people: People) -> None:
    terminal = rested(crm())
    terminal.send(b"M\xfcller")
    terminal.wait_for("M�ller")
    terminal.press("escape")
    terminal.wait_for(READY)


def test_errors_that_go_elsewhere_leave_the_screen_in_place(
    database_url: str, people: People, tmp_path: Path
) -> None:
    program = '"$0" -m tui_crm --db "$1" --as ana 2>errors'
    environment = {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    argv = ["sh", "-c", program, sys.executable, database_url]
    with Terminal(argv, env=environment, cwd=tmp_path) as terminal:
        terminal.wait_for(READY)
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    assert (tmp_path / "errors").read_bytes() == b""
