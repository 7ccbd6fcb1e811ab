"""What an edit would do to a record, worked out before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

from tui_crm.core.changes.conflicts import EditConflict, FieldConflict, clashes
from tui_crm.core.changes.model import Edit
from tui_crm.core.checker import Checker
from tui_crm.core.fields import Field
from tui_crm.core.records import Record
from tui_crm.core.rows import Entity, Value
from tui_crm.errors import InputRefused
from tui_crm.text.i18n import _


@dataclass(frozen=True, slots=True)
class Diff:
    """A field of a record before and after."""

    field: Field
    old: Value
    new: Value


def fields_of(checker: Checker, edit: Edit, entity: Entity, *, many: bool = False) -> list[Field]:
    """The fields that an edit touches; raises `InputRefused` for one that nobody may write.

    With `many`, fields that differ by nature (a name, a number) are refused too.
    """
    fields = []
    for name in edit.fields:
        field = checker.field(name, entity)
        if not field.editable:
            raise InputRefused(
                _("{field} is kept by the program and cannot be set.").format(field=field.label)
            )
        if many and not field.batch:
            raise InputRefused(
                _("{field} cannot be changed for many records at once.").format(field=field.label)
            )
        fields.append(field)
    return fields


def wanted(checker: Checker, field: Field, current: Value, edit: Edit) -> Value:
    """The value that an edit gives to a field that holds `current`."""
    value = checker.check(field, edit.set[field.name]) if field.name in edit.set else current
    if field.name in edit.add or field.name in edit.remove:
        value = checker.edited(
            field, value, edit.add.get(field.name, ()), edit.remove.get(field.name, ())
        )
    return value


def plan(checker: Checker, record: Record, edit: Edit) -> list[Diff]:
    """The fields of `record` that `edit` changes, merged with what others changed meanwhile.

    Raises `InputRefused` for a value that cannot be stored and `EditConflict` where the actor
    did not see the value that they would overwrite.
    """
    diffs: list[Diff] = []
    conflicts: list[Diff] = []
    for field in fields_of(checker, edit, record.entity):
        now = record.values[field.name]
        new = wanted(checker, field, now, edit)
        if (
            edit.seen is not None
            and field.name in edit.seen
            and field.name in edit.set
            and clashes(field, edit.seen[field.name], now, new)
        ):
            conflicts.append(Diff(field, now, new))
        elif new != now:
            diffs.append(Diff(field, now, new))
    if conflicts:
        raise _conflict(checker, record, edit, conflicts)
    return diffs


def _conflict(checker: Checker, record: Record, edit: Edit, diffs: list[Diff]) -> EditConflict:
    seen = edit.seen or {}
    found = []
    for diff in diffs:
        last = checker.session.db.one(
            "SELECT u.login, s.at FROM change h JOIN change_set s ON s.id = h.change_set_id"
            " LEFT JOIN crm_user u ON u.id = s.actor_id"
            " WHERE h.entity = ? AND h.record_id = ? AND h.field IN (?, '')"
            " ORDER BY h.id DESC LIMIT 1",
            (record.entity, record.id, diff.field.name),
        )
        by, at = (last[0] or "", last[1]) if last else ("", "")
        name = diff.field.name
        found.append(FieldConflict(name, seen[name], diff.old, diff.new, by, at))
    labels = ", ".join(diff.field.label for diff in diffs)
    return EditConflict(record.id, record.name, found, labels)
