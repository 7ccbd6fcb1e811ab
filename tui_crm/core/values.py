"""What customers hold: how far many of them agree in a field, and which values are common."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tui_crm.core import visibility
from tui_crm.core.fields import Field
from tui_crm.core.points import KINDS
from tui_crm.core.records import to_value
from tui_crm.core.rows import Value
from tui_crm.core.users import Directory

if TYPE_CHECKING:
    from tui_crm.core.session import Session

MANY = 100
"""So many different values are counted; where there are more, this number stands for them."""

_CUSTOM_TEXTS = 2000


class Stoppable(Protocol):
    """A request to stop."""

    def check(self) -> None:
        """Raise when nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What many customers hold in one field.

    `different` counts values, at most `MANY`; of a list field, items. Where it is 1 and
    everybody has the same, `shared` is that value; None if they differ. `common` are the items of
    a list of tags with the number of customers who have them, the most frequent first.
    """

    different: int
    shared: Value = None
    common: tuple[tuple[str, int], ...] = ()


def spread(
    session: Session,
    ids: Sequence[int],
    fields: Sequence[Field],
    *,
    cancel: Stoppable | None = None,
) -> dict[str, Spread]:
    """How far the visible customers of `ids` agree in each of `fields`.

    A statement a field, each of which ends as soon as it has seen enough.
    """
    found: dict[str, Spread] = {}
    allowed, params = visibility.condition(session.viewer)
    with session.db.reading():
        directory = Directory.read(session.db)
        table = session.db.temp_ids(ids)
        chosen = f"FROM customer c JOIN {table} t ON t.id = c.id"
        row = session.db.one(f"SELECT count(*) {chosen} WHERE {allowed}", params)
        people = int(row[0]) if row else 0
        for item in fields:
            if cancel is not None:
                cancel.check()
            if item.column:
                sql = f"SELECT DISTINCT c.{item.column} {chosen} WHERE {allowed} LIMIT {MANY}"
                values = [to_value(item, v, directory) for (v,) in session.db.rows(sql, params)]
                found[item.name] = _of(values)
            elif item.type == "tags":
                counted = session.db.rows(
                    f"SELECT g.name, count(*) {chosen} JOIN customer_tag ct"
                    f" ON ct.customer_id = c.id JOIN tag g ON g.id = ct.tag_id WHERE {allowed}"
                    f" GROUP BY g.name ORDER BY 2 DESC, 1 LIMIT {MANY}",
                    params,
                )
                shared = all(count == people for _name, count in counted)
                names = tuple(sorted(name for name, _count in counted)) if shared else None
                found[item.name] = Spread(len(counted), names, tuple((n, c) for n, c in counted))
            elif item.is_list:
                row = session.db.one(
                    f"SELECT count(*) FROM (SELECT DISTINCT p.normalized {chosen} JOIN"
                    " contact_point p ON p.customer_id = c.id AND p.kind = ?"
                    f" WHERE {allowed} LIMIT {MANY}) found",
                    (KINDS[item.type], *params),
                )
                count = int(row[0]) if row else 0
                found[item.name] = Spread(count, None if count else ())
        own = [item for item in fields if item.custom]
        if own:
            texts = session.db.rows(
                f"SELECT DISTINCT c.custom {chosen} WHERE {allowed} LIMIT {_CUSTOM_TEXTS}", params
            )
            bags = [json.loads(text) if text else {} for (text,) in texts]
            enough = len(bags) < _CUSTOM_TEXTS
            for item in own:
                values = list(dict.fromkeys(bag.get(item.name, "") for bag in bags))
                found[item.name] = _of(values) if enough else Spread(MANY)
    return found


def most_common(session: Session, field: Field, limit: int = 200) -> list[tuple[str, int]]:
    """The values of a field with the number of visible customers who have them, most first.

    For fields that are columns and for tags; others give none.
    """
    allowed, params = visibility.condition(session.viewer)
    with session.db.connection():
        if field.type == "tags":
            sql = (
                "SELECT g.name, count(*) FROM customer c JOIN customer_tag ct"
                f" ON ct.customer_id = c.id JOIN tag g ON g.id = ct.tag_id WHERE {allowed}"
                " GROUP BY g.name ORDER BY 2 DESC, 1 LIMIT ?"
            )
            return [(name, count) for name, count in session.db.rows(sql, (*params, limit))]
        if not field.column:
            return []
        directory = Directory.read(session.db)
        rows = session.db.rows(
            f"SELECT c.{field.column}, count(*) FROM customer c WHERE {allowed}"
            f" GROUP BY c.{field.column} ORDER BY 2 DESC, 1 LIMIT ?",
            (*params, limit + 1),
        )
    values = [(str(to_value(field, stored, directory) or ""), count) for stored, count in rows]
    return [(value, count) for value, count in values if value][:limit]


def is_large(session: Session, customers: int = 200_000) -> bool:
    """Whether there may be more customers than that, so that counting them takes a while."""
    with session.db.connection():
        row = session.db.one("SELECT max(id) FROM customer")
    return bool(row and (row[0] or 0) > customers)


def _of(values: Sequence[Value]) -> Spread:
    return Spread(len(values), values[0] if len(values) == 1 else None)
