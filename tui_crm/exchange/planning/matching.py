"""Which customer a row of a table belongs to.

The first of these that the row has and that some customer has too decides: the account number, the
external id, an e-mail address, and where that is wanted a telephone number. An address or number
that several customers have decides nothing, and a customer that is found by one key but has
another value for a stronger one is a contradiction: both are reported and never guessed. The
numbers of a merged customer lead to the one that it became part of, who keeps its own.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui_crm.core import visibility
from tui_crm.core.aliases import survivor
from tui_crm.core.checker import Checker
from tui_crm.core.places import line_of
from tui_crm.core.records import chunks, marks
from tui_crm.core.rows import Value
from tui_crm.errors import CrmError, InputRefused
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.exchange.duplicates.entry import Match


class KnownCustomer(InputRefused):
    """A row is a customer that is there already, or nobody knows which one."""


class RepeatedRow(InputRefused):
    """A row that names the same customer as one before it."""


@dataclass(slots=True)
class Keys:
    """The keys of a row, and the customer that they lead to (0 for none)."""

    account_no: str = ""
    external_id: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    match: int = 0
    by: str = ""  # the field that decided, or would have but for several candidates
    candidates: tuple[int, ...] = ()  # more than one customer has this address or number
    contradiction: str = ""  # the other account number or external id of the customer found
    shares_email: bool = False
    old: tuple[str, ...] = ()  # the fields whose value is that of a customer merged into the match
    taken: bool = False  # the account number belongs to a customer out of reach
    looks_like: Match | None = None  # a likely duplicate, where no key leads to a customer


@dataclass
class _Found:
    """What the database knows about the keys of a chunk."""

    numbers: dict[str, int] = field(default_factory=dict)
    externals: dict[str, set[int]] = field(default_factory=dict)
    points: dict[tuple[str, str], set[int]] = field(default_factory=dict)  # by field and value
    own: dict[int, tuple[str, str]] = field(default_factory=dict)  # account number, external id
    taken: set[str] = field(default_factory=set)
    merged: set[tuple[str, str]] = field(default_factory=set)  # field and value of merged customers


def keys_of(given: Mapping[str, Value], checker: Checker, *, with_phones: bool = False) -> Keys:
    """The keys in what a row says; telephone numbers are none unless that is wanted."""
    return Keys(
        clean_line(str(given.get("account_no", ""))),
        clean_line(str(given.get("external_id", ""))),
        _points(given, "emails", checker),
        _points(given, "phones", checker) if with_phones else (),
    )


def _points(given: Mapping[str, Value], name: str, checker: Checker) -> tuple[str, ...]:
    """The addresses or numbers of a row, as they are compared."""
    items = given.get(name, ())
    assert isinstance(items, tuple)
    item = checker.field(name)
    keys = (checker.key(item, clean_line(text)) for text in items)
    return tuple(dict.fromkeys(filter(None, keys)))


class Places:
    """The place of the first row that had a key, for millions of keys in 32 bytes each.

    Keys are numbers of 64 bits: two keys are one in less than a millionth of all imports.
    """

    def __init__(self) -> None:
        self._count = 0
        self._empty(1 << 12)

    def first(self, key: int, place: int) -> int:
        """The place that came with the key first: `place` itself for a new key."""
        at = self._find(key)
        if self._places[at]:
            return self._places[at]
        self._keys[at], self._places[at] = key, place
        self._count += 1
        if 2 * self._count > len(self._keys):
            held = zip(self._keys, self._places, strict=True)
            self._empty(2 * len(self._keys))
            for known, its in held:
                if its:
                    slot = self._find(known)
                    self._keys[slot], self._places[slot] = known, its
        return place

    def _empty(self, size: int) -> None:
        self._keys, self._places = array("q", bytes(8 * size)), array("q", bytes(8 * size))

    def _find(self, key: int) -> int:
        """Where the key is, or belongs."""
        last = len(self._keys) - 1
        at = key & last
        while self._places[at] and self._keys[at] != key:
            at = (at + 1) & last
        return at


class Matcher:
    """Finds customers for the rows of one table, and notices rows that name the same one."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._lines = Places()  # of the rows that had a key first
        self._matched = Places()  # of the rows of known customers

    def find(self, rows: Sequence[Keys]) -> list[Keys]:
        """The rows with what the database knows about them; a few queries for all of them."""
        found = self._look_up(rows)
        for keys in rows:
            self._decide(keys, found)
        return list(rows)

    def refuse_known(self, keys: Keys, place: int) -> None:
        """Refuse a row that is to be new and has a number that somebody has.

        Raises `KnownCustomer`, `RepeatedRow`.
        """
        if keys.taken or keys.by == "account_no":
            raise KnownCustomer(
                _('The account number "{number}" is in use.').format(number=keys.account_no),
                _("--mode upsert edits known customers."),
            )
        if keys.by == "external_id":
            raise KnownCustomer(
                _('The external id "{number}" is in use.').format(number=keys.external_id),
                _("--mode upsert edits known customers."),
            )
        self._refuse_repeated(keys, place, with_emails=False)

    def refuse_doubtful(self, keys: Keys, place: int) -> None:
        """Refuse a row of which it is not certain to which customer it belongs.

        Raises `KnownCustomer`, `RepeatedRow`.
        """
        if keys.taken:
            raise KnownCustomer(
                _('The account number "{number}" belongs to a customer out of your reach.').format(
                    number=keys.account_no
                )
            )
        if keys.candidates:
            ids = ", ".join(map(str, keys.candidates[:5]))
            raise KnownCustomer(
                _("Several customers fit this row: {ids}.").format(ids=ids),
                _("Give the row an account number."),
            )
        if keys.contradiction:
            raise KnownCustomer(
                _("The customer found by {field} has another number: {number}.").format(
                    field=keys.by, number=keys.contradiction
                )
            )
        if keys.match:
            first = self._matched.first(keys.match, place)
            if first != place:
                raise _repeated(first)
        self._refuse_repeated(keys, place, with_emails=not keys.match)

    def _refuse_repeated(self, keys: Keys, place: int, *, with_emails: bool) -> None:
        marked = [f"a{keys.account_no}"] if keys.account_no else []
        # Customers may share an external id; an account number tells them apart.
        if keys.external_id and keys.by != "account_no":
            marked.append(f"x{keys.external_id}")
        if with_emails and not keys.account_no and not keys.external_id:
            marked += [f"e{address}" for address in keys.emails]
            marked += [f"p{number}" for number in keys.phones]
        for key in marked:
            first = self._lines.first(hash(key), place)
            if first != place:
                raise _repeated(first)

    def _decide(self, keys: Keys, found: _Found) -> None:
        keys.taken = keys.account_no in found.taken
        said = (("account_no", keys.account_no), ("external_id", keys.external_id))
        keys.old = tuple(name for name, value in said if (name, value) in found.merged)
        by_email, by_phone = (
            {id_ for text in texts for id_ in found.points.get((name, text), ())}
            for name, texts in (("emails", keys.emails), ("phones", keys.phones))
        )
        keys.shares_email = bool(by_email)
        if keys.account_no in found.numbers:
            keys.match, keys.by = found.numbers[keys.account_no], "account_no"
            return
        for name, ids in (
            ("external_id", found.externals.get(keys.external_id, set())),
            ("emails", by_email),
            ("phones", by_phone),
        ):
            if len(ids) > 1:
                keys.candidates, keys.by = tuple(sorted(ids)), name
                return
            if ids:
                keys.match, keys.by = next(iter(ids)), name
                number, external = found.own[keys.match]
                if keys.account_no and keys.account_no != number:
                    keys.contradiction = number
                elif name == "external_id":
                    pass  # its own, or that of a customer merged into it
                elif keys.external_id and external and keys.external_id != external:
                    keys.contradiction = external
                return

    def _look_up(self, rows: Sequence[Keys]) -> _Found:
        db = self.session.db
        allowed, params = visibility.condition(self.session.viewer)
        found = _Found()
        numbers = {keys.account_no for keys in rows if keys.account_no}
        for chunk in chunks(sorted(numbers)):
            here = f"c.account_no IN ({marks(len(chunk))})"
            found.taken.update(
                row[0]
                for row in db.rows(f"SELECT c.account_no FROM customer c WHERE {here}", chunk)
            )
            sql = (
                "SELECT c.id, c.account_no, c.external_id FROM customer c"
                f" WHERE {here} AND {allowed}"
            )
            for id_, number, external in db.rows(sql, (*chunk, *params)):
                found.numbers[number] = id_
                found.own[id_] = (number, external)
        for number, id_ in self._merged("account_no", numbers - found.numbers.keys(), found):
            found.numbers[number] = id_
        found.taken -= found.numbers.keys()
        externals = {keys.external_id for keys in rows if keys.external_id}
        for chunk in chunks(sorted(externals)):
            # The index of external ids holds no empty ones: only a query that says so may use it.
            sql = (
                "SELECT c.id, c.account_no, c.external_id FROM customer c"
                f" WHERE c.external_id IN ({marks(len(chunk))}) AND c.external_id <> ''"
                f" AND {allowed}"
            )
            for id_, number, external in db.rows(sql, (*chunk, *params)):
                found.externals.setdefault(external, set()).add(id_)
                found.own[id_] = (number, external)
        for external, id_ in self._merged("external_id", externals - found.externals.keys(), found):
            found.externals.setdefault(external, set()).add(id_)
        for name, kind in (("emails", "email"), ("phones", "phone")):
            texts = {text for keys in rows for text in getattr(keys, name)}
            for chunk in chunks(sorted(texts)):
                sql = (
                    "SELECT c.id, c.account_no, c.external_id, p.normalized FROM contact_point p"
                    f" JOIN customer c ON c.id = p.customer_id WHERE p.kind = '{kind}'"
                    f" AND p.normalized IN ({marks(len(chunk))}) AND {allowed}"
                )
                for id_, number, external, text in db.rows(sql, (*chunk, *params)):
                    found.points.setdefault((name, text), set()).add(id_)
                    found.own[id_] = (number, external)
        return found

    def _merged(self, column: str, values: set[str], found: _Found) -> list[tuple[str, int]]:
        """Those of `values` that merged customers have, with the customers they became part of."""
        db = self.session.db
        allowed, params = visibility.condition(self.session.viewer)
        reached: list[tuple[str, int]] = []
        for chunk in chunks(sorted(values)):
            for value, old_id in db.rows(
                f"SELECT c.{column}, c.id FROM customer c JOIN customer_alias a ON a.old_id = c.id"
                f" WHERE c.{column} IN ({marks(len(chunk))}) AND c.{column} <> ''",
                chunk,
            ):
                row = db.one(
                    "SELECT c.id, c.account_no, c.external_id FROM customer c"
                    f" WHERE c.id = ? AND {allowed}",
                    (survivor(db, old_id), *params),
                )
                if row:
                    found.own[row[0]] = (row[1], row[2])
                    found.merged.add((column, value))
                    reached.append((value, row[0]))
        return reached


def _repeated(place: int) -> CrmError:
    return RepeatedRow(_("Line {line} has the same key already.").format(line=line_of(place)))
