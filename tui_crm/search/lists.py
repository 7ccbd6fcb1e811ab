"""The first page of a list that has an order: of filters alone, and of whatever is sorted.

Three ways lead to it. The index that has the order is walked, and each customer in it asked,
until the page is full: that is quick where many of them meet what is asked. Where an index of what
is asked leads to few customers, these are sorted. What neither answers is read and sorted as a
whole. Nobody knows beforehand which is quickest, so each is tried as far as it costs little.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from tui_crm.core.records import marks
from tui_crm.search.engine import Condition
from tui_crm.search.plan import matching

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.search.engine import Candidate
    from tui_crm.search.orders import Stretch
    from tui_crm.search.plan import Plan
    from tui_crm.store import Database

_WALKS = (3000, 20_000)  # customers that are asked before and after other ways are tried
_LISTED_WALKS = (30_000, 200_000)  # the same, where an index of SQLite holds all that is asked
_SERVER_WALKS = (6000, 20_000)  # the same on PostgreSQL
_LED = 3000  # customers that are read and sorted sooner than the order is walked


class Page(NamedTuple):
    """The first ids of a list, and whether it is `complete` with them; one that is `unfinished` has
    only the first of those that were asked for.
    """

    ids: list[int]
    complete: bool
    unfinished: bool = False


def page(
    session: Session, plan: Plan, limit: int, check: Callable[[], None], *, quick: bool = False
) -> Page:
    """The first `limit` ids of a plan that has an order.

    `check` is called between the questions and may leave with an exception. With `quick` what the
    first two ways have found is given where all would have to be read.
    """
    assert plan.order is not None
    db = session.db
    walks = bool(plan.order.stretches) and not (plan.by_documents and not plan.texts)
    # One who sees few customers has a token in the index that leads to them.
    few = _told_by_documents(db, plan) if plan.needs.keys else None
    if few is not None:
        return _cut(_sorted(db, plan, few, limit + 1), limit)
    short, long = _LISTED_WALKS if plan.listed else _WALKS
    if db.engine != "sqlite":
        short, long = _SERVER_WALKS
    if walks and not plan.texts:
        found, ended = _walk(db, plan, limit + 1, short)
        if ended:
            return _cut(found, limit)
        check()
    if not plan.needs.keys:
        few = _told_by_documents(db, plan)
    few = few or _led(db, plan)
    if few is not None:
        return _cut(_sorted(db, plan, few, limit + 1), limit)
    check()
    known: list[int] = []
    if walks and (not plan.texts or plan.engine.are_many(db, plan.needs)):
        known, ended = _walk(db, plan, limit + 1, long)
        if ended:
            return _cut(known, limit)
        check()
    if quick and walks and not plan.texts:
        return Page(known, complete=False, unfinished=True)
    return _cut(_whole(db, plan, limit + 1), limit)


def _cut(ids: list[int], limit: int) -> Page:
    return Page(ids[:limit], len(ids) <= limit)


def _walk(db: Database, plan: Plan, limit: int, most: int) -> tuple[list[int], bool]:
    """The first ids in the order, of as many as were found among `most` customers of a stretch, and
    whether these are the whole page.
    """
    assert plan.order is not None
    if plan.asked.sql == "TRUE" and plan.seen.sql == "TRUE" and not plan.texts:
        way = _all_along  # whoever is walked over is found
    else:
        way = _to_a_bound if db.engine == "sqlite" else _through_a_part
    found: list[int] = []
    for stretch in plan.order.stretches:
        ids, ended = way(db, plan, stretch, limit - len(found), most)
        found += ids
        if len(found) >= limit:
            return found, True
        if not ended:
            return found, False
    return found, not plan.order.more


def _all_along(
    db: Database, plan: Plan, stretch: Stretch, limit: int, most: int
) -> tuple[list[int], bool]:
    """The first ids of a stretch, and whether it was walked to its end: as all ways of walking."""
    return _along(db, plan, stretch, limit, Condition()), True


def _to_a_bound(
    db: Database, plan: Plan, stretch: Stretch, limit: int, most: int
) -> tuple[list[int], bool]:
    """The same, of the first `most` customers and of those beside the last of them."""
    source, live = _in_order(plan, stretch)
    way, compared = ("DESC", ">=") if stretch.descending else ("ASC", "<=")
    last = db.one(
        f"SELECT {stretch.key} FROM {source} WHERE {live.sql}"
        f" ORDER BY {stretch.key} {way} LIMIT 1 OFFSET {most}",
        live.params,
    )
    bound = Condition(f"{stretch.key} {compared} ?", [*last]) if last else Condition()
    return _along(db, plan, stretch, limit, bound), last is None


def _through_a_part(
    db: Database, plan: Plan, stretch: Stretch, limit: int, most: int
) -> tuple[list[int], bool]:
    """The same, where the planner could not be told to walk: it must for the first `most`, which
    are read no further than rows are asked for.
    """
    source, live = _in_order(plan, stretch)
    where = plan.alone & stretch.these
    first = f"SELECT c.* FROM {source} WHERE {live.sql} ORDER BY {stretch.by.sql} LIMIT {most}"
    sql = f"SELECT c.id FROM ({first}) c WHERE {where.sql} LIMIT ?"
    params = (*live.params, *stretch.by.params, *where.params, limit)
    ids = [row[0] for row in db.rows(sql, params)]
    if len(ids) == limit:
        return ids, True
    more = f"SELECT 1 FROM {source} WHERE {live.sql} LIMIT 1 OFFSET {most}"
    return ids, db.one(more, live.params) is None


def _along(db: Database, plan: Plan, stretch: Stretch, limit: int, bound: Condition) -> list[int]:
    source, _live = _in_order(plan, stretch)
    where = plan.alone & stretch.part & stretch.these & bound
    sql = f"SELECT c.id FROM {source} WHERE {where.sql} ORDER BY {stretch.by.sql} LIMIT ?"
    params = (*where.params, *stretch.by.params, limit)
    return [row[0] for row in db.rows(sql, params)]


def _in_order(plan: Plan, stretch: Stretch) -> tuple[str, Condition]:
    """The FROM clause of a stretch, and the condition by which its index has it."""
    source = f"customer c{plan.engine.by_index(stretch.index)}"
    return source, Condition("c.deleted_at = ''") & stretch.part


def _told_by_documents(db: Database, plan: Plan) -> Condition | None:
    """The condition on the customers that meet the plan, if the index of documents leads to few."""
    if plan.needs.everything:
        return None
    scope = plan.scope._replace(leads=())
    found: list[Candidate] | None = plan.engine.few(db, plan.needs, scope)
    return None if found is None else _one_of([candidate.customer_id for candidate in found])


def _led(db: Database, plan: Plan) -> Condition | None:
    """The condition on the customers that meet the plan, if an index of theirs leads to few."""
    for lead in () if plan.texts else plan.leads:
        sql = lead.where.sql
        if not lead.select:
            source = f"customer c{plan.engine.by_index(lead.by)}"
            sql = f"SELECT c.id FROM {source} WHERE {sql} AND c.deleted_at = ''"
        ids = [row[0] for row in db.rows(f"{sql} LIMIT {_LED + 1}", lead.where.params)]
        if len(ids) <= _LED:
            return _one_of(ids) & plan.alone
    return None


def _one_of(ids: list[int]) -> Condition:
    return Condition(f"c.id IN ({marks(len(ids))})", [*ids]) if ids else Condition("FALSE")


def _sorted(db: Database, plan: Plan, those: Condition, limit: int) -> list[int]:
    """The first of some customers in the order of the plan."""
    assert plan.order is not None
    by = plan.order.by
    sql = f"SELECT c.id FROM customer c WHERE {those.sql} ORDER BY {by.sql} LIMIT ?"
    return [row[0] for row in db.rows(sql, (*those.params, *by.params, limit))]


def _whole(db: Database, plan: Plan, limit: int) -> list[int]:
    """The first of all that meet the plan, from all of them."""
    assert plan.order is not None
    source, condition = matching(db, plan)
    by = plan.order.by
    if db.engine != "sqlite":
        # The planner would walk the order for a LIMIT, which has been tried.
        source, where = f"(SELECT c.* FROM {source} WHERE {condition.sql} OFFSET 0) c", "TRUE"
    else:
        where = condition.sql
    sql = f"SELECT c.id FROM {source} WHERE {where} ORDER BY {by.sql} LIMIT ?"
    return [row[0] for row in db.rows(sql, (*condition.params, *by.params, limit))]
