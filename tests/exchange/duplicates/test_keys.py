"""The keys are those of the data: a check says so, and a bulk change touches only what it must."""

from __future__ import annotations

import pytest

from tests.exchange.duplicates.people import town
from tui_crm.core.changes import Create, Edit, Request, UpdateMany, apply
from tui_crm.core.session import Session
from tui_crm.exchange.duplicates import keys
from tui_crm.exchange.duplicates.profile import make


def fill(session: Session, size: int = 60) -> list[int]:
    people = [Create(values) for values in town(size, 0.0).customers]
    firms = [Create({"kind": "organization", "name": f"Firm {n} Ltd", "city": "Chur",
                     "emails": (f"info@firm{n}.example",)}) for n in range(10)]  # fmt: skip
    return list(apply(session, Request([*people, *firms], "import")).record_ids)


def stored(session: Session) -> set[tuple[int, int]]:
    return set(session.db.rows("SELECT key, customer_id FROM duplicate_key"))


def test_a_check_finds_a_key_too_many_and_one_too_few(session: Session) -> None:
    fill(session)
    assert keys.check(session.db) == []
    lost = min(stored(session))
    session.db.run("DELETE FROM duplicate_key WHERE key = ? AND customer_id = ?", lost)
    assert keys.check(session.db)
    session.db.run("INSERT INTO duplicate_key VALUES (?, ?)", (lost[0] ^ 16, lost[1]))
    assert keys.check(session.db)
    keys.rebuild(session.db)
    assert keys.check(session.db) == []


def test_keys_that_are_not_made_are_no_reason_to_find_nothing_wrong(session: Session) -> None:
    fill(session)
    session.db.run("UPDATE duplicate_keys_state SET ready = 0")
    assert keys.check(session.db)
    keys.prepare(session.db)
    assert keys.check(session.db) == []


@pytest.mark.parametrize(
    "edit",
    [
        {"city": "Bern"}, {"postcode": "3000"}, {"street": "7 Elm Street"},
        {"organization": "Acme"}, {"birthday": "1980-02-03"}, {"kind": "organization"},
        {"city": "Bern", "street": "1 Oak Road"},
    ],
    ids="+".join,
)  # fmt: skip
def test_a_batch_keeps_them_right(
    session: Session, edit: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "_CHUNK", 7)  # several chunks, and several statements
    monkeypatch.setattr(keys, "_AT_ONCE", 5)
    monkeypatch.setattr(keys, "_WAITING", 20)
    ids = fill(session)
    before = stored(session)
    apply(session, Request([UpdateMany(ids, Edit(edit))], "batch"))
    assert keys.check(session.db) == []
    assert stored(session) != before


def test_a_large_change_makes_them_anew(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_MANY", 30)
    fill(session)
    assert keys.check(session.db) == []


def test_keys_tell_their_kind() -> None:
    who = make(
        1, kind="person", name="Ada Lovelace", company="Engine", phones=["+442079460018"],
        emails=["ada@engine.example"], street="12 North Street", city="London",
        birthday="1815-12-10",
    )  # fmt: skip
    everything = keys.keys_of(who)
    parts = [keys.keys_of(who, frozenset({kind})) for kind in sorted(keys._ALL)]
    assert set().union(*parts) == everything
    assert sum(map(len, parts)) == len(everything)
