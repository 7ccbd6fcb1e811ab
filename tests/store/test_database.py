"""The `Database` interface, on both engines."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from tui_crm.errors import CrmError
from tui_crm.store import Database, Interrupted, connect, open_database
from tui_crm.store.people import Team, User

ENDLESS = (
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
    " SELECT count(*) FROM n"
)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """Another program's door to the same database."""
    opened = connect(database_url)
    yield opened
    opened.close()


def add_tags(db: Database, *names: str) -> None:
    db.run_many("INSERT INTO tag (name) VALUES (?)", [(name,) for name in names])


def tags(db: Database) -> list[str]:
    return [name for (name,) in db.rows("SELECT name FROM tag ORDER BY name")]


# -- plain SQL ------------------------------------------------------------------------------


def test_sql_is_the_same_on_both_engines(db: Database) -> None:
    assert db.run("INSERT INTO tag (name) VALUES (?), (?)", ("100%", "what?")) == 2
    sql = "SELECT name FROM tag WHERE name LIKE '%?' OR name = ? -- really?\n ORDER BY name"
    assert db.rows(sql, ("100%",)) == [("100%",), ("what?",)]
    assert db.one("SELECT name FROM tag WHERE name = ?", ("nobody",)) is None
    assert db.run("DELETE FROM tag WHERE name <> ?", ("what?",)) == 1
    assert tags(db) == ["what?"]


def test_a_list_of_parameters_may_be_long(db: Database) -> None:
    marks = ", ".join("?" * 30_000)
    row = db.one(f"SELECT count(*) FROM tag WHERE id IN ({marks})", range(30_000))
    assert row == (0,)


def test_models_and_plain_sql_share_the_transaction(db: Database) -> None:
    created = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    with pytest.raises(ZeroDivisionError), db.transaction():
        User.create(login="ana", created_at=created)
        assert db.rows("SELECT login, created_at FROM crm_user") == [
            ("ana", "2026-03-01T12:30:00Z")
        ]
        raise ZeroDivisionError
    assert User.select().count() == 0
    User.create(login="ana", created_at=created)
    assert User.get().created_at == created


def test_a_stream_comes_in_chunks(db: Database) -> None:
    add_tags(db, *(f"{n:04}" for n in range(25)))
    sql = "SELECT name FROM tag WHERE name <> ? ORDER BY name"
    chunks = list(db.stream(sql, ("0003",), size=10))
    assert [len(chunk) for chunk in chunks] == [10, 10, 4]
    assert [row[0] for chunk in chunks for row in chunk] == [f"{n:04}" for n in range(25) if n != 3]


def test_a_stream_may_be_left_halfway(db: Database) -> None:
    add_tags(db, "a", "b", "c")
    stream = db.stream("SELECT name FROM tag ORDER BY name", size=1)
    assert next(stream) == [("a",)]
    stream.close()  # type: ignore[attr-defined]  # it is a generator
    add_tags(db, "d")
    assert tags(db) == ["a", "b", "c", "d"]


# -- transactions ---------------------------------------------------------------------------


def test_an_inner_transaction_fails_alone(db: Database) -> None:
    with db.transaction():
        add_tags(db, "outer")
        with pytest.raises(ZeroDivisionError), db.transaction():
            add_tags(db, "inner")
            raise ZeroDivisionError
        add_tags(db, "after")
    assert tags(db) == ["after", "outer"]


def test_readers_see_one_state_and_hold_up_nobody(db: Database, other: Database) -> None:
    add_tags(db, "first")
    with db.reading():
        assert tags(db) == ["first"]
        add_tags(other, "second")
        assert tags(db) == ["first"]
    assert tags(db) == ["first", "second"]


def test_a_reader_does_not_become_a_writer(db: Database) -> None:
    with db.reading(), pytest.raises(RuntimeError), db.transaction():
        pass
    add_tags(db, "later")
    assert tags(db) == ["later"]


def test_what_is_not_committed_is_nobody_elses(db: Database, other: Database) -> None:
    with db.transaction():
        add_tags(db, "draft")
        assert tags(other) == []
    assert tags(other) == ["draft"]


def test_threads_have_connections_of_their_own(db: Database) -> None:
    def add(n: int) -> None:
        with db.connection():
            for i in range(5):
                with db.transaction():
                    row = db.one("SELECT count(*) FROM tag")
                    assert row is not None
                    Team.create(name=f"{n}-{i}")
                    add_tags(db, f"{n}-{i}")

    run_in_threads([lambda n=n: add(n) for n in range(12)])  # type: ignore[misc]
    assert len(tags(db)) == 60
    assert Team.select().count() == 60


