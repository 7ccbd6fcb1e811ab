"""Which change sets are in effect, and which were undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store import Database


def undoers(db: Database, since: int = 0) -> dict[int, int]:
    """Change sets from `since` on that are undone, each with the set that undid it.

    An undo that was itself undone undoes nothing: chains are followed from their end.
    """
    pairs = db.rows(
        "SELECT id, undoes_id FROM change_set WHERE undoes_id IS NOT NULL AND undoes_id >= ?"
        " ORDER BY id DESC",
        (since,),
    )
    undone: dict[int, int] = {}
    for id_, target in pairs:  # newest first: what may undo `id_` was looked at before it
        if id_ not in undone:
            undone.setdefault(target, id_)
    return undone
