"""Kill a batch, an undo and a purge at random moments: all or nothing, every time.

    python bench/kill.py --rounds 200 [--customers 300] [--db URL] [--seed N]

Each round a child process begins one of the three and is killed with SIGKILL after a random part
of the time that it usually takes. Then the data must be as before or as after, the history must
say the same as the data, and the search index must hold what is there and nothing else. Without
--db a temporary SQLite file is used; with it the database must be empty or made by this program.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from tui_crm.config import Settings, load
from tui_crm.core import batch, listing, recycle
from tui_crm.core.changes import Delete, Edit, Request, apply, undo
from tui_crm.core.records import undump
from tui_crm.core.session import Session, open_session
from tui_crm.sample import fill
from tui_crm.search import index, notes

OPERATIONS = ("batch", "undo", "purge")
PURGED = 20  # customers of one purge


def main() -> None:
    """Run the rounds that the arguments ask for; exit code 1 at the first half-done change."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--db", default="")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.db or f"sqlite:///{Path(folder) / 'kill.db'}"
        settings = load(None, env={**os.environ, "CRM_DB": url})
        print(run(settings, chosen.rounds, chosen.customers, chosen.seed))


def run(settings: Settings, rounds: int, customers: int, seed: int) -> dict[str, int]:
    """Kill `rounds` changes; gives how many of each kind were done before the kill, and not.

    Raises `AssertionError` for a change that was done by half.
    """
    random = Random(seed)
    with closing(_open(settings)) as session:
        if fill.is_empty(session):
            fill.fill(session, customers, seed)
    usual: dict[str, float] = {}
    found: Counter[str] = Counter()
    for number in range(rounds):
        name = OPERATIONS[number % len(OPERATIONS)]
        with closing(_open(settings)) as session:
            act, before = _prepare(session, name, number)
        begin = time.perf_counter()
        child = os.fork()
        if child == 0:
            _child(settings, act)
        if name in usual:
            time.sleep(random.random() * usual[name] * 1.2)
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if name not in usual:  # the first of each kind is measured
            usual[name] = time.perf_counter() - begin
        with closing(_open(settings)) as session:
            _wait_until_alone(session)
            after = _state(session)
            done = after != before
            _check(session, name, number, before, after)
            found[f"{name} {'done' if done else 'not done'}"] += 1
    return dict(found)


def _open(settings: Settings) -> Session:
    return open_session(settings, login="kill")


def _child(settings: Settings, act: Callable[[Session], object]) -> None:
    try:
        act(_open(settings))
    finally:
        os._exit(0)


def _prepare(
    session: Session, name: str, number: int
) -> tuple[Callable[[Session], object], dict[str, Any]]:
    """The change of a round, and the state before it."""
    ids = listing.ids(session)
    edit = Edit({"needs": f"round {number}", "city": f"Town {number}"}, {"tags": (f"t{number}",)})
    if name == "batch":
        return (lambda s: batch.apply(s, ids, edit)), _state(session)
    if name == "undo":
        set_id = batch.apply(session, ids, edit).change_set_id
        assert set_id is not None
        return (lambda s: undo(s, set_id)), _state(session)
    deleted = list(ids[:PURGED])
    apply(session, Request([Delete(id_) for id_ in deleted], "delete"))
    gone = recycle.ids(session)
    _refill(session, PURGED)
    return (lambda s: recycle.purge(s, gone)), _state(session)


def _refill(session: Session, count: int) -> None:
    from tui_crm.core.changes import Create

    steps = [Create({"name": f"New {n}", "tags": ("new",)}) for n in range(count)]
    apply(session, Request(steps, "import"))


def _state(session: Session) -> dict[str, Any]:
    db = session.db
    return {
        "customers": db.rows(
            "SELECT id, needs, city, version, deleted_at FROM customer ORDER BY id"
        ),
        "tags": db.rows("SELECT customer_id, tag_id FROM customer_tag ORDER BY 1, 2"),
        "history": db.one("SELECT count(*), max(id) FROM change"),
        "sets": db.one("SELECT count(*) FROM change_set"),
    }


def _check(
    session: Session, name: str, number: int, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """That a change is done wholly or not at all, and that everything agrees."""
    changed = {key for key in before if before[key] != after[key]}
    assert not changed or {"customers", "tags", "history", "sets"} <= changed, changed
    live = [row for row in after["customers"] if not row[4]]
    if name == "batch" and changed:
        assert {row[1] for row in live} == {f"round {number}"}
    if name == "undo" and changed:
        assert not any(row[1] == f"round {number}" for row in live)
    if name == "purge" and changed:
        assert len(live) == len(after["customers"])
    last: dict[tuple[int, str], Any] = {}
    for id_, field, new in session.db.rows(
        "SELECT record_id, field, new FROM change WHERE entity = 'customer'"
        " AND field IN ('needs', 'city') ORDER BY id"
    ):
        last[id_, field] = undump(new)
    held = {(row[0], "needs"): row[1] for row in after["customers"]}
    held |= {(row[0], "city"): row[2] for row in after["customers"]}
    assert all(held[key] == value for key, value in last.items())
    assert index.check(session.db) == []
    assert notes.check(session.db) == []


def _wait_until_alone(session: Session) -> None:
    """Until the server has noticed that the killed client is gone."""
    if session.db.engine == "sqlite":
        return
    while session.db.one(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    ):
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
