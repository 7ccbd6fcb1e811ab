"""The search index.

`search_doc` is narrow and in the order of recency: the id of a document is drawn afresh when its
customer is contacted, so that "newest first" is the order of its key, and a list of everybody
reads nothing else. `search_text` has the words and digits of a document, described in
`tui_crm/search/tokens.py`; only the rows of an answer are read from it. `search_word` has every
word that a mistyped one may be corrected to. Words are added to it and never taken out: a
correction is offered only where it finds somebody.

On SQLite two full text tables hang on the documents. They keep no text, no columns and no positions
of their own; their prefix indexes answer the beginnings of words. On PostgreSQL `px` holds 32-bit
hashes of the words, their beginnings and the pieces of the numbers, under a GIN index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database

_DOCUMENTS = """
    CREATE TABLE search_doc (
        {id},
        customer_id bigint NOT NULL UNIQUE,
        owner_id bigint,
        team_id bigint
    )"""
_TEXTS = """
    CREATE TABLE search_text (
        id {integer} PRIMARY KEY NOT NULL,
        stamp text NOT NULL,
        words text NOT NULL,
        digits text NOT NULL{more}
    )"""
_WORDS = "CREATE TABLE search_word ({id}, word text NOT NULL UNIQUE)"
_FTS = """
    CREATE VIRTUAL TABLE {name} USING fts5(
        t, content='', columnsize=0, detail=none, prefix='{prefix}',
        tokenize="ascii tokenchars '~_@.+-'"
    )"""


def up(db: Database) -> None:
    """Create the tables of the index and the engine's index on them."""
    db.run(_DOCUMENTS.format(id=db.id_column))
    db.run(_WORDS.format(id=db.id_column))
    if db.engine == "sqlite":
        db.run(_TEXTS.format(integer="integer", more=""))
        db.run(_FTS.format(name="search_words", prefix="1 2 3 4 5 6"))
        db.run(_FTS.format(name="search_digits", prefix="3 4"))
        return
    db.run(_TEXTS.format(integer="bigint", more=", px integer[] NOT NULL"))
    db.run("CREATE INDEX search_text_px ON search_text USING gin (px)")
    # Statistics of the hashes say nothing and cost a second at every ANALYZE.
    db.run("ALTER TABLE search_text ALTER COLUMN px SET STATISTICS 0")
