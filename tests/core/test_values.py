"""How far customers agree, and which values are common."""

from __future__ import annotations

from collections.abc import Callable

from tui_crm.core import custom_fields, values
from tui_crm.core.fields import Field
from tui_crm.core.session import Session


def fields(session: Session, *names: str) -> list[Field]:
    return [field for name in names if (field := session.fields.get(name))]


def test_a_shared_value_is_known_and_different_ones_are_counted(
    session: Session, add: Callable[..., int]
) -> None:
    ids = [add(f"n{n}", city=f"city {n % 3}", country="CH", owner="ana") for n in range(6)]
    add("other", city="elsewhere", country="AT")
    found = values.spread(session, ids, fields(session, "city", "country", "owner", "street"))
    assert found["city"] == values.Spread(3)
    assert found["country"] == values.Spread(1, "CH")
    assert found["owner"] == values.Spread(1, "ana")
    assert found["street"] == values.Spread(1, "")


def test_different_values_are_counted_up_to_many(session: Session, add: Callable[..., int]) -> None:
    ids = [add(f"n{n}", city=f"city {n}") for n in range(values.MANY + 5)]
    assert values.spread(session, ids, fields(session, "city"))["city"].different == values.MANY


def test_tags_are_counted_and_shared_only_where_all_have_the_same(
    session: Session, add: Callable[..., int]
) -> None:
    one, two = add("one", tags=("vip", "new")), add("two", tags=("vip",))
    tags = fields(session, "tags")
    both = values.spread(session, [one, two], tags)["tags"]
    assert (both.shared, both.common) == (None, (("vip", 2), ("new", 1)))
    assert values.spread(session, [one], tags)["tags"].shared == ("new", "vip")
    none = values.spread(session, [add("three")], tags)["tags"]
    assert (none.different, none.shared) == (0, ())


def test_numbers_are_counted_and_not_shared(session: Session, add: Callable[..., int]) -> None:
    one, two = add("one", phones=("044 668 18 00",)), add("two")
    phones = fields(session, "phones")
    assert values.spread(session, [one, two], phones)["phones"] == values.Spread(1)
    assert values.spread(session, [two], phones)["phones"] == values.Spread(0, ())


def test_what_is_hidden_is_not_looked_at(
    session: Session, add: Callable[..., int], make_session: Callable[..., Session]
) -> None:
    bob = make_session("bob", scope="own")
    mine, theirs = add("mine", owner="bob", city="Bern"), add("theirs", owner="ana", city="Basel")
    city = fields(session, "city")
    assert values.spread(bob, [mine, theirs], city)["city"].shared == "Bern"
    assert values.most_common(bob, city[0]) == [("Bern", 1)]


def test_common_values_come_most_frequent_first(session: Session, add: Callable[..., int]) -> None:
    for name, city, tags in (
        ("a", "Bern", ("vip",)), ("b", "Bern", ("vip", "new")), ("c", "Basel", ()), ("d", "", ()),
    ):  # fmt: skip
        add(name, city=city, tags=tags)
    city, tags_, owner, phones = fields(session, "city", "tags", "owner", "phones")
    assert values.most_common(session, city) == [("Bern", 2), ("Basel", 1)]
    assert values.most_common(session, city, 1) == [("Bern", 2)]
    assert values.most_common(session, tags_) == [("vip", 2), ("new", 1)]
    assert values.most_common(session, owner) == [("ana", 4)]
    assert values.most_common(session, phones) == []
    assert values.is_large(session, 3)
    assert not values.is_large(session)


def test_custom_values_are_compared_too(session: Session, add: Callable[..., int]) -> None:
    custom_fields.define(session, "tier", "text")
    ids = [add("one", tier="gold"), add("two", tier="gold")]
    tier = fields(session, "tier")
    assert values.spread(session, ids, tier)["tier"] == values.Spread(1, "gold")
    ids.append(add("three"))
    assert values.spread(session, ids, tier)["tier"] == values.Spread(2)
