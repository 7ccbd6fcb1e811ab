"""The plain rows that the rules give to the faces.

Nothing here touches a database, so a screen may import these types before one is open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

Entity: TypeAlias = Literal["customer", "interaction", "task"]

Value: TypeAlias = str | int | float | bool | tuple[str, ...] | None
"""A field's value as the rules pass it around: text, a number, or a list of texts."""

Point: TypeAlias = tuple[str, str, str, str, int]
"""A contact point as its table has it: kind, label, value, normalised value, position."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: the user, and which customers they may see."""

    id: int
    login: str
    name: str
    role: Literal["admin", "agent"] = "admin"
    scope: Literal["all", "team", "own"] = "all"
    team_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactPointRow:
    """One way to reach a customer: what was typed (`value`) and what is compared (`normalized`)."""

    kind: str  # phone | email | handle
    value: str
    label: str = ""
    normalized: str = ""


class CustomerRow(NamedTuple):
    """A customer as lists show it."""  # a tuple, because pages of them are made at key presses

    id: int
    account_no: str
    kind: str
    name: str
    organization: str = ""
    title: str = ""
    phone: str = ""  # the first one, as entered
    email: str = ""
    city: str = ""
    country: str = ""
    category: str = ""
    status: str = ""
    source: str = ""
    owner: str = ""  # login
    team: str = ""
    tags: tuple[str, ...] = ()
    last_contact: datetime | None = None
    created_at: datetime | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Customer:
    """A whole customer: `values` has every registry field by name, custom ones included."""

    id: int
    version: int
    values: Mapping[str, Value]
    contact_points: tuple[ContactPointRow, ...] = ()
    organization_id: int | None = None
    deleted_at: datetime | None = None

    @property
    def name(self) -> str:
        """The customer's name."""
        return str(self.values.get("name") or "")

    @property
    def account_no(self) -> str:
        """The customer's account number."""
        return str(self.values.get("account_no") or "")


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of a customer's timeline."""

    kind: Literal["interaction", "task", "change"]
    id: int  # of the interaction, the task or the change set
    at: datetime
    label: str  # "call", "task", "edit" ...: a picklist value or a change set's kind
    direction: str = ""
    disposition: str = ""
    title: str = ""
    text: str = ""
    author: str = ""
    due_at: datetime | None = None
    done_at: datetime | None = None
    duration: int = 0  # seconds
    priority: int = 0


@dataclass(frozen=True, slots=True)
class InteractionRow:
    """One contact with a customer."""

    id: int
    customer_id: int
    kind: str
    direction: str
    disposition: str
    started_at: datetime
    duration: int
    subject: str
    note: str
    author: str
    version: int


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A follow-up, with the customer that it is about."""

    id: int
    customer_id: int | None
    customer_name: str
    title: str
    note: str
    due_at: datetime | None
    due_has_time: bool
    priority: int
    assignee: str
    done_at: datetime | None
    version: int
    phone: str = ""
    organization: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSetRow:
    """One act in the history, as lists show it."""

    id: int
    uid: str
    at: datetime
    actor: str
    face: str
    kind: str
    summary: str
    reason: str
    done: int
    failed: int
    skipped: int
    undoes_id: int | None = None
    undone_by_id: int | None = None

    @property
    def undoable(self) -> bool:
        """Whether an undo may be tried: it changed something and was not undone before."""
        return self.done > 0 and self.undone_by_id is None

    @property
    def takes_back(self) -> bool:
        """Whether it is an undo, of a whole change set or of what one did to one customer."""
        return self.kind == "undo"


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One field of one record, before and after."""

    id: int
    change_set_id: int
    at: datetime
    actor: str
    entity: Entity
    record_id: int
    record_name: str
    action: str
    field: str
    old: Value
    new: Value
    customer_id: int | None = None  # whose record it is, or which customer it is about
    origin: str = ""  # the row of the file that it came from: "contacts.xlsx row 17"


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """A field's value before and after; `refused` says why it cannot become so."""

    field: str
    old: Value
    new: Value
    refused: str = ""


@dataclass(frozen=True, slots=True)
class RecordDiff:
    """What a change does to one record."""

    id: int
    name: str
    diffs: tuple[FieldDiff, ...]
    refused: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything would become different."""
        return not self.refused and any(d.old != d.new and not d.refused for d in self.diffs)


@dataclass(frozen=True, slots=True)
class RecordResult:
    """Where one record of a change landed, and why."""

    id: int
    name: str
    outcome: Literal["done", "failed", "skipped"]
    reason: str = ""
    step: int = -1  # which step of the request, from 0; -1 where a step means many records


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a change: counts for all records, a line for each that was not done."""

    change_set_id: int | None
    done: int = 0
    failed: int = 0
    skipped: int = 0
    results: tuple[
        RecordResult, ...
    ] = ()  # the failed and the skipped; for few records also the done
    record_ids: Sequence[int] = ()  # of created records, in the order given
    repeated: bool = False  # this change set had been applied before; nothing was written again


@dataclass(frozen=True, slots=True)
class UndoOutcome:
    """What an undo reversed, what it kept because it was edited since, what it could not do."""

    change_set_id: int | None
    reversed: int = 0
    kept: Sequence[RecordResult] = ()
    failed: Sequence[RecordResult] = ()


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A saved query."""

    id: int
    name: str
    query: str
    key: str = ""


Match: TypeAlias = tuple[str, int, int]
"""Field, start and end of what matched in the shown text of that field."""


class Hit:
    """A found customer, with what matched.

    `mark` finds what matched: the matches, and a word on why where the row does not show it (a
    tag, another number). It is called when that is first asked for, because of a page of hits no
    more than a screenful is looked at.
    """

    __slots__ = ("_mark", "_marked", "row")

    def __init__(
        self, row: CustomerRow, mark: Callable[[CustomerRow], tuple[tuple[Match, ...], str]]
    ) -> None:
        self.row = row
        self._mark = mark
        self._marked: tuple[tuple[Match, ...], str] | None = None

    def __repr__(self) -> str:
        return f"Hit({self.row!r})"

    def like(self, row: CustomerRow) -> Hit:
        """Another customer that the same query finds."""
        return Hit(row, self._mark)

    @property
    def matches(self) -> tuple[Match, ...]:
        """What matches in the fields that lists show."""
        return self._found()[0]

    @property
    def reason(self) -> str:
        """What matched that lists do not show."""
        return self._found()[1]

    def _found(self) -> tuple[tuple[Match, ...], str]:
        if self._marked is None:
            self._marked = self._mark(self.row)
        return self._marked


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the part of a query between two positions of its text.

    One that is `unfinished` is about the end of the text, where somebody may be typing.
    """

    message: str
    start: int
    end: int
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query: the best hits, and how many there are in all where that is known.

    One that is `unfinished` has the first rows of a page that takes longer.
    """

    hits: tuple[Hit, ...]
    total: int | None = None
    exact: bool = False  # the first hit is an exact number, id or address
    unfinished: bool = False
    shown_for: str = ""  # the corrected words, where typing was corrected
    problems: tuple[Problem, ...] = ()