def test_a_closed_database_may_be_opened_again(database_url: str) -> None:
    for _round in range(2):
        db = open_database(database_url)
        assert User.select().count() == 0
        db.close()
        db.close()


# -- bulk -----------------------------------------------------------------------------------


def test_bulk_insert_takes_any_text(db: Database) -> None:
    names = ["plain", "tab\t", "line\nbreak", "back\\slash", "\\N", "quote'", "王小明", ""]
    rows = ((10 + n, name) for n, name in enumerate(names))
    assert db.bulk_insert("tag", ("id", "name"), rows) == len(names)
    assert db.rows("SELECT id, name FROM tag ORDER BY id") == [
        (10 + n, name) for n, name in enumerate(names)
    ]


def test_bulk_insert_is_all_or_nothing(db: Database) -> None:
    from peewee import IntegrityError

    add_tags(db, "there")
    with pytest.raises(IntegrityError):
        db.bulk_insert("tag", ("name",), [("new",), ("there",)])
    assert tags(db) == ["there"]


def test_bulk_insert_keeps_null(db: Database) -> None:
    moment = "2026-01-01T00:00:00Z"
    columns = ("title", "customer_id", "created_at", "updated_at")
    db.bulk_insert("task", columns, [("call", None, moment, moment)])
    assert db.rows("SELECT title, customer_id, version FROM task") == [("call", None, 1)]


def test_allocated_ids_are_nobody_elses(db: Database) -> None:
    with db.transaction():
        first = db.allocate_ids("tag", 1000)
        db.bulk_insert("tag", ("id", "name"), ((first + n, f"{n:04}") for n in range(1000)))
        second = db.allocate_ids("tag", 5)
    assert second >= first + 1000
    add_tags(db, "next")
    row = db.one("SELECT id FROM tag WHERE name = 'next'")
    assert row is not None
    assert row[0] >= second + 5


def test_ids_allocated_at_once_do_not_overlap(db: Database) -> None:
    blocks: list[range] = []

    def allocate() -> None:
        for _round in range(20):
            with db.transaction():
                first = db.allocate_ids("tag", 50)
                add_tags(db, f"between-{first}")
            blocks.append(range(first, first + 50))

    run_in_threads([allocate] * 4)
    every = [number for block in blocks for number in block]
    every += [number for (number,) in db.rows("SELECT id FROM tag")]
    assert len(every) == len(set(every)) == 80 * 51


def test_temp_ids_join(db: Database) -> None:
    add_tags(db, "a", "b", "c")
    ids = [number for (number,) in db.rows("SELECT id FROM tag ORDER BY name")]
    with db.transaction():
        table = db.temp_ids([ids[2], ids[0], ids[0], 999_999])
        empty = db.temp_ids([])
        sql = f"SELECT name FROM tag WHERE id IN (SELECT id FROM {table}) ORDER BY name"
        assert db.rows(sql) == [("a",), ("c",)]
        assert db.rows(f"SELECT id FROM {empty}") == []
    with pytest.raises(Exception, match=table):
        db.rows(f"SELECT id FROM {table}")
    with db.reading():
        assert db.rows(f"SELECT count(*) FROM {db.temp_ids(range(250_000))}") == [(250_000,)]


def test_temp_ids_need_a_transaction(db: Database) -> None:
    with pytest.raises(RuntimeError):
        db.temp_ids([1])


