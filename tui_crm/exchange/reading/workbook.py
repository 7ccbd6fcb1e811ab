"""Sheets of workbooks as rows of text.

XLSX and XLSM are read as a stream (`xlsx`), XLS, XLSB and ODS in a process of their own
(`oldbooks`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tui_crm.errors import InputRefused, UsageError
from tui_crm.exchange.reading import oldbooks, xlsx
from tui_crm.exchange.reading.layout import Record
from tui_crm.exchange.reading.reader import Grid
from tui_crm.exchange.reading.sniff import unreadable
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


def _sheets(path: Path) -> Iterator[_Sheet]:
    """The worksheets of a workbook that hold anything. Raises `InputRefused`."""
    with _reading(path):
        if xlsx.is_xlsx(path):
            book = xlsx.Workbook(path)
            for sheet in book.sheets:
                if not book.is_empty(sheet):
                    yield _Sheet(sheet.name, sheet.visible, partial(book.rows, sheet))
            return
        for name, visible in oldbooks.sheets(path):
            yield _Sheet(name, visible, partial(oldbooks.rows, path, name))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever is wrong with a workbook becomes `InputRefused`."""
    try:
        yield
    except OSError as error:
        raise unreadable(path, error) from None
    except oldbooks.BookError as error:
        if error.password:
            raise InputRefused(
                _("{path} is protected with a password.").format(path=path.name),
                _("Open it in a spreadsheet and save a copy without a password."),
            ) from None
        raise _refused(path, error) from None
    except (xlsx.WorkbookError, ValueError) as error:
        raise _refused(path, error) from None


def _refused(path: Path, error: Exception) -> InputRefused:
    return InputRefused(
        _("{path} cannot be read as a workbook: {reason}.").format(path=path.name, reason=error),
        _("Open it in a spreadsheet and save it again, or as CSV."),
    )
