"""A sweep of the database, with one process and with two."""

from __future__ import annotations

import pytest

from tests.exchange.duplicates.people import town
from tui_crm.core.changes import Create, Request, apply
from tui_crm.core.session import Session
from tui_crm.errors import CrmError
from tui_crm.exchange.duplicates import scan, second
from tui_crm.exchange.duplicates.sweep import sweep


def test_two_processes_find_what_one_finds(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [Create({"kind": "person", **who}) for who in town(300, 0.2).customers]
    shops = [
        Create({"kind": "organization", "name": f"{name} Ltd", "street": f"{n % 9} High Street"})
        for n, name in enumerate(["Baker", "Miller", "Taylor", "Potter", "Mason"] * 8)
    ]
    apply(session, Request([*steps, *shops], "create"))
    monkeypatch.setattr(scan, "_AT_ONCE", 100)
    alone = sweep(session)
    assert len(alone) > 20
    monkeypatch.setattr(second, "WORTH_A_PROCESS", 1)
    seen: list[tuple[int, int]] = []
    assert sweep(session, progress=lambda *done: seen.append(done)) == alone
    assert seen and all(0 < done <= total for done, total in seen)


def test_a_process_that_ends_is_told(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(session, Request([Create({"name": "Ada"}), Create({"name": "Bob"})], "create"))
    monkeypatch.setattr(second, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(CrmError, match="ended"):
        sweep(session)
