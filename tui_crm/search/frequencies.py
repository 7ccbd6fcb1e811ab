"""About how many documents of a PostgreSQL database meet what the index is asked.

A sample of the newest documents tells which hashes are frequent. How many had what was asked before
is remembered. Both are forgotten after some minutes: they only choose the way that is quickest.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from tui_crm.search import hashes
from tui_crm.search.needs import Level, Needs

if TYPE_CHECKING:
    from tui_crm.store import Database

_SAMPLE = 500  # newest documents from which frequencies are estimated
_FEWEST = 3000  # documents of which a sample is taken
_KNOWN_FOR = 600.0  # seconds
_UNSEEN = 0.0005  # the frequency of a hash that is not in the sample
_REMEMBERED = 4096  # questions of which it is known how many documents meet them

# Of each group of ways a document has all hashes of one way.
_Groups = tuple[tuple[tuple[int, ...], ...], ...]


class _Known(NamedTuple):
    """What is known until `end`: about how many documents there are, which share of the newest has
    a hash that is in one of a hundred, and how many meet what was asked before.
    """

    end: float
    total: float
    shares: dict[int, float]
    counts: dict[_Groups, float]


_known: WeakKeyDictionary[Database, _Known] = WeakKeyDictionary()
_lock = threading.Lock()


def estimate(db: Database, needs: Needs, levels: Sequence[Level]) -> tuple[float, float]:
    """About how many documents there are, and which share of them meets the needs."""
    known = _of(db)
    groups = _groups(needs, levels)
    if known.total and (count := known.counts.get(groups)) is not None:
        return known.total, min(1.0, max(count, 1.0) / known.total)
    share = 1.0
    for ways in groups:
        found = sum(min(known.shares.get(key, _UNSEEN) for key in way) for way in ways if way)
        share *= min(1.0, found)
    return known.total, share


def learn(db: Database, needs: Needs, levels: Sequence[Level], count: float) -> None:
    """Remember that about so many documents meet the needs."""
    with _lock:
        if (known := _known.get(db)) is not None:
            if len(known.counts) >= _REMEMBERED:
                known.counts.clear()
            known.counts[_groups(needs, levels)] = count


def forget(db: Database) -> None:
    """Take a new sample the next time."""
    with _lock:
        _known.pop(db, None)


def _of(db: Database) -> _Known:
    with _lock:
        known = _known.get(db)
    if known is None or known.end < time.monotonic():
        known = _Known(time.monotonic() + _KNOWN_FOR, *_sample(db), {})
        with _lock:
            _known[db] = known
    return known


def _sample(db: Database) -> tuple[float, dict[int, float]]:
    row = db.one("SELECT coalesce(max(id) - min(id) + 1, 0) FROM search_doc")
    total = float(row[0]) if row else 0.0
    if total <= _FEWEST:
        return total, {}
    estimate = db.one("SELECT reltuples FROM pg_class WHERE oid = 'search_text'::regclass")
    if estimate and estimate[0] > 0:
        total = min(total, max(float(estimate[0]), _FEWEST))
    rows = db.rows(
        "SELECT h, count(*) FROM (SELECT DISTINCT id, unnest(px) AS h FROM (SELECT id, px"
        f" FROM search_text ORDER BY id DESC LIMIT {_SAMPLE}) AS newest) AS hashes"
        f" GROUP BY h HAVING count(*) >= {_SAMPLE // 150}"
    )
    return total, {int(key): count / _SAMPLE for key, count in rows}


def _groups(needs: Needs, levels: Sequence[Level]) -> _Groups:
    groups = [hashes.ways(need, level) for need, level in zip(needs.positive, levels, strict=True)]
    groups += [[[hashes.hash_of(key)] for key in group] for group in needs.keys]
    groups += [[way for item in hint for way in hashes.of_hint(item)] for hint in needs.hints]
    return tuple(tuple(map(tuple, ways)) for ways in groups)
