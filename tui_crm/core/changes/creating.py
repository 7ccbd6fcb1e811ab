"""Creating records, all of one entity by the same few statements."""

from __future__ import annotations

from collections.abc import Sequence

from tui_crm.core.changes.model import Create, Edit
from tui_crm.core.changes.newcomers import create_customers
from tui_crm.core.changes.planning import fields_of
from tui_crm.core.changes.writer import Writer
from tui_crm.core.checker import empty
from tui_crm.core.records import Record, table_fields, to_column, visible_ids
from tui_crm.core.rows import Entity, Value
from tui_crm.errors import CrmError, NotFound
from tui_crm.text.i18n import _

# The fixed values that a record starts with where the request names none.
_DEFAULTS: dict[Entity, dict[str, Value]] = {"interaction": {"kind": "call"}, "task": {}}


def create(writer: Writer, steps: Sequence[tuple[int, Create]], *, partial: bool) -> None:
    """Create the records of `steps`, all of one entity, each with its place in the request."""
    if steps[0][1].entity == "customer":
        create_customers(writer, steps, partial=partial)
    else:
        _create_activities(writer, steps, partial=partial)


def _create_activities(
    writer: Writer, steps: Sequence[tuple[int, Create]], *, partial: bool
) -> None:
    entity = steps[0][1].entity
    ready: list[tuple[int, Create, dict[str, Value], int | None]] = []
    customers = _customers(writer, steps)
    rows = writer.newcomer_rows if any(step.of for _at, step in steps) else None
    for at, step in steps:
        try:
            customer_id = step.customer_id
            if step.of and rows is not None:
                customer_id = rows.id_of(step.of)
            elif customer_id is not None and customer_id not in customers:
                raise no_such_customer(customer_id)
            values = _values(writer, step)
        except CrmError as error:
            if not partial:
                raise
            writer.report(0, "", "failed", error.message, at)
            continue
        ready.append((at, step, values, customer_id))
    if not ready:
        return
    first = writer.db.allocate_ids(entity, len(ready))
    records = []
    for id_, (at, _step, values, customer_id) in enumerate(ready, first):
        login = writer.session.viewer.login
        record = Record(entity, id_, 1, "", values, customer_id, author=login)
        records.append(record)
        writer.report(id_, record.name, "done", step=at)
    _insert_activities(writer, entity, records)
    for record, found in zip(records, ready, strict=True):
        writer.log_created(record, found[1].place)


def no_such_customer(id_: int) -> NotFound:
    """The answer for a customer who is not there or must not be seen: both look the same."""
    return NotFound(_("There is no customer {id}.").format(id=id_))


def _values(writer: Writer, step: Create) -> dict[str, Value]:
    """All values of a new interaction or task: checked, with those that nobody gave."""
    checker, entity = writer.checker, step.entity
    fields_of(checker, Edit(set=step.values), entity)
    given = {**_DEFAULTS[entity], **step.values}
    values: dict[str, Value] = {}
    for field in writer.session.fields.of(entity):
        if not field.editable:
            continue
        if field.name in given or field.required:
            values[field.name] = checker.check(field, given.get(field.name))
        else:
            values[field.name] = empty(field)
    if entity == "task":
        if "assignee" not in given:
            values["assignee"] = writer.session.viewer.login
    elif not values["started_at"]:
        values["started_at"] = writer.now
    return values


def _customers(writer: Writer, steps: Sequence[tuple[int, Create]]) -> set[int]:
    """Which of the customers that the steps name the actor may see."""
    ids = {step.customer_id for _at, step in steps if step.customer_id is not None}
    return set(visible_ids(writer.session, sorted(ids)))


def _insert_activities(writer: Writer, entity: Entity, records: list[Record]) -> None:
    own = table_fields(writer.session, entity)
    directory = writer.checker.directory
    actor = writer.session.viewer.id
    extra: tuple[str, ...] = ("interaction_id", "done_by_id") if entity == "task" else ()
    rows = []
    for record in records:
        more: tuple[int | None, ...] = ()
        if entity == "interaction":
            writer.noted[record.id] = None
            writer.interaction_of[record.customer_id] = record.id
            if record.customer_id is not None:
                writer.contacted.add(record.customer_id)
        else:
            done_by = actor if record.values["done_at"] else None
            more = (writer.interaction_of.get(record.customer_id), done_by)
        rows.append(
            (
                record.id, record.customer_id, actor, writer.now, writer.now, "", 1, *more,
                *(to_column(f, record.values[f.name], directory) for f in own),
            )
        )  # fmt: skip
    writer.db.bulk_insert(
        entity,
        ("id", "customer_id", "author_id", "created_at", "updated_at", "deleted_at", "version",
         *extra, *(f.column for f in own)),
        rows,
    )  # fmt: skip
