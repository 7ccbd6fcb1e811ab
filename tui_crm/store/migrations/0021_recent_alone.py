"""On PostgreSQL the list of everybody is read from the index of its order alone.

It is made of an expression, and to know that an index holds all that is asked the server looks for
the columns of the expression: without them it read every customer, ten times as long. Takes some
seconds for a million customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database

_RECENT = "(CASE WHEN last_contact > created_at THEN last_contact ELSE created_at END)"


def up(db: Database) -> None:
    """Make the index anew with the columns."""
    if db.engine == "sqlite":
        return
    db.run("DROP INDEX customer_recent")
    db.run(
        f"CREATE INDEX customer_recent ON customer ({_RECENT} DESC, id DESC)"
        " INCLUDE (last_contact, created_at) WHERE deleted_at = ''"
    )
