"""The search index.

`search_doc` is narrow and in the order of recency: the id of a document is drawn afresh when its
customer is contacted, so that "newest first" is the order of its key and a query with 400 000
matches stops after the first page. What stands in `words` and `digits` is described in
`tui_crm/search/tokens.py`.

On SQLite two full text tables hang on it. They keep no text, no columns and no positions of their
own; their prefix indexes answer the beginnings of words. On PostgreSQL `px` holds 32-bit hashes of
the words, their beginnings and the pieces of the numbers, under a GIN index that is kept up to
date at once: its pending list would be read by every query.
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
        team_id bigint,
        stamp text NOT NULL,
        words text NOT NULL,
        digits text NOT NULL{more}
    )"""
_FTS = """
    CREATE VIRTUAL TABLE {name} USING fts5(
        t, content='', columnsize=0, detail=none, prefix='{prefix}',
        tokenize="ascii tokenchars '~_@.+-'"
    )"""


def up(db: Database) -> None:
    """Create the document table and the engine's index on it."""
    if db.engine == "sqlite":
        db.run(_DOCUMENTS.format(id=db.id_column, more=""))
        db.run(_FTS.format(name="search_words", prefix="1 2 3 4 5 6"))
        db.run(_FTS.format(name="search_digits", prefix="3 4"))
        return
    db.run(_DOCUMENTS.format(id=db.id_column, more=", px integer[] NOT NULL"))
    db.run("CREATE INDEX search_doc_px ON search_doc USING gin (px) WITH (fastupdate = off)")
    # Statistics of the hashes say nothing and cost a second at every ANALYZE.
    db.run("ALTER TABLE search_doc ALTER COLUMN px SET STATISTICS 0")
