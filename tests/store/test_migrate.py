"""Migrations: applied once, all or nothing, and never against a database that they do not fit."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from tests.store.programs import together
from tui_crm.errors import DatabaseUnreachable
from tui_crm.store import connect, open_database
from tui_crm.store.migrate import FOLDER, KEPT_BACKUPS, ensure_schema, migrations

LATEST = len(migrations())

ADDS_A_TABLE = """
def up(db):
    db.run("CREATE TABLE addition (id integer)")
"""
FAILS_HALFWAY = """
def up(db):
    db.run("CREATE TABLE addition (id integer)")
    db.run("INSERT INTO addition (id) VALUES (1)")
    raise ValueError("halfway")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the program's migrations, to add to."""
    copy = tmp_path / "migrations"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def add_migration(folder: Path, code: str) -> None:
    number = len(migrations(folder)) + 1
    (folder / f"{number:04}_next.py").write_text(code)


def test_a_fresh_database_gets_the_whole_schema(empty_url: str) -> None:
    db = open_database(empty_url)
    assert db.migrated is not None
    assert (db.migrated.before, db.migrated.after, db.migrated.backup) == (0, LATEST, None)
    assert db.schema_version() == LATEST
    assert db.rows("SELECT n, name FROM schema_version ORDER BY n") == [
        (m.n, m.name) for m in migrations()
    ]
    db.close()


def test_a_current_database_is_left_alone(database_url: str) -> None:
    db = open_database(database_url, migrate=False)
    assert db.migrated is None
    db.close()


def test_without_leave_to_migrate_nothing_is_written(empty_url: str) -> None:
    with pytest.raises(DatabaseUnreachable, match="not prepared") as refusal:
        open_database(empty_url, migrate=False)
    assert "crm migrate" in refusal.value.hint
    db = connect(empty_url)
    assert db.schema_version() == 0
    db.close()


def test_of_programs_that_start_at_once_one_migrates(empty_url: str) -> None:
    code = (
        "from tui_crm.store import open_database\n"
        "ready()\n"
        "db = open_database(url)\n"
        "print(db.migrated is not None, db.schema_version())\n"
        "db.close()\n"
    )
    outputs = together(code, empty_url, 4)
    assert sorted(outputs) == [f"False {LATEST}"] * 3 + [f"True {LATEST}"]


def test_a_migration_that_fails_leaves_nothing(database_url: str, folder: Path) -> None:
    add_migration(folder, FAILS_HALFWAY)
    db = connect(database_url)
    with pytest.raises(ValueError, match="halfway"):
        ensure_schema(db, folder=folder)
    assert db.schema_version() == LATEST
    assert not db.has_table("addition")
    (folder / f"{LATEST + 1:04}_next.py").write_text(ADDS_A_TABLE)
    migrated = ensure_schema(db, folder=folder)
    assert migrated is not None
    assert (migrated.before, migrated.after) == (LATEST, LATEST + 1)
    assert db.has_table("addition")
    db.close()


def test_a_newer_schema_is_refused(database_url: str, folder: Path) -> None:
    add_migration(folder, ADDS_A_TABLE)
    db = connect(database_url)
    ensure_schema(db, folder=folder)
    db.close()
    with pytest.raises(DatabaseUnreachable, match="newer version") as refusal:
        open_database(database_url)
    assert "pip install --upgrade tui-crm" in refusal.value.hint


def test_a_newer_schema_that_allows_it_is_opened(database_url: str, folder: Path) -> None:
    add_migration(folder, f"MIN_PROGRAM = {LATEST}\n{ADDS_A_TABLE}")
    db = connect(database_url)
    ensure_schema(db, folder=folder)
    db.close()
    opened = open_database(database_url)
    assert opened.schema_version() == LATEST + 1
    opened.close()


def test_an_edited_migration_is_refused(database_url: str, folder: Path) -> None:
    first = folder / "0001_first.py"
    first.write_text(first.read_text() + "\n# edited\n")
    db = connect(database_url)
    with pytest.raises(DatabaseUnreachable, match="0001_first") as refusal:
        ensure_schema(db, folder=folder)
    assert "Nothing was changed" in refusal.value.hint
    db.close()


def test_a_gap_in_the_numbers_is_a_defect(folder: Path) -> None:
    (folder / "0099_gap.py").write_text(ADDS_A_TABLE)
    with pytest.raises(RuntimeError, match="not numbered"):
        migrations(folder)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_backup_is_taken_before_a_migration(
    database_url: str, folder: Path, tmp_path: Path
) -> None:
    add_migration(folder, ADDS_A_TABLE)
    db = connect(database_url)
    db.run("INSERT INTO tag (name) VALUES (?)", ("vip",))
    migrated = ensure_schema(db, folder=folder, backups=tmp_path / "backups")
    assert migrated is not None
    assert migrated.backup is not None
    assert migrated.backup.parent == tmp_path / "backups"
    assert stat.S_IMODE(migrated.backup.stat().st_mode) == 0o600
    assert list(migrated.backup.parent.iterdir()) == [migrated.backup]
    db.close()
    copy = connect(f"sqlite:///{migrated.backup}")
    assert copy.rows("SELECT name FROM tag") == [("vip",)]
    assert copy.schema_version() == LATEST
    assert not copy.has_table("addition")
    copy.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_last_backups_are_kept_and_no_other_files_are_touched(
    database_url: str, folder: Path, tmp_path: Path
) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    namesake = backups / "crm-00000000-before-format-2-20200101T000000Z.db"
    namesake.touch()
    db = connect(database_url)
    made = []
    for _ in range(KEPT_BACKUPS + 2):
        add_migration(folder, "def up(db):\n    db.run('SELECT 1')\n")
        migrated = ensure_schema(db, folder=folder, backups=backups)
        assert migrated is not None
        made.append(migrated.backup)
    db.close()
    assert {namesake, *made[-KEPT_BACKUPS:]} == set(backups.iterdir())


def test_the_file_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name text)")
        other.execute("PRAGMA application_id = 42")
    before = path.read_bytes()
    with pytest.raises(DatabaseUnreachable, match="another program"):
        open_database(f"sqlite:///{path}")
    assert path.read_bytes() == before


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_a_postgres_database_of_another_program_is_refused(empty_url: str) -> None:
    db = connect(empty_url)
    db.run("CREATE TABLE customer (shoe_size integer)")
    db.close()
    with pytest.raises(DatabaseUnreachable, match="another program"):
        open_database(empty_url)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_a_migration_does_not_queue_behind_a_reader_for_ever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui_crm.store import postgres

    monkeypatch.setattr(postgres, "LOCK_TIMEOUT", "20ms")
    monkeypatch.setattr(postgres, "LOCK_PAUSE", 0.001)
    reader, migrator = connect(database_url), connect(database_url)
    attempts = 0

    def alter() -> None:
        nonlocal attempts
        attempts += 1
        migrator.run("ALTER TABLE tag ADD COLUMN colour text")

    with reader.reading():
        reader.rows("SELECT count(*) FROM tag")
        with pytest.raises(DatabaseUnreachable, match="while somebody uses it"):
            migrator.change_schema(alter)
    assert attempts == postgres.LOCK_ATTEMPTS
    migrator.change_schema(alter)
    assert migrator.rows("SELECT colour FROM tag") == []
    reader.close()
    migrator.close()
