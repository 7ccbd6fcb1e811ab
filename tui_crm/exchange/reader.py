"""A text table as rows of text, read as a stream."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tui_crm.errors import InputRefused
from tui_crm.exchange.sniff import Dialect, sniff
from tui_crm.text.i18n import _

# A longer cell is a quotation mark that was never closed: no field takes so much.
_LONGEST_CELL = 2_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line on which it begins, counted from 1, and a cell for each header.

    `surplus` is what stood in cells behind the last header.
    """

    line: int
    cells: tuple[str, ...]
    surplus: str = ""


class Table(Protocol):
    """What a reader of any format gives."""

    headers: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """All rows, from the first; may be called again."""
        ...


class CsvTable:
    """A text table. `dialect` says how it is written."""

    def __init__(self, path: Path, dialect: Dialect | None = None) -> None:
        """Open the file and read its headers; `InputRefused` if there are none."""
        self.path = path
        self.dialect = dialect or sniff(path)
        first = next(self._records(), None)
        self.headers = tuple(cell.strip() for cell in first[1]) if first else ()
        if not any(self.headers):
            raise InputRefused(
                _("{path} has no headers.").format(path=path),
                _("The first row names the columns."),
            )

    def rows(self) -> Iterator[Row]:
        """The rows behind the headers; rows without any text are left out."""
        width = len(self.headers)
        records = self._records()
        next(records, None)
        for line, cells in records:
            if any(cell and not cell.isspace() for cell in cells):
                surplus = " ".join(cell for cell in cells[width:] if cell.strip())
                missing = ("",) * (width - len(cells))
                yield Row(line, (*cells[:width], *missing), surplus)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        csv.field_size_limit(_LONGEST_CELL)
        dialect = self.dialect
        try:
            with self.path.open(encoding=dialect.encoding, newline="") as file:
                for _number in range(dialect.skip):
                    file.readline()
                reader = csv.reader(file, delimiter=dialect.delimiter, quotechar=dialect.quotechar)
                line = 1
                for cells in reader:
                    if line == 1 and cells:
                        cells[0] = cells[0].removeprefix("\ufeff")
                    yield line + dialect.skip, cells
                    line = reader.line_num + 1
        except UnicodeDecodeError as error:
            raise InputRefused(
                _("{path} is not written in {encoding}: byte {number} does not fit.").format(
                    path=self.path, encoding=dialect.encoding, number=error.start
                ),
                _("Name its encoding with --encoding, such as gb18030 or cp1252."),
            ) from None
        except csv.Error as error:
            raise InputRefused(
                _("{path} cannot be read behind line {line}: {reason}.").format(
                    path=self.path, line=line, reason=error
                ),
                _("A quotation mark may not be closed, or --delimiter may help."),
            ) from None
        except OSError as error:
            raise InputRefused(
                _("{path} cannot be read: {reason}.").format(path=self.path, reason=error.strerror)
            ) from None
