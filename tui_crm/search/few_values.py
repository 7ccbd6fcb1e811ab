"""Columns that hold few different values, such as countries, asked by those values.

Whoever types "country:den" means one or two of some dozen countries. Which these are is read from
the index, a leap for each; then the index knows who has them, where to compare texts would mean to
look at every customer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_crm.text import countries
from tui_crm.text.fold import fold

if TYPE_CHECKING:
    from tui_crm.store import Database

COLUMNS = ("country", "state")
"""Columns of customers with an index of their own."""

_MOST = 300  # different values, of which there may be more where they are typed as anybody likes


def beginning(db: Database, column: str, text: str) -> list[str] | None:
    """The values of a column of live customers in which a word begins like `text`, accents and case
    aside; None where there are too many different ones.

    A country has all its names: Germany is found by "DE", "Deutschland" and "德国", however it was
    written down. A name in full means that one country.
    """
    values = _values(db, column)
    if values is None:
        return None
    wanted = fold(text).strip()
    same, like = "", frozenset[str]()
    if column == "country":
        same, like = countries.code(text), countries.beginning(text)
        if exact := [v for v in values if fold(v) == wanted or same == countries.code(v) != ""]:
            return exact
    return [v for v in values if f" {wanted}" in f" {fold(v)}" or countries.code(v) in like]


def _values(db: Database, column: str) -> list[str] | None:
    least = f"SELECT min(c.{column}) FROM customer c WHERE c.deleted_at = '' AND c.{column} >"
    rows = db.rows(
        f"WITH RECURSIVE held(value) AS (SELECT ({least} '') UNION ALL"
        f" SELECT ({least} held.value) FROM held WHERE held.value IS NOT NULL)"
        f" SELECT value FROM held WHERE value IS NOT NULL LIMIT {_MOST + 1}"
    )
    return [row[0] for row in rows] if len(rows) <= _MOST else None
