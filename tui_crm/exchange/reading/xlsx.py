"""XLSX and XLSM as a stream: the rows of a sheet one by one, whatever their number.

An XLSX file is a ZIP of XML. Of the libraries the one that streams is slow and takes half a second
to import (openpyxl), the fast one keeps the whole sheet (calamine), and both lose the zeros that a
format shows before a number. This reads a row at a time, and the texts that cells share from a file
beside it. What a person sees in a cell is what is given: dates by their format, "007" where the
format is 000, whole numbers without an exponent.
"""

from __future__ import annotations

import posixpath
import re
import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import IO, Protocol
from xml.etree.ElementTree import Element, iterparse

from tui_crm.exchange.reading.celltext import number_text
from tui_crm.exchange.reading.layout import Record

_MOST_ROWS = 1_048_576
_MOST_COLUMNS = 16_384
_LARGEST_PART = 8 << 30  # bytes, unpacked: a bomb is larger, no workbook is
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.I)
_DATE_CODE = re.compile(r"[dmyhs]", re.I)
_ZEROS = re.compile(r"0{2,}")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


# What the ZIP and XML of the standard library raise for broken parts; ParseError is a SyntaxError.
_BROKEN = (KeyError, SyntaxError, ValueError, LookupError, RuntimeError, NotImplementedError,
           EOFError, zlib.error, zipfile.BadZipFile)  # fmt: skip


class WorkbookError(Exception):
    """The file is no XLSX that can be read."""


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, whether it is shown, and the part of the ZIP that holds it."""

    name: str
    visible: bool
    part: str


def is_xlsx(path: Path) -> bool:
    """Whether the file is a workbook of this kind. Raises `OSError`."""
    try:
        with zipfile.ZipFile(path) as book:
            return _main_part(book) is not None
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        return False


class Workbook:
    """An open workbook. Raises `WorkbookError` for one that cannot be read, and `OSError`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._zip() as book:
            main = _main_part(book)
            if main is None:
                raise WorkbookError("no workbook in it")
            targets = _relations(book, main)
            self.sheets: list[Sheet] = []
            self._from_1904 = False
            for item in _elements(book, main):
                if item.tag == "workbookPr":
                    self._from_1904 = item.get("date1904", "0") in ("1", "true")
                elif item.tag == "sheet":
                    part = targets.get(_any(item, "id"), "")
                    if "worksheets/" in part:
                        shown = item.get("state", "visible") == "visible"
                        self.sheets.append(Sheet(item.get("name", ""), shown, part))
            folder = posixpath.dirname(main)
            self._formats = _formats(book, posixpath.join(folder, "styles.xml"))
            self._strings = posixpath.join(folder, "sharedStrings.xml")
        self._texts: _Texts | None = None

    def is_empty(self, sheet: Sheet) -> bool:
        """Whether no cell of a sheet holds anything."""
        return not any(any(cells) for _line, cells in self.rows(sheet))

    def rows(self, sheet: Sheet) -> Iterator[Record]:
        """The rows of a sheet that hold any cell, as the spreadsheet counts them."""
        with self._zip() as book:
            if self._texts is None:
                self._texts = _Texts(book, self._strings)
            line = 0
            for row in _elements(book, sheet.part, "row"):
                line = _number(row.get("r"), line + 1)
                if line > _MOST_ROWS:
                    raise WorkbookError(f"row {line}")
                yield line, self._cells(row)

    def _cells(self, row: Element) -> list[str]:
        cells: list[str] = []
        for cell in row:
            if _local(cell) != "c":
                continue
            column = _column(cell.get("r"), len(cells))
            if column > len(cells):
                cells += [""] * (column - len(cells))
            text = self._text(cell)
            if column < len(cells):
                cells[column] = text
            else:
                cells.append(text)
        return cells

    def _text(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        value = ""
        for part in cell:
            name = _local(part)
            if name == "v":
                value = part.text or ""
            elif name == "is":
                return _joined(part)
        if kind == "s":
            assert self._texts is not None
            return self._texts[_number(value, -1)]
        if kind == "str":
            return _unescaped(value)
        if kind == "b":
            return "true" if value.strip() in ("1", "true") else "false" if value else ""
        if kind == "e" or not value:
            return ""
        if kind == "d":
            return value.removesuffix("T00:00:00")
        return self._shown(value, _number(cell.get("s"), 0))

    def _shown(self, value: str, style: int) -> str:
        """A number as its format shows it."""
        form = self._formats[style] if 0 <= style < len(self._formats) else ""
        try:
            number = float(value)
        except ValueError:
            return value
        if form == "date":
            return _day(number, self._from_1904) or number_text(number)
        text = number_text(number)
        return text.zfill(int(form)) if form and text.isdecimal() else text

    def _zip(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._path)
        except zipfile.BadZipFile as error:
            raise WorkbookError(str(error)) from error


class _Texts:
    """The texts that cells share, in a temporary file; in memory only where each begins."""

    def __init__(self, book: zipfile.ZipFile, part: str) -> None:
        self._starts = array("q", [0])
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives with the workbook
        if part in book.namelist():
            end = 0
            for item in _elements(book, part, "si"):
                end += self._file.write(_joined(item).encode("utf-8", "replace"))
                self._starts.append(end)
        self._cached = lru_cache(65_536)(self._read)

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._starts) - 1:
            return ""
        return self._cached(number)

    def _read(self, number: int) -> str:
        self._file.seek(self._starts[number])
        return self._file.read(self._starts[number + 1] - self._starts[number]).decode()


