"""Changing many customers at once: what it would do, and doing it."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui_crm.core import meanwhile, summaries, visibility
from tui_crm.core.changes import Edit, Request, UpdateMany, new_uid
from tui_crm.core.changes import apply as apply_request
from tui_crm.core.changes.bulk import SET, Calculation, constants, held_values
from tui_crm.core.changes.planning import fields_of
from tui_crm.core.changes.previewing import preview_many
from tui_crm.core.changes.writer import CancelToken, Progress, Report
from tui_crm.core.checker import Checker
from tui_crm.core.fields import Field
from tui_crm.core.meanwhile import Seen
from tui_crm.core.points import KINDS, join
from tui_crm.core.records import chunks, marks
from tui_crm.core.rows import Outcome, RecordDiff, Value
from tui_crm.errors import CrmError, InputRefused
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_PAIRS = 10_000  # different pairs of an old and a new value that are counted one by one


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """What becomes of one field: how many records go from each value to each, most first.

    Where there are very many different pairs, only the first of them are in `values`.
    """

    field: str
    changed: int
    values: tuple[tuple[Value, Value, int], ...]  # old, new, number of records; old != new


@dataclass(frozen=True)
class BatchPreview:
    """What one edit would do to many customers."""

    ids: Sequence[int]
    edit: Edit
    changing: array[int]  # customers of whom anything would become different, in the order of `ids`
    staying: array[int]  # those who are as they should be already
    refused: array[int]  # those for whom a value cannot be stored, and those gone or hidden
    missing: int  # how many of the refused are gone or hidden
    reasons: tuple[tuple[str, int], ...]  # why values are refused, with numbers, most first
    fields: tuple[FieldCounts, ...]
    seen: Seen  # the acts that were there
    _session: Session = field(repr=False)

    @property
    def total(self) -> int:
        """Customers whom the viewer may change."""
        return len(self.ids) - self.missing

    @property
    def changed(self) -> int:
        """Customers of whom anything would become different."""
        return len(self.changing)

    @property
    def unchanged(self) -> int:
        """Customers who are as they should be already."""
        return len(self.staying)

    @property
    def invalid(self) -> int:
        """Customers for whom a value cannot be stored; they would be left as they are."""
        return len(self.refused) - self.missing

    def page(self, offset: int, limit: int) -> list[RecordDiff]:
        """The customers from `offset` on in the order of `ids`, each field before and after."""
        return self.records(self.ids[offset : offset + limit])

    def records(self, ids: Sequence[int]) -> list[RecordDiff]:
        """These customers, each field before and after; those that are gone are left out."""
        return preview_many(self._session, ids, self.edit)


@dataclass(frozen=True, slots=True)
class Since:
    """Who matches a query now, and who came and went since a preview of it."""

    ids: array[int]
    came: array[int]
    went: array[int]


def page(
    session: Session, ids: Sequence[int], edit: Edit, offset: int = 0, limit: int = 50
) -> list[RecordDiff]:
    """A page of what `edit` would do, without counting the rest: at once for any number of ids.

    Raises what `preview` raises.
    """
    checker = Checker(session)
    constants(checker, fields_of(checker, edit, "customer", many=True), edit)
    return preview_many(session, ids[offset : offset + limit], edit)


def preview(
    session: Session,
    ids: Sequence[int],
    edit: Edit,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> BatchPreview:
    """Count what `edit` would change, without changing it.

    Raises `InputRefused` for a value that nobody can have or a field that cannot be changed for
    many, and `CrmError` when `cancel` asked for a stop. `progress` and `cancel` are as in `apply`.
    """
    checker = Checker(session)
    fields = fields_of(checker, edit, "customer", many=True)
    constants(checker, fields, edit)
    calculation = Calculation(checker, fields, edit)
    counts: dict[str, Counter[tuple[Value, Value]]] = {item.name: Counter() for item in fields}
    changed: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    changing, staying, refused = array("q"), array("q"), array("q")
    missing = 0
    with session.db.reading():
        seen = meanwhile.seen_now(session)
        for chunk in chunks(ids, SET):
            if cancel is not None and cancel.cancelled:
                raise CrmError(_("Stopped. Nothing was changed."))
            if progress is not None:
                progress(len(changing) + len(staying) + len(refused), len(ids))
            # None for who is refused, else whether anything becomes different.
            found: dict[int, bool | None] = {}
            for id_, held in _held(session, checker, calculation.read, chunk):
                try:
                    new = {item.name: calculation.of(item, held) for item in fields}
                except InputRefused as error:
                    found[id_] = None
                    reasons[error.message] += 1
                    continue
                found[id_] = False
                for name, value in new.items():
                    if value != held[name]:
                        found[id_] = True
                        changed[name] += 1
                        pair = (held[name], value)
                        if pair in counts[name] or len(counts[name]) < _PAIRS:
                            counts[name][pair] += 1
            for id_ in dict.fromkeys(chunk):
                outcome = found.get(id_)
                (changing if outcome else refused if outcome is None else staying).append(id_)
                missing += id_ not in found
    return BatchPreview(
        ids, edit, changing, staying, refused, missing, tuple(reasons.most_common()),
        tuple(
            FieldCounts(name, changed[name], tuple((o, n, k) for (o, n), k in c.most_common()))
            for name, c in counts.items()
        ),
        seen,
        session,
    )  # fmt: skip


def since_preview(session: Session, query: str, seen: Sequence[int]) -> Since:
    """Who matches `query` now, compared with those who were `seen` in the preview.

    "All that match" means all who match when the change is confirmed: whoever confirms it is told
    who came and went first.
    """
    from tui_crm.core import listing

    now = listing.ids(session, query)
    came, went = meanwhile.came_and_went(seen, now)
    return Since(now, came, went)


def apply(
    session: Session,
    ids: Sequence[int],
    edit: Edit,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
    uid: str = "",
    reason: str = "",
    seen: Seen | None = None,
    report: Report | None = None,
    after: Progress | None = None,
) -> Outcome:
    """Apply one edit to many customers as one change set.

    Records that are gone or hidden are reported as failed, the others go on; `report` is called
    for each that failed, `after` is as in the write door. With `seen`, what a preview knew, it
    raises `BatchConflict` where somebody changed a value since that it would put another in the
    place of.
    """
    summary = summaries.of_batch(edit.fields, len(ids))
    request = Request(
        [UpdateMany(ids, edit)], "batch", summary, reason, partial=True, uid=uid or new_uid()
    )

    def check(set_id: int) -> None:
        if seen is not None:
            meanwhile.check(session, ids, edit, seen, set_id)

    return apply_request(
        session, request, progress=progress, cancel=cancel, check=check, report=report, after=after
    )


def _held(
    session: Session, checker: Checker, fields: Sequence[Field], ids: Sequence[int]
) -> Iterator[tuple[int, dict[str, Value]]]:
    """The visible customers of `ids`, each with what it holds in `fields`."""
    db = session.db
    allowed, params = visibility.condition(session.viewer)
    with db.ids_table(ids) as table:
        sql = f"SELECT c.id FROM customer c JOIN {table} t ON t.id = c.id WHERE {allowed}"
        visible = [row[0] for row in db.rows(sql, params)]
    plain = [item for item in fields if item.column or item.type == "tags"]
    others = [item for item in fields if item not in plain]
    if not others:
        with db.ids_table(visible) as table:
            yield from held_values(db, checker, plain, table)
        return
    for chunk in chunks(visible):
        custom: dict[int, dict[str, Value]] = {}
        if any(item.custom for item in others):
            sql = f"SELECT c.id, c.custom FROM customer c WHERE c.id IN ({marks(len(chunk))})"
            custom = {id_: json.loads(text or "{}") for id_, text in db.rows(sql, chunk)}
        points = {item.name: _points(session, item, chunk) for item in others if item.is_list}
        with db.ids_table(chunk) as table:
            for id_, held in held_values(db, checker, plain, table):
                for item in others:
                    if item.is_list:
                        held[item.name] = points[item.name].get(id_, ())
                    else:
                        held[item.name] = custom[id_].get(item.name, "")
                yield id_, held


def _points(session: Session, item: Field, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """What each of `ids` has in a list of contact points, those who have something."""
    found: dict[int, list[str]] = {}
    for id_, label, value in session.db.rows(
        "SELECT customer_id, label, value FROM contact_point WHERE kind = ?"
        f" AND customer_id IN ({marks(len(ids))}) ORDER BY customer_id, position, id",
        (KINDS[item.type], *ids),
    ):
        found.setdefault(id_, []).append(join(label, value))
    return {id_: tuple(items) for id_, items in found.items()}
