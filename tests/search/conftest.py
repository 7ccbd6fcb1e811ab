"""Customers put straight into the tables, so that these tests depend on the search alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tui_crm.core import points
from tui_crm.core.session import Session
from tui_crm.search import index
from tui_crm.text.fold import fold

NOW = "2026-01-01T00:00:00Z"


@pytest.fixture
def add(session: Session) -> Callable[..., int]:
    """`add("Anna Müller", city="Berlin", phones=["030 1234567"], ...)` gives the new id."""

    def make(name: str, **values: Any) -> int:
        return add_customer(session, name, **values)

    return make


def add_customer(
    session: Session,
    name: str,
    *,
    phones: Iterable[str] = (),
    emails: Iterable[str] = (),
    handles: Iterable[str] = (),
    tags: Iterable[str] = (),
    custom: dict[str, Any] | None = None,
    indexed: bool = True,
    **columns: Any,
) -> int:
    """Insert a customer and its lists; index it unless told otherwise."""
    db = session.db
    with db.transaction():
        id_ = db.allocate_ids("customer", 1)
        row = {
            "id": id_, "name": name, "sort_name": fold(name), "account_no": f"C-{id_:07}",
            "created_at": NOW, "updated_at": NOW, "custom": json.dumps(custom or {}), **columns,
        }  # fmt: skip
        db.bulk_insert("customer", list(row), [list(row.values())])
        for kind, values in (("phone", phones), ("email", emails), ("handle", handles)):
            for position, value in enumerate(values):
                normalized = points.normalise(value, kind, "DE")
                db.run(
                    "INSERT INTO contact_point (customer_id, kind, value, normalized, position)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (id_, kind, value, normalized, position),
                )
        for tag in tags:
            db.run("INSERT INTO tag (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (tag,))
            db.run(
                "INSERT INTO customer_tag (customer_id, tag_id) SELECT ?, id FROM tag"
                " WHERE name = ?",
                (id_, tag),
            )
        if indexed:
            index.update(db, [id_])
    return id_
