"""Where merged customers went: their old ids and numbers lead to the customer they became part of.

A merged customer lies in the recycle bin with everything that was its own. It may have been merged
into one that was itself merged later: the links are followed to their end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_crm.core import visibility

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.store import Database

CUSTOMER = "customer"
MERGED_INTO = "merged_into"
"""In the history: to whom an interaction or task belongs, and where a merged customer went."""

FAMILY = (
    "(WITH RECURSIVE family (id) AS (SELECT CAST(? AS bigint) UNION SELECT a.old_id"
    " FROM customer_alias a JOIN family f ON a.customer_id = f.id) SELECT id FROM family)"
)
"""SQL text: a customer and all who were merged into it, as ids; the one parameter is its id."""


def survivor(db: Database, customer_id: int) -> int:
    """The customer that this one became part of, or itself."""
    row = db.one(
        "WITH RECURSIVE way (id, step) AS (SELECT CAST(? AS bigint), 0 UNION ALL"
        " SELECT a.customer_id, w.step + 1 FROM customer_alias a JOIN way w ON a.old_id = w.id)"
        " SELECT id FROM way ORDER BY step DESC LIMIT 1",
        (customer_id,),
    )
    return int(row[0]) if row else customer_id


def survivors(session: Session, where: str, params: list[object]) -> list[int]:
    """The visible customers that those became part of for whom `where` (of a customer c) holds."""
    db = session.db
    old = db.rows(
        "SELECT c.id FROM customer c JOIN customer_alias a ON a.old_id = c.id"
        f" WHERE {where} ORDER BY c.id",
        params,
    )
    allowed, more = visibility.condition(session.viewer)
    found = dict.fromkeys(survivor(db, row[0]) for row in old)
    return [
        id_
        for id_ in found
        if db.one(f"SELECT 1 FROM customer c WHERE c.id = ? AND {allowed}", (id_, *more))
    ]
