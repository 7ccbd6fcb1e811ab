"""Kill a batch, an undo, a purge and an import at random moments: all or nothing, every time.

    python bench/kill.py --rounds 200 [--customers 3000] [--db URL] [--seed N] [--anew]

Each round a child process begins one of the four and is killed with SIGKILL: before its
transaction, somewhere in it, or while it is committed. Then every table must be as before or as
after, the history must say the same as the data, and the search index, the index of notes and the
keys of duplicates must hold what is there and nothing else. Without --db a temporary SQLite file
is used; with it the database must be empty or made by this program, and its history is thrown
away between the rounds. The file of an import that was killed is imported again, and once more
when that is done: then exactly its customers are there, each once.

It prints how many of each kind were killed where, and how many of those were done. The figures
behind "within" are the tenths of the transaction that had passed.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import select
import signal
import struct
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from tui_crm.config import Settings, load
from tui_crm.core import batch, listing, recycle
from tui_crm.core.changes import Create, Delete, Edit, Request, apply, undo
from tui_crm.core.records import undump
from tui_crm.core.session import Session, open_session
from tui_crm.exchange.duplicates import keys
from tui_crm.sample import fill
from tui_crm.search import index, notes
from tui_crm.search.postgres import making
from tui_crm.store import fulltext

OPERATIONS = ("batch", "undo", "purge", "import")
STAGES = ("before", "within", "committing", "after")
_SHARES = (0.08, 0.74, 0.18, 0.0)  # of the kills that are aimed at each stage
_IMPORTED = 1500  # rows of a file, half of them of customers who are there already
_PURGED = 10  # one customer of so many is purged in a round
_EVENT = struct.Struct("=Bd")  # the stage that begins, and when
_PATIENCE = 120  # seconds for a child to come so far

# What is compared; everything else follows from it and has a check of its own.
_TABLES = (
    "customer",
    "contact_point",
    "tag",
    "customer_tag",
    "interaction",
    "task",
    "change_set",
    "change",
    "duplicate_key",
)


@dataclass
class Kind:
    """What is known of one operation."""

    usual: dict[int, float] = field(default_factory=dict)  # seconds that each stage takes
    killed: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    tenths: Counter[int] = field(default_factory=Counter)

    def learn(self, begin: float, events: list[tuple[int, float]]) -> None:
        """Take over how long the stages took that were passed."""
        times = [(0, begin), *events]
        for (stage, since), (_next, until) in pairwise(times):
            known = self.usual.get(stage)
            spent = until - since
            self.usual[stage] = spent if known is None else 0.7 * known + 0.3 * spent


def main() -> None:
    """Run the rounds that the arguments ask for; exit code 1 at the first half-done change."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--customers", type=int, default=3000)
    parser.add_argument("--db", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=OPERATIONS, default="", help="only one operation")
    parser.add_argument("--anew", action="store_true", help="import as a large file is imported")
    chosen = parser.parse_args()
    if chosen.anew:
        _make_anew()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.db or f"sqlite:///{Path(folder) / 'kill.db'}"
        settings = load(None, env={**os.environ, "CRM_DB": url})
        for name, kind in run(
            settings, chosen.rounds, chosen.customers, chosen.seed, Path(folder), chosen.only
        ).items():
            total = sum(kind.killed.values())
            for stage in STAGES:
                print(
                    f"{name:6} {stage:10} {kind.killed[stage]:4} of {total}"
                    f"  {kind.done[stage]:4} done"
                )
            print(f"{name:6} within: {' '.join(str(kind.tenths[n]) for n in range(10))}")


def _make_anew() -> None:
    """Let every import be large enough for the ways of large ones."""
    index._WORTH_REBUILDING = keys._MANY = 0
    index._is_most = lambda _db, count: count > 0  # type: ignore[assignment]
    keys._live = lambda _db: 0
    fulltext.WORTH_A_PROCESS = making.WORTH_A_PROCESS = 0


def run(
    settings: Settings, rounds: int, customers: int, seed: int, folder: Path, only: str = ""
) -> dict[str, Kind]:
    """Kill `rounds` changes, files of imports being in `folder`. Raises `AssertionError` for one
    that was done by half.
    """
    random = Random(seed)
    with closing(_open(settings)) as session:
        if fill.is_empty(session):
            fill.fill(session, customers, seed)
    operations = (only,) if only else OPERATIONS
    kinds = {name: Kind() for name in operations}
    for number in range(-len(operations), rounds):  # the first of each is only measured
        name = operations[number % len(operations)]
        kind = kinds[name]
        with closing(_open(settings)) as session:
            act, check = _prepare(session, name, number, folder)
            before = _state(session)
        aim = None if number < 0 else random.choices(range(4), _SHARES)[0]
        begin, at, events = _kill(settings, act, aim, random.random(), kind)
        kind.learn(begin, events)
        with closing(_open(settings)) as session:
            _wait_until_alone(session)
            after = _state(session)
            done = after["change_set"] != before["change_set"]
            if done:
                check(session)
            else:
                assert after == before, [key for key in before if before[key] != after[key]]
            _agree(session)
            if name == "import" and not done:
                act(session)
                check(session)
                _agree(session)
        if aim is None:
            continue
        stage = events[-1][0] if events else 0
        kind.killed[STAGES[stage]] += 1
        kind.done[STAGES[stage]] += done
        if stage == 1:
            kind.tenths[min(9, int((at - events[0][1]) / kind.usual[1] * 10))] += 1
        if number % 20 == 19:
            told = {name: dict(kind.killed) for name, kind in kinds.items()}
            print(f"{number + 1} of {rounds}: {told}", file=sys.stderr, flush=True)
    return kinds


