"""The index of the words of interactions.

An entry's key is the day of the interaction and, below it, the interaction's id (see
`tui_crm/search/note_index.py`), so that "newest first" is the order of the key. On SQLite a full
text table keeps nothing but which words are in which entry; on PostgreSQL a list of words stands
under a GIN index that is kept up to date at once. `search_notes_state` says whether the entries are
all there: those of the interactions of an older database are made by the program, which knows how
words are folded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Create the index, ready where there is nothing to put into it."""
    if db.engine == "sqlite":
        db.run(
            "CREATE VIRTUAL TABLE search_notes USING fts5("
            " t, content='', columnsize=0, detail=none, prefix='1 2 3', tokenize='ascii')"
        )
    else:
        db.run("CREATE TABLE search_notes (id bigint PRIMARY KEY, words tsvector NOT NULL)")
        db.run(
            "CREATE INDEX search_notes_words ON search_notes USING gin (words)"
            " WITH (fastupdate = off)"
        )
    db.run("CREATE TABLE search_notes_state (ready integer NOT NULL)")
    db.run(
        "INSERT INTO search_notes_state (ready)"
        " SELECT CASE WHEN EXISTS (SELECT 1 FROM interaction) THEN 0 ELSE 1 END"
    )
