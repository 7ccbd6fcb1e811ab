"""A small town of made-up people: households, twins, namesakes, colleagues, and some twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

_GIVEN_NAMES = (
    "james john robert michael william david richard joseph thomas charles daniel matthew mark"
    " paul andrew joshua mary patricia jennifer linda elizabeth barbara susan jessica sarah karen"
    " nancy margaret sandra ashley emily donna michelle carol amanda dorothy melissa deborah laura"
    " sharon cynthia amy angela shirley anna brenda pamela nicole samantha katherine christine"
)
_SYLLABLE_LIST = "ba ker lo mi ran to sen vi gar mul ler hoff den wick stone ford li son be wo od"
_GIVEN = _GIVEN_NAMES.split()
_SYLLABLES = _SYLLABLE_LIST.split()


@dataclass
class Town:
    """Customers as the registry's values, and who of them (by place) is who."""

    customers: list[dict[str, Any]] = field(default_factory=list)
    same: set[tuple[int, int]] = field(default_factory=set)
    related: set[tuple[int, int]] = field(default_factory=set)


def town(size: int, twice: float, seed: int = 1) -> Town:
    """About `size` people, of whom the share `twice` is entered a second time with errors."""
    random = Random(seed)
    found = Town()
    surnames = ["".join(random.choices(_SYLLABLES, k=3)) for _name in range(size // 4)]
    streets = ["".join(random.choices(_SYLLABLES, k=2)) for _name in range(60)]
    mails: set[str] = set()

    def person(family: str, street: str, phone: str, company: str = "") -> dict[str, Any]:
        given = random.choice(_GIVEN)
        mail = f"{given}.{family}@gmail.com"
        while mail in mails:
            mail = f"{given}.{family}{random.randrange(10_000)}@gmail.com"
        mails.add(mail)
        born = f"{random.randrange(1940, 2000)}-{random.randrange(1, 13):02}"
        return {
            "name": f"{given} {family}".title(),
            "street": street,
            "city": "Sometown",
            "birthday": f"{born}-{random.randrange(1, 29):02}" if random.random() < 0.7 else "",
            "phones": (phone,),
            "emails": (mail,) if random.random() < 0.7 else (),
            "organization": company,
        }

    def number() -> str:
        return f"+4420{random.randrange(10**7, 10**8)}"

    while len(found.customers) < size:
        family, phone = random.choice(surnames), number()
        street = f"{random.randrange(1, 200)} {random.choice(streets)} street"
        first = len(found.customers)
        if random.random() < 0.3:  # a household
            group = [person(family, street, phone) for _member in range(random.choice((2, 3, 4)))]
            if random.random() < 0.3:
                group[1]["birthday"] = group[0]["birthday"] = "1987-03-04"
        elif random.random() < 0.3:  # colleagues at one switchboard
            company = f"{random.choice(_SYLLABLES)}{random.choice(_SYLLABLES)} Ltd".title()
            group = [
                person(
                    random.choice(surnames),
                    f"{random.randrange(1, 200)} {random.choice(streets)} street",
                    phone,
                    company,
                )
                for _member in range(random.choice((2, 5)))
            ]
        else:
            group = [person(family, street, phone)]
        found.customers += {member["name"]: member for member in group}.values()
        places = range(first, len(found.customers))
        found.related.update((a, b) for a in places for b in places if a < b)
    for place in random.sample(range(len(found.customers)), int(size * twice)):
        found.same.add((place, len(found.customers)))
        found.customers.append(_noisy(found.customers[place], random))
    return found


def _noisy(customer: dict[str, Any], random: Random) -> dict[str, Any]:
    copy = dict(customer)
    for what in random.sample(("name", "street", "birthday", "emails", "phones"), 2):
        if what in ("name", "street"):
            text = copy[what]
            at = random.randrange(1, len(text) - 2)
            copy[what] = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        elif what == "birthday":
            copy[what] = ""
        else:
            copy[what] = ()
    return copy
