"""Rows find their customers by index, however many customers there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tui_crm.core.changes import Create, Request, apply
from tui_crm.core.session import Session
from tui_crm.exchange.planning.matching import Keys, Matcher


@pytest.mark.parametrize("engine", ["sqlite"])
def test_no_key_is_looked_up_by_reading_all_customers(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(session, Request([Create({"name": "Ada", "external_id": "x1"})], "create"))
    rows, plans = session.db.rows, list[str]()

    def watched(sql: str, params: Sequence[Any] = ()) -> list[Any]:
        plans.extend(row[3] for row in rows(f"EXPLAIN QUERY PLAN {sql}", params))
        return rows(sql, params)

    monkeypatch.setattr(session.db, "rows", watched)
    asked = [Keys("C1", "x1", ("ada@example.org",), ("+41446681800",)), Keys("C2", "x2")]
    first, second = Matcher(session).find(asked)
    assert (first.by, second.by) == ("external_id", "")
    assert plans and [plan for plan in plans if plan.startswith("SCAN")] == []
