"""Customers as columns: what a sweep holds of each of them, in numbers instead of objects.

Each distinct text of a field is kept once and has a code; a customer is a row of codes, 0 for what
is not known. A field of several values has a column for each of the first few. A million customers
take about 300 MB, as objects they took three gigabytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_crm.exchange.duplicates.compare import made_of, mailbox_parts
from tui_crm.exchange.duplicates.profile import Profile, pinyin
from tui_crm.exchange.duplicates.providers import FIRM, FREE_MAIL, PROVIDER

Codes = npt.NDArray[np.int32]
Places = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

SLOTS = 6
"""So many telephone numbers, addresses and handles of one customer are compared."""

_TEXTS = ("given", "middle", "family", "suffix", "company", "street", "number", "postcode", "city",
          "birthday")  # fmt: skip
_NAMES = ("given", "middle", "family")
_LISTS = ("phones", "emails", "handles")
_TEXTS_AT_ONCE = 65_536
_single = attrgetter(*_TEXTS)


class Texts:
    """The distinct texts of a field, by their codes from 1; code 0 is no text.

    They stand in one row of bytes: as objects they would take four times the room.
    """

    def __init__(self, values: Iterable[str]) -> None:
        parts, sizes = [b""], [np.zeros(1, np.int32)]
        lengths = [np.zeros(1, np.int32)]
        values = iter(values)
        while some := list(islice(values, _TEXTS_AT_ONCE)):
            encoded = "".join(some).encode()
            lengths.append(np.fromiter(map(len, some), np.int32, len(some)))
            if encoded.isascii():
                sizes.append(lengths[-1])
            else:
                bytes_of = (len(text.encode()) for text in some)
                sizes.append(np.fromiter(bytes_of, np.int32, len(some)))
            parts.append(encoded)
        self._bytes = np.frombuffer(b"".join(parts), np.uint8)
        ends = np.cumsum(np.concatenate(sizes), dtype=np.int64)
        self._ends = ends.astype(np.int32) if ends[-1] < 1 << 31 else ends
        self.lengths = np.concatenate(lengths)
        """How long each is, in characters."""

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[str]:
        """The texts by their codes, that of code 0 first."""
        start = 0
        for at in range(0, len(self._ends), _TEXTS_AT_ONCE):
            end = int(self._ends[at : at + _TEXTS_AT_ONCE][-1])
            text = self._bytes[start:end].tobytes().decode()
            before = 0
            for after in np.cumsum(self.lengths[at : at + _TEXTS_AT_ONCE]).tolist():
                yield text[before:after]
                before = after
            start = end

    def of(self, codes: npt.NDArray[Any]) -> list[str]:
        """The texts of these codes."""
        codes = np.asarray(codes)
        ends = self._ends[codes].tolist()
        starts = np.where(codes > 0, self._ends[codes - 1], 0).tolist()
        held = self._bytes.data
        return [str(held[start:end], "utf-8") for start, end in zip(starts, ends, strict=True)]

    @cached_property
    def letters(self) -> npt.NDArray[np.uint64]:
        """Which letters each has, once or more often, in two bits a letter (see `apart`)."""
        return self._bags(32, 2)

    @cached_property
    def digits(self) -> npt.NDArray[np.uint64]:
        """The same for texts of digits, in six bits a digit."""
        return self._bags(10, 6)

    def derived(self, function: Callable[[str], str]) -> Codes:
        """By code: a number for what `function` makes of the text, 0 for nothing."""
        numbers: dict[str, int] = {"": 0}
        return np.fromiter(
            (numbers.setdefault(function(v) if v else "", len(numbers)) for v in self),
            np.int32,
            len(self),
        )

    def flags(self, function: Callable[[str], bool]) -> Flags:
        """By code: whether the text is such."""
        return np.fromiter(map(function, self), np.bool_, len(self))

    def _bags(self, classes: int, depth: int) -> npt.NDArray[np.uint64]:
        found = np.zeros(len(self), np.uint64)
        start = 0
        for at in range(0, len(self), _TEXTS_AT_ONCE):
            ends = self._ends[at : at + _TEXTS_AT_ONCE]
            size, end = len(ends), int(ends[-1])
            text = self._bytes[start:end].tobytes().decode()
            start = end
            letters = np.frombuffer(text.encode("utf-32-le"), np.uint32) % classes
            of = np.repeat(np.arange(size), self.lengths[at : at + size])
            counts = np.bincount(of * classes + letters, minlength=size * classes)
            counts = counts.reshape(size, classes)
            for deep in range(depth):
                bits = np.uint64(1) << np.arange(deep, classes * depth, depth, dtype=np.uint64)
                found[at : at + size] |= np.where(counts > deep, bits, np.uint64(0)).sum(
                    axis=1, dtype=np.uint64
                )
        return found


class Numbers(Texts):
    """Telephone numbers: kept as integers, which take a quarter of the room."""

    def __init__(self, marked: npt.NDArray[np.int64]) -> None:
        """`marked` are the distinct numbers, each behind a one that keeps leading zeros."""
        self._marked = marked

    def __len__(self) -> int:
        return len(self._marked) + 1

    def __iter__(self) -> Iterator[str]:
        yield ""
        yield from self.of(np.arange(1, len(self)))

    def of(self, codes: npt.NDArray[Any]) -> list[str]:
        """The digits of these codes, which are not 0."""
        return [str(number)[1:] for number in self._marked[codes - 1].tolist()]

    @cached_property
    def digits(self) -> npt.NDArray[np.uint64]:
        """Which digits each has, six bits a digit."""
        size = len(self._marked)
        found = np.zeros(size + 1, np.uint64)
        rest = self._marked.copy()
        counts = np.zeros((10, size), np.uint8)
        every = np.arange(size)
        while (more := rest >= 10).any():  # the first digit is the mark
            np.add.at(counts, (rest[more] % 10, every[more]), 1)
            rest[more] //= 10
        for digit in range(10):
            ones = (np.uint64(1) << np.minimum(counts[digit], 6).astype(np.uint64)) - np.uint64(1)
            found[1:] |= ones << np.uint64(6 * digit)
        return found


def apart(bags: npt.NDArray[np.uint64], a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Any:
    """At least so many letters does one of two texts have that the other lacks.

    An edit of one text into the other takes away two of them at most: most texts that differ are
    known to differ a lot before they are compared letter by letter.
    """
    return np.bitwise_count(bags[a] ^ bags[b]).astype(np.int16)


class Field:
    """A field's columns: one for a field of one value, up to `SLOTS` for others."""

    def __init__(self, texts: Texts, slots: Sequence[Codes]) -> None:
        self.texts = texts
        self.slots = list(slots)

    @property
    def codes(self) -> Codes:
        """The first, or only, value of each customer."""
        return self.slots[0]

    @property
    def known(self) -> int:
        """How many customers have a value."""
        return int(np.count_nonzero(self.codes))

    @cached_property
    def counts(self) -> npt.NDArray[np.int32]:
        """How many customers have each value, by code."""
        found = np.zeros(len(self.texts), np.int32)
        for slot in self.slots:
            found += np.bincount(slot, minlength=len(self.texts)).astype(np.int32)
        return found

    def common(self, places: npt.NDArray[Any]) -> dict[str, int]:
        """The values that these customers have, and how many customers have each."""
        codes = np.unique(np.concatenate([slot[places] for slot in self.slots]))
        codes = codes[codes > 0]
        return dict(zip(self.texts.of(codes), self.counts[codes].tolist(), strict=True))

    def agreeing(self) -> float:
        """How many pairs of all customers have the same value."""
        held = self.counts[1:].astype(np.float64)
        return float((held * (held - 1) / 2).sum())


