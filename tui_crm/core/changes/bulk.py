"""One edit of many customers, by statements about sets of rows.

Columns and tags are changed by a handful of statements per twenty thousand customers. The history
is written first, from the rows that are about to differ, and then says which rows to change.
Lists of contact points and custom values go through the edit of single records, in chunks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tui_crm.core import lists, visibility
from tui_crm.core.changes.creating import no_such_customer
from tui_crm.core.changes.model import Edit, Update, UpdateMany
from tui_crm.core.changes.planning import fields_of, wanted
from tui_crm.core.changes.updating import update
from tui_crm.core.changes.writer import FEW, MOST_LINES, Writer
from tui_crm.core.checker import empty
from tui_crm.core.fields import Field
from tui_crm.core.records import chunks, dump, marks, to_column
from tui_crm.core.rows import Value
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.store import Database

_SET = 20_000  # customers per set of statements: often enough to show progress and to be stopped
_RECORDS = 1000

_INTO_HISTORY = (
    "INSERT INTO change (change_set_id, entity, record_id, customer_id, action, field, old, new,"
    " version) SELECT ?, 'customer', c.id, c.id, 'update', ?, {old}, ?, c.version + 1"
    " FROM customer c JOIN {ids} t ON t.id = c.id WHERE {differs}"
)


def update_many(writer: Writer, step: UpdateMany, *, partial: bool) -> None:
    """Apply one edit to many customers; a value that cannot be stored refuses all of it."""
    checker, edit = writer.checker, Edit(step.edit.set, step.edit.add, step.edit.remove)
    fields = fields_of(checker, edit, "customer", many=True)
    values = {f.name: wanted(checker, f, empty(f), edit) for f in fields}
    by_set = all((f.column and f.name != "kind") or f.type == "tags" for f in fields)
    for ids in chunks(dict.fromkeys(step.ids), _SET if by_set else _RECORDS):
        writer.advance()
        if by_set:
            _update_set(writer, fields, edit, values, ids, partial)
        else:
            update(writer, [(-1, Update(id_, edit)) for id_ in ids], partial=partial)
            writer.flush()


def _update_set(
    writer: Writer,
    fields: Sequence[Field],
    edit: Edit,
    values: dict[str, Value],
    ids: list[int],
    partial: bool,
) -> None:
    db = writer.db
    table = _allowed(writer, ids, partial)
    if not table:
        return
    row = db.one("SELECT max(id) FROM change WHERE change_set_id = ?", (writer.set_id,))
    before = (row[0] or 0) if row else 0
    columns: dict[str, Any] = {}
    for field in fields:
        if field.type == "tags":
            _tags(writer, edit, values["tags"], table, before)
        else:
            columns[field.column] = to_column(field, values[field.name], writer.checker.directory)
            _column(writer, field, columns[field.column], values[field.name], table)
    changed = "SELECT record_id FROM change WHERE change_set_id = ? AND id > ?"
    sets = "".join(f"{column} = ?, " for column in columns)
    db.run(
        f"UPDATE customer SET {sets}version = version + 1, updated_at = ? WHERE id IN ({changed})",
        (*columns.values(), writer.now, writer.set_id, before),
    )
    done = {row[0] for row in db.rows(changed, (writer.set_id, before))}
    _report(writer, table, done)
    if any(field.searchable or field.name in ("owner", "team") for field in fields):
        writer.dirty |= done
    if "organization" in values:
        writer.relink(str(values["organization"]), done)


def _allowed(writer: Writer, ids: list[int], partial: bool) -> str:
    """A temporary table of those of `ids` that the actor may change, locked; '' if none are."""
    db = writer.db
    table = db.temp_ids(ids)
    allowed, params = visibility.condition(writer.session.viewer)
    rows = db.rows(
        f"SELECT c.id FROM customer c JOIN {table} t ON t.id = c.id WHERE {allowed} ORDER BY c.id"
        + db.row_lock("c"),
        params,
    )
    if len(rows) == len(ids):
        return table
    here = [row[0] for row in rows]
    for id_ in sorted(set(ids) - set(here)):
        error = no_such_customer(id_)
        if not partial:
            raise error
        writer.report(id_, "", "failed", error.message)
    return db.temp_ids(here) if here else ""


def _column(writer: Writer, field: Field, column: Any, value: Value, table: str) -> None:
    """Write the history of a field that is a column of the customer's own table."""
    if field.type == "user":
        now = f"(SELECT u.login FROM crm_user u WHERE u.id = c.{field.column})"
    elif field.type == "team":
        now = f"(SELECT m.name FROM team m WHERE m.id = c.{field.column})"
    else:
        now = f"c.{field.column}"
    if field.type in ("user", "team"):
        differs, compared = f"coalesce(c.{field.column}, 0) <> ?", column or 0
    else:
        differs, compared = f"c.{field.column} <> ?", column
    old = writer.db.json_of(f"coalesce({now}, '')")
    writer.db.run(
        _INTO_HISTORY.format(old=old, ids=table, differs=differs),
        (writer.set_id, field.name, dump(value), compared),
    )


