"""The newest customers for a condition that no index of documents answers.

What many meet is found among the newest documents, one by one. Where those have too few, the table
of customers is gone through as it lies, or by its own indexes: that takes a fifth of the time of
going on in the order of the documents, each of which leads to another place of the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_crm.search.engine import Condition

if TYPE_CHECKING:
    from tui_crm.search.plan import Plan
    from tui_crm.store import Database

_WALKED = (2000, 20_000, 80_000)  # newest documents that are looked at before the table is read
_WORTH = 200_000  # documents that are walked in the time in which the table of a million is read
_MANY = 50_000
_ABOVE_ALL = (1 << 63) - 1


def newest(db: Database, plan: Plan, limit: int, check: Callable[[], None]) -> list[int] | None:
    """The ids of the newest `limit` customers that meet a plan; None where the index of documents
    has something to say, or where so many meet it that their documents are read in order.

    `check` is called between the queries and may leave with an exception.
    """
    if not plan.needs.everything or plan.asked.sql == "TRUE":
        return None
    found: list[int] = []
    below, walked = _ABOVE_ALL, 0
    for size in _WALKED:
        oldest = _oldest(db, below, size)
        found += _walk(db, plan, below, oldest, limit - len(found))
        if len(found) >= limit or not oldest:
            return found
        below, walked = oldest, walked + size
        check()
    if len(found) * _WORTH >= limit * walked or _leads_to_many(db, plan):
        return None
    check()
    return found + _read(db, plan, below, limit - len(found))


def _leads_to_many(db: Database, plan: Plan) -> bool:
    """Whether the indexes of customers that might lead have as many as are quickly walked."""
    return bool(plan.leads) and not any(
        db.one(
            f"SELECT 1 FROM customer c WHERE {lead.sql} AND c.deleted_at = ''"
            f" LIMIT 1 OFFSET {_MANY}",
            lead.params,
        )
        is None
        for lead in plan.leads
    )


def _oldest(db: Database, below: int, size: int) -> int:
    """The id of the oldest of so many documents below an id; 0 where there are no more."""
    sql = f"SELECT id FROM search_doc WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET {size}"
    row = db.one(sql, (below,))
    return int(row[0]) if row else 0


def _walk(db: Database, plan: Plan, below: int, oldest: int, limit: int) -> list[int]:
    """The newest documents that meet the plan, with ids from `oldest` to below `below`."""
    source, condition = plan.engine.source(db, plan.needs, [], plan.scope, customer=True)
    condition &= Condition("d.id < ? AND d.id >= ?", [below, oldest])
    sql = f"SELECT d.customer_id FROM {source} WHERE {condition.sql} ORDER BY d.id DESC LIMIT ?"
    return [row[0] for row in db.rows(sql, (*condition.params, limit))]


def _read(db: Database, plan: Plan, below: int, limit: int) -> list[int]:
    """The same, below an id, of all customers. The sum keeps the planner from the order of ids."""
    source = "customer c CROSS JOIN search_doc d"
    joined = Condition("d.customer_id = c.id AND d.id < ?", [below])
    if plan.grouped:
        source += " CROSS JOIN search_text t"
        joined &= Condition("t.id = d.id")
    condition = joined & plan.where
    sql = f"SELECT d.customer_id FROM {source} WHERE {condition.sql} ORDER BY d.id + 0 DESC LIMIT ?"
    return [row[0] for row in db.rows(sql, (*condition.params, limit))]
