"""Which pairs are worth comparing: those that have something in common.

A dozen ways to have something in common, from the precise (an e-mail address) to the loose (a
street). In a large group that shares a value only neighbours are compared, in the order of their
names, towns and birthdays. A loose way that would give more pairs than there is room for is left
out, or, if it is only a little loose, looks at fewer neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tui_crm.exchange.duplicates.compare import Spec
from tui_crm.exchange.duplicates.profile import sound
from tui_crm.exchange.duplicates.table import Codes, Places, Table

Pairs = npt.NDArray[np.int64]
"""Pairs of places in a table, the lower one in the upper half of the number."""

Keys = tuple[npt.NDArray[np.int64], Places | None]
"""What customers may have in common, 0 for nothing, and who has it: None for one each, in order."""

Groups = npt.NDArray[np.uint64]
"""The group of each of its members, which stand next to each other."""

NEIGHBOURS = 40
_FEWEST = 3  # neighbours; with fewer a way is not worth the time
_PAIRS_PER_CUSTOMER = 12
_LEAST_ROOM = 400_000  # pairs, for a table of any size
_AT_ONCE = 2_000_000  # pairs of which doubles are taken out together


def candidates(table: Table, custom: Sequence[Spec], room: int | None = None) -> Pairs:
    """The pairs to compare, in order; none comes twice. `room` bounds their number."""
    size = len(table)
    room = room or max(_PAIRS_PER_CUSTOMER * size, _LEAST_ROOM)
    order = _order(table)
    position = np.empty(size, np.int32)
    position[order] = np.arange(size, dtype=np.int32)
    found: list[Pairs] = []
    used = 0
    for make in _ways(table, custom):
        keys, places = _grouped(make(), position, order)
        sizes = _sizes(keys)
        reach = NEIGHBOURS
        cost = _cost(sizes, reach)
        while used and used + cost > room and cost > 2 * size and reach >= _FEWEST:
            reach //= 2
            cost = _cost(sizes, reach)
        if reach < _FEWEST:
            continue
        used += cost
        some = _pairs(keys, places, reach)
        some.sort()
        found.append(some)
    return _distinct(found, size) if found else np.empty(0, np.int64)


def places(pairs: Pairs) -> tuple[Places, Places]:
    """The two sides of pairs."""
    return (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)


def _order(table: Table) -> Places:
    """The places in the order in which those who may be the same are neighbours."""
    texts = list(table["given"].texts)
    rank = np.empty(len(texts), np.int32)
    rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    order: Places = np.lexsort(
        (table["street"].codes, table["birthday"].codes, table["city"].codes,
         rank[table["given"].codes], rank[table["family"].codes])
    ).astype(np.int32)  # fmt: skip
    return order


def _grouped(found: Keys, position: Places, order: Places) -> tuple[Groups, Places]:
    """The groups that share a key, and who is in them, each group in the order of `order`.

    A key's hash and the position stand in one number, so that plain sorting does it all; that two
    keys have one hash happens to a pair in a million tables, and costs a comparison.
    """
    keys, of = found
    here = np.flatnonzero(keys)
    room = len(order).bit_length()
    mixed = keys[here].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed >>= np.uint64(room)
    mixed <<= np.uint64(room)
    mixed |= position[here if of is None else of[here]].astype(np.uint64)
    mixed.sort()
    if of is not None and len(mixed):  # a customer may have the same in two of its values
        mixed = mixed[np.concatenate(([True], mixed[1:] != mixed[:-1]))]
    groups = mixed >> np.uint64(room)
    shared = np.zeros(len(groups), np.bool_)
    np.equal(groups[1:], groups[:-1], out=shared[1:])
    shared[:-1] |= shared[1:].copy()
    mask = np.uint64((1 << room) - 1)
    return groups[shared], order[(mixed[shared] & mask).astype(np.int64)]


def _sizes(keys: Groups) -> npt.NDArray[np.int64]:
    if not len(keys):
        return np.empty(0, np.int64)
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    return np.diff(np.append(starts, len(keys)))


def _cost(sizes: npt.NDArray[np.int64], reach: int) -> int:
    near = np.minimum(sizes - 1, reach)
    return int((near * sizes - near * (near + 1) // 2).sum())


def _pairs(keys: Groups, places: Places, reach: int) -> Pairs:
    """Each with its next neighbours in its group."""
    found = []
    alive = np.arange(len(keys))  # those who have somebody behind them in their group
    for step in range(1, reach + 1):
        alive = alive[alive < len(keys) - step]
        alive = alive[keys[alive] == keys[alive + step]]
        if not len(alive):
            break
        a, b = places[alive], places[alive + step]
        found.append(np.minimum(a, b).astype(np.int64) << 32 | np.maximum(a, b))
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _distinct(found: list[Pairs], size: int) -> Pairs:
    """All pairs without doubles; the arrays of `found`, each in order, are emptied on the way."""
    total = sum(map(len, found))
    steps = total // _AT_ONCE + 1
    bounds = np.linspace(0, size, steps + 1).astype(np.int64) << 32
    parts = []
    for low in reversed(bounds[:-1].tolist()):
        ends = [int(np.searchsorted(pairs, low)) for pairs in found]
        both = np.concatenate([pairs[end:] for pairs, end in zip(found, ends, strict=True)])
        for pairs, end in zip(found, ends, strict=True):
            pairs.resize(end, refcheck=False)  # gives the room back at once
        both.sort()
        new = np.ones(len(both), np.bool_)
        np.not_equal(both[1:], both[:-1], out=new[1:])
        parts.append(both[new])
    found.clear()
    return np.concatenate(parts[::-1])


# -- what there is to have in common ------------------------------------------------------------


def _ways(table: Table, custom: Sequence[Spec]) -> Iterator[Callable[[], Keys]]:
    own = [spec for spec in custom if spec.kind == "number"]
    yield lambda: _lists(table, "emails")
    yield lambda: _lists(table, "phones")
    for spec in own:
        yield lambda spec=spec: _one(table.custom[spec.position].codes)  # type: ignore[misc]
    yield lambda: _lists(table, "handles")
    yield from _firms(table) if table.organizations else _people(table)


def _people(table: Table) -> Iterator[Callable[[], Keys]]:
    texts = table["given"].texts
    given, family = table["given"].codes, table["family"].codes
    sounds = texts.derived(sound)
    given_sound, family_sound = sounds[given], sounds[family]
    street, house = table["street"].codes, table["number"].codes
    postcode, city = table["postcode"].codes, table["city"].codes
    company, birthday = table["company"].codes, table["birthday"].codes
    place = np.where(postcode > 0, postcode * 2, np.where(city > 0, city * 2 + 1, 0))
    given_start = texts.derived(lambda name: name[:2])
    family_start = texts.derived(lambda name: name[:4])
    yield lambda: (np.where(given > 0, _unordered(given, family), 0), None)
    yield lambda: _two(birthday, family_sound)
    yield lambda: _two(birthday, given_sound)
    yield lambda: _two(street, house)
    yield lambda: (
        np.where((given_sound > 0) & (family_sound > 0), _unordered(given_sound, family_sound), 0),
        None,
    )
    for one in (postcode, street, company):
        first, second = (
            (given_sound, family_sound) if one is street else (family_sound, given_sound)
        )
        yield lambda one=one, other=first: _two(one, other)  # type: ignore[misc]
        yield lambda one=one, other=second: _two(one, other)  # type: ignore[misc]
    yield lambda: _two(birthday, place)
    yield lambda: _two(birthday, house)
    yield lambda: _lists(table, "emails", table.mails.boxes)
    yield lambda: _two(city, family_sound)
    yield lambda: _two(city, given_sound)
    yield lambda: _two(house, postcode)
    yield lambda: _two(family_start[family], given_start[given])
    yield lambda: _one(birthday)
    yield lambda: _one(street)
    yield lambda: _one(np.where(given > 0, 0, family))
    yield lambda: _one(company)


def _firms(table: Table) -> Iterator[Callable[[], Keys]]:
    names, texts = table["family"].codes, table["family"].texts
    street, city, postcode = (table[name].codes for name in ("street", "city", "postcode"))
    yield lambda: _one(texts.derived(lambda name: "".join(sorted(name.split())))[names])
    yield lambda: _two(street, table["number"].codes)
    yield lambda: _lists(table, "emails", table.mails.firms)
    yield lambda: _one(texts.derived(lambda name: sound(name.replace(" ", "")))[names])
    for place in (city, postcode):
        yield lambda place=place: _words(table, place, sound)  # type: ignore[misc]
    yield lambda: _one(texts.derived(lambda name: name.replace(" ", "")[:6])[names])
    yield lambda: _one(street)
    yield lambda: _words(table, None, str)


def _one(codes: npt.NDArray[Any]) -> Keys:
    return codes.astype(np.int64), None


def _two(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Keys:
    return np.where((a > 0) & (b > 0), a.astype(np.int64) << 32 | b, 0), None


def _unordered(a: Codes, b: Codes) -> npt.NDArray[np.int64]:
    return np.minimum(a, b).astype(np.int64) << 32 | np.maximum(a, b)


def _lists(table: Table, name: str, codes: Codes | None = None) -> Keys:
    """The values of a field of several, or what `codes` says of them."""
    field = table[name]
    keys, of = [], []
    for slot in field.slots:
        here = np.flatnonzero(slot).astype(np.int32)
        keys.append((codes[slot[here]] if codes is not None else slot[here]).astype(np.int64))
        of.append(here)
    return np.concatenate(keys), np.concatenate(of)


def _words(table: Table, place: Codes | None, form: Callable[[str], str]) -> Keys:
    """The words of the names, with the place."""
    names, texts = table["family"].codes, table["family"].texts
    numbers: dict[str, int] = {"": 0}
    words = [
        [numbers.setdefault(form(word), len(numbers)) for word in text.split()] for text in texts
    ]
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    flat = np.fromiter((n for some in words for n in some), np.int64, int(lengths.sum()))
    starts = np.cumsum(lengths) - lengths
    of = np.repeat(np.arange(len(names), dtype=np.int32), lengths[names])
    behind = np.arange(len(of)) - np.repeat(
        np.cumsum(lengths[names]) - lengths[names], lengths[names]
    )
    keys = flat[starts[names[of]] + behind]
    if place is not None:
        where = place[of]
        keys = np.where((where > 0) & (keys > 0), where.astype(np.int64) << 32 | keys, 0)
    return keys, of
