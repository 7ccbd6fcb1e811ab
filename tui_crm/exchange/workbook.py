"""Sheets of workbooks as rows of text.

XLSX and XLSM are read as a stream (`xlsx`). XLS, XLSB and ODS are read by calamine (Rust, MIT),
which knows which cells are dates and keeps a sheet in memory, about a kilobyte a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tui_crm.errors import CrmError, InputRefused, UsageError
from tui_crm.exchange import xlsx
from tui_crm.exchange.layout import Record
from tui_crm.exchange.reader import Grid, unreadable
from tui_crm.text.i18n import _


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet that holds anything: its name, and its rows from the first as often as wanted."""

    name: str
    visible: bool
    rows: Callable[[], Iterator[Record]]


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook that hold anything, in their order. Raises `InputRefused`."""
    return [sheet.name for sheet in _sheets(path)]


class WorkbookTable(Grid):
    """One sheet; without a name the first one that holds anything."""

    def __init__(self, path: Path, sheet: str = "", header_line: int | None = None) -> None:
        """Read the sheet and find its headers; `InputRefused` if there are none."""
        self.path = path
        sheets = list(_sheets(path))
        if not sheets:
            raise InputRefused(_("{path} is empty.").format(path=path.name))
        chosen = sorted(sheets, key=lambda item: not item.visible)
        if sheet:
            wanted = sheet.casefold()
            chosen = [item for item in sheets if wanted == item.name.casefold()]
            if not chosen and sheet.isdecimal() and 0 < int(sheet) <= len(sheets):
                chosen = [sheets[int(sheet) - 1]]
            if not chosen:
                names = ", ".join(item.name for item in sheets)
                raise UsageError(
                    _('{path} has no sheet "{name}" that holds anything.').format(
                        path=path.name, name=sheet
                    ),
                    _("Its sheets: {names}").format(names=names),
                )
        self._sheet = chosen[0]
        self.sheet = self._sheet.name
        self.title = f"{path.name} [{self.sheet}]" if len(sheets) > 1 else path.name
        self.lay_out(header_line)

    def records(self) -> Iterator[Record]:
        """The rows of the sheet, counted as the spreadsheet counts them."""
        with _reading(self.path):
            yield from self._sheet.rows()


def cell_text(value: Any) -> str:
    """A cell as its reader sees it: whole numbers without a point or an exponent, ISO dates."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return xlsx.number_text(float(value))
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else ""


def _sheets(path: Path) -> Iterator[_Sheet]:
    """The worksheets of a workbook that hold anything. Raises `InputRefused`."""
    with _reading(path):
        if xlsx.is_xlsx(path):
            book = xlsx.Workbook(path)
            for sheet in book.sheets:
                if not book.is_empty(sheet):
                    yield _Sheet(sheet.name, sheet.visible, partial(book.rows, sheet))
            return
        import python_calamine

        other = python_calamine.CalamineWorkbook.from_path(str(path))
        for data in other.sheets_metadata:
            if data.typ == python_calamine.SheetTypeEnum.WorkSheet:
                found = other.get_sheet_by_name(data.name)
                if found.height:
                    visible = data.visible == python_calamine.SheetVisibleEnum.Visible
                    yield _Sheet(data.name, visible, partial(_calamine_rows, found))


def _calamine_rows(sheet: Any) -> Iterator[Record]:
    """The rows from the top of the sheet; blank columns on the left are not in them."""
    margin = [""] * (sheet.start[1] if sheet.start else 0)
    for line, cells in enumerate(sheet.iter_rows(), 1):
        yield line, [*margin, *map(cell_text, cells)]


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever a broken workbook makes its reader raise becomes `InputRefused`."""
    import python_calamine

    try:
        yield
    except CrmError:
        raise
    except python_calamine.PasswordError:
        raise InputRefused(
            _("{path} is protected with a password.").format(path=path.name),
            _("Open it in a spreadsheet and save a copy without a password."),
        ) from None
    except FileNotFoundError as error:
        raise unreadable(path, error) from None
    except BaseException as error:
        # A panic of the Rust code is no Exception and its class cannot be imported.
        known = (
            python_calamine.CalamineError, xlsx.WorkbookError, OSError, ValueError, OverflowError,
            MemoryError,
        )  # fmt: skip
        if not isinstance(error, known) and type(error).__name__ != "PanicException":
            raise
        raise InputRefused(
            _("{path} cannot be read as a workbook: {reason}.").format(
                path=path.name, reason=error
            ),
            _("Open it in a spreadsheet and save it again, or as CSV."),
        ) from None
