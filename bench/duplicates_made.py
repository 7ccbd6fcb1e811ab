"""How well duplicates are found in tables made from a seed: what public tables do not have.

    python bench/duplicates_made.py [NAME] [SEED]

Households and firms (whose members are related, not the same), old census lists spelled by ear,
parish books with abbreviated names, business cards read by a scanner, two snapshots of a list of
voters, and tables in which nobody is twice. Printed are precision, recall
and F1 of the pairs in the groups, and how many related pairs are named.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from duplicates import Pairs, pairs_of
from made_people import Maker

from tui_crm.exchange.duplicates.profile import Profile, make
from tui_crm.exchange.duplicates.scan import LEAST, Scan
from tui_crm.exchange.duplicates.table import build
from tui_crm.sample.people import customers

_JOBS = ("farmer", "labourer", "servant", "weaver", "smith", "miller", "tailor", "carpenter",
         "sailor", "clerk", "baker")  # fmt: skip


@dataclass
class Made:
    """Customers, the names of their own fields, and who of them is who."""

    profiles: list[Profile] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    same: list[list[int]] = field(default_factory=list)
    related: Pairs = field(default_factory=set)

    def add(self, **values: Any) -> int:
        """One more customer; gives the id."""
        id_ = len(self.profiles)
        self.profiles.append(make(id_, **{"kind": "person", **values}))
        return id_


def households(seed: int) -> Made:
    """Families under one roof: fathers and sons of one name, twins; one in twelve is twice."""
    maker, found = Maker(seed), Made()
    random = maker.random
    while len(found.profiles) < 9000:
        family, street, phone = maker.family(), maker.street(), maker.phone()
        town, code = random.choice(maker.towns), f"{random.randrange(10000, 99999)}"
        parents = random.randrange(1935, 1975)
        people: list[tuple[str, str]] = []
        for number in range(random.choice((1, 2, 2, 3, 4, 5))):
            woman = random.random() < 0.5
            name = maker.given(woman)
            born = maker.birthday(parents, parents + 6)
            if number >= 2:
                born = maker.birthday(parents + 22, parents + 32)
                if random.random() < 0.12:  # a son of his father's name
                    name = people[0][0]
                elif people and random.random() < 0.06:  # a twin
                    born = people[-1][1]
            if (name, born) not in people:
                people.append((name, born))
        ids = []
        for name, born in people:
            mail = f"{name[0].lower()}{family.lower()}{random.randrange(1, 999)}@gmail.com"
            values: dict[str, Any] = {
                "name": f"{name} {family}", "street": street, "postcode": code, "city": town,
                "birthday": born if random.random() < 0.85 else "",
                "phones": [phone] if random.random() < 0.6 else [maker.phone()],
                "emails": [mail] if random.random() < 0.5 else [],
            }  # fmt: skip
            ids.append(found.add(**values))
            if random.random() < 0.08:
                copy = dict(values)
                for what in random.sample(("name", "street", "birthday", "phones", "emails"), 2):
                    if what in ("name", "street"):
                        copy[what] = maker.mistyped(copy[what])
                    else:
                        copy[what] = "" if what == "birthday" else []
                found.same.append([ids[-1], found.add(**copy)])
        found.related |= pairs_of([ids])
    return found


def firms(seed: int) -> Made:
    """Colleagues at firms with one switchboard; one in twenty is twice."""
    maker, found = Maker(seed), Made()
    random = maker.random
    while len(found.profiles) < 6000:
        firm, street, phone = f"{maker.family()} {maker.family()}", maker.street(), maker.phone()
        domain = firm.replace(" ", "").lower() + ".com"
        town, code = random.choice(maker.towns), f"{random.randrange(10000, 99999)}"
        ids = []
        for _person in range(random.choice((2, 4, 8, 20))):
            given, family = maker.given(random.random() < 0.5), maker.family()
            values: dict[str, Any] = {
                "name": f"{given} {family}", "company": firm, "street": street, "city": town,
                "postcode": code, "phones": [phone],
                "emails": [f"{given[0].lower()}.{family.lower()}@{domain}"]
                if random.random() < 0.7 else [],
            }  # fmt: skip
            ids.append(found.add(**values))
            if random.random() < 0.05:
                copy = {**values, "name": maker.mistyped(values["name"])}
                copy["emails" if random.random() < 0.5 else "phones"] = []
                found.same.append([ids[-1], found.add(**copy)])
        found.related |= pairs_of([ids])
    return found


def shops(seed: int) -> Made:
    """Shops of chains in many towns; one in fifteen is twice."""
    maker, found = Maker(seed), Made()
    random = maker.random
    while len(found.profiles) < 4000:
        chain = f"{maker.family()} {random.choice(('Coffee', 'Pharmacy', 'Books', 'Tools'))}"
        ids = []
        for _shop in range(random.choice((1, 1, 1, 2, 5, 30))):
            values: dict[str, Any] = {
                "kind": "organization", "name": chain, "street": maker.street(),
                "city": random.choice(maker.towns), "phones": [maker.phone()],
                "postcode": f"{random.randrange(10000, 99999)}",
                "emails": [f"info@{chain.replace(' ', '').lower()}.com"],
            }  # fmt: skip
            ids.append(found.add(**values))
            if random.random() < 1 / 15:
                copy = {**values, "name": random.choice((f"{chain} Inc.", maker.mistyped(chain)))}
                if random.random() < 0.5:
                    copy["street"] = maker.mistyped(copy["street"])
                else:
                    copy["phones"] = []
                found.same.append([ids[-1], found.add(**copy)])
        found.related |= pairs_of([ids])
    return found


def census(seed: int) -> Made:
    """An old census twice, ten years between taken off: by ear, ages off, no telephones."""
    maker, found = Maker(seed), Made(own=["birth_year", "occupation", "parish_of_birth"])
    random = maker.random
    parishes = maker.towns[:25]
    while len(found.profiles) < 8000:
        family, parish, head = maker.family(), random.choice(parishes), random.randrange(1790, 1850)
        ids = []
        children: set[str] = set()
        for number in range(random.choice((1, 2, 3, 5, 7))):
            # A man and a woman, and children of whom no two have one name.
            given = maker.given(number == 1 if number < 2 else random.random() < 0.5)
            if number >= 2:
                while given in children:
                    given = maker.given(random.random() < 0.5)
                children.add(given)
            year = head + (random.randrange(-4, 5) if number < 2 else random.randrange(20, 42))
            job = random.choice(_JOBS) if number < 1 or random.random() < 0.2 else ""
            born = parish if random.random() < 0.7 else random.choice(parishes)
            ids.append(found.add(
                name=f"{given} {family}", city=parish, custom=[str(year), job, born]
            ))  # fmt: skip
            if random.random() < 0.45:
                again = maker.heard(given) if random.random() < 0.2 else given
                spelled = maker.heard(family) if random.random() < 0.3 else family
                off = random.choice((0, 0, 0, 0, 1, -1, 1, -1, 2, -2))
                there = parish if random.random() < 0.85 else random.choice(parishes)
                found.same.append([ids[-1], found.add(
                    name=f"{again} {spelled}", city=there,
                    custom=[str(year + off), job if random.random() < 0.7 else "", born],
                )])  # fmt: skip
        found.related |= pairs_of([ids])
    return found


def parish_books(seed: int) -> Made:
    """Two lists of one parish, five years apart: abbreviated names, widows remarried, no births.

    Families keep few names, which come back in every generation; what sets people apart is the
    household, the age and the place of the house.
    """
    maker, found = Maker(seed), Made(own=["age", "relation", "house"])
    random = maker.random
    short = {"William": "Wm", "Thomas": "Thos", "James": "Jas", "John": "Jno", "Robert": "Robt",
             "Charles": "Chas", "George": "Geo", "Margaret": "Margt", "Elizabeth": "Eliz",
             "Catherine": "Cath"}  # fmt: skip
    house = 0
    while len(found.profiles) < 6000:
        house += 1
        family, ids = maker.family(), []
        names: set[str] = set()
        for number in range(random.choice((2, 3, 4, 6))):
            woman = number == 1 or (number > 1 and random.random() < 0.5)
            given = maker.given(woman)
            while given in names:
                given = maker.given(woman)
            names.add(given)
            age = random.randrange(22, 70) if number < 2 else random.randrange(1, 20)
            relation = ("Head", "Wife")[number] if number < 2 else ("Son", "Daughter")[woman]
            town = maker.towns[house % 12]
            ids.append(found.add(
                name=f"{given} {family}", city=town, custom=[str(age), relation, str(house)]
            ))  # fmt: skip
            if random.random() < 0.5:
                again = short.get(given, given) if random.random() < 0.4 else given
                surname = family
                if relation == "Daughter" and random.random() < 0.2:
                    surname = maker.family()
                elif random.random() < 0.25:
                    surname = maker.heard(family)
                there = house if random.random() < 0.7 else random.randrange(house + 40)
                older = age + 5 + random.choice((0, 0, 0, 1, -1, 2, -2))
                found.same.append([ids[-1], found.add(
                    name=f"{again} {surname}", city=town,
                    custom=[str(older), relation if random.random() < 0.8 else "", str(there)],
                )])  # fmt: skip
        found.related |= pairs_of([ids])
    return found


_LOOKS_LIKE = (
    ("rn", "m"),
    ("m", "rn"),
    ("l", "1"),
    ("1", "l"),
    ("o", "0"),
    ("0", "O"),
    ("cl", "d"),
    ("d", "cl"),
    ("vv", "w"),
    ("w", "vv"),
    ("i", "l"),
    ("e", "c"),
    ("c", "e"),
    ("h", "b"),
    ("5", "S"),
    ("s", "5"),
    ("8", "B"),
    ("B", "8"),
    ("u", "n"),
    ("n", "u"),
    ("g", "9"),
    ("t", "f"),
)


def scanned_cards(seed: int) -> Made:
    """Customers typed by hand, and half of them again as a scanner reads their business cards."""
    maker, found = Maker(seed), Made(own=[])
    random = maker.random
    houses = [f"{maker.family()} {random.choice(('Ltd', 'GmbH', 'Inc', 'Group'))}"
              for _firm in range(700)]  # fmt: skip
    switch = {house: maker.phone() for house in houses}
    places = {house: (maker.street(), random.choice(maker.towns)) for house in houses}

    def read(text: str, often: float) -> str:
        """The text as a scanner reads it: letters taken for others, blanks lost, capitals."""
        for old, new in random.sample(_LOOKS_LIKE, len(_LOOKS_LIKE)):
            if old in text and random.random() < often:
                at = random.choice([n for n in range(len(text)) if text.startswith(old, n)])
                text = text[:at] + new + text[at + len(old) :]
                break
        if random.random() < often / 4:
            text = text.replace(" ", "", 1)
        return text.upper() if random.random() < 0.15 else text

    by_firm: dict[str, list[int]] = {}
    while len(found.profiles) < 6000:
        house, woman = random.choice(houses), random.random() < 0.5
        given, family = maker.given(woman), maker.family()
        street, town = places[house]
        domain = house.split()[0].lower()
        mail = f"{given[0]}.{family}@{domain}.com".lower()
        mobile = maker.phone()
        phones = [mobile] if random.random() < 0.6 else [switch[house]]
        id_ = found.add(
            name=f"{given} {family}", company=house, street=street, city=town,
            phones=phones, emails=[mail] if random.random() < 0.8 else [],
        )  # fmt: skip
        by_firm.setdefault(house, []).append(id_)
        if random.random() < 0.5:
            number = switch[house] if random.random() < 0.3 else mobile
            if random.random() < 0.1:
                number = number[:-1] + str(random.randrange(10))
            found.same.append([id_, found.add(
                name=read(f"{given} {family}", 0.5), company=read(house, 0.4),
                street=read(street, 0.5), city=read(town, 0.3), phones=[number],
                emails=[read(mail, 0.3).replace(" ", "").lower()] if random.random() < 0.7 else [],
            )])  # fmt: skip
    found.related |= pairs_of(by_firm.values())
    return found


def voters(seed: int) -> Made:
    """Two snapshots of a list of voters: moves, marriages, typing errors, few telephones."""
    maker, found = Maker(seed), Made(own=["birth_year", "gender", "party"])
    random = maker.random
    zips = {town: f"{27000 + n}" for n, town in enumerate(maker.towns)}
    while len(found.profiles) < 12000:
        family, street, town = maker.family(), maker.street(), random.choice(maker.towns)
        ids = []
        for _person in range(random.choice((1, 1, 2, 2, 3))):
            woman = random.random() < 0.5
            given, middle = maker.given(woman), maker.given(woman)
            year = str(random.randrange(1925, 2000))
            party = random.choice(("DEM", "REP", "UNA"))
            phone = [maker.phone()] if random.random() < 0.35 else []
            middle = random.choice((middle, middle, middle[0], ""))
            own = [year, "FM"[not woman], party]
            ids.append(found.add(
                name=f"{given} {middle} {family}", street=street, city=town, postcode=zips[town],
                phones=phone, custom=own,
            ))  # fmt: skip
            if random.random() < 0.45:
                there, where, surname, first = street, town, family, given
                if random.random() < 0.12:
                    there, where = maker.street(), random.choice(maker.towns)
                if woman and random.random() < 0.05:
                    surname = maker.family()
                if random.random() < 0.08:
                    first = maker.mistyped(first)
                if random.random() < 0.08:
                    surname = maker.mistyped(surname)
                if random.random() < 0.1:
                    there = maker.mistyped(there)
                second = random.choice((middle, middle, middle[:1], ""))
                found.same.append([ids[-1], found.add(
                    name=f"{first} {second} {surname}", street=there, city=where,
                    postcode=zips[where], phones=phone if random.random() < 0.5 else [],
                    custom=own,
                )])  # fmt: skip
        found.related |= pairs_of([ids])
    return found


def lone_voters(seed: int) -> Made:
    """Voters of whom nobody is twice."""
    found = voters(seed)
    again = {second for _first, second in found.same}
    found.profiles = [who for who in found.profiles if who.id not in again][:10_000]
    found.same = []
    return found


def _sample(country: str, size: int = 10_000) -> Callable[[int], Made]:
    """Of the sample customers those of one country, each with addresses and telephone numbers that
    nobody else has: the sample gives namesakes at one firm the same ones, a mail server does not.
    """

    def made(seed: int) -> Made:
        found = Made()
        given_out: set[str] = set()
        for values in customers(size * 40, seed):
            if values["kind"] == "person" and country in ("", values["country"]):
                given = {k: v for k, v in values.items() if k in _FIELDS}
                given["company"] = values.get("organization", "")
                given["emails"] = [_free(mail, given_out) for mail in values["emails"]]
                given["phones"] = [p for p in values["phones"] if p not in given_out]
                given_out.update(given["phones"])
                found.add(**given)
                if len(found.profiles) == size:
                    break
        return found

    return made


def _free(mail: str, given_out: set[str]) -> str:
    """The address, numbered if it is somebody else's already."""
    box, _at, domain = mail.partition("@")
    number = 1
    while mail in given_out:
        number += 1
        mail = f"{box}{number}@{domain}"
    given_out.add(mail)
    return mail