class Mails:
    """The parts of e-mail addresses, by the code of the address."""

    def __init__(self, texts: Texts) -> None:
        boxes: dict[str, int] = {}
        domains: dict[str, int] = {"": 0}
        mine, theirs = array("i", [0]), array("i", [0])
        for mail in islice(texts, 1, None):
            box, _sign, domain = mail.partition("@")
            mine.append(boxes.setdefault(box, len(boxes) + 1))
            theirs.append(domains.setdefault(domain, len(domains)))
        self.boxes: Codes = np.frombuffer(mine, np.int32)
        self.domains: Codes = np.frombuffer(theirs, np.int32)
        self.mailboxes = Texts(boxes)
        self.providers: Flags = np.array([domain in FREE_MAIL for domain in domains])
        """By the code of the domain: which are providers that everybody uses."""
        self.names = list(domains)
        self.used: Flags = np.bincount(self.domains, minlength=len(self.names)) >= FIRM
        """By the code of the domain: which have so many addresses that they are no typing error."""

    @cached_property
    def free(self) -> Flags:
        """Which are at a provider."""
        found: Flags = self.providers[self.domains]
        return found

    @cached_property
    def firms(self) -> Codes:
        """The domains of those that are at a firm; 0 for the others."""
        return np.where(self.free, 0, self.domains)


