"""On PostgreSQL what an edit of many customers brings to their documents is gathered before it is
put into the index.

The index of the documents themselves goes without: what has gathered is read by every query, which
made each a millisecond or two slower, and `search_added` is seldom asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Change the setting; to do it for one edit alone would lock out whoever searches."""
    if db.engine == "sqlite":
        return
    db.run("ALTER INDEX search_added_px SET (fastupdate = on)")
