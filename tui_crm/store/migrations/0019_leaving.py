"""Where what is derived from many customers stands who went into the recycle bin at once, until it
is taken away: documents of the search index, on SQLite, and customers whose keys of duplicates are
there. To take them away takes many times as long as to put the customers into the bin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Create the tables; nothing waits yet."""
    if db.engine == "sqlite":
        db.run(
            "CREATE TABLE search_gone (id integer PRIMARY KEY NOT NULL,"
            " customer_id bigint NOT NULL, owner_id bigint, team_id bigint)"
        )
    db.run("CREATE TABLE duplicate_gone (customer_id bigint PRIMARY KEY)")
