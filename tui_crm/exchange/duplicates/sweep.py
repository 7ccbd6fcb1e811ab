"""A sweep: the duplicates among all customers, or among those that a query finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from tui_crm.core.collector import without_collector
from tui_crm.core.records import chunks, marks
from tui_crm.exchange.duplicates import decisions, explain, read, second
from tui_crm.exchange.duplicates.scan import LEAST, Progress, Scan, Tier, tier

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.exchange.duplicates.table import Table


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of a group, as it is listed."""

    id: int
    account_no: str
    external_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who seem to be one, by age, how sure that is, and why, field by field."""

    members: tuple[Member, ...]
    score: float  # the probability of its strongest joint, 0 to 1
    tier: Tier
    reasons: tuple[str, ...]
    later: bool = False  # somebody put it off

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of its members."""
        return tuple(member.id for member in self.members)


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
    found: list[tuple[tuple[int, ...], float, tuple[str, ...]]] = []
    with without_collector(), ExitStack() as stack:
        with session.db.reading():
            custom = read.custom_names(session)
            other = None
            if read.at_least(session, ids, second.WORTH_A_PROCESS):
                other = stack.enter_context(second.working(custom))
            tables = _tables(read.visible(session, ids), custom, other)
            apart = decisions.all_pairs(session, "different")
            put_off = decisions.all_pairs(session, "later")
        while tables:
            if len(table := tables.pop()) < 2:
                continue
            scan = Scan(table, custom, other)
            found += _explained(session, scan, scan.groups(LEAST[least], apart, progress))
    named = _members(session, [id_ for ids_, *_rest in found for id_ in ids_])
    groups = [
        Group(
            tuple(named[id_] for id_ in ids_ if id_ in named),
            score,
            tier(score) or least,
            words,
            all(pair in put_off for pair in combinations(ids_, 2)),
        )
        for ids_, score, words in found
    ]
    groups.sort(key=lambda group: (group.later, -group.score, group.ids))
    return groups


def _tables(
    batches: Iterable[read.Batch], custom: Sequence[str], other: second.Second | None
) -> list[Table]:
    """The organisations and the persons."""
    from tui_crm.exchange.duplicates.table import tables

    if other is not None:
        return other.tables(batches)
    return tables((who for batch in batches for who in read.profiles(batch, custom)), len(custom))


def _explained(
    session: Session, scan: Scan, groups: Sequence[tuple[list[int], float]]
) -> list[tuple[tuple[int, ...], float, tuple[str, ...]]]:
    """The ids, the score and the reasons of groups of places in the table."""
    profiles = scan.profiles(place for places, _score in groups for place in places)
    pairs = [explain.looked_at(places) for places, _score in groups]
    levels = iter(scan.levels([pair for some in pairs for pair in some]))
    return [
        (
            tuple(profiles[place].id for place in places),
            score,
            explain.of_group(
                scan.model,
                [(profiles[a], profiles[b], next(levels)) for a, b in some],
                session.fields,
            ),
        )
        for (places, score), some in zip(groups, pairs, strict=True)
    ]


def _members(session: Session, ids: Sequence[int]) -> dict[int, Member]:
    named: dict[int, Member] = {}
    with session.db.connection():
        for some in chunks(ids):
            for row in session.db.rows(
                "SELECT id, account_no, external_id, name FROM customer"
                f" WHERE id IN ({marks(len(some))})",
                some,
            ):
                named[row[0]] = Member(*row)
    return named
