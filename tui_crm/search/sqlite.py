"""The index on SQLite: two contentless FTS5 tables, of words and of windows of digits.

They hold no text, so that taking a document out needs the tokens that were put in: they are made
again from the text in `search_doc`, which changes with them in one transaction. Documents are
written in the order of their ids, because FTS5 writes a segment to disk whenever an id is lower
than the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from tui_crm.search.engine import Candidate, Condition, Stored, any_of
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.search.tokens import WINDOW, digit_tokens, index_tokens
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.store import Database

_COLUMNS = ("id", "customer_id", "owner_id", "team_id", "stamp", "words", "digits")
_USUAL_MEMORY = 1 << 20  # bytes that FTS5 gathers before it writes a segment
_REBUILD_MEMORY = 128 << 20


class SqliteIndex:
    """The index of an SQLite database; see `Engine`."""

    # -- writing ----------------------------------------------------------------------------

    def insert(self, db: Database, stored: Sequence[Stored]) -> None:
        db.bulk_insert("search_doc", _COLUMNS, (_row(item) for item in stored))
        db.run_many("INSERT INTO search_words (rowid, t) VALUES (?, ?)", _word_rows(stored))
        db.run_many("INSERT INTO search_digits (rowid, t) VALUES (?, ?)", _digit_rows(stored))

    def remove(self, db: Database, stored: Sequence[Stored]) -> None:
        db.run_many(
            "INSERT INTO search_words (search_words, rowid, t) VALUES ('delete', ?, ?)",
            _word_rows(stored),
        )
        db.run_many(
            "INSERT INTO search_digits (search_digits, rowid, t) VALUES ('delete', ?, ?)",
            _digit_rows(stored),
        )
        db.run_many("DELETE FROM search_doc WHERE id = ?", ((item.id,) for item in stored))

    def replace(self, db: Database, pairs: Sequence[tuple[Stored, Stored]]) -> None:
        for table, rows_of in (("search_words", _word_rows), ("search_digits", _digit_rows)):
            for old, new in pairs:
                before, after = list(rows_of([old])), list(rows_of([new]))
                if before == after:
                    continue
                for row in before:
                    db.run(f"INSERT INTO {table} ({table}, rowid, t) VALUES ('delete', ?, ?)", row)
                for row in after:
                    db.run(f"INSERT INTO {table} (rowid, t) VALUES (?, ?)", row)
        db.run_many(
            "UPDATE search_doc SET customer_id = ?, owner_id = ?, team_id = ?, stamp = ?,"
            " words = ?, digits = ? WHERE id = ?",
            ((*_row(new)[1:], new.id) for _old, new in pairs),
        )

    def next_ids(self, db: Database, count: int) -> int:
        return db.allocate_ids("search_doc", count)

    def begin_rebuild(self, db: Database) -> None:
        for table in ("search_words", "search_digits"):
            db.run(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
            _set_memory(db, table, _REBUILD_MEMORY)
        db.run("DELETE FROM search_doc")

    def end_rebuild(self, db: Database) -> None:
        for table in ("search_words", "search_digits"):
            db.run(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
            _set_memory(db, table, _USUAL_MEMORY)

    # -- checking ---------------------------------------------------------------------------

    def check(self, db: Database, expected: Sequence[Stored]) -> list[str]:
        problems = []
        for table, rows_of in (("search_words", _word_rows), ("search_digits", _digit_rows)):
            sql = f"SELECT 1 FROM {table} WHERE {table} MATCH ? AND rowid = ?"
            for item in expected:
                for doc_id, text in rows_of([item]):
                    if db.one(sql, (" AND ".join(map(_quote, text.split())), doc_id)) is None:
                        problems.append(
                            _("customer {id}: words are missing in the search index").format(
                                id=item.document.customer_id
                            )
                        )
        return problems

    def check_whole(self, db: Database, tokens: int, checksum: int) -> list[str]:
        problems = []
        count = total = 0
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

    def source(self, needs: Needs, levels: Sequence[Level]) -> tuple[str, Condition]:
        matches: list[str] = []
        rest = Condition()
        positive = needs.positive
        if needs.number_alone and not positive[0].spellings:
            digits = _digits_condition(positive[0], levels[0])
            if digits.params:
                groups = (_any_expression(map(_quote, group)) for group in needs.keys)
                digits.params[0] = " AND ".join((str(digits.params[0]), *groups))
            return (
                "search_digits CROSS JOIN search_doc d ON d.id = search_digits.rowid"
                " CROSS JOIN customer c ON c.id = d.customer_id",
                digits,
            )
        for need, level in zip(positive, levels, strict=True):
            if need.pieces:
                rest &= _number_condition(need, level)
                continue
            matches.append(_expression(need, level))
            rest &= _neighbours(need, level)
        for need in needs.needs:
            if need.negated:
                rest &= ~_number_condition(need, "any")
        matches += [_any_expression(map(_quote, group)) for group in needs.keys]
        matches += [_any_expression(map(_hint, group)) for group in needs.hints]
        if not matches:
            return "search_doc d CROSS JOIN customer c ON c.id = d.customer_id", rest
        match = Condition("search_words MATCH ?", [" AND ".join(matches)])
        return (
            "search_words CROSS JOIN search_doc d ON d.id = search_words.rowid"
            " CROSS JOIN customer c ON c.id = d.customer_id",
            match & rest,
        )

    def text(self, need: Need) -> Condition:
        found = [Condition("instr(d.words, ?) > 0", [part]) for part in need.patterns()]
        found += [Condition("instr(d.digits, ?) > 0", [piece]) for piece in need.pieces]
        return any_of(found)

    def listed(self, need: Need) -> Condition:
        return _number_condition(need, "any")

    def candidates(
        self, db: Database, needs: Needs, levels: Sequence[Level], where: Condition, limit: int
    ) -> list[Candidate]:
        if needs.number_alone:
            # Two lists, each newest first, instead of one that is read to its end before it is
            # sorted.
            found = {
                candidate
                for part in needs.number_parts()
                for candidate in self._newest(db, part, levels, where, limit)
            }
            return sorted(found, reverse=True)[:limit]
        return self._newest(db, needs, levels, where, limit)

    def _newest(
        self, db: Database, needs: Needs, levels: Sequence[Level], where: Condition, limit: int
    ) -> list[Candidate]:
        source, condition = self.source(needs, levels)
        condition &= where
        driver = source.partition(" ")[0]
        order = "d.id" if driver == "search_doc" else f"{driver}.rowid"
        sql = (
            "SELECT d.id, d.customer_id, d.owner_id, d.words, d.digits"
            f" FROM {source} WHERE {condition.sql} ORDER BY {order} DESC LIMIT ?"
        )
        return [Candidate(*row) for row in db.rows(sql, (*condition.params, limit))]

    # -- dialect ----------------------------------------------------------------------------

    def json_text(self, column: str) -> str:
        return f"coalesce(json_extract({column}, ?), '')"

    def json_path(self, key: str) -> str:
        return f'$."{key}"'

    def number(self, expression: str) -> str:
        return f"CAST({expression} AS REAL)"

    def like(self, expression: str) -> str:
        return f"{expression} LIKE ? ESCAPE '\\'"


def _row(item: Stored) -> tuple[object, ...]:
    document = item.document
    return (
        item.id, document.customer_id, document.owner_id, document.team_id, document.stamp,
        document.words, document.digits,
    )  # fmt: skip


def _word_rows(stored: Iterable[Stored]) -> Iterable[tuple[int, str]]:
    for item in stored:
        yield item.id, " ".join(index_tokens(item.document))


def _digit_rows(stored: Iterable[Stored]) -> Iterable[tuple[int, str]]:
    for item in stored:
        if item.document.digits:
            yield item.id, " ".join(digit_tokens(item.document))


def _set_memory(db: Database, table: str, size: int) -> None:
    db.run(f"INSERT INTO {table} ({table}, rank) VALUES ('hashsize', ?)", (size,))


def _quote(token: str) -> str:
    """A token as a string of the FTS5 query language."""
    return '"' + token.replace('"', '""') + '"'


def _any_expression(expressions: Iterable[str]) -> str:
    return "(" + " OR ".join(expressions) + ")"


def _expression(need: Need, level: Level) -> str:
    """The FTS5 query that finds the documents which may meet `need`."""
    sigil = "~" if level in ("name", "name_whole") or need.marks == "n" else ""
    whole = need.whole or level in ("whole", "name_whole")
    found = []
    for spelling in need.spellings:
        parts = [_quote(sigil + token) for token in spelling]
        if not whole:
            parts[-1] += "*"
        found.append(" AND ".join(parts))
    return _any_expression(f"({expression})" for expression in found)


def _hint(item: Need | str) -> str:
    return _quote(item) if isinstance(item, str) else _expression(item, "any")


def _neighbours(need: Need, level: Level) -> Condition:
    """What the FTS5 table cannot answer: the field, and which tokens stand side by side."""
    if not need.side_by_side and need.marks in ("", "n"):
        return Condition()
    return any_of([Condition("instr(d.words, ?) > 0", [text]) for text in need.patterns(level)])


def _number_condition(need: Need, level: Level) -> Condition:
    """The condition that a document meets `need` as words or, where it has pieces, as digits."""
    found = []
    if need.spellings:
        words = Condition(
            "d.id IN (SELECT rowid FROM search_words WHERE search_words MATCH ?)",
            [_expression(need, level)],
        )
        found.append(words & _neighbours(need, level))
    if need.pieces:
        digits = _digits_condition(need, level)
        if digits.sql != "FALSE":
            subquery = "d.id IN (SELECT rowid FROM search_digits WHERE search_digits MATCH ?)"
            digits.sql = digits.sql.replace("search_digits MATCH ?", subquery, 1)
            found.append(digits)
    return any_of(found)


def _digits_condition(need: Need, level: Level) -> Condition:
    """The condition on `search_digits` that a number has one of the pieces of `need`."""
    pieces = [piece for piece in need.pieces if level == "any" or len(piece) < WINDOW]
    if not pieces or level not in ("whole", "any"):
        return Condition("FALSE")
    expression = _any_expression(_piece_expression(piece, level) for piece in pieces)
    found = Condition("search_digits MATCH ?", [expression])
    if any(len(piece) > WINDOW for piece in pieces):
        found &= any_of([Condition("instr(d.digits, ?) > 0", [piece]) for piece in pieces])
    return found


def _piece_expression(piece: str, level: Level) -> str:
    """The FTS5 query for a run of digits.

    A token shorter than `WINDOW` is there only at the end of a number.
    """
    if len(piece) <= WINDOW:
        return _quote(piece) + ("" if level == "whole" else "*")
    parts = (piece[i : i + WINDOW] for i in range(len(piece) - WINDOW + 1))
    return "(" + " AND ".join(_quote(part) for part in parts) + ")"
