"""What is special about a database that is on a server."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from tests.postgres_server import Cluster, Server
from tui_crm.errors import DatabaseUnreachable, UsageError
from tui_crm.store import connect, open_database

pytestmark = pytest.mark.parametrize("engine", ["postgres"], indirect=True)


@pytest.fixture
def cluster(engine: str) -> Iterator[Cluster]:
    """A server of its own, to be stopped and started."""
    own = Cluster()
    try:
        own.start()
        yield own
    finally:
        own.remove()


def test_a_server_that_is_not_there_is_named(engine: str) -> None:
    with pytest.raises(DatabaseUnreachable) as error:
        open_database("postgresql://bob:secret@127.0.0.1:1/crm")
    assert "127.0.0.1:1 as bob" in error.value.message
    assert "secret" not in error.value.message + error.value.hint
    assert error.value.exit_code == 5


def test_a_missing_database_comes_with_the_command_that_makes_it(
    engine: str, postgres_server: Server
) -> None:
    with pytest.raises(DatabaseUnreachable, match='no database "nowhere"') as error:
        open_database(postgres_server.url("nowhere"))
    assert error.value.hint == "Make it with: createdb nowhere"


def test_a_user_whom_the_server_does_not_know_is_named(
    engine: str, postgres_server: Server
) -> None:
    url = re.sub("user=[^&]*", "user=nobody_here", postgres_server.url("postgres"))
    with pytest.raises(DatabaseUnreachable, match='no user "nobody_here"') as error:
        open_database(url)
    assert "USER@HOST" in error.value.hint


def test_a_wrong_address_is_explained(engine: str) -> None:
    with pytest.raises(UsageError, match="not a database address") as error:
        connect("postgresql://bob:secret@host/crm?colour=blue")
    assert "secret" not in error.value.message


def test_without_the_driver_the_way_out_is_named(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseUnreachable, match="driver") as error:
        connect("postgresql:///crm")
    assert "pip install 'tui-crm[postgres]'" in error.value.hint


def test_a_connection_that_was_closed_is_made_again(database_url: str) -> None:
    db, killer = open_database(database_url), connect(database_url)

    def cut() -> None:
        killer.rows(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"  # ms; and wait for it
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    with db.connection():
        db.rows("SELECT 1")
    cut()  # while it is idle in the pool: not noticed at all
    with db.connection():
        assert db.rows("SELECT 1") == [(1,)]
    cut()
    with pytest.raises(DatabaseUnreachable), db.transaction():
        db.run("INSERT INTO tag (name) VALUES ('lost')")
        cut()
        db.run("INSERT INTO tag (name) VALUES ('lost too')")
    with db.transaction():
        db.run("INSERT INTO tag (name) VALUES ('again')")
    assert db.rows("SELECT name FROM tag") == [("again",)]
    db.rows("SELECT 1")  # outside any unit of work the thread keeps its connection
    cut()
    with pytest.raises(DatabaseUnreachable):
        db.rows("SELECT 1")
    assert db.rows("SELECT 1") == [(1,)]
    db.close()
    killer.close()


def test_a_restarted_server_is_found_again(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    from tui_crm.store import postgres

    monkeypatch.setattr(postgres, "_RECONNECT_AFTER", 0.05)
    url = Server(cluster.dsn).url("postgres")
    db = open_database(url)
    heard = Event()
    listener = db.listen(heard.set)
    cluster.stop()
    with pytest.raises(DatabaseUnreachable), db.connection():
        db.rows("SELECT 1")
    assert not heard.is_set()
    cluster.start()
    assert heard.wait(20)  # it may have missed something while it was cut off
    with db.connection():
        assert db.rows("SELECT count(*) FROM tag") == [(0,)]
    listener.close()
    db.close()


def test_an_ordinary_user_may_own_the_database(cluster: Cluster) -> None:
    admin = connect(Server(cluster.dsn).url("postgres"))
    admin.run("CREATE ROLE bob LOGIN")
    admin.run("CREATE DATABASE crm OWNER bob")
    admin.close()
    db = open_database(Server(cluster.dsn).url("crm") + "&user=bob")
    assert db.one("SELECT current_user") == ("bob",)
    with db.transaction():
        db.allocate_ids("tag", 3)
        db.temp_ids([1])
        db.announce()
    db.close()


def test_a_user_without_rights_is_told(cluster: Cluster) -> None:
    admin = open_database(Server(cluster.dsn).url("postgres"))
    admin.run("CREATE ROLE eve LOGIN")
    admin.close()
    with pytest.raises(DatabaseUnreachable, match="refused: permission denied") as error:
        open_database(Server(cluster.dsn).url("postgres") + "&user=eve")
    assert "granted" in error.value.hint


def test_own_changes_are_not_announced_to_oneself(database_url: str) -> None:
    from threading import Event

    db, other = open_database(database_url), connect(database_url)
    heard: list[int] = []
    done = Event()

    def hear() -> None:
        heard.append(1)
        done.set()

    listener = db.listen(hear)
    with db.transaction():
        db.announce()
    with other.transaction():
        other.announce()
    assert done.wait(10)
    listener.close()
    assert len(heard) == 1
    other.close()
    db.close()


def test_a_transaction_that_is_rolled_back_announces_nothing(database_url: str) -> None:
    from threading import Event

    db, other = open_database(database_url), connect(database_url)
    heard: list[int] = []
    done = Event()

    def hear() -> None:
        heard.append(1)
        done.set()

    listener = other.listen(hear)
    with pytest.raises(ZeroDivisionError), db.transaction():
        db.announce()
        raise ZeroDivisionError
    with db.transaction():
        db.announce()
    assert done.wait(10)
    listener.close()
    assert len(heard) == 1
    other.close()
    db.close()


def test_backups_are_left_to_the_servers_own_tools(database_url: str, tmp_path: object) -> None:
    from pathlib import Path

    db = open_database(database_url)
    with pytest.raises(UsageError) as refusal:
        db.backup(Path("/tmp/x.dump"))
    assert "pg_dump" in refusal.value.hint
    db.close()
