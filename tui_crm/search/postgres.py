"""The index on PostgreSQL: hashes of words, their beginnings and pieces of numbers under GIN.

How it is asked is in `tui_crm.search.newest`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui_crm.search import frequencies, hashes, newest
from tui_crm.search.engine import Candidate, Condition, Insert, Scope, Stored
from tui_crm.search.hashes import array
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
_WRITTEN_AT_ONCE = 50  # documents that one statement takes
_INSERT = (
    "WITH item AS (SELECT * FROM unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[],"
    " ?::text[], ?::text[], ?::text[], ?::text[])"
    " AS i (id, customer_id, owner_id, team_id, stamp, words, digits, px)),"
    " doc AS (INSERT INTO search_doc (id, customer_id, owner_id, team_id)"
    " SELECT id, customer_id, owner_id, team_id FROM item)"
    " INSERT INTO search_text (id, stamp, words, digits, px)"
    " SELECT id, stamp, words, digits, px::int[] FROM item ORDER BY id"
)
_DELETE = (
    "WITH doc AS (DELETE FROM search_doc WHERE id = ANY(?))"
    " DELETE FROM search_text WHERE id = ANY(?)"
)


class PostgresIndex:
    """The index of a PostgreSQL database; see `Engine`."""

    tables: tuple[str, ...] = ("search_doc", "search_text")

    # -- writing ----------------------------------------------------------------------------

    def insert(self, db: Database, stored: Sequence[Stored]) -> None:
        items = [(item, hashes.of_document(item)) for item in stored]
        if len(items) > _WRITTEN_AT_ONCE:
            self._add(db, items)
            return
        # What a person waits for behind a change: one journey, planned before.
        documents = zip(*(_doc_row(item) for item, _hashes in items), strict=True)
        texts = zip(*(_text_row(*both)[1:] for both in items), strict=True)
        db.prepared(_INSERT, [list(column) for column in (*documents, *texts)])

    def _add(self, db: Database, items: Sequence[tuple[Stored, str]], end: str = "") -> None:
        """Add documents with their hashes to the tables whose names have this `end`."""
        db.bulk_insert(f"search_doc{end}", _DOC, (_doc_row(item) for item, _hashes in items))
        db.bulk_insert(f"search_text{end}", _TEXT, (_text_row(*both) for both in items))

    def remove(self, db: Database, stored: Sequence[Stored]) -> None:
        db.prepared(_DELETE, [[item.id for item in stored]] * 2)

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
        condition = newest.indexed(needs, levels)
        source = "search_doc d"
        if condition.sql != "TRUE" or scope.text:
            source += " JOIN search_text t ON t.id = d.id"
        if customer:
            source += " JOIN customer c ON c.id = d.customer_id"
        return source, condition & scope.seen & scope.where

    def text(self, need: Need) -> Condition:
        return newest.text_condition(need, "any")

    def listed(self, need: Need) -> Condition:
        inner = newest.in_ways(hashes.ways(need, "any"), Condition())
        inner &= newest.text_condition(need, "any")
        sql = f"d.id IN (SELECT t.id FROM search_text t WHERE {inner.sql})"
        return Condition(sql, inner.params)

    def candidates(
        self, db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
    ) -> list[Candidate]:
        return newest.candidates(db, needs, levels, scope, limit)

    def newest(
        self, db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
    ) -> list[Candidate]:
        return newest.candidates(db, needs, levels, scope, limit)

    def read(self, db: Database, found: Sequence[Candidate]) -> list[Candidate]:
        return list(found)  # a second journey would cost more than what is read in vain

    def few(self, db: Database, needs: Needs, scope: Scope) -> list[Candidate] | None:
        return newest.few(db, needs, scope)

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
