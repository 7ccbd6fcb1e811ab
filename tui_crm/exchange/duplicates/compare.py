"""How alike two customers are, field by field.

Each field answers with a level: 0 where one side is not known, 1 for the same, then less and less
alike. What a level is worth is learned (`model`); what it is called stands in `LABELS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from tui_crm.exchange.duplicates.nicknames import same_person
from tui_crm.exchange.duplicates.profile import Profile, pinyin, sound
from tui_crm.exchange.duplicates.providers import FREE_MAIL
from tui_crm.text.fold import has_han
from tui_crm.text.i18n import N_

Levels = tuple[int, ...]
Relation = Literal["home", "work", "building", "chain"]
"""What people have to do with each other who are not the same: a household, an employer; and
organisations: an address, a name."""

NAME = (
    "", N_("the same"), N_("sounds alike, one typing error, or a nickname"), N_("similar"),
    N_("only an initial, which fits"), N_("different"), N_("given and family name swapped"),
    N_("fits the other part of the name"),
)  # fmt: skip
DATE = (
    "", N_("the same"), N_("one digit off, or day and month swapped"),
    N_("two of year, month and day agree"), N_("years close to each other"), N_("different"),
)  # fmt: skip
NUMBER = ("", N_("the same"), N_("one character off"), N_("two characters off"), N_("different"))
TEXT = ("", N_("the same"), N_("almost the same"), N_("similar"), N_("different"))
COMPANY = ("", N_("the same"), N_("almost the same"), N_("one contains the other"), N_("similar"),
           N_("different"))  # fmt: skip
MAIL = (
    "", N_("the same"), N_("one typing error"), N_("same mailbox at another provider"),
    N_("similar mailbox"), N_("same company"), N_("different"),
)  # fmt: skip
QUANTITY = ("", N_("the same"), N_("off by one"), N_("close to each other"), N_("different"))
EXACT = ("", N_("the same"), N_("different"))
STREET_PART = ("", N_("same street"), N_("street almost the same"), N_("street similar"),
               N_("another street"))  # fmt: skip
NUMBER_PART = ("", N_("same number"), N_("another number"))
PLACE_PART = ("", N_("same place"), N_("place partly the same"), N_("another place"))

CLOSE = 3
"""Years by which ages, or years of birth, that somebody was asked for are off."""
_QUANTITY_DIGITS = 4

CROWD = 10
"""A phone number or address that so many different names have says nothing about a pair."""

_PLACES, _NUMBERS = len(PLACE_PART), len(NUMBER_PART)
ADDRESS_LEVELS = len(STREET_PART) * _NUMBERS * _PLACES

Kind = Literal["given", "middle", "family", "name", "date", "phone", "email", "text", "number",
               "exact", "quantity", "address"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spec:
    """A field that is compared.

    `shared` names the relations (`HOME` ... `CHAIN`) whose people or shops have it in common;
    `counted` says that a rare value in common says more than a frequent one; `parent` that other
    fields may follow from it (a given name tells the sex and the years of birth); `own` that two
    records of one customer hardly ever differ in it.
    """

    name: str  # of the registry's field; "given" and "family" are the parts of a name
    kind: Kind
    labels: tuple[str, ...]
    values: Callable[[Profile], Sequence[str]]
    shared: frozenset[Relation] = frozenset()
    counted: bool = True
    parent: bool = False
    own: bool = False
    position: int = -1  # of a custom field, among those of the profiles

    @property
    def size(self) -> int:
        """How many levels it has."""
        return ADDRESS_LEVELS if self.kind == "address" else len(self.labels)


def split_address(level: int) -> tuple[int, int, int]:
    """The levels of street, number and place in the level of an address."""
    return level // (_NUMBERS * _PLACES), level // _PLACES % _NUMBERS, level % _PLACES


def join_address(street: Any, house: Any, place: Any) -> Any:
    """The level of an address from those of its parts, which are numbers or arrays; the opposite
    of `split_address`.
    """
    return (street * _NUMBERS + house) * _PLACES + place


class Comparer:
    """Compares the fields `specs`; knows which phones and addresses are everybody's."""

    def __init__(self, specs: Sequence[Spec], crowded: frozenset[str] = frozenset()) -> None:
        self.specs = tuple(specs)
        self.crowded = crowded
        at = {spec.kind: index for index, spec in enumerate(specs)}
        self.given = at.get("given", -1)
        self.family = at.get("family", -1)
        self._rest = [(i, self._function(spec, i)) for i, spec in enumerate(specs)
                      if spec.kind not in ("given", "family")]  # fmt: skip

    def levels(self, a: Profile, b: Profile) -> Levels:
        """The level of each field."""
        found = [0] * len(self.specs)
        if self.given >= 0:
            found[self.given], found[self.family] = names(a, b)
        for index, function in self._rest:
            found[index] = function(a, b)
        return tuple(found)

    def common(self, index: int, a: Profile, b: Profile) -> set[str]:
        """The values that both have in a field."""
        values = self.specs[index].values
        return set(values(a)).intersection(values(b))

    def _function(self, spec: Spec, index: int) -> Callable[[Profile, Profile], int]:
        values = spec.values
        if spec.kind == "phone":
            crowded = self.crowded
            return lambda a, b: phones(a.phones, b.phones, crowded)
        if spec.kind == "email":
            crowded = self.crowded
            return lambda a, b: mails(a, b, crowded)
        if spec.kind == "address":
            return addresses
        plain: dict[str, Callable[[str, str], int]] = {
            "name": company,
            "text": text,
            "number": number,
            "date": date,
            "middle": name,
            "exact": exact,
            "quantity": quantity,
        }
        one = plain[spec.kind]

        def compare(a: Profile, b: Profile) -> int:
            mine, theirs = values(a), values(b)
            if not mine or not theirs:
                return 0
            if len(mine) == 1 and len(theirs) == 1:
                x, y = mine[0], theirs[0]
                return (1 if x == y else one(x, y)) if x and y else 0
            return min((1 if x == y else one(x, y)) for x in mine for y in theirs)

        return compare


