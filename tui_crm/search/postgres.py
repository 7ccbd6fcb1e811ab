"""The index on PostgreSQL: hashes of words, their beginnings and pieces of numbers under GIN.

A GIN index gives all documents of a hash before the first row comes back. So that what is found
often is found quickly, every document also has the hash of its block of ids: the newest block is
asked first, and the older ones, a few at a time, only as far as the page is not full. The index
goes through two lists by leaps, so that a block costs what is found in it. What nearly every
document has is not asked for at all: the newest documents are read one by one. A hash may stand for
two words: every answer is checked against the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui_crm.search import frequencies, hashes
from tui_crm.search.engine import Candidate, Condition, Insert, Scope, Stored, any_of
from tui_crm.search.hashes import BLOCK_BITS, FIRST_BLOCK, array, hash_of
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.search.patch import Patch
    from tui_crm.store import Database

_GATHERED = "1GB"  # of a large change, until it is put into the index
_GATHERED_FROM = 200  # documents that a large change has
_LOCK = 0x43524D58  # of the one who may gather, "CRMX"
_DOC = ("id", "customer_id", "owner_id", "team_id")
_TEXT = ("id", "stamp", "words", "digits", "px")
_FEW = 3000  # documents of which any query is quick by the index
_NEWEST, _NEXT, _STEP = 2, 8, 32  # blocks asked first, then, and further ones at a time
_BY_INDEX, _ONE_BY_ONE = 3.0, 1.5  # microseconds for a document that matches, that is looked at
_FEWEST_WALKED, _MOST_WALKED = 500, 10_000  # documents that are looked at one by one
_CANDIDATE = "d.id, d.customer_id, d.owner_id, t.words, t.digits"
_RARE = 900.0  # documents, as estimated, that are looked for in the whole index at once
_RANKED = 250  # documents that are ranked sooner than the best of them are asked for
_GATHERED_OF_ONE, _GATHERED_OF_SEVERAL = 120, 300  # that are read before it goes by blocks
_MANY = 8.0  # times as many as were read there are, as far as is known, where those were not all


class PostgresIndex:
    """The index of a PostgreSQL database; see `Engine`."""

    tables: tuple[str, ...] = ("search_doc", "search_text")

    # -- writing ----------------------------------------------------------------------------

    def insert(self, db: Database, stored: Sequence[Stored]) -> None:
        self._add(db, [(item, hashes.of_document(item)) for item in stored])

    def _add(self, db: Database, items: Sequence[tuple[Stored, str]], end: str = "") -> None:
        """Add documents with their hashes to the tables whose names have this `end`."""
        db.bulk_insert(f"search_doc{end}", _DOC, (_doc_row(item) for item, _hashes in items))
        db.bulk_insert(f"search_text{end}", _TEXT, (_text_row(*both) for both in items))

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
                None if item.gone else array(map(hashes.of_token, item.come)),
                hashes.of_document(Stored(item.id, item.after)) if item.gone else None,
            )
            for item in patches
        )  # fmt: skip
        db.run(
            "CREATE TEMP TABLE crm_patch (id bigint, owner_id bigint, team_id bigint, words text,"
            " come int[], px int[]) ON COMMIT DROP"
        )
        columns = ("id", "owner_id", "team_id", "words", "come", "px")
        db.bulk_insert("crm_patch", columns, rows)
        gathered = len(patches) >= _GATHERED_FROM and _alone(db)
        if gathered:
            # New rows are gathered and put into the index in one go, which is ten times faster.
            db.run("ALTER INDEX search_text_px SET (fastupdate = on)")
            db.run("SELECT set_config('gin_pending_list_limit', ?, true)", (_GATHERED,))
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
        if gathered:
            db.run("SELECT gin_clean_pending_list('search_text_px')")
            db.run("ALTER INDEX search_text_px SET (fastupdate = off)")
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
        from tui_crm.search.hashing import hashing
        from tui_crm.store import beside

        # Where they were only just filled, the planner would go through all of them every time.
        db.run("ANALYZE customer, contact_point, customer_tag, tag, interaction")
        with hashing(total, lambda items: self._add(db, list(items), beside.NEW)) as insert:
            yield insert
        with db.transaction():
            beside.finish(db, self.tables)
        frequencies.forget(db)

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
            if not hashes.every(item).issubset(held.get(item.id, ()))
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
        inner = _in_ways(hashes.ways(need, "any"), Condition()) & _text_condition(need, "any")
        sql = f"d.id IN (SELECT t.id FROM search_text t WHERE {inner.sql})"
        return Condition(sql, inner.params)

    def candidates(
        self, db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
    ) -> list[Candidate]:
        total, share = frequencies.estimate(db, needs, levels)
        if total <= _FEW:
            return self._by_index(db, needs, levels, scope, limit)
        if not needs.positive and not needs.keys and not needs.hints:
            return self._one_by_one(db, needs, levels, scope, limit)
        if (most := _gathered(needs, total * share)) and (
            found := self._if_few(db, needs, levels, scope, most, limit)
        ) is not None:
            return found
        first_block = share * (_NEWEST << BLOCK_BITS)
        walked = limit / share
        if walked * _ONE_BY_ONE < first_block * _BY_INDEX:
            few = int(min(max(4 * walked, _FEWEST_WALKED), _MOST_WALKED))
            found = self._one_by_one(db, needs, levels, scope, limit, few)
            if len(found) < limit:
                sql = "SELECT id FROM search_text ORDER BY id DESC LIMIT 1 OFFSET ?"
                if last := db.one(sql, (few - 1,)):
                    left = limit - len(found)
                    found += self._by_blocks(db, needs, levels, scope, left, last[0])
            return found
        return self._by_blocks(db, needs, levels, scope, limit)

    def _by_blocks(
        self,
        db: Database,
        needs: Needs,
        levels: Sequence[Level],
        scope: Scope,
        limit: int,
        below: int | None = None,
    ) -> list[Candidate]:
        """The newest that match, block by block, of those with an id `below` if given.

        Each OFFSET 0 keeps a query from being merged into the one around it: the blocks are gone
        through in their order, and only as far as rows are asked for.
        """
        condition = _indexed(needs, levels, Condition("t.px && part.blocks"))
        top = "(SELECT max(id) FROM search_doc)"
        if below is not None:
            condition &= Condition("t.id + 0 < ?", [below])
            top = "?::bigint"
        rest = scope.seen & scope.where
        sql = (
            f"SELECT {_CANDIDATE} FROM ("
            "SELECT newest, oldest,"
            " ARRAY(SELECT (n + ?)::int FROM generate_series(oldest, newest) n) AS blocks FROM ("
            f"SELECT CASE n WHEN 0 THEN top WHEN 1 THEN top - {_NEWEST}"
            f" ELSE top - {_NEWEST} - {_NEXT} - (n - 2) * {_STEP} END AS newest,"
            f" CASE n WHEN 0 THEN top WHEN 1 THEN top - {_NEXT}"
            f" ELSE top - {_NEXT} - (n - 1) * {_STEP} END - {_NEWEST - 1} AS oldest"
            f" FROM (SELECT {top} >> {BLOCK_BITS} AS top,"
            f" (SELECT min(id) FROM search_doc) >> {BLOCK_BITS} AS bottom OFFSET 0) b,"
            f" generate_series(0, (top - bottom) / {_STEP} + 2) n OFFSET 0) s OFFSET 0) part"
            " CROSS JOIN LATERAL (SELECT t.id, t.words, t.digits FROM search_text t"
            f" WHERE {condition.sql}"
            f" AND t.id >> {BLOCK_BITS} BETWEEN part.oldest AND part.newest"
            " ORDER BY t.id DESC OFFSET 0) t"
            f"{_looked_up(scope)} WHERE {rest.sql} LIMIT ?"
        )
        before = [FIRST_BLOCK] if below is None else [FIRST_BLOCK, below]
        params = [*before, *condition.params, *rest.params, limit]
        return [Candidate(*row) for row in db.rows(sql, params)]

    def newest(
        self, db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
    ) -> list[Candidate]:
        return self.candidates(db, needs, levels, scope, limit)

    def read(self, db: Database, found: Sequence[Candidate]) -> list[Candidate]:
        return list(found)  # a second journey would cost more than what is read in vain

    def few(self, db: Database, needs: Needs, scope: Scope) -> list[Candidate] | None:
        levels: list[Level] = ["any"] * len(needs.positive)
        total, share = frequencies.estimate(db, needs, levels)
        if total <= _FEW or _gathered(needs, total * share) < _GATHERED_OF_SEVERAL:
            return None
        return self._if_few(db, needs, levels, scope, _RANKED, _RANKED)

    def _if_few(
        self,
        db: Database,
        needs: Needs,
        levels: Sequence[Level],
        scope: Scope,
        most: int,
        limit: int,
    ) -> list[Candidate] | None:
        """The newest `limit` of all that match, from the whole index; None if `most` or more meet
        the needs.

        The index knows at once what several lists have in common, and that a list is empty; blocks
        would be asked one after another. A limit that is a query is one that the planner does not
        take into account: it would go through the table for it.
        """
        condition = _indexed(needs, levels)
        rest = scope.seen & scope.where
        sql = (
            "WITH t AS MATERIALIZED (SELECT t.id, t.words, t.digits FROM search_text t"
            f" WHERE {condition.sql} LIMIT (SELECT ?::bigint))"
            " SELECT n.found, x.* FROM (SELECT count(*) AS found FROM t) n LEFT JOIN LATERAL"
            f" (SELECT {_CANDIDATE} FROM (SELECT * FROM t ORDER BY id DESC) t{_looked_up(scope)}"
            f" WHERE n.found < ? AND {rest.sql} LIMIT ?) x ON TRUE"
        )
        rows = db.rows(sql, [*condition.params, most, most, *rest.params, limit])
        count = rows[0][0]
        met = count if count < most else _MANY * count
        frequencies.learn(db, needs, levels, met)
        if count >= most:
            return None
        return [Candidate(*row) for _found, *row in rows if row[0] is not None]

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
        self,
        db: Database,
        needs: Needs,
        levels: Sequence[Level],
        scope: Scope,
        limit: int,
        few: int | None = None,
    ) -> list[Candidate]:
        """From the newest document down, until the page is full; the inner query is walked only
        as far as that, and only over the newest `few` if given.
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
        bound = "OFFSET 0" if few is None else f"LIMIT {few}"
        sql = (
            f"SELECT {_CANDIDATE} FROM (SELECT t.id, t.words, t.digits FROM search_text t"
            f" ORDER BY t.id DESC {bound}) t {_join(scope)}"
            f" WHERE {condition.sql} ORDER BY t.id DESC LIMIT ?"
        )
        return [Candidate(*row) for row in db.rows(sql, [*condition.params, limit])]

    # -- dialect ----------------------------------------------------------------------------

    def json_text(self, column: str) -> str:
        return f"coalesce({column}::jsonb ->> ?, '')"

    def json_path(self, key: str) -> str:
        return key

    def number(self, expression: str) -> str:
        return f"coalesce(substring({expression}::text from '^-?[0-9]+[.]?[0-9]*'), '0')::float8"

    def like(self, expression: str) -> str:
        return f"{expression} ILIKE ?"


