"""What the screens of a batch do in the lanes: counting, reading pages, changing, writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_crm.core import batch
from tui_crm.core.batch import BatchPreview
from tui_crm.core.changes.model import Edit
from tui_crm.core.meanwhile import Seen
from tui_crm.core.results import Results
from tui_crm.core.rows import Outcome, RecordDiff

if TYPE_CHECKING:
    from pathlib import Path

    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel, Progress


def count(
    session: Session, ids: Sequence[int], edit: Edit, cancel: Cancel, *, progress: Progress
) -> BatchPreview:
    """Count what the edit would change; in the long lane."""
    with session.db.connection():
        return batch.preview(session, ids, edit, progress=progress, cancel=cancel)


def records_of(session: Session, edit: Edit, ids: Sequence[int]) -> Sequence[RecordDiff]:
    """These customers before and after; in the query lane."""
    with session.db.connection():
        return batch.page(session, ids, edit, 0, len(ids))


def match_now(session: Session, query: str, ids: Sequence[int]) -> batch.Since:
    """Who matches now, and who came and went; in the long lane."""
    with session.db.connection():
        return batch.since_preview(session, query, ids)


@dataclass(frozen=True, slots=True)
class Job:
    """What a batch is given besides whom and what to change."""

    cancel: Cancel
    uid: str
    seen: Seen | None
    failures: Results
    after: Progress


def apply_batch(
    session: Session, ids: Sequence[int], edit: Edit, job: Job, *, progress: Progress
) -> Outcome:
    """Make the change; in the long lane. Raises `BatchConflict`."""
    with session.db.connection():
        return batch.apply(
            session,
            ids,
            edit,
            progress=progress,
            cancel=job.cancel,
            uid=job.uid,
            seen=job.seen,
            report=job.failures.add,
            after=job.after,
        )


def write_failed(failures: Results, _session: Session, path: Path, *, progress: Progress) -> int:
    """Write those that failed into a file; in the long lane."""
    from tui_crm.exchange.writing.reports import write_failures

    return write_failures(path, failures, progress=progress)
