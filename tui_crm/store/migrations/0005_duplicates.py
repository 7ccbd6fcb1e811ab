"""What duplicates are found by, what was decided about them, and where merged customers went.

`duplicate_key` holds a few hashes for each live customer (`tui_crm/exchange/duplicates/keys.py`):
those who share one are worth comparing. `duplicate_keys_state` says whether the keys are all there;
those of an older database are made by the program. `duplicate_decision` keeps, for two customers
(the lower id first), that they are different, or that somebody wants to look later.
`customer_alias` leads from a merged customer to the one that it became part of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database

_TABLES = (
    """
    CREATE TABLE duplicate_decision (
        low_id bigint NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
        high_id bigint NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
        decision text NOT NULL,
        user_id bigint REFERENCES crm_user (id) ON DELETE SET NULL,
        at text NOT NULL,
        PRIMARY KEY (low_id, high_id)
    )""",
    """
    CREATE TABLE customer_alias (
        old_id bigint PRIMARY KEY REFERENCES customer (id) ON DELETE CASCADE,
        customer_id bigint NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
        change_set_id bigint NOT NULL REFERENCES change_set (id)
    )""",
    "CREATE TABLE duplicate_keys_state (ready smallint NOT NULL)",
)


def up(db: Database) -> None:
    """Create the tables; the keys are ready where there is nobody to make them for."""
    without = " WITHOUT ROWID" if db.engine == "sqlite" else ""
    db.run(
        "CREATE TABLE duplicate_key (key bigint NOT NULL, customer_id bigint NOT NULL,"
        f" PRIMARY KEY (key, customer_id)){without}"
    )
    for table in _TABLES:
        db.run(table)
    db.run("CREATE INDEX duplicate_key_customer ON duplicate_key (customer_id, key)")
    db.run("CREATE INDEX duplicate_decision_high ON duplicate_decision (high_id)")
    db.run("CREATE INDEX customer_alias_customer ON customer_alias (customer_id)")
    empty = db.one("SELECT 1 FROM customer LIMIT 1") is None
    db.run("INSERT INTO duplicate_keys_state (ready) VALUES (?)", (int(empty),))