class Table:
    """The customers of one kind, as columns by the names of `Profile`'s fields."""

    def __init__(
        self, ids: npt.NDArray[np.int64], fields: dict[str, Field], custom: list[Field]
    ) -> None:
        self.ids, self.fields, self.custom = ids, fields, custom
        self.organizations = False

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    def prepare(self) -> None:
        """Work out at once what every comparison needs to know of the values."""
        names, mails, phones = (self[name].texts for name in ("given", "emails", "phones"))
        _worked_out: list[object] = [
            *(field.counts for field in (*self.fields.values(), *self.custom)),
            names.letters, mails.letters, self.mails.mailboxes.letters, phones.digits,
            self.made, self.mails.firms,
        ]  # fmt: skip

    def profile(self, place: int) -> Profile:
        """One customer, as it was put in."""
        values = {name: self._values(self.fields[name], place) for name in _TEXTS}
        single = {name: found[0] if found else "" for name, found in values.items()}
        lists = {name: self._values(self.fields[name], place) for name in _LISTS}
        custom = tuple(next(iter(self._values(field, place)), "") for field in self.custom)
        return Profile(
            int(self.ids[place]), self.organizations, phones=lists["phones"],
            emails=lists["emails"], handles=lists["handles"], custom=custom, **single,
        )  # fmt: skip

    @staticmethod
    def _values(field: Field, place: int) -> tuple[str, ...]:
        codes = [int(slot[place]) for slot in field.slots]
        return tuple(field.texts.of(np.array([c for c in codes if c], np.int64)))

    @cached_property
    def mails(self) -> Mails:
        """The parts of the e-mail addresses."""
        found = Mails(self["emails"].texts)
        employer = self["company"].codes.astype(np.int64)
        held = []
        for slot in self["emails"].slots:
            here = np.flatnonzero((slot > 0) & (employer > 0))
            held.append(found.domains[slot[here]].astype(np.int64) << 32 | employer[here])
        domains = np.unique(np.concatenate(held)) >> 32
        found.providers |= np.bincount(domains, minlength=len(found.names)) >= PROVIDER
        return found

    @cached_property
    def made(self) -> list[Flags]:
        """By slot of the e-mail addresses: whether the mailbox is made from the name."""
        spelled = [pinyin(name) for name in self["given"].texts]
        given, family = self["given"].codes, self["family"].codes
        boxes = list(map(mailbox_parts, self.mails.mailboxes))
        found = []
        for slot in self["emails"].slots:
            flags = np.zeros(len(self), np.bool_)
            here = np.flatnonzero(slot)
            columns = (self.mails.boxes[slot[here]], given[here], family[here])
            flags[here] = [
                made_of(boxes[box], spelled[one]) or made_of(boxes[box], spelled[other])
                for box, one, other in zip(*(c.tolist() for c in columns), strict=True)
            ]
            found.append(flags)
        return found


