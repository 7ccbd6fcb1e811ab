"""What people decided about pairs: that they are two for good, or that they look again later."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from tui_crm.core.changes.creating import no_such_customer
from tui_crm.core.records import chunks, marks, visible_ids
from tui_crm.errors import UsageError
from tui_crm.text import dates
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

Decision = Literal["different", "later"]
Pair = tuple[int, int]  # ids, the lower first


def decide(session: Session, ids: Sequence[int], decision: Decision) -> None:
    """Remember `decision` about every two of these customers.

    "different" keeps them apart in every later sweep; "later" lets their group stand at the end.
    Raises `NotFound` for a customer that the viewer may not see.
    """
    wanted = _checked(session, ids)
    now = dates.to_iso(dates.utc_now())
    with session.db.transaction():
        session.db.run_many(
            "INSERT INTO duplicate_decision (low_id, high_id, decision, user_id, at)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (low_id, high_id) DO UPDATE SET"
            " decision = excluded.decision, user_id = excluded.user_id, at = excluded.at",
            [(*pair, decision, session.viewer.id, now) for pair in combinations(wanted, 2)],
        )


def forget(session: Session, ids: Sequence[int]) -> None:
    """Take back what was decided about every two of these customers."""
    wanted = _checked(session, ids)
    with session.db.transaction():
        session.db.run_many(
            "DELETE FROM duplicate_decision WHERE low_id = ? AND high_id = ?",
            list(combinations(wanted, 2)),
        )


def all_pairs(session: Session, decision: Decision) -> set[Pair]:
    """The pairs about which that was decided."""
    return {
        (low, high)
        for low, high in session.db.rows(
            "SELECT low_id, high_id FROM duplicate_decision WHERE decision = ?", (decision,)
        )
    }


def inherit(session: Session, keep: int, merged: Sequence[int]) -> None:
    """Who was known to be somebody else than a merged customer is not the survivor either."""
    others: set[int] = set()
    for some in chunks(merged):
        here = marks(len(some))
        for low, high in session.db.rows(
            "SELECT low_id, high_id FROM duplicate_decision WHERE decision = 'different'"
            f" AND (low_id IN ({here}) OR high_id IN ({here}))",
            (*some, *some),
        ):
            others.add(high if low in merged else low)
    now = dates.to_iso(dates.utc_now())
    for other in sorted(others - {keep, *merged}):
        session.db.run(
            "INSERT INTO duplicate_decision (low_id, high_id, decision, user_id, at)"
            " VALUES (?, ?, 'different', ?, ?) ON CONFLICT (low_id, high_id) DO NOTHING",
            (min(keep, other), max(keep, other), session.viewer.id, now),
        )


def _checked(session: Session, ids: Sequence[int]) -> list[int]:
    wanted = sorted(set(ids))
    if len(wanted) < 2:
        raise UsageError(_("A decision is about two customers or more."))
    missing = set(wanted) - set(visible_ids(session, wanted))
    if missing:
        raise no_such_customer(min(missing))
    return wanted
