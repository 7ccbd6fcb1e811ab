"""Creating customers: one or a million, by the same few statements.

The values of a customer are checked once. Whoever plans many, an import, lets `checked` do it and
hands on what that gives; the door then looks only at what may have changed since: users, teams,
picklists, tags and the account numbers that are taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui_crm.core import lists
from tui_crm.core.changes.model import Checked, Create, Edit
from tui_crm.core.changes.planning import fields_of
from tui_crm.core.changes.writer import Writer, taken
from tui_crm.core.checker import Checker, empty
from tui_crm.core.points import KINDS
from tui_crm.core.records import Record, chunks, marks, table_fields, to_column
from tui_crm.core.rows import Point, Value
from tui_crm.errors import CrmError
from tui_crm.text.fold import fold
from tui_crm.text.safe import clean_line

_LOOKED_UP = ("choice", "user", "team")
"""Types of fields whose values are right as long as the database and the settings know them."""


def checked(checker: Checker, given: Mapping[str, Value], place: int = 0) -> Checked:
    """A new customer with these values, and with those that nobody gave.

    Raises `InputRefused` for a field that nobody may write and a value that cannot be stored.
    """
    if not checker.writable.issuperset(given):
        fields_of(checker, Edit(set=given), "customer")
    values: dict[str, Value] = {}
    points: list[Point] = []
    for field in checker.customer_fields:
        if field.name in given or field.required:
            raw = given.get(field.name)
            if field.type in KINDS:
                value: Value
                value, found = checker.points(field, raw)
                points += found
            else:
                value = checker.check(field, raw)
        elif field.name == "kind":
            value = "person"
        elif field.name == "owner":
            value = checker.session.viewer.login
        else:
            continue
        if value not in ("", ()):
            values[field.name] = value
    return Checked(values, place=place, points=tuple(points))


def create_customers(writer: Writer, steps: Sequence[tuple[int, Create]], *, partial: bool) -> None:
    """Create the customers of `steps`, each with its place in the request."""
    checker = writer.checker
    given = {str(step.values.get("account_no") or "") for _at, step in steps}
    numbers = _existing(writer, sorted(set(map(clean_line, given)) - {""}))
    ready: list[tuple[int, Checked]] = []
    for at, step in steps:
        try:
            if isinstance(step, Checked):
                newcomer = _still_right(checker, step)
            else:
                newcomer = checked(checker, step.values, step.place)
            number = str(newcomer.values.get("account_no", ""))
            if number and number in numbers:
                raise taken(number)
        except CrmError as error:
            if not partial:
                raise
            writer.report(0, str(step.values.get("name") or ""), "failed", error.message, at)
            continue
        numbers.add(number)
        ready.append((at, newcomer))
    if not ready:
        return
    first = writer.db.allocate_ids("customer", len(ready))
    blank = {field.name: empty(field) for field in checker.customer_fields}
    records = [
        Record("customer", id_, 1, "", {**blank, **newcomer.values}, id_)
        for id_, (_at, newcomer) in enumerate(ready, first)
    ]
    _number(writer, records, numbers)
    _insert(writer, records, [newcomer for _at, newcomer in ready])
    for record, (at, newcomer) in zip(records, ready, strict=True):
        writer.report(record.id, record.name, "done", step=at)
        writer.log_created(record, newcomer.place)
    writer.note_newcomers(records)


def _still_right(checker: Checker, newcomer: Checked) -> Checked:
    """A newcomer who was checked a while ago; raises `InputRefused` for what was right then."""
    values = newcomer.values
    for field in checker.customer_fields:
        if field.type in _LOOKED_UP and field.name in values:
            checker.check(field, values[field.name])
    tags = values.get("tags")
    if isinstance(tags, tuple) and (known := tuple(map(checker.known_tag, tags))) != tags:
        return replace(newcomer, values={**values, "tags": tuple(sorted(dict.fromkeys(known)))})
    return newcomer


def _number(writer: Writer, records: Sequence[Record], numbers: set[str]) -> None:
    """Give an account number to those who have none: "C-" and the id.

    A number that somebody gave to another customer before gets a suffix.
    """
    nameless = [record for record in records if not record.values["account_no"]]
    in_use = numbers | _existing(writer, [f"C-{record.id:07d}" for record in nameless])
    for record in nameless:
        number = free = f"C-{record.id:07d}"
        suffix = 2
        while free in in_use:
            free, suffix = f"{number}-{suffix}", suffix + 1
            if free not in in_use:
                in_use |= _existing(writer, [free])
        record.values["account_no"] = free


def _existing(writer: Writer, numbers: list[str]) -> set[str]:
    """Those of these account numbers that are in use, in the recycle bin too."""
    found: set[str] = set()
    for some in chunks(numbers):
        sql = f"SELECT account_no FROM customer WHERE account_no IN ({marks(len(some))})"
        found.update(row[0] for row in writer.db.rows(sql, some))
    return found


def _insert(writer: Writer, records: Sequence[Record], newcomers: Sequence[Checked]) -> None:
    db, directory = writer.db, writer.checker.directory
    links = writer.links
    firms = [record for record in records if record.values["kind"] == "organization"]
    links.learn({str(record.values["organization"]) for record in records})
    links.learn({record.name for record in firms})
    for record in firms:
        links.add(record.name, record.id)
    own = table_fields(writer.session, "customer")
    # Of users and teams the ids are stored; there are few of them.
    held = {
        field.name: {
            value: to_column(field, value, directory)
            for value in {record.values[field.name] for record in records}
        }
        for field in own
        if field.type in ("user", "team")
    }
    rows: list[tuple[Any, ...]] = []
    for record in records:
        values = record.values
        rows.append(
            (
                record.id, fold(record.name), writer.custom_text(record),
                links.target(str(values["organization"]), record.id),
                "", writer.now, writer.now, "", 1,
                *[
                    held[f.name][values[f.name]] if f.name in held else values[f.name] for f in own
                ],
            )
        )  # fmt: skip
    # Whoever is an organisation comes first: the others may refer to them.
    kind = len(_COLUMNS) + [field.name for field in own].index("kind")
    rows.sort(key=lambda row: row[kind] != "organization")
    db.bulk_insert("customer", (*_COLUMNS, *(f.column for f in own)), rows)
    points = [
        (record.id, *point)
        for record, newcomer in zip(records, newcomers, strict=True)
        for point in newcomer.points
    ]
    if points:
        db.bulk_insert("contact_point", lists.POINT_COLUMNS, points)
    tagged = [(r.id, tag) for r in records for tag in _tags(r)]
    if tagged:
        known = lists.tag_ids(db, {tag for _id, tag in tagged})
        rows = [(id_, known[tag]) for id_, tag in tagged]
        db.bulk_insert("customer_tag", ("customer_id", "tag_id"), rows)


_COLUMNS = (
    "id", "sort_name", "custom", "organization_id", "last_contact", "created_at", "updated_at",
    "deleted_at", "version",
)  # fmt: skip


def _tags(record: Record) -> tuple[str, ...]:
    tags = record.values["tags"]
    return tags if isinstance(tags, tuple) else ()
