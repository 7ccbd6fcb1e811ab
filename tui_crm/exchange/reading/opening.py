"""Any file as a table: what format it is in, and how it is read.

A `Reading` says everything that was guessed, so that a user can change one thing of it with
`dataclasses.replace` and open the file again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

from tui_crm.errors import InputRefused, UsageError
from tui_crm.exchange.reading import sniff
from tui_crm.exchange.reading.jsonlines import JsonTable
from tui_crm.exchange.reading.reader import CsvTable, Table
from tui_crm.exchange.reading.vcard import VCardTable
from tui_crm.exchange.reading.workbook import WorkbookTable, sheet_names
from tui_crm.text.i18n import _

Format = Literal["csv", "xlsx", "vcard", "jsonl"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "vcard", "jsonl")
"""The formats by the names that people give them; "xlsx" stands for every kind of workbook."""

SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".tab": "csv",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xlsb": "xlsx", ".xls": "xlsx", ".ods": "xlsx",
    ".vcf": "vcard", ".vcard": "vcard",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
}  # fmt: skip
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. Empty texts and None mean: as it was found out.

    `header_line` is the line of the headers, 0 for a table without any.
    """

    format: Format
    encoding: str = ""
    delimiter: str = ""
    quotechar: str = ""
    sheet: str = ""
    header_line: int | None = None


def detect(path: Path) -> Format:
    """The format of a file, by what is in it; its name decides between kinds of text.

    Raises `InputRefused` if it cannot be read or is nothing of this kind.
    """
    try:
        head = sniff.read_sample(path)[:4096]
    except OSError as error:
        raise sniff.unreadable(path, error) from None
    if head.startswith((_ZIP, _OLE)):
        return "xlsx"
    if not head.strip():
        raise InputRefused(_("{path} is empty.").format(path=path.name))
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"Rar!", b"{\\rtf")):
        raise InputRefused(
            _("{path} is neither a table nor a workbook, a vCard or JSON.").format(path=path.name)
        )
    named = SUFFIXES.get(path.suffix.lower())
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if text[:11].upper() == b"BEGIN:VCARD":
        return "vcard"
    if named in ("vcard", "jsonl"):
        return named
    if text.startswith((b'{"', b"[{", b"{}")) or (text[:1] in b"[{" and b'":' in text[:200]):
        return "jsonl"
    if text[:200].lower().lstrip().startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        raise InputRefused(
            _("{path} is a web page or XML, although it may be called otherwise.").format(
                path=path.name
            ),
            _("Open it in a spreadsheet and save it as XLSX or CSV."),
        )
    return "csv"


def guess(path: Path, **given: str | int | None) -> Reading:
    """How the file is read, with everything that could be found out; `given` is taken as it is.

    Raises `InputRefused` for a file that cannot be read.
    """
    return reading_of(open_table(path, _asked(path, given)))


def reading_of(table: Table) -> Reading:
    """How a table is read."""
    if isinstance(table, CsvTable):
        how = table.dialect
        return Reading(
            "csv", how.encoding, how.delimiter, how.quotechar, header_line=table.header.line
        )
    if isinstance(table, WorkbookTable):
        return Reading("xlsx", sheet=table.sheet, header_line=table.header.line)
    if isinstance(table, VCardTable):
        return Reading("vcard", table.encoding)
    assert isinstance(table, JsonTable)
    return Reading("jsonl", table.encoding)


def open_table(path: Path, reading: Reading | None = None) -> Table:
    """The table in a file. Raises `InputRefused`; `UsageError` for a sheet that is not there."""
    how = reading or Reading(detect(path))
    if how.format == "xlsx":
        return WorkbookTable(path, how.sheet, how.header_line)
    if how.sheet:
        raise UsageError(_("{path} is no workbook: it has no sheets.").format(path=path.name))
    if how.format == "vcard":
        return VCardTable(path, how.encoding)
    if how.format == "jsonl":
        return JsonTable(path, how.encoding)
    dialect = sniff.sniff(
        path, encoding=how.encoding, delimiter=how.delimiter, quotechar=how.quotechar
    )
    return CsvTable(path, dialect, how.header_line)


EVERY_SHEET = "*"
"""Instead of the name of a sheet: all of a workbook that hold anything, each as a table."""


def open_tables(paths: Sequence[Path], **given: str | int | None) -> list[Table]:
    """The tables of several files, each for itself; `given` as for `guess`, and `EVERY_SHEET`."""
    tables: list[Table] = []
    every = given.get("sheet") == EVERY_SHEET
    for path in paths:
        if every and (names := sheets(path)):
            tables += [open_table(path, _asked(path, {**given, "sheet": name})) for name in names]
        else:
            tables.append(
                open_table(path, _asked(path, {**given, "sheet": ""} if every else given))
            )
    return tables


def sheets(path: Path) -> list[str]:
    """The sheets of a workbook that hold anything; none for other formats."""
    return sheet_names(path) if detect(path) == "xlsx" else []


@contextmanager
def spooled(stream: BinaryIO, name: str) -> Iterator[Path]:
    """The content of a stream as a file called `name` for as long as the block lasts.

    A table is read more than once, which a pipe does not allow.
    """
    with tempfile.TemporaryDirectory(prefix="crm-") as folder:
        path = Path(folder) / name
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)
        yield path


def _asked(path: Path, given: dict[str, str | int | None]) -> Reading:
    chosen = {key: value for key, value in given.items() if value not in ("", None)}
    kind = chosen.pop("format", None) or detect(path)
    assert kind in FORMATS
    return replace(Reading(kind), **chosen)  # type: ignore[arg-type]
