"""What customer tables usually show: for the check of one customer, and for tables so small that
nothing can be learned from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from tui_crm.exchange.duplicates.compare import Spec, split_address

if TYPE_CHECKING:
    from tui_crm.exchange.duplicates.model import Model

# How often two strangers show each level, in usual tables of customers.
CHANCE: Mapping[str, tuple[float, ...]] = {
    "given": (0, 4e-3, 4e-3, 6e-3, 3e-4, 0.97, 1e-5, 4e-3),
    "family": (0, 1.5e-3, 2e-3, 4e-3, 1e-4, 0.99),
    "middle": (0, 8e-3, 8e-3, 1e-2, 5e-2, 0.92),
    "birthday": (0, 4e-5, 7e-4, 3e-3, 0.25, 0.74),
    "phones": (0, 1e-6, 2e-5, 2e-4, 1.0),
    "emails": (0, 1e-6, 2e-6, 1e-4, 1e-4, 1e-3, 1.0),
    "handles": (0, 1e-6, 1.0),
    "organization": (0, 5e-4, 2e-4, 5e-4, 1e-3, 1.0),
    "name": (0, 1e-5, 2e-5, 2e-4, 4e-4, 1.0),
}
HAN_SURNAME = 0.03  # a hundred Chinese surnames are those of nine people in ten
_CHANCE_STREET = (1.0, 1e-3, 5e-4, 4e-3, 1.0)
_CHANCE_NUMBER = (1.0, 0.03, 0.97)
_CHANCE_PLACE = (1.0, 0.01, 0.01, 0.98)
_CHANCE_OWN = 0.01  # that strangers agree in a custom field
_DIFFERENT = 5  # the level of names and dates that differ
_MOST_DIFFERENT = 0.15  # how often one customer's own fields differ, against all other levels
# How often two records of one customer at least agree, and up to which level that is agreement:
# without it a table without duplicates would have another group of people learned for them.
_AGREE = {"date": (3, 0.5), "phone": (2, 0.3), "email": (2, 0.3), "exact": (1, 0.3),
          "number": (2, 0.5)}  # fmt: skip
_MOSTLY_NEAR = 0.3  # how often two records of one customer have one address, at least
_TOLD = 20.0  # pairs of which that tells how many are no duplicates


def expect(model: Model) -> Model:
    """Give a model the tables of usual customers instead of learned ones."""
    specs = model.specs
    model.same = [p for spec in specs for p in expected(spec)]
    model.strangers = [p for spec in specs for p in chances(spec)] * 2
    model.related = {
        relation: [
            p
            for spec, cells in zip(specs, model.fields, strict=True)
            for p in (
                (model.same if relation in spec.shared else model.strangers)[k] for k in cells
            )
        ]
        for relation in model.relations
    }
    model.share_same = 0.4 / model.size
    model.shares = dict.fromkeys(model.relations, min(0.2, 0.8 / model.size))
    return model


def expected(spec: Spec) -> list[float]:
    """How the levels of a field are distributed among duplicates, before anything is seen."""
    if spec.kind == "address":
        found = []
        for level in range(spec.size):
            street, house, place = split_address(level)
            found.append(
                (0.5, 0.8, 0.15, 0.05, 0.03)[street]
                * (0.5, 0.9, 0.1)[house]
                * (0.5, 0.9, 0.08, 0.02)[place]
            )
    else:
        found = [0.001, 0.85, 0.1] + [0.02] * (spec.size - 3)
        if spec.size > 3:
            found[-1] = 0.03
    found[0] = 0.0
    total = sum(found)
    return [value / total for value in found]


def bounded(spec: Spec, same: list[float]) -> tuple[list[float], float]:
    """How often pairs taken for the same customer show each level, as often as such pairs can at
    most; and what share of them can be that.

    Namesakes are taken for it where nobody is twice, and differ in all else. If two records of one
    customer agree in their telephone numbers three times of ten at least, then of ten pairs of
    which one does three can be.
    """
    total = sum(same)
    most = 1.0
    if spec.own or spec.kind == "email":  # a company gives nobody two mailboxes
        limit = (total - same[_DIFFERENT]) * _MOST_DIFFERENT
        if same[_DIFFERENT] > limit:
            most = (total - same[_DIFFERENT] + limit) / total
            same[_DIFFERENT] = limit
    if spec.kind == "address":
        near = sum(value for level, value in enumerate(same) if _near(level))
        if near < _MOSTLY_NEAR * total:
            most = min(most, near / _MOSTLY_NEAR / total)
            less = near * (1 - _MOSTLY_NEAR) / _MOSTLY_NEAR / (total - near)
            same = [v if _near(level) else v * less for level, v in enumerate(same)]
    agree, least = _AGREE.get(spec.kind, (0, 0.0))
    alike, unlike = sum(same[1 : agree + 1]), sum(same[agree + 1 :])
    if agree and alike < least * (alike + unlike):
        most = min(most, alike / least / (alike + unlike))
        shrink = alike * (1 - least) / least / unlike
        same = [*same[: agree + 1], *(value * shrink for value in same[agree + 1 :])]
    return same, most if total >= _TOLD else 1.0


def _near(level: int) -> bool:
    """Whether two addresses may be one: the same street and number, or the place where no more is
    known.
    """
    street, house, place = split_address(level)
    return house != 2 and (street in (1, 2) or (street == 0 and place in (1, 2)))


def _other(spec: Spec) -> tuple[float, ...]:
    return (0.0, _CHANCE_OWN, *[_CHANCE_OWN] * (spec.size - 3), 1.0)


@cache
def chances(spec: Spec) -> tuple[float, ...]:
    """How often two strangers show each level of a field."""
    if spec.kind != "address":
        return CHANCE.get(spec.name) or _other(spec)
    parts = map(split_address, range(spec.size))
    return tuple(_CHANCE_STREET[s] * _CHANCE_NUMBER[n] * _CHANCE_PLACE[p] for s, n, p in parts)
