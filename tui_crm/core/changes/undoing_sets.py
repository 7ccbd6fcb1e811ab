"""Taking back a large change set of customers by statements about sets of rows.

Only the plain case is done here, which is nearly all of a batch or an import: the customer is
there, and holds exactly what the set gave it. Whoever is different in any way is left to the undo
of single records, which knows what to keep and what to say about it.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui_crm.core import lists, visibility
from tui_crm.core.changes.bulk import tags_text
from tui_crm.core.changes.writer import Writer
from tui_crm.core.fields import Field
from tui_crm.core.records import chunks, marks, undump

_SET = 20_000  # customers per set of statements
_MOST_TAG_CHANGES = 100  # different changes of tags in one set; more are done one by one
_OF = "change h JOIN {table} t ON t.id = h.record_id"
_WHERE = "h.change_set_id = ? AND h.entity = 'customer'"


def take_back_sets(writer: Writer, set_id: int, ids: Sequence[int]) -> set[int]:
    """Take back what the set `set_id` did to those customers of `ids` who can be done in sets.

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
    fields = [writer.session.fields.get(name) for _action, name in shape]
    done: set[int] = set()
    for some in chunks(ids, _SET):
        writer.advance()
        if action == "update":
            if not all(field is not None and _plain(field) for field in fields):
                return set()
            clean = _fields(writer, set_id, some, [field for field in fields if field is not None])
        else:
            clean = _marks(writer, set_id, some, restore=action == "delete")
        writer.count("done", len(clean))
        done |= clean
    return done


def _plain(field: Field) -> bool:
    """Whether going back needs no more than the column, or the tags."""
    return field.type == "tags" or bool(
        field.column and field.name not in ("account_no", "kind", "name")
    )


def _fields(writer: Writer, set_id: int, ids: list[int], fields: list[Field]) -> set[int]:
    """Give fields their old values; gives the customers who are done."""
    db = writer.db
    clean = _present(writer, ids, deleted=False)
    table = db.temp_ids(clean)
    joined = f"{_OF.format(table=table)} JOIN customer c ON c.id = h.record_id"
    for field in fields:
        edited = db.rows(
            f"SELECT h.record_id FROM {joined} WHERE {_WHERE} AND h.field = ?"
            f" AND {_now(writer, field)} <> h.new",
            (set_id, field.name),
        )
        clean -= {row[0] for row in edited}
    tags = _tag_changes(writer, set_id, table) if any(f.type == "tags" for f in fields) else []
    if not clean or len(tags) > _MOST_TAG_CHANGES:
        return set()
    table = db.temp_ids(clean)
    db.run(
        "INSERT INTO change (change_set_id, entity, record_id, customer_id, action, field, old,"
        " new, version) SELECT ?, 'customer', c.id, c.id, 'update', h.field, h.new, h.old,"
        f" c.version + 1 FROM {_OF.format(table=table)} JOIN customer c ON c.id = h.record_id"
        f" WHERE {_WHERE} ORDER BY h.id",
        (writer.set_id, set_id),
    )
    for old, new in tags:
        _tags(writer, set_id, table, old, new)
    _columns(writer, set_id, table, [field for field in fields if field.type != "tags"])
    if any(field.searchable or field.name in ("owner", "team") for field in fields):
        writer.dirty |= clean
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
    writer.dirty |= clean
    for id_, kind, name, organization in db.rows(
        f"SELECT c.id, c.kind, c.name, c.organization FROM customer c JOIN {table} t ON t.id = c.id"
    ):
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


def _now(writer: Writer, field: Field) -> str:
    """SQL text: what the field holds now, as the JSON text of the history."""
    db = writer.db
    if field.type == "tags":
        return tags_text(db, "c.id")
    if field.type == "user":
        column = f"(SELECT u.login FROM crm_user u WHERE u.id = c.{field.column})"
    elif field.type == "team":
        column = f"(SELECT m.name FROM team m WHERE m.id = c.{field.column})"
    else:
        column = f"c.{field.column}"
    return db.json_of(f"coalesce({column}, '')")


def _columns(writer: Writer, set_id: int, table: str, fields: list[Field]) -> None:
    """Give all columns their old values by one statement: each row is written once."""
    old = writer.db.text_of_json("h.old")
    pivot = ["h.record_id"]
    sets = ["version = version + 1", "updated_at = ?"]
    for field in fields:
        pivot.append(f"max(CASE WHEN h.field = '{field.name}' THEN {old} END) AS {field.name}")
        value = f"v.{field.name}"
        if field.type == "user":
            value = f"(SELECT u.id FROM crm_user u WHERE u.login = {value})"
        elif field.type == "team":
            value = f"(SELECT m.id FROM team m WHERE m.name = {value})"
        # NULL means that the set left this field of this customer alone.
        sets.append(
            f"{field.column} = CASE WHEN v.{field.name} IS NULL THEN customer.{field.column}"
            f" ELSE {value} END"
        )
    writer.db.run(
        f"UPDATE customer SET {', '.join(sets)} FROM (SELECT {', '.join(pivot)}"
        f" FROM {_OF.format(table=table)} WHERE {_WHERE} GROUP BY h.record_id) AS v"
        " WHERE customer.id = v.record_id",
        (writer.now, set_id),
    )


def _tag_changes(writer: Writer, set_id: int, table: str) -> list[tuple[str, str]]:
    """The different changes of tags in the set, as JSON texts before and after."""
    rows = writer.db.rows(
        f"SELECT DISTINCT h.old, h.new FROM {_OF.format(table=table)}"
        f" WHERE {_WHERE} AND h.field = 'tags'",
        (set_id,),
    )
    return [(old, new) for old, new in rows]


def _tags(writer: Writer, set_id: int, table: str, old: str, new: str) -> None:
    """Take back one change of tags for everybody who had it."""
    db = writer.db
    before, after = (set(map(str, undump(text) or ())) for text in (old, new))  # type: ignore[arg-type]
    these = (
        f"SELECT h.record_id FROM {_OF.format(table=table)} WHERE {_WHERE}"
        " AND h.field = 'tags' AND h.old = ? AND h.new = ?"
    )
    if gone := sorted(lists.known_tags(db, sorted(after - before)).values()):
        db.run(
            f"DELETE FROM customer_tag WHERE tag_id IN ({marks(len(gone))})"
            f" AND customer_id IN ({these})",
            (*gone, set_id, old, new),
        )
    for tag_id in lists.tag_ids(db, before - after).values():
        db.run(
            "INSERT INTO customer_tag (customer_id, tag_id)"
            f" SELECT found.record_id, ? FROM ({these}) AS found",
            (tag_id, set_id, old, new),
        )
