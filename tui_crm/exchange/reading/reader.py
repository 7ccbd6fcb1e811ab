"""Files of any format as one kind of table: headers, and rows of text as a stream."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from tui_crm.core.places import place_of
from tui_crm.errors import InputRefused
from tui_crm.exchange.cells import unguarded
from tui_crm.exchange.reading import layout
from tui_crm.exchange.reading.layout import Header, Record
from tui_crm.exchange.reading.sniff import Dialect, sniff, unreadable
from tui_crm.text.i18n import _

# A longer cell is a quotation mark that was never closed: no field takes so much.
_LONGEST_CELL = 2_000_000
_MOST_COLUMNS = 5000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line on which it begins, counted from 1, and a cell for each header.

    `surplus` is what stood in cells behind the last header. Of several files read as one table,
    `file` counts which one it is from, from 0.
    """

    line: int
    cells: tuple[str, ...]
    surplus: str = ""
    file: int = 0

    @property
    def place(self) -> int:
        """A number that no other row of the table has: the line, for the first file."""
        return place_of(self.file, self.line)


@dataclass(frozen=True, slots=True)
class Notice:
    """A row that is no record and was left out: its line, and what it is (not translated)."""

    line: int
    what: str


class Table(Protocol):
    """What a reader of any format gives.

    `title` is the name of the file, and of the sheet if there are more. `notices` are about the
    last complete run of `rows`. `dialect` is None for what is no text table.
    """

    path: Path
    title: str
    headers: tuple[str, ...]
    notices: list[Notice]

    def rows(self) -> Iterator[Row]:
        """All rows, from the first; may be called again."""
        ...


def names_of(table: Table) -> tuple[str, ...]:
    """The names of the files of a table, as `Row.file` counts them."""
    return table.names if isinstance(table, Several | Bundle) else (table.title,)


def preview(table: Table, count: int = 20) -> list[Row]:
    """The first rows of a table."""
    return list(islice(table.rows(), count))


class Grid:
    """A table on a sheet of rows and columns; subclasses say where the records come from."""

    path: Path
    title: str

    def lay_out(self, header_line: int | None = None) -> None:
        """Find the headers, or take the row on that line; 0 says that there are none.

        Raises `InputRefused` if there is nothing on the sheet or no such line.
        """
        sample = list(islice(self.records(), layout.SAMPLE))
        if header_line is None:
            header = layout.find_header(sample)
        elif header_line == 0:
            width = max((len(cells) for _line, cells in sample), default=0)
            header = Header(0, tuple(layout.column_name(n + 1) for n in range(width)))
        else:
            header = layout.named(self._record(header_line))
        if not any(header.cells):
            raise InputRefused(
                _("{path} has no headers.").format(path=self.title),
                _("The first row names the columns."),
            )
        if len(header.cells) > _MOST_COLUMNS:
            raise InputRefused(
                _("{path} has {count} columns, at most {limit} can be read.").format(
                    path=self.title, count=len(header.cells), limit=_MOST_COLUMNS
                )
            )
        self.header = header
        self.headers = header.cells
        self.notices: list[Notice] = []

    def records(self) -> Iterator[Record]:
        """Everything on the sheet."""
        raise NotImplementedError

    def above(self) -> list[Record]:
        """The rows above the headers that have any text."""
        before = islice(self.records(), layout.SAMPLE)
        return [record for record in before if record[0] < self.header.line and any(record[1])]

    def rows(self) -> Iterator[Row]:
        """The rows of the table; rows without any text are left out."""
        width = len(self.headers)
        self.notices = []

        def leave_out(line: int, what: str) -> None:
            self.notices.append(Notice(line, what))

        records = self.records()
        if self.header.line:
            for line, _cells in records:
                if line == self.header.line:
                    break
        if not layout.is_own(self.header):
            records = layout.body(records, self.header, leave_out)
        for line, cells in records:
            if not any(cell and not cell.isspace() for cell in cells):
                continue
            if len(cells) == width:
                yield Row(line, tuple(cells))
                continue
            surplus = " ".join(cell for cell in cells[width:] if cell.strip())
            missing = ("",) * (width - len(cells))
            yield Row(line, (*cells[:width], *missing), surplus)

    def _record(self, line: int) -> Record:
        for record in self.records():
            if record[0] >= line:
                return record
        raise InputRefused(_("{path} has no line {line}.").format(path=self.title, line=line))


