"""Taking a change set back.

A field goes back to its old value where it still holds the value that the set gave it; where
somebody edited it since, it is kept and reported with who and when. A created record goes to the
recycle bin unless it was used since, a deleted one comes back. The undo is a change set itself and
can be undone in turn.

A change set is *in effect* unless it was undone by a set that is in effect.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from tui_crm.core.aliases import MERGED_INTO, survivor
from tui_crm.core.changes.door import close_set, open_set
from tui_crm.core.changes.merging import MOVES, lead, move
from tui_crm.core.changes.model import new_uid
from tui_crm.core.changes.planning import Diff
from tui_crm.core.changes.undoing_sets import take_back_sets, touched
from tui_crm.core.changes.writer import CancelToken, Progress, Writer
from tui_crm.core.collector import without_collector
from tui_crm.core.effect import undoers
from tui_crm.core.fields import Field
from tui_crm.core.ids import IdSet
from tui_crm.core.records import Record, chunks, load, marks, undump
from tui_crm.core.results import Results
from tui_crm.core.rows import Entity, RecordResult, UndoOutcome, Value
from tui_crm.errors import InputRefused, NotFound
from tui_crm.text import dates
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_CHUNK = 1000  # records
_MANY = 500  # from so many customers on, the plain cases are done in sets

# Newest first within a set: what was made last is taken back first.
_ORDER: tuple[Entity, ...] = ("task", "interaction", "customer")


@dataclass(slots=True)
class _Past:
    """What the set did to one record, its changes of a field folded into one."""

    action: str = "update"  # create | update | delete | restore
    # JSON texts: before the set, after it
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)


def undo(
    session: Session,
    change_set_id: int,
    *,
    only: int | None = None,
    preview: bool = False,
    uid: str = "",
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
    after: Progress | None = None,
) -> UndoOutcome:
    """Take a change set back, in one transaction, and say what was kept.

    With `only` it is taken back for that customer alone, with its interactions and tasks; the set
    is in effect for the others, and can be taken back for them later. A merge is one thing, and
    raises `InputRefused`.

    `progress`, `cancel` and `after` are as in the write door. With `preview` everything is worked
    out from one state of the database, and nothing is written: nobody waits for it. A repeated
    `uid` is answered with the number of records of the first time. Raises `NotFound` for an unknown
    set and `InputRefused` for one that is undone already.
    """
    db = session.db
    with without_collector():
        if preview:
            with db.reading():
                total, _summary, kind = _target(session, change_set_id, only)
                writer = Writer(
                    session, 0, total=total, progress=progress, cancel=cancel, rehearsing=True
                )
                return _take_back(writer, change_set_id, kind, only)
        with db.transaction():
            outcome = _undo(session, change_set_id, only, uid or new_uid(), progress, cancel, after)
    if outcome.change_set_id is not None:
        session.own_sets.add(outcome.change_set_id)
    return outcome


def _undo(
    session: Session,
    change_set_id: int,
    only: int | None,
    uid: str,
    progress: Progress | None,
    cancel: CancelToken | None,
    after: Progress | None,
) -> UndoOutcome:
    db = session.db
    db.rows(f"SELECT s.id FROM change_set s WHERE s.id = ?{db.row_lock('s')}", (change_set_id,))
    repeated = db.one("SELECT id, done FROM change_set WHERE uid = ?", (uid,))
    if repeated:
        return UndoOutcome(repeated[0], repeated[1])
    total, summary, kind = _target(session, change_set_id, only)
    undoes = change_set_id if only is None else None
    set_id = open_set(session, uid, "undo", summary, "", undoes=undoes)
    assert set_id is not None  # the uid was looked up above, under the lock of the target
    writer = Writer(session, set_id, total=total, progress=progress, cancel=cancel, after=after)
    outcome = _take_back(writer, change_set_id, kind, only)
    kept = close_set(writer)
    return replace(outcome, change_set_id=set_id if kept else None)


def _target(session: Session, change_set_id: int, only: int | None) -> tuple[int, str, str]:
    """How many records there are to take back, the summary of that, and the kind of the set; raises
    what `undo` raises.
    """
    row = session.db.one(
        "SELECT done, summary, kind FROM change_set WHERE id = ?", (change_set_id,)
    )
    if row is None:
        raise NotFound(_("There is no change set {id}.").format(id=change_set_id))
    _refuse_second(session, change_set_id)
    total, summary, kind = row
    if only is None:
        return total, summary, kind
    if kind == "merge":
        raise InputRefused(
            _("A merge is taken back as a whole."),
            _("Undo all of change set {id}.").format(id=change_set_id),
        )
    return 1, "", kind


def _take_back(writer: Writer, change_set_id: int, kind: str, only: int | None) -> UndoOutcome:
    """Take back what a set of this kind did, and say what became of each record."""
    session, db = writer.session, writer.db
    writer.cascades = False  # what the renaming of an organisation did is in the set itself
    work = _Undo(writer, change_set_id, by_item=kind == "merge")
    with db.expecting(writer.total):
        for entity in _ORDER:
            # What builds on another record is newer than it, so it is taken back before.
            them = touched(db, change_set_id, entity, only)
            done = IdSet()
            if entity == "customer" and len(them.ids) > _MANY:
                done = take_back_sets(writer, change_set_id, them)
            for some in chunks((i for i in reversed(them.ids) if i not in done), _CHUNK):
                writer.advance()
                work.take_back(entity, _pasts(session, change_set_id, entity, some))
                writer.flush()
        writer.finish()
    return UndoOutcome(None, writer.done, work.kept, work.failed)


def _refuse_second(session: Session, change_set_id: int) -> None:
    undone_by = undoers(session.db, change_set_id).get(change_set_id)
    if undone_by is None:
        return
    who, at = _who(session, undone_by)
    raise InputRefused(
        _("This was undone already, by {who} on {when}.").format(who=who, when=at),
        _("Undo change set {id} to do it again.").format(id=undone_by),
    )


def _pasts(session: Session, set_id: int, entity: Entity, ids: list[int]) -> dict[int, _Past]:
    """What the set did to these records of one entity."""
    found: dict[int, _Past] = {id_: _Past() for id_ in ids}
    for record_id, action, name, old, new in session.db.rows(
        "SELECT record_id, action, field, old, new FROM change WHERE change_set_id = ?"
        f" AND entity = ? AND record_id IN ({marks(len(ids))}) ORDER BY id",
        (set_id, entity, *ids),
    ):
        past = found[record_id]
        if action == "update":
            before = past.fields[name][0] if name in past.fields else old
            past.fields[name] = (before, new)
        elif past.action == "update" or action == "create":
            past.action = action
        elif {past.action, action} == {"delete", "restore"}:
            past.action = "update"  # there and back within the set
    return found


class _Undo:
    """Takes the changes of one set back, record by record."""

    def __init__(self, writer: Writer, set_id: int, *, by_item: bool = False) -> None:
        """With `by_item`, of a list that was edited since, what the set added is taken out."""
        self.writer = writer
        self.session = writer.session
        self.set_id = set_id
        self.by_item = by_item
        self.kept = Results()
        self.failed = Results()

    def take_back(self, entity: Entity, pasts: dict[int, _Past]) -> None:
        """Take back what the set did to these records of one entity."""
        records = load(
            self.session,
            entity,
            list(pasts),
            self.writer.checker.directory,
            deleted=True,
            lock=not self.writer.rehearsing,
        )
        used = self._used(entity, pasts)
        for id_, past in pasts.items():
            record = records.get(id_)
            if record is None:
                self._fail(id_, _("There is no such record."))
            else:
                self._record(record, past, used.get(id_))

    def _record(self, record: Record, past: _Past, used: tuple[str, str] | None) -> None:
        action, gone = past.action, bool(record.deleted_at)
        if action in ("create", "restore"):
            if gone:
                self._keep(record, _("It is in the recycle bin already."))
            elif used:
                self._keep(
                    record, _("Used since by {who} on {when}.").format(who=used[0], when=used[1])
                )
            else:
                self.writer.mark(record, deleted=True)
                self._move_back(record, past)
                self._done(record)
            return
        moved = self._move_back(record, past)
        if action == "delete" and gone:
            self.writer.mark(record, deleted=False)
            diffs = self._diffs(record, past)
            if diffs:
                self.writer.apply(record, diffs)
            self._done(record)
        elif moved:
            self._done(record)
        elif gone:
            self._keep(record, _("It is in the recycle bin."))
        elif diffs := self._diffs(record, past):
            self.writer.apply(record, diffs)
            self._done(record)
        elif action == "delete":
            self._keep(record, _("It was restored already."))

    def _move_back(self, record: Record, past: _Past) -> bool:
        """Take back that a merge gave the record to another customer; gives whether it did."""
        moved = False
        for name in MOVES:
            if name not in past.fields:
                continue
            before, after = (cast("int | str", undump(text)) for text in past.fields.pop(name))
            if name == MERGED_INTO:
                lead(self.writer, record, int(before) if before else None)
                moved = True
            elif record.customer_id == survivor(self.writer.db, int(after)):
                move(self.writer, record, int(before))
                moved = True
            else:
                self._keep(record, _("It belongs to another customer since."))
        return moved

    def _diffs(self, record: Record, past: _Past) -> list[Diff]:
        """The fields that go back; those that were edited since are reported as kept."""
        diffs = []
        for name, (old_text, new_text) in past.fields.items():
            field = self.session.fields.get(name, record.entity)
            if field is None:
                self._keep(record, _('The field "{field}" is no longer there.').format(field=name))
                continue
            now = record.values[name]
            old, new = _stored(field, old_text), _stored(field, new_text)
            if now == old:
                continue
            if now != new:
                self._keep(record, self._edited(record, field))
                if self.by_item and field.is_list:
                    diffs.append(Diff(field, now, _without(field, now, old, new)))
            elif name == "account_no" and (reason := self._number_taken(record, old)):
                self._keep(record, reason)
            elif gone := self._no_longer_known(field, old):
                self._keep(record, gone)
            else:
                diffs.append(Diff(field, now, old))
        return diffs

    def _edited(self, record: Record, field: Field) -> str:
        row = self.session.db.one(
            "SELECT change_set_id FROM change WHERE entity = ? AND record_id = ? AND field = ?"
            " AND change_set_id <> ? ORDER BY id DESC LIMIT 1",
            (record.entity, record.id, field.name, self.set_id),
        )
        if row is None:
            return _("{field} was changed since.").format(field=field.label)
        who, when = _who(self.session, row[0])
        return _("{field} was changed since, by {who} on {when}.").format(
            field=field.label, who=who, when=when
        )

    def _number_taken(self, record: Record, old: Value) -> str:
        try:
            self.writer.check_account_no(record.id, str(old))
        except InputRefused as error:
            return error.message
        return ""

    def _no_longer_known(self, field: Field, old: Value) -> str:
        directory = self.writer.checker.directory
        known = {"user": directory.logins, "team": directory.teams}.get(field.type)
        if known is None or old == "" or old in known.values():
            return ""
        return _('{field}: "{value}" is no longer there.').format(field=field.label, value=old)

    def _used(self, entity: Entity, pasts: dict[int, _Past]) -> dict[int, tuple[str, str]]:
        """Who last used the records that the set brought, and when; uses that are in effect."""
        brought = [id_ for id_, past in pasts.items() if past.action in ("create", "restore")]
        found: dict[int, tuple[str, str]] = {}
        if not brought:
            return found
        column = "customer_id" if entity == "customer" else "record_id"
        limit = "" if entity == "customer" else f" AND h.entity = '{entity}'"
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(brought), 1000):
            some = brought[start : start + 1000]
            rows += self.session.db.rows(
                f"SELECT DISTINCT h.{column}, h.change_set_id FROM change h"
                " JOIN change_set s ON s.id = h.change_set_id"
                f" WHERE h.{column} IN ({marks(len(some))}) AND h.change_set_id > ?{limit}"
                " AND s.kind <> 'undo' ORDER BY h.change_set_id",
                (*some, self.set_id),
            )
        undone = undoers(self.session.db, self.set_id)
        names: dict[int, tuple[str, str]] = {}
        for record_id, set_id in rows:
            if set_id not in undone and set_id != self.writer.set_id:
                if set_id not in names:
                    names[set_id] = _who(self.session, set_id)
                found[record_id] = names[set_id]
        return found

    def _done(self, record: Record) -> None:
        self.writer.report(record.id, record.name, "done")

    def _keep(self, record: Record, reason: str) -> None:
        self.kept.add(RecordResult(record.id, record.name, "skipped", reason))
        self.writer.count("skipped")

    def _fail(self, id_: int, reason: str) -> None:
        self.failed.add(RecordResult(id_, "", "failed", reason))
        self.writer.count("failed")


def _without(field: Field, now: Value, old: Value, new: Value) -> Value:
    """A list as it is now, without what a change added and with what it took out."""
    here, before, after = (cast("tuple[str, ...]", value or ()) for value in (now, old, new))
    items = [item for item in here if item in before or item not in after]
    items += [item for item in before if item not in after and item not in items]
    return tuple(sorted(items)) if field.type == "tags" else tuple(items)


def _stored(field: Field, text: str) -> Value:
    value = undump(text)
    if field.type == "tags":
        return tuple(sorted(cast("tuple[str, ...]", value or ())))
    return value


def _who(session: Session, set_id: int) -> tuple[str, str]:
    """Who made a change set, and when, as a person reads it."""
    row = session.db.one(
        "SELECT u.login, s.at FROM change_set s LEFT JOIN crm_user u ON u.id = s.actor_id"
        " WHERE s.id = ?",
        (set_id,),
    )
    assert row is not None  # the id was read in this transaction
    return row[0] or _("somebody"), dates.format_local(dates.from_iso(row[1]), session.zone)
