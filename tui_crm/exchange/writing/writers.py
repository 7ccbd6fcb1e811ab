"""Writers of tables: CSV, XLSX, vCards and JSON lines, a customer at a time.

Each takes the values of registry fields in their order and is closed by leaving its block. What is
written is read back by `opening` as the same values.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tui_crm.core.fields import Field
from tui_crm.core.rows import Value
from tui_crm.errors import InputRefused
from tui_crm.exchange import cells
from tui_crm.text import dates
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean

if TYPE_CHECKING:
    from datetime import tzinfo

    from xlsxwriter.workbook import Workbook

OutFormat = Literal["csv", "xlsx", "vcard", "vcard3", "jsonl"]
OUT_FORMATS: tuple[OutFormat, ...] = ("csv", "xlsx", "vcard", "vcard3", "jsonl")
"""The formats by name; "vcard" is 4.0 and "vcard3" 3.0, which older telephones read."""

SUFFIXES: dict[str, OutFormat] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".vcf": "vcard",
    ".vcard": "vcard", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
}  # fmt: skip

_SHEET_ROWS = 1_048_575  # of data: what Excel opens, less the headers
_CELL = 32_767  # characters that a cell of Excel holds
# Excel counts a 29th of February 1900, which never was; days before are text.
_FIRST_DAY = date(1900, 3, 1)
_WIDTHS = {"date": 12, "datetime": 17, "number": 10, "multiline": 40, "phones": 28, "emails": 30}


class Text(Protocol):
    """Something to write text to."""

    def write(self, text: str, /) -> object:
        """Write text as it is."""


class Writer(Protocol):
    """What every writer has."""

    def row(self, values: Sequence[Value]) -> None:
        """Write a customer: the values of the fields in their order."""


def text_of(value: Value) -> str:
    """The cell of a value, which an import reads back as the same value."""
    if isinstance(value, tuple):
        return clean(cells.join(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else clean(str(value))


def titles(fields: Sequence[Field], labels: bool) -> list[str]:
    """The headers of these fields: their names, or their labels in the user's language.

    Fields that share a label keep their names, so that an import knows them.
    """
    shared = Counter(item.label for item in fields)
    return [item.label if labels and shared[item.label] == 1 else item.name for item in fields]


class CsvWriter:
    """Rows of text under headers; what a spreadsheet would run as a formula is marked as text."""

    def __init__(self, file: Text, headers: Sequence[str], delimiter: str = ",") -> None:
        self._writer = csv.writer(file, delimiter=delimiter)
        self._writer.writerow([cells.guarded(header) for header in headers])

    def row(self, values: Sequence[Value]) -> None:
        """Write one row."""
        self._writer.writerow([cells.guarded(text_of(value)) for value in values])


class JsonWriter:
    """An object a line: lists are lists, numbers numbers; what is empty is there."""

    def __init__(self, file: Text, headers: Sequence[str]) -> None:
        self._file = file
        self._headers = headers

    def row(self, values: Sequence[Value]) -> None:
        """Write one object."""
        found = dict(zip(self._headers, map(_plain, values), strict=True))
        self._file.write(json.dumps(found, ensure_ascii=False) + "\n")


class XlsxWriter:
    """A sheet with frozen headers and cells of real types; a further sheet where one is full."""

    def __init__(self, book: Workbook, fields: Sequence[Field], zone: tzinfo, labels: bool) -> None:
        self._book = book
        self._fields = fields
        self._titles = titles(fields, labels)
        self._zone = zone
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._lines = book.add_format({"text_wrap": True, "valign": "top"})
        self._sheets = 0
        self._new_sheet()

    def row(self, values: Sequence[Value]) -> None:
        """Write one row. Raises `InputRefused` for a text that no cell of Excel holds."""
        if self._line > _SHEET_ROWS:
            self._new_sheet()
        for number, (item, value) in enumerate(zip(self._fields, values, strict=True)):
            self._cell(number, item, value)
        self._line += 1

    def _new_sheet(self) -> None:
        self._sheets += 1
        name = _("Customers")
        self._sheet: Any = self._book.add_worksheet(
            name if self._sheets == 1 else f"{name} {self._sheets}"
        )
        self._sheet.freeze_panes(1, 0)
        for number, item in enumerate(self._fields):
            self._sheet.set_column(number, number, _WIDTHS.get(item.type, 18))
            self._sheet.write_string(0, number, self._titles[number], self._head)
        self._line = 1

    def _cell(self, column: int, item: Field, value: Value) -> None:
        place = (self._line, column)
        if isinstance(value, bool):
            self._sheet.write_boolean(*place, value)
            return
        if isinstance(value, int | float) and float(f"{value:.15G}") == value:
            self._sheet.write_number(*place, value)
            return
        text = text_of(value)
        if not text:
            return
        if item.type == "date" and (day := dates.parse_date(text, "GB")) and day >= _FIRST_DAY:
            self._sheet.write_datetime(*place, day, self._day)
        elif item.type == "datetime" and (moment := _moment(text, self._zone)):
            self._sheet.write_datetime(*place, moment, self._moment)
        elif len(text.encode("utf-16-le")) > 2 * _CELL:
            raise InputRefused(
                _(
                    "{field} of a customer has {length} characters, a cell of XLSX holds {limit}."
                ).format(field=item.label, length=len(text), limit=_CELL),
                _("Export as CSV, or leave the field out with --fields."),
            )
        elif "\n" in text:
            self._sheet.write_string(*place, text, self._lines)
        else:
            self._sheet.write_string(*place, text)


@contextmanager
def xlsx(
    path: Path, fields: Sequence[Field], zone: tzinfo, *, labels: bool = False
) -> Iterator[XlsxWriter]:
    """A workbook that is complete when the block is left; a row at a time is kept in memory.

    The headers are the names of the fields, or their `labels`. Raises `InputRefused` if it cannot
    be written.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "in_memory": False})
    try:
        yield XlsxWriter(book, fields, zone, labels)
        book.close()
    except XlsxWriterException as error:
        raise InputRefused(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error)
        ) from error


def open_text(
    file: Text,
    kind: OutFormat,
    fields: Sequence[Field],
    delimiter: str = ",",
    *,
    labels: bool = False,
) -> Writer:
    """The writer of a text format. The headers of CSV are names of fields, or their `labels`."""
    if kind == "csv":
        return CsvWriter(file, titles(fields, labels), delimiter)
    headers = [item.name for item in fields]
    if kind == "jsonl":
        return JsonWriter(file, headers)
    from tui_crm.exchange.writing.cardwriter import CardWriter

    return CardWriter(file, headers, "3.0" if kind == "vcard3" else "4.0")


def _plain(value: Value) -> object:
    if isinstance(value, tuple):
        return [clean(item) for item in value]
    return clean(value) if isinstance(value, str) else "" if value is None else value


def _moment(text: str, zone: tzinfo) -> Any:
    """A stored moment in the user's zone, as Excel keeps it: without one."""
    try:
        moment = dates.from_iso(text).astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return moment if moment.date() >= _FIRST_DAY else None
