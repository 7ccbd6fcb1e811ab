"""The index on PostgreSQL: hashes of words, their beginnings and pieces of numbers under GIN.

A GIN index reads the whole list of documents of a hash before the first row comes back, so it is
quick for what is rare and slow for what is frequent; reading the newest documents one by one is
the other way round. `candidates` estimates from a sample how many documents match and takes the
cheaper way. A hash may stand for two words: every answer is checked against the text.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary
from zlib import crc32

from tui_crm.search.engine import Candidate, Condition, Stored, any_of
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.search.tokens import SHORTEST_PIECE, WINDOW, index_tokens
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.store import Database

_LONGEST_PREFIX = 6  # characters; a longer beginning is looked for by its first six and checked
_COLUMNS = ("id", "customer_id", "owner_id", "team_id", "stamp", "words", "digits", "px")
_SAMPLE = 1000  # newest documents from which frequencies are estimated
_SAMPLE_AGE = 600.0  # seconds
_FEW = 3000  # documents of which any query is quick by the index
_BY_INDEX, _ONE_BY_ONE = 4.0, 1.5  # microseconds for a document that matches, that is looked at
_CANDIDATE = "d.id, d.customer_id, d.owner_id, d.words, d.digits"
_UNSEEN = 0.0005  # the frequency of a hash that is not in the sample


class PostgresIndex:
    """The index of a PostgreSQL database; see `Engine`."""

    # -- writing ----------------------------------------------------------------------------

    def insert(self, db: Database, stored: Sequence[Stored]) -> None:
        db.bulk_insert("search_doc", _COLUMNS, (_row(item) for item in stored))

    def remove(self, db: Database, stored: Sequence[Stored]) -> None:
        db.run("DELETE FROM search_doc WHERE id = ANY(?)", ([item.id for item in stored],))

    def replace(self, db: Database, pairs: Sequence[tuple[Stored, Stored]]) -> None:
        self.remove(db, [old for old, _new in pairs])
        self.insert(db, [new for _old, new in pairs])

    def next_ids(self, db: Database, count: int) -> int:
        return db.allocate_ids("search_doc", count)

    def begin_rebuild(self, db: Database) -> None:
        db.run("LOCK TABLE search_doc IN EXCLUSIVE MODE")
        db.run("DROP INDEX IF EXISTS search_doc_px")
        db.run("TRUNCATE search_doc")

    def end_rebuild(self, db: Database) -> None:
        db.run("SELECT set_config('maintenance_work_mem', '256MB', true)")
        db.run("CREATE INDEX search_doc_px ON search_doc USING gin (px) WITH (fastupdate = off)")
        db.run("ANALYZE search_doc")
        _frequencies.forget(db)

    # -- checking ---------------------------------------------------------------------------

    def check(self, db: Database, expected: Sequence[Stored]) -> list[str]:
        held: dict[int, list[int]] = dict(
            db.rows(
                "SELECT id, px FROM search_doc WHERE id = ANY(?)", ([item.id for item in expected],)
            )
        )
        return [
            _("customer {id}: words are missing in the search index").format(
                id=item.document.customer_id
            )
            for item in expected
            if set(held.get(item.id, ())) != _hashes(item)
        ]

    def check_whole(self, db: Database, tokens: int, checksum: int) -> list[str]:
        """Nothing: the hashes stand in the documents, which `check` compares, and the server keeps
        its index equal to them.
        """
        return []

    # -- asking -----------------------------------------------------------------------------

    def source(self, needs: Needs, levels: Sequence[Level]) -> tuple[str, Condition]:
        condition = Condition()
        for need, level in zip(needs.positive, levels, strict=True):
            condition &= _condition(need, level)
        for group in needs.keys:
            condition &= _overlaps(_hash(key) for key in group)
        for hint in needs.hints:
            condition &= any_of([_contains(way) for item in hint for way in _hint_hashes(item)])
        for need in needs.needs:
            if need.negated:
                condition &= ~_text_condition(need, "any")
        return "search_doc d JOIN customer c ON c.id = d.customer_id", condition

    def text(self, need: Need) -> Condition:
        return _text_condition(need, "any")

    def listed(self, need: Need) -> Condition:
        inner = _condition(need, "any")
        sql = f"d.id IN (SELECT d.id FROM search_doc d WHERE {inner.sql})"
        return Condition(sql, inner.params)

    def candidates(
        self, db: Database, needs: Needs, levels: Sequence[Level], where: Condition, limit: int
    ) -> list[Candidate]:
        total, matching = self._estimate(db, needs, levels)
        if matching * _BY_INDEX <= limit * total / max(matching, 1.0) * _ONE_BY_ONE:
            return self._by_index(db, needs, levels, where, limit)
        return self._one_by_one(db, needs, levels, where, limit)

    def _by_index(
        self, db: Database, needs: Needs, levels: Sequence[Level], where: Condition, limit: int
    ) -> list[Candidate]:
        """All that match, from the GIN index, and of these the newest.

        Materialised, because the planner would rather walk down the ids for an ORDER BY with a
        LIMIT.
        """
        condition = self.source(needs, levels)[1]
        sql = (
            f"WITH d AS MATERIALIZED (SELECT {_CANDIDATE} FROM search_doc d WHERE {condition.sql})"
            f" SELECT {_CANDIDATE} FROM d JOIN customer c ON c.id = d.customer_id"
            f" WHERE {where.sql} ORDER BY d.id DESC LIMIT ?"
        )
        params = [*condition.params, *where.params, limit]
        return [Candidate(*row) for row in db.rows(sql, params)]

    def _one_by_one(
        self, db: Database, needs: Needs, levels: Sequence[Level], where: Condition, limit: int
    ) -> list[Candidate]:
        """From the newest document down, until the page is full; the inner query is walked only
        as far as that.
        """
        condition = Condition()
        for need, level in zip(needs.positive, levels, strict=True):
            condition &= _text_condition(need, level)
        for need in needs.needs:
            if need.negated:
                condition &= ~_text_condition(need, "any")
        for group in needs.keys:
            condition &= any_of([_key_condition(key) for key in group])
        condition &= where
        sql = (
            f"SELECT {_CANDIDATE} FROM (SELECT {_CANDIDATE}, d.team_id FROM search_doc d"
            " ORDER BY d.id DESC OFFSET 0) d JOIN customer c ON c.id = d.customer_id"
            f" WHERE {condition.sql} ORDER BY d.id DESC LIMIT ?"
        )
        return [Candidate(*row) for row in db.rows(sql, [*condition.params, limit])]

    def _estimate(self, db: Database, needs: Needs, levels: Sequence[Level]) -> tuple[float, float]:
        """About how many documents there are, and how many of them match."""
        total, frequencies = _frequencies.of(db)
        if not needs.positive and not needs.keys and not needs.hints:
            return total, float("inf")
        matching = total
        for need, level in zip(needs.positive, levels, strict=True):
            ways = [_spelling_hashes(need, spelling, level) for spelling in need.spellings]
            if level in ("whole", "any"):
                ways += [_piece_hashes(piece, level) for piece in need.pieces]
            share = sum(min(frequencies.get(key, _UNSEEN) for key in way) for way in ways if way)
            matching *= min(1.0, share)
        for group in needs.keys:
            matching *= min(1.0, sum(frequencies.get(_hash(key), _UNSEEN) for key in group))
        for hint in needs.hints:
            ways = [way for item in hint for way in _hint_hashes(item)]
            share = sum(min(frequencies.get(key, _UNSEEN) for key in way) for way in ways)
            matching *= min(1.0, share)
        return total, matching

    # -- dialect ----------------------------------------------------------------------------

    def json_text(self, column: str) -> str:
        return f"coalesce({column}::jsonb ->> ?, '')"

    def json_path(self, key: str) -> str:
        return key

    def number(self, expression: str) -> str:
        return f"coalesce(substring({expression}::text from '^-?[0-9]+[.]?[0-9]*'), '0')::float8"

    def like(self, expression: str) -> str:
        return f"{expression} ILIKE ?"


class _Frequencies:
    """Which share of the newest documents holds a hash, by database, for a few minutes."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Database, tuple[float, float, dict[int, float]]] = (
            WeakKeyDictionary()
        )
        self._lock = threading.Lock()

    def of(self, db: Database) -> tuple[float, dict[int, float]]:
        """The number of documents and the share of each hash that is in one of a hundred."""
        with self._lock:
            known = self._known.get(db)
        if known is None or known[0] < time.monotonic():
            known = (time.monotonic() + _SAMPLE_AGE, *self._sample(db))
            with self._lock:
                self._known[db] = known
        return known[1], known[2]

    def forget(self, db: Database) -> None:
        """Take a new sample the next time."""
        with self._lock:
            self._known.pop(db, None)

    def _sample(self, db: Database) -> tuple[float, dict[int, float]]:
        row = db.one("SELECT coalesce(max(id) - min(id) + 1, 0) FROM search_doc")
        total = float(row[0]) if row else 0.0
        if total <= _FEW:
            return total, {}
        estimate = db.one("SELECT reltuples FROM pg_class WHERE oid = 'search_doc'::regclass")
        if estimate and estimate[0] > 0:
            total = min(total, max(float(estimate[0]), _FEW))
        rows = db.rows(
            "SELECT h, count(*) FROM (SELECT unnest(px) AS h FROM (SELECT px FROM search_doc"
            f" ORDER BY id DESC LIMIT {_SAMPLE}) AS newest) AS hashes"
            f" GROUP BY h HAVING count(*) >= {_SAMPLE // 200}"
        )
        return total, {int(key): count / _SAMPLE for key, count in rows}


