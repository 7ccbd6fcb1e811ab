"""Many pairs at once get the levels that one pair gets, and the candidates are those in common."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from tests.exchange.duplicates.people import town
from tui_crm.exchange.duplicates import blocking
from tui_crm.exchange.duplicates.arrays import Arrays
from tui_crm.exchange.duplicates.compare import (
    Comparer,
    custom_spec,
    organization_specs,
    person_specs,
)
from tui_crm.exchange.duplicates.profile import Profile, make
from tui_crm.exchange.duplicates.table import Table, build

NAMES = (
    "Ada Lovelace", "ADA LOVELACE", "Lovelace Ada", "A. Lovelace", "Ada Lovelase", "Lovelace",
    "Robert Smith", "Bob Smith", "Bob Smyth", "Smith", "Katherine Meyer", "Catherine Maier",
    "José García", "Jose Garcia", "张小明", "张晓明", "张小红", "张伟", "Zhang Wei", "Wei Zhang",
    "欧阳小明", "Vincent van Gogh", "Bo Li", "B Li", "John Smith Jr.", "John Smith Sr.",
)  # fmt: skip
FIRMS = (
    "", "Acme Trading Ltd", "ACME Trading GmbH", "Acme Tradng", "Art's Deli", "Art's Delicatessen",
    "上海天成机械有限公司", "天成机械", "上海天城机械公司", "Ritz-Carlton Cafe (Atlanta)",
    "Ritz-Carlton Dining Room (Atlanta)", "Zenith Pictures",
)  # fmt: skip
MAILS = (
    "ada@engine.example", "ada@engine.exampel", "ada.lovelace@gmail.com", "ada.lovelace@gmx.de",
    "adalovelace7@gmail.com", "info@alpha.org", "info@omega.org", "x7@firm.org", "x8@firm.org",
    "bsmith@firm.org", "b.smith@firm.org", "b.smith@other.org", "wei88@qq.com", "wei89@qq.com",
)  # fmt: skip
PHONES = ("+442079460018", "02079460018", "+442079460081", "+8613800138000", "13800138000;12",
          "+12025550101", "123", "+12025550102")  # fmt: skip
STREETS = ("", "12 North Main Street", "12 N. Main St", "14 North Main St", "Main Street North 12",
           "中山路12号", "7 Elm Rd", "7 Elms Road")  # fmt: skip
CITIES = ("", "Basel", "Bassel", "Zürich", "Zurich", "London", "上海")
DATES = ("", "1980-01-02", "1980-02-01", "1980-01-03", "1980-01-25", "2005-07-13", "1979-12-31")


def some(random: Random, id_: int, kind: str) -> Profile:
    def few(values: tuple[str, ...]) -> list[str]:
        return random.sample(values, random.choice((0, 1, 1, 2, 3)))

    return make(
        id_, kind=kind, name=random.choice(NAMES if kind == "person" else FIRMS[1:]),
        company=random.choice(FIRMS), phones=few(PHONES), emails=few(MAILS),
        handles=few(("@ada", "@bob", "@eve")), street=random.choice(STREETS),
        postcode=random.choice(("", "4001", "4010", "4101", "SW1A 1AA")),
        city=random.choice(CITIES), birthday=random.choice(DATES),
        custom=[random.choice(("", f"{random.randrange(1000, 1100)}")),
                random.choice(("", "gold card", "goldcard", "silver"))],
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["person", "organization"])
def test_the_levels_of_many_are_those_of_one(kind: str) -> None:
    random = Random(7)
    profiles = [some(random, n, kind) for n in range(400)]
    table = build(profiles, 2, organizations=kind == "organization")
    own = [
        spec
        for n in range(2)
        if (spec := custom_spec(f"own{n}", n, [p.custom[n] for p in profiles if p.custom[n]]))
    ]
    assert own
    specs = (organization_specs() if kind == "organization" else person_specs()) + own
    arrays = Arrays(table, specs)
    one = Comparer(specs, arrays.crowded_texts())
    assert one.crowded
    a, b = np.array([random.sample(range(400), 2) for _pair in range(20_000)], np.int32).T
    found = arrays.levels(a, b)
    for column, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        expected = one.levels(profiles[x], profiles[y])
        assert tuple(found[:, column].tolist()) == expected, (profiles[x], profiles[y])


def test_a_table_gives_its_customers_back() -> None:
    random = Random(3)
    profiles = [some(random, n, "person") for n in range(50)]
    table = build(profiles, 2, organizations=False)
    assert [table.profile(place) for place in range(50)] == profiles


def people(size: int) -> Table:
    customers = town(size, 0.1).customers
    return build(
        (make(n, kind="person", name=c["name"], street=c["street"], city=c["city"],
              phones=c["phones"], emails=c["emails"], birthday=c["birthday"],
              company=c["organization"]) for n, c in enumerate(customers)),
        0, organizations=False,
    )  # fmt: skip


def test_candidates_come_once_and_share_something() -> None:
    table = people(500)
    pairs = blocking.candidates(table, [])
    assert len(np.unique(pairs)) == len(pairs)
    a, b = blocking.places(pairs)
    assert (a < b).all()
    mails = {}
    for place in range(len(table)):
        for mail in table.profile(place).emails:
            mails.setdefault(mail, []).append(place)
    shared = {(held[0], held[1]) for held in mails.values() if len(held) == 2}
    assert shared
    assert shared <= set(zip(a.tolist(), b.tolist(), strict=True))


def test_the_room_bounds_the_candidates() -> None:
    table = people(1500)
    everything = len(blocking.candidates(table, []))
    few = len(blocking.candidates(table, [], room=4000))
    assert few < everything / 3
    assert few > 1000
