"""From pairs to groups, with a second look.

Pairs chain: a is like b, b is like c. Inside each chain all pairs are scored, also those that were
no candidates, and groups are joined by the average of what their members come to, the strongest
first. So a and c stay apart where they clearly differ. A group needs one joint as strong as the
threshold; once it is there, others join it who are more likely its customer than not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

LARGEST = 120
"""A longer chain is cut at its weaker links first."""

_STRONGER = 2.0  # bits
_JOIN = -1.0  # bits: who joins a group has several witnesses, where a pair has only each other
_LOWEST, _HIGHEST = -8.0, 12.0  # no single pair outweighs all others

Bits = Callable[[int, int], float]
NEVER = float("-inf")
"""The bits of two that must not stand in one group."""


def groups(
    pairs: Iterable[tuple[int, int, float]], threshold: float, bits: Bits
) -> list[tuple[list[int], float]]:
    """Groups of two and more, each with the bits of its strongest joint.

    `pairs` are (one, other, bits); those below even odds are left out. `bits` scores any pair and
    may answer `NEVER`.
    """
    found: list[tuple[list[int], float]] = []
    least = min(threshold, _JOIN)
    waiting = [(least, [pair for pair in pairs if pair[2] >= least])]
    while waiting:
        least, some = waiting.pop()
        large: set[int] = set()
        for members in _chains(some):
            if len(members) > LARGEST:
                large.update(members)
            else:
                found += [g for g in _split(sorted(members), bits) if g[1] >= threshold]
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


def _split(members: list[int], bits: Bits) -> list[tuple[list[int], float]]:
    """Join the members of a chain by average linkage, while that is likelier than not."""
    parts: dict[int, list[int]] = {number: [item] for number, item in enumerate(members)}
    strongest = dict.fromkeys(parts, NEVER)
    links: dict[tuple[int, int], float] = {}
    for a, one in enumerate(members):
        for b in range(a + 1, len(members)):
            value = bits(one, members[b])
            links[a, b] = value if value == NEVER else min(max(value, _LOWEST), _HIGHEST)
    while links:
        (a, b), best = max(links.items(), key=lambda item: item[1])
        if best < _JOIN:
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
