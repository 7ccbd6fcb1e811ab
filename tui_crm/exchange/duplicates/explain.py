"""Why two customers are, or are not, the same: each field in words, with what it adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tui_crm.core.fields import Registry
from tui_crm.exchange.duplicates.compare import (
    NUMBER_PART,
    PLACE_PART,
    STREET_PART,
    Levels,
    split_address,
)
from tui_crm.exchange.duplicates.model import Model
from tui_crm.exchange.duplicates.profile import Profile
from tui_crm.text.i18n import N_, _

_PARTS = {"given": N_("Given name"), "family": N_("Family name")}
_COMMON = 3  # from so many holders on, it is said how many have the value


@dataclass(frozen=True, slots=True)
class Reason:
    """What one field says: `bits` above 0 speak for one customer, below 0 for two."""

    field: str
    words: str
    bits: float


def reasons(model: Model, a: Profile, b: Profile, registry: Registry) -> list[Reason]:
    """What each field that both have says about them, the weightiest first."""
    levels = model.comparer.levels(a, b)
    found = []
    for index, spec in enumerate(model.specs):
        if levels[index]:
            words = f"{_label(spec.name, registry)}: {_words(model, index, levels, a, b)}"
            found.append(Reason(spec.name, words, round(model.weight(index, levels, a, b), 1)))
    found.sort(key=lambda reason: -abs(reason.bits))
    return found


def of_group(
    model: Model, members: Sequence[Profile], registry: Registry, most: int = 10
) -> tuple[str, ...]:
    """What holds a group together, field by field: what most of its pairs say.

    Of a large group the first `most` members are looked at.
    """
    some = members[:most]
    said: dict[str, Counter[str]] = {}
    bits: Counter[str] = Counter()
    pairs = 0
    for at, one in enumerate(some):
        for other in some[at + 1 :]:
            pairs += 1
            for reason in reasons(model, one, other, registry):
                said.setdefault(reason.field, Counter())[reason.words] += 1
                bits[reason.field] += reason.bits  # type: ignore[assignment]
    found = []
    for name, _bits in sorted(bits.items(), key=lambda item: -abs(item[1])):
        words, times = said[name].most_common(1)[0]
        if times < pairs:
            words = _("{words} ({times} of {pairs} pairs)").format(
                words=words, times=times, pairs=pairs
            )
        found.append(words)
    return tuple(found)


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
