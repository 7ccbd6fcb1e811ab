"""The pen of the write door: collects what a change set does and writes it in few statements."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tui_crm.core import listed, lists, organizations
from tui_crm.core.changes.planning import Diff
from tui_crm.core.checker import Checker
from tui_crm.core.fields import Field
from tui_crm.core.ids import IdSet
from tui_crm.core.records import Record, chunks, dump, marks, to_column
from tui_crm.core.rows import Entity, RecordResult, Value
from tui_crm.errors import CrmError, InputRefused, NotFound
from tui_crm.text import dates
from tui_crm.text.fold import fold
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.search.notes.index import Note

Progress = Callable[[int, int], None]
"""Called with (done, total), both counts of records."""

Report = Callable[[RecordResult], None]
"""Called with where a record landed."""

MOST_LINES = 10_000
"""How many records an outcome reports by name; the counts are always of all."""

FEW = 50
"""Up to so many records an outcome names those that were done, too."""

CHANGE_COLUMNS = (
    "change_set_id", "entity", "record_id", "customer_id",
    "action", "field", "old", "new", "version", "place",
)  # fmt: skip
# Of the time of an import: until all customers are written, and until they are in the search index
# and have their keys of duplicates.
_IMPORTED = (0.42, 0.97)
_KEYS, _PLACES = 2, 3  # how long the keys and the index take, beside each other
_INDEX_CHUNK = 5000
_MANY = 50_000  # customers


class CancelToken(Protocol):
    """What a long change asks whether it should stop."""

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the change any more."""


