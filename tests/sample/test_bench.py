"""Measuring: what is measured is named, and the measured database is the sample's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_crm.core.changes import Create, Request, apply
from tui_crm.core.session import Session
from tui_crm.errors import InputRefused
from tui_crm.sample import batching, bench, fill, importing, meanwhile, searching
from tui_crm.search import index


def test_every_part_but_the_start_is_measured(session: Session) -> None:
    fill.fill(session, 60, 1)
    rows = [*searching.measure(session, 5), *bench.lists(session), *batching.measure(session, 100)]
    names = [row.name for row in rows]
    assert len(set(names)) == len(names)
    assert {name.split(":")[0] for name in names} == {
        "search", "search by an agent", "list", "batch of 60",
    }  # fmt: skip
    assert all(0 < row.p50 <= row.p95 <= row.p99 <= row.longest for row in rows)
    assert session.db.one("SELECT count(*) FROM customer WHERE needs LIKE 'measured%'") == (0,)
    assert index.check(session.db) == []
    assert session.db.one("SELECT count(*) FROM change_set WHERE kind = 'floor'") == (0,)


def test_a_batch_of_chosen_fields_is_measured(session: Session) -> None:
    fill.fill(session, 60, 1)
    columns = "SELECT id, status, owner_id, city FROM customer ORDER BY id"
    before = session.db.rows(columns)
    chosen = ("status=lost", "owner=ana", "city=Reykjavik", "tags+=moved")
    assert len(list(batching.measure(session, 100, chosen))) == 5
    assert session.db.rows(columns) == before
    assert index.check(session.db) == []
    assert session.db.one("SELECT count(*) FROM customer_tag WHERE tag_id IN (SELECT id FROM tag"
                          " WHERE name IN ('moved', 'floor moved'))") == (0,)  # fmt: skip
    with pytest.raises(InputRefused):
        next(batching.measure(session, 100, ("phones+=020 7946 0018",)))


def test_others_are_measured_while_a_batch_runs(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill.fill(session, 60, 1)
    monkeypatch.setattr(meanwhile, "_ALONE", 5)
    alone, beside = list(meanwhile.measure(session, 40))[:2]
    assert alone.queries == 5 and beside.queries > 0
    assert "40" in beside.name
    (sets,) = (
        session.db.one("SELECT count(*) FROM change_set WHERE kind IN ('batch', 'undo')") or ()
    )
    assert sets >= 2  # the batch of the other program, and its way back
    assert session.db.one("SELECT count(*) FROM customer WHERE needs LIKE 'measured%'") == (0,)


def test_real_customers_are_not_measured(session: Session) -> None:
    apply(session, Request([Create({"name": "Real"})], "create"))
    with pytest.raises(InputRefused):
        bench.database(session.settings, 10, lambda *_n: None, session.db.url)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_start_is_measured_in_a_real_terminal(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setattr(bench, "START_ROUNDS", 2)
    timing = bench.start(database_url)
    assert timing.queries == 2 and timing.p50 > 0


def test_an_import_is_measured_in_databases_of_its_own(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meanwhile, "_ALONE", 5)
    rows = list(importing.measure(session.settings, 30, session.db.url))
    names = [row.name.removeprefix("import of 30: ") for row in rows]
    once = ["dry run", "apply", "the same again", "floor", "undo"]
    assert [name for name in names if f"{name}, processor" in names] == once
    assert {"memory in MB", "search alone", "search beside an import of 3"} <= set(names)
    assert all(row.p50 > 0 for row in rows)
    assert session.db.one("SELECT count(*) FROM customer") == (0,)
    assert session.db.one("SELECT count(*) FROM change") == (0,)
