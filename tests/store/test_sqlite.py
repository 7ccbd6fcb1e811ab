"""What is special about a database that is a file."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.store.programs import Program
from tests.store.test_writers import HOLDS_THE_LOCK
from tui_crm.errors import DatabaseUnreachable, InputRefused, UsageError
from tui_crm.store import Database, Patience, connect, open_database, sqlite, turn

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_the_file_is_the_owners_alone(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "crm.db"
    db = open_database(f"sqlite:///{path}")
    db.run("INSERT INTO tag (name) VALUES ('a')")
    files = sorted(file.name for file in path.parent.iterdir())
    assert files == ["crm.db", "crm.db-shm", "crm.db-wal", "crm.db.wlock"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    db.close()


def test_what_is_acknowledged_is_on_the_disk(db: Database) -> None:
    assert db.one("PRAGMA journal_mode") == ("wal",)
    assert db.one("PRAGMA synchronous") == (2,)  # FULL
    assert db.one("PRAGMA foreign_keys") == (1,)
    assert db.one("PRAGMA application_id") == (sqlite.APPLICATION_ID,)


def test_an_address_without_an_engine_is_a_wrong_usage(engine: str) -> None:
    for url in ("crm.db", "mysql://host/db", "sqlite:", "sqlite:///", "postgresql:"):
        with pytest.raises(UsageError, match="not a database address"):
            connect(url)


def test_a_folder_is_no_database(engine: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable, match="not a file"):
        open_database(f"sqlite:///{tmp_path}")


def test_a_folder_that_cannot_be_made_is_explained(engine: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseUnreachable, match="file is not a folder"):
        open_database(f"sqlite:///{tmp_path / 'file' / 'crm.db'}")


def test_a_text_file_is_no_database(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk. " * 500)
    with pytest.raises(DatabaseUnreachable, match="not a database"):
        open_database(f"sqlite:///{path}")
    assert path.read_text() == "Buy milk. " * 500


def test_what_is_read_in_place_is_what_others_stored(db: Database) -> None:
    def lengths() -> list[tuple[int]]:
        return db.rows("SELECT length(name) FROM tag ORDER BY id")

    db.read_in_place()
    other = open_database(db.url)
    with other.transaction():
        other.run_many("INSERT INTO tag (name) VALUES (?)", ((f"{n:09000}",) for n in range(200)))
    assert lengths() == [(9000,)] * 200
    other.run("DELETE FROM tag WHERE id > 1")
    for sql in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):  # the file becomes shorter
        other.rows(sql)
    assert lengths() == [(9000,)]
    other.close()


def test_a_read_only_database_is_explained(db: Database) -> None:
    db.one("PRAGMA query_only = 1")
    with pytest.raises(DatabaseUnreachable, match="cannot be written") as error:
        db.run("INSERT INTO tag (name) VALUES ('a')")
    assert "permissions" in error.value.hint


def test_a_file_that_is_taken_away_is_missed_and_not_replaced(db: Database) -> None:
    path = path_of(db.url)
    away = path.with_name("away.db")
    path.rename(away)
    with pytest.raises(DatabaseUnreachable, match="not there any more"):
        db.run("INSERT INTO tag (name) VALUES ('lost')")
    with ThreadPoolExecutor() as pool, pytest.raises(DatabaseUnreachable, match="any more"):
        pool.submit(db.rows, "SELECT name FROM tag").result()
    assert not path.exists()
    away.rename(path)
    db.run("INSERT INTO tag (name) VALUES ('kept')")
    assert db.rows("SELECT name FROM tag") == [("kept",)]


def test_a_full_disk_is_explained_and_harms_nothing(db: Database) -> None:
    [(pages,)] = db.rows("PRAGMA page_count")
    db.one(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DatabaseUnreachable, match="is full"), db.transaction():
        db.run("INSERT INTO tag (name) VALUES ('small')")
        db.run("INSERT INTO tag (name) VALUES (?)", ("x" * 1_000_000,))
    db.one("PRAGMA max_page_count = 1000000")
    db.run("INSERT INTO tag (name) VALUES ('after')")
    assert db.rows("SELECT name FROM tag") == [("after",)]


def test_a_full_disk_is_told_before_sqlite_meets_it(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(turn.Turn, "take", no_room)
    with pytest.raises(DatabaseUnreachable, match="is full") as error:
        db.run("INSERT INTO tag (name) VALUES ('a')")
    assert "Nothing was changed" in error.value.hint


@pytest.mark.parametrize(
    ("room", "writable", "said"),
    [
        (0, True, "is full"),
        (10**9, False, "The folder of .* cannot be written"),
        (10**9, True, "cannot be read"),
    ],
)
def test_why_a_file_beside_the_database_cannot_be_made_is_found_out(
    database_url: str, room: int, writable: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_database(database_url).close()
    path = path_of(database_url)
    path.with_name(f"{path.name}-wal").mkdir()  # as good as a disk that takes nothing
    monkeypatch.setattr(os, "access", lambda *_: writable)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=room))
    with pytest.raises(DatabaseUnreachable, match=said) as error:
        open_database(database_url)
    assert error.value.hint


def test_a_damaged_file_is_found(database_url: str) -> None:
    db = connect(database_url)
    db.run_many("INSERT INTO tag (name) VALUES (?)", [(f"{n:0500}",) for n in range(200)])
    db.close()
    path = path_of(database_url)
    data = bytearray(path.read_bytes())
    middle = data.index(b"%0500d" % 100)
    page = middle - middle % 4096
    data[page : page + 4096] = b"\xff" * 4096
    path.write_bytes(data)
    db = connect(database_url)
    try:
        problems = db.integrity()
    except DatabaseUnreachable as error:
        problems = [error.message]
    assert problems
    db.close()


def test_a_foreign_program_that_locks_the_file_is_named(
    db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = sqlite3.connect(path_of(database_url), isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    db.one("PRAGMA busy_timeout = 1")
    with pytest.raises(DatabaseUnreachable, match="locked by another program"), db.transaction():
        pass
    stranger.execute("ROLLBACK")
    stranger.close()
    db.run("INSERT INTO tag (name) VALUES ('a')")
    assert db.rows("SELECT name FROM tag") == [("a",)]


def test_a_writer_gives_up_when_the_turn_never_comes(db: Database, database_url: str) -> None:
    program = Program(HOLDS_THE_LOCK, database_url)
    program.wait_ready()
    with (
        pytest.raises(DatabaseUnreachable, match="has been writing"),
        db.waiting(Patience(limit=0.05)),
        db.transaction(),
    ):
        pass
    assert db.rows("SELECT name FROM tag") == []  # reading goes on
    program.go()
    program.finish()
    with db.transaction():  # also the turn that came too late was passed on
        db.run("INSERT INTO tag (name) VALUES ('mine')")
    assert db.rows("SELECT name FROM tag ORDER BY name") == [("draft",), ("mine",)]


def test_a_statement_outside_a_transaction_waits_for_its_turn(
    db: Database, database_url: str
) -> None:
    program = Program(HOLDS_THE_LOCK, database_url)
    program.wait_ready()
    writer = threading.Thread(
        target=lambda: db.run("INSERT INTO tag (name) VALUES ('single')"), daemon=True
    )
    writer.start()
    program.go()
    program.finish()
    writer.join(20)
    assert db.rows("SELECT name FROM tag ORDER BY name") == [("draft",), ("single",)]


def test_a_backup_is_complete_while_others_write(db: Database, tmp_path: Path) -> None:
    with db.transaction():
        db.run("INSERT INTO tag (name) VALUES ('a')")
    path = tmp_path / "backups" / "copy.db"
    db.backup(path)
    assert [file.name for file in path.parent.iterdir()] == ["copy.db"]
    copy = open_database(f"sqlite:///{path}", migrate=False)
    assert copy.one("PRAGMA journal_mode") == ("wal",)
    assert copy.rows("SELECT name FROM tag") == [("a",)]
    assert copy.integrity() == []
    copy.close()


def test_a_backup_never_replaces_a_file(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "precious.db"
    path.write_text("precious")
    with pytest.raises(InputRefused, match="already"):
        db.backup(path)
    assert path.read_text() == "precious"
    assert not list(tmp_path.glob("*.partial"))
