"""`Database`: what both engines offer, in one shape.

A method named here is the only way in which the rest of the program meets a difference between
the engines. SQL handed to it uses `?` for parameters on both.
"""

from __future__ import annotations

import itertools
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tui_crm.errors import CrmError
from tui_crm.store.patience import Patience, Waits
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.store.migrate import Migrated

Params = Sequence[Any]
Row = tuple[Any, ...]


class Interrupted(CrmError):  # noqa: N818 - it is no error
    """A query was cancelled from another thread; what it belonged to was rolled back."""


class Cancellable(Protocol):
    """The part of a cancel token that the store needs: somewhere to leave a hook."""

    def on_cancel(self, hook: Callable[[], None] | None) -> None:
        """Call `hook`, from any thread, when the cancel comes; None takes it back."""


class Listener:
    """A running subscription to the changes of other sessions; `close` ends it.

    `run` is the engine's loop; it is handed the event that asks it to end. `wake` ends a wait
    of the loop for anything but that event.
    """

    def __init__(
        self, run: Callable[[threading.Event], None], wake: Callable[[], object] | None = None
    ) -> None:
        self._stop = threading.Event()
        self._wake = wake
        self._thread = threading.Thread(
            target=run, args=(self._stop,), name="crm-listener", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """End the subscription; no callback starts after this returns."""
        if self._stop.is_set():
            return
        self._stop.set()
        if self._wake is not None:
            self._wake()
        if self._thread is not threading.current_thread():
            self._thread.join()


class Database(ABC):
    """An open database. May be used from several threads, each with a connection of its own."""

    engine: Literal["sqlite", "postgres"]
    separator = "\x1f"  # between texts in one: none that is stored holds a control character
    id_column: str  # the definition of a primary key `id` whose numbers are never reused
    shares: tuple[float, float]
    """The parts of the time of a large edit that have passed when its rows are written, and when
    the search index is in line with them; the rest is the end of the transaction.
    """
    _relaxing: tuple[str, str]  # what lets commits no longer wait for the disk, and undoes it

    def __init__(self, url: str, peewee: Any, waits: Waits | None = None) -> None:
        self.url = url
        self.peewee = peewee
        self.waits = waits or Waits()
        self.migrated: Migrated | None = None  # what opening it did to the schema, if anything
        self._temp_names = itertools.count(1)
        self._local = threading.local()

    # -- connections and transactions -------------------------------------------------------

    def connection(self) -> AbstractContextManager[None]:
        """This thread's connection for one unit of work; nestable.

        A job on a worker thread wraps itself in it, so that on PostgreSQL the connection goes
        back to the pool, checked, when the job is done. On SQLite a thread keeps its connection.
        """
        return self._connection()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A write transaction: all of it or nothing; an inner one is a savepoint.

        Writers take turns. On SQLite the whole transaction runs alone (BEGIN IMMEDIATE, first
        come first served); on PostgreSQL rows are locked as they are written.
        """
        if getattr(self._local, "reading", False):
            raise RuntimeError("a write transaction cannot begin inside a reading one")
        with self.connection(), self._atomic():
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Several queries that see one and the same state; writers are not held up.

        Inside a transaction it adds nothing.
        """
        with self.connection():
            if self.peewee.in_transaction():
                yield
                return
            self._local.reading = True
            try:
                with self._snapshot():
                    yield
            finally:
                self._local.reading = False

    @contextmanager
    def expecting(self, records: int) -> Iterator[None]:
        """Tell that so many records are about to change in this transaction, for the engine to
        make room for what comes.
        """
        yield

    @contextmanager
    def in_order(self) -> Iterator[None]:
        """Tell that what is written in this block comes in the order of its tables: little memory
        is enough for it.
        """
        yield

    @contextmanager
    def relaxed(self) -> Iterator[None]:
        """For transactions whose loss does no harm: inside it a commit does not wait for the disk.

        When the power fails the last ones may be gone, all of them or none from some moment on; a
        commit of anybody else keeps those before it. Inside a transaction it adds nothing.
        """
        with self.connection():
            if self.peewee.in_transaction():
                yield
                return
            relax, restore = self._relaxing
            self.run(relax)
            try:
                yield
            finally:
                self.run(restore)

    @abstractmethod
    def read_in_place(self) -> None:
        """Let this thread's connection read the file where the system holds it in memory, and copy
        nothing: for a thread that answers key presses. Where a server reads it adds nothing.
        """

    @abstractmethod
    def _connection(self) -> AbstractContextManager[None]: ...

    def _atomic(self) -> AbstractContextManager[Any]:
        context: AbstractContextManager[Any] = self.peewee.atomic()
        return context

    @abstractmethod
    def _snapshot(self) -> AbstractContextManager[Any]: ...

    def _guarded(self) -> AbstractContextManager[None]:
        """Inside it the driver's errors become errors that a user can read."""
        guard: AbstractContextManager[None] = self.peewee.guarded()
        return guard

    @abstractmethod
    def close(self) -> None:
        """Close the connections of all threads. Closing twice is closing once."""

    # -- plain SQL --------------------------------------------------------------------------

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """All rows of a query."""
        with self._guarded():
            found: list[Row] = self._execute(sql, params).fetchall()
        return found

    def one(self, sql: str, params: Params = ()) -> Row | None:
        """The first row of a query, or None."""
        with self._guarded():
            cursor = self._execute(sql, params)
            row: Row | None = cursor.fetchone()
            cursor.close()
        return row

    def prepared(self, sql: str, params: Params = ()) -> list[Row]:
        """All rows of a statement that is run again and again, with other parameters each time.

        The engine plans it once: only for statements of which one plan is right for all
        parameters, and whose text does not change with them.
        """
        return self.rows(sql, params)

    def together(self, statements: Sequence[tuple[str, Params]]) -> list[list[Row]]:
        """The rows of several statements as by `prepared`, which are asked together: on PostgreSQL
        in one journey to the server.
        """
        return [self.prepared(sql, params) for sql, params in statements]

    def run(self, sql: str, params: Params = ()) -> int:
        """Run a statement; gives the number of rows that it changed."""
        return max(0, int(self._execute(sql, params).rowcount))

    def run_many(self, sql: str, rows: Iterable[Params]) -> int:
        """Run a statement once for each of `rows`; gives the number of rows changed in all."""
        with self.transaction(), self._guarded():
            cursor = self.peewee.cursor()
            cursor.executemany(self._translate(sql), rows)
            return max(0, int(cursor.rowcount))

    def stream(self, sql: str, params: Params = (), size: int = 5000) -> Iterator[list[Row]]:
        """The rows of a query in chunks of `size`, without ever holding all of them.

        The chunks are of one state of the database: it runs in `reading`, until it is exhausted
        or closed.
        """
        with self.reading(), self._guarded(), closing(self._cursor_for(sql, params)) as cursor:
            while chunk := cursor.fetchmany(size):
                yield chunk

    @abstractmethod
    def _cursor_for(self, sql: str, params: Params) -> Any:
        """A cursor that fetches rows as they are asked for."""

    def _execute(self, sql: str, params: Params) -> Any:
        return self.peewee.execute_sql(self._translate(sql), tuple(params))

    def _translate(self, sql: str) -> str:
        return sql

    # -- bulk -------------------------------------------------------------------------------

    @abstractmethod
    def bulk_insert(self, table: str, columns: Sequence[str], rows: Iterable[Params]) -> int:
        """Insert many rows in the fastest way of the engine; gives their number.

        `rows` may be a generator. Values are what the columns hold: no Peewee field converts
        them.
        """

    @abstractmethod
    def update_rows(self, table: str, columns: Sequence[str], rows: Iterable[Params]) -> None:
        """Give `columns` of many rows of a table new values, each row with its own: `rows` have the
        `id` in front of the values. A column whose name ends in ``_id`` refers to another table.
        """

    @abstractmethod
    def allocate_ids(self, table: str, n: int) -> int:
        """The first of `n` (at least 1) fresh consecutive ids for `table`.

        Nobody else was or will be given one of them. Needs a write transaction, and only that
        transaction may use them.
        """

    def temp_ids(self, ids: Iterable[int]) -> str:
        """The name of a fresh temporary table whose one column `id` holds `ids`.

        For joining with lists of up to millions of ids. Doubles are dropped. It is there until
        the transaction, which must be open, or the `reading` ends.
        """
        if not self.peewee.in_transaction():
            raise RuntimeError("temp_ids needs an open transaction")
        name = f"crm_ids_{next(self._temp_names)}"
        self._fill_temp_ids(name, sorted(set(ids)))
        return name

    @contextmanager
    def ids_table(self, ids: Iterable[int]) -> Iterator[str]:
        """The same, gone when the block ends: for lists of which one follows the other."""
        name = self.temp_ids(ids)
        yield name
        self._drop_temp_ids(name)  # after an error it goes with the transaction

    @abstractmethod
    def _fill_temp_ids(self, name: str, ids: list[int]) -> None: ...

    def _drop_temp_ids(self, name: str) -> None:
        self.run(f"DROP TABLE {name}")

    # -- dialect ----------------------------------------------------------------------------

    def one_of(self, expression: str, ids: Sequence[int]) -> tuple[str, list[Any]]:
        """SQL text and parameters: an expression is one of `ids`, a few thousand at most."""
        return f"{expression} IN ({','.join('?' * len(ids))})", list(ids)

    @abstractmethod
    def joined(self, expression: str, source: str, order_by: str = "") -> str:
        """SQL text: the values of `expression` in the rows of `source`, what stands behind FROM,
        as one text with `separator` between them; NULL or empty where there are none.
        """

    @abstractmethod
    def json_of(self, column: str) -> str:
        """SQL text: the value of a column as JSON text ('"Basel"', '3', 'null')."""

    @abstractmethod
    def json_list(self, expression: str, order_by: str = "") -> str:
        """SQL text: an aggregate of the values of `expression` as the text of a JSON list."""

    @abstractmethod
    def text_of_json(self, column: str) -> str:
        """SQL text: the text that a column holds as a JSON string; undoes `json_of`."""

    def row_lock(self, alias: str) -> str:
        """SQL text for the end of a SELECT: its rows of the table `alias` cannot be changed by
        others until the transaction ends. Empty where a write transaction runs alone.
        """
        return ""

    # -- other sessions ---------------------------------------------------------------------

    @abstractmethod
    def announce(self) -> None:
        """Inside a write transaction: let other sessions know once it is committed."""

    @abstractmethod
    def listen(self, callback: Callable[[], None]) -> Listener:
        """Call `callback`, on a thread of its own, when another session may have committed.

        "May": a listener asks the history what is new, and a call without news is harmless. One
        also comes after a lost connection was made again.
        """

    # -- interrupting -----------------------------------------------------------------------

    @abstractmethod
    def interrupter(self) -> Callable[[], None]:
        """A function that cancels what this thread's connection is doing when it is called.

        It may be called from any thread, while this thread holds the connection. The cancelled
        query raises `Interrupted`; the connection stays usable.
        """

    @contextmanager
    def interruptible(self, cancel: Cancellable | None) -> Iterator[None]:
        """Queries in this block end with `Interrupted` when `cancel` is cancelled."""
        if cancel is None:
            yield
            return
        with self.connection():
            cancel.on_cancel(self.interrupter())
            try:
                with self._guarded():
                    yield
            finally:
                cancel.on_cancel(None)

    # -- waiting for others who write -------------------------------------------------------

    def sign(self, user_id: int, login: str) -> None:
        """Say who writes through this database, to be told to others who wait for it."""
        self.waits.who = login

    @contextmanager
    def waiting(self, patience: Patience) -> Iterator[None]:
        """In this block this thread waits for others who write as `patience` says.

        Raises `Interrupted` when it was asked to stop and could: nothing was changed then.
        """
        with self.waits.under(patience):
            try:
                with self.interruptible(patience.stop):
                    yield
            except Interrupted as error:
                if patience.stop is None or not patience.stop.cancelled:
                    raise
                raise Interrupted(_("Stopped. Nothing was changed.")) from error

    # -- looking after it -------------------------------------------------------------------

    @abstractmethod
    def backup(self, path: Path) -> None:
        """Write a consistent, verified copy to `path`, which must not exist yet."""

    @abstractmethod
    def integrity(self) -> list[str]:
        """What is damaged in the database file or its references; empty when all is well."""

    def remains(self) -> bool:
        """Whether files lie beside the database that long work needs or left, when killed."""
        return False

    @abstractmethod
    def size(self) -> int:
        """How many bytes the database takes on disk."""

    def schema_version(self) -> int:
        """The number of the last migration that was applied, 0 for none."""
        if not self.has_table("schema_version"):
            return 0
        row = self.one("SELECT max(n) FROM schema_version")
        return int(row[0] or 0) if row else 0

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Whether there is a table of that name."""

    # -- migrating --------------------------------------------------------------------------

    @abstractmethod
    def check_origin(self) -> None:
        """Refuse a database that belongs to another program with `DatabaseUnreachable`."""

    @abstractmethod
    def migration_lock(self) -> AbstractContextManager[None]:
        """Held by the one process that migrates; the others wait for it."""

    @abstractmethod
    def settle(self) -> None:
        """Give a database that is known to be ours the settings that are kept inside it."""

    @abstractmethod
    def change_schema(self, work: Callable[[], None]) -> None:
        """Run `work`, one migration, in a transaction of its own."""
