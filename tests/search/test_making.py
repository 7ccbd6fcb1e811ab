"""Documents that are made by a process of its own while a new index is built on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tui_crm import search
from tui_crm.core.session import Session
from tui_crm.errors import CrmError
from tui_crm.search import index

Add = Callable[..., int]


@pytest.fixture(autouse=True)
def always_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process is worth it for any number of documents."""
    monkeypatch.setattr("tui_crm.search.postgres.making.WORTH_A_PROCESS", 0)


def test_a_rebuilt_index_is_right(
    session: Session, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_crm.search.index._BUILT", 3)
    for n in range(20):
        add(f"Customer {n}", phones=[f"030 12345{n:02}"], indexed=False)
    index.rebuild(session.db)
    assert index.check(session.db) == []
    assert search.count(session, "cust") == 20
    assert search.count(session, "1234507") == 1


def test_a_process_that_fails_leaves_the_old_index(
    session: Session, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    if session.db.engine != "postgres":
        pytest.skip("on SQLite no process makes them")
    add("Anna")
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(CrmError, match="could not be built"):
        index.rebuild(session.db)
    assert search.count(session, "anna") == 1
