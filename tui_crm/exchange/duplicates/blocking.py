"""Which pairs are worth comparing: those that have something in common.

A dozen ways to have something in common, from the precise (an e-mail address) to the loose (a
street). A loose one that would give more pairs than there is room for is left out. In a large
group that shares a value only neighbours in the order of their names are compared.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from tui_crm.exchange.duplicates.compare import Spec
from tui_crm.exchange.duplicates.profile import Profile, sound
from tui_crm.exchange.duplicates.providers import FREE_MAIL

Key = Callable[[Profile], Iterable[Hashable]]

NEIGHBOURS = 40
_PAIRS_PER_CUSTOMER = 12
_LEAST_ROOM = 400_000  # pairs, for a table of any size
_BUCKET_BITS = 16  # first customers of one bucket of pairs: bounds the memory of taking out doubles


def candidates(
    profiles: Sequence[Profile], keys: Sequence[Key], room: int | None = None
) -> Iterator[list[tuple[int, int]]]:
    """The pairs to compare, by their places in `profiles`, in lists; no pair comes twice.

    `keys` go from precise to loose; `room` bounds the number of pairs.
    """
    size = len(profiles)
    room = room or max(_PAIRS_PER_CUSTOMER * size, _LEAST_ROOM)
    buckets = [array("q") for _bucket in range((size >> _BUCKET_BITS) + 1)]
    used = 0
    for key in keys:
        groups = _groups(profiles, key)
        cost = sum(_cost(len(group)) for group in groups)
        if used and used + cost > room and cost > 2 * size:
            continue
        used += cost
        for group in groups:
            if len(group) > NEIGHBOURS:
                group.sort(key=lambda place: (profiles[place].family, profiles[place].given))
            for at, first in enumerate(group):
                for second in group[at + 1 : at + 1 + NEIGHBOURS]:
                    low, high = (first, second) if first < second else (second, first)
                    buckets[low >> _BUCKET_BITS].append(low << 32 | high)
    for number, bucket in enumerate(buckets):
        buckets[number] = array("q")
        yield [(pair >> 32, pair & 0xFFFFFFFF) for pair in sorted(set(bucket))]


def _groups(profiles: Sequence[Profile], key: Key) -> list[list[int]]:
    """The places of those who share a value, two or more."""
    first: dict[Hashable, int] = {}
    more: dict[Hashable, list[int]] = {}
    for place, profile in enumerate(profiles):
        for value in key(profile):
            known = first.setdefault(value, place)
            if known != place:
                group = more.get(value)
                if group is None:
                    more[value] = [known, place]
                elif group[-1] != place:
                    group.append(place)
    return list(more.values())


def _cost(size: int) -> int:
    reach = min(size - 1, NEIGHBOURS)
    return reach * size - reach * (reach + 1) // 2


def person_keys(custom: Sequence[Spec]) -> list[Key]:
    """What two records of one person may have in common."""
    return [
        lambda p: p.emails,
        lambda p: p.phones,
        *_custom_keys(custom),
        lambda p: p.handles,
        lambda p: ((min(p.given, p.family), max(p.given, p.family)),) if p.given else (),
        lambda p: _pair(p.birthday, sound(p.family)),
        lambda p: _pair(p.birthday, sound(p.given)),
        lambda p: _pair(p.street, p.number),
        _sounds,
        lambda p: _pair(p.postcode, sound(p.family)),
        lambda p: _pair(p.postcode, sound(p.given)),
        lambda p: _pair(p.street, sound(p.given)),
        lambda p: _pair(p.street, sound(p.family)),
        lambda p: _pair(p.company, sound(p.family)),
        lambda p: _pair(p.company, sound(p.given)),
        lambda p: _pair(p.birthday, p.postcode or p.city),
        lambda p: _pair(p.birthday, p.number),
        lambda p: [_mailbox(mail) for mail in p.emails],
        lambda p: _pair(p.city, sound(p.family)),
        lambda p: _pair(p.city, sound(p.given)),
        lambda p: _pair(p.number, p.postcode),
        lambda p: _pair(p.family[:4], p.given[:2]),
        lambda p: one_of(p.birthday),
        lambda p: one_of(p.street),
        lambda p: one_of(p.family if not p.given else ""),
        lambda p: one_of(p.company),
    ]


def organization_keys(custom: Sequence[Spec]) -> list[Key]:
    """What two records of one organisation may have in common."""
    return [
        lambda p: p.emails,
        lambda p: p.phones,
        *_custom_keys(custom),
        lambda p: p.handles,
        lambda p: one_of("".join(sorted(p.family.split()))),
        lambda p: _pair(p.street, p.number),
        lambda p: [end for m in p.emails if (end := m.partition("@")[2]) not in FREE_MAIL],
        lambda p: one_of(sound(p.family.replace(" ", ""))),
        lambda p: [(p.city, sound(w)) for w in p.family.split()] if p.city else (),
        lambda p: [(p.postcode, sound(w)) for w in p.family.split()] if p.postcode else (),
        lambda p: one_of(p.family.replace(" ", "")[:6]),
        lambda p: one_of(p.street),
        lambda p: p.family.split(),
    ]


def one_of(value: str) -> Iterable[Hashable]:
    """The key of a value, none for an empty one."""
    return (value,) if value else ()


def _pair(a: str, b: str) -> Iterable[Hashable]:
    return ((a, b),) if a and b else ()


def _sounds(profile: Profile) -> Iterable[Hashable]:
    given, family = sound(profile.given), sound(profile.family)
    return ((min(given, family), max(given, family)),) if given and family else ()


def _mailbox(mail: str) -> str:
    return mail.partition("@")[0]


def _custom_keys(custom: Sequence[Spec]) -> list[Key]:
    return [spec.values for spec in custom if spec.kind == "number"]
