"""What an import will do, row by row, worked out before anything is written.

The table is read once as a stream. Each row becomes a new customer, an edit of a known one,
nothing (it says what is there already), or is refused with a reason. The steps wait in a file, so
that a table of any length takes little memory and what is applied is what was counted.

Rules that hold in every mode: a blank cell never erases (the mark that the mapping names for it
does); a list (phones, tags ...) gains what the
row has and loses nothing; identifiers and numbers stay text.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal

from tui_crm.config import find_choice
from tui_crm.core.changes.model import Edit, Update
from tui_crm.core.changes.newcomers import checked
from tui_crm.core.changes.planning import plan as plan_edit
from tui_crm.core.checker import Checker, MissingValue
from tui_crm.core.collector import without_collector
from tui_crm.core.records import Record, dump, load
from tui_crm.core.rows import Value
from tui_crm.errors import CrmError, InputRefused
from tui_crm.exchange.mapping import compose, names
from tui_crm.exchange.mapping.columns import ColumnMap
from tui_crm.exchange.planning import problems
from tui_crm.exchange.planning.earlier import Earlier, says_the_same
from tui_crm.exchange.planning.matching import Keys, KnownCustomer, Matcher, RepeatedRow, keys_of
from tui_crm.exchange.planning.staging import Change, Doubt, Part, Problem, Staged
from tui_crm.exchange.planning.steps import Steps
from tui_crm.exchange.reading.reader import Row, Table, names_of
from tui_crm.exchange.writing.export import text_of
from tui_crm.text.i18n import _, sentences

if TYPE_CHECKING:
    from tui_crm.core.changes.writer import CancelToken
    from tui_crm.core.session import Session
    from tui_crm.exchange.duplicates.entry import Match
    from tui_crm.exchange.joins.joined import Joined

Watch = Callable[[Part, Staged], None]
Mode = Literal["create", "update", "upsert"]
MODES: tuple[Mode, ...] = ("create", "update", "upsert")
Rule = Literal["overwrite", "fill", "never"]
RULES: tuple[Rule, ...] = ("overwrite", "fill", "never")
"""What a row does to a field of a known customer: always, only where it is blank, or never."""
KEY_FIELDS = ("account_no", "external_id", "emails")
"""The fields by which customers are known, the strongest first."""
ALIKE = "duplicates"
FOUND_BY = (*KEY_FIELDS, "phones", ALIKE)
"""What may be chosen instead: one of these fields, a telephone number, or all of `KEY_FIELDS` and
behind them the search for duplicates, where one customer is likely to be the same."""

_CHUNK = 1000
_LOOKED_AT = 5000  # rows that are held against all customers for who watches, a millisecond each


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is not imported, and why; `field` is the one that is wrong, if it is one."""

    row: Row
    reason: str
    field: str = ""


@dataclass
class Plan:
    """The counts of a dry run, and the steps that make it true.

    `problems` counts refused rows by the field that is wrong; "" for keys and whole rows.
    `unknown_values` counts the values (field, value) that a picklist does not have.
    """

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    activities: int = 0  # interactions and tasks, in an import of several kinds of files
    doubtful: int = 0  # new customers whose e-mail address another customer has
    problems: Counter[str] = field(default_factory=Counter)
    unknown_values: Counter[tuple[str, str]] = field(default_factory=Counter)
    steps: Steps = field(default_factory=Steps)

    @property
    def rows(self) -> int:
        """All rows of the table."""
        return self.new + self.updated + self.unchanged + self.refused + self.activities

    def place(self, step: int) -> int:
        """The `Row.place` from which a step comes."""
        return self.steps.place(step)

    def close(self) -> None:
        """Forget the steps."""
        self.steps.close()


