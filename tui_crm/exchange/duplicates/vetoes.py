"""What the figures would get wrong: people who look the same and are not.

A veto limits what a pair can come to. It gives way to a value that only one person has: the same
e-mail address, or the same identity number in a field of one's own. Those of the family hold where
there are families: a table in which related people hardly occur has typing errors instead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui_crm.exchange.duplicates.compare import Comparer, Levels, Spec, split_address
from tui_crm.exchange.duplicates.profile import Profile

NEVER = -4.0
"""Bits that no tier reaches."""

DOUBTFUL = 1.0
"""Bits of the lowest tier: somebody should look, nobody should merge unseen."""

_GENERATION = 15  # years between a parent and a child, at least


@dataclass(frozen=True, slots=True)
class Limit:
    """The most bits that a pair of some levels may come to, whatever its values are; and which of
    its values may limit it to a doubt.
    """

    bits: float
    births: bool = False  # where the two were born a generation apart
    names: bool = False  # where both given names are more than an initial


def limit(specs: Sequence[Spec], levels: Levels, *, families: bool = True) -> Limit:
    """What speaks against a pair of these levels; `families` says whether there are relatives."""
    kinds = _by_kind(specs, levels)
    if "given" not in kinds:
        shops = _elsewhere(kinds["address"]) and kinds["phone"] == 4
        return Limit(DOUBTFUL if shops else math.inf)
    if _colleagues(kinds) or _mailbox_for_two(kinds) or _nothing_personal(kinds):
        return Limit(DOUBTFUL)
    if not families or _proven(specs, levels):
        return Limit(math.inf)
    return Limit(
        math.inf,
        births=kinds["family"] in (1, 2) and kinds["date"] in (3, 4, 5),
        names=kinds["given"] == 5 and kinds["family"] == 1 and kinds["date"] == 1,
    )


def ceiling(comparer: Comparer, a: Profile, b: Profile, levels: Levels) -> float:
    """The most bits that a pair may come to; infinite where nothing speaks against it."""
    if a.suffix and b.suffix and a.suffix != b.suffix:
        return NEVER
    found = limit(comparer.specs, levels)
    if found.births and generation(a.birthday, b.birthday):
        return DOUBTFUL
    if found.names and len(a.given) > 1 and len(b.given) > 1:
        return DOUBTFUL
    return found.bits


def _by_kind(specs: Sequence[Spec], levels: Levels) -> dict[str, int]:
    """The levels by the kind of their field, of several of one kind that of the first."""
    return {spec.kind: level for spec, level in zip(reversed(specs), reversed(levels), strict=True)}


def _colleagues(kinds: Mapping[str, int]) -> bool:
    """Whether two have mailboxes of their own at the company that both name, if only similarly,
    and names that are no more than similar: what else they have in common, such as the town, is
    the company's.
    """
    apart = (3, 5)
    return (
        kinds["email"] == 5
        and kinds["name"] in (1, 2, 3, 4)
        and kinds["phone"] not in (1, 2)
        and (kinds["given"] in apart or kinds["family"] in apart)
    )


def _mailbox_for_two(kinds: Mapping[str, int]) -> bool:
    """Whether two have nothing but their mailbox for themselves: couples share one, and a company
    gives one out again.
    """
    apart = kinds["given"] == 5 and kinds["phone"] == 4 and kinds["date"] != 1
    return kinds["email"] == 1 and apart


def _nothing_personal(kinds: Mapping[str, int]) -> bool:
    """Whether two of like companies have different given names, and nothing in common that one
    person has alone: the surname and the town are shared by many there.
    """
    personal = (("phone", 2), ("email", 4), ("date", 3), ("exact", 1), ("number", 2))
    alone = any(1 <= kinds.get(kind, 0) <= alike for kind, alike in personal)
    return kinds["given"] == 5 and kinds["name"] in (1, 2, 3, 4) and not alone


def generation(a: str, b: str) -> bool:
    """Whether two people were born as far apart as a parent and a child, by no typing error."""
    if len(a) < 8 or len(b) < 8 or not (a[:4].isdecimal() and b[:4].isdecimal()):
        return False
    agree = sum(x == y for x, y in zip(a, b, strict=False))
    return abs(int(a[:4]) - int(b[:4])) >= _GENERATION and agree < 6


def _proven(specs: Sequence[Spec], levels: Levels) -> bool:
    return any(
        level in (1, 2) and (spec.kind in ("email", "number"))
        for spec, level in zip(specs, levels, strict=True)
    )


def _elsewhere(address: int) -> bool:
    street, house, place = split_address(address)
    return place == 3 or (street == 4 and house == 2)
