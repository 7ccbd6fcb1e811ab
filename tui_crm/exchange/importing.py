"""An import: the plan applied through the write door as one change set, refused rows kept aside."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tui_crm.core import changes, summaries
from tui_crm.core.changes.model import Request, new_uid
from tui_crm.core.collector import without_collector
from tui_crm.core.records import dump
from tui_crm.core.rows import Outcome
from tui_crm.exchange.cells import guarded
from tui_crm.exchange.mapping.columns import ERROR_COLUMN, LINE_COLUMN, is_added
from tui_crm.exchange.planning.plan import Mode, Plan, Refused
from tui_crm.exchange.reading.reader import Table, names_of
from tui_crm.exchange.writing.export import new_file
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean

if TYPE_CHECKING:
    from tui_crm.core.changes.writer import CancelToken
    from tui_crm.core.session import Session

_FIRST = 5


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
    *,
    uid: str = "",
    cancel: CancelToken | None = None,
    after: Callable[[int, int], None] | None = None,
) -> Imported:
    """Write what was planned as one change set called after the file; all of it can be undone.

    `uid` makes a retry safe; `cancel` and `after` are those of the write door. A row that the door
    refuses all the same, because somebody changed the customer in the meantime, is in `refused`.
    """
    request = Request(
        steps=plan.steps,
        kind="import",
        summary=summaries.of_import(name),
        source=dump(names_of(table)),
        partial=True,
        uid=uid or new_uid(),
    )
    with without_collector():
        outcome = changes.apply(session, request, progress=progress, cancel=cancel, after=after)
    reasons = {
        plan.place(result.step): result.reason
        for result in outcome.results
        if result.outcome == "failed"
    }
    rows = table.rows() if reasons else ()
    refused = tuple(Refused(row, reasons[row.place]) for row in rows if row.place in reasons)
    return Imported(outcome, refused)


def seen_before(session: Session, table: Table, plan: Plan, mode: Mode) -> str:
    """That a file of this name was imported before, where every row is a new customer; or ""."""
    from tui_crm.core import history
    from tui_crm.text.dates import format_local

    found = history.last_import(session, dump(names_of(table))) if mode == "create" else None
    if found is None or not plan.new:
        return ""
    return _("A file of this name was imported on {when} already (change set {id}).").format(
        when=format_local(found.at, session.zone), id=found.id
    )


def was_done(session: Session, uid: str) -> bool:
    """Whether an import with this id is in the history."""
    return session.db.one("SELECT id FROM change_set WHERE uid = ?", (uid,)) is not None


class ErrorFile:
    """The refused rows of a table: its columns, and behind them the reason and the line.

    It can be mended and imported again as it is: the two further columns are left out. Rows are
    written as they come; used as a context, the file is there when `keep` was called and there
    was a row, and otherwise nothing is left of it.
    """

    def __init__(self, path: Path, headers: Sequence[str]) -> None:
        self.path = path
        self.count = 0
        self.first: list[Refused] = []  # a few, to be shown
        self._headers = [h for h in headers if not is_added(h)]
        self._kept = [i for i, h in enumerate(headers) if not is_added(h)]
        self._open = ExitStack()
        self._file: TextIO | None = None
        self._keep = False

    def __enter__(self) -> ErrorFile:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._keep:
            self._open.close()
        else:
            # `new_file` puts a file in its place only where no error came.
            with suppress(_Unwanted):
                self._open.__exit__(_Unwanted, _Unwanted(), None)

    def add(self, refused: Refused) -> None:
        """One more row. Raises `InputRefused` if the file cannot be written."""
        if self._file is None:
            self._file = self._open.enter_context(new_file(self.path))
            csv.writer(self._file).writerow([*self._headers, _(ERROR_COLUMN), _(LINE_COLUMN)])
        self.count += 1
        if len(self.first) < _FIRST:
            self.first.append(refused)
        kept = [refused.row.cells[index] for index in self._kept]
        csv.writer(self._file).writerow(
            map(guarded, [*kept, clean(refused.reason), str(refused.row.line)])
        )

    def keep(self) -> bool:
        """Keep the file; gives whether there is anything in it."""
        self._keep = True
        return self.count > 0


class _Unwanted(Exception):  # noqa: N818 - it ends a file that nobody asked for, nothing went wrong
    """Leaves `new_file` without a file."""
