"""Merging: the part of the write door that makes one customer of several.

The survivor gets the values that were chosen, interactions and tasks move to it, people of a merged
organisation name the survivor. The others go to the recycle bin as they are, and lead to the
survivor from there: nothing of theirs is changed, so that an undo gives back what was their own.

A move is written into the history like the change of a field: `CUSTOMER` of an interaction or a
task, `MERGED_INTO` of a customer, with ids for values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_crm.core.aliases import CUSTOMER, MERGED_INTO
from tui_crm.core.changes.door import close_set, old_outcome, open_set
from tui_crm.core.changes.model import Edit, new_uid
from tui_crm.core.changes.planning import Diff, plan
from tui_crm.core.changes.updating import missing
from tui_crm.core.changes.writer import CancelToken, Progress, Writer
from tui_crm.core.records import Record, chunks, dump, load, marks
from tui_crm.core.rows import Entity, Outcome

if TYPE_CHECKING:
    from tui_crm.core.session import Session

MOVES = (CUSTOMER, MERGED_INTO)

_ACTIVITIES: tuple[Entity, ...] = ("interaction", "task")


def merge(
    session: Session,
    keep: int,
    others: Sequence[int],
    edit: Edit,
    *,
    summary: str = "",
    uid: str = "",
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Outcome:
    """Make `others` part of the customer `keep`, which gets the values of `edit`; one change set.

    Raises `NotFound` for a customer that is not there or hidden, `InputRefused` and `EditConflict`
    as an edit of `keep` would. A repeated `uid` is answered with the old outcome.
    """
    with session.db.transaction():
        uid = uid or new_uid()
        set_id = open_set(session, uid, "merge", summary, "")
        if set_id is None:
            return old_outcome(session, uid)
        writer = Writer(session, set_id, total=len(others) + 1, progress=progress, cancel=cancel)
        records = _load(writer, "customer", [keep, *others])
        for id_ in (keep, *others):
            if id_ not in records:
                raise missing("customer", id_)
        survivor = records[keep]
        if diffs := plan(writer.checker, survivor, edit):
            writer.apply(survivor, diffs)
        writer.report(keep, survivor.name, "done")
        for id_ in others:
            record = records[id_]
            writer.mark(record, deleted=True)
            lead(writer, record, keep)
            writer.report(id_, record.name, "done")
        writer.flush()
        _move_activities(writer, others, keep)
        _rename_people(writer, others, survivor)
        writer.finish()
        close_set(writer)
    session.own_sets.add(set_id)
    return Outcome(set_id, writer.done, 0, 0, writer.lines(), (keep,))


def move(writer: Writer, record: Record, to: int) -> None:
    """Give an interaction or a task to another customer."""
    before = record.customer_id
    record.version += 1
    record.customer_id = to
    writer.log(record, "update", CUSTOMER, dump(before), dump(to))
    writer.queue(record, {"customer_id": to})
    if record.entity == "interaction":
        writer.contacted.update(id_ for id_ in (before, to) if id_ is not None)


def lead(writer: Writer, record: Record, to: int | None) -> None:
    """Let the old id and number of a customer lead to another one, or, with None, to itself."""
    db = writer.db
    before = db.one("SELECT customer_id FROM customer_alias WHERE old_id = ?", (record.id,))
    if not writer.rehearsing:
        db.run("DELETE FROM customer_alias WHERE old_id = ?", (record.id,))
        if to is not None:
            db.run(
                "INSERT INTO customer_alias (old_id, customer_id, change_set_id) VALUES (?, ?, ?)",
                (record.id, to, writer.set_id),
            )
    writer.log(record, "update", MERGED_INTO, dump(before[0] if before else ""), dump(to or ""))


def _load(writer: Writer, entity: Entity, ids: Sequence[int]) -> dict[int, Record]:
    gone = entity != "customer"  # what is in the recycle bin moves, too
    return load(writer.session, entity, ids, writer.checker.directory, deleted=gone, lock=True)


def _move_activities(writer: Writer, others: Sequence[int], keep: int) -> None:
    for entity in _ACTIVITIES:
        ids = [
            row[0]
            for row in writer.db.rows(
                f"SELECT id FROM {entity} WHERE customer_id IN ({marks(len(others))}) ORDER BY id",
                others,
            )
        ]
        for some in chunks(ids):
            writer.advance()
            for record in _load(writer, entity, some).values():
                move(writer, record, keep)
            writer.flush()


def _rename_people(writer: Writer, others: Sequence[int], survivor: Record) -> None:
    """Whoever works for a merged organisation works for the survivor."""
    ids = [
        row[0]
        for row in writer.db.rows(
            f"SELECT id FROM customer WHERE organization_id IN ({marks(len(others))})"
            " AND deleted_at = '' AND organization <> ? ORDER BY id",
            (*others, survivor.name),
        )
    ]
    field = writer.checker.field("organization")
    for some in chunks(ids):
        writer.advance()
        for record in _load(writer, "customer", some).values():
            writer.apply(record, [Diff(field, record.values["organization"], survivor.name)])
        writer.flush()
