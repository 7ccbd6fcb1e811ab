"""About how many documents of a PostgreSQL database meet what the index is asked.

A sample of the newest documents tells which hashes are frequent. How many had what was asked before
is remembered. Both are forgotten after half an hour, or when `renew` comes before: they only choose
the way that is quickest.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from tui_crm.search.needs import Level, Needs
from tui_crm.search.postgres import hashes

if TYPE_CHECKING:
    from tui_crm.search.engine import Candidate
    from tui_crm.store import Database

_SAMPLE = 500  # newest documents from which frequencies are estimated
_FEWEST = 3000  # documents of which a sample is taken
_KNOWN_FOR = 1800.0  # seconds
_OLD = 300.0  # seconds after which what is known is renewed
_UNSEEN = 0.0005  # the frequency of a hash that is not in the sample
_REMEMBERED = 4096  # questions of which it is known how many documents meet them

Groups = tuple[tuple[tuple[int, ...], ...], ...]
"""Of each group of ways a document has all hashes of one way."""


class _Known(NamedTuple):
    """What is known until `end`: the ids of the oldest and the newest document, about how many
    there are, which share of the newest has a hash that is in one of a hundred, how many meet what
    was asked before, and how many ids are between those that meet it.
    """

    end: float
    oldest: int
    newest: int
    total: float
    shares: dict[int, float]
    counts: dict[Hashable, float]
    distances: dict[Hashable, float]


_known: WeakKeyDictionary[Database, _Known] = WeakKeyDictionary()
_lock = threading.Lock()


def groups(db: Database, needs: Needs, levels: Sequence[Level]) -> Groups:
    """The hashes that meet needs, each at its level, their keys and hints."""
    frequent = _of(db).shares
    found = [
        hashes.ways(need, level, frequent)
        for need, level in zip(needs.positive, levels, strict=True)
    ]
    found += [[[hashes.hash_of(key)] for key in group] for group in needs.keys]
    found += [[way for item in hint for way in hashes.of_hint(item)] for hint in needs.hints]
    return tuple(tuple(map(tuple, ways)) for ways in found)


def estimate(db: Database, asked: Groups, added: Mapping[int, int]) -> tuple[float, float]:
    """About how many documents there are, and which share of them has the hashes.

    So many have a hash of `added` in `search_added`, which may be newer than what is known.
    """
    known = _of(db)
    if known.total and (count := counted(db, asked, added)) is not None:
        return known.total, min(1.0, max(count, 1.0) / known.total)
    share, total = 1.0, max(known.total, 1.0)
    for ways in asked:
        found = sum(
            min(known.shares.get(key, _UNSEEN) + added.get(key, 0) / total for key in way)
            for way in ways
            if way
        )
        share *= min(1.0, found)
    return known.total, share


def counted(db: Database, asked: Hashable, added: Mapping[int, int]) -> float | None:
    """How many documents had the hashes, or met what else was asked, when that was learned; None
    where it is not known.
    """
    return None if added else _of(db).counts.get(asked)


def learn(db: Database, asked: Hashable, count: float) -> None:
    """Remember that about so many documents have the hashes, or meet what else is asked."""
    if known := _remembering(db):
        known.counts[asked] = count


def distance(db: Database, question: Hashable, share: float) -> tuple[float, float]:
    """About how many ids are between the newest documents that answer a question, as was learned,
    or else as a `share` of all that does; and how many documents that makes.
    """
    known = _of(db)
    span = known.newest - known.oldest + 1
    learned = known.distances.get(question)
    if learned is None:
        return span / (known.total * share), known.total * share
    return learned, span / learned


def learn_distance(
    db: Database, question: Hashable, found: Sequence[Candidate], limit: int
) -> None:
    """Remember what the newest `limit` documents tell of how many answer a question."""
    if known := _remembering(db):
        last = found[-1].id if len(found) >= limit else known.oldest
        apart = (max(known.newest, found[0].id if found else 0) - last + 1) / max(1, len(found))
        known.distances[question] = apart


def forget(db: Database) -> None:
    """Take a new sample the next time."""
    with _lock:
        _known.pop(db, None)


def renew(db: Database) -> None:
    """Take a new sample where there is one of some minutes ago, so that no question waits for it:
    it takes a tenth of a second.
    """
    with _lock:
        known = _known.get(db)
    if known is not None and known.end - time.monotonic() < _KNOWN_FOR - _OLD:
        with db.connection():
            _look(db)


def _remembering(db: Database) -> _Known | None:
    """What is known, with room for more."""
    with _lock:
        known = _known.get(db)
        if known is not None:
            for held in (known.counts, known.distances):
                if len(held) >= _REMEMBERED:
                    held.clear()
    return known


def _of(db: Database) -> _Known:
    with _lock:
        known = _known.get(db)
    return _look(db) if known is None or known.end < time.monotonic() else known


def _look(db: Database) -> _Known:
    known = _Known(time.monotonic() + _KNOWN_FOR, *_sample(db), {}, {})
    with _lock:
        _known[db] = known
    return known


def _sample(db: Database) -> tuple[int, int, float, dict[int, float]]:
    row = db.one("SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM search_doc")
    assert row is not None  # an aggregate always gives a row
    oldest, newest = row
    total = float(newest - oldest + 1)
    if total <= _FEWEST:
        return oldest, newest, total, {}
    estimate = db.one("SELECT reltuples FROM pg_class WHERE oid = 'search_text'::regclass")
    if estimate and estimate[0] > 0:
        total = min(total, max(float(estimate[0]), _FEWEST))
    rows = db.rows(
        "SELECT h, count(*) FROM (SELECT DISTINCT t.id, unnest(t.px || coalesce(r.px, '{}')) AS h"
        f" FROM (SELECT id, px FROM search_text ORDER BY id DESC LIMIT {_SAMPLE}) AS t"
        " LEFT JOIN search_recent r ON r.id = t.id) AS hashes"
        f" GROUP BY h HAVING count(*) >= {_SAMPLE // 150}"
    )
    return oldest, newest, total, {int(key): count / _SAMPLE for key, count in rows}