def _elements(book: zipfile.ZipFile, part: str, wanted: str = "") -> Iterator[Element]:
    """The elements of a part as they end, without their namespaces; each is forgotten after it.

    With `wanted` only those of that name, whole. Raises `WorkbookError` for broken XML.
    """
    try:
        info = book.getinfo(part)
        if info.file_size > _LARGEST_PART:
            raise WorkbookError(f"{part}: {info.file_size} bytes")
        with book.open(info) as file:
            above: list[Element] = []
            for event, item in iterparse(file, ("start", "end")):
                if event == "start":
                    above.append(item)
                    continue
                above.pop()
                name = _local(item)
                if wanted and name != wanted:
                    continue
                item.tag = name
                yield item
                if above:
                    above[-1].clear()
    except _BROKEN as error:
        raise WorkbookError(f"{part}: {error}") from error


def _main_part(book: zipfile.ZipFile) -> str | None:
    """The part that lists the sheets."""
    names = book.namelist()
    usual = "xl/workbook.xml"
    if usual in names:
        return usual
    return next((name for name in names if name.endswith("/workbook.xml")), None)


def _relations(book: zipfile.ZipFile, part: str) -> dict[str, str]:
    """The parts to which a part refers, by their ids."""
    folder, name = posixpath.split(part)
    found = {}
    for item in _elements(book, f"{folder}/_rels/{name}.rels"):
        target = item.get("Target", "")
        found[item.get("Id", "")] = (
            target.lstrip("/")
            if target.startswith("/")
            else posixpath.normpath(posixpath.join(folder, target))
        )
    return found


def _formats(book: zipfile.ZipFile, part: str) -> list[str]:
    """For each style of cells "date", the number of digits of "000", or ""."""
    if part not in book.namelist():
        return []
    codes: dict[int, str] = {}
    formats: list[str] = []
    for item in _elements(book, part, "numFmts"):
        for form in item:
            codes[_number(form.get("numFmtId"), -1)] = form.get("formatCode", "")
    for item in _elements(book, part, "cellXfs"):
        for style in item:
            number = _number(style.get("numFmtId"), 0)
            code = _NOT_CODE.sub("", codes.get(number, "")).split(";")[0]
            letters = code.lower().replace("general", "")
            if number in _DATE_FORMATS or _DATE_CODE.search(letters):
                formats.append("date")
            else:
                formats.append(str(len(code)) if _ZEROS.fullmatch(code) else "")
    return formats


def _day(number: float, from_1904: bool) -> str:
    """The day, the time or the moment that Excel counts so; "" if it counts none."""
    if from_1904:
        number += 1462
    elif number < 60:  # before the 29th of February 1900, which Excel alone knows
        number += 1
    try:
        moment = datetime(1899, 12, 30) + timedelta(seconds=round(number * 86400))
    except (OverflowError, ValueError):
        return ""
    if 0 <= number - (not from_1904) < 1:
        return moment.time().isoformat()
    return str(moment.date()) if moment.time() == datetime.min.time() else moment.isoformat(" ")


def _joined(item: Element) -> str:
    """The text of a string: its runs, without the readings of Japanese."""
    texts: list[str] = []
    for part in item:
        name = _local(part)
        if name == "t":
            texts.append(part.text or "")
        elif name == "r":
            texts += [run.text or "" for run in part if _local(run) == "t"]
    return _unescaped("".join(texts))


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _local(item: Element) -> str:
    tag = item.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _any(item: Element, name: str) -> str:
    """An attribute in whatever namespace."""
    return next((value for key, value in item.items() if key.rpartition("}")[2] == name), "")


def _column(reference: str | None, following: int) -> int:
    match = _REFERENCE.fullmatch(reference or "")
    if match is None:
        return following
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - 64
    if number > _MOST_COLUMNS:
        raise WorkbookError(f"cell {reference}")
    return number - 1


def _number(text: str | None, otherwise: int) -> int:
    try:
        return int(text) if text else otherwise
    except ValueError:
        return otherwise
