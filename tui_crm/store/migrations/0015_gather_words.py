"""Let PostgreSQL gather words of the search index again before it puts them into the tree.

An edit of many customers needs it, and to switch it on for that edit alone would lock out whoever
searches meanwhile. What has gathered is read by every query: sessions keep it to a few pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Change the setting of both indexes."""
    if db.engine == "sqlite":
        return
    db.run("ALTER INDEX search_text_px SET (fastupdate = on)")
    db.run("ALTER INDEX search_added_px SET (fastupdate = on)")
