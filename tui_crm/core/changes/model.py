"""What the write door takes: edits of records, and the request that bundles them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui_crm.core.rows import Entity, Point, Value

if TYPE_CHECKING:
    from tui_crm.core.changes.operations import Operation


@dataclass(frozen=True, slots=True)
class Edit:
    """What to do to one record, or to each of many.

    `set` gives fields new values (an empty text or list clears); `add` and `remove` work on
    list fields; `compute` works values out from what the record holds. `seen` holds the values
    that the actor had before them for the fields they changed: a field that somebody changed
    meanwhile to something else is a conflict, edits of different fields merge. Without `seen`
    the edit is unconditional (a batch, a script).
    """

    set: Mapping[str, Value] = field(default_factory=dict)
    add: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remove: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seen: Mapping[str, Value] | None = None
    compute: Mapping[str, Operation] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of all fields that it touches."""
        return tuple(dict.fromkeys((*self.set, *self.add, *self.remove, *self.compute)))


@dataclass(frozen=True, slots=True)
class Create:
    """A new record. A task or interaction names its customer in `customer_id`.

    `place` is the row of the file that it comes from (`Row.place` of the readers), 0 for none. A
    task or interaction of a customer that the same request creates says in `of` from which row
    that one comes; the step stands behind the customer's.
    """

    values: Mapping[str, Value]
    entity: Entity = "customer"
    customer_id: int | None = None
    place: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Checked(Create):
    """A new customer whose values are as they are stored: `creating.checked` makes it, nobody else.

    `values` has no empty ones; `points` are the contact points of its lists.
    """

    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """An edit of one record; `place` as in `Create`."""

    id: int
    edit: Edit
    entity: Entity = "customer"
    place: int = 0


@dataclass(frozen=True, slots=True)
class UpdateMany:
    """One and the same edit of many customers; the bulk path, done by set-based SQL."""

    ids: Sequence[int]
    edit: Edit


@dataclass(frozen=True, slots=True)
class Delete:
    """Move a record to the recycle bin."""

    id: int
    entity: Entity = "customer"


@dataclass(frozen=True, slots=True)
class Restore:
    """Bring a record back from the recycle bin."""

    id: int
    entity: Entity = "customer"


Step = Create | Update | UpdateMany | Delete | Restore


def new_uid() -> str:
    """A fresh id for a change set, made before anything is written."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Request:
    """One act: its steps are applied in one transaction as one change set.

    `uid` makes a retry safe: a request whose uid is in the history already is answered with
    its old outcome. `partial` says what a refused record means: with False (forms, scripts of
    one record) the whole act is refused with the error, with True (batches, imports) the
    record is reported as failed and the others go on.
    """

    steps: Sequence[Step]
    kind: str  # create | edit | log | task | batch | import | delete | restore
    summary: str = ""
    reason: str = ""
    source: str = ""  # the files that `place` of the steps counts in
    partial: bool = False
    uid: str = field(default_factory=new_uid)
