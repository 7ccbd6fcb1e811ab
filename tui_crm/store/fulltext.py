"""Full text tables of SQLite filled with millions of rows, each by a process of its own.

FTS5 takes longer to insert the words of a million customers than everything else together. A
process that does nothing else builds a table in a file of its own; what FTS5 wrote there, blocks
and where each begins, is then copied as it is, some megabytes in a transaction, so that others can
write meanwhile.
"""

from __future__ import annotations

import gc
import marshal
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from glob import escape
from importlib import import_module
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO

from tui_crm.store import segments
from tui_crm.store.beside import PARTS, patient, renamed
from tui_crm.store.helper import Helper

if TYPE_CHECKING:
    from tui_crm.store.sqlite import SqliteDatabase

Rows = Iterable[tuple[int, str]]
RowsOf = Callable[[Iterable[tuple[Any, ...]]], Rows]
"""A function of a module that makes rows, a key and a text, of what is handed to the filling."""
Add = Callable[[Iterable[tuple[Any, ...]]], None]
End = Callable[[], None]

WORTH_A_PROCESS = 50_000
"""Rows from which on a process of its own, which starts in a quarter of a second, is quicker."""

# Bytes that FTS5 gathers before it writes a segment; it takes three times as much. With more it is
# slower, since the processor no longer has most of it at hand.
_BUILD_MEMORY = 8 << 20
_BATCH = 1000  # rows sent at once
_BLOCKS = 2000  # of 4 kB, copied in one transaction


@contextmanager
def filling(
    db: SqliteDatabase, tables: Sequence[tuple[str, RowsOf]], total: int
) -> Iterator[list[Add]]:
    """Give for each of several empty contentless full text tables a function that adds rows to it,
    by ascending keys.

    What is added are tuples of plain values, of which the function beside the table's name makes
    the rows. All of them, about `total`, are in the tables when the block ends; nobody else may use
    these before.
    """
    way = _here if total < WORTH_A_PROCESS else _elsewhere
    with ExitStack() as stack:
        both = [stack.enter_context(way(db, table, rows_of)) for table, rows_of in tables]
        yield [add for add, _end in both]
        # Each merges what it wrote when it hears that this is all: at the same time, then.
        for _add, end in both:
            end()


def tidy(db: SqliteDatabase) -> None:
    """Remove the files of fillings that were killed. None may be running."""
    for folder in db.path.parent.glob(f"{escape(db.path.name)}{PARTS}*"):
        rmtree(folder, ignore_errors=True)


@contextmanager
def _here(db: SqliteDatabase, table: str, rows_of: RowsOf) -> Iterator[tuple[Add, End]]:
    def add(items: Iterable[tuple[Any, ...]]) -> None:
        db.run_many(f"INSERT INTO {table} (rowid, t) VALUES (?, ?)", rows_of(items))

    yield add, lambda: None
    with patient(db):
        db.run(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
    with patient(db):
        segments.settle(db, table)


@contextmanager
def _elsewhere(db: SqliteDatabase, table: str, rows_of: RowsOf) -> Iterator[tuple[Add, End]]:
    row = db.one("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
    assert row is not None
    with TemporaryDirectory(prefix=db.path.name + PARTS, dir=db.path.parent) as folder:
        path = Path(folder) / "part.db"
        made_by = f"{rows_of.__module__}:{rows_of.__qualname__}"
        with closing(Helper(__name__, str(path), row[0], made_by)) as process:
            gathered: list[tuple[Any, ...]] = []

            def add(items: Iterable[tuple[Any, ...]]) -> None:
                nonlocal gathered
                gathered += items
                if len(gathered) >= _BATCH:
                    process.send(gathered)
                    gathered = []

            def end() -> None:
                process.send(gathered)
                process.send(None)

            yield add, end
            process.finish()
        _copy(db, table, path)


def _fill_file(source: BinaryIO, path: str, sql: str, made_by: str) -> None:
    """Make the table of the definition `sql`, named "part", in a new file, with the rows that the
    function `made_by` makes of the lists that come from `source`, up to None.
    """
    gc.disable()  # nothing here is held by itself: looking for it takes a tenth of the time
    module, _colon, name = made_by.partition(":")
    rows_of: RowsOf = getattr(import_module(module), name)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = off")
        connection.execute("PRAGMA synchronous = off")
        connection.execute(renamed(sql, sql.split()[3].strip('"'), "part"))
        # All segments are merged once, at the end.
        for setting in (("hashsize", _BUILD_MEMORY), ("automerge", 0), ("crisismerge", 1000)):
            connection.execute("INSERT INTO part (part, rank) VALUES (?, ?)", setting)
        connection.execute("BEGIN")
        while (items := marshal.load(source)) is not None:
            connection.executemany("INSERT INTO part (rowid, t) VALUES (?, ?)", rows_of(items))
        connection.execute("INSERT INTO part (part) VALUES ('optimize')")
        connection.execute("COMMIT")


def _copy(db: SqliteDatabase, table: str, path: Path) -> None:
    """Put what the full text table "part" in the file `path` holds into an empty one."""
    with closing(sqlite3.connect(path)) as part:
        for ending, columns in (("data", ("id", "block")), ("idx", ("segid", "term", "pgno"))):
            cursor = part.execute(f"SELECT {', '.join(columns)} FROM part_{ending}")
            with patient(db):
                db.run(f"DELETE FROM {table}_{ending}")
            while rows := cursor.fetchmany(_BLOCKS):
                with patient(db):
                    db.bulk_insert(f"{table}_{ending}", columns, rows)
    with patient(db):
        segments.settle(db, table)


if __name__ == "__main__":
    _fill_file(sys.stdin.buffer, *sys.argv[1:4])
