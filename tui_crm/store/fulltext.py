"""Full text tables of SQLite filled with millions of rows, each by a process of its own.

FTS5 takes longer to insert the words of a million customers than everything else together. A
process that does nothing else builds a table in a file of its own; what FTS5 wrote there, blocks
and where each begins, is then copied as it is.
"""

from __future__ import annotations

import marshal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from tui_crm.errors import CrmError
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.store.sqlite import SqliteDatabase

Rows = Iterable[tuple[int, str]]
Add = Callable[[Rows], None]

WORTH_A_PROCESS = 50_000
"""Rows from which on a process of its own, which starts in a quarter of a second, is quicker."""

_USUAL_MEMORY = 1 << 20  # bytes that FTS5 gathers before it writes a segment
_BUILD_MEMORY = 128 << 20
_BATCH = 5000  # rows sent at once


@contextmanager
def filling(db: SqliteDatabase, table: str, total: int) -> Iterator[Add]:
    """Empty a contentless full text table; give a function that adds rows in ascending order.

    Belongs into a transaction. All rows, about `total`, are in the table when the block ends.
    """
    db.run(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
    way = _here if total < WORTH_A_PROCESS else _elsewhere
    with way(db, table) as add:
        yield add


@contextmanager
def _here(db: SqliteDatabase, table: str) -> Iterator[Add]:
    def add(rows: Rows) -> None:
        db.run_many(f"INSERT INTO {table} (rowid, t) VALUES (?, ?)", rows)

    _set_memory(db.run, table, _BUILD_MEMORY)
    yield add
    db.run(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
    _set_memory(db.run, table, _USUAL_MEMORY)


@contextmanager
def _elsewhere(db: SqliteDatabase, table: str) -> Iterator[Add]:
    row = db.one("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
    assert row is not None
    with TemporaryDirectory(prefix="crm-index-", dir=db.path.parent) as folder:
        path = Path(folder) / "part.db"
        # Not multiprocessing: it would run the program's main module anew.
        command = [sys.executable, "-m", __name__, str(path), table, row[0]]
        process = subprocess.Popen(command, stdin=subprocess.PIPE)
        pipe = process.stdin
        assert pipe is not None
        gathered: list[tuple[int, str]] = []

        def add(rows: Rows) -> None:
            nonlocal gathered
            gathered += rows
            if len(gathered) >= _BATCH:
                marshal.dump(gathered, pipe)
                gathered = []

        try:
            yield add
            marshal.dump(gathered, pipe)
            marshal.dump(None, pipe)
            pipe.close()
            failed = process.wait() != 0
        except BrokenPipeError:
            failed = True
        finally:
            process.kill()
            process.wait()
        if failed:
            raise CrmError(
                _("The search index could not be built."),
                _("Look for free memory and disk space, then run `crm doctor --fix`."),
            )
        _copy(db, table, path)


def _fill_file(source: BinaryIO, path: str, table: str, sql: str) -> None:
    """Make the table of the definition `sql` in a new file, with the rows that come from `source`
    in lists, up to None.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = off")
        connection.execute("PRAGMA synchronous = off")
        connection.execute(sql)
        _set_memory(connection.execute, table, _BUILD_MEMORY)
        connection.execute("BEGIN")
        while (rows := marshal.load(source)) is not None:
            connection.executemany(f"INSERT INTO {table} (rowid, t) VALUES (?, ?)", rows)
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
        connection.execute("COMMIT")


def _copy(db: SqliteDatabase, table: str, path: Path) -> None:
    """Put what the full text table in the file `path` holds in the place of what `table` holds."""
    with closing(sqlite3.connect(path)) as part:
        for name, columns in (
            (f"{table}_data", ("id", "block")),
            (f"{table}_idx", ("segid", "term", "pgno")),
        ):
            db.run(f"DELETE FROM {name}")
            db.bulk_insert(name, columns, part.execute(f"SELECT {', '.join(columns)} FROM {name}"))
    # FTS5 remembers where its blocks are, and forgets it when it is rolled back.
    db.run("SAVEPOINT crm_fulltext")
    db.run(f"INSERT INTO {table} ({table}, rank) VALUES ('hashsize', ?)", (_USUAL_MEMORY,))
    db.run("ROLLBACK TO crm_fulltext")
    db.run("RELEASE crm_fulltext")
    _set_memory(db.run, table, _USUAL_MEMORY)


def _set_memory(run: Callable[..., object], table: str, size: int) -> None:
    run(f"INSERT INTO {table} ({table}, rank) VALUES ('hashsize', ?)", (size,))


if __name__ == "__main__":
    _fill_file(sys.stdin.buffer, *sys.argv[1:4])
