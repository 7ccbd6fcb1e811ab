"""The index is made anew while others read and write, and killed rebuilds leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.search.conftest import add_customer
from tui_crm import search
from tui_crm.core import customers, listing
from tui_crm.core.session import Session, open_session
from tui_crm.errors import DatabaseUnreachable, InputRefused
from tui_crm.sample import fill
from tui_crm.search import index
from tui_crm.store import beside, fulltext
from tui_crm.store.patience import Patience


@pytest.fixture
def elsewhere() -> Iterator[Callable[[Callable[[], object]], object]]:
    """Runs a function on another thread, which has a connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda work: pool.submit(work).result(timeout=60)


@pytest.mark.parametrize("processes", [False, True])
def test_others_edit_during_a_rebuild(
    session: Session,
    elsewhere: Callable[[Callable[[], object]], object],
    monkeypatch: pytest.MonkeyPatch,
    processes: bool,
) -> None:
    if processes:
        monkeypatch.setattr(fulltext, "WORTH_A_PROCESS", 0)
    monkeypatch.setattr(index, "_BUILT", 50)
    fill.fill(session, 200, 3)
    ids = list(listing.ids(session))
    renamed, moved, deleted, kept = ids[0], ids[80], ids[150], ids[199]
    word_before = _last_word(session)
    seen = []

    def edit() -> None:
        db = session.db
        with db.transaction():
            db.run("UPDATE customer SET name = 'Zebulon' WHERE id = ?", (renamed,))
            db.run("UPDATE customer SET deleted_at = '2026' WHERE id = ?", (deleted,))
            db.run("UPDATE customer SET last_contact = '2036-01-01' WHERE id = ?", (moved,))
            index.update(db, [renamed, moved, deleted])
        added = add_customer(session, "Quirinus Late")
        seen.append((search.count(session, "zebulon"), search.count(session, "quirinus"), added))

    def progress(done: int, _total: int) -> None:
        if done in (50, 150):
            elsewhere(edit)

    # A word that nobody has any more is not what a mistyped one is corrected to.
    session.db.run("INSERT INTO search_word (word) VALUES ('nobodyhasit')")
    index.rebuild(session.db, progress)
    assert [found[:2] for found in seen] == [(1, 1), (1, 2)]
    assert index.check(session.db) == []
    assert search.count(session, "zebulon") == 1
    assert search.count(session, "quirinus") == 2
    assert moved in listing.ids(session)[:2]
    assert deleted not in listing.ids(session)
    assert kept in listing.ids(session)
    assert session.db.one("SELECT 1 FROM search_word WHERE word = 'nobodyhasit'") is None
    # Sessions that hold the words read those with higher numbers.
    assert word_before <= _last_word(session)
    # What is written later is in the new tables.
    late = add_customer(session, "Zzyzx Later")
    assert list(search.all_ids(session, "zzyzx")) == [late]
    assert index.check(session.db) == []
    assert _left(session) == []


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("stops", [False, True])
def test_others_edit_while_a_transaction_makes_the_index_anew(
    session: Session,
    elsewhere: Callable[[Callable[[], object]], object],
    monkeypatch: pytest.MonkeyPatch,
    stops: bool,
) -> None:
    monkeypatch.setattr(index, "_WORTH_REBUILDING", 1)
    kept = [add_customer(session, f"Anna {n}") for n in range(3)]
    db = session.db
    added: list[int] = []

    def edit() -> None:
        with db.transaction():
            db.run("UPDATE customer SET name = 'Zebulon' WHERE id = ?", (kept[0],))
            index.update(db, [kept[0]])
        added.append(add_customer(session, "Quirinus Late"))
        assert search.count(session, "zebulon") == search.count(session, "quirinus") == 1

    def tell(_count: int) -> None:
        if not added:
            elsewhere(edit)
        elif stops:
            raise InputRefused("stopped")

    def add() -> None:
        with db.transaction():
            new = [add_customer(session, f"Xaver {n}", indexed=False) for n in range(9)]
            index.add(db, new, tell, lambda: None)

    if stops:
        monkeypatch.setattr(index, "_BUILT", 5)
        with pytest.raises(InputRefused):
            add()
    else:
        add()
    assert index.check(db) == []
    assert search.count(session, "xaver") == (0 if stops else 9)
    assert search.count(session, "zebulon") == search.count(session, "quirinus") == 1
    assert _left(session) == []
    assert db.one("SELECT 1 FROM search_rebuild") is None
    assert db.one("SELECT 1 FROM search_pending") is None


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_transaction_that_wrote_to_the_index_does_not_make_it_anew(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = add_customer(session, "Anna")
    monkeypatch.setattr(index, "_WORTH_REBUILDING", 1)
    db = session.db
    with db.transaction():
        db.run("UPDATE customer SET name = 'Berta' WHERE id = ?", (anna,))
        index.update(db, [anna])
        new = [add_customer(session, f"Xaver {n}", indexed=False) for n in range(9)]
        index.add(db, new, lambda _count: None, lambda: None)  # or it would wait for itself
    assert search.count(session, "xaver") == 9
    assert index.check(db) == []


def test_one_rebuild_at_a_time(
    session: Session, elsewhere: Callable[[Callable[[], object]], object]
) -> None:
    add_customer(session, "Anna")
    refused = []

    def again() -> None:
        with pytest.raises(InputRefused):
            index.rebuild(session.db)
        refused.append(True)

    def progress(_done: int, _total: int) -> None:
        elsewhere(again)

    index.rebuild(session.db, progress)
    assert refused == [True]
    assert index.check(session.db) == []


def test_a_reader_is_waited_for_and_keeps_its_state(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_customer(session, "Anna")
    db = session.db
    reads, tried = threading.Event(), threading.Event()
    found: list[int] = []

    def read() -> None:
        with db.reading():
            found.append(search.count(session, "anna"))
            reads.set()
            assert tried.wait(60)
            found.append(search.count(session, "anna"))

    lock = beside.lock

    def try_lock(*given: Any) -> bool:
        got = lock(*given)
        if db.engine == "postgres" and not tried.is_set():
            assert not got
        tried.set()
        return got

    monkeypatch.setattr(beside, "lock", try_lock)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        assert reads.wait(60)
        index.rebuild(db)
        reading.result(timeout=60)
    assert found == [1, 1]
    assert index.check(db) == []
    assert _left(session) == []


def test_a_long_batch_of_others_is_waited_for(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_customer(session, "Anna")
    db = session.db
    monkeypatch.setattr(db.waits, "usual", Patience(limit=0.05))
    writes, refused = threading.Event(), threading.Event()
    begin = db.transaction

    @contextmanager
    def transaction() -> Iterator[None]:
        try:
            with begin():
                yield
        except DatabaseUnreachable:
            refused.set()
            raise

    def batch() -> None:
        with begin():
            db.run("UPDATE customer SET city = 'Basel'")
            writes.set()
            assert db.engine == "postgres" or refused.wait(60)

    with ThreadPoolExecutor(1) as pool:

        def progress(_done: int, _total: int) -> None:
            pool.submit(batch)
            assert writes.wait(60)

        monkeypatch.setattr(db, "transaction", transaction)
        index.rebuild(db, progress)
    monkeypatch.undo()
    with db.transaction():
        index.update(db, list(listing.ids(session)))
    assert index.check(db) == []


def test_an_error_leaves_the_old_index(session: Session) -> None:
    add_customer(session, "Anna")

    def fail(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.rebuild(session.db, fail)
    assert search.count(session, "anna") == 1
    assert index.check(session.db) == []
    assert _left(session) == []


_KILLED = """
import os, signal, sys
from tui_crm.config import load
from tui_crm.core.session import open_session
from tui_crm.search import index
from tui_crm.store import beside, fulltext

fulltext.WORTH_A_PROCESS = 0
moment = sys.argv[1]
session = open_session(load(None, env=dict(os.environ)), login="ana")

def die(*_given):
    os.kill(os.getpid(), signal.SIGKILL)

def after(function):
    def both(*given):
        function(*given)
        die()
    return both

if moment == "made":
    beside.create = after(beside.create)
elif moment == "swapping":
    beside.swap = after(beside.swap)
elif moment == "swapped":
    # The second time: the first clears the way.
    drop = beside.drop
    beside.drop = lambda *given: (drop(*given), setattr(beside, "drop", die))
index.rebuild(session.db, die if moment == "filling" else None)
"""


@pytest.mark.parametrize("moment", ["made", "filling", "swapping", "swapped"])
def test_a_killed_rebuild_leaves_an_index_that_is_right(session: Session, moment: str) -> None:
    fill.fill(session, 60, 5)
    env = {
        **os.environ,
        "CRM_DB": session.db.url,
        "HOME": str(session.settings.paths.log_file.parent),
    }
    died = subprocess.run([sys.executable, "-c", _KILLED, moment], env=env, check=False)
    assert died.returncode == -signal.SIGKILL
    assert index.check(session.db) == []
    late = add_customer(session, "Zzyzx Later")
    session.db.close()
    again = open_session(session.settings, login="ana")
    try:
        assert _left(again) == []
        assert list(search.all_ids(again, "zzyzx")) == [late]
        assert index.check(again.db) == []
        index.rebuild(again.db)
        assert index.check(again.db) == []
        assert customers.get(again, late).values["name"] == "Zzyzx Later"
    finally:
        again.close()


@pytest.mark.parametrize("engine", ["sqlite"])
def test_files_of_a_killed_import_are_taken_away(session: Session) -> None:
    add_customer(session, "Anna")
    path = Path(session.db.url.removeprefix("sqlite:///"))
    left = path.with_name(f"{path.name}-index-1234")
    left.mkdir()
    (left / "part.db").write_bytes(b"half")
    session.db.close()
    with closing(open_session(session.settings, login="ana")) as again:
        assert not left.exists()
        assert index.check(again.db) == []


def _last_word(session: Session) -> int:
    row = session.db.one("SELECT coalesce(max(id), 0) FROM search_word")
    assert row is not None
    return int(row[0])


def _left(session: Session) -> list[str]:
    """What a rebuild made beside the index and did not take away."""
    if session.db.engine == "sqlite":
        sql = "SELECT name FROM sqlite_master WHERE name LIKE 'search%' ESCAPE '!'"
        path = Path(session.db.url.removeprefix("sqlite:///"))
        files = [file.name for file in path.parent.glob("*-index-*")]
    else:
        sql = "SELECT relname FROM pg_class WHERE relname LIKE 'search%'"
        files = []
    names = [name for (name,) in session.db.rows(sql)]
    left = [name for name in names if "_new" in name or "_old" in name]
    rows = session.db.rows("SELECT state FROM search_rebuild")
    pending = session.db.rows("SELECT customer_id FROM search_pending")
    return [*left, *files, *map(str, rows), *map(str, pending)]
