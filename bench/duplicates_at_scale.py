"""How long a sweep and the check at entry take in a large database. Nothing is written.

    python bench/duplicates_at_scale.py URL [entry|sweep]

The check is asked about noisy copies of customers, who are to be found, and about people who are
not there, who are to raise no alarm.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from tui_crm.config import load
from tui_crm.core.records import load as load_records
from tui_crm.core.rows import Viewer
from tui_crm.core.session import Session
from tui_crm.core.users import Directory
from tui_crm.exchange.duplicates.entry import check
from tui_crm.exchange.duplicates.sweep import sweep
from tui_crm.store import open_database

_TIMES = 400


def noisy(values: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
    """The customer as somebody else might type it: two things are wrong."""
    copy = dict(values)
    for what in rng.sample(("name", "street", "birthday", "phones", "capitals"), 2):
        text = str(copy.get(what, ""))
        if what in ("name", "street") and len(text) > 3:
            at = rng.randrange(1, len(text) - 1)
            copy[what] = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        elif what == "birthday":
            copy[what] = ""
        elif what == "capitals":
            copy["name"] = str(copy["name"]).upper()
        elif what == "phones":
            copy[what] = copy[what][:1]
    return copy


def strangers(names: list[str], rng: random.Random) -> Iterator[dict[str, Any]]:
    """New people of usual names."""
    for number in range(_TIMES):
        given, family = rng.choice(names).split()[0], rng.choice(names).split()[-1]
        yield {
            "kind": "person", "name": f"{given} {family}", "city": "London",
            "phones": (f"+4420{rng.randrange(10**8):08}",), "postcode": f"ZZ{number}",
            "street": f"{rng.randrange(1, 900)} Brandnew Way {number}",
            "emails": (f"{number}@newco{number}.example",),
        }  # fmt: skip


def measure_entry(session: Session) -> None:
    """Print latency, recall and false alarms of the check at entry."""
    rng = random.Random(3)
    last = (session.db.one("SELECT max(id) FROM customer") or (0,))[0]
    ids = rng.sample(range(1, last + 1), min(_TIMES, last))
    known = {
        id_: noisy(record.values, rng)
        for id_, record in load_records(session, "customer", ids, Directory()).items()
    }
    names = [str(values["name"]) for values in known.values() if values["kind"] == "person"]
    for label, asked in (
        ("noisy copies", list(known.items())),
        ("strangers", [(0, values) for values in strangers(names, rng)]),
    ):
        taken, hits = [], 0
        for id_, values in asked:
            begin = time.perf_counter()
            found = check(session, values)
            taken.append((time.perf_counter() - begin) * 1000)
            hits += any(m.customer.id == id_ or (not id_ and m.tier != "possible") for m in found)
        taken.sort()
        at = [taken[int(len(taken) * share)] for share in (0.5, 0.95, 0.99)]
        print(f"{label:14} {hits} of {len(asked)} named; ms p50 {at[0]:.1f} p95 {at[1]:.1f}"
              f" p99 {at[2]:.1f} max {taken[-1]:.1f}")  # fmt: skip


def measure_sweep(session: Session) -> None:
    """Print time and memory of a sweep over everybody."""
    begin, cpu = time.perf_counter(), time.process_time()
    found = sweep(session)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"sweep: {len(found)} groups, {time.perf_counter() - begin:.1f} s,"
          f" {time.process_time() - cpu:.1f} s of one processor, {memory} MB")  # fmt: skip


def main() -> None:
    """Measure both, or the one that is named."""
    url, *only = sys.argv[1:]
    settings = load(None, env={**os.environ, "CRM_DB": url})
    db = open_database(url, settings=settings, migrate=False)
    with db.connection():
        row = db.one("SELECT id, login, name FROM crm_user WHERE role = 'admin' ORDER BY id")
        assert row is not None
        session = Session(db, settings, Viewer(row[0], row[1], row[2], "admin", "all", ()))
        if "sweep" not in only:
            measure_entry(session)
        if "entry" not in only:
            measure_sweep(session)


if __name__ == "__main__":
    main()
