"""Several files joined by keys as one import: one plan, one change set.

The customers of all files are planned first, with what files of details say about them. Where each
of them ended is kept by its keys, so that people find their organisation and what happened finds
whom it happened with: a customer of the files, or else one of the database. A row that names
nobody is refused with the reason.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from tui_crm.core import visibility
from tui_crm.core.changes.model import Create
from tui_crm.core.checker import Checker
from tui_crm.core.records import chunks, load, marks
from tui_crm.core.rows import Value
from tui_crm.errors import CrmError, InputRefused
from tui_crm.exchange.joins import activities
from tui_crm.exchange.joins.joining import Reference, Source, key_of
from tui_crm.exchange.mapping import compose
from tui_crm.exchange.mapping.columns import ColumnMap
from tui_crm.exchange.planning.matching import Keys, Matcher
from tui_crm.exchange.planning.plan import Planner
from tui_crm.exchange.reading.reader import Bundle, Row
from tui_crm.text.fold import fold
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_CHUNK = 1000
_IDENTITY = ("account_no", "external_id", "name")
_NOBODY, _REFUSED, _SEVERAL = 0, -1, -2


class Joined:
    """The files of one import while it is planned; `make_plan` asks it about every row."""

    def __init__(self, session: Session, sources: Sequence[Source], bundle: Bundle) -> None:
        self._session = session
        self._sources = sources
        self._bundle = bundle
        self._of_file = {
            file: number for number, files in enumerate(bundle.files) for file in files
        }
        # By source and key column: where the customer of a key ended. An even number is twice the
        # id of a known one, an odd one the place of the row of a new one.
        self._ended: dict[tuple[int, int], dict[str, int]] = {}
        self._names: dict[tuple[int, int], dict[str, str]] = {}
        for source in sources:
            for reference in source.references:
                if reference.to >= 0:
                    self._ended[reference.to, reference.key] = {}
                    if source.kind == "people":
                        self._names[reference.to, reference.key] = {}
        self._details = _Details()
        self._checker = Checker(session)
        self._known = activities.Known(session)
        self._database = KnownCustomers(session)
        self.counts: Counter[tuple[int, str]] = Counter()
        """How many rows of a source ended as "joined" (details), "unchanged", "refused" ..."""

    def close(self) -> None:
        """Forget what was gathered."""
        self._details.close()

    def tables(self) -> Iterator[tuple[Any, ColumnMap]]:
        """What is planned as customers, each with its mapping: first the customers, then people."""
        for kind in ("customers", "people"):
            for number, source in enumerate(self._sources):
                if source.kind == kind:
                    yield self._bundle.part(number), source.mapping

    # While customers are planned ---------------------------------------------------------------

    def begin(self, planner: Planner) -> None:
        """Read the files of details, before any customer is planned."""
        for number, source in enumerate(self._sources):
            if source.kind != "details":
                continue
            target = source.references[0]
            planner.mapping = source.mapping
            for row in self._bundle.part(number).rows():
                try:
                    given = self._given(source, row)
                    for name, value in given.items():
                        self._checker.check(self._checker.field(name), value)
                except CrmError as error:
                    planner.refuse_row(row, error)
                    continue
                key = key_of(row.cells[target.column])
                self._details.good.add(row.place)
                if key and target.to >= 0:
                    self._details.add((target.to, target.key, key), row.place, given)

    def enrich(self, row: Row, given: dict[str, Value]) -> None:
        """Add to what a row says what other files say about its customer.

        Raises `InputRefused` for somebody whose organisation nobody knows.
        """
        number = self._of_file[row.file]
        source = self._sources[number]
        if source.kind == "people":
            self._put_organization(source, row, given)
        for (to, column), _ended in self._ended.items():
            if to == number and (key := key_of(row.cells[column])):
                for more in self._details.take((to, column, key)):
                    _merge(given, more)

    def introduce(self, row: Row, given: dict[str, Value]) -> None:
        """Say that new customers for whom people of another file work are organisations."""
        number = self._of_file[row.file]
        if any(
            source.kind == "people" and reference.to == number
            for source in self._sources
            for reference in source.references
        ):
            given.setdefault("kind", "organization")

    def landed(self, row: Row, customer: int | None, name: str = "") -> None:
        """Take note of what became of a row of customers: the id of a known one, 0 for a new one,
        None for a refused row.
        """
        number = self._of_file[row.file]
        at = _REFUSED if customer is None else 2 * customer if customer else 2 * row.place + 1
        for (to, column), ended in self._ended.items():
            if to == number and (key := key_of(row.cells[column])):
                before = ended.setdefault(key, at)
                if before != at:
                    ended[key] = (
                        at if before == _REFUSED else before if at == _REFUSED else _SEVERAL
                    )
                names = self._names.get((to, column))
                if names is not None and name:
                    names[key] = name

    def _put_organization(self, source: Source, row: Row, given: dict[str, Value]) -> None:
        reference = source.references[0]
        key = key_of(row.cells[reference.column])
        if not key:
            return  # somebody without an organisation
        at = self._at(source, row)
        names = self._names.get((reference.to, reference.key), {})
        given["organization"] = names.get(key) or self._database.name(at // 2)

    # Afterwards --------------------------------------------------------------------------------

    def finish(self, planner: Planner) -> None:
        """Plan what the other files say, when all customers are planned."""
        for number, source in enumerate(self._sources):
            rows = self._bundle.part(number).rows()
            if source.kind not in ("details", "interactions"):
                continue
            planner.mapping = source.mapping
            while chunk := list(islice(rows, _CHUNK)):
                self._learn(source, chunk)
                if source.kind == "details":
                    self._plan_details(number, source, chunk, planner)
                else:
                    self._plan_activities(number, source, chunk, planner)
                planner.tell()

    def _plan_details(
        self, number: int, source: Source, rows: Sequence[Row], planner: Planner
    ) -> None:
        """Details of customers who are in no file become edits; the others are told already."""
        to_edit: dict[int, tuple[Row, dict[str, Value]]] = {}
        for row in rows:
            if row.place not in self._details.good:
                continue  # it was refused when it was read
            try:
                at = self._at(source, row)
                if row.place in self._details.taken:
                    self.counts[number, "joined"] += 1
                    continue
                given = self._given(source, row)
            except CrmError as error:
                planner.refuse_row(row, error)
                continue
            if at % 2 == 0 and at // 2 in to_edit:
                _merge(to_edit[at // 2][1], given)
            else:
                to_edit[at // 2] = (row, given)
            self.counts[number, "joined"] += 1
        records = load(self._session, "customer", sorted(to_edit), self._checker.directory)
        for id_, (row, given) in to_edit.items():
            if id_ in records:
                planner.edit(row, given, records[id_])

    def _plan_activities(
        self, number: int, source: Source, rows: Sequence[Row], planner: Planner
    ) -> None:
        assert source.activity is not None
        ready: list[tuple[Row, Create]] = []
        for row in rows:
            try:
                _refuse_surplus(row)
                at = self._at(source, row)
                step = activities.read(source.activity, row.cells, self._checker)
            except CrmError as error:
                planner.refuse_row(row, error)
                continue
            if at % 2:
                step = replace(step, of=at // 2, place=row.place)
            else:
                step = replace(step, customer_id=at // 2, place=row.place)
            ready.append((row, step))
        self._known.learn([step.customer_id for _row, step in ready if step.customer_id])
        for _row, step in ready:
            if step.customer_id and self._known.has(step):
                planner.plan.unchanged += 1
                self.counts[number, "unchanged"] += 1
                continue
            planner.plan.steps.add(step)
            planner.plan.activities += 1
            self.counts[number, step.entity] += 1

    # Whom a row names --------------------------------------------------------------------------

    def _learn(self, source: Source, rows: Sequence[Row]) -> None:
        """Look up those in the database whom no file has."""
        for reference in source.references:
            field = self._field(reference)
            ended = self._ended.get((reference.to, reference.key), {})
            texts = {text for row in rows if (text := clean_line(row.cells[reference.column]))}
            self._database.learn(field, {text for text in texts if key_of(text) not in ended})

    def _field(self, reference: Reference) -> str:
        """The field by which a reference finds customers of the database."""
        if reference.to < 0:
            return reference.field
        field = self._sources[reference.to].mapping.all[reference.key].field
        return field.name if field is not None else ""

    def _at(self, source: Source, row: Row) -> int:
        """Where the customer of a row is. Raises `InputRefused` if it names none, or several."""
        told = ""
        for reference in source.references:
            text = row.cells[reference.column]
            key = key_of(text)
            if not key:
                continue
            told = told or text.strip()
            at = self._ended.get((reference.to, reference.key), {}).get(key, _NOBODY)
            if at == _NOBODY:
                at = self._database.at(self._field(reference), clean_line(text))
            if at == _REFUSED:
                raise InputRefused(
                    _('The row of its customer "{key}" is refused.').format(key=text)
                )
            if at == _SEVERAL:
                raise InputRefused(_('Several customers have the key "{key}".').format(key=text))
            if at > 0:
                return at
        if not told:
            raise InputRefused(_("The row names no customer."))
        raise InputRefused(_('No customer has the key "{key}".').format(key=told))

    def _given(self, source: Source, row: Row) -> dict[str, Value]:
        """What a row of details says, without who it is about."""
        _refuse_surplus(row)
        given = compose.given(source.mapping, row.cells, self._checker.country)
        return {name: value for name, value in given.items() if name not in _IDENTITY}


def _refuse_surplus(row: Row) -> None:
    if row.surplus:
        raise InputRefused(
            _("The row has more cells than there are headers: {text}.").format(
                text=row.surplus[:100]
            )
        )


def _merge(given: dict[str, Value], more: Mapping[str, Value]) -> None:
    """Add what another file says: lists become longer, other fields are filled where blank."""
    for name, value in more.items():
        held = given.get(name)
        if isinstance(value, tuple) and isinstance(held, tuple):
            given[name] = (*held, *(item for item in value if item not in held))
        elif name == "needs" and held and value != held:
            given[name] = f"{held}\n{value}"
        else:
            given.setdefault(name, value)


class _Details:
    """What files of details say, in a temporary file, by the key of the customer."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the plan
        self._last: dict[tuple[int, int, str], int] = {}
        self.good: set[int] = set()  # the places of the rows that can be read
        self.taken: set[int] = set()  # of those that a row of customers has taken in

    def add(self, key: tuple[int, int, str], place: int, given: Mapping[str, Value]) -> None:
        """Keep what one row says."""
        at = self._file.seek(0, 2)
        pickle.dump((place, dict(given), self._last.get(key, -1)), self._file)
        self._last[key] = at

    def take(self, key: tuple[int, int, str]) -> list[dict[str, Value]]:
        """What all rows of a key say, in the order of the file."""
        at = self._last.get(key, -1)
        found: list[dict[str, Value]] = []
        while at >= 0:
            self._file.seek(at)
            # Written by this process into a file without a name: safe to unpickle.
            place, given, at = pickle.load(self._file)
            self.taken.add(place)
            found.append(given)
        return found[::-1]

    def close(self) -> None:
        """Delete the file."""
        self._file.close()