class CsvTable(Grid):
    """A text table. `dialect` says how it is written, `header_line` where its headers are."""

    def __init__(
        self, path: Path, dialect: Dialect | None = None, header_line: int | None = None
    ) -> None:
        """Open the file and read its headers; `InputRefused` if there are none."""
        self.path = path
        self.title = path.name
        self.dialect = dialect or sniff(path)
        self.lay_out(header_line)

    def records(self) -> Iterator[Record]:
        """The rows of the file, in which formulas are text again."""
        csv.field_size_limit(_LONGEST_CELL)
        dialect = self.dialect
        line = 1
        try:
            with self.path.open("rb") as raw:
                raw.seek(dialect.start)
                file = io.TextIOWrapper(raw, encoding=dialect.encoding, newline="")
                for _number in range(dialect.skip):
                    file.readline()
                reader = csv.reader(file, delimiter=dialect.delimiter, quotechar=dialect.quotechar)
                for cells in reader:
                    if line == 1 and cells:
                        cells[0] = cells[0].removeprefix("\ufeff")
                    # A call for each cell would take as long as all the rest.
                    yield (
                        line + dialect.skip,
                        [unguarded(cell) if cell[:1] == "'" else cell for cell in cells],
                    )
                    line = reader.line_num + 1
        except UnicodeError as error:
            number = error.start if isinstance(error, UnicodeDecodeError) else 0
            raise InputRefused(
                _("{path} is not written in {encoding}: byte {number} does not fit.").format(
                    path=self.path, encoding=dialect.encoding, number=number
                ),
                _("Name its encoding with --encoding, such as gb18030 or cp1252."),
            ) from None
        except (csv.Error, TypeError, ValueError) as error:
            raise InputRefused(
                _("{path} cannot be read behind line {line}: {reason}.").format(
                    path=self.path, line=line, reason=error
                ),
                _("A quotation mark may not be closed, or --delimiter may help."),
            ) from None
        except OSError as error:
            raise unreadable(self.path, error) from None


class Several:
    """Files with the same columns, one behind the other as one table.

    The columns may stand in another order, and a file may have further or fewer of them.
    """

    def __init__(self, tables: list[Table]) -> None:
        self.tables = tables
        self.path = tables[0].path
        self.names = tuple(table.title for table in tables)
        self.title = ", ".join(self.names)
        self._columns = list(dict.fromkeys(c for table in tables for c in _counted(table.headers)))
        self.headers = tuple(header for header, _number in self._columns)
        self.notices: list[Notice] = []

    def rows(self) -> Iterator[Row]:
        """The rows of all files."""
        self.notices = []
        for number, table in enumerate(self.tables):
            places = {column: index for index, column in enumerate(_counted(table.headers))}
            # -1 is the blank cell behind the last one.
            order = [places.get(column, -1) for column in self._columns]
            for row in table.rows():
                cells = (*row.cells, "")
                yield Row(row.line, tuple(cells[i] for i in order), row.surplus, number)
            self.notices += table.notices


class Bundle:
    """Tables with columns of their own that are imported together; `Row.file` counts the files of
    all of them. `files` are those of each table.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self._parts: list[Table] = []
        self.files: list[range] = []
        names: list[str] = []
        for table in tables:
            self.files.append(range(len(names), len(names) + len(names_of(table))))
            self._parts.append(_Shifted(table, len(names)))
            names += names_of(table)
        self.path = tables[0].path
        self.headers = tables[0].headers
        self.names = tuple(names)
        self.title = ", ".join(names)
        self.notices: list[Notice] = []

    def part(self, number: int) -> Table:
        """One of the tables, whose rows know which file of all they are from."""
        return self._parts[number]

    def rows(self) -> Iterator[Row]:
        """The rows of all tables."""
        for part in self._parts:
            yield from part.rows()


class _Shifted:
    """A table whose rows count its files from another number on."""

    def __init__(self, table: Table, first: int) -> None:
        self._table, self._first = table, first
        self.path, self.title, self.headers = table.path, table.title, table.headers
        self.notices: list[Notice] = []

    def rows(self) -> Iterator[Row]:
        """The rows of the table."""
        for row in self._table.rows():
            yield replace(row, file=row.file + self._first) if self._first else row
        self.notices = self._table.notices


def _counted(headers: tuple[str, ...]) -> list[tuple[str, int]]:
    """Each header with the number of the same ones before it."""
    return [(header, headers[:index].count(header)) for index, header in enumerate(headers)]
