"""On PostgreSQL an edit of many customers leaves also what it takes away in the search index.

What is gone is noted beside the documents (`tui_crm/search/postgres/added.py`), and found in few
steps, to be cleared away while nobody waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Add the column; nothing that is there has lost anything."""
    if db.engine == "sqlite":
        return
    db.run("ALTER TABLE search_added ADD COLUMN gone integer[] NOT NULL DEFAULT '{}'")
    db.run("ALTER TABLE search_added ALTER COLUMN gone SET STATISTICS 0")
    db.run("CREATE INDEX search_added_gone ON search_added (id) WHERE gone <> '{}'")