class Writer:
    """One change set while it is written. Everything happens in the caller's transaction.

    When it is `rehearsing` everything is worked out, counted and told, and nothing is written: what
    was collected is forgotten with each `flush`.
    """

    def __init__(
        self,
        session: Session,
        set_id: int,
        *,
        total: int = 0,
        progress: Progress | None = None,
        cancel: CancelToken | None = None,
        failed: Report | None = None,
        after: Progress | None = None,
        rehearsing: bool = False,
    ) -> None:
        self.session = session
        self.db = session.db
        self.set_id = set_id
        self.checker = Checker(session)
        self.now = dates.to_iso(dates.utc_now())
        self.total = total
        self.seen = 0
        self.done = self.failed = self.skipped = 0
        self.results: list[RecordResult] = []
        self.created = array("q")
        self.newcomers = array("q")  # customers of whom nothing is derived yet
        self.gone = array("q")  # customers in the recycle bin, of whom nothing is to be derived
        self.dirty = IdSet()  # customers whose place in the search index may be wrong
        # Customers of whose documents nothing else may be wrong, by the fields that changed.
        self._reindexed: dict[frozenset[str], IdSet] = {}
        # Customers by whose values duplicates are found, by the fields that changed (none: any).
        self._keyed: dict[frozenset[str], IdSet] = {}
        self.contacted = IdSet()  # customers whose last contact may be wrong
        # Interactions whose words may have changed, as they were; None for what was not there.
        self.noted: dict[int, Note | None] = {}
        self.interaction_of: dict[int | None, int] = {}  # the newest one of this set, by customer
        self._relink: dict[str, array[int]] = {}  # people by the organisation that they name
        self._organization_names: set[str] = set()
        self._renamed: list[tuple[int, str]] = []
        self._rows: NewcomerRows | None = None
        self.links = organizations.Links(self.db)
        self.cascades = True  # renaming an organisation renames it where people name it
        self._progress = progress
        # The parts of the time that have passed when all records are written, and the index is.
        self.rehearsing = rehearsing
        self._written = self._done = 1.0 if rehearsing else self.db.shares[1]
        self._failed = failed
        self._after = after
        self._cancel = cancel
        self._changes: list[tuple[Any, ...]] = []
        # What waits to be written; several changes of one record are folded into one.
        self._columns: dict[tuple[Entity, int], dict[str, Any]] = {}
        self._lists: dict[tuple[str, int], tuple[Value, Value]] = {}

    # -- where each record lands ------------------------------------------------------------

    def report(self, id_: int, name: str, outcome: str, reason: str = "", step: int = -1) -> None:
        """Count a record as done, failed or skipped, and keep a line about it."""
        self.count(outcome)
        result = RecordResult(id_, name, outcome, reason, step)  # type: ignore[arg-type]
        if len(self.results) < MOST_LINES and (outcome != "done" or self.done <= FEW):
            self.results.append(result)
        if outcome == "failed" and self._failed is not None:
            self._failed(result)

    def count(self, outcome: str, number: int = 1) -> None:
        """Count records as done, failed or skipped without naming them."""
        setattr(self, outcome, getattr(self, outcome) + number)
        self.seen += number

    def lines(self) -> tuple[RecordResult, ...]:
        """What is reported by name: the failed and the skipped, and the done if they are few."""
        few = self.done <= FEW
        return tuple(line for line in self.results if few or line.outcome != "done")

    def check(self) -> None:
        """Raise the error of a stop when one was asked for."""
        if self._cancel is not None and self._cancel.cancelled:
            raise CrmError(_("Stopped. Nothing was changed."))

    def advance(self) -> None:
        """Tell how far it is; raises the error of a stop when one was asked for."""
        self.check()
        if self._progress is not None:
            self._progress(int(min(self.seen, self.total) * self._written), self.total)

    # -- the history ------------------------------------------------------------------------

    def log(
        self,
        record: Record,
        action: str,
        field: str = "",
        old: str = "",
        new: str = "",
        place: int = 0,
    ) -> None:
        """Put one row into the history; `old` and `new` are JSON texts, `place` is that of the
        step in its file.
        """
        self._changes.append(
            (self.set_id, record.entity, record.id, record.customer_id, action, field, old, new,
             record.version, place)
        )  # fmt: skip

    def log_created(self, record: Record, place: int = 0) -> None:
        """Put a new record into the history, with all that it has."""
        self.created.append(record.id)
        kept = {name: value for name, value in record.values.items() if value not in ("", (), 0)}
        self.log(record, "create", new=dump(kept), place=place)  # type: ignore[arg-type]

    # -- records ----------------------------------------------------------------------------

    def apply(self, record: Record, diffs: list[Diff], place: int = 0) -> None:
        """Give fields of a record their new values, which come from a row of a file."""
        if record.entity == "interaction":
            self.noted.setdefault(record.id, _note(record))
        record.version += 1
        directory = self.checker.directory
        columns: dict[str, Any] = {}
        for diff in diffs:
            field, new = diff.field, diff.new
            self.log(record, "update", field.name, dump(diff.old), dump(new), place)
            record.values[field.name] = new
            if field.column:
                columns[field.column] = to_column(field, new, directory)
            if field.is_list:
                first = self._lists.get((field.name, record.id))
                self._lists[field.name, record.id] = (first[0] if first else diff.old, new)
            elif field.custom:
                columns["custom"] = self.custom_text(record)
        if record.entity == "customer":
            self._after_customer(record, diffs, columns)
        else:
            self._after_activity(record, columns)
        self.queue(record, columns)

    def mark(self, record: Record, *, deleted: bool) -> None:
        """Move a record to the recycle bin or back."""
        if record.entity == "interaction":
            self.noted.setdefault(record.id, _note(record))
        record.version += 1
        record.deleted_at = self.now if deleted else ""
        self.log(record, "delete" if deleted else "restore")
        self.queue(record, {"deleted_at": record.deleted_at})
        if record.entity == "customer":
            self.dirty.add(record.id)
            self.rekey((record.id,))
            self._note_organization(record)
        elif record.entity == "interaction" and record.customer_id:
            self.contacted.add(record.customer_id)

    @property
    def newcomer_rows(self) -> NewcomerRows:
        """The customers created so far by their rows, looked up again where there are more."""
        if self._rows is None or self._rows.count != len(self.newcomers):
            self._rows = NewcomerRows(self)
        return self._rows

    def custom_text(self, record: Record) -> str:
        """The column text of a customer's own fields; empty ones take no room."""
        values = {
            f.name: record.values[f.name]
            for f in self.session.fields.of("customer")
            if f.custom and record.values.get(f.name, "") != ""
        }
        return dump(values)  # type: ignore[arg-type]

    def note_newcomers(self, records: Sequence[Record]) -> None:
        """Remember what follows from new customers, who are linked to organisations already."""
        self.newcomers.extend(record.id for record in records)
        self._organization_names.update(
            record.name for record in records if record.values["kind"] == "organization"
        )

    def check_account_no(self, record_id: int, account_no: str) -> None:
        """Refuse an account number that another customer has."""
        if not account_no:
            raise InputRefused(_("An account number cannot be taken away."))
        row = self.db.one(
            "SELECT name FROM customer WHERE account_no = ? AND id <> ?", (account_no, record_id)
        )
        if row:
            raise taken(account_no)

    def flush(self) -> None:
        """Write what was collected so far."""
        if self.rehearsing:
            self._columns.clear()
            self._lists.clear()
            self._changes.clear()
            return
        self._write_columns()
        self._write_lists()
        if self._changes:
            self.db.bulk_insert("change", CHANGE_COLUMNS, self._changes)
            self._changes.clear()

    def finish(self) -> None:
        """Bring everything that is derived from the records up to date."""
        self.flush()
        if self.rehearsing:
            return
        for organization_id, name in self._renamed:
            people = organizations.rename_people(
                self.db, self.set_id, organization_id, name, self.now
            )
            self.dirty.update(people)
            self.rekey(people, ("organization",))
        for name, ids in self._relink.items():
            organizations.link(self.db, name, ids)
        organizations.settle(self.db, self._organization_names)
        for chunk in chunks(self.contacted):
            self.db.run(
                "UPDATE customer SET last_contact = COALESCE((SELECT MAX(i.started_at)"
                " FROM interaction i WHERE i.customer_id = customer.id AND i.deleted_at = ''"
                f" AND i.kind <> 'note'), '') WHERE id IN ({marks(len(chunk))})",
                chunk,
            )
        self._bring_in_line()
        if self.noted:
            from tui_crm.search import notes

            notes.update(self.db, self.noted)

    def _bring_in_line(self) -> None:
        """Bring the search index and the keys of duplicates in line with the tables."""
        from tui_crm.exchange.duplicates import keys
        from tui_crm.search import index

        self._reindex()
        places, done = IdSet(self.dirty), 0
        places.update(self.contacted)
        total = _PLACES * len(places) + _KEYS * sum(map(len, self._keyed.values()))
        total += (_PLACES + _KEYS) * (len(self.newcomers) + len(self.gone))

        many = len(places) >= _MANY

        def tell(weight: int, count: int) -> None:
            nonlocal done
            done += weight * count
            if self.newcomers:
                self._tell_following(done / total)
            if self._after is not None:
                self._after(done, total)

        tell_keys, tell_places = partial(tell, _KEYS), partial(tell, _PLACES)
        if self.newcomers:
            keys.add(self.db, self.newcomers, tell_keys, self.check)
            index.add(self.db, self.newcomers, tell_places, self.check)
        if self.gone:
            keys.remove(self.db, self.gone, tell_keys, self.check)
            index.remove(self.db, self.gone, tell_places, self.check)
        # Of very many all at once: they are quicker made anew.
        for chunk in chunks(places, max(_INDEX_CHUNK, len(places) if many else 0)):
            self.check()
            index.update(self.db, chunk)
            tell_places(len(chunk))
        for fields, ids in self._keyed.items():
            # Of any field all at once: many together are quicker made anew.
            for chunk in chunks(ids, _INDEX_CHUNK if fields else len(ids)):
                self.check()
                keys.update(self.db, chunk, fields or None)
                tell_keys(len(chunk))

    def _reindex(self) -> None:
        """Bring the search index in line for customers of whom some fields changed."""
        from tui_crm.search import bulk

        total = sum(map(len, self._reindexed.values()))
        done = 0

        def tell(count: int) -> None:
            nonlocal done
            done += count
            self._tell_following(done / total)

        for fields, ids in self._reindexed.items():
            bulk.update(self.db, ids, fields, tell, self.check)

    def _tell_following(self, part: float) -> None:
        """Tell that such a part is done of what follows when all records are written."""
        if self._progress is not None:
            share = self._written + (self._done - self._written) * part
            self._progress(int(min(self.seen, self.total) * share), self.total)

    def expect_import(self) -> None:
        """Tell, before records are written, that they come from a file: that most are new."""
        self._written, self._done = _IMPORTED

    def reindex_fields(self, ids: Collection[int], fields: Sequence[Field]) -> None:
        """At the end the search index and the keys of duplicates are made right for many customers,
        of whom nothing but these fields changed.
        """
        from tui_crm.exchange.duplicates import keys

        if names := keys.FIELDS.intersection(field.name for field in fields):
            self.rekey(ids, names)
        if found := _found_by(fields):
            self._reindexed.setdefault(found, IdSet()).update(ids)

    def expect_reindexing(self, fields: Sequence[Field]) -> None:
        """Tell, before records are written, that it is these fields that change in most of them:
        how far the work is depends on whether they are searched.
        """
        if _found_by(fields) and not self.rehearsing:
            self._written = self.db.shares[0]

    def rekey(self, ids: Collection[int], fields: Collection[str] = ()) -> None:
        """At the end the keys by which duplicates are found are made right for these customers,
        of whom `fields` changed (none: any).
        """
        if ids:
            self._keyed.setdefault(frozenset(fields), IdSet()).update(ids)

    def relink(self, name: str, ids: Iterable[int]) -> None:
        """People who now name the organisation `name` are linked to it at the end."""
        self._relink.setdefault(name, array("q")).extend(ids)

    def organization_changed(self, name: str) -> None:
        """Whoever names the organisation `name` is linked anew at the end."""
        self._organization_names.add(name)

    def _after_customer(self, record: Record, diffs: list[Diff], columns: dict[str, Any]) -> None:
        from tui_crm.exchange.duplicates import keys

        names = {diff.field.name for diff in diffs}
        if _found_by([diff.field for diff in diffs]):
            self.dirty.add(record.id)
        if names & keys.FIELDS:
            self.rekey((record.id,), names & keys.FIELDS)
        if "name" in names:
            columns["sort_name"] = fold(record.name)
        if "account_no" in names:
            self.check_account_no(record.id, str(record.values["account_no"]))
        if names & {"name", "organization", "kind"}:
            self._note_organization(record, changed="kind" in names)
        for diff in diffs:
            if diff.field.name == "name" and record.values["kind"] == "organization":
                self.organization_changed(str(diff.old))
                if self.cascades:
                    self._renamed.append((record.id, record.name))

    def _after_activity(self, record: Record, columns: dict[str, Any]) -> None:
        if record.entity == "interaction" and record.customer_id:
            self.contacted.add(record.customer_id)
        if "done_at" in columns:
            columns["done_by_id"] = self.session.viewer.id if columns["done_at"] else None

    def _note_organization(self, record: Record, *, changed: bool = False) -> None:
        if changed or record.values["kind"] == "organization":
            self.organization_changed(record.name)
        self.relink(str(record.values["organization"]), [record.id])

    def queue(self, record: Record, columns: dict[str, Any]) -> None:
        """Give columns of a record their new values with the next `flush`."""
        columns["version"], columns["updated_at"] = record.version, self.now
        self._columns.setdefault((record.entity, record.id), {}).update(columns)

    def _write_columns(self) -> None:
        groups: dict[tuple[Entity, tuple[str, ...]], list[tuple[Any, ...]]] = {}
        for (entity, id_), columns in self._columns.items():
            names = tuple(sorted(columns))
            row = (id_, *(columns[name] for name in names))
            groups.setdefault((entity, names), []).append(row)
        self._columns.clear()
        for (entity, names), rows in groups.items():
            self.db.update_rows(entity, names, rows)

    def _write_lists(self) -> None:
        points: dict[str, dict[int, Value]] = {}
        tags: dict[int, tuple[Value, Value]] = {}
        for (name, id_), (old, new) in self._lists.items():
            if name == "tags":
                tags[id_] = (old, new)
            else:
                points.setdefault(name, {})[id_] = new
        self._lists.clear()
        lists.write_tags(self.db, tags)
        for name, items in points.items():
            lists.write_points(self.checker, self.checker.field(name), items)


