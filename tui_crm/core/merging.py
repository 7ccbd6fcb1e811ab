"""Merging customers and taking a merge apart again: which value the survivor gets, and what stays.

It stands with the rules about customers, beside `batch` and `interactions`, because a card merges
as well as a sweep for duplicates does; the writing is the write door's (`core.changes.merging`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_crm.core import aliases, changes, points
from tui_crm.core.changes.model import Edit
from tui_crm.core.checker import Checker
from tui_crm.core.effect import undoers
from tui_crm.core.fields import Field
from tui_crm.core.records import Record, load, marks
from tui_crm.core.rows import Outcome, RecordResult, Value
from tui_crm.errors import InputRefused, NotFound, UsageError
from tui_crm.text.i18n import _, ngettext
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.core.changes.writer import CancelToken, Progress
    from tui_crm.core.session import Session

_MOST = 100  # customers of one merge


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """What a merge does with one field: each customer's value, and the one that is taken.

    `source` is the customer whose value it is; 0 where it is united from several.
    """

    field: str
    values: tuple[Value, ...]  # in the order of the plan's `ids`
    result: Value
    source: int

    @property
    def differs(self) -> bool:
        """Whether the customers do not all say the same."""
        return any(value != self.values[0] for value in self.values)


@dataclass(frozen=True, slots=True)
class MergePlan:
    """A merge before it is done: the survivor first, and every field that somebody has."""

    ids: tuple[int, ...]
    names: tuple[str, ...]
    fields: tuple[FieldChoice, ...]
    moved: int  # interactions and tasks that go to the survivor

    @property
    def keep(self) -> int:
        """The survivor."""
        return self.ids[0]


@dataclass(frozen=True, slots=True)
class Unmerged:
    """What taking a merge apart gave back, and what stays with the survivor."""

    change_set_id: int | None
    survivor: int
    restored: tuple[int, ...]
    kept: Sequence[RecordResult]  # what was edited since, by field, and stays as it is
    later: int  # contacts and tasks since the merge, which stay with the survivor


def plan(
    session: Session, ids: Sequence[int], keep: int = 0, choose: Mapping[str, int] | None = None
) -> MergePlan:
    """What merging these customers would make of each field.

    `keep` is the survivor (the first of `ids` otherwise); `choose` names, for a field, the customer
    whose value it gets. Without a choice the survivor's own value stays; an empty one is filled
    by the first of the others that has one; lists are united; needs are put below each other.
    Raises `NotFound` for a customer who is not there or hidden, `UsageError` for fewer than two.
    """
    with session.db.reading():
        return _plan(session, _ordered(ids, keep), choose or {})


def merge(
    session: Session,
    ids: Sequence[int],
    keep: int = 0,
    choose: Mapping[str, int] | None = None,
    *,
    uid: str = "",
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Outcome:
    """Merge these customers as `plan` says, as one change set that can be undone."""
    from tui_crm.core.changes import merging

    order = _ordered(ids, keep)
    with session.db.transaction():
        planned = _plan(session, order, choose or {})
        edit = Edit({c.field: c.result for c in planned.fields if c.result != c.values[0]})
        summary = " + ".join(dict.fromkeys(planned.names))
        outcome = merging.merge(
            session, planned.keep, order[1:], edit, summary=summary[:200], uid=uid,
            progress=progress, cancel=cancel,
        )  # fmt: skip
        if not outcome.repeated:
            from tui_crm.exchange.duplicates import decisions

            decisions.inherit(session, planned.keep, order[1:])
    return outcome


def unmerge(session: Session, ref: str, *, uid: str = "") -> Unmerged:
    """Take the last merge apart in which the customer `ref` had a part.

    `ref` is the old number or id of a merged customer, or anything that means the survivor. Every
    record gets back what was its own; what was edited since stays with the survivor and is listed.
    Raises `NotFound` where nothing was merged.
    """
    with session.db.transaction():
        set_id, keep = _last_merge(session, ref)
        merged = [
            row[0]
            for row in session.db.rows(
                "SELECT old_id FROM customer_alias WHERE change_set_id = ? ORDER BY old_id",
                (set_id,),
            )
        ]
        later = _later(session, set_id, keep)
        outcome = changes.undo(session, set_id, uid=uid)
    return Unmerged(outcome.change_set_id, keep, tuple(merged), outcome.kept, later)


def told(later: int) -> str:
    """What stays with the survivor, in words; '' for nothing."""
    if not later:
        return ""
    return ngettext(
        "{n} contact or task since the merge stays with it.",
        "{n} contacts and tasks since the merge stay with it.",
        later,
    ).format(n=later)


def _ordered(ids: Sequence[int], keep: int) -> list[int]:
    order = list(dict.fromkeys(ids))
    if keep:
        order = [keep, *(id_ for id_ in order if id_ != keep)]
    if len(order) < 2:
        raise UsageError(_("A merge needs two different customers or more."))
    if len(order) > _MOST:
        raise UsageError(_("At most {n} customers are merged at once.").format(n=_MOST))
    return order


def _plan(session: Session, order: Sequence[int], choose: Mapping[str, int]) -> MergePlan:
    checker = Checker(session)
    records = load(session, "customer", order, checker.directory)
    for id_ in order:
        if id_ not in records:
            raise NotFound(_("There is no customer {id}.").format(id=id_))
    rows = [records[id_] for id_ in order]
    for name, id_ in choose.items():
        if not checker.field(name).editable:
            raise InputRefused(
                _("{field} is kept by the program and cannot be set.").format(
                    field=checker.field(name).label
                )
            )
        if id_ not in records:
            raise UsageError(_("{id} is none of the customers to merge.").format(id=id_))
    found = []
    for field in session.fields.of("customer"):
        values = tuple(row.values[field.name] for row in rows)
        if field.editable and any(value not in ("", (), None) for value in values):
            result, source = _chosen(checker, field, rows, choose.get(field.name, 0))
            found.append(FieldChoice(field.name, values, result, source))
    moved = session.db.one(
        f"SELECT (SELECT count(*) FROM interaction WHERE customer_id IN ({marks(len(order) - 1)}))"
        f" + (SELECT count(*) FROM task WHERE customer_id IN ({marks(len(order) - 1)}))",
        (*order[1:], *order[1:]),
    )
    return MergePlan(
        tuple(order), tuple(row.name for row in rows), tuple(found), int(moved[0]) if moved else 0
    )


def _chosen(
    checker: Checker, field: Field, rows: Sequence[Record], source: int
) -> tuple[Value, int]:
    """The value that a field gets, and whose it is."""
    # An account number belongs to its record and leads here from there: it is never taken over.
    if source and field.name != "account_no":
        return next(row.values[field.name] for row in rows if row.id == source), source
    if field.is_list:
        united: Value = rows[0].values[field.name]
        for row in rows[1:]:
            united = checker.edited(field, united, row.values[field.name], ())
        if field.type == "phones" and isinstance(united, tuple):
            united = points.once(united, checker.country)
        return united, rows[0].id if united == rows[0].values[field.name] else 0
    if field.type == "multiline":
        texts = dict.fromkeys(str(row.values[field.name]).strip() for row in rows)
        united = "\n\n".join(text for text in texts if text)
        if len(united) <= field.max_length and len([text for text in texts if text]) > 1:
            return united, 0
    if field.name == "name":
        named = _best_named(rows)
        return named.values["name"], named.id
    for row in rows:
        if row.values[field.name] not in ("", None):
            return row.values[field.name], row.id
    return rows[0].values[field.name], rows[0].id


def _best_named(rows: Sequence[Record]) -> Record:
    """The first of these who has a name: an address or a number stands in for one, and "Grace" is
    less of one than "Grace Kelly".
    """
    named = [row for row in rows if _is_name(row.name)] or rows
    words = set(named[0].name.casefold().split())
    if len(words) > 1:
        return named[0]
    return next((row for row in named if words < set(row.name.casefold().split())), named[0])


def _is_name(text: str) -> bool:
    return "@" not in text and any(map(str.isalpha, text))


def _last_merge(session: Session, ref: str) -> tuple[int, int]:
    """The change set of the last merge in which `ref` had a part, and its survivor."""
    from tui_crm.core import customers

    db = session.db
    text = clean_line(ref)
    number = text.removeprefix("#")
    id_ = int(number) if number.isdecimal() and len(number) < 18 else 0
    row = db.one(
        "SELECT a.change_set_id, a.customer_id FROM customer_alias a JOIN customer c"
        " ON c.id = a.old_id WHERE c.account_no IN (?, ?) OR c.id = ?"
        " ORDER BY a.change_set_id DESC",
        (text, text.upper(), id_),
    )
    if row is None:
        keep = customers.resolve(session, ref)
        row = db.one(
            "SELECT change_set_id, customer_id FROM customer_alias WHERE customer_id = ?"
            " ORDER BY change_set_id DESC",
            (keep,),
        )
    if row is None:
        raise NotFound(_('"{ref}" was not merged.').format(ref=ref))
    set_id, keep = row
    customers.get(session, aliases.survivor(db, keep))  # raises for a hidden one
    if set_id in (undone := undoers(db, set_id)):
        raise InputRefused(
            _("This merge was taken apart already."),
            _("Undo change set {id} to merge again.").format(id=undone[set_id]),
        )
    return set_id, keep


def _later(session: Session, set_id: int, keep: int) -> int:
    row = session.db.one(
        "SELECT count(*) FROM change WHERE customer_id = ? AND change_set_id > ?"
        " AND action = 'create' AND entity <> 'customer'",
        (keep, set_id),
    )
    return int(row[0]) if row else 0
