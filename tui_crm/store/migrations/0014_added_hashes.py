"""On PostgreSQL an edit of many customers leaves their documents of the search index in place.

What the documents get is kept beside them (`tui_crm/search/added.py`), and a little more than half
of each page is left free: there is room for all documents of it once more, with a tag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Create the tables, and lay out the documents anew."""
    if db.engine == "sqlite":
        return
    db.run("CREATE TABLE search_added (id bigint PRIMARY KEY, px integer[] NOT NULL)")
    db.run("CREATE INDEX search_added_px ON search_added USING gin (px) WITH (fastupdate = off)")
    db.run("ALTER TABLE search_added ALTER COLUMN px SET STATISTICS 0")
    db.run("CREATE TABLE search_added_count (hash integer NOT NULL, documents bigint NOT NULL)")
    db.run("CREATE INDEX search_added_count_hash ON search_added_count (hash)")
    db.run("ALTER TABLE search_text SET (fillfactor = 45)")
    db.run("SELECT set_config('maintenance_work_mem', '256MB', true)")
    db.run("CLUSTER search_text USING search_text_pkey")
    db.run("ALTER TABLE search_text SET WITHOUT CLUSTER")
