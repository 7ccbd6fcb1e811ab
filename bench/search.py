"""Measure the search: build an index over sample customers and time every class of query.

    python bench/search.py --customers 200000 [--db URL] [--as LOGIN] [--agent]

Without --db a temporary SQLite file is used. A database that has customers is measured as it is.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from pathlib import Path

from tui_crm.config import load
from tui_crm.core import listing
from tui_crm.core.session import Session, open_session
from tui_crm.sample import fill, searching
from tui_crm.search import index


def main() -> None:
    """Run the measurements that the arguments ask for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=200_000)
    arguments.add_argument("--db", default="")
    arguments.add_argument("--as", dest="login", default="bench")
    arguments.add_argument("--queries", type=int, default=100, help="of each class")
    arguments.add_argument(
        "--agent",
        action="store_true",
        help="measure also as somebody who sees two hundred customers; nothing of that is kept",
    )
    arguments.add_argument("--rebuild", action="store_true", help="time a rebuild of the index")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.db or f"sqlite:///{Path(folder) / 'bench.db'}"
        settings = load(None, env={**os.environ, "CRM_DB": url})
        session = open_session(settings, login=chosen.login)
        if fill.is_empty(session):
            _timed("fill with sample customers", lambda: fill.fill(session, chosen.customers, 1))
        if chosen.rebuild:
            _timed("rebuild the index", lambda: index.rebuild(session.db))
        run(session, chosen.queries, agent=chosen.agent)
        session.close()


def run(session: Session, per_class: int, *, agent: bool) -> None:
    """Time all classes of queries and a list of everybody, and print a table."""
    print(f"{'milliseconds':40} {'n':>4} {'p50':>7} {'p95':>7} {'p99':>7} {'max':>7}")
    for row in searching.measure(session, per_class, agent=agent):
        times = " ".join(f"{ms:7.1f}" for ms in (row.p50, row.p95, row.p99, row.longest))
        print(f"{row.name:40} {row.queries:4} {times}", flush=True)
    _timed("first page of everybody", lambda: listing.first_page(session))
    _timed("ids of everybody", lambda: listing.ids(session))
    _timed("ids of everybody by name", lambda: listing.ids(session, "sort:name"))
    _timed("one customer updated", lambda: _update_one(session))
    print(f"memory of its own {_own_memory():.0f} MB, without what is read of the file in place")


def _own_memory() -> float:
    """Megabytes that the process holds and no other does."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def _update_one(session: Session) -> None:
    with session.db.transaction():
        row = session.db.one("SELECT max(id) FROM customer")
        index.update(session.db, [row[0]] if row else [])


def _timed(what: str, work: object) -> None:
    assert callable(work)
    start = time.perf_counter()
    work()
    print(f"{what:32} {(time.perf_counter() - start) * 1000:9.1f} ms", flush=True)


if __name__ == "__main__":
    main()
