"""The door itself: one request, one transaction, one change set."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from tui_crm.core.changes.bulk import update_many
from tui_crm.core.changes.creating import create
from tui_crm.core.changes.model import Create, Request, Step, UpdateMany, new_uid
from tui_crm.core.changes.updating import update
from tui_crm.core.changes.writer import CancelToken, Progress, Report, Writer
from tui_crm.core.records import chunks
from tui_crm.core.rows import Outcome
from tui_crm.text import dates
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_CHUNK = 1000  # records that are read, changed and written together


def apply(
    session: Session,
    request: Request,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
    check: Callable[[int], None] | None = None,
    report: Report | None = None,
    after: Progress | None = None,
) -> Outcome:
    """Make the changes of `request`, all in one transaction, and say where each record landed.

    A request whose uid is in the history already is answered with its old outcome and writes
    nothing. A request that changes nothing leaves no change set (`change_set_id` is None).

    Without `request.partial` the first record that is refused refuses the whole act: `NotFound`
    (also for a hidden one), `InputRefused` or `EditConflict` is raised. A cancel rolls everything
    back and raises `CrmError`.

    `check` is called with the id of the new change set in the transaction, before anything is
    written and once more when all that is written is locked; what it raises refuses the whole act.
    `report` is called for every record that failed, however many there are. `after` is a second
    `progress`, of what follows when all records are written: the search index is brought in line.
    """
    db = session.db
    with db.transaction():
        set_id = open_set(
            session, request.uid, request.kind, request.summary, request.reason,
            source=request.source,
        )  # fmt: skip
        if set_id is None:
            return old_outcome(session, request.uid)
        if check is not None:
            check(set_id)
        total = sum(len(s.ids) if isinstance(s, UpdateMany) else 1 for s in request.steps)
        writer = Writer(
            session,
            set_id,
            total=total,
            progress=progress,
            cancel=cancel,
            failed=report,
            after=after,
        )
        if request.kind == "import":
            writer.expect_import()
        with db.expecting(total):
            for run in _runs(request):
                writer.advance()
                _apply_run(writer, run, request.partial)
            writer.finish()
        if check is not None:
            check(set_id)
        kept = close_set(writer)
        writer.check()
    if kept:
        session.own_sets.add(set_id)
    return Outcome(
        set_id if kept else None,
        writer.done,
        writer.failed,
        writer.skipped,
        writer.lines(),
        writer.created,
    )


def open_set(
    session: Session,
    uid: str,
    kind: str,
    summary: str,
    reason: str,
    undoes: int | None = None,
    source: str = "",
) -> int | None:
    """The id of a new change set, or None if there is one with that uid.

    The unique uid is taken before anything else is written: a second request with it, even one
    that runs at the same time, waits here and then sees the first.
    """
    db = session.db
    new = db.run(
        "INSERT INTO change_set (uid, actor_id, at, face, kind, summary, reason, undoes_id, source,"
        " done, failed, skipped) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)"
        " ON CONFLICT (uid) DO NOTHING",
        (uid, session.viewer.id, dates.to_iso(dates.utc_now()), session.face, kind,
         clean_line(summary), clean_line(reason), undoes, source),
    )  # fmt: skip
    row = db.one("SELECT id FROM change_set WHERE uid = ?", (uid,)) if new else None
    return int(row[0]) if row else None


def log_export(session: Session, summary: str, count: int) -> int:
    """Put an act into the history that changed nothing: `count` customers were written to a file.

    Gives the id of the change set, which has no changes and nothing to undo.
    """
    db = session.db
    with db.transaction():
        set_id = open_set(session, new_uid(), "export", summary, "")
        assert set_id is not None  # its uid is new
        db.run("UPDATE change_set SET done = ? WHERE id = ?", (count, set_id))
    return set_id


def close_set(writer: Writer) -> bool:
    """Keep the change set if it changed anything, and tell the other sessions; gives whether."""
    db = writer.db
    if not writer.done:
        db.run("DELETE FROM change_set WHERE id = ?", (writer.set_id,))
        return False
    db.run(
        "UPDATE change_set SET done = ?, failed = ?, skipped = ? WHERE id = ?",
        (writer.done, writer.failed, writer.skipped, writer.set_id),
    )
    db.announce()
    return True


def _runs(request: Request) -> Iterator[list[tuple[int, Step]]]:
    """The steps with their places, in lists of one kind and entity that are done together."""

    def sort(item: tuple[int, Step]) -> tuple[str, str]:
        step = item[1]
        if isinstance(step, UpdateMany):
            return "many", str(item[0])
        return ("create" if isinstance(step, Create) else "update"), step.entity

    for _sort, group in groupby(enumerate(request.steps), sort):
        yield from chunks(group, _CHUNK)


def _apply_run(writer: Writer, run: list[tuple[int, Step]], partial: bool) -> None:
    first = run[0][1]
    if isinstance(first, UpdateMany):
        update_many(writer, first, partial=partial)
    elif isinstance(first, Create):
        create(writer, run, partial=partial)  # type: ignore[arg-type]  # `_runs` sorts by type
    else:
        update(writer, run, partial=partial)  # type: ignore[arg-type]
    writer.flush()


def old_outcome(session: Session, uid: str) -> Outcome:
    """The outcome of a change set that was applied before."""
    row = session.db.one("SELECT id, done, failed, skipped FROM change_set WHERE uid = ?", (uid,))
    assert row is not None  # `open_set` found it, and change sets with changes are never deleted
    created = session.db.rows(
        "SELECT record_id FROM change WHERE change_set_id = ? AND action = 'create' ORDER BY id",
        (row[0],),
    )
    set_id, done, failed, skipped = row
    ids = array("q", (row[0] for row in created))
    return Outcome(set_id, done, failed, skipped, record_ids=ids, repeated=True)
