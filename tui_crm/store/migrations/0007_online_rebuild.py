"""What a rebuild of the search index leaves for others to know while it runs.

`search_rebuild` has a row while tables are filled beside those in use ('building'), and until those
that were in use are dropped ('swapped'). `search_pending` names the customers whose documents were
changed meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Create the tables."""
    db.run("CREATE TABLE search_rebuild (state text NOT NULL)")
    db.run("CREATE TABLE search_pending (customer_id bigint NOT NULL)")
