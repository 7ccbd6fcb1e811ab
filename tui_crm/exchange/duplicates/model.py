"""What each agreement is worth, learned from the data without labels.

A Fellegi-Sunter model with three classes of pairs: the same customer, related ones and strangers.
Related ones share what their relation has in common (a household its surname and address,
colleagues their company and its telephone number), and all else is chance; each relation has its
own table.
Expectation maximisation finds how often each level of each field occurs in each class. Three things
make it work without labels:

* How often strangers agree is counted over all pairs (the same value from how often each value
  occurs, near values from random pairs), less what the other two classes explain of it.
* Where one field follows from another (the sex, and roughly the age, from a given name), agreement
  of the second is judged among pairs that agree in the first.
* A rare value in common says more than a frequent one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tui_crm.exchange.duplicates.compare import Comparer, Levels, Relation
from tui_crm.exchange.duplicates.follows import Follows
from tui_crm.exchange.duplicates.profile import Profile
from tui_crm.exchange.duplicates.usual import bounded, expected

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_ITERATIONS = 60
_FEWEST_SHARING = 2000
_FEWEST_KNOWN = 1000
_OWN = frozenset({"email", "phone", "exact", "number"})  # nobody has these because of another field
_PERSON = frozenset({"given", "middle", "family"})  # the parts of a name
_MOST_SAME, _MOST_RELATED = 0.4, 0.2  # shares of all pairs, for tables of two or three customers
# What related people do not have in common, and yet is not pure chance among them.
_CLOSE = frozenset({("given", "home"), ("date", "home"), ("quantity", "home"), ("email", "work")})
_COMPANY = 5  # the level of e-mail addresses at one company
# Colleagues explain all that strangers of like or one company show: too rare for random pairs.
_UNSEEN = 6e-6
_FLOOR = 1e-12
_LN2 = math.log(2)
NEVER = float("-inf")

Learned = tuple[
    list[float], dict[Relation, list[float]], list[float], float, dict[Relation, float], list[int]
]
"""The tables of a model, the shares of its classes, and which field follows from which."""


@dataclass(frozen=True, slots=True)
class Score:
    """What a pair comes to: evidence in bits (log2 of the odds), and the two probabilities."""

    bits: float
    same: float
    related: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is to learn from: how many pairs show each combination of levels."""

    candidates: Mapping[Levels, float]
    chance: Mapping[Levels, int]  # of random pairs
    agreeing: Sequence[float]  # by field: the pairs, of all there are, that have the same value
    sharing: Callable[[int], Mapping[Levels, int]]  # of random pairs that agree in that field


