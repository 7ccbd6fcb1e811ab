"""What a rebuild of the index of notes leaves for others to know while it runs.

`built_to` is the key up to which the new table is filled, -1 while tables that are not needed any
more are dropped, NULL where no rebuild runs.
`search_notes_pending` names the interactions that were changed meanwhile, with the keys that they
had and got.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Create them."""
    db.run("ALTER TABLE search_notes_state ADD COLUMN built_to bigint")
    db.run(
        "CREATE TABLE search_notes_pending (interaction_id bigint NOT NULL, key bigint NOT NULL)"
    )
    db.run("CREATE INDEX search_notes_pending_interaction ON search_notes_pending (interaction_id)")
