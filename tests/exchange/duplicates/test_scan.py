"""What a sweep finds and what it leaves alone, in a town of made-up people."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from tests.exchange.duplicates.people import Town, town
from tui_crm.exchange.duplicates import cluster
from tui_crm.exchange.duplicates.profile import Profile, make
from tui_crm.exchange.duplicates.scan import LEAST, Scan, probability, tier
from tui_crm.exchange.duplicates.table import build
from tui_crm.sample.people import customers

SHOWN = ("name", "organization", "handles", "street", "postcode", "city", "birthday")


def profiles(people: Iterable[dict[str, Any]], kind: str = "person") -> list[Profile]:
    return [
        make(n, kind=kind, **{("company" if k == "organization" else k): v for k, v in c.items()})
        for n, c in enumerate(people)
    ]


def scan_of(people: Iterable[dict[str, Any]]) -> Scan:
    return Scan(build(profiles(people), 0, organizations=False), [])


def found(scan: Scan, least: float = LEAST["likely"], **more: Any) -> set[tuple[int, int]]:
    groups = scan.groups(least, **more)
    return {(a, b) for members, _score in groups for a in members for b in members if a < b}


@pytest.fixture(scope="module")
def busy() -> Town:
    return town(1500, 0.1)


def test_duplicates_are_found_and_relatives_are_not(busy: Town) -> None:
    pairs = found(scan_of(busy.customers))
    right = len(pairs & busy.same)
    assert right >= 0.8 * len(busy.same)
    assert right >= 0.95 * len(pairs)
    assert len(pairs & busy.related) <= 0.002 * len(busy.related)


def test_a_table_without_duplicates_has_none() -> None:
    clean = town(1500, 0.0, seed=2)
    assert len(found(scan_of(clean.customers))) <= 1


def test_tiers_hold_each_other(busy: Town) -> None:
    scan = scan_of(busy.customers)
    sure, possible = found(scan, LEAST["sure"]), found(scan, LEAST["possible"])
    assert len(sure) < len(possible)
    assert sure <= possible


def test_who_was_declared_different_stays_apart(busy: Town) -> None:
    scan = scan_of(busy.customers)
    pair = min(found(scan) & busy.same)
    again = scan_of(busy.customers)
    assert pair not in found(again, apart={pair})


def with_these(busy: Town, *more: dict[str, Any]) -> Scan:
    return scan_of([*busy.customers, *more])


HOME = {"street": "12 Elm Street", "city": "Sometown", "phones": ("+442055501234",)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "Otto Quirk", "birthday": "1950-01-02"},
         {"name": "Otto Quirk", "birthday": "1981-07-19"}),
        ({"name": "Otto Quirk Sr."}, {"name": "Otto Quirk Jr."}),
        ({"name": "Ida Quirk", "birthday": "1990-05-05"},
         {"name": "Zoe Quirk", "birthday": "1990-05-05"}),
        ({"name": "张小明", "birthday": "1990-05-05"},
         {"name": "张小红", "birthday": "1990-05-05"}),
    ],
    ids=["father and son", "generations", "twins", "chinese twins"],
)  # fmt: skip
def test_family_is_not_the_same(busy: Town, one: dict[str, Any], other: dict[str, Any]) -> None:
    size = len(busy.customers)
    scan = with_these(busy, {**HOME, **one}, {**HOME, **other})
    assert (size, size + 1) not in found(scan)


@pytest.mark.parametrize(
    "other",
    [
        # Another desk of the same company, with a name that looks like the first.
        {"name": "Ahmet Yılmaz", "emails": ["ahmet.yilmaz@isik.example"]},
        # The mailbox of a couple, or one that was given out again.
        {"name": "Zeynep Yıldız", "emails": ["mehmet.yildiz@isik.example"]},
    ],
)
def test_who_shares_a_company_or_a_mailbox_is_not_the_same(
    busy: Town, other: dict[str, Any]
) -> None:
    here = {"organization": "Işık Energy A.Ş.", "city": "Ankara"}
    first = {"name": "Mehmet Yıldız", "emails": ["mehmet.yildiz@isik.example"]}
    one = {**here, **first, "phones": ["+905312810949"]}
    scan = with_these(busy, one, {**here, **other, "phones": ["+905435741582"]})
    added = len(busy.customers)
    assert (added, added + 1) not in found(scan)


def test_namesakes_at_a_firm_of_one_country_are_not_the_same() -> None:
    # Over all countries a full name is rare; in a firm, whose people come from one, it is not.
    random = Random(1)
    letters = "bdfgklmnprst"
    people = []
    for number in range(160):
        country = number % 8
        given = [f"{letters[country]}a{c}{v}n" for c in letters for v in "ae"]
        family = [f"{letters[country]}o{c}{v}mer" for c in letters for v in "iu"]
        for _person in range(25):
            one, other = random.choice(given), random.choice(family)
            box = f"{random.choice((one, one[0]))}.{other}{random.randrange(10, 99)}"
            people.append({
                "name": f"{one.title()} {other.title()}", "organization": f"Firm {number} Works",
                "emails": [f"{box}@firm{number}.example"], "city": f"Town {country}",
                "phones": [f"+49{random.randrange(10**9, 10**10)}"],
            })  # fmt: skip
    assert len(found(scan_of(people))) <= 10


def test_namesakes_of_many_countries_are_not_the_same() -> None:
    # Nobody is twice; in some countries, the sample's too, many have one of few full names.
    given_out: set[str] = set()
    people = []
    for customer in customers(11_400, 5):
        if customer["kind"] == "person":
            kept = {name: customer.get(name, "") for name in SHOWN}
            for name in ("phones", "emails"):  # nobody has those of somebody else
                kept[name] = [p for p in customer[name] if p not in given_out]
                given_out.update(kept[name])
            people.append(kept)
    assert len(found(scan_of(people))) <= 10


def test_one_number_of_many_names_lifts_nobody(busy: Town) -> None:
    staff = (
        "Ada Quirk", "Bob Zimmer", "Cid Exner", "Dan Yates", "Eva Holm", "Fay Juhl", "Gus Prym",
        "Hal Twigg", "Ian Vrba", "Jim Cole", "Kim Nagy",
    )  # fmt: skip
    desk = [
        {"name": name, "phones": ("+442055509999",), "organization": "Big Bank"} for name in staff
    ]
    size = len(busy.customers)
    pairs = found(with_these(busy, *desk), LEAST["possible"])
    assert not {pair for pair in pairs if pair[0] >= size}


def test_shops_of_a_chain_are_not_one() -> None:
    streets = ["Elm", "Oak", "Ash", "Fir", "Yew", "Bay", "Fig", "Nut"]
    shops = [
        {"name": "Burger Palace", "street": f"{7 * n + 1} {street} Street", "city": f"Town{n}",
         "phones": (f"+4420555{n}{n}{n}{n}{n}",)}
        for n, street in enumerate(streets)
    ]  # fmt: skip
    single = [
        {"name": f"{a}{b} Trading", "street": f"{n} {a} Road", "city": "Sometown",
         "phones": (f"+4416{n:08}",)}
        for n, (a, b) in enumerate((x, y.lower()) for x in streets for y in streets)
    ]  # fmt: skip
    twice = [{**single[n], "name": single[n]["name"] + " Limited"} for n in range(6)]
    everybody = profiles([*shops, *single, *twice], "organization")
    pairs = found(Scan(build(everybody, 0, organizations=True), []))
    assert not {pair for pair in pairs if pair[0] < len(shops)}
    assert len({pair for pair in pairs if pair[1] >= len(shops) + len(single)}) >= 5


def test_a_chain_does_not_join_those_who_clearly_differ() -> None:
    table = {(0, 1): 8.0, (1, 2): 7.0, (0, 2): -8.0}
    groups = cluster.groups(
        [(0, 1, 8.0), (1, 2, 7.0)], 4.0, lambda pairs: [table[pair] for pair in pairs]
    )
    assert groups == [([0, 1], 8.0)] or groups == [([0, 1, 2], 8.0)]
    table[0, 2] = cluster.NEVER
    groups = cluster.groups(
        [(0, 1, 8.0), (1, 2, 7.0)], 4.0, lambda pairs: [table[pair] for pair in pairs]
    )
    assert groups == [([0, 1], 8.0)]


def test_a_weak_link_joins_a_group_but_not_where_families_live() -> None:
    table = {(0, 1): 9.0, (0, 2): 0.5, (1, 2): 0.0}
    pairs = [(a, b, bits) for (a, b), bits in table.items()]

    def members(join: float) -> list[list[int]]:
        found = cluster.groups(pairs, 2.0, lambda some: [table[pair] for pair in some], join)
        return [group for group, _bits in found]

    assert members(cluster.JOIN) == [[0, 1, 2]]
    assert members(cluster.JOIN_RELATED) == [[0, 1]]


def test_a_long_chain_is_cut_where_it_is_weak() -> None:
    size = cluster.LARGEST + 30
    pairs = [(n, n + 1, 3.0 if n == 70 else 9.0) for n in range(size)]
    groups = cluster.groups(pairs, 2.0, lambda some: [9.0 if b - a < 70 else 3.0 for a, b in some])
    assert sum(len(members) for members, _bits in groups) == size + 1
    assert len(groups) == 2


def test_probabilities_and_tiers() -> None:
    assert probability(0.0) == 0.5
    assert [tier(score) for score in (0.999, 0.96, 0.5, 0.1)] == [
        "sure", "likely", "possible", None,
    ]  # fmt: skip