def names(a: Profile, b: Profile) -> tuple[int, int]:
    """The levels of the given and the family name of two persons."""
    ag, af, bg, bf = a.given, a.family, b.given, b.family
    if ag == bg and af == bf:
        return (1 if ag else 0), (1 if af else 0)
    given, family = name(ag, bg), name(af, bf)
    if given in (1, 2) or family in (1, 2):
        return given, family
    crossed, back = name(ag, bf), name(af, bg)
    fits, fits_back = crossed in (1, 2), back in (1, 2)
    if fits and fits_back:
        return 6, 0
    if fits or fits_back:
        return (7, 0) if {crossed, back} & {0, 3, 4} else (7, 5)
    return given, family


def name(a: str, b: str) -> int:
    """The level of two parts of names, which may be empty."""
    if not a or not b:
        return 0
    if a == b:
        return 1
    return _name(a, b) if a < b else _name(b, a)


@lru_cache(1 << 18)
def _name(a: str, b: str) -> int:
    if not a.isascii() or not b.isascii():
        han, other = has_han(a), has_han(b)
        if han or other:
            return _han_name(a, b, han and other)
    shorter = min(len(a), len(b))
    if shorter == 1:
        return 4 if a[0] == b[0] else 5
    alike = JaroWinkler.normalized_similarity(a, b)
    edits = OSA.distance(a, b, score_cutoff=2)
    if (edits <= 1 and shorter >= 3) or alike >= 0.92 or (alike >= 0.75 and sound(a) == sound(b)):
        return 2
    if same_person(a, b):
        return 2
    return 3 if alike >= 0.8 or (edits <= 2 and shorter >= 5) else 5


