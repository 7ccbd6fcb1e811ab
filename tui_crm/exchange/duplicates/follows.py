"""How a field is distributed among pairs that agree in another one.

A given name tells the sex and the years of birth, a company the country that its people's names
come from: what follows from an agreement is no second one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

_FOLLOWS = 0.004  # Kullback-Leibler divergence from which a field is said to follow from another


@dataclass(frozen=True, slots=True)
class Follows:
    """How often each level of a field occurs among pairs that agree in its parent, and among all;
    and how many `pairs` the first is known from.
    """

    given_parent: Sequence[float]
    alone: Sequence[float]
    pairs: float

    @property
    def divergence(self) -> float:
        """How far the two are from one another (Kullback and Leibler)."""
        levels = zip(self.given_parent, self.alone, strict=True)
        return sum(q * math.log(q / r) for q, r in levels if q and r)

    @property
    def holds(self) -> bool:
        """Whether they differ enough for the one to follow from the other."""
        return self.divergence > _FOLLOWS

    def others(self, share: float, same: Sequence[float]) -> list[float]:
        """The levels of pairs that agree in the parent and are not the same customer.

        A `share` of the pairs that agree is the same customer; what these explain, whose levels are
        `same`, is taken off.
        """
        found = [0.0]  # what is not known
        levels = zip(self.given_parent, self.alone, same, strict=True)
        for there, alone, match in islice(levels, 1, None):
            left = there - 1.05 * share * match
            if there > alone:
                noise = 2 * math.sqrt(there * (1 - there) / self.pairs)
                found.append(max(left - noise, alone))
            else:
                found.append(max(left, 1e-3 * there))
        total = sum(found)
        return [value / total for value in found]
