"""The large piece of a full text table lies where small writes do not merge it again and again."""

from __future__ import annotations

import random
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_crm.store import connect, open_database, segments
from tui_crm.store.database import Database
from tui_crm.store.migrate import FOLDER

WRITES = 100


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = connect(f"sqlite:///{tmp_path / 'crm.db'}")
    db.run("CREATE VIRTUAL TABLE pieces USING fts5(t, content='', columnsize=0, detail=none)")
    yield db
    db.close()


def largest(db: Database) -> tuple[int, int]:
    """The id of the largest piece, and how many blocks it has."""
    rows = db.rows("SELECT segid, count(*) FROM pieces_idx GROUP BY segid ORDER BY 2 DESC")
    return rows[0]


def write(db: Database, first: int, count: int) -> None:
    letters = random.Random(first)
    rows = ((n, "".join(letters.choices("abcdefghij", k=20))) for n in range(first, first + count))
    db.run_many("INSERT INTO pieces (rowid, t) VALUES (?, ?)", rows)


def fill(db: Database, *, settled: bool) -> tuple[int, int]:
    with db.transaction():
        write(db, 1, 20_000)
    with db.transaction():
        db.run("INSERT INTO pieces (pieces) VALUES ('optimize')")
        if settled:
            segments.settle(db, "pieces")
    before = largest(db)
    for number in range(WRITES):
        write(db, 100_000 + 10 * number, 10)
    return before


def test_small_writes_leave_the_large_piece_alone(db: Database) -> None:
    assert fill(db, settled=True) == largest(db)
    asked = "SELECT count(*) FROM pieces WHERE pieces MATCH 'a* OR b*'"
    found = db.one(asked)
    db.run("INSERT INTO pieces (pieces) VALUES ('optimize')")
    assert db.one(asked) == found
    db.run("INSERT INTO pieces (pieces) VALUES ('integrity-check')")


def test_without_it_they_merge_it(db: Database) -> None:
    assert fill(db, settled=False) != largest(db)


def test_a_table_of_nothing_or_of_several_pieces_is_left_as_it_is(db: Database) -> None:
    for first in (0, 100, 200):
        before = db.one("SELECT block FROM pieces_data WHERE id = 10")
        with db.transaction():
            segments.settle(db, "pieces")
        assert db.one("SELECT block FROM pieces_data WHERE id = 10") == before
        write(db, first, 50)


def test_the_migration_makes_one_piece_of_an_index(tmp_path: Path) -> None:
    db = open_database(f"sqlite:///{tmp_path / 'crm.db'}")
    add = "INSERT INTO search_words (rowid, t) VALUES (?, ?)"
    for id_ in (1, 2, 3):
        db.run(add, (id_, f"common only{id_}"))
    (path,) = FOLDER.glob("*_settled_pieces.py")
    with db.transaction():
        runpy.run_path(str(path))["up"](db)
    assert db.one("SELECT count(DISTINCT segid) FROM search_words_idx") == (1,)
    db.run(add, (4, "common"))
    found = "SELECT rowid FROM search_words WHERE search_words MATCH ? ORDER BY rowid"
    assert db.rows(found, ("common",)) == [(1,), (2,), (3,), (4,)]
    assert db.rows(found, ("only2",)) == [(2,)]
    db.close()
