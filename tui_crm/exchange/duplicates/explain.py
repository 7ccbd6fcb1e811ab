"""Why two customers are, or are not, the same: each field in words, with what it adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from tui_crm.core.fields import Registry
from tui_crm.exchange.duplicates.compare import (
    NUMBER_PART,
    PLACE_PART,
    STREET_PART,
    Levels,
    Spec,
    split_address,
)
from tui_crm.exchange.duplicates.model import Model
from tui_crm.exchange.duplicates.profile import Profile
from tui_crm.text.i18n import N_, _, labelled

T = TypeVar("T")

_PARTS = {"given": N_("Given name"), "middle": N_("Middle name"), "family": N_("Family name")}
_MOST = 8  # members of a group whose pairs are explained
_COMMON = 3  # from so many holders on, it is said how many have the value


@dataclass(frozen=True, slots=True)
class Reason:
    """What one field says: `bits` above 0 speak for one customer, below 0 for two."""

    field: str
    words: str
    bits: float


def reasons(
    model: Model, a: Profile, b: Profile, registry: Registry, levels: Levels | None = None
) -> list[Reason]:
    """What each field that both have says about them, the weightiest first.

    `levels` are those of the pair, where they are known.
    """
    levels = levels or model.comparer.levels(a, b)
    found = []
    for index, spec in enumerate(model.specs):
        if levels[index]:
            label = _label(_named_after(spec, levels[index]), registry)
            words = labelled(label, _words(model, index, levels, a, b))
            found.append(Reason(spec.name, words, round(model.weight(index, levels, a, b), 1)))
    found.sort(key=lambda reason: -abs(reason.bits))
    return found


def looked_at(members: Sequence[T]) -> list[tuple[T, T]]:
    """The pairs of a group by which it is explained: of a large one, those of its first members."""
    return list(combinations(members[:_MOST], 2))


def of_group(
    model: Model, pairs: Sequence[tuple[Profile, Profile, Levels]], registry: Registry
) -> tuple[str, ...]:
    """What holds a group together, field by field: what most of its pairs say."""
    said: dict[str, Counter[str]] = {}
    bits: Counter[str] = Counter()
    for one, other, levels in pairs:
        for reason in reasons(model, one, other, registry, levels):
            said.setdefault(reason.field, Counter())[reason.words] += 1
            bits[reason.field] += reason.bits  # type: ignore[assignment]
    found = []
    for name, _bits in sorted(bits.items(), key=lambda item: -abs(item[1])):
        words, times = said[name].most_common(1)[0]
        if times < len(pairs):
            words = _("{words} ({times} of {pairs} pairs)").format(
                words=words, times=times, pairs=len(pairs)
            )
        found.append(words)
    return tuple(found)


def _named_after(spec: Spec, level: int) -> str:
    """The field that a reason names: of an address of which only the places are known, the city."""
    if spec.kind == "address" and not any(split_address(level)[:2]):
        return "city"
    return spec.name


def _label(name: str, registry: Registry) -> str:
    if name in _PARTS:
        return _(_PARTS[name])
    field = registry.get(name)
    return field.label if field else name


def _words(model: Model, index: int, levels: Levels, a: Profile, b: Profile) -> str:
    spec, level = model.specs[index], levels[index]
    if spec.kind == "address":
        named = zip((STREET_PART, NUMBER_PART, PLACE_PART), split_address(level), strict=True)
        return ", ".join(_(labels[part]) for labels, part in named if part)
    words = _(spec.labels[level])
    if level == 1 and spec.counted:
        held = model.held_by(index, a, b)
        if held >= _COMMON:
            words = _("{words} (held by {n})").format(words=words, n=held)
    return words
