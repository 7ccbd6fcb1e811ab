"""The full text tables of SQLite are merged once, into one piece on the level of its size.

In an index that was made in one go the large piece lay on the first level, where it was merged
with every few small ones: after some ten thousand edits there were many pieces, and a search took
twice as long. Takes 10 seconds for a million customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Merge the tables of words and of digits."""
    if db.engine != "sqlite":
        return
    from tui_crm.store import segments

    for table in ("search_words", "search_digits"):
        db.run(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
        segments.settle(db, table)
