"""On PostgreSQL the words of a changed customer go into the search index at once.

A list of what is not in the index yet is read by every query, and whoever fills it up waits until
all of it is put in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Change the setting and put in what waits."""
    if db.engine == "sqlite":
        return
    db.run("ALTER INDEX search_text_px SET (fastupdate = off)")
    db.run("SELECT gin_clean_pending_list('search_text_px')")
