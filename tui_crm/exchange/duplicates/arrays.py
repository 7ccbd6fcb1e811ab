"""How alike the two customers of many pairs are, field by field, all pairs at once.

Gives the levels that `compare` gives for one pair; `values` compares what is in the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_crm.exchange.duplicates import compare, values
from tui_crm.exchange.duplicates.compare import CROWD, Spec
from tui_crm.exchange.duplicates.table import Codes, Field, Flags, Places, Table, Texts
from tui_crm.exchange.duplicates.values import Levels

_Function = Callable[[Places, Places], Levels]
_NEVER = np.int8(99)


class Arrays:
    """Compares the customers of a table by `specs`."""

    def __init__(self, table: Table, specs: Sequence[Spec]) -> None:
        self.table, self.specs = table, tuple(specs)
        self.fields: list[Field | None] = []  # of each spec; an address has several
        self._functions: list[_Function] = []
        for spec in self.specs:
            field, function = self._comparison(spec)
            self.fields.append(field)
            self._functions.append(function)

    def levels(self, a: Places, b: Places) -> Levels:
        """The level of each field (rows) of each pair (columns)."""
        found = np.empty((len(self.specs), len(a)), np.int8)
        at = 0
        if self.specs[0].kind == "given":
            found[0], found[1] = self._names.pairs(a, b)
            at = 2
        for index in range(at, len(self.specs)):
            found[index] = self._functions[index](a, b)
        return found

    def held_by(self, index: int, a: Places, b: Places) -> npt.NDArray[np.int64]:
        """How many customers have the value (the rarest) that each pair has in common."""
        field = self.fields[index]
        assert field is not None
        found = np.full(len(a), np.iinfo(np.int64).max)
        for here, x, y in _combinations(field, a, b):
            same = here[x == y]
            found[same] = np.minimum(found[same], field.counts[x[x == y]])
        rarest: npt.NDArray[np.int64] = np.maximum(found, 2)
        return rarest

    @cached_property
    def crowded(self) -> dict[str, Flags]:
        """Which phones, mails and mailboxes so many names share that they say nothing."""
        given, family = self.table["given"], self.table["family"]
        _names, name = np.unique(
            given.codes.astype(np.int64) << 32 | family.codes, return_inverse=True
        )
        mails, boxes = self.table["emails"], self.table.mails.boxes
        mailboxes = Field(self.table.mails.mailboxes, [boxes[slot] for slot in mails.slots])
        return {
            "phones": _crowd(self.table["phones"], len(self.table["phones"].texts), name),
            "emails": _crowd(mails, len(mails.texts), name),
            "mailboxes": _crowd(mailboxes, len(mailboxes.texts), name),
        }

    def crowded_texts(self) -> frozenset[str]:
        """The same values as texts, mailboxes with their sign; providers with theirs, and without
        one the domains that several have.
        """
        found = {
            text
            for name in ("phones", "emails")
            for text in self.table[name].texts.of(np.flatnonzero(self.crowded[name]))
        }
        crowd = np.flatnonzero(self.crowded["mailboxes"])
        found.update(box + "@" for box in self.table.mails.mailboxes.of(crowd))
        mails = self.table.mails
        found.update("@" + mails.names[at] for at in np.flatnonzero(mails.providers))
        found.update(mails.names[at] for at in np.flatnonzero(mails.used))
        return frozenset(found)

    # -- the fields ---------------------------------------------------------------------------

    def _comparison(self, spec: Spec) -> tuple[Field | None, _Function]:
        table = self.table
        if spec.kind == "address":
            return None, self._addresses
        if spec.kind == "phone":
            return table["phones"], self._phones
        if spec.kind == "email":
            return table["emails"], self._mails
        field = table.custom[spec.position] if spec.position >= 0 else table[_FIELDS[spec.name]]
        if spec.kind in ("given", "middle", "family"):
            return field, lambda a, b: self._names.level(field.codes[a], field.codes[b])
        one: dict[str, Callable[[Texts], values.Compare]] = {
            "name": values.company, "text": values.text, "number": values.number,
            "date": values.date, "exact": values.exact, "quantity": values.quantity,
        }  # fmt: skip
        compared = one[spec.kind](field.texts)

        def levels(a: Places, b: Places) -> Levels:
            found = np.full(len(a), _NEVER, np.int8)
            for here, x, y in _combinations(field, a, b):
                level = np.ones(len(here), np.int8)
                other = np.flatnonzero(x != y)
                level[other] = compared(x[other], y[other])
                found[here] = np.minimum(found[here], level)
            found[found == _NEVER] = 0
            return found

        return field, levels

    @cached_property
    def _names(self) -> values.Names:
        return values.Names(self.table)

    def _phones(self, a: Places, b: Places) -> Levels:
        field, crowd = self.table["phones"], self.crowded["phones"]
        compared = values.number(field.texts)
        found = np.full(len(a), _NEVER, np.int8)
        useless = np.zeros(len(a), np.bool_)
        for here, x, y in _combinations(field, a, b):
            same = x == y
            useless[here[same & crowd[x]]] = True
            level = np.ones(len(here), np.int8)
            level[same & crowd[x]] = values.DIFFERENT
            other = np.flatnonzero(~same)
            level[other] = compared(x[other], y[other])
            found[here] = np.minimum(found[here], level)
        found[(found == _NEVER) | (useless & (found != 1))] = 0
        return found

    @cached_property
    def _provider(self) -> values.Compare:
        return values.provider(self.table.mails)

    @cached_property
    def _mail(self) -> values.Compare:
        return values.mail(self.table["emails"].texts, self.table.mails, self._provider)

    def _mails(self, a: Places, b: Places) -> Levels:
        table, crowd = self.table, self.crowded
        field = table["emails"]
        found = np.full(len(a), _NEVER, np.int8)
        useless = np.zeros(len(a), np.bool_)
        given, family = table["given"].codes, table["family"].codes
        for (s, t), here, x, y in _slotted(field, a, b):
            same = x == y
            level = np.where(crowd["emails"][x], _NEVER, 1).astype(np.int8)
            useless[here[same & crowd["emails"][x]]] = True
            other = np.flatnonzero(~same)
            level[other] = self._mail(x[other], y[other])
            near = np.flatnonzero(~same & (level < 5))
            p, q, u, v, low = a[here[near]], b[here[near]], x[near], y[near], level[near]
            mine, theirs = table.made[s][p], table.made[t][q]
            mistyped = (low == 2) & mine & ((given[p] != given[q]) | (family[p] != family[q]))
            boxes = table.mails.boxes
            empty = mine | theirs | crowd["mailboxes"][boxes[u]] | crowd["mailboxes"][boxes[v]]
            useless[here[near[mistyped | ((low == 3) & empty)]]] = True
            low[mistyped | ((low == 3) & empty)] = _NEVER
            weak = (low == 4) & empty
            low[weak] = self._provider(u[weak], v[weak])
            level[near] = low
            found[here] = np.minimum(found[here], level)
        found[(found == _NEVER) | (useless & (found != 1))] = 0
        return found

    @cached_property
    def _address(self) -> tuple[values.Compare, ...]:
        table = self.table
        return (
            values.text(table["street"].texts),
            values.near(table["postcode"].texts, 1, like=False),
            values.near(table["city"].texts, 2, like=True),
        )

    def _addresses(self, a: Places, b: Places) -> Levels:
        table = self.table
        street_level, postcode_near, city_near = self._address
        street = values.levels_of(table["street"].codes, a, b, street_level)
        house = values.levels_of(table["number"].codes, a, b, values.exact(table["number"].texts))
        known = np.zeros(len(a), np.int8)
        agree = np.zeros(len(a), np.int8)
        for name, near in (("postcode", postcode_near), ("city", city_near)):
            level = values.levels_of(table[name].codes, a, b, near)
            known += level > 0
            agree += np.array([0, 2, 1, 0], np.int8)[level]
        place = np.select([known == 0, agree >= 2 * known - 1, agree > 0], [0, 1, 2], 3)
        found: Levels = compare.join_address(street, house, place).astype(np.int8)
        return found


_FIELDS = {"given": "given", "middle": "middle", "family": "family", "name": "family",
           "birthday": "birthday", "handles": "handles", "organization": "company"}  # fmt: skip


def _slotted(
    field: Field, a: Places, b: Places
) -> Iterator[tuple[tuple[int, int], npt.NDArray[np.intp], Codes, Codes]]:
    """Each value of one with each of the other: the slots, where in `a` and `b`, both values."""
    for s, mine in enumerate(field.slots):
        x = mine[a]
        here = np.flatnonzero(x)
        if not len(here):
            break
        for t, theirs in enumerate(field.slots):
            y = theirs[b[here]]
            both = np.flatnonzero(y)
            if not len(both):
                break
            yield (s, t), here[both], x[here[both]], y[both]


def _combinations(
    field: Field, a: Places, b: Places
) -> Iterator[tuple[npt.NDArray[np.intp], Codes, Codes]]:
    for _slots, here, x, y in _slotted(field, a, b):
        yield here, x, y


def _crowd(field: Field, size: int, name: npt.NDArray[Any]) -> Flags:
    """By code: whether at least `CROWD` different names have the value."""
    held = np.concatenate([slot.astype(np.int64) << 32 | name for slot in field.slots])
    counts = np.bincount(np.unique(held[held >> 32 > 0]) >> 32, minlength=size)
    found: Flags = counts >= CROWD
    return found