class NewcomerRows:
    """The customers that a change set created, by the rows of the file that they come from."""

    def __init__(self, writer: Writer) -> None:
        self.count = len(writer.newcomers)
        self._places, self._ids = array("q"), array("q")
        for place, id_ in writer.db.rows(
            "SELECT place, record_id FROM change WHERE change_set_id = ? AND entity = 'customer'"
            " AND action = 'create' ORDER BY place",
            (writer.set_id,),
        ):
            self._places.append(place)
            self._ids.append(id_)

    def id_of(self, place: int) -> int:
        """The customer of a row; `NotFound` if it was not created."""
        at = bisect_left(self._places, place)
        if at == len(self._places) or self._places[at] != place:
            raise NotFound(_("Its customer could not be created."))
        return self._ids[at]


def _found_by(fields: Sequence[Field]) -> frozenset[str]:
    """The names of those fields by which a search finds customers, or which its rows show."""
    return frozenset(
        f.name
        for f in fields
        if f.searchable or f.type in ("user", "team", "choice") or f.name in listed.FIELDS
    )


def _note(record: Record) -> Note | None:
    """An interaction as the index of notes holds it now."""
    from tui_crm.search.notes.index import Note

    if record.deleted_at:
        return None
    values = record.values
    started_at, subject, note = (str(values[key]) for key in ("started_at", "subject", "note"))
    return Note(record.id, started_at, subject, note)


def taken(account_no: str) -> InputRefused:
    """The refusal of an account number that is in use."""
    return InputRefused(
        _('The account number "{number}" belongs to another customer.').format(number=account_no)
    )
