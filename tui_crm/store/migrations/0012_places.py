"""Where a value came from: the files of a change set, and the row of each change in them.

`source` is a JSON list of file names. `place` is the line of a row in its file, with the number of
the file, from 0, in the bits above the fortieth; 0 is what no file has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Add the columns; what is there came from no file that is known."""
    db.run("ALTER TABLE change_set ADD COLUMN source text NOT NULL DEFAULT ''")
    db.run("ALTER TABLE change ADD COLUMN place bigint NOT NULL DEFAULT 0")
