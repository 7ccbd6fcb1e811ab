"""What the tests of the rules share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tui_crm.core import customers
from tui_crm.core.changes import Create, Edit, Request, Update, apply
from tui_crm.core.rows import Outcome, Value
from tui_crm.core.session import Session


@pytest.fixture
def add(session: Session) -> Callable[..., int]:
    """`add(name, **values)`: a new customer; gives the id."""

    def make(name: str = "Ada", *, by: Session | None = None, **values: Any) -> int:
        step = Create({"name": name, **values})
        return apply(by or session, Request([step], "create")).record_ids[0]

    return make


def change(
    session: Session, id_: int, seen: dict[str, Value] | None = None, **values: Any
) -> Outcome:
    """Set fields of one customer."""
    return apply(session, Request([Update(id_, Edit(values, seen=seen))], "edit"))


def value(session: Session, id_: int, field: str) -> Value:
    """What a field of a customer holds now."""
    return customers.get(session, id_).values[field]


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the tables that hold customer data and their history."""
    tables = ("customer", "contact_point", "customer_tag", "tag", "interaction", "task",
              "change_set", "change")  # fmt: skip
    return {name: sorted(session.db.rows(f"SELECT * FROM {name}"), key=repr) for name in tables}
