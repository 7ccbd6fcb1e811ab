"""Measuring: what is measured is named, and the measured database is the sample's own."""

from __future__ import annotations

from tui_crm.core.session import Session
from tui_crm.sample import bench, fill


def test_every_part_but_the_start_is_measured(session: Session) -> None:
    fill.fill(session, 60, 1)
    rows = [*bench.search(session), *bench.lists(session), *bench.batch(session)]
    names = [row.name for row in rows]
    assert len(set(names)) == len(names)
    assert {name.split(":")[0] for name in names} == {"search", "list", "batch of 60"}
    assert all(0 < row.p50 <= row.p95 <= row.p99 <= row.longest for row in rows)
    assert session.db.one("SELECT count(*) FROM customer WHERE needs LIKE 'measured%'") == (0,)
