"""What an edit would do to a record, worked out before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

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
        _check_operation(checker, field, edit, entity)
        fields.append(field)
    return fields


def _check_operation(checker: Checker, field: Field, edit: Edit, entity: Entity) -> None:
    operation = edit.compute.get(field.name)
    if operation is None:
        return
    sources = [checker.field(name, entity) for name in operation.sources]
    if not operation.fits(field) or any(source.is_list for source in sources):
        raise InputRefused(
            _("{field} is of another kind: that cannot be done to it.").format(field=field.label)
        )
    if any(field.name in names for names in (edit.set, edit.add, edit.remove)):
        raise InputRefused(
            _("{field} is set and worked out at the same time.").format(field=field.label)
        )


def wanted(
    checker: Checker,
    field: Field,
    current: Value,
    edit: Edit,
    others: Mapping[str, Value] = MappingProxyType({}),
) -> Value:
    """The value that an edit gives to a field that holds `current`.

    `others` has the values of the record that the edit's operations read. Raises `InputRefused`
    for a value that cannot be stored.
    """
    value = checker.check(field, edit.set[field.name]) if field.name in edit.set else current
    if field.name in edit.compute:
        try:
            value = edit.compute[field.name].value(current, others)
        except InputRefused as refused:
            refused.field = field.name
            raise
        # What stays as it is needs no check: it may be older than a rule.
        value = current if value == current else checker.check(field, value)
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
        new = wanted(checker, field, now, edit, record.values)
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
