"""The index on PostgreSQL: hashes of words, their beginnings and pieces of numbers under GIN.

A GIN index reads the whole list of documents of a hash before the first row comes back, so it is
quick for what is rare and slow for what is frequent; reading the newest documents one by one is
the other way round. `candidates` estimates from a sample how many documents match and takes the
cheaper way. A hash may stand for two words: every answer is checked against the text.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary
from zlib import crc32

from tui_crm.search.engine import Candidate, Condition, Insert, Scope, Stored, any_of
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.search.tokens import SHORTEST_PIECE, WINDOW, index_tokens, is_key
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.search.patch import Patch
    from tui_crm.store import Database

_GATHERED = "1GB"  # of a large change, until it is put into the index
_LONGEST_PREFIX = 6  # characters; a longer beginning is looked for by its first six and checked
_DOC = ("id", "customer_id", "owner_id", "team_id")
_TEXT = ("id", "stamp", "words", "digits", "px")
_SAMPLE = 1000  # newest documents from which frequencies are estimated
_SAMPLE_AGE = 600.0  # seconds
_FEW = 3000  # documents of which any query is quick by the index
_BY_INDEX, _ONE_BY_ONE = 4.0, 1.5  # microseconds for a document that matches, that is looked at
_CANDIDATE = "d.id, d.customer_id, d.owner_id, t.words, t.digits"
_UNSEEN = 0.0005  # the frequency of a hash that is not in the sample


class PostgresIndex:
    """The index of a PostgreSQL database; see `Engine`."""

    tables: tuple[str, ...] = ("search_doc", "search_text")

    # -- writing ----------------------------------------------------------------------------

    def insert(self, db: Database, stored: Sequence[Stored]) -> None:
        db.bulk_insert("search_doc", _DOC, map(_doc_row, stored))
        db.bulk_insert("search_text", _TEXT, map(_text_row, stored))

    def remove(self, db: Database, stored: Sequence[Stored]) -> None:
        for table in ("search_doc", "search_text"):
            db.run(f"DELETE FROM {table} WHERE id = ANY(?)", ([item.id for item in stored],))

    def replace(self, db: Database, pairs: Sequence[tuple[Stored, Stored]]) -> None:
        self.remove(db, [old for old, _new in pairs])
        self.insert(db, [new for _old, new in pairs])

    def patch(self, db: Database, patches: Sequence[Patch]) -> None:
        # Where nothing is taken out, hashes are added to those that are there; else all are worked
        # out anew, for two words may share one.
        rows = (
            (
                item.id, item.after.owner_id, item.after.team_id, item.after.words,
                None if item.gone else _array({h for t in item.come for h in _hashes_of(t)}),
                _array(_hashes(Stored(item.id, item.after))) if item.gone else None,
            )
            for item in patches
        )  # fmt: skip
        db.run(
            "CREATE TEMP TABLE crm_patch (id bigint, owner_id bigint, team_id bigint, words text,"
            " come int[], px int[]) ON COMMIT DROP"
        )
        columns = ("id", "owner_id", "team_id", "words", "come", "px")
        db.bulk_insert("crm_patch", columns, rows)
        # New rows are gathered and put into the index in one go, which is ten times faster.
        usual = db.one("SELECT current_setting('gin_pending_list_limit')") or ("64kB",)
        limit = "SELECT set_config('gin_pending_list_limit', ?, true)"
        db.run(limit, (_GATHERED,))
        db.run(
            "UPDATE search_text t SET words = p.words,"
            " px = coalesce(p.px, t.px || ARRAY(SELECT unnest(p.come) EXCEPT SELECT unnest(t.px)))"
            " FROM crm_patch p WHERE p.id = t.id"
        )
        db.run(
            "UPDATE search_doc d SET owner_id = p.owner_id, team_id = p.team_id"
            " FROM crm_patch p WHERE p.id = d.id AND (d.owner_id IS DISTINCT FROM p.owner_id"
            " OR d.team_id IS DISTINCT FROM p.team_id)"
        )
        db.run("SELECT gin_clean_pending_list('search_text_px')")
        db.run(limit, usual)
        db.run("DROP TABLE crm_patch")

    def next_ids(self, db: Database, count: int) -> int:
        return db.allocate_ids("search_doc", count)

    def add_words(self, db: Database, words: Sequence[str]) -> None:
        db.run(
            "INSERT INTO search_word (word) SELECT w FROM unnest(?::text[]) AS w WHERE NOT EXISTS"
            " (SELECT 1 FROM search_word s WHERE s.word = w) ON CONFLICT (word) DO NOTHING",
            (list(words),),
        )

    @contextmanager
    def building(self, db: Database, total: int) -> Iterator[Insert]:
        from tui_crm.store import beside

        def insert(stored: Sequence[Stored]) -> None:
            db.bulk_insert("search_doc_new", _DOC, map(_doc_row, stored))
            db.bulk_insert("search_text_new", _TEXT, map(_text_row, stored))

        yield insert
        with db.transaction():
            beside.finish(db, self.tables)
        _frequencies.forget(db)

    def tidy(self, db: Database) -> None:
        """Nothing: all of it is in the new tables."""

    # -- checking ---------------------------------------------------------------------------

    def check(self, db: Database, expected: Sequence[Stored]) -> list[str]:
        held: dict[int, list[int]] = dict(
            db.rows(
                "SELECT id, px FROM search_text WHERE id = ANY(?)",
                ([item.id for item in expected],),
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

    def source(
        self, needs: Needs, levels: Sequence[Level], scope: Scope, *, customer: bool
    ) -> tuple[str, Condition]:
        condition = _indexed(needs, levels)
        source = "search_doc d"
        if condition.sql != "TRUE" or scope.text:
            source += " JOIN search_text t ON t.id = d.id"
        if customer:
            source += " JOIN customer c ON c.id = d.customer_id"
        return source, condition & scope.seen & scope.where

    def text(self, need: Need) -> Condition:
        return _text_condition(need, "any")

    def listed(self, need: Need) -> Condition:
        inner = _condition(need, "any")
        sql = f"d.id IN (SELECT t.id FROM search_text t WHERE {inner.sql})"
        return Condition(sql, inner.params)

    def candidates(
        self, db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
    ) -> list[Candidate]:
        total, matching = self._estimate(db, needs, levels)
        if matching * _BY_INDEX <= limit * total / max(matching, 1.0) * _ONE_BY_ONE:
            return self._by_index(db, needs, levels, scope, limit)
        return self._one_by_one(db, needs, levels, scope, limit)

    def newest(
        self, db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
    ) -> list[Candidate]:
        return self.candidates(db, needs, levels, scope, limit)

    def read(self, db: Database, found: Sequence[Candidate]) -> list[Candidate]:
        return list(found)  # a second journey would cost more than what is read in vain

    def few(self, db: Database, needs: Needs, scope: Scope) -> list[Candidate] | None:
        return None

    def _by_index(
        self, db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
    ) -> list[Candidate]:
        """All that match, from the GIN index, and of these the newest.

        Materialised, because the planner would rather walk down the ids for an ORDER BY with a
        LIMIT.
        """
        condition = _indexed(needs, levels)
        rest = scope.seen & scope.where
        sql = (
            "WITH t AS MATERIALIZED (SELECT t.id, t.words, t.digits FROM search_text t"
            f" WHERE {condition.sql}) SELECT {_CANDIDATE} FROM t {_join(scope)}"
            f" WHERE {rest.sql} ORDER BY d.id DESC LIMIT ?"
        )
        params = [*condition.params, *rest.params, limit]
        return [Candidate(*row) for row in db.rows(sql, params)]

    def _one_by_one(
        self, db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
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
        condition &= scope.seen
        condition &= scope.where
        sql = (
            f"SELECT {_CANDIDATE} FROM (SELECT t.id, t.words, t.digits FROM search_text t"
            f" ORDER BY t.id DESC OFFSET 0) t {_join(scope)}"
            f" WHERE {condition.sql} ORDER BY t.id DESC LIMIT ?"
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
        estimate = db.one("SELECT reltuples FROM pg_class WHERE oid = 'search_text'::regclass")
        if estimate and estimate[0] > 0:
            total = min(total, max(float(estimate[0]), _FEW))
        rows = db.rows(
            "SELECT h, count(*) FROM (SELECT unnest(px) AS h FROM (SELECT px FROM search_text"
            f" ORDER BY id DESC LIMIT {_SAMPLE}) AS newest) AS hashes"
            f" GROUP BY h HAVING count(*) >= {_SAMPLE // 200}"
        )
        return total, {int(key): count / _SAMPLE for key, count in rows}


_frequencies = _Frequencies()


def _doc_row(item: Stored) -> tuple[object, ...]:
    document = item.document
    return item.id, document.customer_id, document.owner_id, document.team_id


def _text_row(item: Stored) -> tuple[object, ...]:
    document = item.document
    return item.id, document.stamp, document.words, document.digits, _array(_hashes(item))


def _join(scope: Scope) -> str:
    joined = "JOIN search_doc d ON d.id = t.id"
    return (
        joined if scope.where.sql == "TRUE" else f"{joined} JOIN customer c ON c.id = d.customer_id"
    )


def _indexed(needs: Needs, levels: Sequence[Level]) -> Condition:
    """The condition on the text of documents that meet `needs`, which the index answers."""
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
    return condition


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


def _hashes_of(token: str) -> tuple[int, ...]:
    """The hashes of a token of a document; keys are not asked for by their beginnings."""
    return (_short_hash(token),) if is_key(token) else _token_hashes(token)


def _hashes(item: Stored) -> set[int]:
    """All hashes of a document."""
    document = item.document
    found: set[int] = set()
    for token in index_tokens(document):
        found.update(_hashes_of(token))
    for number in document.digits.split():
        for length in (SHORTEST_PIECE, WINDOW):
            for i in range(len(number) - length + 1):
                found.add(_short_hash("#" + number[i : i + length]))
        for length in range(SHORTEST_PIECE, WINDOW):
            found.add(_short_hash("$" + number[-length:]))
    return found


def _contains(hashes: Iterable[int]) -> Condition:
    return Condition("t.px @> ?::int[]", [_array(hashes)])


def _overlaps(hashes: Iterable[int]) -> Condition:
    return Condition("t.px && ?::int[]", [_array(hashes)])


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
    for start, column in (("_o", "owner_id"), ("_g", "team_id")):
        if key.startswith(start) and key[2:].isdigit():
            return Condition(f"d.{column} = ?", [int(key[2:])])
    return Condition("strpos(t.words, ?) > 0", [f"~{key} "])


def _text_condition(need: Need, level: Level) -> Condition:
    """The condition that the text of a document meets `need`."""
    ways = [Condition("strpos(t.words, ?) > 0", [text]) for text in need.patterns(level)]
    if level == "any":
        ways += [Condition("strpos(t.digits, ?) > 0", [piece]) for piece in need.pieces]
    elif level == "whole":
        ways += [Condition("strpos(t.digits || ' ', ?) > 0", [p + " "]) for p in need.pieces]
    return any_of(ways)
