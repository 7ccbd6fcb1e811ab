"""All duplicates among some customers of one kind, in memory: learn, score, group."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from tui_crm.exchange.duplicates import cluster
from tui_crm.exchange.duplicates.compare import (
    Comparer,
    Levels,
    Spec,
    custom_spec,
    organization_specs,
    person_specs,
)
from tui_crm.exchange.duplicates.model import Evidence, Model
from tui_crm.exchange.duplicates.profile import Profile
from tui_crm.exchange.duplicates.usual import expect
from tui_crm.exchange.duplicates.vetoes import DOUBTFUL, NEVER, generation, limit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tui_crm.exchange.duplicates.blocking import Pairs
    from tui_crm.exchange.duplicates.second import Second, Strong
    from tui_crm.exchange.duplicates.table import Places, Table

    Judge = Callable[[Places, Places, float], Strong]

Tier = Literal["sure", "likely", "possible"]
LEAST: dict[Tier, float] = {"sure": 0.99, "likely": 0.95, "possible": 0.5}
"""The probability from which a pair belongs to a tier."""

_FAMILIES = (
    0.02  # related pairs, for each pair that is the same customer, from which on vetoes hold
)
_SAMPLE = 150_000  # candidate pairs from which the model is learned
_RANDOM_PAIRS = 80_000
_SHARING_PAIRS = 20_000  # pairs that agree in one field, to see what follows from it
_CUSTOM_SAMPLE = 2000
_TOO_FEW = 60  # customers, of whom nothing is learned
_AT_ONCE = 1 << 16  # pairs that are compared together

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

    def __init__(self, table: Table, custom: Sequence[str], other: Second | None = None) -> None:
        """`custom` names the custom fields whose values the profiles carry, in their order; `other`
        is the process that made the table and does half of the work.
        """
        from tui_crm.exchange.duplicates.arrays import Arrays

        self.table, self._other = table, other
        self.custom = _custom(table, custom)
        specs = organization_specs() if table.organizations else person_specs()
        self.arrays = Arrays(table, specs + self.custom)
        comparer = Comparer(self.arrays.specs, self.arrays.crowded_texts())
        fields = self.arrays.fields
        known = [len(table) if field is None else field.known for field in fields]
        self.model = Model(comparer, len(table), [{} for _field in fields], known)

    def groups(
        self,
        least: float,
        apart: Collection[tuple[int, int]] = (),
        progress: Progress | None = None,
    ) -> list[tuple[list[int], float]]:
        """Groups of places in the table, with the probability that all of a group are one.

        `least` is the probability asked for; the pairs of ids in `apart`, the lower first, never
        stand in one group. `progress` gets the pairs looked at and their number.
        """
        import numpy as np

        from tui_crm.exchange.duplicates import blocking

        pairs = blocking.candidates(self.table, self.custom)
        if not len(pairs):
            return []
        self._learn(pairs)
        strong = list(self._strong(pairs, min(bits(least), 0.0), progress))
        del pairs

        def score(asked: Sequence[tuple[int, int]]) -> Sequence[float]:
            a, b = np.array(asked, np.int32).reshape(len(asked), 2).T
            found, vetoed = self._judged(a, b)
            ids = self.table.ids
            one, other = np.minimum(ids[a], ids[b]).tolist(), np.maximum(ids[a], ids[b]).tolist()
            # What a veto leaves as a doubt joins nobody to a group of which one is to be certain.
            never = vetoed & (found <= DOUBTFUL) & (bits(least) > DOUBTFUL)
            if apart:
                pairs_of_ids = zip(one, other, strict=True)
                never |= np.fromiter((p in apart for p in pairs_of_ids), np.bool_, len(a))
            found[never] = cluster.NEVER
            scores: list[float] = found.tolist()
            return scores

        join = cluster.JOIN_RELATED if self._families else cluster.JOIN
        return [
            (members, probability(weakest))
            for members, weakest in cluster.groups(strong, bits(least), score, join)
        ]

    def profiles(self, places: Iterable[int]) -> dict[int, Profile]:
        """The customers at these places; the model can then tell how common their values are."""
        import numpy as np

        places = sorted(set(places))
        self.model.frequencies = [
            {} if field is None else field.common(np.array(places, np.int64))
            for field in self.arrays.fields
        ]
        return {place: self.table.profile(place) for place in places}

    def levels(self, pairs: Sequence[tuple[int, int]]) -> list[Levels]:
        """The level of each field of some pairs of places."""
        import numpy as np

        a, b = np.array(pairs, np.int32).reshape(len(pairs), 2).T
        return [tuple(levels) for levels in self.arrays.levels(a, b).T.tolist()]

    # -- learning ---------------------------------------------------------------------------------

    def _learn(self, pairs: Pairs) -> None:
        import numpy as np

        from tui_crm.exchange.duplicates import blocking

        if len(self.table) < _TOO_FEW:
            expect(self.model)
            return
        random = np.random.default_rng(1)
        step = max(1, len(pairs) // _SAMPLE)
        sample = self._patterns(*blocking.places(pairs[::step]))
        a, b = random.integers(0, len(self.table), (2, _RANDOM_PAIRS), dtype=np.int32)
        drawn = self._patterns(a[a != b], b[a != b])
        shared: dict[int, Mapping[Levels, int]] = {}

        def sharing(index: int) -> Mapping[Levels, int]:
            if index not in shared:
                shared[index] = self._patterns(*self._sharing(index, random))
            return shared[index]

        agreeing = [0.0 if f is None else f.agreeing() for f in self.arrays.fields]
        candidates = {levels: float(n * step) for levels, n in sample.items()}
        self.model.fit(Evidence(candidates, drawn, agreeing, sharing))

    def _patterns(self, a: Places, b: Places) -> Counter[Levels]:
        """How many of the pairs show each combination of levels."""
        import numpy as np

        found: Counter[Levels] = Counter()
        for at in range(0, len(a), _AT_ONCE):
            levels = self.arrays.levels(a[at : at + _AT_ONCE], b[at : at + _AT_ONCE])
            first, back = _distinct(levels)
            counts = np.bincount(back, minlength=len(first)).tolist()
            for column, count in zip(levels[:, first].T.tolist(), counts, strict=True):
                found[tuple(column)] += count
        return found

    def _sharing(self, index: int, random: np.random.Generator) -> tuple[Places, Places]:
        """Random pairs that have the same value of a field."""
        import numpy as np

        field = self.arrays.fields[index]
        assert field is not None
        slots = [np.flatnonzero(slot) for slot in field.slots]
        places = np.concatenate(slots).astype(np.int32)
        codes = np.concatenate([s[here] for s, here in zip(field.slots, slots, strict=True)])
        order = np.argsort(codes, kind="stable")
        places, codes = places[order], codes[order]
        starts = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
        sizes = np.diff(np.append(starts, len(codes)))
        weights = sizes * (sizes - 1.0)
        if not weights.sum():
            return places[:0], places[:0]
        drawn = random.choice(len(starts), _SHARING_PAIRS, p=weights / weights.sum())
        one = random.integers(0, sizes[drawn])
        other = random.integers(0, sizes[drawn] - 1)
        other += other >= one
        a, b = places[starts[drawn] + one], places[starts[drawn] + other]
        return a[a != b], b[a != b]

    # -- scoring ----------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Work out what comparing needs to know of all values, before the first pairs come."""
        import numpy as np

        if len(self.table):
            a, b = np.random.default_rng(1).integers(
                0, len(self.table), (2, _AT_ONCE), dtype=np.int32
            )
            self.arrays.levels(a, b)

    def strong(self, a: Places, b: Places, least: float) -> Strong:
        """Those of some pairs that come to `least` bits, and the bits."""
        import numpy as np

        found, _vetoed = self._judged(a, b, least)
        strong = np.flatnonzero(found >= least)
        return a[strong], b[strong], found[strong]

    def _strong(
        self, pairs: Pairs, least: float, progress: Progress | None
    ) -> Iterator[tuple[int, int, float]]:
        """The pairs that come to the threshold, judged by both processes."""
        from tui_crm.exchange.duplicates import blocking

        found: dict[int, Strong] = {}
        starts = iter(range(0, len(pairs), _AT_ONCE))
        lock = Lock()
        stopped = False

        def work(judge: Judge, progress: Progress | None) -> None:
            while not stopped:
                with lock:
                    at = next(starts, None)
                if at is None:
                    return
                found[at] = judge(*blocking.places(pairs[at : at + _AT_ONCE]), least)
                if progress is not None:
                    progress(min(len(found) * _AT_ONCE, len(pairs)), len(pairs))

        with ThreadPoolExecutor(1) as pool:
            beside = None
            if self._other is not None:
                self._other.learn(int(not self.table.organizations), self.model.learned())
                beside = pool.submit(work, self._other.strong, None)
            try:
                work(self.strong, progress)
            finally:
                stopped = True
            if beside is not None:
                beside.result()
        for _at, strong in sorted(found.items()):
            yield from zip(*(column.tolist() for column in strong), strict=True)

    def _judged(
        self, a: Places, b: Places, least: float = cluster.NEVER
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """The bits of each pair, the vetoes included, and whether one held.

        Of pairs that cannot come to `least` it is only told that they do not.
        """
        import numpy as np

        model = self.model
        levels = self.arrays.levels(a, b)
        first, back = _distinct(levels)
        patterns = [tuple(column) for column in levels[:, first].T.tolist()]
        bases = np.array(
            [(same, *related.values(), strangers) for same, related, strangers in
             map(model.base, patterns)]
        )  # fmt: skip
        # A rare value in common adds at most the size of the table for each such field.
        room = math.log(max(2, model.size)) * (levels[:, first] == 1).sum(axis=0)
        most = (bases[:, 0] - np.logaddexp.reduce(bases[:, 1:], axis=1) + room) / math.log(2)
        found = np.full(len(a), cluster.NEVER)
        vetoed = np.zeros(len(a), np.bool_)
        here = np.flatnonzero((most >= least)[back])
        if not len(here):
            return found, vetoed
        some, p, q = bases[back[here]], a[here], b[here]
        for index, spec in enumerate(model.specs):
            exact = np.flatnonzero(levels[index, here] == 1)
            if not spec.counted or not len(exact):
                continue
            usual, by_chance = model.rarity(index)
            held = self.arrays.held_by(index, p[exact], q[exact])
            shift = np.log(
                np.maximum(held - 2 + by_chance, 1e-9) / model.holders(index)
            ) - math.log(usual)
            own = np.array([model.own_share(index, pattern) for pattern in patterns])
            shift *= own[back[here[exact]]]
            some[exact, -1] += shift
            for number, relation in enumerate(model.relations, 1):
                if relation not in spec.shared:
                    some[exact, number] += shift
        score = (some[:, 0] - np.logaddexp.reduce(some[:, 1:], axis=1)) / math.log(2)
        highest = self._ceilings(p, q, score >= least, patterns, back[here])
        vetoed[here] = highest < math.inf
        found[here] = np.minimum(score, highest)
        return found, vetoed

    def _ceilings(
        self,
        a: Places,
        b: Places,
        strong: npt.NDArray[np.bool_],
        patterns: Sequence[Levels],
        pattern: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.float64]:
        """What `vetoes.ceiling` says of each of the `strong` pairs, of which `pattern` is the place
        of its levels in `patterns`.
        """
        import numpy as np

        families = self._families
        limits = [limit(self.model.specs, levels, families=families) for levels in patterns]
        found = np.array([limited.bits for limited in limits])[pattern]
        births = np.array([limited.births for limited in limits])[pattern]
        names = np.array([limited.names for limited in limits])[pattern]
        dates, given = self.table["birthday"], self.table["given"]
        here = np.flatnonzero(births & strong)
        mine, theirs = (dates.texts.of(dates.codes[side[here]]) for side in (a, b))
        found[here[list(map(generation, mine, theirs))]] = DOUBTFUL
        sizes = given.texts.lengths
        found[names & (sizes[given.codes[a]] > 1) & (sizes[given.codes[b]] > 1)] = DOUBTFUL
        suffix = self.table["suffix"].codes
        found[(suffix[a] != suffix[b]) & (suffix[a] > 0) & (suffix[b] > 0)] = NEVER
        found[~strong] = math.inf
        return found

    @property
    def _families(self) -> bool:
        """Whether relatives occur at all, so that those of one name may be two."""
        return self.model.shares.get("home", 0.0) >= _FAMILIES * self.model.share_same


def _distinct(levels: npt.NDArray[np.int8]) -> tuple[Any, Any]:
    """Of the columns that are equal the first one, and for each column which that is."""
    import numpy as np

    code = np.zeros(levels.shape[1], np.int64)
    room = 1
    for row in levels:
        size = int(row.max(initial=0)) + 1
        if room * size >= 1 << 62:
            code = np.unique(code, return_inverse=True)[1]
            room = int(code.max(initial=0)) + 1
        code = code * size + row
        room *= size
    _codes, first, back = np.unique(code, return_index=True, return_inverse=True)
    return first, back


def _custom(table: Table, names: Sequence[str]) -> list[Spec]:
    """How the custom fields are compared."""
    import numpy as np

    found = []
    for position, name in enumerate(names):
        field = table.custom[position]
        sample = field.codes[np.flatnonzero(field.codes)[:_CUSTOM_SAMPLE]]
        if spec := custom_spec(name, position, field.texts.of(sample)):
            found.append(spec)
    return found
