"""Files about changes for a spreadsheet: what a batch could not do, and the history."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.exchange.cells import guarded
from tui_crm.exchange.writing.export import new_file
from tui_crm.exchange.writing.writers import text_of
from tui_crm.text.dates import to_iso

if TYPE_CHECKING:
    from tui_crm.core.history import Filter
    from tui_crm.core.rows import RecordResult, UndoOutcome, Value
    from tui_crm.core.session import Session

Written = Callable[[int, int], None]
"""Called with how many rows are written, and of how many; 0 where that is not known."""

_PAGE = 1000
_HISTORY = (
    "change", "change_set", "at", "user", "entity", "id", "name", "action", "field", "old", "new",
    "origin",
)  # fmt: skip


def write_failures(
    path: Path, failures: Sequence[RecordResult], *, progress: Written | None = None
) -> int:
    """Write who was not changed and why; gives how many. `InputRefused` if it cannot be written."""
    with new_file(path.expanduser()) as file:
        writer = csv.writer(file)
        writer.writerow(("id", "name", "reason"))
        for written, result in enumerate(failures, 1):
            writer.writerow((result.id, _cell(result.name), _cell(result.reason)))
            if progress is not None and written % _PAGE == 0:
                progress(written, len(failures))
    return len(failures)


def write_buckets(path: Path, outcome: UndoOutcome, *, progress: Written | None = None) -> int:
    """Write what an undo does not take back and why; gives how many lines. `InputRefused` if it
    cannot be written.
    """
    total = len(outcome.failed) + len(outcome.kept)
    parts = (("failed", outcome.failed), ("kept", outcome.kept))
    lines = ((bucket, result) for bucket, results in parts for result in results)
    with new_file(path.expanduser()) as file:
        writer = csv.writer(file)
        writer.writerow(("bucket", "id", "name", "reason"))
        for written, (bucket, result) in enumerate(lines, 1):
            writer.writerow((bucket, result.id, _cell(result.name), _cell(result.reason)))
            if progress is not None and written % _PAGE == 0:
                progress(written, total)
    return total


def write_history(
    session: Session, path: Path, wanted: Filter, *, progress: Written | None = None
) -> int:
    """Write every single change that `wanted` describes, oldest first; gives how many.

    Raises `InputRefused` if the file cannot be written.
    """
    from tui_crm.core import history

    written = 0
    with session.db.connection(), new_file(path.expanduser()) as file:
        writer = csv.writer(file)
        writer.writerow(_HISTORY)
        for row in history.export(session, wanted):
            writer.writerow(
                (row.id, row.change_set_id, to_iso(row.at), row.actor, row.entity,
                 row.record_id, _cell(row.record_name), row.action, row.field,
                 _cell(row.old), _cell(row.new), _cell(row.origin))
            )  # fmt: skip
            written += 1
            if progress is not None and written % _PAGE == 0:
                progress(written, 0)
    return written


def _cell(value: Value) -> str:
    return guarded(text_of(value))