_FIELDS = {"kind", "name", "phones", "emails", "handles", "street", "postcode", "city", "birthday"}


def _few(seed: int) -> Made:
    """Chinese customers of whom only the name and the city are known."""
    found = Made()
    for who in _sample("China")(seed).profiles:
        found.add(name=who.family + who.given, city=who.city)
    return found


TABLES: dict[str, Callable[[int], Made]] = {
    "households": households, "firms": firms, "shops": shops, "census": census,
    "parish books": parish_books, "scanned cards": scanned_cards, "voters": voters,
    "nobody twice: voters": lone_voters, "nobody twice: sample": _sample(""),
    "nobody twice: Chinese": _sample("China"), "nobody twice: Chinese, name and city": _few,
    "nobody twice: Polish": _sample("Poland", 5000),
    "nobody twice: Turkish": _sample("Türkiye", 5000),
    "nobody twice: Vietnamese": _sample("Vietnam", 5000),
}  # fmt: skip


def main() -> None:
    """Measure all tables."""
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for label, make_table in TABLES.items():
        if only not in label:
            continue
        made = make_table(seed)
        truth = pairs_of(made.same)
        begin = time.process_time()
        line = f"{label:38} {len(made.profiles):6} {len(truth):5}"
        for tier in ("likely", "possible"):
            table = build(made.profiles, len(made.own), organizations=made.profiles[0].organization)
            scan = Scan(table, made.own)
            groups = scan.groups(LEAST[tier])  # type: ignore[index]
            found = pairs_of([[int(table.ids[p]) for p in places] for places, _s in groups])
            right = len(found & truth)
            precision, recall = right / max(1, len(found)), right / max(1, len(truth))
            f1 = 2 * precision * recall / max(1e-9, precision + recall)
            line += (f"  {tier} {len(found)} P {precision:.4f} R {recall:.4f} F1 {f1:.4f}"
                     f" related {len(found & made.related)} of {len(made.related)}")  # fmt: skip
        print(f"{line}  {time.process_time() - begin:.1f} s", flush=True)


if __name__ == "__main__":
    main()
