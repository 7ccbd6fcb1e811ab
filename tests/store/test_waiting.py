"""Whoever waits for another writer is told who that is, and can stop waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tests.store.programs import Program
from tui_crm.store import Holder, Interrupted, Patience, connect
from tui_crm.ui.work import Cancel

EVE_WRITES = """
from tui_crm.store import connect
db = connect(url)
db.run("INSERT INTO crm_user (id, login, created_at) VALUES (77, 'eve', '')")
db.run("INSERT INTO meta (key, value) VALUES ('n', '0')")
db.sign(77, "eve")
with db.transaction():
    db.run("UPDATE meta SET value = 'eve' WHERE key = 'n'")
    ready()
db.close()
"""


def value_when(url: str, patience: Callable[[Program], Patience]) -> str:
    """What is there when eve and we have written; `patience` may let eve go on."""
    program = Program(EVE_WRITES, url)
    program.wait_ready()
    db = connect(url)
    try:
        with db.waiting(patience(program)), db.transaction():
            db.run("UPDATE meta SET value = 'mine' WHERE key = 'n'")
    finally:
        program.go()
        program.finish()
        [(value,)] = db.rows("SELECT value FROM meta WHERE key = 'n'")
        db.close()
    return str(value)


def test_who_waits_is_told_for_whom_and_goes_on_after_them(database_url: str) -> None:
    told: list[Holder] = []

    def patience(program: Program) -> Patience:
        def notice(holder: Holder) -> None:
            if not told:
                program.go()
            told.append(holder)

        return Patience(notice, limit=None)

    assert value_when(database_url, patience) == "mine"
    assert told[0].who == "eve"


def test_a_writer_can_stop_waiting(database_url: str) -> None:
    cancel = Cancel()

    def patience(_program: Program) -> Patience:
        return Patience(lambda _holder: cancel.cancel(), cancel, limit=None)

    with pytest.raises(Interrupted, match="Nothing was changed"):
        value_when(database_url, patience)
    assert cancel.cancelled


def test_the_patience_of_one_thread_is_not_that_of_another(database_url: str) -> None:
    db = connect(database_url)
    mine, seen = Patience(limit=1.0), []
    with db.waiting(mine):
        other = threading.Thread(target=lambda: seen.append(db.waits.patience))
        other.start()
        other.join()
        assert db.waits.patience is mine
    assert seen == [db.waits.usual]
    assert db.waits.patience == db.waits.usual
    db.close()