class KnownCustomers:
    """Customers of the database by keys of a file, looked up in few queries."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._matcher = Matcher(session)
        self._checker = Checker(session)
        self._found: dict[tuple[str, str], int] = {}
        self._names: dict[int, str] = {}

    def learn(self, field: str, keys: set[str]) -> None:
        """Look these keys up."""
        new = sorted(key for key in keys if (field, key) not in self._found)
        for some in chunks(new):
            if field == "name":
                self._by_name(some)
            elif field:
                self._by_key(field, some)

    def at(self, field: str, key: str) -> int:
        """Twice the id of the customer of a key, `_NOBODY` or `_SEVERAL`."""
        if not field:
            return _NOBODY
        if (field, key) not in self._found:
            self.learn(field, {key})
        return self._found.get((field, key), _NOBODY)

    def share(self, field: str, texts: Sequence[str]) -> float:
        """How many of these texts are the key of one customer, from 0 to 1."""
        self.learn(field, set(texts))
        return sum(self._found.get((field, text), 0) > 0 for text in texts) / len(texts)

    def name(self, id_: int) -> str:
        """The name of a customer."""
        if id_ not in self._names:
            row = self._session.db.one("SELECT name FROM customer WHERE id = ?", (id_,))
            self._names[id_] = str(row[0]) if row else ""
        return self._names[id_]

    def _by_key(self, field: str, keys: Sequence[str]) -> None:
        asked = []
        for key in keys:
            wanted = Keys()
            if field in ("emails", "phones"):
                text = self._checker.key(self._checker.field(field), key)
                setattr(wanted, field, (text,) if text else ())
            else:
                setattr(wanted, field, key)
            asked.append(wanted)
        for key, found in zip(keys, self._matcher.find(asked), strict=True):
            at = _SEVERAL if found.candidates else 2 * found.match if found.match else _NOBODY
            self._found[field, key] = at

    def _by_name(self, keys: Sequence[str]) -> None:
        allowed, params = visibility.condition(self._session.viewer)
        for key in keys:
            self._found["name", key] = _NOBODY
        rows = self._session.db.rows(
            f"SELECT c.id, c.name FROM customer c WHERE c.sort_name IN ({marks(len(keys))})"
            f" AND {allowed}",
            (*map(fold, keys), *params),
        )
        wanted: dict[str, list[str]] = {}
        for key in keys:
            wanted.setdefault(key_of(key), []).append(key)
        for id_, name in rows:
            for key in wanted.get(key_of(name), ()):
                before = self._found["name", key]
                self._found["name", key] = 2 * id_ if before == _NOBODY else _SEVERAL
