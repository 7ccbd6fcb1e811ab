"""Rows that made a customer before: in an earlier import of files of the same names.

Whoever has no number and no address is known by nothing else. The history keeps with each customer
the row that it came from, and a row that still says what that customer holds is not a new one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from tui_crm.core.records import Record
from tui_crm.core.rows import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_crm.store import Database


class Earlier:
    """The customers that earlier imports made of the rows of files of these names (a `source` of
    the history); read when somebody first asks, 16 bytes each.
    """

    def __init__(self, db: Database, source: str) -> None:
        self._db = db
        self._source = source

    def ids(self, places: Iterable[int]) -> dict[int, int]:
        """The customers of those of some rows that made one, the newest of each row by its place;
        they may have been deleted since.
        """
        known, ids = self._made
        found = {}
        for place in places:
            at = bisect_left(known, place)
            if at < len(known) and known[at] == place:
                found[place] = ids[at]
        return found

    @cached_property
    def _made(self) -> tuple[array[int], array[int]]:
        places, ids = array("q"), array("q")
        rows = self._db.stream(
            "SELECT h.place, h.record_id FROM change_set s JOIN change h ON h.change_set_id = s.id"
            " WHERE s.kind = 'import' AND s.source = ? AND h.entity = 'customer'"
            " AND h.action = 'create' AND h.place > 0 ORDER BY h.place, h.record_id DESC",
            (self._source,),
        )
        for some in rows:
            for place, id_ in some:
                if not places or places[-1] != place:
                    places.append(place)
                    ids.append(id_)
        return places, ids


def says_the_same(values: Mapping[str, Value], record: Record) -> bool:
    """Whether a customer holds all of these values, which were checked; its lists may hold more."""
    for name, value in values.items():
        now = record.values.get(name)
        if isinstance(value, tuple):
            if not isinstance(now, tuple) or not set(value).issubset(now):
                return False
        elif value != now:
            return False
    return True
