"""A file that knows a merged customer by its old numbers reaches the one it became part of."""

from __future__ import annotations

import pytest

from tests.exchange.test_import import add, load
from tui_crm.core import customers, merging
from tui_crm.core.session import Session

__all__ = ["load"]


@pytest.mark.parametrize("column", ["account_no", "external_id"])
def test_old_numbers_lead_to_the_survivor(session: Session, load, column: str) -> None:  # type: ignore[no-untyped-def]
    kept = add(session, name="Ada Lovelace", account_no="A-1", external_id="X1")
    gone = add(session, name="Ada Lovelase", account_no="A-2", external_id="X2")
    merging.merge(session, [kept, gone])
    survivor = customers.as_json(customers.get(session, kept))
    old = {"account_no": "A-2", "external_id": "X2"}[column]
    tried = load([{column: old, "name": "Ada King", "city": "Bern"}], "upsert")
    assert tried.counts == (0, 1, 0, 0), tried.reasons
    now = customers.as_json(customers.get(session, kept))
    assert now["name"] == "Ada King"
    assert [now[key] for key in ("account_no", "external_id")] == [
        survivor[key] for key in ("account_no", "external_id")
    ]
    again = load([{column: old, "name": "Ada King", "city": "Bern"}], "upsert")
    assert again.counts == (0, 0, 1, 0)
