"""On PostgreSQL the hashes of a document that is written while somebody waits stand in a small
table of their own (`tui_crm/search/recent.py`).

To put them into the index of a million documents took ten times as long as all the rest of an edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Create the table; nothing waits, and nothing moves."""
    if db.engine == "sqlite":
        return
    db.run("CREATE TABLE search_recent (id bigint PRIMARY KEY, px integer[] NOT NULL)")
    db.run("CREATE INDEX search_recent_px ON search_recent USING gin (px) WITH (fastupdate = off)")
    db.run("ALTER TABLE search_recent ALTER COLUMN px SET STATISTICS 0")