def make_plan(
    session: Session,
    table: Table,
    mapping: ColumnMap,
    mode: Mode,
    *,
    refuse: Callable[[Refused], None],
    progress: Callable[[int], None] | None = None,
    blank_unknown: bool = False,
    only_blank: bool = False,
    rules: Mapping[str, Rule] | None = None,
    key: str = "",
    watch: Watch | None = None,
    cancel: CancelToken | None = None,
    joined: Joined | None = None,
) -> Plan:
    """Read the whole table and decide about each row; `refuse` gets the rows that are refused.

    `progress` is called with the number of rows read. With `blank_unknown` a value that a picklist
    does not have is taken for a blank cell, otherwise its row is refused. With `only_blank` known
    customers keep every value that they have; `rules` say it by field. `key` is the only field by
    which they are found, of `FOUND_BY`; "" for all of `KEY_FIELDS`. `watch` is told what becomes of
    each row. `joined` are the files whose customers the table is part of; it says what else is
    planned with it.
    Raises `InputRefused` for a table that cannot be read and for a mode that needs a key column
    where there is none, `CrmError` when it was cancelled.
    """
    if mode != "create" and not has_key(mapping, key):
        raise InputRefused(
            _("No column tells which customer a row belongs to."),
            _("Add a column account_no, external_id or emails, or use --mode create."),
        )
    planner = Planner(
        session, mapping, mode, refuse, blank_unknown, only_blank, rules or {}, key, watch,
        progress, cancel, joined,
    )  # fmt: skip
    try:
        with without_collector(), session.db.reading():
            if joined is None:
                planner.read(table, mapping)
            else:
                joined.begin(planner)
                for part, its_mapping in joined.tables():
                    planner.read(part, its_mapping)
                joined.finish(planner)
    except BaseException:
        planner.plan.close()
        raise
    return planner.plan


def has_key(mapping: ColumnMap, key: str) -> bool:
    """Whether any column can tell which customer a row belongs to."""
    return key == ALIKE or any(map(mapping.of, (key,) if key else KEY_FIELDS))


class _Unmatched(InputRefused):
    """No customer is known to whom the row could belong."""