def test_temp_ids_go_with_a_rollback(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction():
        db.temp_ids([1])
        raise ZeroDivisionError
    with db.transaction():
        assert db.rows(f"SELECT id FROM {db.temp_ids([2])}") == [(2,)]


def test_a_table_of_ids_is_gone_behind_its_block(db: Database) -> None:
    with db.transaction():
        with db.ids_table([2, 1]) as table:
            assert db.rows(f"SELECT id FROM {table} ORDER BY id") == [(1,), (2,)]
        with db.ids_table([3]) as other:
            assert db.rows(f"SELECT id FROM {other}") == [(3,)]
    with pytest.raises(Exception, match=table):
        db.rows(f"SELECT id FROM {table}")
    with pytest.raises(ZeroDivisionError), db.transaction(), db.ids_table([4]):
        raise ZeroDivisionError
    with db.transaction(), db.ids_table([5]) as last:
        assert db.rows(f"SELECT id FROM {last}") == [(5,)]


def test_rows_get_values_of_their_own(db: Database) -> None:
    titles = [f"task {number}" for number in range(1200)]
    with db.transaction():
        db.bulk_insert(
            "task", ("title", "created_at", "updated_at"), ((text, "", "") for text in titles)
        )
        ids = [row[0] for row in db.rows("SELECT id FROM task ORDER BY id")]
        db.update_rows(
            "task",
            ("title", "customer_id", "version"),
            ((id_, f"new {number}", None, number) for number, id_ in enumerate(ids[:-1])),
        )
    rows = db.rows("SELECT title, customer_id, version FROM task ORDER BY id")
    assert rows[:-1] == [(f"new {number}", None, number) for number in range(1199)]
    assert rows[-1][0] == "task 1199"


# -- dialect --------------------------------------------------------------------------------


def test_values_as_json(db: Database) -> None:
    db.run("INSERT INTO tag (id, name) VALUES (7, ?)", ('say "王"\n',))
    sql = f"SELECT {db.json_of('name')}, {db.json_of('id')} FROM tag"
    text, number = db.rows(sql)[0]
    assert (json.loads(text), json.loads(number)) == ('say "王"\n', 7)
    row = db.one(f"SELECT {db.json_of('organization_id')} FROM customer")
    assert row is None


def test_null_as_json(db: Database) -> None:
    db.run("INSERT INTO task (title, created_at, updated_at) VALUES ('t', '', '')")
    assert db.rows(f"SELECT {db.json_of('customer_id')} FROM task") == [("null",)]


def test_lists_as_json(db: Database) -> None:
    assert db.rows(f"SELECT {db.json_list('name')} FROM tag") == [("[]",)]
    add_tags(db, "b", "c", "a")
    in_order = db.rows(f"SELECT {db.json_list('name', 'name')} FROM tag")
    assert json.loads(in_order[0][0]) == ["a", "b", "c"]
    any_order = db.rows(f"SELECT {db.json_list('name')} FROM tag")
    assert sorted(json.loads(any_order[0][0])) == ["a", "b", "c"]


# -- other sessions -------------------------------------------------------------------------


def test_a_commit_is_announced_to_other_sessions(db: Database, other: Database) -> None:
    heard = threading.Event()
    listener = other.listen(heard.set)
    try:
        for name in ("first", "second"):
            heard.clear()
            with db.transaction():
                add_tags(db, name)
                db.announce()
            assert heard.wait(10)
            assert name in tags(other)
    finally:
        listener.close()


def test_a_closed_listener_is_silent(db: Database, other: Database) -> None:
    closed_heard, heard = threading.Event(), threading.Event()
    closed = other.listen(closed_heard.set)
    closed.close()
    closed.close()
    listener = other.listen(heard.set)
    with db.transaction():
        add_tags(db, "x")
        db.announce()
    assert heard.wait(10)
    listener.close()
    assert not closed_heard.is_set()


# -- interrupting ---------------------------------------------------------------------------


class Token:
    """A cancel token as the user interface has one."""

    def __init__(self) -> None:
        self.hook: Callable[[], None] | None = None

    def on_cancel(self, hook: Callable[[], None] | None) -> None:
        self.hook = hook


def test_a_running_query_can_be_cancelled(db: Database) -> None:
    token, ended = Token(), threading.Event()
    raised: list[BaseException] = []

    def work() -> None:
        try:
            with db.connection(), db.interruptible(token):
                db.rows(ENDLESS)
        except CrmError as error:
            raised.append(error)
            with db.connection():
                add_tags(db, "still alive")
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    # The hook may come before the query, which is then not disturbed: ask until it ends.
    while not ended.wait(0.05):
        if token.hook is not None:
            token.hook()
    thread.join()
    assert [type(error) for error in raised] == [Interrupted]
    assert token.hook is None
    assert tags(db) == ["still alive"]


def test_an_interrupted_transaction_is_rolled_back(db: Database) -> None:
    interrupt = db.interrupter()
    timer = threading.Timer(0.2, interrupt)
    with pytest.raises(Interrupted), db.connection(), db.transaction():
        interrupt = db.interrupter()
        timer = threading.Timer(0.2, interrupt)
        add_tags(db, "half")
        timer.start()
        db.rows(ENDLESS)
    timer.join()
    assert tags(db) == []


def test_without_a_token_nothing_is_interruptible(db: Database) -> None:
    with db.interruptible(None):
        assert tags(db) == []


# -- looking after it -----------------------------------------------------------------------


def test_a_sound_database_has_no_problems(db: Database) -> None:
    add_tags(db, "a")
    assert db.integrity() == []
    assert db.size() > 10_000


def run_in_threads(jobs: list[Callable[[], None]]) -> None:
    """Run all jobs at once; the first error of any is raised here."""
    errors: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
