"""Sheets of workbooks: XLSX, XLSM, XLSB, XLS and ODS as rows of text.

The reader is calamine (Rust, MIT): it knows all five formats and says which cells are dates. It
keeps a sheet in memory while it is read, about a kilobyte a row; a sheet ends at 1,048,576 rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_crm.errors import CrmError, InputRefused, UsageError
from tui_crm.exchange.layout import Record
from tui_crm.exchange.reader import Grid, unreadable
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_LARGEST = 1e21  # longer numbers are not written out: they are none of people


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook that hold anything, in their order. Raises `InputRefused`."""
    return [name for name, sheet in _sheets(path) if sheet.height]


class WorkbookTable(Grid):
    """One sheet; without a name the first one that holds anything."""

    def __init__(self, path: Path, sheet: str = "", header_line: int | None = None) -> None:
        """Read the sheet and find its headers; `InputRefused` if there are none."""
        self.path = path
        sheets = [(name, found) for name, found in _sheets(path) if found.height]
        if sheet:
            wanted = sheet.casefold()
            chosen = [pair for pair in sheets if wanted == pair[0].casefold()]
            if not chosen and sheet.isdecimal() and 0 < int(sheet) <= len(sheets):
                chosen = [sheets[int(sheet) - 1]]
            if not chosen:
                raise UsageError(
                    _('{path} has no sheet "{name}" that holds anything.').format(
                        path=path.name, name=sheet
                    ),
                    _("Its sheets: {names}").format(
                        names=", ".join(name for name, _sheet in sheets) or "-"
                    ),
                )
        elif sheets:
            chosen = sheets
        else:
            raise InputRefused(_("{path} is empty.").format(path=path.name))
        self.sheet, self._sheet = chosen[0]
        self.title = f"{path.name} [{self.sheet}]" if len(sheets) > 1 else path.name
        self.lay_out(header_line)

    def records(self) -> Iterator[Record]:
        """The rows of the sheet, counted as the spreadsheet counts them."""
        top, left = self._sheet.start or (0, 0)
        margin = [""] * left
        with _reading(self.path):
            for line, cells in enumerate(self._sheet.iter_rows(), top + 1):
                yield line, [*margin, *map(cell_text, cells)]


def cell_text(value: Any) -> str:
    """A cell as its reader sees it: whole numbers without a point or an exponent, ISO dates."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        if isinstance(value, int) or (value.is_integer() and abs(value) < _LARGEST):
            return f"{value:.0f}"
        return repr(value)
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else ""


def _sheets(path: Path) -> Iterator[tuple[str, CalamineSheet]]:
    """The worksheets of a workbook with their names. Raises `InputRefused`."""
    import python_calamine

    with _reading(path):
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        kind = python_calamine.SheetTypeEnum.WorkSheet
        for sheet in book.sheets_metadata:
            if sheet.typ == kind:
                yield sheet.name, book.get_sheet_by_name(sheet.name)


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
        known = python_calamine.CalamineError | OSError | ValueError | OverflowError | MemoryError
        if not isinstance(error, known) and type(error).__name__ != "PanicException":
            raise
        raise InputRefused(
            _("{path} cannot be read as a workbook: {reason}.").format(
                path=path.name, reason=error
            ),
            _("Open it in a spreadsheet and save it again, or as CSV."),
        ) from None
