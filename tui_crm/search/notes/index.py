"""The index of the words of interactions, on either engine.

The key of an entry is the day of the interaction and, below it, the interaction's id: the order of
the keys is the order of time, whenever the interaction was entered, and "newest first" stops after
a page. Which words an entry has is all that is kept; taking one out needs the words that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol
from zlib import crc32

from tui_crm.search.notes.words import Term, note_tokens

if TYPE_CHECKING:
    from tui_crm.store import Database

NEWEST = (1 << 63) - 1
"""A key above all others."""

_ID_BITS = 32
_ID_MASK = (1 << _ID_BITS) - 1
_PREFIX = 3  # letters: the longest beginnings that FTS5 has an index of
_RARE = 2000  # entries of which all are known at once
_WALKED = (2000, 40_000)  # newest entries that are looked at one by one, at first and then
FIRST = 300  # entries that are asked for at first
NEW = "search_notes_new"  # the table that a rebuild fills


class Note(NamedTuple):
    """What is indexed of an interaction."""

    id: int
    started_at: str
    subject: str
    note: str

    @property
    def key(self) -> int:
        """Where it stands in the index."""
        return key_at(self.started_at[:10], self.id)


def key_at(day: str, interaction_id: int) -> int:
    """The key of an interaction of a day."""
    return _first_key(day) | interaction_id


@lru_cache(1 << 14)
def _first_key(day: str) -> int:
    return date.fromisoformat(day).toordinal() << _ID_BITS


def interaction_of(key: int) -> int:
    """The interaction of an entry."""
    return key & _ID_MASK


class NoteIndex(Protocol):
    """The index on one engine.

    `growth` is how many times as many entries `newest` looks at when it is asked again.
    """

    growth: int

    def insert(self, db: Database, notes: Iterable[Note]) -> None:
        """Add notes that are not in the index, best in the order of their keys."""

    def remove(self, db: Database, notes: Sequence[Note]) -> None:
        """Take notes out; they must be as they were put in."""

    def build(self, db: Database, notes: Iterable[Note]) -> None:
        """Add notes to the table that a rebuild fills, in the order of their keys."""

    def follow(self, db: Database, old: Sequence[Note], new: Sequence[Note]) -> None:
        """Let a rebuild, if one runs, know what `remove` and `insert`, called before, changed."""

    def unbuilt(self) -> str:
        """The condition that an interaction ``i`` is still to be put into the new table."""

    def finish(self, db: Database) -> None:
        """Complete the new table, when everything is in it."""

    def catch_up(self, db: Database, now: Callable[[Sequence[int]], Iterable[Note]]) -> None:
        """Bring the index, in the place of which the new table was put, up to date with what
        `follow` was told; `now` gives the notes of interactions, of those that are there.
        """

    def newest(
        self, db: Database, terms: Sequence[Term], below: int, limit: int
    ) -> tuple[list[int], bool]:
        """The keys of newest entries below a key, newest first, among them each of those that have
        all `terms` down to the last key, and whether no other entry has them; quick, where there
        are many.
        """

    def keys(
        self,
        db: Database,
        terms: Sequence[Term],
        frequent: Collection[Term],
        below: int,
        limit: int,
    ) -> list[int]:
        """The keys of the newest entries below a key that may have all `terms`, newest first.

        Of `frequent` ones it is known that they are, among the words that begin nearly alike.
        """

    def among(
        self,
        db: Database,
        terms: Sequence[Term],
        frequent: Collection[Term],
        keys: Sequence[int],
    ) -> Sequence[int]:
        """Those of some thousand keys, newest first, whose entries may have all `terms`, of which
        some are `frequent`.
        """

    def contents(self, db: Database) -> tuple[int, int]:
        """How many pairs of word and entry there are, and the sum of `checksum` over them."""


def checksum(token: str) -> int:
    """A number that stands for a token when contents are compared."""
    return crc32(token.encode())


def note_index(db: Database) -> NoteIndex:
    """The index of a database."""
    return SqliteNotes() if db.engine == "sqlite" else PostgresNotes()


class SqliteNotes:
    """Contentless FTS5; see `NoteIndex`."""

    growth = 5

    def insert(self, db: Database, notes: Iterable[Note]) -> None:
        db.run_many("INSERT INTO search_notes (rowid, t) VALUES (?, ?)", _rows(notes))

    def remove(self, db: Database, notes: Sequence[Note]) -> None:
        sql = "INSERT INTO search_notes (search_notes, rowid, t) VALUES ('delete', ?, ?)"
        db.run_many(sql, _rows(notes))

    def build(self, db: Database, notes: Iterable[Note]) -> None:
        db.run_many(f"INSERT INTO {NEW} (rowid, t) VALUES (?, ?)", _rows(notes))

    def follow(self, db: Database, old: Sequence[Note], new: Sequence[Note]) -> None:
        # To take a note out needs its words as they were put in, so the new table has to be right
        # at any time: it holds what was built, and whatever came here once.
        row = db.one("SELECT built_to FROM search_notes_state WHERE built_to >= 0")
        if row is None:
            return
        held = [note for note in old if note.key <= row[0] or _is_pending(db, note.id)]
        sql = f"INSERT INTO {NEW} ({NEW}, rowid, t) VALUES ('delete', ?, ?)"
        db.run_many(sql, _rows(held))
        self.build(db, new)
        _remember(db, [*old, *new])

    def unbuilt(self) -> str:
        return "NOT EXISTS (SELECT 1 FROM search_notes_pending p WHERE p.interaction_id = i.id)"

    def finish(self, db: Database) -> None:
        """Nothing: FTS5 merges what it wrote as it goes."""

    def catch_up(self, db: Database, now: Callable[[Sequence[int]], Iterable[Note]]) -> None:
        """Nothing: `follow` wrote it."""

    def newest(
        self, db: Database, terms: Sequence[Term], below: int, limit: int
    ) -> tuple[list[int], bool]:
        # Longer beginnings than those of the prefix index are gathered before the first comes back.
        match = " AND ".join(_expression(term, _PREFIX) for term in terms)
        keys = self._below(db, match, below, limit)
        return keys, len(keys) < limit

    def keys(
        self,
        db: Database,
        terms: Sequence[Term],
        frequent: Collection[Term],
        below: int,
        limit: int,
    ) -> list[int]:
        # All beginnings of a frequent word would be gathered, millions of entries: it is enough
        # to gather those of rare ones, and the texts tell the rest.
        match = " AND ".join(
            _expression(term, _PREFIX if term in frequent else 0) for term in terms
        )
        return self._below(db, match, below, limit)

    def among(
        self,
        db: Database,
        terms: Sequence[Term],
        frequent: Collection[Term],
        keys: Sequence[int],
    ) -> Sequence[int]:
        # To ask about each key takes longer than to read it. Of rare words all entries are known
        # at once; frequent ones are soon found in the texts.
        if len(frequent) == len(terms):
            return keys
        found = self.keys(db, terms, frequent, keys[0] + 1, _RARE)
        if len(found) < _RARE or found[-1] <= keys[-1]:
            return sorted(set(found).intersection(keys), reverse=True)
        return keys

    def _below(self, db: Database, match: str, below: int, limit: int) -> list[int]:
        sql = (
            "SELECT rowid FROM search_notes WHERE search_notes MATCH ? AND rowid < ?"
            " ORDER BY rowid DESC LIMIT ?"
        )
        return [row[0] for row in db.rows(sql, (match, below, limit))]

    def contents(self, db: Database) -> tuple[int, int]:
        count = total = 0
        db.run("CREATE VIRTUAL TABLE temp.search_notes_v USING fts5vocab(main, search_notes, row)")
        try:
            for chunk in db.stream("SELECT term, doc FROM temp.search_notes_v"):
                for term, entries in chunk:
                    count += entries
                    total += checksum(term) * entries
        finally:
            db.run("DROP TABLE temp.search_notes_v")
        return count, total


class PostgresNotes:
    """Lists of words under GIN; see `NoteIndex`.

    GIN reads all entries of a word before the first one comes back: where a word is frequent, the
    newest entries are walked instead.
    """

    growth = _WALKED[1] // _WALKED[0]

    def insert(self, db: Database, notes: Iterable[Note]) -> None:
        self._put(db, "search_notes", notes)

    def remove(self, db: Database, notes: Sequence[Note]) -> None:
        db.run("DELETE FROM search_notes WHERE id = ANY(?)", ([note.key for note in notes],))

    def build(self, db: Database, notes: Iterable[Note]) -> None:
        self._put(db, NEW, notes)

    def _put(self, db: Database, table: str, notes: Iterable[Note]) -> None:
        rows = ((key, _lexemes(text)) for key, text in _rows(notes))
        db.bulk_insert(table, ("id", "words"), rows)

    def follow(self, db: Database, old: Sequence[Note], new: Sequence[Note]) -> None:
        if db.one("SELECT 1 FROM search_notes_state WHERE built_to >= 0"):
            _remember(db, [*old, *new])

    def unbuilt(self) -> str:
        return "TRUE"

    def finish(self, db: Database) -> None:
        from tui_crm.store import beside

        beside.finish(db, ("search_notes",))

    def catch_up(self, db: Database, now: Callable[[Sequence[int]], Iterable[Note]]) -> None:
        pending = db.rows("SELECT DISTINCT interaction_id, key FROM search_notes_pending")
        db.run("DELETE FROM search_notes WHERE id = ANY(?)", ([key for _id, key in pending],))
        notes = list(now(sorted({id_ for id_, _key in pending})))
        db.run("DELETE FROM search_notes WHERE id = ANY(?)", ([note.key for note in notes],))
        self.insert(db, notes)

    def newest(
        self, db: Database, terms: Sequence[Term], below: int, limit: int
    ) -> tuple[list[int], bool]:
        query = " & ".join(_ts_expression(term) for term in terms)
        sql = (
            "SELECT n.id FROM (SELECT id, words FROM search_notes WHERE id < ?"
            f" ORDER BY id DESC LIMIT {_WALKED[limit > FIRST]}) n WHERE n.words @@ ?::tsquery"
            " ORDER BY n.id DESC LIMIT ?"
        )
        return [row[0] for row in db.rows(sql, (below, query, limit))], False

    def keys(
        self,
        db: Database,
        terms: Sequence[Term],
        frequent: Collection[Term],
        below: int,
        limit: int,
    ) -> list[int]:
        query = " & ".join(_ts_expression(term) for term in terms)
        # Materialised, because the planner would rather walk down the keys for the LIMIT.
        sql = (
            "WITH n AS MATERIALIZED (SELECT id FROM search_notes WHERE words @@ ?::tsquery"
            " AND id < ?) SELECT id FROM n ORDER BY id DESC LIMIT ?"
        )
        return [row[0] for row in db.rows(sql, (query, below, limit))]

    def among(
        self,
        db: Database,
        terms: Sequence[Term],
        frequent: Collection[Term],
        keys: Sequence[int],
    ) -> Sequence[int]:
        query = " & ".join(_ts_expression(term) for term in terms)
        # OFFSET 0 keeps the planner from the index of words.
        sql = (
            "SELECT id FROM (SELECT id, words FROM search_notes WHERE id = ANY(?) OFFSET 0) n"
            " WHERE words @@ ?::tsquery ORDER BY id DESC"
        )
        return [row[0] for row in db.rows(sql, (list(keys), query))]

    def contents(self, db: Database) -> tuple[int, int]:
        count = total = 0
        sql = "SELECT word, ndoc FROM ts_stat('SELECT words FROM search_notes')"
        for chunk in db.stream(sql):
            for word, entries in chunk:
                count += entries
                total += checksum(word) * entries
        return count, total


def _rows(notes: Iterable[Note]) -> Iterable[tuple[int, str]]:
    for note in notes:
        if found := note_tokens(note.subject, note.note):
            yield note.key, " ".join(found)


def _is_pending(db: Database, interaction_id: int) -> bool:
    sql = "SELECT 1 FROM search_notes_pending WHERE interaction_id = ?"
    return db.one(sql, (interaction_id,)) is not None


def _remember(db: Database, notes: Iterable[Note]) -> None:
    rows = ((note.id, note.key) for note in notes)
    db.bulk_insert("search_notes_pending", ("interaction_id", "key"), rows)


def _expression(term: Term, longest: int = 0) -> str:
    """The FTS5 query of a term, with beginnings of words of at most `longest` letters if given;
    words hold no quotation marks.
    """
    ways = []
    for *before, last in term.ways:
        shown = [f'"{token}"' for token in before]
        shown.append(f'"{last}"' if term.whole else f'"{last[: longest or None]}"*')
        ways.append(" AND ".join(shown))
    return "(" + " OR ".join(f"({way})" for way in ways) + ")"


def _ts_expression(term: Term) -> str:
    ways = []
    for way in term.ways:
        text = " & ".join(f"'{token}'" for token in way)
        ways.append(text if term.whole else text + ":*")
    return "(" + " | ".join(f"({way})" for way in ways) + ")"


def _lexemes(text: str) -> str:
    return " ".join(f"'{token}'" for token in text.split())
