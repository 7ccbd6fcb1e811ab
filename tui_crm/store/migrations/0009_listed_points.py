"""The numbers and addresses of a page of customers are read from an index alone.

On SQLite half of the time that a page takes went into reading them from all over the table.
PostgreSQL refuses long values in an index, and finds them in one journey anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database


def up(db: Database) -> None:
    """Put the value into the index of the contact points by customer."""
    if db.engine == "sqlite":
        db.run("DROP INDEX contact_point_customer")
        db.run(
            "CREATE INDEX contact_point_customer"
            " ON contact_point (customer_id, kind, position, value)"
        )
