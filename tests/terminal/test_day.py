"""A working day at the real program, on both engines: type, call, crash, go on."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import add_user
from tests.terminal.conftest import READY, ROOT, Start
from tests.terminal.harness import Terminal
from tui_crm.core import customers, interactions, tasks
from tui_crm.core.changes import Edit, Request, Update, apply
from tui_crm.core.session import Session
from tui_crm.text.dates import utc_now

People = dict[str, int]


def value(session: Session, id_: int, field: str) -> object:
    """What a field of a customer holds now."""
    return customers.get(session, id_).values[field]


def test_what_is_typed_before_the_first_frame_is_searched(crm: Start, people: People) -> None:
    for typed, seen in (("grete m", "0451 371-1024"), ("grete\r", "grete@example.com")):
        for start in (lambda _: True, lambda terminal: bool(terminal.output)):
            terminal = crm()
            terminal.wait_until(lambda: start(terminal), "the start")  # noqa: B023
            terminal.send(typed)
            terminal.wait_for("❯ Grete Müller" if "\r" in typed else f"❯ {typed}")
            terminal.wait_for(seen)
            terminal.kill()


def test_a_call_from_the_search_to_the_search(crm: Start, people: People, session: Session) -> None:
    terminal = crm(120, 40)
    terminal.wait_for(READY)
    terminal.send("lovel\x0cr3\x13")  # the name, Ctrl+L, reached, in three days, Ctrl+S
    terminal.wait_for("Logged for Ada Lovelace; next step in 3 d.")
    terminal.wait_for("just now")
    terminal.send("grete")
    terminal.wait_for("❯ grete")
    [entry] = [
        e for e in customers.timeline(session, people["Ada Lovelace"]) if e.kind == "interaction"
    ]
    assert interactions.get(session, entry.id).disposition == "reached"
    [task] = tasks.due(session, utc_now() + timedelta(days=4))
    assert task.customer_id == people["Ada Lovelace"]


def test_an_edit_is_shown_saved_and_taken_back(
    crm: Start, people: People, session: Session
) -> None:
    ada = people["Ada Lovelace"]
    terminal = crm()
    terminal.wait_for(READY)
    terminal.send("lovel\re King\r")
    terminal.wait_for("Ada Lovelace → Ada Lovelace King")
    terminal.press("ctrl+s")
    terminal.wait_for("Saved.")
    assert value(session, ada, "name") == "Ada Lovelace King"
    terminal.press("escape")
    terminal.wait_for("❯ lovel")
    terminal.press("ctrl+z")
    terminal.wait_for("1 record goes back")
    terminal.press("y")
    terminal.wait_for("1 record taken back.")
    assert value(session, ada, "name") == "Ada Lovelace"


def test_many_at_once_and_one_undo(crm: Start, people: People, session: Session) -> None:
    terminal = crm(120, 40)
    terminal.wait_for(READY)
    terminal.send("bern")
    terminal.wait_for("40 of 43")
    terminal.press("ctrl+a")
    terminal.wait_for("All 40 matches marked.")
    terminal.press("ctrl+b")
    terminal.wait_for("Batch edit")
    terminal.wait_for("City")
    while not any("▌" in line and " City" in line for line in terminal.lines()):
        terminal.press("down")
        terminal.settle(0.05)
    terminal.send("Basel\r")
    terminal.wait_for("[x] City")
    terminal.press("ctrl+s")
    terminal.wait_for("Bern → Basel")
    terminal.press("ctrl+s")
    terminal.settle()
    terminal.press("y")
    terminal.wait_for("40")
    terminal.wait_until(
        lambda: value(session, people["Customer 39"], "city") == "Basel", "the batch"
    )
    terminal.settle()
    terminal.press("escape")
    terminal.settle()
    terminal.press("f3", "ctrl+z")
    terminal.wait_for("40 records go back")
    terminal.press("y")
    terminal.wait_for("40 records taken back.")
    assert value(session, people["Customer 00"], "city") == "Bern"


def test_a_killed_terminal_keeps_the_half_typed_form(
    crm: Start, people: People, session: Session, draft_text: Callable[[], str]
) -> None:
    terminal = crm()
    terminal.wait_for(READY)
    terminal.send("lovel\x0cr\t\t\tShe wants th")
    terminal.wait_for("She wants th")
    terminal.wait_until(lambda: "She wants th" in draft_text(), "the draft")
    terminal.kill(signal.SIGKILL)
    again = crm()
    again.wait_for("1 unfinished form is kept: F2 shows it.")
    again.press("f2")
    again.wait_for("Half-written")
    again.wait_for("Ada Lovelace")
    again.press("enter")
    again.wait_for("She wants th")
    again.press("ctrl+s")
    again.wait_gone("She wants th")
    again.wait_until(lambda: draft_text() == "", "the end of the draft")
    [entry] = [
        e for e in customers.timeline(session, people["Ada Lovelace"]) if e.kind == "interaction"
    ]
    assert interactions.get(session, entry.id).note == "She wants th"


def test_what_was_saved_outlives_a_kill(crm: Start, people: People, session: Session) -> None:
    terminal = crm()
    terminal.wait_for(READY)
    terminal.send("lovel\re King\r\x13")
    terminal.wait_for("Saved.")
    terminal.kill(signal.SIGKILL)
    assert value(session, people["Ada Lovelace"], "name") == "Ada Lovelace King"
    again = crm()
    again.wait_for(READY)
    assert "unfinished" not in again.text()


def test_two_terminals_see_each_other_and_are_asked(
    crm: Start, people: People, session: Session
) -> None:
    ada = people["Ada Lovelace"]
    add_user("bob")
    one, two = crm(100, 50), crm(100, 50, login="bob")
    for terminal in (one, two):
        terminal.wait_for(READY)
        terminal.send("lovel\r")
        terminal.wait_for("London")
    apply(session, Request([Update(ada, Edit({"title": "Countess"}))], "edit"))
    for terminal in (one, two):
        terminal.wait_for("Title         Countess")
    for terminal, city in ((one, "Turin"), (two, "Paris")):
        while not any("▌" in line and " City" in line for line in terminal.lines()):
            terminal.press("down")
            terminal.settle(0.05)
        terminal.send(f"e\x15{city}\r")
        terminal.wait_for(f"London → {city}")
    one.press("ctrl+s")
    one.wait_for("Saved.")
    two.wait_for("now: Turin")
    two.press("ctrl+s")
    two.wait_for("Somebody else changed this")
    two.wait_for("Turin  (ana)")
    two.press("enter")
    two.wait_for("Saved.")
    one.wait_for("City          Paris")
    assert value(session, ada, "city") == "Paris"


def test_keys_in_a_hurry_never_stop_the_program(crm: Start, people: People) -> None:
    terminal = crm(100, 30)
    terminal.wait_for(READY)
    for burst in (
        "lovel\r\x1b\x1b", "gr\re\x1b\x1b\x1b", "\x0cr\x0b", "\x0c\t\t\tnote\x1b\x1b\x1b",
        "\x1bOQ\x1b\x1bOS\r\x1b\x1b", "\x0enew one\r\x1bd", "a\rnnnppp\x1b", "\tjjkk \x1b",
        "\x10help\r\x1b\x1b", "\x1bOP\x1b", "zzz\r\r\x1b", "\x1a\x1b", "\x06\x1b\x0f\x1b\x07\x1b",
    ):  # fmt: skip
        terminal.send(burst)
        terminal.settle(0.1)
    for _step in range(20):  # home, through whatever is open by now
        terminal.press("d" if "discard" in terminal.text() else "escape")
        terminal.settle(0.1)
        keys = terminal.lines()[-1]
        if "Enter Open" in keys and "Esc Back" not in keys and "╭" not in terminal.text():
            break
        terminal.press("f3")
        terminal.settle(0.1)
    terminal.send("\x1b")
    terminal.settle(0.4)  # or the next letter would be one with Alt
    terminal.send("lovel")
    terminal.wait_for("❯ lovel")
    terminal.wait_for("London")
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0


def test_hostile_text_reaches_no_terminal_raw(crm: Start, people: People, session: Session) -> None:
    evil = "Bob\x1b]52;c;cHduZWQ=\x07\x9b31m\u202eevil[/x][@click=app.quit]q[/]"
    # Past the program's own door, which would not let it in.
    session.db.run("UPDATE customer SET name = ? WHERE id = ?", (evil, people["Customer 01"]))
    session.db.run("UPDATE customer SET city = ?", (evil,))
    terminal = crm(120, 40)
    terminal.wait_for("Bob�")
    terminal.press("enter")
    terminal.settle()
    terminal.press("escape", "f4")
    terminal.wait_for("History")
    terminal.settle()
    text = terminal.output.decode("utf-8", "replace")
    text = re.sub("\x1b]22;[a-z]*(\x1b\\\\|\x07)", "", text)  # the shape of the pointer
    assert "\x1b]" not in text
    assert "\x07" not in text
    assert not re.search("[\x80-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "[/x][@click" in terminal.text() or "[/x]" in text


@pytest.mark.parametrize("failure", ["wrong", "gone"])
def test_a_database_that_cannot_be_opened_is_said_in_the_plain_terminal(
    crm: Start, database_url: str, failure: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bad")
    bad = folder / "crm.db"
    if failure == "wrong":
        bad.write_text("this is no database " * 400)
        url = f"sqlite:///{bad}"
    else:
        url = "postgresql://nobody@127.0.0.1:1/none"
    argv = [sys.executable, "-m", "tui_crm", "--db", url]
    with Terminal(argv, env={"PYTHONPATH": str(ROOT), "HOME": str(folder)}) as terminal:
        assert terminal.wait_exit(30) == 5
        assert "crm: " in terminal.text()
        assert terminal.cursor is not None
