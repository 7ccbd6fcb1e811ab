"""What others did between the preview of a batch and the batch: nobody's change is lost unseen.

A preview remembers which acts it knew. Before the batch is written, and once more when all that it
wrote is locked, the acts that it did not know are looked at: where one of them gave a field of one
of the customers another value than the one that was shown, and the batch would put a third in its
place, the whole batch is refused with `BatchConflict`. What was added to a list or taken out of it
merges and is no conflict.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui_crm.core.changes.conflicts import clashes
from tui_crm.core.changes.model import Edit
from tui_crm.core.changes.planning import wanted
from tui_crm.core.checker import Checker
from tui_crm.core.records import chunks, load, marks, undump
from tui_crm.core.rows import Value
from tui_crm.errors import Conflict, InputRefused
from tui_crm.text.i18n import _, ngettext

if TYPE_CHECKING:
    from tui_crm.core.session import Session

MOST = 1000
"""So many customers a conflict names; it counts all of them."""

# Ids are given when a transaction begins: an act with a lower one may be committed later. More
# transactions than this are never under way at the same time.
_OVERLAP = 64


@dataclass(frozen=True, slots=True)
class Seen:
    """Which acts were there at a moment: all up to `latest`, those of `last` among its end."""

    latest: int
    last: frozenset[int]


@dataclass(frozen=True, slots=True)
class Collision:
    """A field of one customer that somebody else (`by`) changed since the preview."""

    id: int
    name: str
    field: str
    seen: Value  # what the preview showed
    now: Value  # what it holds now
    yours: Value  # what the batch would make of it
    by: str = ""


class BatchConflict(Conflict):
    """Customers whom somebody changed since the preview; nothing was written.

    To keep what is there now leave a customer out; to go on, apply the batch again with `seen`,
    which says that this was looked at. `ids` are all of them, `collisions` name the first.
    """

    def __init__(self, ids: Sequence[int], collisions: Sequence[Collision], seen: Seen) -> None:
        by = ", ".join(dict.fromkeys(c.by for c in collisions if c.by)) or _("somebody else")
        text = ngettext(
            "{by} changed {n} of these customers since the preview.",
            "{by} changed {n} of these customers since the preview.",
            len(ids),
        )
        super().__init__(text.format(by=by, n=len(ids)), _("Look at the change again and choose."))
        self.ids = tuple(ids)
        self.collisions = tuple(collisions)
        self.seen = seen


def seen_now(session: Session) -> Seen:
    """Which acts are there now; in the transaction of what is looked at."""
    db = session.db
    row = db.one("SELECT max(id) FROM change_set")
    latest = int(row[0] or 0) if row else 0
    last = db.rows("SELECT id FROM change_set WHERE id > ?", (latest - _OVERLAP,))
    return Seen(latest, frozenset(row[0] for row in last))


def check(session: Session, ids: Sequence[int], edit: Edit, seen: Seen, own: int) -> None:
    """Raise `BatchConflict` where the acts since `seen`, but for `own`, stand against `edit`."""
    new = _acts_since(session, seen, own)
    fields = [*edit.set, *edit.compute]
    if not new or not fields:
        return
    found = _changed(session, new, fields, ids)
    if not found:
        return
    checker = Checker(session)
    clashing: dict[int, list[Collision]] = {}
    for some in chunks(sorted(found)):
        for collision in _collisions(session, checker, edit, {id_: found[id_] for id_ in some}):
            clashing.setdefault(collision.id, []).append(collision)
    if clashing:
        named = [c for id_ in list(clashing)[:MOST] for c in clashing[id_]]
        raise BatchConflict(list(clashing), named, _without(seen_now(session), own))


def members(ids: Iterable[int], size: int) -> bytearray:
    """A table of `size` places in which those of `ids` are 1: a million of them in a megabyte."""
    table = bytearray(size)
    for id_ in ids:
        table[id_] = 1
    return table


def _without(seen: Seen, own: int) -> Seen:
    return Seen(seen.latest, seen.last - {own})


def _acts_since(session: Session, seen: Seen, own: int) -> list[int]:
    rows = session.db.rows("SELECT id FROM change_set WHERE id > ?", (seen.latest - _OVERLAP,))
    return sorted({row[0] for row in rows} - seen.last - {own})


_Change = tuple[str, str, str]  # JSON texts before and after, and who


def _changed(
    session: Session, acts: Sequence[int], fields: Sequence[str], ids: Sequence[int]
) -> dict[int, dict[str, _Change]]:
    """By customer and field what `acts` made of it, their changes of it folded into one."""
    size = max(ids, default=0) + 1
    here = members(ids, size)
    found: dict[int, dict[str, _Change]] = {}
    for some in chunks(acts):
        for record_id, field, old, new, by in session.db.rows(
            "SELECT h.record_id, h.field, h.old, h.new, coalesce(u.login, '') FROM change h"
            " JOIN change_set s ON s.id = h.change_set_id"
            " LEFT JOIN crm_user u ON u.id = s.actor_id"
            f" WHERE h.change_set_id IN ({marks(len(some))}) AND h.entity = 'customer'"
            f" AND h.action = 'update' AND h.field IN ({marks(len(fields))}) ORDER BY h.id",
            (*some, *fields),
        ):
            if record_id < size and here[record_id]:
                changes = found.setdefault(record_id, {})
                first = changes.get(field)
                changes[field] = (first[0] if first else old, new, by)
    return found


def _collisions(
    session: Session, checker: Checker, edit: Edit, changed: dict[int, dict[str, _Change]]
) -> Iterator[Collision]:
    records = load(session, "customer", list(changed), checker.directory)
    for id_, changes in changed.items():
        record = records.get(id_)
        if record is None:
            continue  # it is hidden or gone, and fails by itself
        for name, (old, new, by) in changes.items():
            field = checker.field(name)
            before, now = undump(old), undump(new)
            others: dict[str, Any] = {**record.values, name: now}
            try:
                yours = wanted(checker, field, now, edit, others)
            except InputRefused:
                continue  # it is refused by itself
            if clashes(field, before, now, yours):
                yield Collision(id_, record.name, name, before, now, yours, by)


def came_and_went(before: Sequence[int], now: Sequence[int]) -> tuple[array[int], array[int]]:
    """The ids that are only in `now`, and those that are only in `before`, each in its order."""
    size = max(max(before, default=0), max(now, default=0)) + 1
    then, here = members(before, size), members(now, size)
    return (
        array("q", (id_ for id_ in now if not then[id_])),
        array("q", (id_ for id_ in before if not here[id_])),
    )