@dataclass
class Model:
    """The learned model of one kind of customers; `fit` makes it, `score` uses it.

    The tables hold a probability for each level of each field, one field behind the other.
    """

    comparer: Comparer
    size: int  # how many customers there are
    frequencies: Sequence[Mapping[str, int]]  # of the values that occur more than once, by field
    known: Sequence[int] = ()  # by field, how many customers have a value in it; () for all of them
    same: list[float] = field(default_factory=list)
    related: dict[Relation, list[float]] = field(default_factory=dict)
    strangers: list[float] = field(default_factory=list)  # and behind it the conditional tables
    share_same: float = 0.0
    shares: dict[Relation, float] = field(default_factory=dict)  # of the related classes
    parents: list[int] = field(default_factory=list)
    _bases: dict[Levels, tuple[float, dict[Relation, float], float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.specs = self.comparer.specs
        self.starts: list[int] = []
        total = 0
        for spec in self.specs:
            self.starts.append(total)
            total += spec.size
        self.width = total
        self.fields = [
            range(start, start + spec.size)
            for start, spec in zip(self.starts, self.specs, strict=True)
        ]
        self.relations = sorted({relation for spec in self.specs for relation in spec.shared})
        self.parents = self.parents or [-1] * len(self.specs)

    def told(self, comparer: Comparer, frequencies: Sequence[Mapping[str, int]]) -> Model:
        """The same model, told which values are crowded and how many have each."""
        return replace(self, comparer=comparer, frequencies=frequencies)

    def learned(self) -> Learned:
        """What `adopt` gives to a model of the same table in another process."""
        return (
            self.same, self.related, self.strangers, self.share_same, self.shares, self.parents
        )  # fmt: skip

    def adopt(self, learned: Learned) -> None:
        """Take over what another model learned."""
        (
            self.same, self.related, self.strangers, self.share_same, self.shares, self.parents
        ) = learned  # fmt: skip
        self._bases.clear()

    # -- learning -----------------------------------------------------------------------------

    def fit(self, evidence: Evidence) -> Model:
        """Learn from the candidate pairs, and from what pairs show by chance."""
        import numpy as np

        pairs = self.size * (self.size - 1) / 2
        patterns = evidence.candidates
        seen = self._flat_counts(patterns)
        chance = self._flat_counts(evidence.chance)
        self._totals = self._level_totals(seen, chance, evidence.agreeing, pairs)
        follows = self._dependences(evidence, chance)
        outside = self._outside(evidence, seen)
        among = self._among(evidence, chance)
        self._prior = [p for spec in self.specs for p in expected(spec)]
        self.same = list(self._prior)
        self.strangers = self._normalised([t + 0.5 for t in self._totals])
        self.related = {
            relation: [
                p
                for spec, cells in zip(self.specs, self.fields, strict=True)
                for p in (
                    (self.same if relation in spec.shared else self.strangers)[k] for k in cells
                )
            ]
            for relation in self.relations
        }
        self.strangers += [0.0] * self.width
        self._condition(follows, 0.0)
        self.share_same = min(_MOST_SAME, 0.2 * self.size / pairs)
        self.shares = dict.fromkeys(self.relations, self.share_same / 2)
        levels = np.array(list(patterns), np.int64).reshape(len(patterns), len(self.specs)).T
        counts = np.array(list(patterns.values()), np.float64)
        cells = levels + np.array(self.starts)[:, None]
        others = cells.copy()
        for index, parent in enumerate(self.parents):
            if parent >= 0:
                others[index] += self.width * (levels[parent] == 1)
        before = 0.0
        for step in range(_ITERATIONS):
            found, mass_same, masses = self._expect(cells, others, counts)
            for number, relation in enumerate(self.relations):
                mass, extra = outside.get(relation, ((), 0.0))
                found[number + 1] += extra
                for k, value in enumerate(mass):
                    masses[number][k] += value
            most = self._maximise(mass_same, masses)
            self.share_same = min(_MOST_SAME, max(found[0] * most, 1.0) / pairs)
            for relation, count in zip(self.relations, found[1:], strict=True):
                self.shares[relation] = min(_MOST_RELATED, max(count, 0.5) / pairs)
            self._condition(follows, found[0])
            for (relation, index), (parent, names) in among.items():
                held = self._others(index, parent, names, found[0])
                self._put(self.related[relation], self.fields[index], held)
            if step > 8 and abs(found[0] - before) < 1e-4 * found[0] + 0.01:
                break
            before = found[0]
        self._bases.clear()
        return self

    def _flat_counts(self, patterns: Mapping[Levels, float]) -> list[float]:
        counts = [0.0] * self.width
        for levels, number in patterns.items():
            for start, level in zip(self.starts, levels, strict=True):
                counts[start + level] += number
        return counts

    def _level_totals(
        self,
        seen: Sequence[float],
        chance: Sequence[float],
        agreeing: Sequence[float],
        pairs: float,
    ) -> list[float]:
        """How many of all pairs show each level of each field."""
        drawn = max(1.0, sum(chance[k] for k in self.fields[0]))
        totals = [max(c / drawn * pairs, s) for c, s in zip(chance, seen, strict=True)]
        for spec, cells, exact in zip(self.specs, self.fields, agreeing, strict=True):
            if spec.kind != "address":
                totals[cells[1]] = max(exact, seen[cells[1]])
            totals[cells[0]] = 0.0
        return totals

    def _outside(
        self, evidence: Evidence, seen: Sequence[float]
    ) -> dict[Relation, tuple[list[float], float]]:
        """The related pairs that are no candidates, by relation: their levels and their number.

        Colleagues by the hundred who share nothing but their company are not worth comparing, but
        they are there: two of them have the same given name by chance soon enough.
        """
        found: dict[Relation, tuple[list[float], float]] = {}
        for index, spec in enumerate(self.specs):
            exact = self.starts[index] + 1
            extra = self._totals[exact] - seen[exact]
            if spec.kind != "name" or extra < 1:
                continue
            counts = self._flat_counts(evidence.sharing(index))
            drawn = sum(counts[k] for k in self.fields[index])
            for relation in spec.shared:
                found[relation] = ([extra * count / drawn for count in counts], extra)
        return found

    def _dependences(self, evidence: Evidence, chance: Sequence[float]) -> list[Follows | None]:
        """Which fields follow from which, and how their levels are distributed then."""
        found: list[Follows | None] = [None] * len(self.specs)
        for parent, spec in enumerate(self.specs):
            if not spec.parent:
                continue
            patterns = evidence.sharing(parent)
            drawn = sum(patterns.values())
            if drawn < _FEWEST_SHARING:
                continue
            counts = self._flat_counts(patterns)
            for index, cells in enumerate(self.fields):
                if (
                    self.specs[index].kind in _OWN
                    or index == parent
                    or (
                        index < parent
                        and (self.parents[parent] == index or self.specs[index].parent)
                    )
                ):
                    continue
                if sum(counts[k] for k in cells[1:]) < _FEWEST_KNOWN:
                    continue
                follows = self._follows(counts, chance, cells)
                best = found[index]
                if follows.holds and (best is None or follows.divergence > best.divergence):
                    self.parents[index] = parent
                    found[index] = follows
        return found

    def _among(
        self, evidence: Evidence, chance: Sequence[float]
    ) -> dict[tuple[Relation, int], tuple[int, Follows]]:
        """By relation and field: the field that the related have in common, and how the names of
        people are distributed who have. Colleagues come from one country, and so do their names.
        """
        found: dict[tuple[Relation, int], tuple[int, Follows]] = {}
        for index, spec in enumerate(self.specs):
            if spec.kind != "name":
                continue
            counts = self._flat_counts(evidence.sharing(index))
            for other, cells in enumerate(self.fields):
                known = sum(counts[k] for k in cells[1:])
                if self.specs[other].kind not in _PERSON or known < _FEWEST_KNOWN:
                    continue
                follows = self._follows(counts, chance, cells)
                if follows.holds:
                    found |= {(relation, other): (index, follows) for relation in spec.shared}
        return found

    def _follows(self, counts: Sequence[float], chance: Sequence[float], cells: range) -> Follows:
        pairs = sum(counts[k] for k in cells)
        return Follows(self._smoothed(counts, cells), self._smoothed(chance, cells), pairs)

    def _smoothed(self, counts: Sequence[float], cells: range) -> list[float]:
        raised = [0.0] + [counts[k] + 0.5 * (self._totals[k] > 0) for k in cells[1:]]
        total = sum(raised)
        return [value / total for value in raised]

    def _condition(self, follows: Sequence[Follows | None], matches: float) -> None:
        """Write the tables for pairs of strangers that agree in the parent of a field.

        Pairs that agree there hold matches, too; what these explain is taken off.
        """
        for index, found in enumerate(follows):
            if found is not None:
                values = self._others(index, self.parents[index], found, matches)
                for k, value in zip(self.fields[index], values, strict=True):
                    self.strangers[self.width + k] = value

    def _others(self, index: int, parent: int, found: Follows, matches: float) -> list[float]:
        """The levels of a field of pairs that agree in its parent and are not the same customer."""
        exact = self.starts[parent] + 1
        share = min(0.9, matches * self.same[exact] / max(self._totals[exact], 1.0))
        return found.others(share, [self.same[k] for k in self.fields[index]])

    def _expect(
        self,
        cells: npt.NDArray[np.int64],
        others: npt.NDArray[np.int64],
        counts: npt.NDArray[np.float64],
    ) -> tuple[list[float], list[float], list[list[float]]]:
        """How many pairs belong to each class but the strangers, and which levels those show.

        `cells` are, for each field (row) and pattern (column), the place in the tables, `others`
        those in the table of the strangers, `counts` how many pairs show the pattern.
        """
        import numpy as np

        shares = (self.share_same, *self.shares.values())
        tables = [self.same, *(self.related[relation] for relation in self.relations)]
        logs = [
            math.log(share) + self._known_logs(table)[cells].sum(axis=0)
            for share, table in zip(shares, tables, strict=True)
        ]
        rest = math.log(max(1e-9, 1 - sum(shares)))
        logs.append(rest + self._known_logs(self.strangers)[others].sum(axis=0))
        stacked = np.stack(logs)
        raised = np.exp(stacked - stacked.max(axis=0))
        weights = raised[:-1] / raised.sum(axis=0) * counts
        weights[weights <= 1e-6] = 0.0
        masses: list[list[float]] = [
            np.bincount(cells.ravel(), np.tile(weight, len(cells)), minlength=self.width).tolist()
            for weight in weights
        ]
        for mass in masses:
            for start in self.starts:
                mass[start] = 0.0
        return weights.sum(axis=1).tolist(), masses[0], masses[1:]

    def _known_logs(self, table: Sequence[float]) -> npt.NDArray[np.float64]:
        """The logs of a table; what is not known says nothing."""
        import numpy as np

        found: Any = np.log(np.maximum(np.array(table), _FLOOR))
        for start in self.starts:
            found[start :: self.width] = 0.0
        return found  # type: ignore[no-any-return]

    def _maximise(self, mass_same: Sequence[float], masses: Sequence[Sequence[float]]) -> float:
        """New tables from how many pairs of each class show each level; gives what share of the
        pairs taken for the same customer can be that at most.
        """
        most = 1.0
        for spec, cells in zip(self.specs, self.fields, strict=True):
            weight = 5.0 if spec.kind == "address" else 2.0
            expected = [weight * self._prior[k] for k in cells]
            same = [mass_same[k] + e for k, e in zip(cells, expected, strict=True)]
            same, share = bounded(spec, same)
            most = min(most, share)
            self._put(self.same, cells, same)
            left = [
                max(self._totals[k] - s + e - sum(mass[k] for mass in masses), 0.0)
                + 0.5 * (self._totals[k] > 0) + 0.01
                for k, s, e in zip(cells, same, expected, strict=True)
            ]  # fmt: skip
            left[0] = 0.0
            if spec.kind == "email":
                left[_COMPANY] = max(left[_COMPANY], _UNSEEN * sum(left))
            elif spec.kind == "name" and not spec.own:
                left[1:-1] = [max(value, _UNSEEN * sum(left)) for value in left[1:-1]]
            self._put(self.strangers, cells, left)
            for relation, mass in zip(self.relations, masses, strict=True):
                if relation in spec.shared:
                    held = [mass[k] + 3.0 * self._prior[k] for k in cells]
                elif (spec.kind, relation) in _CLOSE:
                    held = [mass[k] + 20 * self.strangers[k] for k in cells]
                    total = sum(held)
                    # Twins are few, and so are addresses of which two people of a company use one.
                    held = [min(h / total, 0.05) if i in (1, 2) else h / total
                            for i, h in enumerate(held)]  # fmt: skip
                else:
                    held = [self.strangers[k] for k in cells]
                self._put(self.related[relation], cells, held)
        return most

    @staticmethod
    def _put(table: list[float], cells: range, values: Sequence[float]) -> None:
        values = [0.0, *values[1:]]
        total = sum(values)
        for k, value in zip(cells, values, strict=True):
            table[k] = value / total

    def _normalised(self, values: list[float]) -> list[float]:
        for cells in self.fields:
            self._put(values, cells, [values[k] for k in cells])
        return values

    # -- scoring ------------------------------------------------------------------------------

    def score(self, a: Profile, b: Profile, levels: Levels | None = None) -> Score:
        """What the pair comes to."""
        if levels is None:
            levels = self.comparer.levels(a, b)
        same, related, strangers = self.base(levels)
        shifts = dict.fromkeys(self.relations, 0.0)
        for index, spec in enumerate(self.specs):
            if spec.counted and levels[index] == 1:
                shift = self._rarity(index, levels, a, b)
                strangers += shift
                for relation in self.relations:
                    if relation not in spec.shared:
                        shifts[relation] += shift
        close = NEVER
        for relation, value in related.items():
            close = _log_add(close, value + shifts[relation])
        other = _log_add(close, strangers)
        top = _log_add(same, other)
        return Score((same - other) / _LN2, math.exp(same - top), math.exp(close - top))

    def weight(self, index: int, levels: Levels, a: Profile, b: Profile) -> float:
        """What one field adds to the evidence against strangers, in bits."""
        level = levels[index]
        if level == 0:
            return 0.0
        start = self.starts[index]
        other = math.log(max(self.strangers[self._stranger(index, levels)], _FLOOR))
        if self.specs[index].counted and level == 1:
            other += self._rarity(index, levels, a, b)
        return (math.log(max(self.same[start + level], _FLOOR)) - other) / _LN2

    def held_by(self, index: int, a: Profile, b: Profile) -> int:
        """How many customers have the value that the two have in common (the rarest such)."""
        held = self.frequencies[index]
        return min((held.get(v, 2) for v in self.comparer.common(index, a, b)), default=2)

    def rarity(self, index: int) -> tuple[float, float]:
        """What the rarity of a value in common is reckoned from: how often strangers have the same
        value in that field, and by how many customers a value is held by chance.
        """
        usual = max(self.strangers[self.starts[index] + 1], _FLOOR)
        return usual, min(1.0, self.holders(index) * usual)

    def holders(self, index: int) -> int:
        """How many customers have a value in a field."""
        return max(2, self.known[index]) if self.known else self.size

    def own_share(self, index: int, levels: Levels) -> float:
        """How much of an agreement is the field's own, from 0 to 1; the rest follows from its
        parent. Who has one half of a double name has the other.
        """
        parent = self.parents[index]
        if parent < 0 or levels[parent] != 1:
            return 1.0
        exact = self.starts[index] + 1
        return min(1.0, (1 - self.strangers[self.width + exact]) / (1 - self.strangers[exact]))

    def _rarity(self, index: int, levels: Levels, a: Profile, b: Profile) -> float:
        """Natural log: how much likelier, or less, strangers share this value than any value."""
        usual, by_chance = self.rarity(index)
        value = max(self.held_by(index, a, b) - 2 + by_chance, 1e-9) / self.holders(index)
        return (math.log(value) - math.log(usual)) * self.own_share(index, levels)

    def base(self, levels: Levels) -> tuple[float, dict[Relation, float], float]:
        """The natural logs of the three classes for a pattern, before it is known how rare the
        values are: the same, each relation, strangers.
        """
        found = self._bases.get(levels)
        if found is None:
            cells, others = self._indexes(levels), self._stranger_indexes(levels)
            related = {
                relation: math.log(self.shares[relation]) + sum(_logs(table[k] for k in cells))
                for relation, table in self.related.items()
            }
            found = self._bases[levels] = (
                math.log(self.share_same) + sum(_logs(self.same[k] for k in cells)),
                related,
                math.log(1 - self.share_same - sum(self.shares.values()))
                + sum(_logs(self.strangers[k] for k in others)),
            )
        return found

    def _indexes(self, levels: Levels) -> tuple[int, ...]:
        return tuple(s + level for s, level in zip(self.starts, levels, strict=True) if level)

    def _stranger_indexes(self, levels: Levels) -> tuple[int, ...]:
        return tuple(self._stranger(i, levels) for i, level in enumerate(levels) if level)

    def _stranger(self, index: int, levels: Levels) -> int:
        parent = self.parents[index]
        follows = parent >= 0 and levels[parent] == 1
        return self.starts[index] + levels[index] + (self.width if follows else 0)


def _logs(values: Iterable[float]) -> list[float]:
    log = math.log
    return [log(value) if value > _FLOOR else log(_FLOOR) for value in values]


def _log_add(a: float, b: float) -> float:
    if a == NEVER:
        return b
    top, low = (a, b) if a > b else (b, a)
    return top + math.log1p(math.exp(low - top))
