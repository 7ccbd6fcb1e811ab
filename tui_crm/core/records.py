"""Records as the write door and the forms see them: every registry field by its name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from tui_crm.core import visibility
from tui_crm.core.fields import LIST_TYPES, Field
from tui_crm.core.points import KINDS, join
from tui_crm.core.rows import ContactPointRow, Entity, Value
from tui_crm.core.users import Directory

if TYPE_CHECKING:
    from tui_crm.core.session import Session

T = TypeVar("T")

# As many parameters as a query gets at once; both engines take many more.
_PARAMETERS = 1000
_LIST_FIELD = {kind: name for name, kind in KINDS.items()}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Record:
    """A customer, an interaction or a task while it is worked on; `values` is changed in place."""

    entity: Entity
    id: int
    version: int
    deleted_at: str
    values: dict[str, Value]
    customer_id: int | None  # whose history it belongs to
    organization_id: int | None = None
    points: list[ContactPointRow] = field(default_factory=list)
    author: str = ""

    @property
    def name(self) -> str:
        """What it is called in a report."""
        return str(
            self.values.get("name") or self.values.get("title") or self.values.get("subject") or ""
        )


def chunks(items: Iterable[T], size: int = _PARAMETERS) -> Iterator[list[T]]:
    """`items` in lists of at most `size`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def marks(count: int) -> str:
    """That many question marks for an IN list."""
    return ",".join("?" * count)


def dump(value: Value) -> str:
    """The JSON text of a value, as the history keeps it."""
    return _encode(value)


def undump(text: str) -> Value:
    """The value of a JSON text of the history."""
    value = json.loads(text) if text else ""
    return tuple(value) if isinstance(value, list) else value


def table_fields(session: Session, entity: Entity) -> list[Field]:
    """The fields that are columns of the entity's own table and that users may write."""
    return [f for f in session.fields.of(entity) if f.column and f.editable]


def load(
    session: Session,
    entity: Entity,
    ids: Sequence[int],
    directory: Directory,
    *,
    deleted: bool = False,
    lock: bool = False,
) -> dict[int, Record]:
    """The records with these ids that the session's viewer may see, by id.

    `deleted` includes those in the recycle bin; `lock` keeps other writers away from the rows
    until the transaction ends.
    """
    found: dict[int, Record] = {}
    for chunk in chunks(sorted(set(ids))):
        if entity == "customer":
            _load_customers(session, chunk, directory, deleted, lock, found)
        else:
            _load_activities(session, entity, chunk, directory, deleted, lock, found)
    return found


def visible_ids(session: Session, ids: Sequence[int]) -> list[int]:
    """Those of `ids` that are live customers whom the viewer may see, in the same order."""
    allowed, params = visibility.condition(session.viewer)
    seen: set[int] = set()
    for chunk in chunks(ids):
        sql = f"SELECT c.id FROM customer c WHERE c.id IN ({marks(len(chunk))}) AND {allowed}"
        seen.update(row[0] for row in session.db.rows(sql, (*chunk, *params)))
    return [id_ for id_ in ids if id_ in seen]


def to_value(item: Field, stored: Any, directory: Directory) -> Value:
    """The value of a column's content: ids become logins and names."""
    if item.type == "user":
        return directory.logins.get(stored, "")
    if item.type == "team":
        return directory.teams.get(stored, "")
    value: Value = stored
    return value


def to_column(item: Field, value: Value, directory: Directory) -> Any:
    """What a column holds for a value; the opposite of `to_value`."""
    if item.type == "user":
        return directory.user_id(str(value)) if value else None
    if item.type == "team":
        return directory.team_id(str(value)) if value else None
    return value


def _load_customers(
    session: Session,
    ids: list[int],
    directory: Directory,
    deleted: bool,
    lock: bool,
    found: dict[int, Record],
) -> None:
    columns = table_fields(session, "customer")
    custom = [f.name for f in session.fields.of("customer") if f.custom]
    allowed, params = visibility.condition(session.viewer, deleted=deleted)
    rows = session.db.rows(
        "SELECT c.id, c.version, c.deleted_at, c.organization_id, c.custom, c.last_contact,"
        f" c.created_at, c.updated_at, {', '.join(f'c.{f.column}' for f in columns)}"
        f" FROM customer c WHERE c.id IN ({marks(len(ids))}) AND {allowed} ORDER BY c.id"
        + (session.db.row_lock("c") if lock else ""),
        (*ids, *params),
    )
    here: dict[int, Record] = {}
    for id_, version, gone, organization_id, extra, contacted, created, updated, *rest in rows:
        values: dict[str, Value] = {"id": id_}
        for item, stored in zip(columns, rest, strict=True):
            values[item.name] = to_value(item, stored, directory)
        values.update(dict.fromkeys((*LIST_TYPES,), ()))
        extras = json.loads(extra) if extra else {}
        values.update((name, extras.get(name, "")) for name in custom)
        values["last_contact"], values["created_at"] = contacted, created
        values["updated_at"], values["version"] = updated, version
        here[id_] = Record("customer", id_, version, gone, values, id_, organization_id)
    if here:
        _load_lists(session, here)
        found.update(here)


def _load_lists(session: Session, here: dict[int, Record]) -> None:
    ids = list(here)
    collected: dict[tuple[int, str], list[str]] = {}
    for id_, kind, label, value, normalized in session.db.rows(
        "SELECT customer_id, kind, label, value, normalized FROM contact_point"
        f" WHERE customer_id IN ({marks(len(ids))}) ORDER BY customer_id, position, id",
        ids,
    ):
        here[id_].points.append(ContactPointRow(kind, value, label, normalized))
        collected.setdefault((id_, _LIST_FIELD[kind]), []).append(join(label, value))
    for id_, name in session.db.rows(
        "SELECT ct.customer_id, t.name FROM customer_tag ct JOIN tag t ON t.id = ct.tag_id"
        f" WHERE ct.customer_id IN ({marks(len(ids))})",
        ids,
    ):
        collected.setdefault((id_, "tags"), []).append(name)
    for (id_, name), items in collected.items():
        here[id_].values[name] = tuple(sorted(items) if name == "tags" else items)


def _load_activities(
    session: Session,
    entity: Entity,
    ids: list[int],
    directory: Directory,
    deleted: bool,
    lock: bool,
    found: dict[int, Record],
) -> None:
    columns = table_fields(session, entity)
    # The customer's own deletion hides what belongs to it, unless the bin is asked for.
    allowed, params = visibility.condition(session.viewer, deleted=deleted)
    live = "TRUE" if deleted else "a.deleted_at = ''"
    if entity == "task":
        allowed = f"(a.customer_id IS NULL AND (a.assignee_id = ? OR a.author_id = ?) OR {allowed})"
        params = [session.viewer.id, session.viewer.id, *params]
    for id_, version, gone, customer_id, author_id, *rest in session.db.rows(
        f"SELECT a.id, a.version, a.deleted_at, a.customer_id, a.author_id,"
        f" {', '.join(f'a.{f.column}' for f in columns)} FROM {entity} a"
        " LEFT JOIN customer c ON c.id = a.customer_id"
        f" WHERE a.id IN ({marks(len(ids))}) AND {live}"
        f" AND {allowed} ORDER BY a.id" + (session.db.row_lock("a") if lock else ""),
        (*ids, *params),
    ):
        values = {
            item.name: to_value(item, stored, directory)
            for item, stored in zip(columns, rest, strict=True)
        }
        author = directory.logins.get(author_id, "")
        found[id_] = Record(entity, id_, version, gone, values, customer_id, author=author)
