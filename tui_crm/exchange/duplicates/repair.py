"""The keys of duplicates put right while others read and write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_crm.exchange.duplicates import keys

if TYPE_CHECKING:
    from tui_crm.store import Database

_AT_ONCE = 1000  # customers in one transaction


def repair(db: Database, progress: Callable[[int, int], None] | None = None) -> None:
    """Make all keys equal to the data, some customers at a time; `progress` gets done and total.

    Killed on the way, it leaves those right that it has seen; the next time sees all of them.
    """
    total = (db.one("SELECT count(*) FROM customer") or (0,))[0]
    below = done = 0
    sql = "SELECT id FROM customer WHERE id > ? ORDER BY id LIMIT ?"
    while ids := [row[0] for row in db.rows(sql, (below, _AT_ONCE))]:
        with db.transaction():
            keys.update(db, ids)
        below, done = ids[-1], done + len(ids)
        if progress is not None:
            progress(done, max(done, total))
    with db.transaction():
        db.run(
            "DELETE FROM duplicate_key WHERE NOT EXISTS"
            " (SELECT 1 FROM customer c WHERE c.id = duplicate_key.customer_id)"
        )
        db.run("UPDATE duplicate_keys_state SET ready = 1")
