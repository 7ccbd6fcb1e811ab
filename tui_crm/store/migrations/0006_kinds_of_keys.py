"""The keys by which duplicates are found tell their kind: those of before are taken away.

The program makes them anew, a small database's at the next opening (`exchange/duplicates/keys.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Empty the table; the keys are ready where there is nobody to make them for."""
    db.run("DELETE FROM duplicate_key")
    db.run(
        "UPDATE duplicate_keys_state SET ready ="
        " CASE WHEN EXISTS (SELECT 1 FROM customer) THEN 0 ELSE 1 END"
    )