def _kill(
    settings: Settings,
    act: Callable[[Session], object],
    aim: int | None,
    part: float,
    kind: Kind,
) -> tuple[float, float, list[tuple[int, float]]]:
    """Let a child do `act`, and kill it when `part` of the stage `aim` has passed.

    Gives when it began, when it was killed, and what it told of itself.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _child(settings, act, writer)
    os.close(writer)
    begin = time.monotonic()
    events: list[tuple[int, float]] = []
    if aim is not None:
        while len(events) < aim and (event := _event(reader, _PATIENCE)):
            events.append(event)
        time.sleep(part * kind.usual[aim])
        os.kill(child, signal.SIGKILL)
    at = time.monotonic()
    os.waitpid(child, 0)
    while event := _event(reader, 0):
        events.append(event)
    os.close(reader)
    assert aim is not None or len(events) == 3, "the operation failed"
    return begin, at, events


def _event(reader: int, patience: float) -> tuple[int, float] | None:
    """The next event of a child; None if there is none, or none comes."""
    if not select.select([reader], [], [], patience)[0]:
        return None
    text = os.read(reader, _EVENT.size)
    return _EVENT.unpack(text) if len(text) == _EVENT.size else None


def _open(settings: Settings) -> Session:
    return open_session(settings, login="kill")


def _child(settings: Settings, act: Callable[[Session], object], pipe: int) -> None:
    """Do it, and tell when its transaction begins, is to be committed, and is."""

    def tell(stage: int) -> None:
        os.write(pipe, _EVENT.pack(stage, time.monotonic()))

    try:
        session = _open(settings)
        transaction, depth = session.db.transaction, 0

        @contextmanager
        def watched() -> Iterator[None]:
            nonlocal depth
            with transaction():
                depth += 1
                if depth == 1:
                    tell(1)
                yield
                if depth == 1:
                    tell(2)
                depth -= 1
            if depth == 0:
                tell(3)

        session.db.transaction = watched  # type: ignore[method-assign]
        act(session)
    finally:
        os._exit(0)


def _prepare(
    session: Session, name: str, number: int, folder: Path
) -> tuple[Callable[[Session], object], Callable[[Session], None]]:
    """The change of a round, and the check that it was done wholly."""
    session.db.run("DELETE FROM change")
    session.db.run("DELETE FROM change_set")
    ids = listing.ids(session)
    edit = Edit(
        {"needs": f"round {number}", "city": f"Town {number}", "owner": ""},
        {"tags": (f"t{number}",)},
        {"tags": (f"t{number - 3}",)},
    )
    if name == "batch":

        def changed(s: Session) -> None:
            assert {(row[1], row[2]) for row in _customers(s)} == {
                (f"round {number}", f"Town {number}")
            }
            count = s.db.one(
                "SELECT count(*) FROM customer_tag ct JOIN tag g ON g.id = ct.tag_id"
                " WHERE g.name = ?",
                (f"t{number}",),
            )
            assert count == (len(ids),)

        return (lambda s: batch.apply(s, ids, edit)), changed
    if name == "import":
        return _prepare_import(session, number, folder)
    if name == "undo":
        first, tags = _customers(session), _tags(session)
        set_id = batch.apply(session, ids, edit).change_set_id
        assert set_id is not None

        def back(s: Session) -> None:
            assert _customers(s) == first
            assert _tags(s) == tags

        return (lambda s: undo(s, set_id)), back
    deleted = list(ids[::_PURGED])
    apply(session, Request([Delete(id_) for id_ in deleted], "delete"))
    steps = [Create({"name": f"New {n}", "tags": ("new",)}) for n in range(len(deleted))]
    apply(session, Request(steps, "import"))
    gone = recycle.ids(session)
    live = _customers(session)

    def purged(s: Session) -> None:
        assert not recycle.ids(s)
        assert _customers(s) == live
        for table in ("contact_point", "customer_tag", "interaction", "task", "duplicate_key"):
            left = s.db.rows(f"SELECT DISTINCT customer_id FROM {table}")
            assert not {row[0] for row in left} & set(gone), table
        told = s.db.rows("SELECT customer_id FROM change WHERE old <> '' OR new <> ''")
        assert not {row[0] for row in told} & set(gone)

    return (lambda s: recycle.purge(s, gone)), purged


def _prepare_import(
    session: Session, number: int, folder: Path
) -> tuple[Callable[[Session], object], Callable[[Session], None]]:
    """An import of customers who are new and of some who are there, by their account numbers."""
    path = folder / f"customers {number}.csv"
    known = session.db.rows(
        "SELECT account_no, name FROM customer WHERE deleted_at = '' ORDER BY id LIMIT ?",
        (_IMPORTED // 2,),
    )
    people = dict(known)
    people |= {f"K{number}-{n}": f"Kim {number} {n}" for n in range(_IMPORTED - len(known))}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("account_no", "name", "city", "phones", "tags"))
        for n, (account_no, name) in enumerate(people.items()):
            phone = f"+41 44 668 {n // 100 % 100:02} {n % 100:02}"
            writer.writerow((account_no, name, f"Town {number}", phone, "imported"))
    others = [row for row in _numbered(session) if row[0] not in people]

    def imported(s: Session) -> None:
        def held() -> None:
            found = _numbered(s)
            assert [row for row in found if row[0] not in people] == others
            mine = [row for row in found if row[0] in people]
            assert sorted(mine) == sorted((*who, f"Town {number}") for who in people.items())

        held()
        assert not _import(s, path), "the same file again changes nothing"
        held()

    return (lambda s: _import(s, path)), imported


def _numbered(session: Session) -> list[tuple[Any, ...]]:
    return session.db.rows(
        "SELECT account_no, name, city FROM customer WHERE deleted_at = '' ORDER BY id"
    )


def _import(session: Session, path: Path) -> int:
    """Import a file; gives how many customers were written."""
    from tui_crm.exchange.importing import apply_plan
    from tui_crm.exchange.mapping.mapping import propose
    from tui_crm.exchange.planning.plan import make_plan
    from tui_crm.exchange.reading.reader import CsvTable

    def unexpected(refused: object) -> None:
        raise AssertionError(f"a row is refused: {refused}")

    table = CsvTable(path)
    columns = propose(table.headers, session.fields)
    plan = make_plan(session, table, columns, "upsert", refuse=unexpected)
    try:
        if not len(plan.steps):
            return 0
        return apply_plan(session, plan, table, path.name).outcome.done
    finally:
        plan.close()


def _customers(session: Session) -> list[tuple[Any, ...]]:
    """The live customers with what a batch changes."""
    return session.db.rows(
        "SELECT id, needs, city, owner_id FROM customer WHERE deleted_at = '' ORDER BY id"
    )


def _tags(session: Session) -> dict[int, tuple[str, ...]]:
    """The names of the tags of each customer who has some."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for id_, name in session.db.rows(
        "SELECT ct.customer_id, g.name FROM customer_tag ct JOIN tag g ON g.id = ct.tag_id"
    ):
        found[id_].append(name)
    return {id_: tuple(sorted(names)) for id_, names in found.items()}


