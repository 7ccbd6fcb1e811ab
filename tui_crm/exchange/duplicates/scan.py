"""All duplicates among some customers of one kind, in memory: learn, score, group."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Literal

from tui_crm.exchange.duplicates import blocking, cluster
from tui_crm.exchange.duplicates.compare import (
    Comparer,
    Levels,
    Spec,
    custom_spec,
    mailbox,
    organization_specs,
    person_specs,
)
from tui_crm.exchange.duplicates.model import Model, Score
from tui_crm.exchange.duplicates.profile import Profile
from tui_crm.exchange.duplicates.usual import expect
from tui_crm.exchange.duplicates.vetoes import DOUBTFUL, ceiling

Tier = Literal["sure", "likely", "possible"]
LEAST: dict[Tier, float] = {"sure": 0.99, "likely": 0.95, "possible": 0.5}
"""The probability from which a pair belongs to a tier."""

CROWD = 10
"""A phone number or address that so many different names have says nothing about a pair."""

_FAMILIES = (
    0.02  # related pairs, for each pair that is the same customer, from which on vetoes hold
)
_SAMPLE = 150_000  # candidate pairs from which the model is learned
_CUSTOM_SAMPLE = 2000
_TOO_FEW = 60  # customers, of whom nothing is learned

Progress = Callable[[int, int], None]


def bits(probability: float) -> float:
    """A probability as evidence: the log2 of its odds."""
    return math.log2(probability / (1 - probability))


def probability(evidence: float) -> float:
    """The probability that evidence in bits amounts to."""
    return 1 / (1 + 2 ** min(-evidence, 1000.0))


def tier(score: float) -> Tier | None:
    """The tier of a probability, None below all of them."""
    return next((name for name, least in LEAST.items() if score >= least), None)


class Scan:
    """Customers of one kind, what was learned from them, and who of them is who."""

    def __init__(
        self, profiles: Sequence[Profile], custom: Sequence[str] = (), *, organizations: bool
    ) -> None:
        """`custom` names the custom fields whose values the profiles carry, in their order."""
        self.profiles = profiles
        own = _custom(profiles, custom)
        specs = (organization_specs() if organizations else person_specs()) + own
        self.keys = blocking.organization_keys(own) if organizations else blocking.person_keys(own)
        comparer = Comparer(specs, crowded(profiles))
        self.model = Model(comparer, len(profiles), frequencies(profiles, specs))

    def groups(
        self,
        least: float,
        apart: Collection[tuple[int, int]] = (),
        progress: Progress | None = None,
    ) -> list[tuple[list[int], float]]:
        """Groups of places in `profiles`, with the probability that all of a group are one.

        `least` is the probability asked for; the pairs of ids in `apart`, the lower first, never
        stand in one group. `progress` gets the pairs looked at and their number.
        """
        pairs = array("q")
        for some in blocking.candidates(self.profiles, self.keys):
            pairs.extend(a << 32 | b for a, b in some)
        if not pairs:
            return []
        self._learn(pairs)
        found = list(self._strong(pairs, min(bits(least), 0.0), progress))
        profiles = self.profiles

        def score(a: int, b: int) -> float:
            one, other = profiles[a].id, profiles[b].id
            if (min(one, other), max(one, other)) in apart:
                return cluster.NEVER
            found = self.score(a, b).bits
            # What a veto leaves as a doubt joins nobody to a group of which one is to be certain.
            return (
                cluster.NEVER if found <= DOUBTFUL < bits(least) and self._vetoed(a, b) else found
            )

        return [
            (members, probability(weakest))
            for members, weakest in cluster.groups(found, bits(least), score)
        ]

    def score(self, a: int, b: int) -> Score:
        """What two of the customers, by their places, come to, the vetoes included."""
        one, other = self.profiles[a], self.profiles[b]
        levels = self.model.comparer.levels(one, other)
        return self._judged(one, other, levels)

    def _judged(self, a: Profile, b: Profile, levels: Levels) -> Score:
        found = self.model.score(a, b, levels)
        most = ceiling(self.model.comparer, a, b, levels, families=self._families)
        return found if found.bits <= most else Score(most, probability(most), found.related)

    def _vetoed(self, a: int, b: int) -> bool:
        one, other = self.profiles[a], self.profiles[b]
        levels = self.model.comparer.levels(one, other)
        return ceiling(self.model.comparer, one, other, levels, families=self._families) < math.inf

    @property
    def _families(self) -> bool:
        """Whether relatives occur at all, so that those of one name may be two."""
        return self.model.shares.get("home", 0.0) >= _FAMILIES * self.model.share_same

    def _learn(self, pairs: Sequence[int]) -> None:
        if len(self.profiles) < _TOO_FEW:
            expect(self.model)
            return
        step = max(1, len(pairs) // _SAMPLE)
        patterns: Counter[Levels] = Counter()
        profiles, levels = self.profiles, self.model.comparer.levels
        for pair in pairs[::step]:
            patterns[levels(profiles[pair >> 32], profiles[pair & 0xFFFFFFFF])] += 1
        self.model.fit(profiles, {found: float(n * step) for found, n in patterns.items()})

    def _strong(
        self, pairs: Sequence[int], least: float, progress: Progress | None
    ) -> Iterable[tuple[int, int, float]]:
        """The pairs that come to the threshold."""
        profiles, comparer = self.profiles, self.model.comparer
        rarest = math.log2(max(2, len(profiles)))
        hopeless: dict[Levels, bool] = {}
        for done, pair in enumerate(pairs):
            if progress is not None and not done & 0xFFFF:
                progress(done, len(pairs))
            a, b = profiles[pair >> 32], profiles[pair & 0xFFFFFFFF]
            levels = comparer.levels(a, b)
            skip = hopeless.get(levels)
            if skip is None:
                # A rare value in common adds at most the size of the table for each such field.
                room = rarest * levels.count(1)
                skip = hopeless[levels] = self.model.most(levels) + room < least
            if skip:
                continue
            found = self._judged(a, b, levels)
            if found.bits >= least:
                yield pair >> 32, pair & 0xFFFFFFFF, found.bits


def crowded(profiles: Iterable[Profile]) -> frozenset[str]:
    """Phone numbers, addresses and mailboxes that too many names share to tell anybody."""
    names: dict[str, tuple[str, str]] = {}
    more: dict[str, set[tuple[str, str]]] = {}
    for profile in profiles:
        name = (profile.given, profile.family)
        for value in (*profile.phones, *profile.emails, *map(mailbox, profile.emails)):
            first = names.setdefault(value, name)
            if first != name:
                more.setdefault(value, {first}).add(name)
    return frozenset(value for value, held in more.items() if len(held) >= CROWD)


def frequencies(profiles: Sequence[Profile], specs: Sequence[Spec]) -> list[dict[str, int]]:
    """How many customers have each value, by field; values of one customer are left out."""
    found = []
    for spec in specs:
        counts: Counter[str] = Counter()
        if spec.kind != "address":
            for profile in profiles:
                counts.update(spec.values(profile))
        found.append({value: number for value, number in counts.items() if number > 1})
    return found


def _custom(profiles: Sequence[Profile], names: Sequence[str]) -> list[Spec]:
    """How the custom fields are compared."""
    found = []
    for position, name in enumerate(names):
        sample: list[str] = []
        for profile in profiles:
            if value := profile.custom[position]:
                sample.append(value)
                if len(sample) == _CUSTOM_SAMPLE:
                    break
        if spec := custom_spec(name, position, sample):
            found.append(spec)
    return found
