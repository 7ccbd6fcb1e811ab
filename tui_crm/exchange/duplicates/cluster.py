"""From pairs to groups, with a second look.

Pairs chain: a is like b, b is like c. Inside each chain all pairs are scored, also those that were
no candidates, and groups are joined by the average of what their members come to, the strongest
first. So a and c stay apart where they clearly differ. A group needs one joint as strong as the
threshold; once it is there, others join it with weaker ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

LARGEST = 120
"""A longer chain is cut at its weaker links first."""

JOIN, JOIN_RELATED = -1.0, 1.0
"""Bits on average with the members of a group, from which on another joins it: several witnesses
outweigh that they are not sure. Not where there are families: there a group and another have most
in common because they live together.
"""

_STRONGER = 2.0  # bits
_LOWEST, _HIGHEST = -8.0, 12.0  # no single pair outweighs all others

Bits = Callable[[Sequence[tuple[int, int]]], Sequence[float]]
_AT_ONCE = 200_000  # pairs that are scored together
NEVER = float("-inf")
"""The bits of two that must not stand in one group."""


def groups(
    pairs: Iterable[tuple[int, int, float]], threshold: float, bits: Bits, join: float = JOIN
) -> list[tuple[list[int], float]]:
    """Groups of two and more, each with the bits of its strongest joint.

    `pairs` are (one, other, bits); those of less than `join` are left out. `bits` scores any pairs
    and may answer `NEVER`.
    """
    found: list[tuple[list[int], float]] = []
    join = least = min(threshold, join)
    waiting = [(least, [pair for pair in pairs if pair[2] >= least])]
    while waiting:
        least, some = waiting.pop()
        large: set[int] = set()
        small: list[list[int]] = []
        waiting_pairs = 0
        for members in _chains(some):
            if len(members) > LARGEST:
                large.update(members)
                continue
            small.append(sorted(members))
            waiting_pairs += len(members) * (len(members) - 1) // 2
            if waiting_pairs > _AT_ONCE:
                found += _split_all(small, threshold, bits, join)
                small, waiting_pairs = [], 0
        found += _split_all(small, threshold, bits, join)
        if large:
            least += _STRONGER
            waiting.append((least, [p for p in some if p[0] in large and p[2] >= least]))
    return found


def _chains(pairs: Iterable[tuple[int, int, float]]) -> list[list[int]]:
    """The members of each chain of pairs."""
    root: dict[int, int] = {}

    def find(item: int) -> int:
        while (above := root.setdefault(item, item)) != item:
            root[item] = root[above]
            item = root[item]
        return item

    for a, b, _bits in pairs:
        one, other = find(a), find(b)
        if one != other:
            root[max(one, other)] = min(one, other)
    chains: dict[int, list[int]] = {}
    for item in list(root):
        chains.setdefault(find(item), []).append(item)
    return list(chains.values())


def _split_all(
    chains: list[list[int]], threshold: float, bits: Bits, join: float
) -> list[tuple[list[int], float]]:
    """The groups in some chains whose strongest joint comes to the threshold."""
    pairs = [pair for members in chains for pair in combinations(members, 2)]
    scores = iter(bits(pairs)) if pairs else iter(())
    return [
        group
        for members in chains
        for group in _split(members, scores, join)
        if group[1] >= threshold
    ]


def _split(
    members: list[int], scores: Iterator[float], join: float
) -> list[tuple[list[int], float]]:
    """Join the members of a chain by average linkage, while the links come to `join`."""
    parts: dict[int, list[int]] = {number: [item] for number, item in enumerate(members)}
    strongest = dict.fromkeys(parts, NEVER)
    links: dict[tuple[int, int], float] = {}
    for a in range(len(members)):
        for b in range(a + 1, len(members)):
            value = next(scores)
            links[a, b] = value if value == NEVER else min(max(value, _LOWEST), _HIGHEST)
    while links:
        (a, b), best = max(links.items(), key=lambda item: item[1])
        if best < join:
            break
        mine, theirs = len(parts[a]), len(parts[b])
        for other in parts:
            if other not in (a, b):
                to_b = links.pop((min(b, other), max(b, other)))
                key = (min(a, other), max(a, other))
                links[key] = (links[key] * mine + to_b * theirs) / (mine + theirs)
        del links[a, b]
        parts[a] += parts.pop(b)
        strongest[a] = max(best, strongest[a], strongest.pop(b))
    return [(sorted(part), strongest[number]) for number, part in parts.items() if len(part) > 1]