_frequencies = _Frequencies()


def _row(item: Stored) -> tuple[object, ...]:
    document = item.document
    hashes = "{" + ",".join(map(str, _hashes(item))) + "}"
    return (
        item.id, document.customer_id, document.owner_id, document.team_id, document.stamp,
        document.words, document.digits, hashes,
    )  # fmt: skip


def _hash(key: str) -> int:
    value = crc32(key.encode())
    return value - (1 << 32) if value >> 31 else value


_short_hash = lru_cache(1 << 16)(_hash)


@lru_cache(1 << 16)
def _token_hashes(token: str) -> tuple[int, ...]:
    """The hashes of a token and of its beginnings; a ``~`` before it does not count as one."""
    first = 2 if token[0] == "~" else 1
    last = min(len(token), _LONGEST_PREFIX + first - 1)
    return (_hash(token), *(_short_hash(token[:n] + "*") for n in range(first, last + 1)))


def _hashes(item: Stored) -> set[int]:
    """All hashes of a document."""
    document = item.document
    found: set[int] = set()
    for token in index_tokens(document):
        if token[0] == "_":
            found.add(_short_hash(token))
        else:
            found.update(_token_hashes(token))
    for number in document.digits.split():
        for length in (SHORTEST_PIECE, WINDOW):
            for i in range(len(number) - length + 1):
                found.add(_short_hash("#" + number[i : i + length]))
        for length in range(SHORTEST_PIECE, WINDOW):
            found.add(_short_hash("$" + number[-length:]))
    return found


