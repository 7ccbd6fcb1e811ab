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
from tui_crm.core.changes.bulk import SET, held_values, last_change, write_columns
from tui_crm.core.changes.writer import Writer
from tui_crm.core.fields import Field
from tui_crm.core.ids import IdSet
from tui_crm.core.records import chunks, dump, undump
from tui_crm.core.rows import Entity, Value

if TYPE_CHECKING:
    from tui_crm.store import Database

_OF_SET = "change_set_id = ? AND entity = 'customer'"
# Rows a customer, up to which theirs are looked for among all that lie in between.
_APART = 20
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


def touched(db: Database, set_id: int, entity: Entity, only: int | None = None) -> Touched:
    """Read which records of one entity the set `set_id` changed, of one customer or of all."""
    found = Touched()
    places = found.places
    # The plus keeps the plan to the history of the one customer: a set may have millions of rows.
    whose = "change_set_id = ?" if only is None else "+change_set_id = ? AND customer_id = ?"
    params = (set_id, entity) if only is None else (set_id, only, entity)
    sql = f"SELECT id, record_id FROM change WHERE {whose} AND entity = ?"
    for rows in db.stream(sql, params):
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
        versions: dict[int, int] = dict(
            _present(writer, all_of_them, "c.id, c.version", deleted=False)
        )
        changes = _changes(db, part.theirs(all_of_them))
        clean = versions.keys() - changes.doubled
        # Whoever has the version that the set gave them has its values, too.
        later = {id_ for id_ in clean if versions[id_] != changes.versions.get(id_)}
        if later:
            clean -= _edited(writer, later, fields, changes)
        for item in fields:
            clean -= _unknown(writer, item, changes.of[item.name])
        if not clean or writer.rehearsing:
            return clean
        before = last_change(writer)
        version = "(SELECT c.version FROM customer c WHERE c.id = h.record_id)"
        whole = len(clean) == len(part.ids)
        with nullcontext(all_of_them) if whole else db.ids_table(clean) as table:
            db.run(
                "INSERT INTO change (change_set_id, entity, record_id, customer_id, action, field,"
                " old, new, version) SELECT ?, 'customer', h.record_id, h.record_id, 'update',"
                f" h.field, h.new, h.old, {version if later else 'h.version'} + 1 FROM change h"
                # In the order in which the history of a customer is looked up.
                f" WHERE {part.theirs(table)} ORDER BY h.record_id, h.id",
                (writer.set_id,),
            )
    write_columns(writer, {}, [item for item in fields if item.column], before)
    value = changes.values
    tags = changes.of["tags"].items()
    lists.write_tags(db, {i: (value[new], value[old]) for i, (new, old) in tags if i in clean})
    writer.reindex_fields(clean, fields)
    for id_, (_new, old) in changes.of["organization"].items():
        if id_ in clean:
            writer.relink(str(value[old]), [id_])
    return clean


class _Changes(NamedTuple):
    """What a set did to some customers."""

    # By field and customer the JSON texts after the set and before it.
    of: defaultdict[str, dict[int, tuple[str, str]]]
    versions: dict[int, int]  # those that it gave the customers
    values: dict[str, Value]  # of the texts
    doubled: set[int]  # customers of whom it changed a field twice


def _changes(db: Database, theirs: str) -> _Changes:
    found = _Changes(defaultdict(dict), {}, {}, set())
    texts: set[str] = set()
    for name, id_, new, old, version in db.rows(
        f"SELECT h.field, h.record_id, h.new, h.old, h.version FROM change h WHERE {theirs}"
    ):
        values = found.of[name]
        if id_ in values:
            found.doubled.add(id_)
        values[id_] = (new, old)
        found.versions[id_] = version
        texts.add(new)
        texts.add(old)
    found.values.update((text, _value(text)) for text in texts)
    return found


def _value(text: str) -> Value:
    value = undump(text)
    return tuple(sorted(value)) if isinstance(value, tuple) else value


def _edited(writer: Writer, ids: set[int], fields: list[Field], changes: _Changes) -> set[int]:
    """Those of some customers who do not hold in all fields what the set left there."""
    found: set[int] = set()
    with writer.db.ids_table(ids) as table:
        for id_, held in held_values(writer.db, writer.checker, fields, table):
            for item in fields:
                new, _old = changes.of[item.name].get(id_, ("", ""))
                if new and changes.values[new] != held[item.name]:
                    found.add(id_)
    return found


def _unknown(writer: Writer, item: Field, changed: Mapping[int, tuple[str, str]]) -> set[int]:
    """Those of `changed` who had an owner or a team before that is no longer there."""
    directory = writer.checker.directory
    known = {"user": directory.logins, "team": directory.teams}.get(item.type)
    if known is None:
        return set()
    possible = {dump(name) for name in ("", *known.values())}
    return {id_ for id_, (_new, old) in changed.items() if old not in possible}


def _marks(writer: Writer, set_id: int, ids: list[int], *, restore: bool) -> set[int]:
    """Move customers to the recycle bin, or back; gives those who are done."""
    db = writer.db
    with db.ids_table(ids) as all_of_them:
        rows = _present(
            writer, all_of_them, "c.id, c.kind, c.name, c.organization", deleted=restore
        )
        clean = {row[0] for row in rows}
        if not restore:
            # The plus keeps the planner from walking all that was changed since, and so does, where
            # they lie together as those of an import do, that they are between two ids.
            low, high = min(ids), max(ids)
            near = f" AND h.customer_id BETWEEN {low} AND {high}"
            used = db.rows(
                "SELECT DISTINCT h.customer_id FROM change h WHERE h.customer_id IN"
                f" (SELECT id FROM {all_of_them}){near if high - low < _APART * len(ids) else ''}"
                " AND +h.change_set_id > ?",
                (set_id,),
            )
            clean -= {row[0] for row in used}
        if not clean or writer.rehearsing:
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
    recycle bin), locked if they are to be written.
    """
    db = writer.db
    lock = "" if writer.rehearsing else db.row_lock("c")
    allowed, params = visibility.condition(writer.session.viewer, deleted=True)
    return db.rows(
        f"SELECT {columns} FROM customer c JOIN {table} t ON t.id = c.id WHERE {allowed}"
        f" AND c.deleted_at {'<>' if deleted else '='} '' ORDER BY c.id{lock}",
        params,
    )
