"""Measure what the search index adds to one customer's edit.

    python bench/edit.py [--customers 20000] [--db URL] [--edits 300]

Each edit goes through the write door in a transaction of its own: once as it is, once with the
index left alone, in turns, so that both meet the same machine. A city, a name, a telephone number
and a note are changed. Without --db a temporary SQLite file is used; a database that has customers
is measured as it is, and its index is brought up to date behind the edits that left it alone.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from statistics import quantiles
from unittest.mock import patch

from tui_crm.config import load
from tui_crm.core import interactions
from tui_crm.core.changes import Edit, Request, Update, apply
from tui_crm.core.session import Session, open_session
from tui_crm.sample import fill
from tui_crm.search import bulk, index, notes


def main() -> None:
    """Print a line for each kind of edit, in milliseconds of wall clock and of CPU."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=20_000)
    arguments.add_argument("--db", default="")
    arguments.add_argument("--edits", type=int, default=300, help="of each kind")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.db or f"sqlite:///{Path(folder) / 'bench.db'}"
        session = open_session(load(None, env={**os.environ, "CRM_DB": url}))
        if fill.is_empty(session):
            fill.fill(session, chosen.customers, 1)
        print(f"{'milliseconds':18} {'with':>14} {'without':>14} {'the index adds':>18}")
        print(f"{'':18} {'p50':>7}{'p95':>7} {'p50':>7}{'p95':>7} {'p50':>7}{'cpu p50':>11}")
        for name, edit in _kinds(session):
            _tell(session, name, edit, chosen.edits)
        session.close()


def _kinds(session: Session) -> Iterator[tuple[str, Callable[[int, int], object]]]:
    def change(field: str, text: str) -> Callable[[int, int], object]:
        return lambda id_, n: apply(
            session, Request([Update(id_, Edit({field: text.format(n=n)}))], "edit")
        )

    yield "city", change("city", "Town {n}")
    yield "name", change("name", "Person {n} Edited")
    yield "phones", change("phones", "+49 30 5550{n:05}")
    yield (
        "interaction",
        lambda id_, n: interactions.log(
            session, id_, kind="call", subject="Asked", note=f"about offer {n} and its discount"
        ),
    )


def _tell(session: Session, name: str, edit: Callable[[int, int], object], count: int) -> None:
    # People: to rename an organisation changes what its people are found by, too.
    sql = "SELECT id FROM customer WHERE kind = 'person' AND deleted_at = ''"
    ids = [row[0] for row in session.db.rows(sql)]
    random = Random(name)
    taken: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for number in range(2 * count):
        indexed = number % 2 == 0
        id_ = random.choice(ids)
        with _as_it_is() if indexed else _without_index():
            begun, worked = time.perf_counter(), time.process_time()
            edit(id_, number)
            spent = time.perf_counter() - begun, time.process_time() - worked
        taken[indexed].append((spent[0] * 1000, spent[1] * 1000))
        if not indexed:
            with session.db.transaction():
                index.update(session.db, [id_])
                if name == "interaction":
                    said = session.db.one("SELECT max(id) FROM interaction")
                    notes.update(session.db, {said[0]: None} if said else {})
    wall = {key: quantiles([pair[0] for pair in pairs], n=20) for key, pairs in taken.items()}
    cpu = {key: quantiles([pair[1] for pair in pairs], n=20) for key, pairs in taken.items()}
    print(
        f"{name:18} {wall[True][9]:7.2f}{wall[True][18]:7.2f} {wall[False][9]:7.2f}"
        f"{wall[False][18]:7.2f} {wall[True][9] - wall[False][9]:7.2f}"
        f"{cpu[True][9] - cpu[False][9]:11.2f}",
        flush=True,
    )


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


@contextmanager
def _without_index() -> Iterator[None]:
    def nothing(*_given: object) -> None:
        pass

    with ExitStack() as stack:
        for module in (index, bulk, notes):
            stack.enter_context(patch.object(module, "update", nothing))
        yield


if __name__ == "__main__":
    main()
