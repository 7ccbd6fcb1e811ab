"""What an edit would do, without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_crm.core.changes.model import Edit, Update
from tui_crm.core.changes.planning import fields_of, wanted
from tui_crm.core.checker import Checker
from tui_crm.core.records import Record, load
from tui_crm.core.rows import Entity, FieldDiff, RecordDiff
from tui_crm.errors import InputRefused

if TYPE_CHECKING:
    from tui_crm.core.session import Session


def preview(session: Session, *steps: Update) -> list[RecordDiff]:
    """The fields that each step would touch, before and after, in the order of the steps.

    Values that are refused carry the reason. Records that are gone or hidden are left out.
    """
    checker = Checker(session)
    found: list[RecordDiff] = []
    with session.db.reading():
        for step in steps:
            found += _records(session, checker, step.entity, [step.id], step.edit)
    return found


def preview_many(session: Session, ids: Sequence[int], edit: Edit) -> list[RecordDiff]:
    """The same for one edit of many customers, in the order of `ids`."""
    with session.db.reading():
        return _records(session, Checker(session), "customer", ids, edit)


def _records(
    session: Session, checker: Checker, entity: Entity, ids: Sequence[int], edit: Edit
) -> list[RecordDiff]:
    records = load(session, entity, ids, checker.directory)
    return [_diff(checker, records[id_], edit) for id_ in ids if id_ in records]


def _diff(checker: Checker, record: Record, edit: Edit) -> RecordDiff:
    diffs = []
    for field in fields_of(checker, edit, record.entity):
        old = record.values[field.name]
        try:
            diffs.append(
                FieldDiff(field.name, old, wanted(checker, field, old, edit, record.values))
            )
        except InputRefused as error:
            diffs.append(FieldDiff(field.name, old, old, error.message))
    refused = " ".join(diff.refused for diff in diffs if diff.refused)
    return RecordDiff(record.id, record.name, tuple(diffs), refused)
