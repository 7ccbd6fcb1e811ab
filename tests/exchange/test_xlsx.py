"""XLSX cells as a person sees them, and the memory that a long sheet takes."""

from __future__ import annotations

import tracemalloc
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter

from tui_crm.errors import InputRefused
from tui_crm.exchange.reading.opening import open_table


def first_row(path: Path) -> tuple[str, ...]:
    """The first row below the headers."""
    return next(open_table(path).rows()).cells


def test_cells_are_what_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        clock = book.add_format({"num_format": "hh:mm"})
        zeros = book.add_format({"num_format": "000000"})
        money = book.add_format({"num_format": "[$€-407] #,##0.00;[Red]-#,##0.00"})
        names = ["day", "moment", "time", "id", "big", "third", "money", "yes", "text", "formula"]
        sheet.write_row(0, 0, [f"Name {name}" for name in names])
        sheet.write_datetime(1, 0, datetime(2024, 2, 29), day)
        sheet.write_datetime(1, 1, datetime(2024, 2, 29, 13, 5), day)
        sheet.write_datetime(1, 2, time(13, 5), clock)  # type: ignore[arg-type]
        sheet.write_number(1, 3, 123, zeros)
        sheet.write_number(1, 4, 5.36e18)
        sheet.write_number(1, 5, 0.1 + 0.2)
        sheet.write_number(1, 6, 1234.5, money)
        sheet.write_boolean(1, 7, True)
        sheet.write_rich_string(1, 8, "a ", book.add_format({"bold": True}), "b")
        sheet.write_formula(1, 9, "=1+1", None, "two")
    assert first_row(path) == (
        "2024-02-29", "2024-02-29 13:05:00", "13:05:00", "000123", "5360000000000000000", "0.3",
        "1234.5", "true", "a b", "two",
    )  # fmt: skip


def test_days_of_both_calendars(tmp_path: Path) -> None:
    for name, options in (("pc.xlsx", {}), ("mac.xlsx", {"date_1904": True})):
        path = tmp_path / name
        with xlsxwriter.Workbook(str(path), options) as book:
            sheet = book.add_worksheet()
            form = book.add_format({"num_format": 14})
            sheet.write_row(0, 0, ["Name", "Birthday"])
            sheet.write_row(1, 0, ["Ana"])
            sheet.write_datetime(1, 1, date(1990, 2, 3), form)  # type: ignore[arg-type]
        assert first_row(path) == ("Ana", "1990-02-03")


def test_a_sheet_without_references_and_with_another_prefix(tmp_path: Path) -> None:
    path = tmp_path / "bare.xlsx"
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "xl/workbook.xml",
            f'<x:workbook xmlns:x="{space}" xmlns:r="{relations}"><x:sheets>'
            '<x:sheet name="s" sheetId="1" r:id="a"/></x:sheets></x:workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="x"><Relationship Id="a" Target="/xl/worksheets/1.xml"/>'
            "</Relationships>",
        )
        book.writestr(
            "xl/worksheets/1.xml",
            f'<x:worksheet xmlns:x="{space}"><x:sheetData><x:row>'
            '<x:c t="inlineStr"><x:is><x:t>Name</x:t></x:is></x:c>'
            '<x:c t="str"><x:v>City</x:v></x:c>'
            "</x:row><x:row><x:c><x:v>7</x:v></x:c><x:c t='e'><x:v>#N/A</x:v></x:c></x:row>"
            "</x:sheetData></x:worksheet>",
        )
    assert first_row(path) == ("7", "")


def test_a_broken_sheet_is_refused_and_nothing_was_given_before(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write_row(0, 0, ["Name", "City"])
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"][:-40]
    with zipfile.ZipFile(path, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)
    with pytest.raises(InputRefused):
        list(open_table(path).rows())


def test_memory_does_not_grow_with_the_sheet(tmp_path: Path) -> None:
    peaks = []
    for count in (500, 8000):
        path = tmp_path / f"{count}.xlsx"
        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for line in range(count):
                sheet.write_row(line, 0, [f"name {line}", f"city {line}", line, "x" * 50])
        tracemalloc.start()
        assert sum(1 for _row in open_table(path).rows()) == count - 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0] + 200_000
