"""Changing many customers at once: what it would do, and doing it."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui_crm.core import visibility
from tui_crm.core.changes import Edit, Request, UpdateMany, new_uid
from tui_crm.core.changes import apply as apply_request
from tui_crm.core.changes.planning import fields_of, wanted
from tui_crm.core.changes.previewing import preview_many
from tui_crm.core.changes.writer import CancelToken, Progress
from tui_crm.core.checker import Checker
from tui_crm.core.fields import Field
from tui_crm.core.points import KINDS, join
from tui_crm.core.records import chunks, marks, to_value
from tui_crm.core.rows import Outcome, RecordDiff, Value
from tui_crm.errors import CrmError
from tui_crm.text.i18n import _, ngettext

if TYPE_CHECKING:
    from tui_crm.core.session import Session


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """What becomes of one field: how many records go from each value to each, most first."""

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
    refused: array[int]  # of the ids, those that are gone or hidden
    fields: tuple[FieldCounts, ...]
    _session: Session = field(repr=False)

    @property
    def total(self) -> int:
        """Customers whom the viewer may change."""
        return len(self.changing) + len(self.staying)

    @property
    def changed(self) -> int:
        """Customers of whom anything would become different."""
        return len(self.changing)

    @property
    def unchanged(self) -> int:
        """Customers who are as they should be already."""
        return len(self.staying)

    @property
    def missing(self) -> int:
        """Customers who are gone or hidden."""
        return len(self.refused)

    def page(self, offset: int, limit: int) -> list[RecordDiff]:
        """The customers from `offset` on in the order of `ids`, each field before and after."""
        return self.records(self.ids[offset : offset + limit])

    def records(self, ids: Sequence[int]) -> list[RecordDiff]:
        """These customers, each field before and after; those that are gone are left out."""
        return preview_many(self._session, ids, self.edit)


def preview(
    session: Session,
    ids: Sequence[int],
    edit: Edit,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> BatchPreview:
    """Count what `edit` would change, without changing it.

    Raises `InputRefused` for a value that cannot be stored or a field that cannot be changed for
    many at once, and `CrmError` when it was cancelled.
    """
    checker = Checker(session)
    fields = fields_of(checker, edit, "customer", many=True)
    for item in fields:
        wanted(checker, item, () if item.is_list else "", edit)
    counts: dict[str, Counter[tuple[Value, Value]]] = {item.name: Counter() for item in fields}
    differs: dict[int, bool] = {}
    known: dict[tuple[str, Value], Value] = {}  # many customers have the same
    with session.db.reading():
        for page in _values(session, checker, fields, ids):
            if cancel is not None and cancel.cancelled:
                raise CrmError(_("Stopped. Nothing was changed."))
            if progress is not None:
                progress(len(differs), len(ids))
            for id_, *values in page:
                differs[id_] = False
                for item, old in zip(fields, values, strict=True):
                    if (item.name, old) not in known:
                        known[item.name, old] = wanted(checker, item, old, edit)
                    new = known[item.name, old]
                    if new != old:
                        counts[item.name][old, new] += 1
                        differs[id_] = True
    order = dict.fromkeys(ids)
    return BatchPreview(
        ids, edit,
        array("q", (id_ for id_ in order if differs.get(id_))),
        array("q", (id_ for id_ in order if differs.get(id_) is False)),
        array("q", (id_ for id_ in order if id_ not in differs)),
        tuple(
            FieldCounts(name, sum(c.values()), tuple((o, n, k) for (o, n), k in c.most_common()))
            for name, c in counts.items()
        ),
        session,
    )  # fmt: skip


def apply(
    session: Session,
    ids: Sequence[int],
    edit: Edit,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
    uid: str = "",
    reason: str = "",
) -> Outcome:
    """Apply one edit to many customers as one change set.

    Records that are gone or hidden are reported as failed, the others go on.
    """
    names = ", ".join(edit.fields)
    summary = ngettext("{fields} of {n} customer", "{fields} of {n} customers", len(ids)).format(
        fields=names, n=len(ids)
    )
    request = Request(
        [UpdateMany(ids, edit)], "batch", summary, reason, partial=True, uid=uid or new_uid()
    )
    return apply_request(session, request, progress=progress, cancel=cancel)


def _values(
    session: Session, checker: Checker, fields: Sequence[Field], ids: Sequence[int]
) -> Iterator[list[tuple[Any, ...]]]:
    """The visible customers of `ids` in pages: each its id, then the present values of `fields`."""
    allowed, params = visibility.condition(session.viewer)
    directory = checker.directory
    if all(item.column for item in fields):
        table = session.db.temp_ids(ids)
        columns = ", ".join(f"c.{item.column}" for item in fields)
        for rows in session.db.stream(
            f"SELECT c.id, {columns} FROM customer c JOIN {table} t ON t.id = c.id WHERE {allowed}",
            params,
        ):
            yield [
                (id_, *(to_value(f, v, directory) for f, v in zip(fields, values, strict=True)))
                for id_, *values in rows
            ]
        return
    columns = "".join(f", c.{item.column}" for item in fields if item.column)
    for chunk in chunks(dict.fromkeys(ids)):
        rows = session.db.rows(
            f"SELECT c.id, c.custom{columns} FROM customer c"
            f" WHERE c.id IN ({marks(len(chunk))}) AND {allowed}",
            (*chunk, *params),
        )
        lists = {item.name: _lists(session, item, chunk) for item in fields if item.is_list}
        page: list[tuple[Any, ...]] = []
        for id_, custom, *stored in rows:
            own = json.loads(custom) if custom else {}
            values: list[Any] = [id_]
            places = iter(stored)
            for item in fields:
                if item.column:
                    values.append(to_value(item, next(places), directory))
                elif item.is_list:
                    values.append(lists[item.name].get(id_, ()))
                else:
                    values.append(own.get(item.name, ""))
            page.append(tuple(values))
        yield page


def _lists(session: Session, item: Field, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """What each of `ids` has in a list field, those who have something."""
    found: dict[int, list[str]] = {}
    if item.type == "tags":
        for id_, name in session.db.rows(
            "SELECT ct.customer_id, g.name FROM customer_tag ct JOIN tag g ON g.id = ct.tag_id"
            f" WHERE ct.customer_id IN ({marks(len(ids))})",
            ids,
        ):
            found.setdefault(id_, []).append(name)
        return {id_: tuple(sorted(names)) for id_, names in found.items()}
    for id_, label, value in session.db.rows(
        "SELECT customer_id, label, value FROM contact_point WHERE kind = ?"
        f" AND customer_id IN ({marks(len(ids))}) ORDER BY customer_id, position, id",
        (KINDS[item.type], *ids),
    ):
        found.setdefault(id_, []).append(join(label, value))
    return {id_: tuple(items) for id_, items in found.items()}
