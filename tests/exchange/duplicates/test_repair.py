"""The doctor's repair of the keys of duplicates."""

from __future__ import annotations

from tui_crm.core.session import Session
from tui_crm.exchange.duplicates import keys, repair
from tui_crm.sample import fill


def test_keys_that_are_missing_stale_or_nobodys_are_put_right(session: Session) -> None:
    fill.fill(session, 40, 2)
    db = session.db
    with db.transaction():
        db.run("DELETE FROM duplicate_key WHERE customer_id = 3")
        db.run("UPDATE customer SET name = 'Somebody Else' WHERE id = 5")
        db.run("UPDATE customer SET deleted_at = '2026' WHERE id = 7")
        db.run("INSERT INTO duplicate_key (key, customer_id) VALUES (11, 4000)")
    assert keys.check(db) != []
    seen: list[tuple[int, int]] = []
    repair.repair(db, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (40, 40)
    assert keys.check(db) == []