def _han_name(a: str, b: str, both: bool) -> int:
    """Chinese names are short: one other character is another person, another spelling is not."""
    if pinyin(a) == pinyin(b):
        return 2
    if both and len(a) == len(b) > 2 and OSA.distance(a, b) == 1:
        return 3
    return 5


def company(a: str, b: str) -> int:
    """The level of two names of organisations."""
    return _company(a, b) if a < b else _company(b, a)


@lru_cache(1 << 16)
def _company(a: str, b: str) -> int:
    if has_han(a) or has_han(b):
        if pinyin(a) == pinyin(b):
            return 2
        if a in b or b in a:
            return 3
        return 4 if fuzz.ratio(a, b) >= 75 else 5
    alike = max(fuzz.token_sort_ratio(a, b), fuzz.ratio(a.replace(" ", ""), b.replace(" ", "")))
    if alike >= 90:
        return 2
    if _contained(a.split(), b.split()):
        return 3
    return 4 if alike >= 72 and _leftovers_alike(a.split(), b.split()) else 5


def _leftovers_alike(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether what two names do not have in common is alike, too: two bars of one hotel are two."""
    mine, theirs = (" ".join(w for w in one if w not in other) for one, other in ((a, b), (b, a)))
    return fuzz.token_sort_ratio(mine, theirs) >= 60


def _contained(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether each word of the shorter name is in the longer one, or begins a word of it."""
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    return all(
        any(x == y or (len(x) >= 3 and y.startswith(x)) or (len(y) >= 3 and x.startswith(y))
            for y in long)
        for x in short
    ) and any(len(x) >= 3 for x in short)  # fmt: skip


def text(a: str, b: str) -> int:
    """The level of two texts."""
    alike = fuzz.token_sort_ratio(a, b, score_cutoff=72)
    return 2 if alike >= 88 else 3 if alike >= 72 else 4


def number(a: str, b: str) -> int:
    """The level of two numbers that are not the same."""
    return min(OSA.distance(a, b, score_cutoff=2), 3) + 1


def quantity(a: str, b: str) -> int:
    """The level of two ages or years that are not the same."""
    apart = abs(int(a) - int(b)) if a.isdecimal() and b.isdecimal() else math.inf
    return 2 if apart == 1 else 3 if apart <= CLOSE else 4


def exact(_a: str, _b: str) -> int:
    """The level of two different values of which only the same would say something."""
    return 2


@lru_cache(1 << 16)
def date(a: str, b: str) -> int:
    """The level of two dates (YYYYMMDD) that are not the same."""
    swapped = a[:4] == b[:4] and a[4:6] == b[6:8] and a[6:8] == b[4:6]
    if swapped or OSA.distance(a, b, score_cutoff=1) <= 1:
        return 2
    if (a[:4] == b[:4]) + (a[4:6] == b[4:6]) + (a[6:] == b[6:]) >= 2:
        return 3
    if a[:4].isdecimal() and b[:4].isdecimal() and abs(int(a[:4]) - int(b[:4])) <= 10:
        return 4
    return 5


def phones(a: Sequence[str], b: Sequence[str], crowded: frozenset[str]) -> int:
    """The level of the phone numbers of two customers."""
    if not a or not b:
        return 0
    best = 4
    useless = False
    for x in a:
        for y in b:
            if x != y:
                best = min(best, number(x, y))
            elif x in crowded:
                useless = True
            else:
                return 1
    return 0 if useless else best


def mails(a: Profile, b: Profile, crowded: frozenset[str]) -> int:
    """The level of the addresses of two customers.

    A mailbox that is made from the name adds nothing to the name, and one that many have
    ("info@") adds nothing at all: at another provider it counts as not known.
    """
    best = 7
    useless = False
    for x in a.emails:
        for y in b.emails:
            if x == y:
                if x not in crowded:
                    return 1
                useless = True
                continue
            level = _mail(x, y, crowded)
            if level == 2 and (a.given, a.family) != (b.given, b.family) and _made_of(x, a):
                useless = True  # the name was mistyped there, too, or it is another name
            elif level in (3, 4) and (
                _made_of(x, a) or _made_of(y, b) or mailbox(x) in crowded or mailbox(y) in crowded
            ):
                useless = useless or level == 3
                level = _provider(x, y, crowded)
            best = min(best, level)
    return 0 if useless or best == 7 else best


def mailbox(mail: str) -> str:
    """What stands before the provider, with the sign: "info@"."""
    return mail[: mail.find("@") + 1]


_SHORT_MAILBOX = 4  # characters; below it another letter is another mailbox


def _mail(a: str, b: str, crowded: frozenset[str]) -> int:
    mine, _at, mine_at = a.partition("@")
    theirs, _at, theirs_at = b.partition("@")
    digits = _digits(mine) == _digits(theirs)
    if mine_at != theirs_at and _free(mine_at, crowded) and _free(theirs_at, crowded):
        return 3 if mine == theirs else 6
    if min(len(mine), len(theirs)) < _SHORT_MAILBOX:
        return 3 if mine == theirs else _provider(a, b, crowded)
    firms = mine_at != theirs_at and mine_at in crowded and theirs_at in crowded
    edits = 1 if mine == theirs or mine_at == theirs_at else 2
    typed = (digits or mine == theirs) and not firms
    if typed and OSA.distance(a, b, score_cutoff=edits) <= edits:
        return 2
    if mine == theirs:
        return 3
    if digits and JaroWinkler.normalized_similarity(mine, theirs) >= 0.9:
        return 4
    return _provider(a, b, crowded)


def _provider(a: str, b: str, crowded: frozenset[str]) -> int:
    mine, theirs = a.partition("@")[2], b.partition("@")[2]
    return 5 if mine == theirs and not _free(mine, crowded) else 6


def _free(domain: str, crowded: frozenset[str]) -> bool:
    return domain in FREE_MAIL or f"@{domain}" in crowded


def _digits(mailbox: str) -> str:
    return "".join(filter(str.isdigit, mailbox))


def _made_of(mail: str, who: Profile) -> bool:
    box = mailbox_parts(mail.partition("@")[0])
    return made_of(box, pinyin(who.given)) or made_of(box, pinyin(who.family))


def mailbox_parts(box: str) -> tuple[str, tuple[str, ...]]:
    """The letters of a mailbox, and the words of letters in it."""
    if box.isalpha():
        return box, (box,)
    parts = tuple("".join(c if c.isalpha() else " " for c in box).split())
    return "".join(parts), parts


def made_of(box: tuple[str, tuple[str, ...]], name: str) -> bool:
    """Whether a mailbox, given by its parts, is made of this part of a name: "anna.li" of both, and
    with an initial or two before or behind a short name "yli" and "lix" as well.
    """
    letters, parts = box
    size = len(name)
    return (
        (size > 2 and name[:5] in letters)
        or (0 < size >= len(letters) - 2 and name in letters)
        or (size > 1 and name in parts)
    )


def addresses(a: Profile, b: Profile) -> int:
    """The level of two addresses: street, number and place in one (see `split_address`)."""
    street = 0
    if a.street and b.street:
        street = 1 if a.street == b.street else _street(a.street, b.street)
    house = 0
    if a.number and b.number:
        house = 1 if a.number == b.number else 2
    known = agree = 0
    if a.postcode and b.postcode:
        known, agree = 1, 2 if a.postcode == b.postcode else near(a.postcode, b.postcode, 1)
    if a.city and b.city:
        known += 1
        agree += 2 if a.city == b.city else _city(a.city, b.city)
    place = 0 if not known else 1 if agree >= 2 * known - 1 else 2 if agree else 3
    level: int = join_address(street, house, place)
    return level


@lru_cache(1 << 17)
def _street(a: str, b: str) -> int:
    return text(a, b)


@lru_cache(1 << 16)
def _city(a: str, b: str) -> int:
    return 1 if near(a, b, 2) or JaroWinkler.normalized_similarity(a, b) >= 0.85 else 0


def near(a: str, b: str, edits: int) -> int:
    """1 for two texts at most so many edits apart, else 0."""
    return 1 if OSA.distance(a, b, score_cutoff=edits) <= edits else 0


def one(value: str) -> Sequence[str]:
    """The values of a field that has at most one."""
    return (value,) if value else ()


_HOME: frozenset[Relation] = frozenset({"home"})
_WORK: frozenset[Relation] = frozenset({"work"})
_BUILDING: frozenset[Relation] = frozenset({"building"})
_CHAIN: frozenset[Relation] = frozenset({"chain"})


def person_specs() -> list[Spec]:
    """The fields by which persons are compared."""
    return [
        Spec("given", "given", NAME, lambda p: one(p.given), parent=True, own=True),
        Spec("family", "family", NAME[:6], lambda p: one(p.family), _HOME, parent=True, own=True),
        Spec("middle", "middle", NAME[:6], lambda p: one(p.middle)),
        Spec("birthday", "date", DATE, lambda p: one(p.birthday), counted=False, own=True),
        Spec("phones", "phone", NUMBER, lambda p: p.phones, _HOME | _WORK),
        Spec("emails", "email", MAIL, lambda p: p.emails),
        Spec("handles", "exact", EXACT, lambda p: p.handles),
        Spec("organization", "name", COMPANY, lambda p: one(p.company), _WORK),
        Spec("street", "address", (), lambda _p: (), _HOME | _WORK, counted=False),
    ]


def organization_specs() -> list[Spec]:
    """The fields by which organisations are compared."""
    return [
        Spec("name", "name", COMPANY, lambda p: one(p.family), _CHAIN, own=True),
        Spec("phones", "phone", NUMBER, lambda p: p.phones, _BUILDING),
        Spec("emails", "email", MAIL, lambda p: p.emails, _CHAIN),
        Spec("handles", "exact", EXACT, lambda p: p.handles),
        Spec("street", "address", (), lambda _p: (), _BUILDING, counted=False),
    ]


def custom_spec(name: str, position: int, sample: Sequence[str]) -> Spec | None:
    """How a custom field is compared, told by its values; None for one that tells nobody apart.

    `sample` is of those who have a value, folded. Eight digits that begin like a year are dates,
    short numbers that many share are ages or years, longer ones identify; the rest is text, from
    which other fields may follow if many share it: a parish tells the place.
    """
    if len(sample) < 2:
        return None

    def values(profile: Profile) -> Sequence[str]:
        return one(profile.custom[position])

    dated = sum(len(v) == 8 and v[:2] in ("18", "19", "20") and v.isdecimal() for v in sample)
    if dated >= 0.8 * len(sample):
        return Spec(name, "date", DATE, values, counted=False, position=position)
    distinct = len(set(sample)) / len(sample)
    if distinct < 0.05 and len(set(sample)) < 20:
        return None
    short = sum(len(v) <= _QUANTITY_DIGITS and v.isdecimal() for v in sample)
    if short >= 0.9 * len(sample) and distinct < 0.5:
        return Spec(name, "quantity", QUANTITY, values, counted=False, position=position)
    digits = sum(any(map(str.isdigit, v)) for v in sample)
    if digits >= 0.8 * len(sample) and sum(map(len, sample)) >= 4 * len(sample):
        return Spec(name, "number", NUMBER, values, position=position)
    everywhere = _HOME | _WORK | _BUILDING | _CHAIN
    common = distinct < 0.5
    shared = everywhere if common else frozenset()
    return Spec(name, "text", TEXT, values, shared, parent=common, position=position)
