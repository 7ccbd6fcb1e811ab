"""The index on SQLite: two contentless FTS5 tables, of words and of windows of digits.

They hold no text, so that taking a document out needs the tokens that were put in: they are made
again from the text in `search_text`, which changes with them in one transaction. Documents are
written in the order of their ids, because FTS5 writes a segment to disk whenever an id is lower
than the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from zlib import crc32

from tui_crm.core.records import marks
from tui_crm.search.engine import (
    Candidate,
    Condition,
    Fill,
    Page,
    Read,
    Scope,
    Statement,
    Stored,
    any_of,
)
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.search.reading import stored_of
from tui_crm.search.sqlite import leaving
from tui_crm.search.sqlite.match import (
    Asked,
    any_token,
    asked_of,
    number_condition,
    quoted,
    shortened,
)
from tui_crm.search.sqlite.rows import (
    DOC,
    TEXT,
    digit_rows,
    doc_row,
    filled_digits,
    filled_words,
    text_row,
    word_rows,
)
from tui_crm.search.tokens import (
    learned_words,
    long_items,
)
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.search.patch import Patch
    from tui_crm.search.reading import Custom
    from tui_crm.store import Database
    from tui_crm.store.database import Row

_DOCS_AT_ONCE = 50_000
_LOOKED_AT = 200  # documents with the first letters of words, before all letters are asked
_TRIED = 16  # of them, before it is worth to look at more
_NO_SCOPE = Scope(Condition(), Condition())
_FEW = 500  # documents whose texts are read sooner than an index has met frequent words with them
_FEW_LED = 20_000  # the same, where the newest that the index finds hardly meet what is asked
_PROBED = 1500  # of those newest
_PAGE = 64  # of which so many should meet it
_MANY = 6000  # documents that are not read to be sorted
_OWN_NAMES = {"customer_account_no_key": "sqlite_autoindex_customer_1"}  # of what is UNIQUE
_CANDIDATES = "SELECT d.id, t.words, t.digits, t.shown FROM"
_KEY_OF = {
    "search_doc": "d.id",
    "search_words": "search_words.rowid",
    "search_digits": "search_digits.rowid",
}


_Ask = Callable[["Database", Needs, Sequence[Level], Scope, int], list[Candidate]]


class SqliteIndex:
    """The index of an SQLite database; see `Engine`."""

    tables: tuple[str, ...] = (
        "search_doc",
        "search_text",
        leaving.TABLE,
        "search_words",
        "search_digits",
    )

    # -- writing ----------------------------------------------------------------------------

    def insert(self, db: Database, stored: Sequence[Stored]) -> None:
        db.bulk_insert("search_doc", DOC, map(doc_row, stored))
        db.bulk_insert("search_text", TEXT, map(text_row, stored))
        db.run_many("INSERT INTO search_words (rowid, t) VALUES (?, ?)", word_rows(stored))
        db.run_many("INSERT INTO search_digits (rowid, t) VALUES (?, ?)", digit_rows(stored))

    def remove(self, db: Database, stored: Sequence[Stored]) -> None:
        db.run_many(
            "INSERT INTO search_words (search_words, rowid, t) VALUES ('delete', ?, ?)",
            word_rows(stored),
        )
        db.run_many(
            "INSERT INTO search_digits (search_digits, rowid, t) VALUES ('delete', ?, ?)",
            digit_rows(stored),
        )
        for table in ("search_doc", "search_text"):
            db.run_many(f"DELETE FROM {table} WHERE id = ?", ((item.id,) for item in stored))

    def leave(self, db: Database, customer_ids: Sequence[int]) -> None:
        leaving.leave(db, customer_ids)

    def erase(self, db: Database, customer_ids: Sequence[int]) -> None:
        self._take_out(db, leaving.of_customers(db, customer_ids))

    def _take_out(self, db: Database, stored: Sequence[Stored]) -> None:
        self.remove(db, stored)
        leaving.forget(db, stored)

    def replace(self, db: Database, pairs: Sequence[tuple[Stored, Stored]]) -> None:
        for table, rows_of in (("search_words", word_rows), ("search_digits", digit_rows)):
            for old, new in pairs:
                before, after = list(rows_of([old])), list(rows_of([new]))
                if before == after:
                    continue
                for row in before:
                    db.run(f"INSERT INTO {table} ({table}, rowid, t) VALUES ('delete', ?, ?)", row)
                for row in after:
                    db.run(f"INSERT INTO {table} (rowid, t) VALUES (?, ?)", row)
        news = [new for _old, new in pairs]
        db.run_many(
            "UPDATE search_doc SET owner_id = ?, team_id = ? WHERE id = ?",
            ((new.document.owner_id, new.document.team_id, new.id) for new in news),
        )
        db.run_many(
            "UPDATE search_text SET stamp = ?, words = ?, digits = ?, shown = ? WHERE id = ?",
            ((*text_row(new)[1:], new.id) for new in news),
        )

    def add_words(self, db: Database, words: Sequence[str]) -> None:
        db.run_many(
            "INSERT INTO search_word (word) VALUES (?) ON CONFLICT (word) DO NOTHING",
            ((word,) for word in words),
        )

    def patch(self, db: Database, patches: Sequence[Patch]) -> None:
        words = [(item.id, *item.words()) for item in patches if item.gone or item.come]
        digits = [(item.id, *found) for item in patches if (found := item.digits()) is not None]
        for table, rows in (("search_words", words), ("search_digits", digits)):
            # A word can be put in and taken out by itself. FTS5 counts documents: to every row
            # taken out belongs one put in, and be it an empty one.
            db.run_many(
                f"INSERT INTO {table} ({table}, rowid, t) VALUES ('delete', ?, ?)",
                ((id_, gone) for id_, gone, _come in rows),
            )
            db.run_many(
                f"INSERT INTO {table} (rowid, t) VALUES (?, ?)",
                ((id_, come) for id_, _gone, come in rows),
            )
        db.run_many(
            "UPDATE search_text SET words = ?, shown = ? WHERE id = ?",
            ((item.after.words, item.after.shown, item.id) for item in patches),
        )
        db.run_many(
            "UPDATE search_doc SET owner_id = ?, team_id = ? WHERE id = ?",
            ((p.after.owner_id, p.after.team_id, p.id) for p in patches if p.keys_changed),
        )

    def next_ids(self, db: Database, count: int) -> int:
        return db.allocate_ids("search_doc", count)

    @contextmanager
    def building(self, db: Database, total: int, custom: Custom, words: set[str]) -> Iterator[Fill]:
        from tui_crm.store import beside, fulltext
        from tui_crm.store.sqlite import SqliteDatabase

        assert isinstance(db, SqliteDatabase)
        docs: list[tuple[object, ...]] = []
        items: set[str] = set()

        def add_docs(least: int) -> None:
            # Many at once: they go all over the index of customers.
            if len(docs) >= least:
                db.bulk_insert("search_doc_new", DOC, docs)
                docs.clear()

        tables = (("search_words_new", filled_words), ("search_digits_new", filled_digits))
        with (
            db.expecting(total),
            fulltext.filling(db, tables, total) as (add_words, add_digits),
        ):

            def fill(read: Read) -> None:
                stored = stored_of(read, custom)
                for item in stored:
                    items.update(long_items(item.document.words))
                docs.extend(map(doc_row, stored))
                add_docs(_DOCS_AT_ONCE)
                db.bulk_insert("search_text_new", TEXT, map(text_row, stored))
                add_words((*doc_row(item), item.document.words) for item in stored)
                add_digits((*doc_row(item), item.document.digits) for item in stored)

            yield fill
            words |= learned_words(items)
            with beside.patient(db):
                add_docs(1)

    def fold(self, db: Database) -> bool:
        # What is put in FTS5 merges by itself, a little with each edit.
        if not leaving.any_waits(db):
            return False
        with db.relaxed(), db.transaction():
            self._take_out(db, leaving.oldest(db))
        return True

    def tidy(self, db: Database) -> None:
        from tui_crm.store import fulltext
        from tui_crm.store.sqlite import SqliteDatabase

        assert isinstance(db, SqliteDatabase)
        fulltext.tidy(db)

    # -- checking ---------------------------------------------------------------------------

    def check(self, db: Database, expected: Sequence[Stored]) -> list[str]:
        problems = []
        for table, rows_of in (("search_words", word_rows), ("search_digits", digit_rows)):
            sql = f"SELECT 1 FROM {table} WHERE {table} MATCH ? AND rowid = ?"
            for item in expected:
                for doc_id, text in rows_of([item]):
                    if db.one(sql, (" AND ".join(map(quoted, text.split())), doc_id)) is None:
                        problems.append(
                            _("customer {id}: words are missing in the search index").format(
                                id=item.document.customer_id
                            )
                        )
        return problems

    def check_whole(self, db: Database, tokens: int, checksum: int) -> list[str]:
        problems = []
        count = total = 0
        for token in leaving.tokens(db):
            tokens += 1
            checksum += crc32(token.encode())
        for table in ("search_words", "search_digits"):
            db.run(f"CREATE VIRTUAL TABLE temp.{table}_v USING fts5vocab(main, {table}, row)")
            try:
                for chunk in db.stream(f"SELECT term, doc FROM temp.{table}_v"):
                    for term, documents in chunk:
                        count += documents
                        total += crc32(term.encode()) * documents
            finally:
                db.run(f"DROP TABLE temp.{table}_v")
        if (count, total) != (tokens, checksum):
            problems.append(_("the search index holds words that no customer has, or lacks some"))
        return problems

    # -- asking -----------------------------------------------------------------------------

    def source(
        self,
        db: Database,
        needs: Needs,
        levels: Sequence[Level],
        scope: Scope,
        *,
        customer: bool,
    ) -> tuple[str, Condition]:
        asked = asked_of(needs, levels)
        source = _joined(asked.driver, text=asked.text or scope.text, customer=customer)
        return source, asked.condition & scope.seen & scope.where

    def text(self, need: Need) -> Condition:
        found = [Condition("instr(t.words, ?) > 0", [part]) for part in need.patterns()]
        found += [Condition("instr(t.digits, ?) > 0", [piece]) for piece in need.pieces]
        return any_of(found)

    def listed(self, need: Need) -> Condition:
        return number_condition(need, "any")

    def candidates(
        self, db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
    ) -> list[Candidate]:
        return self._best_of(db, needs, levels, scope, limit, _with_texts)

    def newest(self, db: Database, page: Page, scope: Scope) -> list[Candidate]:
        return self._best_of(db, page.needs, page.levels, scope, page.limit, _ids_alone)

    def foresee(
        self,
        db: Database,
        rings: Sequence[Page],
        mine: Sequence[Page],
        ahead: int,
        everybody: Page,
        scope: Scope,
        besides: Sequence[Statement],
    ) -> list[list[Row]]:
        return db.together(besides)

    def _best_of(
        self,
        db: Database,
        needs: Needs,
        levels: Sequence[Level],
        scope: Scope,
        limit: int,
        ask: _Ask,
    ) -> list[Candidate]:
        if needs.number_alone:
            # Two lists, each newest first, instead of one that is read to its end before it is
            # sorted.
            found = {
                candidate
                for part in needs.number_parts()
                for candidate in ask(db, part, levels, scope, limit)
            }
            return sorted(found, reverse=True)[:limit]
        return ask(db, needs, levels, scope, limit)

    def read(self, db: Database, found: Sequence[Candidate]) -> list[Candidate]:
        ids = [candidate.id for candidate in found if not candidate.shown]
        if not ids:
            return list(found)
        sql = f"{_CANDIDATES} {_joined('search_doc', text=True)} WHERE d.id IN ({marks(len(ids))})"
        known = [candidate for candidate in found if candidate.shown]
        return known + list(map(Candidate._make, db.rows(sql, ids)))

    def few(self, db: Database, needs: Needs, scope: Scope) -> list[Candidate] | None:
        for group in needs.keys:
            match = Condition("search_words MATCH ?", [any_token(group)])
            if _is_few(db, "search_words", match):
                return self._among(db, "search_words", match, needs, scope)
        for lead in scope.leads:
            live = lead & Condition("c.deleted_at = ''")
            if _is_few(db, "customer c", live):
                return self._among(db, "customer c", live, needs, scope)
        most = self._worth_leading(db, needs, scope) if scope.leads else 0
        for lead in scope.leads if most else ():
            live = lead & Condition("c.deleted_at = ''")
            if _is_few(db, "customer c", live, most):
                return self._among(db, "customer c", live, needs, scope)
        return None

    def _worth_leading(self, db: Database, needs: Needs, scope: Scope) -> int:
        """How many customers are rather led to than found by words: none, where these are rare or
        the newest documents that they find fill a page in `scope`.
        """
        asked = asked_of(needs, ["any"] * len(needs.positive))
        if asked.driver == "search_doc":
            return 0
        key, match = _KEY_OF[asked.driver], asked.match
        newest = f"SELECT {key} AS rowid FROM {asked.driver} WHERE {match.sql} ORDER BY {key} DESC"
        told = asked.rest & scope.seen & scope.where
        source = _joined(
            "newest", text=asked.text or scope.text, customer=scope.where.sql != "TRUE"
        )
        # As a coroutine: it stops where a page is full.
        page = db.rows(
            f"WITH newest AS NOT MATERIALIZED ({newest} LIMIT {_PROBED})"
            f" SELECT 1 FROM {source} WHERE {told.sql} LIMIT {_PAGE}",
            (*match.params, *told.params),
        )
        if len(page) == _PAGE:
            return 0
        row = db.one(f"SELECT count(*) FROM ({newest} LIMIT {_FEW_LED})", match.params)
        many = int(row[0]) if row else 0
        return many if many > _PROBED else 0

    def _among(
        self, db: Database, driver: str, among: Condition, needs: Needs, scope: Scope
    ) -> list[Candidate]:
        """All that meet `needs`, told by the texts of the documents that `driver` leads to."""
        for need in needs.needs:
            among &= ~self.text(need) if need.negated else self.text(need)
        among &= scope.seen
        among &= scope.where
        source = _joined(driver, text=True, customer=scope.where.sql != "TRUE")
        rows = db.rows(f"{_CANDIDATES} {source} WHERE {among.sql}", among.params)
        return list(map(Candidate._make, rows))

    def are_many(self, db: Database, needs: Needs) -> bool:
        asked = asked_of(needs, ["any"] * len(needs.positive))
        if asked.driver == "search_doc":
            return True
        # Without what is asked of their texts: that would be to find them.
        sql = f"SELECT 1 FROM {asked.driver} WHERE {asked.match.sql} LIMIT 1 OFFSET {_MANY}"
        return db.one(sql, asked.match.params) is not None

    # -- dialect ----------------------------------------------------------------------------

    def by_index(self, name: str) -> str:
        return f" INDEXED BY {_OWN_NAMES.get(name, name)}" if name else " NOT INDEXED"

    def json_text(self, column: str) -> str:
        return f"coalesce(json_extract({column}, ?), '')"

    def json_path(self, key: str) -> str:
        return f'$."{key}"'

    def number(self, expression: str) -> str:
        return f"CAST({expression} AS REAL)"

    def like(self, expression: str) -> str:
        return f"{expression} LIKE ? ESCAPE '\\'"


def _with_texts(
    db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
) -> list[Candidate]:
    found = _by_short_beginnings(db, needs, levels, scope, limit)
    if found is not None:
        return found
    asked = asked_of(needs, levels)
    source = _joined(asked.driver, text=True, customer=scope.where.sql != "TRUE")
    condition = asked.condition & scope.seen & scope.where
    key = _KEY_OF[asked.driver]
    sql = f"{_CANDIDATES} {source} WHERE {condition.sql} ORDER BY {key} DESC LIMIT ?"
    return list(map(Candidate._make, db.rows(sql, (*condition.params, limit))))


def _ids_alone(
    db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
) -> list[Candidate]:
    """What is asked of the index alone is answered without a look at a document."""
    found = _by_short_beginnings(db, needs, levels, scope, limit)
    if found is None:
        ids = _ids(db, asked_of(needs, levels), scope, limit)
        return [Candidate(id_, "", "", "") for id_ in ids]
    return found


def _ids(db: Database, asked: Asked, scope: Scope, limit: int) -> list[int]:
    source, rest = asked.driver, scope.seen & scope.where
    alone = asked.driver != "search_doc" and not asked.text and rest.sql == "TRUE"
    if not alone or leaving.any_waits(db):
        customer = scope.where.sql != "TRUE"
        source = _joined(asked.driver, text=asked.text or scope.text, customer=customer)
    condition = asked.condition & rest
    key = _KEY_OF[asked.driver]
    sql = f"SELECT {key} FROM {source} WHERE {condition.sql} ORDER BY {key} DESC LIMIT ?"
    return [row[0] for row in db.rows(sql, (*condition.params, limit))]


def _by_short_beginnings(
    db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
) -> list[Candidate] | None:
    """The newest that meet `needs`, told by their texts from those that have only the first
    letters of long words; None where no word is long, or where these are too few of the others.
    """
    cut = shortened(needs, levels)
    if cut is None:
        return None
    asked = asked_of(cut[0], levels)
    with_letters = _ids(db, asked._replace(rest=Condition(), text=False), _NO_SCOPE, _LOOKED_AT)
    told = cut[1] & asked.rest & scope.seen & scope.where
    source = _joined("search_doc", text=True, customer=scope.where.sql != "TRUE")
    found: list[Candidate] = []
    read, size = 0, _TRIED
    while some := with_letters[read : read + size]:
        sql = f"{_CANDIDATES} {source} WHERE d.id IN ({marks(len(some))}) AND {told.sql}"
        rows = db.rows(sql, (*some, *told.params))
        found += sorted(map(Candidate._make, rows), reverse=True)
        read += len(some)
        if len(found) >= limit:
            return found[:limit]
        if len(found) < read / 2 and read < len(with_letters):
            return None
        size = limit - len(found) + _TRIED
    return found if len(with_letters) < _LOOKED_AT else None


def _is_few(db: Database, source: str, condition: Condition, few: int = _FEW) -> bool:
    sql = f"SELECT 1 FROM {source} WHERE {condition.sql} LIMIT 1 OFFSET {few}"
    return db.one(sql, condition.params) is None


def _joined(driver: str, *, text: bool, customer: bool = False) -> str:
    """The FROM clause that begins with `driver`; the order of the joins is fixed, because the
    planner knows nothing of what a full text table finds.
    """
    if driver == "customer c":
        source = "customer c CROSS JOIN search_doc d ON d.customer_id = c.id"
    elif driver == "search_doc":
        source = "search_doc d"
    else:
        source = f"{driver} CROSS JOIN search_doc d ON d.id = {driver}.rowid"
    if customer and driver != "customer c":
        source += " CROSS JOIN customer c ON c.id = d.customer_id"
    if text:
        source += " CROSS JOIN search_text t ON t.id = d.id"
    return source
