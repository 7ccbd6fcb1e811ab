"""Tables that are made anew beside those in use, and then put in their place.

Whatever reads or writes the table `t` goes on while `t_new` is filled; `swap` renames both, which
takes milliseconds whatever they hold, and what was `t` is dropped as `t_old`. A process that dies
on the way leaves `t` as it was, and tables that `drop` takes away.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from tui_crm.errors import DatabaseUnreachable

if TYPE_CHECKING:
    from tui_crm.store.database import Database

NEW, OLD = "_new", "_old"
PARTS = "-index-"
"""Behind the name of a database of SQLite: the name of a folder for parts of it begins so."""
_BLOCKS, _ROWS = 2000, 20_000  # taken out in one transaction: some megabytes
_TIMES = 20  # that a transaction is begun; each waits for half a minute
_BUILT_TOGETHER = 180000  # the first version of PostgreSQL that builds such indexes so
_TOGETHER = 2  # processes that help the one that is asked for an index
_MEMORY_TOGETHER, _MEMORY_ALONE = "16MB", "256MB"
_FIRST_BLOCK = 10  # the last row of what FTS5 has to say of its blocks


@contextmanager
def told_as(
    count: int, share: float, tell: Callable[[int], None], check: Callable[[], None]
) -> Iterator[Callable[[int, int], None]]:
    """The progress of what is made anew for the sake of `count` records, told in such records.

    What it yields takes how many of how many rows are read; that is `share` of the time, and the
    rest is told at the end. `tell` gets how many records more are done; `check` may raise to stop.
    """
    told = 0

    def progress(done: int, total: int) -> None:
        nonlocal told
        check()
        now = int(share * count * done / max(1, total))
        tell(now - told)
        told = now

    yield progress
    tell(count - told)


@contextmanager
def patient(db: Database) -> Iterator[None]:
    """A write transaction that waits, some minutes, where others hold theirs for long.

    What is made anew in the background must not be lost to a batch of everybody.
    """
    with ExitStack() as stack:
        for left in reversed(range(_TIMES)):
            try:
                stack.enter_context(db.transaction())
                break
            except DatabaseUnreachable:
                if not left:
                    raise
        yield


@contextmanager
def alone(db: Database, task: str) -> Iterator[bool]:
    """Be the only session that does `task`, a word, until the block ends or the process dies.

    Gives False, at once, where another one is at it. Runs inside `db.connection()`.
    """
    way = _alone_with_file if db.engine == "sqlite" else _alone_on_server
    with way(db, task) as alone:
        yield alone


@contextmanager
def _alone_with_file(db: Database, task: str) -> Iterator[bool]:
    path = f"{Path(db.url.removeprefix('sqlite:///')).expanduser()}.{task}"
    fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(fd)


@contextmanager
def _alone_on_server(db: Database, task: str) -> Iterator[bool]:
    # Inside a transaction the lock ends with it, whatever becomes of it.
    kind = "_xact" if db.peewee.in_transaction() else ""
    key = crc32(f"crm {task}".encode())
    held = db.one(f"SELECT pg_try_advisory{kind}_lock(?)", (key,)) == (True,)
    try:
        yield held
    finally:
        if held and not kind:
            db.one("SELECT pg_advisory_unlock(?)", (key,))


def create(db: Database, tables: Iterable[str]) -> None:
    """Make an empty `t_new` like each `t`; on PostgreSQL its indexes come with `finish`."""
    for table in tables:
        if db.engine == "sqlite":
            row = db.one("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
            assert row is not None
            db.run(renamed(row[0], table, table + NEW))
        else:
            db.run(
                f"CREATE TABLE {table}{NEW} (LIKE {table} INCLUDING ALL"
                " EXCLUDING INDEXES EXCLUDING CONSTRAINTS)"
            )
            for change in _settings(db, table):
                db.run(change)


def finish(db: Database, tables: Iterable[str]) -> None:
    """Give each `t_new`, filled, the indexes and statistics of `t`."""
    if db.engine == "sqlite":
        return
    # From version 18 on processes of the server build an index of hashes together: there each fills
    # little memory, which its processor has at hand, and more makes it slower; but of itself the
    # server lets none help that has less than 32 MB. Alone it goes through all of the index each
    # time that the memory is full.
    [(version,)] = db.rows("SELECT current_setting('server_version_num')::int")
    together = version >= _BUILT_TOGETHER
    memory = _MEMORY_TOGETHER if together else _MEMORY_ALONE
    db.run("SELECT set_config('maintenance_work_mem', ?, true)", (memory,))
    for table in tables:
        if together:
            db.run(f"ALTER TABLE {table}{NEW} SET (parallel_workers = {_TOGETHER})")
        for name, constraint, definition in _indexes(db, table):
            if constraint:
                db.run(f"ALTER TABLE {table}{NEW} ADD CONSTRAINT {name}{NEW} {constraint}")
            else:
                sql = renamed(definition, name, name + NEW)
                db.run(re.sub(rf"\bON (\w+\.)?{table}\b", f"ON {table}{NEW}", sql, count=1))
        if together:
            db.run(f"ALTER TABLE {table}{NEW} RESET (parallel_workers)")
        db.run(f"ANALYZE {table}{NEW}")


def apart(db: Database, act: Callable[[], None]) -> None:
    """Do something that others are to see at once: on a server not as a part of the transaction
    in which this may be called, but by a connection of its own.
    """
    if db.engine == "sqlite" or not db.peewee.in_transaction():
        act()
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        thread.submit(act).result()


def await_writers(db: Database, table: str) -> None:
    """Inside a transaction: wait until nobody has written to a table and not ended yet.

    Whoever writes to it next sees what this transaction wrote.
    """
    if db.engine != "sqlite":
        db.run(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")


def is_writing(db: Database, table: str) -> bool:
    """Whether this transaction is one of those for which `await_writers` waits."""
    return db.engine != "sqlite" and bool(
        db.one(
            "SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid() AND relation = ?::regclass"
            " AND mode = 'RowExclusiveLock'",
            (table,),
        )
    )


def lock(db: Database, tables: Sequence[str]) -> bool:
    """Inside a transaction: keep everybody else from these tables; False if they are in use, and
    then the transaction has to be given up.
    """
    if db.engine == "sqlite":
        return True
    import peewee

    try:
        db.run(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE NOWAIT")
    except peewee.OperationalError:
        return False
    return True


def swap(db: Database, tables: Iterable[str]) -> None:
    """Put each `t_new` in the place of `t`, with the numbers that `t` would have given next.

    Belongs into a transaction, in which `lock` came first.
    """
    for table in tables:
        if db.engine == "sqlite":
            _swap_sqlite(db, table)
        else:
            _swap_postgres(db, table)


def drop(db: Database, tables: Iterable[str]) -> None:
    """Drop what `create` and `swap` left, in many short transactions."""
    for table in tables:
        for ending in (NEW, OLD):
            if db.engine == "sqlite":
                _empty(db, f"{table}{ending}")
            with patient(db):
                db.run(f"DROP TABLE IF EXISTS {table}{ending}")


def _empty(db: Database, table: str) -> None:
    """Take everything out of a table of SQLite, which reads all of a table that it drops.

    Not out of one with an index: row by row that takes many times as long as to read both.
    """
    row = db.one("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
    if row is None or db.one(f"SELECT 1 FROM pragma_index_list('{table}')") is not None:
        return
    above, size = 0, _ROWS
    if row[0].startswith("CREATE VIRTUAL"):
        # The blocks of a full text table; without the rows below it cannot be opened.
        table, above, size = f"{table}_data", _FIRST_BLOCK, _BLOCKS
    some = f"SELECT rowid FROM {table} WHERE rowid > {above} ORDER BY rowid LIMIT {size}"
    gone = 1
    while gone:
        with patient(db):
            gone = db.run(f"DELETE FROM {table} WHERE rowid IN ({some})")


def renamed(sql: str, name: str, other: str) -> str:
    """A definition with the first mention of its name replaced."""
    return re.sub(rf'"?\b{name}\b"?', other, sql, count=1)


def _swap_sqlite(db: Database, table: str) -> None:
    number = db.one("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
    db.run(f"ALTER TABLE {table} RENAME TO {table}{OLD}")
    db.run(f"ALTER TABLE {table}{NEW} RENAME TO {table}")
    if number is not None:
        db.run("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        db.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, *number))


def _swap_postgres(db: Database, table: str) -> None:
    names = [name for name, _constraint, _definition in _indexes(db, table)]
    before = _sequence(db, table)
    db.run(f"ALTER TABLE {table} RENAME TO {table}{OLD}")
    db.run(f"ALTER TABLE {table}{NEW} RENAME TO {table}")
    for name in names:
        db.run(f"ALTER INDEX {name} RENAME TO {name}{OLD}")
        db.run(f"ALTER INDEX {name}{NEW} RENAME TO {name}")
    if before is not None:
        name = before.rpartition(".")[2]
        after = _sequence(db, table)
        db.run(f"SELECT setval('{after}', (SELECT last_value FROM {before}))")
        db.run(f"ALTER SEQUENCE {before} RENAME TO {name}{OLD}")
        db.run(f"ALTER SEQUENCE {after} RENAME TO {name}")


def _indexes(db: Database, table: str) -> list[tuple[str, str | None, str]]:
    """The indexes of a table of PostgreSQL: the name, the constraint that it serves, its SQL."""
    rows = db.rows(
        "SELECT c.relname, pg_get_constraintdef(k.oid), pg_get_indexdef(i.indexrelid)"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid"
        " WHERE i.indrelid = ?::regclass ORDER BY c.relname",
        (table,),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _settings(db: Database, table: str) -> list[str]:
    """Statements that give `t_new` what LIKE leaves out: targets of statistics, options, rights."""
    found = [
        f"ALTER TABLE {table}{NEW} ALTER COLUMN {name} SET STATISTICS {target}"
        for name, target in db.rows(
            "SELECT attname, attstattarget FROM pg_attribute WHERE attrelid = ?::regclass"
            " AND attnum > 0 AND coalesce(attstattarget, -1) >= 0",
            (table,),
        )
    ]
    found += [
        f"ALTER TABLE {table}{NEW} SET ({option})"
        for (option,) in db.rows(
            "SELECT unnest(reloptions) FROM pg_class WHERE oid = ?::regclass", (table,)
        )
    ]
    pairs = [(table, table + NEW)]
    if sequence := _sequence(db, table):
        pairs.append((sequence, f"SEQUENCE {_sequence(db, table + NEW)}"))
    for source, target in pairs:
        found += [
            f"GRANT {right} ON {target} TO {to}"
            for to, right in db.rows(
                "SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,"
                " a.privilege_type FROM pg_class c, aclexplode(c.relacl) a"
                " WHERE c.oid = ?::regclass AND a.grantee <> c.relowner",
                (source,),
            )
        ]
    return found


def _sequence(db: Database, table: str) -> str | None:
    row = db.one(
        "SELECT pg_get_serial_sequence(?, a.attname) FROM pg_attribute a"
        " WHERE a.attrelid = ?::regclass AND a.attidentity <> ''",
        (table, table),
    )
    return row[0] if row else None
