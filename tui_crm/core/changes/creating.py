"""Creating records: one or a hundred thousand, by the same few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tui_crm.core import lists
from tui_crm.core.changes.model import Create, Edit
from tui_crm.core.changes.planning import fields_of
from tui_crm.core.changes.writer import Writer, taken
from tui_crm.core.checker import empty
from tui_crm.core.fields import LIST_TYPES, Field
from tui_crm.core.records import Record, chunks, dump, marks, table_fields, to_column, visible_ids
from tui_crm.core.rows import Entity, Value
from tui_crm.errors import CrmError, NotFound
from tui_crm.text.fold import fold
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line

# The fixed values that a record starts with where the request names none.
_DEFAULTS: dict[Entity, dict[str, Value]] = {
    "customer": {"kind": "person"},
    "interaction": {"kind": "call"},
    "task": {},
}


def create(writer: Writer, steps: Sequence[tuple[int, Create]], *, partial: bool) -> None:
    """Create the records of `steps`, all of one entity, each with its place in the request."""
    entity = steps[0][1].entity
    ready: list[tuple[int, dict[str, Value], int | None]] = []
    customers = _customers(writer, steps)
    numbers = _taken_numbers(writer, steps) if entity == "customer" else set()
    for at, step in steps:
        try:
            if step.customer_id is not None and step.customer_id not in customers:
                raise no_such_customer(step.customer_id)
            values = _values(writer, step, numbers)
        except CrmError as error:
            if not partial:
                raise
            writer.report(0, str(step.values.get("name") or ""), "failed", error.message, at)
            continue
        ready.append((at, values, step.customer_id))
    if not ready:
        return
    first = writer.db.allocate_ids(entity, len(ready))
    if entity == "customer":
        _number(writer, first, [values for _at, values, _customer in ready], numbers)
    records = []
    for id_, (at, values, customer_id) in enumerate(ready, first):
        record = Record(
            entity, id_, 1, "", values, id_ if entity == "customer" else customer_id,
            author=writer.session.viewer.login,
        )  # fmt: skip
        records.append(record)
        writer.created.append(id_)
        writer.report(id_, record.name, "done", step=at)
    if entity == "customer":
        _insert_customers(writer, records)
    else:
        _insert_activities(writer, entity, records)
    for record in records:
        kept = {name: value for name, value in record.values.items() if value not in ("", (), 0)}
        writer.log(record, "create", new=dump(kept))  # type: ignore[arg-type]


def no_such_customer(id_: int) -> NotFound:
    """The answer for a customer who is not there or must not be seen: both look the same."""
    return NotFound(_("There is no customer {id}.").format(id=id_))


def _values(writer: Writer, step: Create, numbers: set[str]) -> dict[str, Value]:
    """All values of a new record: checked, with those that nobody gave."""
    checker, entity = writer.checker, step.entity
    fields_of(checker, Edit(set=step.values), entity)
    given = {**_DEFAULTS[entity], **step.values}
    values: dict[str, Value] = {}
    for field in writer.session.fields.of(entity):
        if not field.editable:
            continue
        if field.name in given or field.required:
            optional = replace(field, required=False) if field.name == "account_no" else field
            values[field.name] = checker.check(optional, given.get(field.name))
        else:
            values[field.name] = empty(field)
    login = writer.session.viewer.login
    if entity == "customer":
        if "owner" not in given:
            values["owner"] = login
        number = str(values["account_no"])
        if number and number in numbers:
            raise taken(number)
        numbers.add(number)
    elif entity == "task":
        if "assignee" not in given:
            values["assignee"] = login
    elif not values["started_at"]:
        values["started_at"] = writer.now
    return values


def _number(writer: Writer, first: int, ready: list[dict[str, Value]], numbers: set[str]) -> None:
    """Give an account number to those who have none: "C-" and the id, which is `first` and so on.

    A number that somebody gave to another customer before gets a suffix.
    """
    made = {
        id_: f"C-{id_:07d}" for id_, values in enumerate(ready, first) if not values["account_no"]
    }
    in_use = numbers | _existing(writer, list(made.values()))
    for id_, number in made.items():
        free, suffix = number, 2
        while free in in_use:
            free, suffix = f"{number}-{suffix}", suffix + 1
            if free not in in_use:
                in_use |= _existing(writer, [free])
        ready[id_ - first]["account_no"] = free


def _customers(writer: Writer, steps: Sequence[tuple[int, Create]]) -> set[int]:
    """Which of the customers that the steps name the actor may see."""
    ids = {step.customer_id for _at, step in steps if step.customer_id is not None}
    return set(visible_ids(writer.session, sorted(ids)))


def _taken_numbers(writer: Writer, steps: Sequence[tuple[int, Create]]) -> set[str]:
    given = {str(step.values["account_no"]) for _at, step in steps if step.values.get("account_no")}
    return _existing(writer, sorted(map(clean_line, given)))


def _existing(writer: Writer, numbers: list[str]) -> set[str]:
    """Those of these account numbers that are in use, in the recycle bin too."""
    found: set[str] = set()
    for some in chunks(numbers):
        sql = f"SELECT account_no FROM customer WHERE account_no IN ({marks(len(some))})"
        found.update(row[0] for row in writer.db.rows(sql, some))
    return found


def _insert_customers(writer: Writer, records: list[Record]) -> None:
    db, checker = writer.db, writer.checker
    own = table_fields(writer.session, "customer")
    directory = checker.directory
    rows: list[tuple[Any, ...]] = []
    points: list[tuple[Any, ...]] = []
    for record in records:
        rows.append(
            (
                record.id, fold(record.name), writer.custom_text(record),
                "", writer.now, writer.now, "", 1,
                *(to_column(f, record.values[f.name], directory) for f in own),
            )
        )  # fmt: skip
        for field in _point_fields(writer):
            points += lists.point_rows(checker, field, record.id, record.values[field.name])
    db.bulk_insert(
        "customer",
        ("id", "sort_name", "custom", "last_contact", "created_at", "updated_at", "deleted_at",
         "version", *(f.column for f in own)),
        rows,
    )  # fmt: skip
    if points:
        db.bulk_insert("contact_point", lists.POINT_COLUMNS, points)
    tagged = [(r.id, tag) for r in records for tag in _items(r.values["tags"])]
    if tagged:
        ids = lists.tag_ids(db, {tag for _id, tag in tagged})
        db.bulk_insert("customer_tag", ("customer_id", "tag_id"), [(i, ids[t]) for i, t in tagged])
    for record in records:
        writer.note_created(record)


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


def _point_fields(writer: Writer) -> list[Field]:
    return [f for f in writer.session.fields.of("customer") if f.type in LIST_TYPES - {"tags"}]


def _items(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
