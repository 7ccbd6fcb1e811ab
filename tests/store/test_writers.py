"""Several programs write at once: everybody gets a turn, and nothing acknowledged is lost."""

from __future__ import annotations

import pytest

from tests.store.programs import Program, together
from tui_crm.store import connect

WRITERS = 4
ROUNDS = 25

# Read, then write what was read: the shape of every edit.
COUNTS_UP = f"""
from tui_crm.store import connect
db = connect(url)
db.rows("SELECT 1")
ready()
for _ in range({ROUNDS}):
    with db.transaction():
        lock = " FOR UPDATE" if db.engine == "postgres" else ""
        [(value,)] = db.rows("SELECT value FROM meta WHERE key = 'n'" + lock)
        db.run("UPDATE meta SET value = ? WHERE key = 'n'", (str(int(value) + 1),))
db.close()
print("done")
"""

SIGNS_THE_BOOK = """
import os, time
from tui_crm.store import connect
db = connect(url)
me = str(os.getpid())
ready()
for n in range(60):
    with db.transaction():
        db.run("INSERT INTO tag (name) VALUES (?)", (me + "-" + str(n),))
db.close()
print(me)
"""

ACKNOWLEDGES = """
from tui_crm.store import connect
db = connect(url)
ready()
n = 0
while True:
    with db.transaction():
        db.run("INSERT INTO tag (name) VALUES (?)", (f"first-{n}",))
        db.run("INSERT INTO tag (name) VALUES (?)", (f"second-{n}",))
    print(n, flush=True)
    n += 1
"""

HOLDS_THE_LOCK = """
from tui_crm.store import connect
db = connect(url)
with db.transaction():
    db.run("INSERT INTO tag (name) VALUES ('draft')")
    ready()
"""


def test_no_update_of_many_writers_is_lost(database_url: str) -> None:
    db = connect(database_url)
    db.run("INSERT INTO meta (key, value) VALUES ('n', '0')")
    assert together(COUNTS_UP, database_url, WRITERS) == ["done"] * WRITERS
    assert db.one("SELECT value FROM meta WHERE key = 'n'") == (str(WRITERS * ROUNDS),)
    assert db.integrity() == []
    db.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_writers_take_turns(database_url: str) -> None:
    """While all four write, nobody gets far ahead of the one who is served least."""
    writers = together(SIGNS_THE_BOOK, database_url, WRITERS)
    db = connect(database_url)
    signed = [name.split("-")[0] for (name,) in db.rows("SELECT name FROM tag ORDER BY id")]
    db.close()
    counts = dict.fromkeys(writers, 0)
    assert len(signed) == 60 * WRITERS
    started = {writer: signed.index(writer) for writer in writers}
    for writer in signed[max(started.values()) :]:
        counts[writer] += 1
        if max(counts.values()) == 30:
            break
    assert min(counts.values()) >= 10


def test_a_writer_that_is_killed_loses_nothing_that_it_acknowledged(database_url: str) -> None:
    acknowledged = -1
    for _round in range(3):
        program = Program(ACKNOWLEDGES, database_url)
        program.wait_ready()
        program.go()
        while (last := int(program.line())) < 15:
            pass
        program.kill()
        acknowledged = last
        db = connect(database_url)
        names = {name for (name,) in db.rows("SELECT name FROM tag")}
        assert {f"first-{n}" for n in range(acknowledged + 1)} <= names
        assert {name.replace("first", "second") for name in names if "first" in name} == {
            name for name in names if "second" in name
        }
        assert db.integrity() == []
        db.run("DELETE FROM tag")
        db.close()


def test_the_turn_of_a_killed_writer_passes_on(database_url: str) -> None:
    program = Program(HOLDS_THE_LOCK, database_url)
    program.wait_ready()
    program.kill()
    db = connect(database_url)
    with db.transaction():
        db.run("INSERT INTO tag (name) VALUES ('draft')")
    assert db.rows("SELECT name FROM tag") == [("draft",)]
    db.close()
