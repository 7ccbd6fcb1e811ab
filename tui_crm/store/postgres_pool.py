"""The connections to a PostgreSQL server."""

from __future__ import annotations

import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import peewee
from playhouse.pool import MaxConnectionsExceeded, PooledPostgresqlDatabase

from tui_crm.errors import DatabaseUnreachable, UsageError
from tui_crm.store.driver_errors import told
from tui_crm.store.postgres_errors import first_line, readable
from tui_crm.store.postgres_prepared import ask
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    import psycopg

POOL_SIZE = 8  # two lanes of work, the event loop's thread, and room for scripts
WAIT_FOR_CONNECTION = 10  # seconds
CONNECT_TIMEOUT = 10  # seconds
# What is prepared is planned once and not at each of its first calls. To compile queries costs more
# than it ever saves here. What is read by a cursor is read to its end: else the server would walk a
# whole table in the order that is asked for. What waits to be put into an index of words is read by
# every query: a few pages of it at most, in kB.
_SETTINGS = (
    "SELECT set_config('plan_cache_mode', 'force_generic_plan', false),"
    " set_config('jit', 'off', false),"
    " set_config('cursor_tuple_fraction', '1', false),"
    " set_config('gin_pending_list_limit', '64', false)"
)


class Adapter(peewee._BasePsycopgAdapter):
    """Peewee's view of psycopg 3.

    Peewee has one of its own, which works only if psycopg could be imported when Peewee was; see
    `tui_crm.store`.
    """

    isolation_levels = peewee.Psycopg3Adapter.isolation_levels

    def __init__(self) -> None:
        from psycopg.pq import TransactionStatus

        super().__init__()
        self.txn_idle = TransactionStatus.IDLE
        self.txn_inerror = TransactionStatus.INERROR
        self.txn_unknown = TransactionStatus.UNKNOWN

    def check_driver(self) -> None:
        """The driver is there: it was imported in `__init__`."""

    def connect(self, db: Any, **params: Any) -> psycopg.Connection[Any]:
        """A new connection to `db`."""
        import psycopg
        from psycopg.types.numeric import Int8Dumper

        connection: psycopg.Connection[Any] = psycopg.connect(
            db.database,
            autocommit=True,
            cursor_factory=psycopg.ClientCursor,
            **params,
        )
        # Else a number's size would make another statement to be prepared of it.
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.execute(_SETTINGS)
        return connection

    def get_server_version(self, connection: psycopg.Connection[Any]) -> int:
        """The version as a number: 180006 is 18.6."""
        return int(connection.pgconn.server_version)

    def txn_status(self, connection: psycopg.Connection[Any]) -> Any:
        """Whether a transaction is open on the connection, or failed."""
        return connection.pgconn.transaction_status

    def rollback(self, connection: psycopg.Connection[Any]) -> None:
        """End the transaction, failed or not."""
        connection.rollback()


class Pool(PooledPostgresqlDatabase):
    """Peewee's pool with our adapter, connections that mend themselves, and readable errors."""

    psycopg2_adapter = Adapter
    psycopg3_adapter = Adapter

    def __init__(self, url: str) -> None:
        super().__init__(
            url,
            max_connections=POOL_SIZE,
            timeout=WAIT_FOR_CONNECTION,
            connect_timeout=CONNECT_TIMEOUT,
            application_name="crm",
            client_encoding="utf8",  # of rows that are ready when they get here
            keepalives_idle=30,  # seconds; a router forgets a silent connection after minutes
        )

    # -- connections ------------------------------------------------------------------------

    def connect(self, reuse_if_open: bool = False) -> Any:
        with self.guarded():
            return super().connect(reuse_if_open)

    def new_connection(self) -> psycopg.Connection[Any]:
        """A connection outside the pool."""
        connection: psycopg.Connection[Any] = self._adapter.connect(self, **self.connect_params)
        return connection

    def discard_broken(self) -> None:
        """Forget this thread's connection when the server closed it; the next query gets another.

        Inside a unit of work nothing happens: the unit fails as a whole.
        """
        if not self.is_closed() and not self._state.ctx and self._state.conn.closed:
            self.manual_close()

    def _is_closed(self, conn: psycopg.Connection[Any]) -> bool:
        # A server that closed it has said so: only where something was said it is asked.
        if conn.closed:
            return True
        said = select.poll()
        said.register(conn.pgconn.socket, select.POLLIN)
        return bool(said.poll(0)) and bool(super()._is_closed(conn))

    # -- asking -----------------------------------------------------------------------------

    def together(
        self, statements: Sequence[tuple[str, Sequence[Any]]]
    ) -> list[list[tuple[Any, ...]]]:
        """All rows of each of the statements, which the server is asked again and again."""
        if not self.in_transaction():
            self.discard_broken()
        return ask(self.connection(), statements)

    # -- errors -----------------------------------------------------------------------------

    def begin(self, isolation_level: str | None = None) -> None:
        with self.guarded():
            super().begin(isolation_level)

    def commit(self) -> Any:
        with self.guarded():
            return super().commit()

    def rollback(self) -> Any:
        if self.is_closed() or self._state.conn.closed:
            return None  # the server rolled back when the connection broke
        with self.guarded():
            return super().rollback()

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        if not self.in_transaction():
            self.discard_broken()
        with self.guarded():
            return super().execute_sql(sql, params)

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Errors of the connection, not of the statement, become errors with a way out."""
        import psycopg

        try:
            with told(psycopg.Error, lambda error: readable(error, self.database)):
                yield
        except MaxConnectionsExceeded as error:
            raise DatabaseUnreachable(
                _("All connections of this program are busy."),
                _("Try again when the running work is done."),
            ) from error


def require_driver() -> None:
    """Raise `DatabaseUnreachable` where psycopg is not installed."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise DatabaseUnreachable(
            _("The PostgreSQL driver is not installed."),
            _("Install it with: pip install 'tui-crm[postgres]'"),
        ) from error


def check_address(url: str) -> None:
    """Raise `UsageError` for what is no address of a database."""
    from psycopg import ProgrammingError, conninfo

    try:
        conninfo.conninfo_to_dict(url)
    except ProgrammingError as error:
        raise UsageError(
            _("This is not a database address: {error}").format(error=first_line(error)),
            _("Write postgresql://USER@HOST/DATABASE."),
        ) from error