def _contains(hashes: Iterable[int]) -> Condition:
    return Condition("d.px @> ?::int[]", [_array(hashes)])


def _overlaps(hashes: Iterable[int]) -> Condition:
    return Condition("d.px && ?::int[]", [_array(hashes)])


def _array(hashes: Iterable[int]) -> str:
    return "{" + ",".join(map(str, hashes)) + "}"


def _spelling_hashes(need: Need, spelling: tuple[str, ...], level: Level) -> list[int]:
    sigil = "~" if level in ("name", "name_whole") or need.marks == "n" else ""
    *before, last = [sigil + token for token in spelling]
    found = [_hash(token) for token in before]
    if need.whole or level in ("whole", "name_whole"):
        found.append(_hash(last))
    else:
        found.append(_hash(last[: _LONGEST_PREFIX + len(sigil)] + "*"))
    return found


def _hint_hashes(item: Need | str) -> list[list[int]]:
    """The ways in which a hint is met, each as hashes that must all be there."""
    if isinstance(item, str):
        return [[_hash(item)]]
    return [_spelling_hashes(item, spelling, "any") for spelling in item.spellings]


def _piece_hashes(piece: str, level: Level) -> list[int]:
    if level == "whole":
        return [_hash("$" + piece[-(WINDOW - 1) :])]
    length = WINDOW if len(piece) >= WINDOW else SHORTEST_PIECE
    return [_hash("#" + piece[i : i + length]) for i in range(len(piece) - length + 1)]


def _condition(need: Need, level: Level) -> Condition:
    """The condition that the index answers, together with the check of the text."""
    ways = [_contains(_spelling_hashes(need, spelling, level)) for spelling in need.spellings]
    if level in ("whole", "any"):
        ways += [_contains(_piece_hashes(piece, level)) for piece in need.pieces]
    return any_of(ways) & _text_condition(need, level)


def _key_condition(key: str) -> Condition:
    """The condition that a document has the token of an owner or a team."""
    column = "owner_id" if key.startswith("_o") else "team_id"
    return Condition(f"d.{column} = ?", [int(key[2:])])


def _text_condition(need: Need, level: Level) -> Condition:
    """The condition that the text of a document meets `need`."""
    ways = [Condition("strpos(d.words, ?) > 0", [text]) for text in need.patterns(level)]
    if level == "any":
        ways += [Condition("strpos(d.digits, ?) > 0", [piece]) for piece in need.pieces]
    elif level == "whole":
        ways += [Condition("strpos(d.digits || ' ', ?) > 0", [p + " "]) for p in need.pieces]
    return any_of(ways)
