"""Mistakes of a table mended before it is imported; the file itself stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tui_crm.exchange.reading.reader import Notice, Row, Table


@dataclass
class Fixes:
    """What is read in the place of what the table says.

    `cells` are single cells by `Row.place` and column. `rules` say by column what a value becomes
    wherever it stands; a cell that was mended itself is not touched by them. `left_out` are the
    places of rows that are not imported.
    """

    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    rules: dict[int, dict[str, str]] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)

    def applied(self, row: Row, mended: Mapping[int, str]) -> Row:
        """A row with what the rules make of it, and its cells `mended` by column."""
        cells = list(row.cells)
        for column, wanted in self.rules.items():
            cells[column] = wanted.get(cells[column].strip(), cells[column])
        for column, text in mended.items():
            cells[column] = text
        return replace(row, cells=tuple(cells))


class MendedTable:
    """A table as it is with `fixes`."""

    def __init__(self, table: Table, fixes: Fixes) -> None:
        self._table = table
        self._fixes = fixes
        self.path = table.path
        self.title = table.title
        self.headers = table.headers

    @property
    def notices(self) -> list[Notice]:
        """The rows that are no records."""
        return self._table.notices

    @notices.setter
    def notices(self, found: list[Notice]) -> None:
        self._table.notices = found

    def rows(self) -> Iterator[Row]:
        """The rows that are not left out, mended."""
        mended: dict[int, dict[int, str]] = {}
        for (place, column), text in self._fixes.cells.items():
            mended.setdefault(place, {})[column] = text
        for row in self._table.rows():
            if row.place not in self._fixes.left_out:
                yield self._fixes.applied(row, mended.get(row.place, {}))
