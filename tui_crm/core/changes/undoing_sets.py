"""Taking back a large change set of customers by statements about sets of rows.

Only the plain case is done here, which is nearly all of a batch or an import: the customer is
there, and holds exactly what the set gave it. Whoever is different in any way is left to the undo
of single records, which knows what to keep and what to say about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tui_crm.core import lists, visibility
from tui_crm.core.changes.bulk import SET, tags_of
from tui_crm.core.changes.writer import Writer
from tui_crm.core.fields import Field
from tui_crm.core.ids import IdSet
from tui_crm.core.records import chunks, to_column, to_value, undump
from tui_crm.core.rows import Entity, Value

if TYPE_CHECKING:
    from tui_crm.store import Database

_OF_SET = "change_set_id = ? AND entity = 'customer'"
_APART = 20  # changes a customer, up to which theirs are looked for among all of the set in between
_NEAR = 1 << 12  # ids of records of which it is known together where in the history they are


@dataclass(slots=True)
class Touched:
    """The records of one entity that a set changed, and where in the history it did."""

    ids: IdSet = field(default_factory=IdSet)
    places: dict[int, tuple[int, int]] = field(default_factory=dict)

    def parts(self) -> Iterator[tuple[list[int], int, int]]:
        """The records in the order of their ids, some at a time, with the first and the last row
        of the history that can be theirs.
        """
        for ids in chunks(self.ids, SET):
            near = [self.places[number] for number in {id_ // _NEAR for id_ in ids}]
            yield ids, min(first for first, _last in near), max(last for _first, last in near)


class _Part(NamedTuple):
    """Some customers of a set, and the condition on `change h` that finds what it did to them."""

    ids: list[int]
    where: str

    def theirs(self, table: str) -> str:
        """The condition for those of them who are in a temporary table."""
        return f"{self.where} AND h.entity = 'customer' AND h.record_id IN (SELECT id FROM {table})"


def touched(db: Database, set_id: int, entity: Entity) -> Touched:
    """Read which records of one entity the set `set_id` changed."""
    found = Touched()
    places = found.places
    sql = "SELECT id, record_id FROM change WHERE change_set_id = ? AND entity = ?"
    for rows in db.stream(sql, (set_id, entity)):
        ids, records = zip(*rows, strict=True)
        found.ids.update(records)
        low, high = min(ids), max(ids)
        for number in {record // _NEAR for record in records}:
            first, last = places.get(number, (low, high))
            places[number] = (min(first, low), max(last, high))
    return found


def take_back_sets(writer: Writer, set_id: int, them: Touched) -> IdSet:
    """Take back what the set `set_id` did to those of its customers who can be done in sets.

    Gives the ids of those who are done.
    """
    done = IdSet()
    shape = writer.db.rows(f"SELECT DISTINCT action, field FROM change WHERE {_OF_SET}", (set_id,))
    actions = {action for action, _field in shape}
    if len(actions) != 1 and actions != {"create", "update"}:
        return done
    mixed = len(actions) > 1
    known = [writer.session.fields.get(name) for action, name in shape if action == "update"]
    fields = [item for item in known if item is not None and _plain(item)]
    if len(fields) < len(known):
        actions.discard("update")
    elif actions == {"update"}:
        writer.expect_reindexing(fields)
    for ids, first, last in them.parts():
        writer.advance()
        # The plus keeps the planner from walking the whole set: it is to look into the history of
        # these customers.
        near = f"h.change_set_id = {set_id} AND h.id BETWEEN {first} AND {last}"
        far = f"+h.change_set_id = {set_id}"
        part = _Part(ids, near if last - first < _APART * len(ids) else far)
        parts = _by_action(writer.db, part) if mixed else dict.fromkeys(actions, part)
        for action in sorted(actions & parts.keys()):
            if action == "update":
                clean = _fields(writer, parts[action], fields)
            else:
                clean = _marks(writer, set_id, parts[action].ids, restore=action == "delete")
            writer.count("done", len(clean))
            done.update(clean)
    return done


def _by_action(db: Database, part: _Part) -> dict[str, _Part]:
    """The customers of a part to whom only one thing was done, by what that is."""
    found: dict[str, _Part] = {}
    for id_, first, last in db.rows(
        "SELECT h.record_id, min(h.action), max(h.action) FROM change h"
        f" WHERE {part.theirs(db.temp_ids(part.ids))} GROUP BY h.record_id"
    ):
        if first == last:
            found.setdefault(first, part._replace(ids=[])).ids.append(id_)
    return found


def _plain(field: Field) -> bool:
    """Whether going back needs no more than the column, or the tags."""
    return field.type == "tags" or bool(
        field.column and field.name not in ("account_no", "kind", "name")
    )


def _fields(writer: Writer, part: _Part, fields: list[Field]) -> set[int]:
    """Give fields their old values; gives the customers who are done."""
    db = writer.db
    with db.ids_table(part.ids) as all_of_them:
        here, clean = _held(writer, all_of_them, fields)
        changes = _changes(db, part.theirs(all_of_them))
        different = changes.doubled.union(
            *(_different(writer, item, here, changes.of[item.name]) for item in fields)
        )
        for id_ in different:
            clean.pop(id_, None)
        if not clean:
            return set()
        whole = len(clean) == len(part.ids)
        with nullcontext(all_of_them) if whole else db.ids_table(clean) as table:
            db.run(
                "INSERT INTO change (change_set_id, entity, record_id, customer_id, action, field,"
                " old, new, version) SELECT ?, 'customer', c.id, c.id, 'update', h.field, h.new,"
                " h.old, c.version + 1 FROM change h JOIN customer c ON c.id = h.record_id"
                f" WHERE {part.theirs(table)} ORDER BY h.id",
                (writer.set_id,),
            )
    _columns(writer, clean, [item for item in fields if item.column], changes)
    lists.write_tags(db, {i: both for i, both in changes.of["tags"].items() if i in clean})
    writer.reindex_fields(clean, fields)
    for id_, (_after, name) in changes.of["organization"].items():
        if id_ in clean:
            writer.relink(str(name), [id_])
    return set(clean)


def _held(
    writer: Writer, table: str, fields: list[Field]
) -> tuple[dict[int, dict[str, Value]], dict[int, int]]:
    """What those customers of a temporary table hold who are visible and live, with their versions;
    they are locked.
    """
    columns = [item for item in fields if item.column]
    names = "".join(f", c.{item.column}" for item in columns)
    directory = writer.checker.directory
    held: dict[int, dict[str, Value]] = {}
    versions: dict[int, int] = {}
    for id_, version, *stored in _present(writer, table, f"c.id, c.version{names}", deleted=False):
        versions[id_] = version
        pairs = zip(columns, stored, strict=True)
        held[id_] = {item.name: to_value(item, value, directory) for item, value in pairs}
    if len(columns) < len(fields):
        tags = tags_of(writer.db, table)
        for id_, values in held.items():
            values["tags"] = tags.get(id_, ())
    return held, versions


class _Changes(NamedTuple):
    """What a set did to some customers."""

    # By field and customer the values after the set and before it.
    of: defaultdict[str, dict[int, tuple[Value, Value]]]
    doubled: set[int]  # customers of whom it changed a field twice


def _changes(db: Database, theirs: str) -> _Changes:
    rows = db.rows(f"SELECT h.field, h.record_id, h.new, h.old FROM change h WHERE {theirs}")
    known = {text: _value(text) for text in {text for row in rows for text in row[2:]}}
    found = _Changes(defaultdict(dict), set())
    for name, id_, new, old in rows:
        values = found.of[name]
        if id_ in values:
            found.doubled.add(id_)
        values[id_] = (known[new], known[old])
    return found


def _value(text: str) -> Value:
    value = undump(text)
    return tuple(sorted(value)) if isinstance(value, tuple) else value


def _different(
    writer: Writer,
    item: Field,
    here: Mapping[int, Mapping[str, Value]],
    changed: Mapping[int, tuple[Value, Value]],
) -> set[int]:
    """Those of `changed` who are not as the set left them, or cannot be as they were before."""
    directory = writer.checker.directory
    known = {"user": directory.logins, "team": directory.teams}.get(item.type)
    possible = None if known is None else {"", *known.values()}
    return {
        id_
        for id_, (after, before) in changed.items()
        if id_ in here
        and (here[id_][item.name] != after or (possible is not None and before not in possible))
    }


def _marks(writer: Writer, set_id: int, ids: list[int], *, restore: bool) -> set[int]:
    """Move customers to the recycle bin, or back; gives those who are done."""
    db = writer.db
    with db.ids_table(ids) as all_of_them:
        rows = _present(
            writer, all_of_them, "c.id, c.kind, c.name, c.organization", deleted=restore
        )
        clean = {row[0] for row in rows}
        if not restore:
            # The plus keeps the planner from walking all that was changed since.
            used = db.rows(
                "SELECT DISTINCT h.customer_id FROM change h WHERE h.customer_id IN"
                f" (SELECT id FROM {all_of_them}) AND +h.change_set_id > ?",
                (set_id,),
            )
            clean -= {row[0] for row in used}
        if not clean:
            return clean
        whole = len(clean) == len(ids)
        with nullcontext(all_of_them) if whole else db.ids_table(clean) as table:
            db.run(
                "INSERT INTO change (change_set_id, entity, record_id, customer_id, action,"
                " version) SELECT ?, 'customer', c.id, c.id, ?, c.version + 1 FROM customer c"
                f" JOIN {table} t ON t.id = c.id",
                (writer.set_id, "restore" if restore else "delete"),
            )
            db.run(
                "UPDATE customer SET deleted_at = ?, version = version + 1, updated_at = ?"
                f" WHERE id IN (SELECT id FROM {table})",
                ("" if restore else writer.now, writer.now),
            )
    if restore:
        writer.dirty.update(clean)
        writer.rekey(clean)
    else:
        writer.gone.extend(sorted(clean))
    for id_, kind, name, organization in rows:
        if id_ not in clean:
            continue
        if restore:
            writer.relink(organization, [id_])
        if kind == "organization":
            writer.organization_changed(name)
    return clean


def _present(writer: Writer, table: str, columns: str, *, deleted: bool) -> list[tuple[Any, ...]]:
    """These columns of those customers of a temporary table who are visible and live (or in the
    recycle bin), locked.
    """
    db = writer.db
    allowed, params = visibility.condition(writer.session.viewer, deleted=True)
    return db.rows(
        f"SELECT {columns} FROM customer c JOIN {table} t ON t.id = c.id WHERE {allowed}"
        f" AND c.deleted_at {'<>' if deleted else '='} '' ORDER BY c.id{db.row_lock('c')}",
        params,
    )


def _columns(
    writer: Writer, clean: Mapping[int, int], fields: list[Field], changes: _Changes
) -> None:
    """Give the columns of customers, of whom the versions are given, their old values: each row is
    written once, those together of which the same fields go back.
    """
    directory = writer.checker.directory
    groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for id_, version in clean.items():
        values = {
            item.column: to_column(item, changes.of[item.name][id_][1], directory)
            for item in fields
            if id_ in changes.of[item.name]
        }
        groups[tuple(values)].append((id_, *values.values(), version + 1, writer.now))
    for names, rows in groups.items():
        writer.db.update_rows("customer", (*names, "version", "updated_at"), rows)
