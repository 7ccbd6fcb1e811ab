"""A large batch against its floor: the same rows written by bare SQL, with nothing around it.

The floor writes what the batch writes into the tables of customers, tags and history, in one
transaction: two fields and a tag of every customer, each with its old and its new value. It does
not check, lock, report, or keep the search index.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tui_crm.core import batch, changes, listing
from tui_crm.core.changes import Edit
from tui_crm.core.lists import tag_ids
from tui_crm.core.records import dump
from tui_crm.core.rows import Outcome
from tui_crm.sample.bench import timed
from tui_crm.search.measure import Timing, timing
from tui_crm.text import dates

if TYPE_CHECKING:
    from tui_crm.core.session import Session

# Columns that the floor and the batch change. Neither is searched nor compared for duplicates: what
# is indexed is the tag.
_FIELDS = ("needs", "state")


def measure(session: Session, size: int) -> Iterator[Timing]:
    """The floor, then the first page, the preview, the batch and its undo, each once.

    Of `size` customers, or of all if there are fewer. What is written is taken away again, but
    for the history of the batch and of its undo.
    """
    ids = listing.ids(session)[:size]
    label = f"batch of {len(ids)}"
    yield _timing(f"{label}: floor", partial(_floor, session, ids))
    _clear(session)
    word = f"measured {time.time()}"
    edit = Edit(dict.fromkeys(_FIELDS, word), add={"tags": ("measured",)})
    yield _timing(f"{label}: first page", partial(batch.page, session, ids, edit))
    yield _timing(f"{label}: preview", partial(batch.preview, session, ids, edit))
    outcomes: list[Outcome] = []
    yield _timing(f"{label}: apply", lambda: outcomes.append(batch.apply(session, ids, edit)))
    set_id = outcomes[0].change_set_id
    if set_id is not None:
        yield _timing(f"{label}: undo", partial(changes.undo, session, set_id))


def _floor(session: Session, ids: Sequence[int]) -> None:
    db = session.db
    now, value = dates.to_iso(dates.utc_now()), f"floor {time.time()}"
    insert = (
        "INSERT INTO change (change_set_id, entity, record_id, customer_id, action, field, old,"
        " new, version) SELECT ?, 'customer', c.id, c.id, 'update', ?, {old}, {new}, c.version + 1"
    )
    names = db.json_list("g.name")
    held = "SELECT ct.tag_id FROM customer_tag ct WHERE ct.customer_id = c.id"
    with db.transaction():
        table = db.temp_ids(ids)
        them = f" FROM customer c JOIN {table} t ON t.id = c.id"
        tag = tag_ids(db, ["floor"])["floor"]
        db.run(
            "INSERT INTO change_set (uid, actor_id, at, face, kind, summary, done)"
            " VALUES (?, ?, ?, 'cli', 'floor', '', ?)",
            (value, session.viewer.id, now, len(ids)),
        )
        row = db.one("SELECT id FROM change_set WHERE uid = ?", (value,))
        set_id = row[0] if row else None
        for field in _FIELDS:
            old = db.json_of(f"c.{field}")
            db.run(insert.format(old=old, new="?") + them, (set_id, field, dump(value)))
        before = f"(SELECT coalesce({names}, '[]') FROM tag g WHERE g.id IN ({held}))"
        after = f"(SELECT {names} FROM tag g WHERE g.id = {tag} OR g.id IN ({held}))"
        db.run(insert.format(old=before, new=after) + them, (set_id, "tags"))
        db.run(f"INSERT INTO customer_tag (customer_id, tag_id) SELECT id, {tag} FROM {table}")
        sets = ", ".join(f"{field} = ?" for field in _FIELDS)
        db.run(
            f"UPDATE customer SET {sets}, version = version + 1, updated_at = ?"
            f" WHERE id IN (SELECT id FROM {table})",
            (value, value, now),
        )


def _clear(session: Session) -> None:
    """Take the floor's tag and history away; the sample's two columns need no old values."""
    db = session.db
    with db.transaction():
        db.run("DELETE FROM customer_tag WHERE tag_id IN (SELECT id FROM tag WHERE name = 'floor')")
        floors = "SELECT id FROM change_set WHERE kind = 'floor'"
        db.run(f"DELETE FROM change WHERE change_set_id IN ({floors})")
        db.run("DELETE FROM change_set WHERE kind = 'floor'")


def _timing(name: str, act: Callable[[], object]) -> Timing:
    return timing(name, [timed(act)])
