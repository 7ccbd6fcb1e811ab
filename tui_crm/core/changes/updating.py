"""Editing and deleting records one by one, in chunks of a few statements."""

from __future__ import annotations

from collections.abc import Sequence

from tui_crm.core.aliases import survivor
from tui_crm.core.changes.creating import no_such_customer
from tui_crm.core.changes.model import Delete, Restore, Update
from tui_crm.core.changes.planning import plan
from tui_crm.core.changes.writer import Writer
from tui_crm.core.records import Record, load
from tui_crm.core.rows import Entity
from tui_crm.errors import CrmError, InputRefused, NotFound
from tui_crm.text.i18n import _


def update(
    writer: Writer, steps: Sequence[tuple[int, Update | Delete | Restore]], *, partial: bool
) -> None:
    """Edit or delete the records of `steps`, all of one entity, in their order."""
    entity = steps[0][1].entity
    records = load(
        writer.session,
        entity,
        [step.id for _at, step in steps],
        writer.checker.directory,
        deleted=any(isinstance(step, Restore) for _at, step in steps),
        lock=True,
    )
    for at, step in steps:
        record = records.get(step.id)
        try:
            if record is None or (record.deleted_at and not isinstance(step, Restore)):
                raise missing(entity, step.id)
            if isinstance(step, Restore):
                _restore(writer, record, at)
            elif isinstance(step, Delete):
                writer.mark(record, deleted=True)
                writer.report(record.id, record.name, "done", step=at)
            else:
                _edit(writer, record, step, at)
        except CrmError as error:
            if not partial:
                raise
            writer.report(step.id, record.name if record else "", "failed", error.message, at)


def missing(entity: Entity, id_: int) -> NotFound:
    """The answer for a record that is not there, is deleted, or must not be seen."""
    if entity == "customer":
        return no_such_customer(id_)
    return NotFound(_("There is no entry {id}.").format(id=id_))


def _restore(writer: Writer, record: Record, at: int) -> None:
    if not record.deleted_at:
        writer.report(record.id, record.name, "skipped", _("It is not in the recycle bin."), at)
        return
    if record.entity == "customer" and survivor(writer.db, record.id) != record.id:
        raise InputRefused(
            _("{name} was merged into another customer.").format(name=record.name),
            _("Take the merge back instead."),
        )
    writer.mark(record, deleted=False)
    writer.report(record.id, record.name, "done", step=at)


def _edit(writer: Writer, record: Record, step: Update, at: int) -> None:
    diffs = plan(writer.checker, record, step.edit)
    if not diffs:
        writer.report(record.id, record.name, "skipped", _("nothing to change"), at)
        return
    for diff in diffs:
        if diff.field.name == "account_no" and record.entity == "customer":
            writer.check_account_no(record.id, str(diff.new))
    writer.apply(record, diffs, step.place)
    writer.report(record.id, record.name, "done", step=at)
