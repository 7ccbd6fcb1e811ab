"""An import: the plan applied through the write door as one change set, refused rows kept aside."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.core import changes
from tui_crm.core.changes.model import Request
from tui_crm.core.rows import Outcome
from tui_crm.exchange.export import new_file
from tui_crm.exchange.mapping import ERROR_COLUMN, LINE_COLUMN
from tui_crm.exchange.plan import Plan, Refused
from tui_crm.exchange.reader import Row, Table
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean

if TYPE_CHECKING:
    from tui_crm.core.session import Session


@dataclass(frozen=True, slots=True)
class Imported:
    """The outcome of the write door, and the rows that it refused."""

    outcome: Outcome
    refused: tuple[Refused, ...]


def apply_plan(
    session: Session,
    plan: Plan,
    table: Table,
    name: str,
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Write what was planned as one change set called after the file; all of it can be undone.

    A row that the write door refuses all the same, because somebody changed the customer in the
    meantime, is in `refused`.
    """
    summary = _("Import of {file}").format(file=name)
    request = Request(steps=plan.steps, kind="import", summary=summary, partial=True)
    outcome = changes.apply(session, request, progress=progress)
    reasons = {
        plan.line(result.step): result.reason
        for result in outcome.results
        if result.outcome == "failed"
    }
    rows = table.rows() if reasons else ()
    refused = tuple(Refused(row, reasons[row.line]) for row in rows if row.line in reasons)
    return Imported(outcome, refused)


class ErrorFile:
    """The refused rows of a table: its columns, and behind them the reason and the line.

    It can be mended and imported again as it is: the two further columns are left out. It is made
    with the first row that it gets.
    """

    def __init__(self, path: Path, headers: tuple[str, ...]) -> None:
        self.path = path
        self.count = 0
        self._headers = [h for h in headers if h not in (ERROR_COLUMN, LINE_COLUMN)]
        self._kept = [i for i, h in enumerate(headers) if h not in (ERROR_COLUMN, LINE_COLUMN)]
        self._rows: list[tuple[Row, str]] = []

    def add(self, refused: Refused) -> None:
        """One more row."""
        self.count += 1
        self._rows.append((refused.row, refused.reason))

    def reasons(self, limit: int) -> list[tuple[int, str]]:
        """The lines and reasons of the first rows."""
        return [(row.line, reason) for row, reason in self._rows[:limit]]

    def write(self) -> bool:
        """Write the file, if there is anything to write; gives whether."""
        if not self._rows:
            return False
        with new_file(self.path) as file:
            writer = csv.writer(file)
            writer.writerow([*self._headers, ERROR_COLUMN, LINE_COLUMN])
            for row, reason in sorted(self._rows, key=lambda item: item[0].line):
                cells = [row.cells[index] for index in self._kept]
                writer.writerow([*cells, clean(reason), row.line])
        return True
