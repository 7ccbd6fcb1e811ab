"""Statements that are planned once for a connection and travel together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import peewee
import pytest

from tui_crm.errors import DatabaseUnreachable
from tui_crm.store import Database, Interrupted, connect

pytestmark = pytest.mark.parametrize("engine", ["postgres"], indirect=True)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    found = connect(database_url)
    yield found
    found.close()


def test_what_is_text_is_left_alone(db: Database) -> None:
    sql = "SELECT 'a ? %s $1', ?::text, 3 % ?, '?' = ? -- ?"
    assert db.prepared(sql, ("x?%", 2, "?")) == [("a ? %s $1", "x?%", 1, True)]


def test_parameters_of_all_kinds(db: Database) -> None:
    sql = "SELECT ?::bigint, ?::text, ?::bigint[], ?::text[], ?::boolean, ?::float8, ?::text"
    params = (1 << 40, "张 'x'", [1, 2], ["a,b", "c\\"], True, 1.5, None)
    assert db.prepared(sql, params) == [params]
    assert db.prepared("SELECT ?::bigint[]", ([],)) == [([],)]


def test_each_has_its_own_rows(db: Database) -> None:
    many = "SELECT n, repeat('x', 500) FROM generate_series(1, ?) AS n"
    found = db.together(
        [("SELECT ?::int", (1,)), (many, (3000,)), ("SELECT 1 WHERE FALSE", ()), (many, (2,))]
    )
    assert [len(rows) for rows in found] == [1, 3000, 0, 2]
    assert found[1][-1] == (3000, "x" * 500)
    assert db.together([]) == []


def test_the_first_error_ends_all_and_the_connection_goes_on(db: Database) -> None:
    for _again in range(2):
        with pytest.raises(peewee.DataError, match="division by zero"):
            db.together([("SELECT 1", ()), ("SELECT 1 / ?::int", (0,)), ("SELECT 2 AS new", ())])
        with pytest.raises(peewee.ProgrammingError, match="no_table"):
            db.prepared("SELECT * FROM no_table")
        assert db.together([("SELECT 2 AS new", ()), ("SELECT 4 / ?::int", (2,))]) == [
            [(2,)],
            [(2,)],
        ]


def test_an_error_in_a_transaction_takes_all_of_it_back(db: Database) -> None:
    db.run("CREATE TABLE book (page int PRIMARY KEY)")
    put = "INSERT INTO book (page) VALUES (?)"
    with pytest.raises(peewee.IntegrityError), db.transaction():
        assert db.prepared(put, (1,)) == []
        db.prepared(put, (1,))
    with db.transaction():
        db.together([(put, (2,)), (put, (3,))])
    assert db.prepared("SELECT page FROM book ORDER BY 1") == [(2,), (3,)]


def test_those_that_were_not_used_for_long_are_forgotten(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_crm.store.postgres_prepared._MOST", 3)
    with db.connection():
        for number in (1, 2, 3, 1, 4, 1, 5, 1):
            assert db.prepared(f"SELECT {number} + ?::int", (1,)) == [(number + 1,)]
        kept = db.rows("SELECT statement FROM pg_prepared_statements ORDER BY 1")
        assert kept == [(f"SELECT {number} + $1::int",) for number in (1, 4, 5)]


def test_a_table_may_be_put_in_the_place_of_another(db: Database) -> None:
    db.run("CREATE TABLE book (page int)")
    asked = "SELECT count(*) FROM book"
    assert db.prepared(asked) == [(0,)]
    db.run("ALTER TABLE book RENAME TO book_old")
    db.run("CREATE TABLE book AS SELECT 7 AS page")
    assert db.prepared(asked) == [(1,)]


def test_a_connection_that_breaks_is_made_again(db: Database, database_url: str) -> None:
    killer = connect(database_url)
    assert db.prepared("SELECT ?::int", (1,)) == [(1,)]
    killer.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with pytest.raises(DatabaseUnreachable):
        db.prepared("SELECT ?::int", (1,))
    assert db.prepared("SELECT ?::int", (1,)) == [(1,)]
    killer.close()


def test_a_statement_can_be_cancelled(db: Database, database_url: str) -> None:
    watcher = connect(database_url)
    hooks: list[Callable[[], None]] = []

    class Cancel:
        cancelled = False

        def on_cancel(self, hook: Callable[[], None] | None) -> None:
            hooks.extend([hook] if hook else [])

    def stop() -> None:
        running = (
            "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%'"
        )
        while not watcher.rows(f"{running} AND pid <> pg_backend_pid()"):
            pass
        hooks[0]()
        watcher.close()

    with pytest.raises(Interrupted), db.interruptible(Cancel()):
        canceller = threading.Thread(target=stop)
        canceller.start()
        db.together([("SELECT 1", ()), ("SELECT pg_sleep(?::int)", (60,)), ("SELECT 2", ())])
    canceller.join()
    assert db.prepared("SELECT 1") == [(1,)]
