"""A sweep: the duplicates among all customers, or among those that a query finds."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from tui_crm.exchange.duplicates import decisions, explain, read
from tui_crm.exchange.duplicates.scan import LEAST, Progress, Scan, Tier, tier

if TYPE_CHECKING:
    from tui_crm.core.session import Session


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who seem to be one: ids by age, how sure that is, and why, field by field."""

    ids: tuple[int, ...]
    score: float  # the probability of its strongest joint, 0 to 1
    tier: Tier
    reasons: tuple[str, ...]
    later: bool = False  # somebody put it off


def sweep(
    session: Session,
    ids: Sequence[int] | None = None,
    least: Tier = "likely",
    *,
    progress: Progress | None = None,
) -> list[Group]:
    """The groups of at least the tier `least`, the surest first and those put off last.

    Looked for among the customers that the viewer may see, or among those of `ids`. Pairs that
    somebody declared different stay apart. Persons and organisations are never one group.
    """
    found: list[Group] = []
    with _without_collector():
        with session.db.reading():
            custom = read.custom_names(session)
            profiles = list(read.visible(session, ids, custom))
            apart = decisions.all_pairs(session, "different")
            put_off = decisions.all_pairs(session, "later")
        for organizations in (False, True):
            some = [p for p in profiles if p.organization is organizations]
            if len(some) < 2:
                continue
            scan = Scan(some, custom, organizations=organizations)
            for places, score in scan.groups(LEAST[least], apart, progress):
                members = [some[place] for place in places]
                group_ids = tuple(member.id for member in members)
                found.append(
                    Group(
                        group_ids,
                        score,
                        tier(score) or least,
                        explain.of_group(scan.model, members, session.fields),
                        all(pair in put_off for pair in combinations(group_ids, 2)),
                    )
                )
    found.sort(key=lambda group: (group.later, -group.score, group.ids))
    return found


@contextmanager
def _without_collector() -> Iterator[None]:
    """A million profiles hold no cycles: looking for some, again and again, doubles the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
