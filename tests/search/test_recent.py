"""Documents that were just written stand beside the index on PostgreSQL, until they are put in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.search.conftest import add_customer
from tui_crm import search
from tui_crm.core.session import Session
from tui_crm.sample import fill
from tui_crm.search import index
from tui_crm.search.postgres import folding, recent

Add = Callable[..., int]


@pytest.fixture
def few(session: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session for which two documents beside the index are many, and are put in one by one."""
    if session.db.engine != "postgres":
        pytest.skip("on SQLite an edit changes the index itself")
    monkeypatch.setattr(folding, "_MOST", 2)
    monkeypatch.setattr(folding, "_FOLDED", 1)
    return session


def beside(session: Session) -> list[int]:
    """The customers whose documents stand beside the index."""
    rows = session.db.rows(
        "SELECT d.customer_id FROM search_recent r JOIN search_doc d ON d.id = r.id ORDER BY d.id"
    )
    return [row[0] for row in rows]


def test_the_oldest_are_put_in_until_few_are_left(few: Session, add: Add) -> None:
    ids = [add(f"Anna{n} Common", city="Basel", phones=[f"030 123450{n}"]) for n in range(5)]
    assert beside(few) == ids
    while index.fold(few.db):
        assert set(search.all_ids(few, "anna")) == set(ids)
        assert index.check(few.db) == []
    assert beside(few) == ids[-2:]
    for text in ("comm", "basel", "common basel", "0301234", "ann bas 12345"):
        assert set(search.all_ids(few, text)) == set(ids), text
        assert {hit.row.id for hit in search.find(few, text).hits} == set(ids), text
    assert search.all_ids(few, "anna4 basel").tolist() == [ids[4]]
    assert search.all_ids(few, "anna1 basel").tolist() == [ids[1]]


def test_many_at_once_go_into_the_index_itself(few: Session) -> None:
    fill.fill(few, recent.AT_ONCE + 1, 3)
    assert beside(few) == []
    assert index.check(few.db) == []


def test_what_somebody_writes_just_now_is_left_to_them(few: Session, add: Add) -> None:
    ids = [add(f"Anna{n}") for n in range(4)]
    db = few.db

    def fold() -> None:
        while index.fold(db):
            pass

    with ThreadPoolExecutor(1) as colleague, db.transaction():
        db.run("UPDATE customer SET name = 'Zora' WHERE id = ?", (ids[0],))
        index.update(db, [ids[0]])
        colleague.submit(fold).result(timeout=60)
    assert ids[0] in beside(few)
    assert index.check(db) == []
    assert search.all_ids(few, "zora").tolist() == [ids[0]]
    fold()
    assert beside(few) == ids[-2:]
    assert index.check(db) == []
    assert search.all_ids(few, "zora").tolist() == [ids[0]]
    assert search.all_ids(few, "anna0").tolist() == []


def test_a_document_that_lost_its_hashes_is_noticed(few: Session, add: Add) -> None:
    add("Anna")
    few.db.run("DELETE FROM search_recent")
    assert index.check(few.db) != []
    index.rebuild(few.db)
    assert index.check(few.db) == []
    assert beside(few) == []
    assert search.count(few, "anna") == 1


_KILLED = """
import os, signal
from tui_crm.config import load
from tui_crm.core.session import open_session
from tui_crm.search import index
from tui_crm.search.postgres import folding

folding._MOST = 0
folding._FOLDED = 7
session = open_session(load(None, env=dict(os.environ)), login="ana")
index.fold(session.db)
run = session.db.run

def die(*given):
    done = run(*given)
    if "search_recent" in given[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

session.db.run = die
index.fold(session.db)
"""


def test_killed_while_documents_are_put_in(few: Session) -> None:
    ids = [add_customer(few, f"Anna{n} Common") for n in range(20)]
    env = {
        **os.environ,
        "CRM_DB": few.db.url,
        "HOME": str(few.settings.paths.log_file.parent),
    }
    died = subprocess.run([sys.executable, "-c", _KILLED], env=env, check=False)
    assert died.returncode == -signal.SIGKILL
    assert beside(few) == ids[7:]
    assert index.check(few.db) == []
    assert set(search.all_ids(few, "comm")) == set(ids)
