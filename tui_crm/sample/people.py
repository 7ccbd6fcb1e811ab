"""Customers that do not exist, in their real variety.

Half of them live in English-speaking countries, a third write their names in Chinese characters,
the others bring the diacritics of Polish, Turkish, Vietnamese, German, French and the Nordic
languages. E-mail addresses are below `.example`, which never belongs to anybody (RFC 2606).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from random import Random
from typing import TypeVar

from tui_crm.core.rows import Value
from tui_crm.sample import words
from tui_crm.sample.locales import BRANDS_ZH, LOCALES, Locale, Place
from tui_crm.text.fold import fold

_T = TypeVar("_T")

ORGANIZATION_SHARE = 0.12
_EMPLOYED = 0.72  # of persons who work for one of the firms
_KNOWN_FIRMS = 500  # of a country; new people work for the youngest of them
_GENERIC_DOMAINS = ("example.com", "example.net", "example.org")
_MAIL_HOSTS_ZH = ("youxiang.example", "mail.example")

STATUSES = ("active", "lead", "prospect", "dormant", "lost")
CATEGORIES = ("regular", "potential", "vip", "partner", "supplier")
SOURCES = ("web", "phone", "referral", "fair", "social", "import")


@dataclass(frozen=True, slots=True)
class Picklists:
    """The values to choose from, the most frequent first."""

    statuses: Sequence[str] = STATUSES
    categories: Sequence[str] = CATEGORIES
    sources: Sequence[str] = SOURCES


@dataclass(slots=True)
class _Firm:
    name: str
    domain: str
    place: Place


@dataclass(slots=True)
class _Country:
    """A locale with what one run of the generator has made there."""

    locale: Locale
    mobile: list[list[str]]
    landline: list[list[str]]
    given: list[tuple[str, str]]  # as written, and in the letters of an address
    surnames: list[tuple[str, str]]
    trades: list[tuple[str, str]]
    firms: list[_Firm] = field(default_factory=list)


def customers(n: int, seed: int, picklists: Picklists | None = None) -> Iterator[dict[str, Value]]:
    """`n` customers as registry values by field name, the same ones for the same `seed`.

    The first thousand of a million are the thousand of a thousand. Owner and team are not set,
    since those have to exist first. A person's `organization` is the name of an earlier record.
    """
    generator = _Generator(seed, picklists or Picklists())
    for index in range(n):
        yield generator.customer(index)


class _Generator:
    """One run; every draw comes from one stream of random numbers."""

    def __init__(self, seed: int, picklists: Picklists) -> None:
        self.random: Callable[[], float] = Random(seed).random
        self.picklists = picklists
        self.countries = [_country(locale) for locale in LOCALES]
        self.shares = list(accumulate(locale.share for locale in LOCALES))
        self.firm_names: set[str] = set()

    def customer(self, index: int) -> dict[str, Value]:
        """The next customer."""
        at = bisect(self.shares, self.random() * 0.999999)
        country = self.countries[at]
        if not country.firms or self.random() < ORGANIZATION_SHARE:
            values = self._organization(country)
        else:
            values = self._person(country)
        values["account_no"] = f"C{100_001 + index}"
        self._classify(country, values)
        return values

    def _organization(self, country: _Country) -> dict[str, Value]:
        locale = country.locale
        place = self._pick(locale.places)
        name, stem = self._firm_name(country, place)
        domain = f"{stem}.example"
        firms = country.firms
        firm = _Firm(name, domain, place)
        if len(firms) < _KNOWN_FIRMS:
            firms.append(firm)
        else:
            firms[int(self.random() * _KNOWN_FIRMS)] = firm
        mailbox = self._pick(("info", "office", "sales", "contact"))
        phones = [self._landline(country, place)]
        if self.random() < 0.3:
            phones.append(self._landline(country, place))
        values: dict[str, Value] = {
            "kind": "organization",
            "name": name,
            "phones": tuple(dict.fromkeys(phones)),
            "emails": (f"{mailbox}@{domain}",),
        }
        self._address(country, place, values)
        return values

    def _person(self, country: _Country) -> dict[str, Value]:
        locale = country.locale
        given, given_ascii = self._pick(country.given)
        surname, surname_ascii = self._pick(country.surnames)
        first, last = (surname, given) if locale.family_first else (given, surname)
        values: dict[str, Value] = {"kind": "person", "name": f"{first}{locale.joiner}{last}"}
        emails = []
        place = self._pick(locale.places)
        if self.random() < _EMPLOYED:
            firm = self._pick(country.firms)
            place = firm.place
            values["organization"] = firm.name
            values["title"] = self._pick(locale.titles)
            local = f"{given_ascii}.{surname_ascii}"
            if self.random() < 0.4:
                local = f"{given_ascii[0]}{surname_ascii}"
            emails.append(f"{local}@{firm.domain}")
        if not emails or self.random() < 0.25:
            hosts = _MAIL_HOSTS_ZH if locale.joiner == "" else _GENERIC_DOMAINS
            number = int(self.random() * 1000)
            emails.append(f"{surname_ascii}{given_ascii}{number}@{self._pick(hosts)}")
        phones = [self._mobile(country, place)]
        while len(phones) < 4 and self.random() < 0.45:
            make = self._landline if self.random() < 0.6 else self._mobile
            phones.append(make(country, place))
        values["phones"] = tuple(dict.fromkeys(phones))
        values["emails"] = tuple(emails)
        if locale.joiner == "" and self.random() < 0.4:
            values["handles"] = (f"wx_{surname_ascii}{given_ascii}{int(self.random() * 10_000)}",)
        if self.random() < 0.35:
            year = 1945 + int(self.random() * 60)
            month, day = 1 + int(self.random() * 12), 1 + int(self.random() * 28)
            values["birthday"] = f"{year}-{month:02}-{day:02}"
        self._address(country, place, values)
        return values

    def _address(self, country: _Country, place: Place, values: dict[str, Value]) -> None:
        locale = country.locale
        values["city"] = place.city
        values["state"] = place.state
        values["country"] = locale.country
        if self.random() < 0.8:
            number = 1 + int(self.random() * 240)
            street = self._pick(locale.streets)
            values["street"] = locale.address.format(number=number, street=street)
            values["postcode"] = self._digits(_options(place.postcode))

    def _classify(self, country: _Country, values: dict[str, Value]) -> None:
        chinese = country.locale.joiner == ""
        # The square prefers the front of each list: most customers are of the usual kind.
        for name, choices in (
            ("status", self.picklists.statuses),
            ("category", self.picklists.categories),
            ("source", self.picklists.sources),
        ):
            if choices:
                values[name] = choices[int(self.random() ** 2 * len(choices))]
        if self.random() < 0.45:
            pool = words.TAGS_ZH if chinese else words.TAGS
            tags = {self._pick(pool) for _ in range(1 + int(self.random() * 3))}
            values["tags"] = tuple(sorted(tags))
        if self.random() < 0.2:
            template = self._pick(words.NEEDS_ZH if chinese else words.NEEDS)
            values["needs"] = template.format(n=2 + int(self.random() * 40))

    def _firm_name(self, country: _Country, place: Place) -> tuple[str, str]:
        """A name that no earlier firm has, and the letters of its domain."""
        locale = country.locale
        for attempt in range(2, 1_000_000):
            trade, trade_ascii = self._pick(country.trades)
            form = self._pick(locale.legal_forms)
            if locale.joiner == "":
                brand, brand_ascii = self._pick(_BRANDS)
                if self.random() < 0.5:
                    more, more_ascii = self._pick(country.surnames)
                    brand, brand_ascii = more + brand, more_ascii + brand_ascii
                town = place.city.rstrip("市")
                name, stem = f"{town}{brand}{trade}{form}", f"{brand_ascii}-{trade_ascii}"
            else:
                surname, surname_ascii = self._pick(country.surnames)
                name, stem = f"{surname} {trade} {form}", f"{surname_ascii}-{trade_ascii}"
                if self.random() < 0.4:
                    other, other_ascii = self._pick(country.surnames)
                    name = f"{surname} & {other} {trade} {form}"
                    stem = f"{surname_ascii}-{other_ascii}"
            if attempt > 8:
                name = f"{name} {attempt}"
            if name not in self.firm_names:
                self.firm_names.add(name)
                return name, stem
        raise AssertionError("a million names are taken")

    def _mobile(self, country: _Country, place: Place) -> str:
        patterns = country.mobile
        if not patterns:  # North America does not tell mobile numbers apart
            return self._landline(country, place)
        return self._spell(country.locale, "", self._digits(self._pick(patterns)))

    def _landline(self, country: _Country, place: Place) -> str:
        number = self._digits(self._pick(country.landline))
        return self._spell(country.locale, place.area, number)

    def _spell(self, locale: Locale, area: str, number: str) -> str:
        """The number in one of the ways in which people write theirs."""
        way = self.random()
        digits = area + number
        if way < 0.3:
            return f"+{locale.calling}{digits}"
        groups = [area, *_halves(number)] if area else _grouped(digits, locale.groups)
        if way < 0.7:
            return f"+{locale.calling} {' '.join(groups)}"
        if way < 0.78:
            return f"+{locale.calling}-{'-'.join(groups)}"
        if way < 0.84:
            return f"00{locale.calling} {' '.join(groups)}"
        if locale.calling == "1":
            return f"({groups[0]}) {'-'.join(groups[1:])}"
        if way < 0.92 or not locale.trunk:
            return locale.trunk * (locale.code != "CN" or bool(area)) + " ".join(groups)
        return locale.trunk * (locale.code != "CN" or bool(area)) + "-".join(groups)

    def _digits(self, options: Sequence[str]) -> str:
        random = self.random
        return "".join(
            [
                choice if len(choice) == 1 else choice[int(random() * len(choice))]
                for choice in options
            ]
        )

    def _pick(self, pool: Sequence[_T]) -> _T:
        return pool[int(self.random() * len(pool))]


def _halves(number: str) -> list[str]:
    """What follows an area code, in two groups."""
    return [number[: len(number) // 2], number[len(number) // 2 :]]


def _grouped(digits: str, groups: tuple[int, ...]) -> list[str]:
    """The digits in groups of these sizes; what is over goes to the last one."""
    parts: list[str] = []
    at = 0
    for size in groups[:-1]:
        if at + size >= len(digits):
            break
        parts.append(digits[at : at + size])
        at += size
    return [*parts, digits[at:]]


@cache
def _options(pattern: str) -> list[str]:
    """For each character of a pattern, the characters that may stand there."""
    options = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "[":
            end = pattern.index("]", at)
            options.append(_char_class(pattern[at + 1 : end]))
            at = end
        else:
            options.append({"#": "0123456789", "%": "23456789"}.get(char, char))
        at += 1
    return options


def _char_class(text: str) -> str:
    """The members of a class of digits such as "0-26-9"."""
    members = ""
    at = 0
    while at < len(text):
        if text[at + 1 : at + 2] == "-":
            members += "".join(map(str, range(int(text[at]), int(text[at + 2]) + 1)))
            at += 3
        else:
            members += text[at]
            at += 1
    return members


def _spelled(name: str) -> tuple[str, str]:
    """A name of the tables, and its letters for an address: what follows a colon, or folded."""
    written, _, letters = name.partition(":")
    return written, letters or "".join(c for c in fold(written) if c.isascii() and c.isalpha())


_BRANDS = [_spelled(name) for name in BRANDS_ZH]


def _country(locale: Locale) -> _Country:
    return _Country(
        locale,
        [_options(pattern) for pattern in locale.mobile],
        [_options(pattern) for pattern in locale.landline],
        [_spelled(name) for name in locale.given],
        [_spelled(name) for name in locale.surnames],
        [_spelled(name) for name in locale.trades],
    )