class Planner:
    """Decides about rows, a chunk at a time."""

    def __init__(
        self,
        session: Session,
        mapping: ColumnMap,
        mode: Mode,
        refuse: Callable[[Refused], None],
        blank_unknown: bool,
        only_blank: bool,
        rules: Mapping[str, Rule],
        key: str,
        watch: Watch | None,
        progress: Callable[[int], None] | None,
        cancel: CancelToken | None,
        joined: Joined | None,
    ) -> None:
        self.session = session
        self.mapping = mapping
        self.mode = mode
        self.refuse = refuse
        self.blank_unknown = blank_unknown
        self.usual: Rule = "fill" if only_blank else "overwrite"
        self.rules = rules
        self.key = key
        self.watch = watch
        self.progress = progress
        self.cancel = cancel
        self.joined = joined
        self.earlier: Earlier | None = None
        self.before: dict[int, Record] = {}  # customers whom rows of the chunk made before
        self.seen: set[int] = set()  # the hashes of addresses of new customers
        self.choices = {item.name: item for item in session.fields.of() if item.type == "choice"}
        self.checker = Checker(session)
        self.matcher = Matcher(session)
        self.plan = Plan()

    def read(self, table: Table, mapping: ColumnMap) -> None:
        """Decide about the rows of a table; its columns are as `mapping` says."""
        self.mapping = mapping
        if self.joined is None and self.mode != "update":
            self.earlier = Earlier(self.session.db, dump(names_of(table)))
        rows = table.rows()
        while chunk := list(islice(rows, _CHUNK)):
            self.chunk(chunk)
            self.tell()

    def tell(self) -> None:
        """Tell how many rows were read; raises the error of a stop when one was asked for."""
        if self.cancel is not None and self.cancel.cancelled:
            raise CrmError(_("Stopped; nothing was changed."))
        if self.progress is not None:
            self.progress(self.plan.rows)

    def chunk(self, rows: Sequence[Row]) -> None:
        """Decide about these rows."""
        read = []
        unreadable: deque[tuple[Row, CrmError]] = deque()
        for row in rows:
            try:
                given = compose.given(self.mapping, row.cells, self.checker.country)
                if self.joined is not None:
                    self.joined.enrich(row, given)
                self._notice_unknown(given)
                read.append((row, given))
            except CrmError as error:
                unreadable.append((row, error))
        found = self.matcher.find([self._keys(given) for _row, given in read])
        rows_given = [given for _row, given in read]
        if self.key == ALIKE and self.mode != "create":
            for keys, match in self._look_alikes(rows_given, found):
                keys.match, keys.by = match.customer.id, ALIKE
        elif self.watch and self.mode != "update" and self.plan.rows < _LOOKED_AT:
            for keys, match in self._look_alikes(rows_given, found):
                keys.looks_like = match
        made = self._made_before([row for row, _given in read], found)
        matched = [keys.match for keys in found if keys.match]
        records = load(self.session, "customer", [*matched, *made.values()], self.checker.directory)
        self.before = {place: records[id_] for place, id_ in made.items() if id_ in records}
        for (row, given), keys in zip(read, found, strict=True):
            while unreadable and unreadable[0][0].place < row.place:  # in the order of the table
                self._refuse_whole(*unreadable.popleft(), {})
            try:
                self._decide(row, given, keys, records)
            except CrmError as error:
                record = records.get(keys.match)
                self._refuse_whole(row, error, record.values if record is not None else {})
        for late in unreadable:
            self._refuse_whole(*late, {})

    def _made_before(self, rows: Sequence[Row], found: Sequence[Keys]) -> dict[int, int]:
        """The customers whom those of some rows that no number leads to one made in an earlier
        import, by their places.
        """
        if self.earlier is None:
            return {}
        strong = KEY_FIELDS[:2] if self.mode == "create" else FOUND_BY
        new = [row.place for row, keys in zip(rows, found, strict=True) if keys.by not in strong]
        return self.earlier.ids(new) if new else {}

    def _keys(self, given: dict[str, Value]) -> Keys:
        keys = keys_of(given, self.checker, with_phones=self.key == "phones")
        if self.key in ("", ALIKE) or self.mode == "create":
            return keys
        only = Keys()
        setattr(only, self.key, getattr(keys, self.key))
        return only

    def _look_alikes(
        self, rows: Sequence[Mapping[str, Value]], found: Sequence[Keys]
    ) -> Iterator[tuple[Keys, Match]]:
        """The likely duplicates of the rows that no key leads to a customer."""
        from tui_crm.exchange.duplicates.entry import check_many

        open_ = [n for n, keys in enumerate(found) if not (keys.match or keys.candidates)]
        matches = check_many(self.session, [compose.for_new(rows[n]) for n in open_])
        for n, match in zip(open_, matches, strict=True):
            if match is not None:
                yield found[n], match

    def _notice_unknown(self, given: dict[str, Value]) -> None:
        """Count the values that picklists do not have; leave them out if that is wanted."""
        for name in [name for name in given if name in self.choices]:
            text = str(given[name]).strip()
            offered = self.checker.choices(self.choices[name])
            if offered and text and find_choice(offered, text) is None:
                self.plan.unknown_values[name, text] += 1
                if self.blank_unknown:
                    del given[name]

    def refuse_row(self, row: Row, *errors: CrmError) -> None:
        """Count a row as refused, and hand it on with the reasons."""
        self.plan.refused += 1
        if self.joined is not None:
            self.joined.landed(row, None)
        found = [
            Doubt(self._problem(error, name), name, problems.words(error))
            for error in errors
            for name in (error.field if isinstance(error, InputRefused) else "",)
        ]
        self.plan.problems.update({doubt.field for doubt in found})
        reason = sentences(*(doubt.reason for doubt in found))
        self.refuse(Refused(row, reason, found[0].field))
        if self.watch is not None:
            first = found[0]
            staged = Staged(
                row, self._called(row), (), first.problem, first.field, reason,
                more=tuple(found[1:]),
            )  # fmt: skip
            self.watch("refused", staged)

    def _refuse_whole(self, row: Row, error: CrmError, known: Mapping[str, Value]) -> None:
        """Refuse a row with everything that is wrong with it."""
        never = [name for name, rule in self.rules.items() if rule == "never"] if known else []
        self.refuse_row(
            row,
            *problems.all_of(
                error, self.mapping, row.cells, self.checker, known=known, untouched=never
            ),
        )

    def _problem(self, error: CrmError, name: str) -> Problem:
        """What kind of mistake it is."""
        if isinstance(error, RepeatedRow):
            return "repeated"
        if isinstance(error, KnownCustomer):
            return "known"
        if isinstance(error, _Unmatched):
            return "unmatched"
        item = self.session.fields.get(name)
        if isinstance(error, MissingValue):
            return "missing"
        kinds: dict[str, Problem] = {"user": "owner", "team": "owner", "choice": "value"}
        return kinds.get(item.type, "invalid") if item is not None else "invalid"

    def _called(self, row: Row) -> str:
        """What names the customer of a row that could not be read."""
        parts = {
            column.part: text
            for column in self.mapping.of("name")
            if (text := row.cells[column.index].strip())
        }
        if spelled := parts.get("") or names.from_parts(parts):
            return spelled
        for name in ("name", "organization", "emails", "phones"):
            for column in self.mapping.of(name):
                if text := row.cells[column.index].strip():
                    return text
        return ""

    def _decide(
        self, row: Row, given: dict[str, Value], keys: Keys, records: dict[int, Record]
    ) -> None:
        if row.surplus:
            raise InputRefused(
                _("The row has more cells than there are headers: {text}.").format(
                    text=row.surplus[:100]
                )
            )
        if self.mode == "create":
            self.matcher.refuse_known(keys, row.place)
            self._create(row, given, keys)
            return
        self.matcher.refuse_doubtful(keys, row.place)
        if keys.match:
            record = records.get(keys.match)
            if record is None:
                raise InputRefused(_("The customer of this row was just deleted."))
            for name in keys.old:  # the customer keeps its own number
                given.pop(name, None)
            self.edit(row, given, record)
        elif self.mode == "update":
            raise _Unmatched(
                _("No customer is like this one.")
                if self.key == ALIKE
                else _("No customer has this number or e-mail address.")
            )
        else:
            self._create(row, given, keys)

    def _create(self, row: Row, given: dict[str, Value], keys: Keys) -> None:
        given = compose.for_new(given)
        if self.joined is not None:
            self.joined.introduce(row, given)
        newcomer = checked(self.checker, given, row.place)
        values = newcomer.values
        said = {name: values[name] for name in given if name in values}
        before = self.before.get(row.place)
        if before is not None and says_the_same(said, before):
            self._unchanged(row, before)
            return
        self.plan.steps.add(newcomer)
        self.plan.new += 1
        self.plan.doubtful += keys.shares_email
        if self.joined is not None:
            self.joined.landed(row, 0, str(values["name"]))
        if self.watch is not None:
            changes = tuple(Change(name, "", value) for name, value in said.items())
            doubt, reason = self._doubt(keys)
            self.watch("new", Staged(row, str(values["name"]), changes, doubt, "", reason))

    def _unchanged(self, row: Row, record: Record) -> None:
        """Count a row that says nothing new about a customer."""
        self.plan.unchanged += 1
        if self.watch is not None:
            staged = Staged(row, str(record.values.get("name", "")), (), customer=record.id)
            self.watch("unchanged", staged)

    def _doubt(self, keys: Keys) -> tuple[Problem, str]:
        """Why a new customer may be one who is there, or was in the table, already."""
        marks = set(map(hash, keys.emails))
        again = not marks.isdisjoint(self.seen)
        self.seen |= marks
        if keys.shares_email:
            return "suspicious", _("Another customer has this e-mail address.")
        if again:
            return "twice", _("An earlier row has this e-mail address.")
        if keys.looks_like is not None:
            who = keys.looks_like.customer
            return "alike", _("Likely {name} ({number}): {reasons}.").format(
                name=who.name, number=who.account_no, reasons=", ".join(keys.looks_like.reasons)
            )
        return "", ""

    def edit(self, row: Row, given: dict[str, Value], record: Record) -> None:
        """Plan what a row says about a known customer."""
        edit = self._edit(compose.for_known(given, record.values), record)
        diffs = plan_edit(self.checker, record, edit)
        if self.joined is not None:
            name = edit.set.get("name") or record.values.get("name", "")
            self.joined.landed(row, record.id, str(name))
        if self.watch is not None:
            found = tuple(Change(diff.field.name, diff.old, diff.new) for diff in diffs)
            name = str(record.values.get("name", ""))
            staged = Staged(row, name, found, customer=record.id)
            self.watch("updated" if diffs else "unchanged", staged)
        if not diffs:
            self.plan.unchanged += 1
            return
        self.plan.steps.add(Update(record.id, edit, place=row.place))
        self.plan.updated += 1

    def _edit(self, given: dict[str, Value], record: Record) -> Edit:
        """The edit that gives a record what it does not have yet.

        A cell that says what is stored is never checked: it may be a value that the picklist has
        lost since.
        """
        changed: dict[str, Value] = {}
        added: dict[str, tuple[str, ...]] = {}
        for name, value in given.items():
            now = record.values.get(name)
            rule = self.rules.get(name, self.usual)
            if rule == "never" or (rule == "fill" and now not in ("", None, ())):
                continue
            if value in ("", ()):
                if rule == "overwrite" and now not in ("", None, ()):
                    changed[name] = value
            elif isinstance(value, tuple):
                known = now if isinstance(now, tuple) else ()
                more = tuple(item for item in value if item not in known)
                if more:
                    added[name] = more
            elif value != text_of(now):
                changed[name] = value
        seen = {name: record.values.get(name) for name in changed}
        return Edit(set=changed, add=added, seen=seen)
