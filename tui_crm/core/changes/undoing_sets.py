"""Taking back a large change set of customers by statements about sets of rows.

Only the plain case is done here, which is nearly all of a batch or an import: the customer is
there, and holds exactly what the set gave it. Whoever is different in any way is left to the undo
of single records, which knows what to keep and what to say about it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from tui_crm.core import lists, visibility
from tui_crm.core.changes.bulk import SET, pivoted, shown_column, tags_of
from tui_crm.core.changes.writer import Writer
from tui_crm.core.fields import Field
from tui_crm.core.records import undump
from tui_crm.core.rows import Value

if TYPE_CHECKING:
    from tui_crm.store import Database

_WHERE = "h.change_set_id = ? AND h.entity = 'customer'"
_APART = 20  # changes a customer, up to which theirs are looked for among all of the set in between


class _Part(NamedTuple):
    """Some customers of a set, and the condition on `change h` that finds what it did to them."""

    ids: list[int]
    where: str

    def theirs(self, table: str) -> str:
        """The condition for those of them who are in a temporary table."""
        return f"{self.where} AND h.entity = 'customer' AND h.record_id IN (SELECT id FROM {table})"


def take_back_sets(writer: Writer, set_id: int) -> set[int]:
    """Take back what the set `set_id` did to those customers who can be done in sets.

    Gives the ids of those who are done.
    """
    shape = writer.db.rows(
        f"SELECT DISTINCT h.action, h.field FROM change h WHERE {_WHERE}", (set_id,)
    )
    actions = {action for action, _field in shape}
    doubled = writer.db.one(
        f"SELECT 1 FROM change h WHERE {_WHERE} GROUP BY h.record_id, h.field"
        " HAVING count(*) > 1 LIMIT 1",
        (set_id,),
    )
    if len(actions) != 1 or doubled:
        return set()
    (action,) = actions
    known = [writer.session.fields.get(name) for _action, name in shape]
    fields = [field for field in known if field is not None and _plain(field)]
    if action == "update" and len(fields) < len(known):
        return set()
    done: set[int] = set()
    for part in _parts(writer.db, set_id):
        writer.advance()
        if action == "update":
            clean = _fields(writer, part, fields)
        else:
            clean = _marks(writer, set_id, part.ids, restore=action == "delete")
        writer.count("done", len(clean))
        done |= clean
    return done


def _parts(db: Database, set_id: int) -> Iterator[_Part]:
    """The customers of a set in the order in which it changed them."""
    ids, first, last = array("q"), array("q"), array("q")
    for rows in db.stream(
        f"SELECT h.record_id, min(h.id), max(h.id) FROM change h WHERE {_WHERE}"
        " GROUP BY h.record_id ORDER BY max(h.id)",
        (set_id,),
    ):
        for column, values in zip((ids, first, last), zip(*rows, strict=True), strict=True):
            column.extend(values)
    for at in range(0, len(ids), SET):
        some = slice(at, at + SET)
        low, high = min(first[some]), max(last[some])
        near = f"h.change_set_id = {set_id} AND h.id BETWEEN {low} AND {high}"
        # The plus keeps the planner from walking the whole set: it is to look into the history of
        # these customers.
        far = f"+h.change_set_id = {set_id}"
        yield _Part(ids[some].tolist(), near if high - low < _APART * SET else far)


def _plain(field: Field) -> bool:
    """Whether going back needs no more than the column, or the tags."""
    return field.type == "tags" or bool(
        field.column and field.name not in ("account_no", "kind", "name")
    )


def _fields(writer: Writer, part: _Part, fields: list[Field]) -> set[int]:
    """Give fields their old values; gives the customers who are done."""
    db = writer.db
    clean = _present(writer, part.ids, deleted=False)
    table = db.temp_ids(clean)
    joined = "change h JOIN customer c ON c.id = h.record_id"
    columns = [field for field in fields if field.type != "tags"]
    if columns:
        edited = " OR ".join(
            f"h.field = '{field.name}' AND coalesce({shown_column(field)}, '')"
            f" <> {db.text_of_json('h.new')}"
            for field in columns
        )
        rows = db.rows(
            f"SELECT h.record_id FROM {joined} WHERE {part.theirs(table)} AND ({edited})"
        )
        clean -= {row[0] for row in rows}
    tags: dict[int, tuple[Value, Value]] = {}
    if len(columns) < len(fields):
        tags, now = _tag_changes(db, part.theirs(table)), tags_of(db, table)
        clean -= {id_ for id_, (after, _before) in tags.items() if now.get(id_, ()) != after}
    if not clean:
        return clean
    table = db.temp_ids(clean)
    theirs = part.theirs(table)
    db.run(
        "INSERT INTO change (change_set_id, entity, record_id, customer_id, action, field, old,"
        " new, version) SELECT ?, 'customer', c.id, c.id, 'update', h.field, h.new, h.old,"
        f" c.version + 1 FROM {joined} WHERE {theirs} ORDER BY h.id",
        (writer.set_id,),
    )
    lists.write_tags(db, {id_: changed for id_, changed in tags.items() if id_ in clean})
    _columns(writer, theirs, columns)
    writer.reindex_fields(clean, fields)
    if any(field.type == "organization" for field in fields):
        for id_, name in db.rows(
            f"SELECT c.id, c.organization FROM customer c JOIN {table} t ON t.id = c.id"
        ):
            writer.relink(name, [id_])
    return clean


def _marks(writer: Writer, set_id: int, ids: list[int], *, restore: bool) -> set[int]:
    """Move customers to the recycle bin, or back; gives those who are done."""
    db = writer.db
    clean = _present(writer, ids, deleted=restore)
    if not restore:
        table = db.temp_ids(clean)
        used = db.rows(
            f"SELECT DISTINCT h.customer_id FROM change h JOIN {table} t ON t.id = h.customer_id"
            " WHERE h.change_set_id > ?",
            (set_id,),
        )
        clean -= {row[0] for row in used}
    if not clean:
        return clean
    table = db.temp_ids(clean)
    db.run(
        "INSERT INTO change (change_set_id, entity, record_id, customer_id, action, version)"
        " SELECT ?, 'customer', c.id, c.id, ?, c.version + 1 FROM customer c"
        f" JOIN {table} t ON t.id = c.id",
        (writer.set_id, "restore" if restore else "delete"),
    )
    db.run(
        "UPDATE customer SET deleted_at = ?, version = version + 1, updated_at = ?"
        f" WHERE id IN (SELECT id FROM {table})",
        ("" if restore else writer.now, writer.now),
    )
    if restore:
        writer.dirty |= clean
        writer.rekey(clean)
    else:
        writer.gone.extend(sorted(clean))
    for id_, kind, name, organization in db.rows(
        f"SELECT c.id, c.kind, c.name, c.organization FROM customer c JOIN {table} t ON t.id = c.id"
    ):
        if restore:  # nobody asks for whom somebody in the recycle bin works
            writer.relink(organization, [id_])
        if kind == "organization":
            writer.organization_changed(name)
    return clean


def _present(writer: Writer, ids: list[int], *, deleted: bool) -> set[int]:
    """Those of `ids` who are visible and live (or in the recycle bin), locked."""
    db = writer.db
    table = db.temp_ids(ids)
    allowed, params = visibility.condition(writer.session.viewer, deleted=True)
    rows = db.rows(
        f"SELECT c.id FROM customer c JOIN {table} t ON t.id = c.id WHERE {allowed}"
        f" AND c.deleted_at {'<>' if deleted else '='} '' ORDER BY c.id{db.row_lock('c')}",
        params,
    )
    return {row[0] for row in rows}


def _columns(writer: Writer, theirs: str, fields: list[Field]) -> None:
    """Give all columns their old values by one statement: each row is written once."""
    pivot, sets = pivoted(writer.db, fields, "old")
    more = f"{sets}, " if sets else ""
    writer.db.run(
        f"UPDATE customer SET {more}version = version + 1, updated_at = ? FROM (SELECT {pivot}"
        f" FROM change h WHERE {theirs} GROUP BY h.record_id) AS v"
        " WHERE customer.id = v.record_id",
        (writer.now,),
    )


def _tag_changes(db: Database, theirs: str) -> dict[int, tuple[Value, Value]]:
    """The tags of customers after and before the set."""
    rows = db.rows(
        f"SELECT h.record_id, h.new, h.old FROM change h WHERE {theirs} AND h.field = 'tags'"
    )
    known = {text: _tags(text) for text in {text for row in rows for text in row[1:]}}
    return {id_: (known[new], known[old]) for id_, new, old in rows}


def _tags(text: str) -> tuple[str, ...]:
    value = undump(text)
    return tuple(sorted(value)) if isinstance(value, tuple) else ()
