"""The one door to the database: `open_database` and the `Database` that it gives.

The models live one noun a file beside this one. `sqlite.py` and `postgres.py` are the only files
that know an engine; everybody else writes Peewee queries, or SQL with `?` placeholders for
`Database.rows` and its siblings.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.errors import UsageError
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.config import Settings

_DRIVERS_THAT_PEEWEE_TRIES = ("psycopg2cffi", "psycopg2", "psycopg", "pymysql", "MySQLdb")


def _import_peewee() -> None:
    """Import Peewee without the network drivers that it imports whenever they are installed.

    They cost an SQLite user up to 150 ms at every start. The PostgreSQL engine does not need
    Peewee to know psycopg: it brings an adapter of its own, which imports the driver when a
    PostgreSQL database is opened.
    """
    hidden = [name for name in _DRIVERS_THAT_PEEWEE_TRIES if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # the import system's "not there"
    try:
        import peewee  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]


_import_peewee()

from tui_crm.store import base  # noqa: E402
from tui_crm.store.database import Database, Interrupted, Listener  # noqa: E402
from tui_crm.store.patience import Holder, Patience  # noqa: E402

__all__ = [
    "Database",
    "Holder",
    "Interrupted",
    "Listener",
    "Patience",
    "connect",
    "open_database",
]


def open_database(url: str, *, settings: Settings | None = None, migrate: bool = True) -> Database:
    """Open the database at `url` and make it the one that the models use.

    `url` is ``sqlite:///PATH`` or ``postgresql://USER@HOST/DATABASE``. A schema that is behind
    the program is brought up to date, after a backup where there is something to lose (SQLite;
    it goes to `settings.database.backups`, or beside the file). With `migrate=False` nothing is
    written: a database that is new or behind is refused.

    Raises `UsageError` for a URL that names no engine, and `DatabaseUnreachable` when the
    database cannot be reached, is not one of this program, or is newer than the program.
    """
    from tui_crm.store.migrate import ensure_schema

    db = connect(url)
    try:
        backups = settings.database.backups if settings is not None else None
        db.migrated = ensure_schema(db, migrate=migrate, backups=backups)
    except BaseException:
        db.close()
        raise
    base.database.initialize(db.peewee)
    return db


def connect(url: str) -> Database:
    """The `Database` at `url`, neither checked for its schema nor bound to the models."""
    scheme, separator, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        from tui_crm.store.sqlite import SqliteDatabase

        return SqliteDatabase(url, Path(rest[1:]).expanduser())
    if scheme in ("postgresql", "postgres") and separator:
        from tui_crm.store.postgres import PostgresDatabase

        return PostgresDatabase(f"postgresql://{rest}")
    raise UsageError(
        _('"{url}" is not a database address.').format(url=url),
        _("Write sqlite:///PATH or postgresql://USER@HOST/DATABASE."),
    )
