"""The check while a customer is typed or read from a file: who is here already that this might be.

A few keys find the candidates, whatever the number of customers; the same comparison as the
sweep's scores them. How often strangers agree is taken from what customer tables usually show,
and from the table itself for names, telephone numbers and addresses.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from tui_crm.core import customers
from tui_crm.core.records import chunks
from tui_crm.core.rows import CustomerRow, Value
from tui_crm.text.fold import has_han

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.exchange.duplicates.model import Model
    from tui_crm.exchange.duplicates.profile import Profile
    from tui_crm.exchange.duplicates.scan import Tier
    from tui_crm.store import Database

_PER_KEY = 120  # customers that one key may bring
_COMPARED = 20  # of them, those who share the most: each costs a quarter of a millisecond
_COMPARED_OF_MANY = 4  # for each of many rows
_COMMON = 30  # customers of one key, from which on it alone is no reason to compare a row of many
_KEYS_AT_ONCE = 200  # of one statement
_EACH_KEY = 0.1  # what a shared key weighs, besides its rarity
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
        others = read.some(session.db, session.viewer, ids)
        found = _scored(session, typed, held, others, _size(session), limit)
        rows = {row.id: row for row in customers.rows(session, [id_ for id_, *_rest in found])}
    return [
        Match(rows[id_], score, tier_, words) for id_, score, tier_, words in found if id_ in rows
    ]


def check_many(
    session: Session, rows: Sequence[Mapping[str, Value]], least: Tier = "likely"
) -> list[Match | None]:
    """For each of some hundred `rows`, the likeliest customer of at least the tier `least`.

    As `check`, in a few statements for all of them; only those who share the most with a row are
    compared. None for a row that is nobody's, and for all while the keys are not made.
    """
    from tui_crm.exchange.duplicates import read
    from tui_crm.exchange.duplicates.keys import keys_of, ready
    from tui_crm.exchange.duplicates.scan import LEAST

    country = session.settings.general.home_country
    typed = [read.typed(values, country) for values in rows]
    keys = [keys_of(profile) for profile in typed]
    with session.db.reading():
        if not ready(session.db):
            return [None] * len(rows)
        held = _holders(session, sorted(set().union(*keys)))
        mine = [{key: held[key] for key in sorted(some) if key in held} for some in keys]
        wanted = [_best_of_row(some) for some in mine]
        size, bound = _size(session), LEAST[least]
        ids = sorted({id_ for some in wanted for id_ in some})
        others = {who.id: who for who in read.some(session.db, session.viewer, ids)}
        found = [
            _scored(session, who, some, [others[i] for i in best if i in others], size, 1, bound)
            if best else []
            for who, some, best in zip(typed, mine, wanted, strict=True)
        ]  # fmt: skip
        best = [matches[0] for matches in found if matches]
        known = {row.id: row for row in customers.rows(session, [id_ for id_, *_rest in best])}
    return [
        Match(known[matches[0][0]], *matches[0][1:]) if matches and matches[0][0] in known else None
        for matches in found
    ]


def _size(session: Session) -> int:
    """About how many customers there are; a round number, so that its model can be used again."""
    row = session.db.one("SELECT max(id) FROM customer")
    size = max(1000, int(row[0] or 0) if row else 0)
    step: int = 10 ** (len(str(size)) - 2)
    return round(size / step) * step


def _holders(session: Session, wanted: Sequence[int]) -> dict[int, list[int]]:
    """Who has each of the keys, at most `_PER_KEY` of them."""
    held: dict[int, list[int]] = {}
    for some in chunks(wanted, _KEYS_AT_ONCE):
        for found, id_ in session.db.rows(*_asked(session.db, some)):
            held.setdefault(found, []).append(id_)
    return held


def _asked(db: Database, wanted: Sequence[int]) -> tuple[str, list[object]]:
    """The query for the holders of some keys, and its parameters."""
    if db.engine == "postgres":  # which plans each part of a union anew, whenever it is asked
        return (
            "SELECT k.key, d.customer_id FROM unnest(?::bigint[]) AS k(key) CROSS JOIN LATERAL"
            " (SELECT customer_id FROM duplicate_key WHERE key = k.key LIMIT ?) AS d",
            [list(wanted), _PER_KEY],
        )
    one = "SELECT * FROM (SELECT key, customer_id FROM duplicate_key WHERE key = ? LIMIT ?)"
    sql = " UNION ALL ".join([one] * len(wanted))
    return sql, [value for key in wanted for value in (key, _PER_KEY)]


def _best(held: Mapping[int, list[int]], exclude: Collection[int]) -> list[int]:
    """The customers worth comparing: those who share the most, and the rarest, keys."""
    weights = _weights(held)
    for id_ in exclude:
        weights.pop(id_, None)
    return sorted(weights, key=lambda id_: -weights[id_])[:_COMPARED]


def _best_of_row(held: Mapping[int, list[int]]) -> list[int]:
    """The same for a row of many: a single key that is common is not worth the time."""
    weights = _weights(held)
    least = 1 / _COMMON + _EACH_KEY
    best = sorted(weights, key=lambda id_: -weights[id_])[:_COMPARED_OF_MANY]
    return [id_ for id_ in best if weights[id_] > least]


def _weights(held: Mapping[int, list[int]]) -> dict[int, float]:
    weights: dict[int, float] = {}
    for ids in held.values():
        weight = 1 / len(ids) + _EACH_KEY
        for id_ in ids:
            weights[id_] = weights.get(id_, 0.0) + weight
    return weights


def _scored(
    session: Session,
    typed: Profile,
    held: Mapping[int, list[int]],
    others: Iterable[Profile],
    size: int,
    limit: int,
    least: float = 0.0,
) -> list[tuple[int, float, Tier, tuple[str, ...]]]:
    """The likeliest `limit` of those `others` that come to a tier and to `least`."""
    from tui_crm.exchange.duplicates import explain
    from tui_crm.exchange.duplicates.keys import name_key
    from tui_crm.exchange.duplicates.scan import probability, tier
    from tui_crm.exchange.duplicates.vetoes import ceiling

    model = _model(typed, held, size)
    names = len(held.get(name_key(typed), ()))
    found = []
    for other in others:
        if other.organization is not typed.organization:
            continue
        levels = model.comparer.levels(typed, other)
        bits = model.score(typed, other, levels).bits
        if not typed.organization:
            bits -= _namesakes(typed, levels[0], levels[1], (names - _TWICE) / size)
        bits = min(bits, ceiling(model.comparer, typed, other, levels))
        score = probability(bits)
        if (name := tier(score)) and score >= least:
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
    from tui_crm.exchange.duplicates.usual import chances

    expected = _expected(typed.organization, size)
    counts: dict[str, int] = {}
    for mail in typed.emails:
        counts[mail] = len(held.get(key("email", mail), ()))
    for number in typed.phones:
        counts[number] = len(held.get(phone_key(number), ()))
    crowded = frozenset(value for value, number in counts.items() if number >= _CROWD)
    frequencies: list[Mapping[str, int]] = []
    for spec in expected.specs:
        if spec.name in ("phones", "emails"):
            frequencies.append({v: max(_TWICE, n) for v, n in counts.items()})
        else:  # as many as usual have the value
            usual = round(size * chances(spec)[1]) + 1
            frequencies.append(dict.fromkeys(spec.values(typed), usual))
    return expected.told(Comparer(expected.specs, crowded), frequencies)


@lru_cache(4)
def _expected(organization: bool, size: int) -> Model:
    """The expected model for a table of that size."""
    from tui_crm.exchange.duplicates.compare import Comparer, organization_specs, person_specs
    from tui_crm.exchange.duplicates.model import Model
    from tui_crm.exchange.duplicates.usual import expect

    specs = organization_specs() if organization else person_specs()
    return expect(Model(Comparer(specs), size, []))