def _alone(db: Database) -> bool:
    """Whether nobody else changes the settings of the index until this transaction ends."""
    return db.one("SELECT pg_try_advisory_xact_lock(?)", (_LOCK,)) == (True,)


def _doc_row(item: Stored) -> tuple[object, ...]:
    document = item.document
    return item.id, document.customer_id, document.owner_id, document.team_id


def _text_row(item: Stored, hashed: str) -> tuple[object, ...]:
    document = item.document
    return item.id, document.stamp, document.words, document.digits, hashed


def _join(scope: Scope) -> str:
    joined = "JOIN search_doc d ON d.id = t.id"
    return (
        joined if scope.where.sql == "TRUE" else f"{joined} JOIN customer c ON c.id = d.customer_id"
    )


def _looked_up(scope: Scope) -> str:
    """The same joins, made for one row of ``t`` after the other, and no more than are asked for."""
    joined = " CROSS JOIN LATERAL (SELECT * FROM search_doc d WHERE d.id = t.id OFFSET 0) d"
    if scope.where.sql != "TRUE":
        joined += (
            " CROSS JOIN LATERAL (SELECT * FROM customer c WHERE c.id = d.customer_id OFFSET 0) c"
        )
    return joined


def _gathered(needs: Needs, expected: float) -> int:
    """How many documents are read in the hope that there are no more; none where so many are
    `expected` that it would be in vain.
    """
    if expected > _RARE:
        return 0
    several = len(needs.positive) + len(needs.keys) + len(needs.hints) > 1
    return _GATHERED_OF_SEVERAL if several else _GATHERED_OF_ONE


