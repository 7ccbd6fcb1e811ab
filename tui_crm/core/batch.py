"""Changing many customers at once: what it would do, and doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui_crm.core import visibility
from tui_crm.core.changes import Edit, Request, UpdateMany, new_uid
from tui_crm.core.changes import apply as apply_request
from tui_crm.core.changes.planning import fields_of, wanted
from tui_crm.core.changes.preview import preview_many
from tui_crm.core.changes.writer import CancelToken, Progress
from tui_crm.core.checker import Checker
from tui_crm.core.fields import Field
from tui_crm.core.records import chunks, load, to_value
from tui_crm.core.rows import Outcome, RecordDiff, Value
from tui_crm.text.i18n import ngettext

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
    total: int  # customers that the viewer may change
    missing: int  # of the ids, those that are gone or hidden
    changed: int  # customers of whom anything would become different
    fields: tuple[FieldCounts, ...]
    _session: Session = field(repr=False)

    @property
    def unchanged(self) -> int:
        """Customers who are as they should be already."""
        return self.total - self.changed

    def page(self, offset: int, limit: int) -> list[RecordDiff]:
        """The customers from `offset` on in the order of `ids`, each field before and after."""
        return preview_many(self._session, self.ids[offset : offset + limit], self.edit)


def preview(session: Session, ids: Sequence[int], edit: Edit) -> BatchPreview:
    """Count what `edit` would change, without changing it.

    Raises `InputRefused` for a value that cannot be stored or a field that cannot be changed for
    many at once.
    """
    checker = Checker(session)
    fields = fields_of(checker, edit, "customer", many=True)
    for item in fields:
        wanted(checker, item, () if item.is_list else "", edit)
    counts: dict[str, Counter[tuple[Value, Value]]] = {item.name: Counter() for item in fields}
    total = changed = 0
    with session.db.reading():
        for values in _values(session, checker, fields, ids):
            total += 1
            differs = False
            for item, old in zip(fields, values, strict=True):
                new = wanted(checker, item, old, edit)
                if new != old:
                    counts[item.name][old, new] += 1
                    differs = True
            changed += differs
    return BatchPreview(
        ids, edit, total, len(set(ids)) - total, changed,
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


def _values(session: Session, checker: Checker, fields: Sequence[Field], ids: Sequence[int]) -> Any:
    """The present values of `fields` of each visible customer."""
    plain = all(item.column for item in fields)
    allowed, params = visibility.condition(session.viewer)
    directory = checker.directory
    if plain:
        table = session.db.temp_ids(ids)
        columns = ", ".join(f"c.{item.column}" for item in fields)
        for rows in session.db.stream(
            f"SELECT {columns} FROM customer c JOIN {table} t ON t.id = c.id WHERE {allowed}",
            params,
        ):
            for row in rows:
                yield [to_value(f, v, directory) for f, v in zip(fields, row, strict=True)]
        return
    for chunk in chunks(dict.fromkeys(ids)):
        for record in load(session, "customer", chunk, directory).values():
            yield [record.values[item.name] for item in fields]
