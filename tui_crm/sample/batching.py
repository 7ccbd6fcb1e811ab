"""A large batch against its floor: the same rows written by bare SQL, with nothing around it.

The floor writes what the batch writes into the tables of customers, tags and history, in one
transaction: what becomes different of fields and tags of every customer, with its old and its new
value. It does not check, lock, report, or keep the search index.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tui_crm.core import batch, changes, listing, validation
from tui_crm.core.changes import Edit
from tui_crm.core.changes.bulk import constants, kept_value, shown_column
from tui_crm.core.checker import Checker
from tui_crm.core.lists import tag_ids
from tui_crm.core.records import dump, to_column
from tui_crm.core.rows import Outcome
from tui_crm.errors import InputRefused
from tui_crm.sample.bench import timed
from tui_crm.search.measure import Timing, timing
from tui_crm.text import dates
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.fields import Field
    from tui_crm.core.session import Session

_FIELDS = ("needs", "state")  # neither is searched nor compared for duplicates
_TAG = "measured"
_HISTORY = (
    "INSERT INTO change (change_set_id, entity, record_id, customer_id, action, field, old, new,"
    " version) SELECT ?, 'customer', c.id, c.id, 'update', ?, {old}, {new}, c.version + 1"
    " FROM customer c JOIN {table} t ON t.id = c.id WHERE {differs}"
)
_ITS_TAGS = "SELECT id FROM tag WHERE name LIKE 'floor %'"


def measure(session: Session, size: int, assignments: Sequence[str] = ()) -> Iterator[Timing]:
    """The floor, then the first page, the preview, the batch and its undo, each once.

    Of `size` customers, or of all if there are fewer. `assignments` are as `crm batch` takes them:
    one value for a field of the customers themselves, or tags to add. Without any it is two fields
    that are not searched, and a tag. What is written is taken away again, but for the history of
    the batch and of its undo. Raises `InputRefused` for other changes.
    """
    ids = listing.ids(session)[:size]
    edit = edit_of(session, assignments)
    label = f"batch of {len(ids)}"
    floor = _Floor(session, ids, edit)
    yield _timing(f"{label}: floor", floor.write)
    floor.clear()
    yield _timing(f"{label}: first page", partial(batch.page, session, ids, edit))
    yield _timing(f"{label}: preview", partial(batch.preview, session, ids, edit))
    outcomes: list[Outcome] = []
    yield _timing(f"{label}: apply", lambda: outcomes.append(batch.apply(session, ids, edit)))
    set_id = outcomes[0].change_set_id
    if set_id is not None:
        yield _timing(f"{label}: undo", partial(changes.undo, session, set_id))


def edit_of(session: Session, assignments: Sequence[str]) -> Edit:
    """The edit that is measured; see `measure`."""
    if not assignments:
        word = f"measured {time.time()}"
        return Edit(dict.fromkeys(_FIELDS, word), add={"tags": (_TAG,)})
    edit = validation.parse_assignments(session, assignments)
    plain = all(item.column for item in _fields(session, edit))
    if not plain or edit.remove or edit.compute or edit.add.keys() - {"tags"}:
        raise InputRefused(
            _("Only one value for fields of the customer itself, and tags to add, are measured."),
            _("Write field=value or tags+=label."),
        )
    return edit


def _fields(session: Session, edit: Edit) -> list[Field]:
    return [item for name in edit.set if (item := session.fields.get(name)) is not None]


class _Floor:
    """The rows of an edit, by bare SQL."""

    def __init__(self, session: Session, ids: Sequence[int], edit: Edit) -> None:
        self.session, self.db, self.ids = session, session.db, ids
        self.checker = Checker(session)
        self.fields = _fields(session, edit)
        self.values = constants(self.checker, self.fields, edit)
        self.tags = [f"floor {name}" for name in edit.add.get("tags", ())]

    def write(self) -> None:
        """Write them."""
        db, uid, now = self.db, f"floor {time.time()}", dates.to_iso(dates.utc_now())
        with db.transaction():
            table = db.temp_ids(self.ids)
            db.run(
                "INSERT INTO change_set (uid, actor_id, at, face, kind, summary, done)"
                " VALUES (?, ?, ?, 'cli', 'floor', '', ?)",
                (uid, self.session.viewer.id, now, len(self.ids)),
            )
            row = db.one("SELECT id FROM change_set WHERE uid = ?", (uid,))
            set_id = row[0] if row else None
            sets = {}
            for item in self.fields:
                value = self.values[item.name]
                column = sets[item.column] = to_column(item, value, self.checker.directory)
                old = db.json_of(f"coalesce({shown_column(item)}, '')")
                person = item.type in ("user", "team")
                held = f"coalesce(c.{item.column}, 0)" if person else f"c.{item.column}"
                db.run(
                    _HISTORY.format(old=old, new="?", table=table, differs=f"{held} <> ?"),
                    (set_id, item.name, dump(value), column or 0 if person else column),
                )
            for tag_id in tag_ids(db, self.tags).values():
                names = db.json_list("g.name")
                held = "SELECT ct.tag_id FROM customer_tag ct WHERE ct.customer_id = c.id"
                old = f"(SELECT coalesce({names}, '[]') FROM tag g WHERE g.id IN ({held}))"
                new = f"(SELECT {names} FROM tag g WHERE g.id = {tag_id} OR g.id IN ({held}))"
                db.run(
                    _HISTORY.format(old=old, new=new, table=table, differs="TRUE"),
                    (set_id, "tags"),
                )
                db.run(
                    f"INSERT INTO customer_tag (customer_id, tag_id) SELECT id, {tag_id}"
                    f" FROM {table}"
                )
            assigned = "".join(f"{column} = ?, " for column in sets)
            db.run(
                f"UPDATE customer SET {assigned}version = version + 1, updated_at = ?"
                f" WHERE id IN (SELECT id FROM {table})",
                (*sets.values(), now),
            )

    def clear(self) -> None:
        """Take the tags and the history away, and give the fields their old values."""
        db = self.db
        sets = "SELECT id FROM change_set WHERE kind = 'floor'"
        with db.transaction():
            for item in self.fields:
                old = kept_value(item, db.text_of_json("h.old"))
                db.run(
                    f"UPDATE customer SET {item.column} = {old} FROM change h"
                    f" WHERE h.record_id = customer.id AND h.field = ?"
                    f" AND h.change_set_id IN ({sets})",
                    (item.name,),
                )
            db.run(f"DELETE FROM customer_tag WHERE tag_id IN ({_ITS_TAGS})")
            db.run(f"DELETE FROM change WHERE change_set_id IN ({sets})")
            db.run("DELETE FROM change_set WHERE kind = 'floor'")


def _timing(name: str, act: Callable[[], object]) -> Timing:
    return timing(name, [timed(act)])