def _state(session: Session) -> dict[str, str]:
    """Each table as a digest of all that is in it."""
    state = {}
    for table in _TABLES:
        rows = session.db.rows(f"SELECT * FROM {table}")
        state[table] = hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()
    return state


def _agree(session: Session) -> None:
    """That the history says the same as the data, and that what is derived follows from them."""
    db = session.db
    last: dict[tuple[int, str], Any] = {}
    for id_, name, new in db.rows(
        "SELECT record_id, field, new FROM change WHERE entity = 'customer' AND action = 'update'"
        " AND new <> '' AND field IN ('needs', 'city', 'tags') ORDER BY id"
    ):
        last[id_, name] = undump(new)
    tags = _tags(session)
    held: dict[tuple[int, str], Any] = {}
    for id_, needs, city, _owner in _customers(session):
        held[id_, "needs"], held[id_, "city"] = needs, city
        held[id_, "tags"] = tags.get(id_, ())
    for (id_, name), value in last.items():
        if (id_, name) in held:
            assert held[id_, name] == value, (id_, name, held[id_, name], value)
    sets = {row[0]: row[1] for row in db.rows("SELECT id, done FROM change_set")}
    told: defaultdict[int, set[int]] = defaultdict(set)
    for set_id, id_ in db.rows("SELECT change_set_id, record_id FROM change"):
        told[set_id].add(id_)
    assert sets == {set_id: len(ids) for set_id, ids in told.items()}, json.dumps(sets)
    assert db.integrity() == []
    assert index.check(db) == []
    assert notes.check(db) == []
    assert keys.check(db) == []


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
