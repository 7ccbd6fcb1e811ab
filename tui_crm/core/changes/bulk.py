"""One edit of many customers, by statements about sets of rows.

Columns and tags are changed by a handful of statements per five thousand customers, who are taken
in the order of their ids: what is near each other in the tables and their indexes is written
together, and two such edits at the same time lock rows in the same order. The history is written
first, from the rows that are about to differ, and then says which rows to change.
Lists of contact points and custom values go through the edit of single records, in chunks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tui_crm.core import lists, visibility
from tui_crm.core.changes.creating import no_such_customer
from tui_crm.core.changes.model import Edit, Update, UpdateMany
from tui_crm.core.changes.planning import fields_of, wanted
from tui_crm.core.changes.updating import update
from tui_crm.core.changes.writer import CHANGE_COLUMNS, FEW, MOST_LINES, Writer
from tui_crm.core.checker import Checker, empty
from tui_crm.core.fields import Field
from tui_crm.core.ids import IdSet
from tui_crm.core.records import chunks, dump, to_column, to_value
from tui_crm.core.rows import Value
from tui_crm.errors import InputRefused
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.store import Database

SET = 5_000
"""Customers per set of statements: often enough to show progress and to be stopped."""

_RECORDS = 1000
_REMEMBERED = 50_000  # different cases of a calculation

_INTO_HISTORY = (
    "INSERT INTO change (change_set_id, entity, record_id, customer_id, action, field, old, new,"
    " version) SELECT ?, 'customer', c.id, c.id, 'update', ?, {old}, ?, c.version + 1"
    " FROM customer c JOIN {ids} t ON t.id = c.id WHERE {differs}"
)


def update_many(writer: Writer, step: UpdateMany, *, partial: bool) -> None:
    """Apply one edit to many customers.

    A value that nobody can have refuses all of it. Where a value is worked out, the customers for
    whom it cannot be stored are reported as failed and the others go on, or, without `partial`,
    all of it is refused.
    """
    checker, given = writer.checker, step.edit
    edit = Edit(given.set, given.add, given.remove, compute=given.compute)
    fields = fields_of(checker, edit, "customer", many=True)
    values = constants(checker, fields, edit)
    by_set = all(map(_in_sets, fields)) and all(
        checker.field(name).column for op in edit.compute.values() for name in op.sources
    )
    if by_set:
        writer.expect_reindexing(fields)
    for ids in chunks(IdSet(step.ids), SET if by_set else _RECORDS):
        writer.advance()
        if by_set:
            _Set(writer, fields, edit, values, partial).update(ids)
        else:
            update(writer, [(-1, Update(id_, edit)) for id_ in ids], partial=partial)
            writer.flush()


def constants(checker: Checker, fields: Iterable[Field], edit: Edit) -> dict[str, Value]:
    """What the fields get for which that does not depend on the record; of lists, what a record
    with an empty one gets. Raises `InputRefused` for a value that cannot be stored.
    """
    return {
        f.name: wanted(checker, f, empty(f), edit) for f in fields if f.name not in edit.compute
    }


def _in_sets(field: Field) -> bool:
    return bool(field.column and field.name != "kind") or field.type == "tags"


class Calculation:
    """The values of fields that depend on what a record holds, each different case done once."""

    def __init__(self, checker: Checker, fields: Sequence[Field], edit: Edit) -> None:
        self.checker = checker
        self.edit = edit
        self.fields = fields
        sources = [
            checker.field(name)
            for f in fields
            if f.name in edit.compute
            for name in edit.compute[f.name].sources
        ]
        self.read = list({f.name: f for f in (*fields, *sources)}.values())
        self._known: dict[tuple[Value, ...], Value | InputRefused] = {}

    def of(self, field: Field, held: Mapping[str, Value]) -> Value:
        """The new value of a field of a record that holds `held`, which has all of `read`.

        Raises `InputRefused` if that cannot be stored.
        """
        operation = self.edit.compute.get(field.name)
        sources = operation.sources if operation else ()
        key = (field.name, held[field.name], *(held[name] for name in sources))
        found = self._known.get(key)
        if found is None:
            try:
                found = wanted(self.checker, field, held[field.name], self.edit, held)
            except InputRefused as refused:
                found = refused
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = found
        if isinstance(found, InputRefused):
            raise found
        return found


class _Set:
    """The edit of one set of customers."""

    def __init__(
        self,
        writer: Writer,
        fields: Sequence[Field],
        edit: Edit,
        values: Mapping[str, Value],
        partial: bool,
    ) -> None:
        self.writer, self.db = writer, writer.db
        self.fields, self.values, self.partial = fields, values, partial
        depending = [f for f in fields if f.name in edit.compute or f.type == "tags"]
        self.calculation = Calculation(writer.checker, depending, edit)

    def update(self, ids: list[int]) -> None:
        """Change these customers."""
        with self.db.ids_table(ids) as table:
            versions = self._allowed(ids, table)
            diffs = self._differences(versions, table) if self.calculation.fields else {}
            if len(versions) == len(ids):
                self._write(versions, diffs, table)
                return
        if versions:
            with self.db.ids_table(versions) as table:
                self._write(versions, diffs, table)

    def _write(
        self,
        versions: Mapping[int, int],
        diffs: Mapping[str, Mapping[int, tuple[Value, Value]]],
        table: str,
    ) -> None:
        """Change the customers of a temporary table, whose versions are known."""
        writer, db = self.writer, self.db
        before = last_change(writer)
        directory = writer.checker.directory
        columns: dict[str, Any] = {}
        computed = [f for f in self.calculation.fields if f.column]
        for field in self.fields:
            if field not in self.calculation.fields:
                value = self.values[field.name]
                columns[field.column] = to_column(field, value, directory)
                self._column(field, columns[field.column], value, table)
        db.bulk_insert(
            "change",
            CHANGE_COLUMNS,
            (
                (writer.set_id, "customer", id_, id_, "update", name, dump(old), dump(new),
                 versions[id_] + 1, 0)
                for name, changed in diffs.items()
                for id_, (old, new) in changed.items()
            ),
        )  # fmt: skip
        if "tags" in diffs:
            lists.write_tags(db, diffs["tags"])
        write_columns(writer, columns, computed, before)
        changed = "SELECT DISTINCT record_id FROM change WHERE change_set_id = ? AND id > ?"
        done = {row[0] for row in db.rows(changed, (writer.set_id, before))}
        _report(writer, table, len(versions), done)
        writer.reindex_fields(done, self.fields)
        if "organization" in self.values:
            writer.relink(str(self.values["organization"]), done)
        for id_, (_old, new) in diffs.get("organization", {}).items():
            writer.relink(str(new), [id_])

    def _allowed(self, ids: list[int], table: str) -> dict[int, int]:
        """The versions of those of `ids`, who are in `table`, whom the actor may change, locked."""
        db, writer = self.db, self.writer
        allowed, params = visibility.condition(writer.session.viewer)
        found: dict[int, int] = dict(
            db.rows(
                f"SELECT c.id, c.version FROM customer c JOIN {table} t ON t.id = c.id"
                f" WHERE {allowed} ORDER BY c.id" + db.row_lock("c"),
                params,
            )
        )
        if len(found) < len(ids):
            for id_ in sorted(set(ids) - found.keys()):
                error = no_such_customer(id_)
                if not self.partial:
                    raise error
                writer.report(id_, "", "failed", error.message)
        return found

    def _differences(
        self, versions: dict[int, int], table: str
    ) -> dict[str, dict[int, tuple[Value, Value]]]:
        """By field and customer what depends on the customer and becomes different.

        `table` has all of `versions` and maybe more. Customers for whom a value is refused are
        reported and taken out of `versions`.
        """
        diffs: dict[str, dict[int, tuple[Value, Value]]] = {
            f.name: {} for f in self.calculation.fields
        }
        refused: dict[int, InputRefused] = {}
        for id_, held in held_values(self.db, self.writer.checker, self.calculation.read, table):
            if id_ not in versions:
                continue
            try:
                new = {f.name: self.calculation.of(f, held) for f in self.calculation.fields}
            except InputRefused as error:
                if not self.partial:
                    raise
                refused[id_] = error
                continue
            for name, value in new.items():
                if value != held[name]:
                    diffs[name][id_] = (held[name], value)
        if refused:
            for id_, name in self.db.rows(
                f"SELECT c.id, c.name FROM customer c JOIN {table} t ON t.id = c.id ORDER BY c.id"
            ):
                if id_ in refused:
                    self.writer.report(id_, name, "failed", refused[id_].message)
                    del versions[id_]
        return {name: changed for name, changed in diffs.items() if changed}

    def _column(self, field: Field, column: Any, value: Value, table: str) -> None:
        """Write the history of a field that becomes the same for everybody."""
        if field.type in ("user", "team"):
            differs, compared = f"coalesce(c.{field.column}, 0) <> ?", column or 0
        else:
            differs, compared = f"c.{field.column} <> ?", column
        old = self.db.json_of(f"coalesce({shown_column(field)}, '')")
        self.db.run(
            _INTO_HISTORY.format(old=old, ids=table, differs=differs),
            (self.writer.set_id, field.name, dump(value), compared),
        )


def last_change(writer: Writer) -> int:
    """The number of the last row that a change set put into the history, 0 for none."""
    row = writer.db.one("SELECT max(id) FROM change WHERE change_set_id = ?", (writer.set_id,))
    return (row[0] or 0) if row else 0


def write_columns(
    writer: Writer, columns: Mapping[str, Any], fields: Sequence[Field], before: int
) -> None:
    """Change the customers whom the history of this set names after the row `before`.

    All of them get the values of `columns`; `fields` become what the history says.
    """
    sets = "".join(f"{column} = ?, " for column in columns)
    where = "change_set_id = ? AND id > ?"
    if fields:
        pivot, more = _pivoted(writer.db, fields)
        writer.db.run(
            f"UPDATE customer SET {sets}{more}, version = version + 1, updated_at = ?"
            f" FROM (SELECT {pivot} FROM change h WHERE {where} GROUP BY h.record_id) AS v"
            " WHERE customer.id = v.record_id",
            (*columns.values(), writer.now, writer.set_id, before),
        )
    else:
        writer.db.run(
            f"UPDATE customer SET {sets}version = version + 1, updated_at = ?"
            f" WHERE id IN (SELECT record_id FROM change WHERE {where})",
            (*columns.values(), writer.now, writer.set_id, before),
        )


def held_values(
    db: Database, checker: Checker, fields: Sequence[Field], table: str
) -> Iterable[tuple[int, dict[str, Value]]]:
    """What each of the customers in a temporary table holds in fields that are columns or tags."""
    columns = [f for f in fields if f.column]
    tags = tags_of(db, table) if any(f.type == "tags" for f in fields) else None
    names = "".join(f", c.{f.column}" for f in columns)
    directory = checker.directory
    for id_, *stored in db.rows(
        f"SELECT c.id{names} FROM customer c JOIN {table} t ON t.id = c.id"
    ):
        held = {f.name: to_value(f, v, directory) for f, v in zip(columns, stored, strict=True)}
        if tags is not None:
            held["tags"] = tags.get(id_, ())
        yield id_, held


def tags_of(db: Database, table: str) -> dict[int, tuple[str, ...]]:
    """The tags of the customers in a temporary table, in order; those without any are left out."""
    found: dict[int, list[str]] = defaultdict(list)
    for id_, name in db.rows(
        f"SELECT ct.customer_id, g.name FROM {table} t"
        " JOIN customer_tag ct ON ct.customer_id = t.id JOIN tag g ON g.id = ct.tag_id"
    ):
        found[id_].append(name)
    return {id_: tuple(sorted(names)) for id_, names in found.items()}


def shown_column(field: Field) -> str:
    """SQL text: what a column of the customer `c` holds, as the history spells it."""
    if field.type == "user":
        return f"(SELECT u.login FROM crm_user u WHERE u.id = c.{field.column})"
    if field.type == "team":
        return f"(SELECT m.name FROM team m WHERE m.id = c.{field.column})"
    return f"c.{field.column}"


def kept_value(field: Field, text: str) -> str:
    """SQL text: what the column of a field keeps for a value as the history spells it, which is the
    SQL `text`.
    """
    if field.type == "user":
        return f"(SELECT u.id FROM crm_user u WHERE u.login = {text})"
    if field.type == "team":
        return f"(SELECT m.id FROM team m WHERE m.name = {text})"
    return text


def _pivoted(db: Database, fields: Sequence[Field]) -> tuple[str, str]:
    """SQL texts that give columns the new values of the history.

    The first selects one row a customer from `change h`, to be named ``v``; the second are the
    assignments of an UPDATE. A field that the history does not name is left alone.
    """
    pivot, sets = ["h.record_id"], []
    for field in fields:
        text = db.text_of_json("h.new")
        pivot.append(f"max(CASE WHEN h.field = '{field.name}' THEN {text} END) AS {field.name}")
        sets.append(
            f"{field.column} = CASE WHEN v.{field.name} IS NULL THEN customer.{field.column}"
            f" ELSE {kept_value(field, f'v.{field.name}')} END"
        )
    return ", ".join(pivot), ", ".join(sets)


def _report(writer: Writer, table: str, total: int, done: set[int]) -> None:
    """Say where the customers of a set landed, by name as far as there is room for lines."""
    skipped = total - len(done)
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
