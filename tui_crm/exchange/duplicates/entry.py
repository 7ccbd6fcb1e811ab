"""The check while a customer is typed: who is here already that this might be.

A few keys find the candidates, whatever the number of customers; the same comparison as the
sweep's scores them. How often strangers agree is taken from what customer tables usually show,
and from the table itself for names, telephone numbers and addresses.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from tui_crm.core import customers
from tui_crm.core.rows import CustomerRow, Value
from tui_crm.text.fold import has_han

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.exchange.duplicates.compare import Spec
    from tui_crm.exchange.duplicates.model import Model
    from tui_crm.exchange.duplicates.profile import Profile
    from tui_crm.exchange.duplicates.scan import Tier

_PER_KEY = 120  # customers that one key may bring
_COMPARED = 20  # of them, those who share the most: each costs a quarter of a millisecond
_TWICE = 2  # so many with one value may be one customer, entered twice before
_CROWD = 10  # customers with one telephone number or address, from which on it says nothing


@dataclass(frozen=True, slots=True)
class Match:
    """A customer who may be the one that is typed: how sure (0 to 1), and why in words."""

    customer: CustomerRow
    score: float
    tier: Tier
    reasons: tuple[str, ...]


def check(
    session: Session,
    values: Mapping[str, Value],
    limit: int = 5,
    *,
    exclude: Collection[int] = (),
) -> list[Match]:
    """The customers who may be the one with these `values`, the likeliest first.

    `values` is what a form holds, by the registry's names, complete or not; `exclude` names those
    who are meant to be it. Only customers that the viewer may see are given. A few milliseconds
    at a million customers; nothing is found while the keys of an older database are not made.
    """
    from tui_crm.exchange.duplicates import read
    from tui_crm.exchange.duplicates.keys import keys_of, ready

    typed = read.typed(values, session.settings.general.home_country)
    wanted = sorted(keys_of(typed))
    if not wanted:
        return []
    with session.db.reading():
        if not ready(session.db):
            return []
        held = _holders(session, wanted)
        ids = _best(held, exclude)
        if not ids:
            return []
        found = _scored(session, typed, held, ids, limit)
        rows = {row.id: row for row in customers.rows(session, [id_ for id_, *_rest in found])}
    return [
        Match(rows[id_], score, tier_, words) for id_, score, tier_, words in found if id_ in rows
    ]


def _holders(session: Session, wanted: Sequence[int]) -> dict[int, list[int]]:
    """Who has each of the keys, at most `_PER_KEY` of them, in one query."""
    one = "SELECT * FROM (SELECT key, customer_id FROM duplicate_key WHERE key = ? LIMIT ?) AS k{n}"
    sql = " UNION ALL ".join(one.format(n=n) for n in range(len(wanted)))
    held: dict[int, list[int]] = {}
    for found, id_ in session.db.rows(sql, [v for key in wanted for v in (key, _PER_KEY)]):
        held.setdefault(found, []).append(id_)
    return held


def _best(held: Mapping[int, list[int]], exclude: Collection[int]) -> list[int]:
    """The customers worth comparing: those who share the most, and the rarest, keys."""
    weights: dict[int, float] = {}
    for ids in held.values():
        weight = 1 / len(ids) + 0.1
        for id_ in ids:
            weights[id_] = weights.get(id_, 0.0) + weight
    for id_ in exclude:
        weights.pop(id_, None)
    return sorted(weights, key=lambda id_: -weights[id_])[:_COMPARED]


def _scored(
    session: Session,
    typed: Profile,
    held: Mapping[int, list[int]],
    ids: Sequence[int],
    limit: int,
) -> list[tuple[int, float, Tier, tuple[str, ...]]]:
    """Those of `ids` that come to a tier, the likeliest first, at most `limit`."""
    from tui_crm.exchange.duplicates import explain, read
    from tui_crm.exchange.duplicates.keys import name_key
    from tui_crm.exchange.duplicates.scan import probability, tier
    from tui_crm.exchange.duplicates.vetoes import ceiling

    row = session.db.one("SELECT max(id) FROM customer")
    size = max(1000, int(row[0]) if row else 0)
    model = _model(typed, held, size)
    names = len(held.get(name_key(typed), ()))
    found = []
    for other in read.some(session.db, session.viewer, ids):
        if other.organization is not typed.organization:
            continue
        levels = model.comparer.levels(typed, other)
        bits = model.score(typed, other, levels).bits
        if not typed.organization:
            bits -= _namesakes(typed, levels[0], levels[1], (names - _TWICE) / size)
        bits = min(bits, ceiling(model.comparer, typed, other, levels))
        score = probability(bits)
        if name := tier(score):
            found.append((score, other, name))
    found.sort(key=lambda item: (-item[0], item[1].id))
    return [
        (other.id, score, name, tuple(
            reason.words
            for reason in explain.reasons(model, typed, other, session.fields)
            if reason.bits > 0
        ))
        for score, other, name in found[:limit]
    ]  # fmt: skip


def _namesakes(typed: Profile, given: int, family: int, share: float) -> float:
    """How many bits too many the name was given, which this share of the others have."""
    from tui_crm.exchange.duplicates.usual import CHANCE, HAN_SURNAME

    usual = CHANCE["given"][1] * CHANCE["family"][1]
    if given == family == 1:
        return math.log2((max(share, 0.0) + usual) / usual)
    if family == 1 and has_han(typed.family):
        return math.log2(HAN_SURNAME / CHANCE["family"][1])
    return 0.0


def _model(typed: Profile, held: Mapping[int, list[int]], size: int) -> Model:
    """The expected model for a table of that size, told how common the typed values are."""
    from tui_crm.exchange.duplicates.compare import Comparer
    from tui_crm.exchange.duplicates.keys import key, phone_key
    from tui_crm.exchange.duplicates.model import Model
    from tui_crm.exchange.duplicates.usual import chances, expect

    specs = _specs(typed.organization)
    counts: dict[str, int] = {}
    for mail in typed.emails:
        counts[mail] = len(held.get(key("email", mail), ()))
    for number in typed.phones:
        counts[number] = len(held.get(phone_key(number), ()))
    crowded = frozenset(value for value, number in counts.items() if number >= _CROWD)
    frequencies: list[Mapping[str, int]] = []
    for spec in specs:
        if spec.name in ("phones", "emails"):
            frequencies.append({v: max(_TWICE, n) for v, n in counts.items()})
        else:  # as many as usual have the value
            usual = round(size * chances(spec)[1]) + 1
            frequencies.append(dict.fromkeys(spec.values(typed), usual))
    model = Model(Comparer(specs, crowded), size, frequencies)
    expect(model)
    return model


@cache
def _specs(organization: bool) -> tuple[Spec, ...]:
    from tui_crm.exchange.duplicates.compare import organization_specs, person_specs

    return tuple(organization_specs() if organization else person_specs())
