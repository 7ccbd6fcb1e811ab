"""SQLite: one file, many processes, on a local disk.

* WAL with synchronous=FULL: readers never wait, and what was acknowledged survives a power cut.
* Writers begin with BEGIN IMMEDIATE behind a ticket, a lock on `<file>.wlock`. SQLite alone
  serves waiting writers by luck: with four busy ones the unluckiest waited five seconds.
* A thread keeps its connection: opening one costs a read of the whole schema.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import Any

import peewee

from tui_crm.errors import DatabaseUnreachable, InputRefused
from tui_crm.store.database import Database, Listener, Params, Row
from tui_crm.store.driver_errors import told
from tui_crm.store.patience import Waits
from tui_crm.store.sqlite_errors import gone, not_writable, readable
from tui_crm.store.turn import Turn
from tui_crm.text.i18n import _

APPLICATION_ID = 0x43524D31  # "CRM1": the mark of our files, see PRAGMA application_id
BUSY_TIMEOUT = 5.0  # seconds; the ticket leaves only checkpoints and foreign programs to wait for
POLL_INTERVAL = 0.25  # seconds; one poll costs 10 microseconds
_CACHE_KIB = 16_000
_LARGE_CACHE_KIB = 48_000  # changed pages that are written once, and not each time they change
_SMALL_CACHE_KIB = 4_000
_MAPPED = (1 << 31) - (1 << 16)  # bytes of the file; SQLite maps no more
_MANY = 5000  # changed records from which it is worth it
_WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b", re.IGNORECASE)


class SqliteDatabase(Database):
    """The database in the file `path`, which is made, with its folder, when it is not there."""

    engine = "sqlite"
    id_column = "id integer PRIMARY KEY AUTOINCREMENT NOT NULL"
    shares = (0.58, 0.85)
    _relaxing = ("PRAGMA synchronous = NORMAL", "PRAGMA synchronous = FULL")

    def __init__(self, url: str, path: Path) -> None:
        self.path = path
        _make_file(path)
        waits = Waits()
        super().__init__(url, _FairSqlite(path, waits), waits)

    # -- connections and transactions -------------------------------------------------------

    @contextmanager
    def _connection(self) -> Iterator[None]:
        self.peewee.connect(reuse_if_open=True)
        yield

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        # Peewee's own transaction() takes the lock type for begin().
        with self.peewee.transaction("DEFERRED"):
            yield

    def read_in_place(self) -> None:
        # A fifth of the time that a search takes. Not for every thread: what is read so counts as
        # memory of the process, and an error of the disk would end it where it can be told now.
        self.rows(f"PRAGMA mmap_size = {_MAPPED}")

    def close(self) -> None:
        self.peewee.close_all()

    @contextmanager
    def expecting(self, records: int) -> Iterator[None]:
        if records < _MANY:
            yield
            return
        with self._holding(_LARGE_CACHE_KIB):
            yield

    @contextmanager
    def in_order(self) -> Iterator[None]:
        # What is sorted for an index takes as much again.
        with self._holding(_SMALL_CACHE_KIB):
            yield

    @contextmanager
    def _holding(self, kib: int) -> Iterator[None]:
        """In this block this thread's connection holds so much of the file."""
        [(before,)] = self.rows("PRAGMA cache_size")
        self.run(f"PRAGMA cache_size = -{kib}")
        try:
            yield
        finally:
            self.run(f"PRAGMA cache_size = {before}")

    # -- plain SQL --------------------------------------------------------------------------

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        if _WRITES.match(sql):
            return super().rows(sql, params)
        # A key press of a search asks up to ten questions: what Peewee does around each is half
        # of the time of a short one.
        with self._guarded():
            found: list[Row] = self.peewee.connection().execute(sql, params).fetchall()
        return found

    def _cursor_for(self, sql: str, params: Params) -> Any:
        return self._execute(sql, params)

    # -- bulk -------------------------------------------------------------------------------

    def bulk_insert(self, table: str, columns: Sequence[str], rows: Iterable[Params]) -> int:
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" * len(columns))
        return self.run_many(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)

    def update_rows(self, table: str, columns: Sequence[str], rows: Iterable[Params]) -> None:
        sets = ", ".join(f"{name} = ?" for name in columns)
        self.run_many(
            f"UPDATE {table} SET {sets} WHERE id = ?", ((*row[1:], row[0]) for row in rows)
        )

    def allocate_ids(self, table: str, n: int) -> int:
        row = self.one("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        if row is None:
            self.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, n))
            return 1
        self.run("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = ?", (n, table))
        return int(row[0]) + 1

    def _fill_temp_ids(self, name: str, ids: list[int]) -> None:
        self.run(f"CREATE TEMP TABLE {name} (id INTEGER PRIMARY KEY)")
        self.peewee.drop_after(name)
        # Rows by the thousand in one statement: four times faster than one at a time.
        for chunk in (ids[at : at + 1000] for at in range(0, len(ids), 1000)):
            self.run(f"INSERT INTO {name} VALUES " + ", ".join(["(?)"] * len(chunk)), chunk)
        # The planner takes a table that it knows nothing of for a large one, and would walk all
        # customers instead of these.
        self.run(f"ANALYZE temp.{name}")

    def _drop_temp_ids(self, name: str) -> None:
        self.run(f"DROP TABLE temp.{name}")
        self.peewee.dropped(name)

    # -- dialect ----------------------------------------------------------------------------

    def joined(self, expression: str, source: str, order_by: str = "") -> str:
        rows = f"SELECT {expression} AS value FROM {source}"
        if order_by:
            rows += f" ORDER BY {order_by}"
        return f"(SELECT group_concat(value, char({ord(self.separator)})) FROM ({rows}))"

    def json_of(self, column: str) -> str:
        return f"json_quote({column})"

    def text_of_json(self, column: str) -> str:
        return f"json_extract({column}, '$')"

    def json_list(self, expression: str, order_by: str = "") -> str:
        # ORDER BY inside an aggregate needs SQLite 3.44; the standard library may bring 3.40.
        if order_by:
            return f"crm_json_list({expression}, {order_by})"
        return f"json_group_array({expression})"

    # -- other sessions ---------------------------------------------------------------------

    def announce(self) -> None:
        """Nothing to do: `PRAGMA data_version` tells the others of every commit."""

    def listen(self, callback: Callable[[], None]) -> Listener:
        """As in the base class. A commit of another thread of this process counts as well."""
        # Opened here, so that what is committed after `listen` returns is never missed.
        connection = sqlite3.connect(
            self.path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        seen = _data_version(connection)

        def watch(stop: threading.Event) -> None:
            nonlocal seen
            while not stop.wait(POLL_INTERVAL):
                # A poll that fails (a disk that is away for a moment) is made again.
                with suppress(sqlite3.Error):
                    version = _data_version(connection)
                    if version != seen:
                        seen = version
                        callback()
            connection.close()

        return Listener(watch)

    # -- interrupting -----------------------------------------------------------------------

    def interrupter(self) -> Callable[[], None]:
        connection: sqlite3.Connection = self.peewee.connection()

        def interrupt() -> None:
            with suppress(sqlite3.ProgrammingError):  # closed meanwhile: nothing runs
                connection.interrupt()

        return interrupt

    # -- looking after it -------------------------------------------------------------------

    def backup(self, path: Path) -> None:
        if path.exists():
            raise InputRefused(
                _("There is a file {path} already.").format(path=path),
                _("Choose another name for the backup."),
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        try:
            copy = sqlite3.connect(partial, isolation_level=None)
            try:
                # All pages in one step: a stepwise copy is begun again by every foreign commit.
                with self._guarded():
                    self.peewee.connection().backup(copy, pages=-1)
                copy.execute("PRAGMA journal_mode = DELETE")
                verdict = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
            finally:
                copy.close()
            if verdict != "ok":
                raise DatabaseUnreachable(
                    _("The backup of {path} is damaged: {verdict}").format(
                        path=self.path, verdict=verdict
                    ),
                    _("Run `crm doctor` on the database before anything else."),
                )
            partial.rename(path)
        except OSError as error:
            raise DatabaseUnreachable(
                _("The backup {path} cannot be written: {error}").format(
                    path=path, error=error.strerror or error
                ),
                _("Free some space or choose another folder in database.backups."),
            ) from error
        finally:
            partial.unlink(missing_ok=True)

    def integrity(self) -> list[str]:
        problems = [str(row[0]) for row in self.rows("PRAGMA quick_check") if row[0] != "ok"]
        problems += [
            _("{table} row {id} refers to a missing row of {parent}").format(
                table=table, id=row_id, parent=parent
            )
            for table, row_id, parent, _key in self.rows("PRAGMA foreign_key_check")
        ]
        return problems

    def size(self) -> int:
        return sum(
            file.stat().st_size
            for file in (self.path, self.path.with_name(self.path.name + "-wal"))
            if file.exists()
        )

    def remains(self) -> bool:
        from tui_crm.store.beside import PARTS

        return any(self.path.parent.glob(f"{escape(self.path.name)}{PARTS}*"))

    def has_table(self, name: str) -> bool:
        sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self.one(sql, (name,)) is not None

    # -- migrating --------------------------------------------------------------------------

    def check_origin(self) -> None:
        # In this order: another program may be making the tables, which come with the mark.
        empty = self.one("SELECT 1 FROM sqlite_master") is None
        mark = self.one("PRAGMA application_id")
        if mark == (APPLICATION_ID,) or (empty and mark == (0,)):
            return
        raise DatabaseUnreachable(
            _("{path} is the file of another program.").format(path=self.path),
            _("Choose another file with --db or in crm.toml. Nothing was changed."),
        )

    @contextmanager
    def migration_lock(self) -> Iterator[None]:
        with self.peewee.ticket():
            yield

    def settle(self) -> None:
        # A new file is not in WAL mode, nor is a backup that was put in its place.
        if self.one("PRAGMA journal_mode") != ("wal",):
            with self.peewee.ticket():
                self.one("PRAGMA journal_mode = wal")

    def change_schema(self, work: Callable[[], None]) -> None:
        with self.transaction():
            self.run(f"PRAGMA application_id = {APPLICATION_ID}")
            work()


class _FairSqlite(peewee.SqliteDatabase):
    """Peewee's SQLite with the ticket, temporary tables per transaction, and readable errors."""

    def __init__(self, path: Path, waits: Waits) -> None:
        super().__init__(
            str(path),
            lock_type="IMMEDIATE",
            returning_clause=True,
            timeout=BUSY_TIMEOUT,
            check_same_thread=False,  # `close_all` closes the connections of other threads
            factory=_Connection,
            pragmas={
                "synchronous": "FULL",
                "foreign_keys": 1,
                "cache_size": -_CACHE_KIB,
                # And not temp_store: what is sorted for an index of millions of rows, all of which
                # SQLite would hold in memory, goes into a file.
            },
        )
        self.register_aggregate(_SortedJsonList, "crm_json_list", 2)
        self._path = path
        self._was_there = False
        self._all: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._turn = Turn(waits)
        self._transaction = _Transaction()

    # -- connections ------------------------------------------------------------------------

    def _connect(self) -> Any:
        self._expect_file()
        with self.guarded():
            connection = super()._connect()  # type: ignore[misc]  # Peewee has no types
        self._all.add(connection)
        return connection

    def _expect_file(self) -> None:
        """Stop where the file is gone: SQLite would put an empty one in its place, or write into
        one that has no name any more."""
        there = self._path.exists()
        if self._was_there and not there:
            raise gone(self._path)
        self._was_there = there

    def _close(self, conn: _Connection) -> None:
        self._all.discard(conn)
        conn.close()

    def close_all(self) -> None:
        """Close the connections of all threads."""
        if not self.is_closed() and not self.in_transaction():
            self.close()
        for connection in list(self._all):
            connection.interrupt()  # its thread may still be at work
            self._close(connection)

    # -- transactions -----------------------------------------------------------------------

    @contextmanager
    def ticket(self) -> Iterator[None]:
        """Be the only writer; `begin` inside it, on this thread, does not queue again."""
        self._take_turn()
        try:
            yield
        finally:
            self._turn.give_back()

    def _take_turn(self) -> None:
        self._expect_file()
        try:
            self._turn.take(self._path)
        except OSError as error:
            raise not_writable(self._path, error) from error

    def begin(self, lock_type: str | None = None) -> None:
        writes = lock_type != "DEFERRED"
        if writes:
            self._take_turn()
        try:
            with self.guarded():
                super().begin(lock_type)
        except BaseException:
            if writes:
                self._turn.give_back()
            raise
        self._transaction.writes = writes

    def commit(self) -> Any:
        self._drop_temporary()
        with self.guarded():
            result = super().commit()
        self._end()
        return result

    def rollback(self) -> Any:
        try:
            # SQLite ends the transaction by itself after some errors, such as a full disk.
            if not self.is_closed() and self.connection().in_transaction:
                with self.guarded():
                    return super().rollback()
        finally:
            self._transaction.temporary = ()
            self._end()
        return None

    def _end(self) -> None:
        if self._transaction.writes:
            self._transaction.writes = False
            self._turn.give_back()

    def drop_after(self, name: str) -> None:
        """Drop the temporary table `name` when the transaction of this thread ends."""
        self._transaction.temporary += (name,)

    def dropped(self, name: str) -> None:
        """The temporary table `name` is gone already."""
        self._transaction.temporary = tuple(n for n in self._transaction.temporary if n != name)

    def _drop_temporary(self) -> None:
        for name in self._transaction.temporary:
            self.execute_sql(f"DROP TABLE IF EXISTS temp.{name}")
        self._transaction.temporary = ()

    # -- errors -----------------------------------------------------------------------------

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        if _WRITES.match(sql) and not self.in_transaction():
            with self.ticket(), self.guarded():
                return super().execute_sql(sql, params)
        with self.guarded():
            return super().execute_sql(sql, params)

    def guarded(self) -> AbstractContextManager[None]:
        """Errors of the file, not of the statement, become errors with a way out."""
        return told(sqlite3.DatabaseError, lambda error: readable(error, self._path))


class _Transaction(threading.local):
    """What a thread's open transaction leaves to do at its end."""

    writes = False  # it has the turn, to be given back
    temporary: tuple[str, ...] = ()  # tables to drop


class _SortedJsonList:
    """SQL aggregate `crm_json_list(value, key)`: the values as a JSON list in order of the keys."""

    def __init__(self) -> None:
        self._items: list[tuple[Any, Any]] = []

    def step(self, value: Any, key: Any) -> None:
        """Take one row."""
        self._items.append((key, value))

    def finalize(self) -> str:
        """The list."""
        # NULL first, as SQLite sorts; keys of one column are of one type.
        self._items.sort(key=lambda item: (item[0] is not None, item[0]))
        return json.dumps([value for _key, value in self._items], ensure_ascii=False)


class _Connection(sqlite3.Connection):
    """A connection that can be held weakly."""


def _make_file(path: Path) -> None:
    """Make an empty file that only its owner may read; SQLite would let the whole world.

    The files that SQLite puts beside it take over its mode.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if path.is_file():
            return
        there = path if path.exists() else path.parent
        wanted = _("{path} is not a file.") if path.exists() else _("{path} is not a folder.")
        raise DatabaseUnreachable(
            wanted.format(path=there), _("Choose another file with --db or in crm.toml.")
        ) from None
    except OSError as error:
        raise DatabaseUnreachable(
            _("The database {path} cannot be created: {error}").format(
                path=path, error=error.strerror or error
            ),
            _("Choose another place with --db or in crm.toml."),
        ) from error


def _data_version(connection: sqlite3.Connection) -> int:
    """A number that changes with every commit of another connection."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
