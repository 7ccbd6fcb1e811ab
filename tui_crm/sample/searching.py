"""Every class of query timed, for somebody who sees everybody and for an agent who sees few."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from tui_crm import search
from tui_crm.core import users
from tui_crm.core.collector import sparing_collector
from tui_crm.search import index
from tui_crm.search import measure as timings
from tui_crm.search.measure import Timing

if TYPE_CHECKING:
    from tui_crm.core.session import Session

OF_AGENT = 200
"""Customers of the agent."""

_SEED = 1


def measure(session: Session, per_class: int = 100, *, agent: bool = True) -> Iterator[Timing]:
    """The timing of each class, first for the viewer of `session` and then for the agent."""
    with session.db.connection():
        session.db.read_in_place()  # as the program does, and what follows
    search.warm(session)
    with sparing_collector():
        for timing in _of_viewer(session, per_class):
            yield replace(timing, name=f"search: {timing.name}")
    if not agent:
        return
    with agent_of(session) as few, sparing_collector():
        found = [*_of_viewer(few, per_class)]
    for timing in found:
        yield replace(timing, name=f"search by an agent: {timing.name}")


def _of_viewer(session: Session, per_class: int) -> Iterator[Timing]:
    queries = timings.queries(session, _SEED, per_class)
    return timings.measure(session, queries, fewest=per_class)


class _Enough(Exception):  # noqa: N818 - it is no error
    """Ends a transaction of which nothing is kept."""


@contextmanager
def agent_of(session: Session) -> Iterator[Session]:
    """The session of somebody who sees nobody but `OF_AGENT` customers spread over all; the
    database is as before when it ends.
    """
    db = session.db
    try:
        with db.transaction():
            login = users.ensure("measured-agent")
            everybody = search.all_ids(session, "")
            ids = Random(_SEED).sample(everybody, min(OF_AGENT, len(everybody)))
            db.run_many(
                "UPDATE customer SET owner_id = ? WHERE id = ?", ((login, id_) for id_ in ids)
            )
            index.update(db, ids)
            viewer = replace(session.viewer, id=login, role="agent", scope="own", team_ids=())
            yield replace(session, viewer=viewer)
            raise _Enough
    except _Enough:
        return
