"""The `Database` interface, on both engines."""

from __future__ import annotations

from tui_crm.core.session import Session


def test_opens(session: Session) -> None:
    assert session.db.schema_version() >= 1
    assert session.db.rows("SELECT login FROM crm_user") == [("ana",)]