class Builder:
    """Takes customers one after the other and gives their table."""

    def __init__(self, custom: int) -> None:
        self._ids = array("q")
        names: dict[str, int] = {}
        self._index: dict[str, dict[str, int]] = {name: {} for name in (*_TEXTS, *_LISTS)}
        for name in _NAMES:
            self._index[name] = names  # so that swapped ones are equal
        self._codes = {name: array("i") for name in _TEXTS}
        self._single = [(self._index[name], self._codes[name]) for name in _TEXTS]
        self._lists = {"emails": array("i"), "handles": array("i"), "phones": array("q")}
        self._ends = {name: array("i") for name in _LISTS}
        self._custom = [({}, array("i")) for _field in range(custom)]  # type: ignore[var-annotated]

    def add(self, who: Profile) -> None:
        """One more customer."""
        self._ids.append(who.id)
        for value, (index, codes) in zip(_single(who), self._single, strict=True):
            if value:
                code = index.get(value)
                if code is None:
                    code = index[value] = len(index) + 1
                codes.append(code)
            else:
                codes.append(0)
        phones = self._lists["phones"]
        for number in who.phones:
            phones.append(int("1" + number))
        self._ends["phones"].append(len(phones))
        for name, values in (("emails", who.emails), ("handles", who.handles)):
            held = self._lists[name]
            if values:
                index = self._index[name]
                held.extend([index.setdefault(value, len(index) + 1) for value in values])
            self._ends[name].append(len(held))
        for value, (index, codes) in zip(who.custom, self._custom, strict=True):
            codes.append(index.setdefault(value, len(index) + 1) if value else 0)

    def table(self, *, organizations: bool) -> Table:
        """The table of all that were added, who are forgotten here."""
        fields: dict[str, Field] = {}
        names = Texts(self._index["given"])
        for name, codes in self._codes.items():
            texts = names if name in _NAMES else Texts(self._index[name])
            fields[name] = Field(texts, [np.frombuffer(codes, np.int32)])
            self._index[name].clear()
        for name in ("emails", "handles"):
            held = np.frombuffer(self._lists[name], np.int32)
            fields[name] = Field(Texts(self._index[name]), self._slots(name, held))
            self._index[name].clear()
        marked, back = np.unique(
            np.frombuffer(self._lists["phones"], np.int64), return_inverse=True
        )
        fields["phones"] = Field(Numbers(marked), self._slots("phones", back.astype(np.int32) + 1))
        custom = [
            Field(Texts(index), [np.frombuffer(codes, np.int32)]) for index, codes in self._custom
        ]
        table = Table(np.frombuffer(self._ids, np.int64), fields, custom)
        table.organizations = organizations
        return table

    def _slots(self, name: str, held: Codes) -> list[Codes]:
        """The values of a list, the first ones of all customers, then the second ones, ..."""
        ends = np.frombuffer(self._ends[name], np.int32)
        starts = np.concatenate((np.zeros(1, np.int32), ends[:-1]))
        most = min(SLOTS, int((ends - starts).max(initial=0)))
        found = []
        for slot in range(max(1, most)):
            codes = np.zeros(len(ends), np.int32)
            has = np.flatnonzero(ends - starts > slot)
            codes[has] = held[starts[has] + slot]
            found.append(codes)
        return found


def build(profiles: Iterable[Profile], custom: int, *, organizations: bool) -> Table:
    """The table of these customers, who have so many custom fields."""
    builder = Builder(custom)
    for profile in profiles:
        builder.add(profile)
    return builder.table(organizations=organizations)


def tables(profiles: Iterable[Profile], custom: int) -> list[Table]:
    """The table of the organisations among these customers, and that of the persons."""
    organizations, persons = Builder(custom), Builder(custom)
    for profile in profiles:
        (organizations if profile.organization else persons).add(profile)
    return [organizations.table(organizations=True), persons.table(organizations=False)]