def _indexed(needs: Needs, levels: Sequence[Level], block: Condition | None = None) -> Condition:
    """The condition on the text of documents that meet `needs`, which the index answers; with
    `block`, a condition of the index too.
    """
    inner = block or Condition()
    condition = Condition()
    for need, level in zip(needs.positive, levels, strict=True):
        condition &= _in_ways(hashes.ways(need, level), inner) & _text_condition(need, level)
    for group in needs.keys:
        condition &= _in_ways([[hash_of(key)] for key in group], inner)
    for hint in needs.hints:
        condition &= _in_ways([way for item in hint for way in hashes.of_hint(item)], inner)
    for need in needs.needs:
        if need.negated:
            condition &= ~_text_condition(need, "any")
    return condition if block is None else block & condition


def _in_ways(ways: Sequence[Sequence[int]], inner: Condition) -> Condition:
    """The condition that a document has all hashes of one of the ways.

    `inner` holds too: it is said in every way, for the index leaps only between lists that it
    reads together.
    """
    if all(len(way) == 1 for way in ways):
        return Condition("t.px && ?::int[]", [array({way[0] for way in ways})])
    found = [
        Condition(" AND ".join(["t.px @> ?::int[]"] * len(way)), [array([key]) for key in way])
        for way in ways
    ]
    return found[0] if len(found) == 1 else any_of([way & inner for way in found])


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
