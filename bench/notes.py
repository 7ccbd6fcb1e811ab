"""Measure the search in the words of interactions, by class of query.

    python bench/notes.py --db URL --as LOGIN [--agent] [--queries N] [--write] [--rebuild]

The words are drawn by a seed from the interactions of the database, and told apart by how many of
a sample have them. A query is timed from its text to a screenful of hits in hand, the newest first.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from random import Random

from tui_crm.config import load
from tui_crm.core import interactions
from tui_crm.core.session import Session, open_session
from tui_crm.sample import searching
from tui_crm.search import notes
from tui_crm.search.measure import timing
from tui_crm.search.notes import rebuild as note_rebuild
from tui_crm.text.fold import has_han, words

_SCREENFUL = 36
_SAMPLE = 4000  # interactions from which words are drawn
_FREQUENT, _RARE = 0.02, 0.001  # shares of the sample
_SEED = 1


def main() -> None:
    """Run the measurements that the arguments ask for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--db", required=True)
    arguments.add_argument("--as", dest="login", default="root")
    arguments.add_argument("--agent", action="store_true", help="also as one who sees 200")
    arguments.add_argument("--queries", type=int, default=40, help="of each class")
    arguments.add_argument("--write", type=int, default=0, help="log so many interactions")
    arguments.add_argument("--rebuild", action="store_true", help="time a rebuild of the index")
    chosen = arguments.parse_args()
    session = open_session(load(None, env={**os.environ, "CRM_DB": chosen.db}), login=chosen.login)
    try:
        if chosen.rebuild:
            print(f"rebuild {_timed(lambda: note_rebuild.rebuild(session.db)) / 1000:.0f} s")
        with session.db.connection():
            classes = queries(session, chosen.queries)
        _run(session, classes, "")
        if chosen.agent:
            with searching.agent_of(session) as few:
                _run(few, queries(few, chosen.queries), "agent: ")
        if chosen.write:
            _write(session, chosen.write)
    finally:
        session.close()


def queries(session: Session, count: int) -> dict[str, list[str]]:
    """Up to `count` different queries of each class, of interactions that the viewer may see."""
    random = Random(_SEED)
    texts = _texts(session, random)
    held = [list(dict.fromkeys(w for w in words(text) if w.isascii() and len(w) > 2))
            for text in texts]  # fmt: skip
    having = Counter(word for known in held for word in known)
    often = [word for word, n in having.items() if n >= _FREQUENT * len(texts)]
    rare = [word for word, n in having.items() if n <= max(1, _RARE * len(texts))]
    mid = [w for w, n in having.items() if _RARE * len(texts) < n < _FREQUENT * len(texts)]

    def pairs(one: list[str], other: list[str]) -> Iterator[str]:
        first, second = set(one), set(other)
        for known in held:
            found = [(a, b) for a, b in product(known, known) if a in first and b in second]
            yield from (f"{a} {b}" for a, b in found if a != b)

    together = {*pairs(often, often)}
    apart = [f"{a} {b}" for a, b in product(often, often) if a < b]
    han = [text for text in texts if has_han(text)]
    made: dict[str, list[str]] = {
        "frequent word": often,
        "word in between": mid,
        "rare word": rare,
        "two frequent words": sorted(together),
        "two frequent, hardly together": [pair for pair in apart if pair not in together],
        "frequent and rare": sorted({*pairs(often, rare)}),
        "beginning, one to three letters": [w[: random.randint(1, 3)] for w in often + mid],
        "beginning, longer": [w[: random.randint(4, 6)] for w in often + mid + rare[:200]],
        "two Chinese characters": [_piece(text, random, 2) for text in han],
        "four Chinese characters": [_piece(text, random, 4) for text in han],
        "frequent, and a filter": [f"{word} status:lost" for word in often],
        "nobody has it": ["".join(random.choices("qxzvwj", k=7)) for _ in range(count)],
    }
    return {name: _some(found, random, count) for name, found in made.items()}


def _some(found: list[str], random: Random, count: int) -> list[str]:
    different = sorted(set(filter(None, found)))
    return random.sample(different, min(count, len(different)))


def _piece(text: str, random: Random, size: int) -> str:
    runs = [run for run in words(text) if has_han(run) and len(run) >= size]
    if not runs:
        return ""
    start = random.randint(0, len(run := random.choice(runs)) - size)
    return run[start : start + size]


def _texts(session: Session, random: Random) -> list[str]:
    """The subjects and texts of some interactions."""
    from tui_crm.core import visibility

    db = session.db
    seen, params = visibility.condition(session.viewer)
    if not visibility.sees_all(session.viewer):
        sql = (
            "SELECT i.subject, i.note FROM customer c JOIN interaction i ON i.customer_id = c.id"
            f" WHERE {seen} LIMIT {_SAMPLE}"
        )
        return [f"{subject} {note}" for subject, note in db.rows(sql, params)]
    last = (db.one("SELECT coalesce(max(id), 0) FROM interaction") or (0,))[0]
    ids = random.sample(range(1, last + 1), min(_SAMPLE, last))
    found: list[str] = []
    for at in range(0, len(ids), 500):
        listed = ", ".join(map(str, ids[at : at + 500]))
        sql = f"SELECT subject, note FROM interaction WHERE deleted_at = '' AND id IN ({listed})"
        found += [f"{subject} {note}" for subject, note in db.rows(sql)]
    return found


def _run(session: Session, classes: dict[str, list[str]], before: str) -> None:
    print(f"{'milliseconds':42} {'n':>4} {'p50':>7} {'p95':>7} {'p99':>7} {'max':>7}  slowest")
    for name, texts in classes.items():
        taken: dict[str, float] = {}
        for text in texts:
            notes.search(session, text, _SCREENFUL)
        for text in texts:
            taken[text] = _timed(partial(notes.search, session, text, _SCREENFUL))
        if taken:
            row = timing(name, taken.values())
            times = " ".join(f"{ms:7.1f}" for ms in (row.p50, row.p95, row.p99, row.longest))
            slowest = max(taken, key=lambda text: taken[text])
            print(f"{before + name:42} {row.queries:4} {times}  {slowest}", flush=True)


def _write(session: Session, count: int) -> None:
    """Log interactions, which stay, and tell what the index takes of that."""
    indexing: list[float] = []
    update = notes.update

    def measured(*given: object) -> None:
        indexing.append(_timed(lambda: update(*given)))  # type: ignore[arg-type]

    notes.update = measured  # type: ignore[assignment]
    row = session.db.one("SELECT min(id) FROM customer WHERE deleted_at = ''")
    texts = _texts(session, Random(_SEED))[:count]
    taken = [
        _timed(partial(interactions.log, session, row[0] if row else 0, kind="note", note=text))
        for text in texts
    ]
    for name, times in (("log one", taken), ("of it the index of notes", indexing)):
        both = timing(name, times)
        print(f"{name:42} {both.queries:4} {both.p50:7.1f} {both.p95:7.1f} {both.p99:7.1f}")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