def _tags(writer: Writer, edit: Edit, value: Value, table: str, before: int) -> None:
    """Change tags and write their history.

    `value` is what a customer without tags would get: exactly that where the edit sets the tags,
    and what is added where it does not.
    """
    db, checker = writer.db, writer.checker
    field = checker.field("tags")
    add = list(lists.tag_ids(db, value if isinstance(value, tuple) else ()).values())
    if "tags" in edit.set:
        # Tag 0 does not exist: an empty list of ids is no SQL.
        unwanted, these = f"ct.tag_id NOT IN ({marks(max(1, len(add)))})", add or [0]
    else:
        gone = checker.check(field, edit.remove.get("tags", ()))
        names = set(gone if isinstance(gone, tuple) else ()) - set(
            value if isinstance(value, tuple) else ()
        )
        these = list(lists.known_tags(db, sorted(names)).values()) or [0]
        unwanted = f"ct.tag_id IN ({marks(len(these))})"
    differs = [f"EXISTS (SELECT 1 FROM customer_tag ct WHERE ct.customer_id = c.id AND {unwanted})"]
    params: list[Any] = [*these]
    for id_ in add:
        differs.append(
            "NOT EXISTS (SELECT 1 FROM customer_tag ct"
            " WHERE ct.customer_id = c.id AND ct.tag_id = ?)"
        )
        params.append(id_)
    db.run(
        _INTO_HISTORY.format(old=tags_text(db, "c.id"), ids=table, differs=" OR ".join(differs)),
        (writer.set_id, "tags", "[]", *params),
    )
    db.run(
        "DELETE FROM customer_tag AS ct WHERE ct.customer_id IN"
        f" (SELECT id FROM {table}) AND {unwanted}",
        these,
    )
    for id_ in add:
        db.run(
            f"INSERT INTO customer_tag (customer_id, tag_id) SELECT t.id, ? FROM {table} t"
            " WHERE NOT EXISTS (SELECT 1 FROM customer_tag ct"
            " WHERE ct.customer_id = t.id AND ct.tag_id = ?)",
            (id_, id_),
        )
    db.run(
        f"UPDATE change SET new = {tags_text(db, 'change.record_id')}"
        " WHERE change_set_id = ? AND id > ? AND field = 'tags'",
        (writer.set_id, before),
    )


def tags_text(db: Database, customer_id: str) -> str:
    """SQL text: the tags of a customer as the JSON text of the history."""
    return (
        f"(SELECT coalesce({db.json_list('g.name', 'g.name')}, '[]') FROM customer_tag ct"
        f" JOIN tag g ON g.id = ct.tag_id WHERE ct.customer_id = {customer_id})"
    )


def _report(writer: Writer, table: str, done: set[int]) -> None:
    """Say where the customers of a set landed, by name as far as there is room for lines."""
    row = writer.db.one(f"SELECT count(*) FROM {table}")
    skipped = (int(row[0]) if row else 0) - len(done)
    named_done = writer.done + len(done) <= FEW
    named_skipped = min(skipped, MOST_LINES - len(writer.results))
    if named_done or named_skipped > 0:
        for id_, name in writer.db.rows(
            f"SELECT c.id, c.name FROM customer c JOIN {table} t ON t.id = c.id ORDER BY c.id"
        ):
            if id_ in done and named_done:
                writer.report(id_, name, "done")
            elif id_ not in done and named_skipped > 0:
                writer.report(id_, name, "skipped", _("nothing to change"))
                named_skipped -= 1
                skipped -= 1
    writer.count("skipped", skipped)
    if not named_done:
        writer.count("done", len(done))
