"""Two spellings of one thing are alike, two things are not."""

from __future__ import annotations

import pytest

from tui_crm.exchange.duplicates import compare
from tui_crm.exchange.duplicates.profile import Profile, address, company_core, make, person, phone

SAME, ALIKE, SIMILAR, INITIAL, DIFFERENT, SWAPPED = 1, 2, 3, 4, 5, 6


@pytest.mark.parametrize(
    ("one", "other", "given", "family"),
    [
        ("Ada Lovelace", "ADA LOVELACE", SAME, SAME),
        ("Ada Lovelace", "Lovelace, Ada", SAME, SAME),
        ("Dr. Ada Lovelace", "Ada King Lovelace", SAME, SAME),
        ("Robert Smith", "Bob Smith", ALIKE, SAME),
        ("William Smith", "Bill Smyth", ALIKE, ALIKE),
        ("Katherine Meyer", "Catherine Meyer", ALIKE, SAME),
        ("J. Smith", "John Smith", INITIAL, SAME),
        ("Smith John", "John Smith", SWAPPED, 0),
        ("José García", "Jose Garcia", SAME, SAME),
        ("Vincent van Gogh", "Vincent Van Gogh", SAME, SAME),
        ("John Smith", "Mary Jones", DIFFERENT, DIFFERENT),
        ("张小明", "張小明", SAME, SAME),
        ("张晓明", "张小明", ALIKE, SAME),  # the same sounds
        ("张小明", "张小红", DIFFERENT, SAME),  # one character is another person
        ("张伟", "Wei Zhang", ALIKE, ALIKE),
        ("张伟", "Zhang Wei", SWAPPED, 0),
        ("欧阳小明", "欧阳晓明", ALIKE, SAME),
        ("单伟先生", "单伟", SAME, SAME),
    ],
)
def test_names(one: str, other: str, given: int, family: int) -> None:
    a, b = (make(n, kind="person", name=name) for n, name in enumerate((one, other)))
    assert compare.names(a, b) == (given, family)
    assert compare.names(b, a) == (given, family)


def test_a_single_word_may_be_either_part() -> None:
    whole = make(1, kind="person", name="Oliver Hughes")
    assert compare.names(whole, make(2, kind="person", name="Oliver")) == (7, 0)
    assert compare.names(whole, make(3, kind="person", name="Hughes")) == (0, SAME)


def test_generations_are_no_part_of_the_name() -> None:
    assert person("John Smith Jr.") == ("john", "", "smith", "2")
    assert person("Smith, John, Sr.")[:1] == ("john",)
    assert person("John Smith III") == ("john", "", "smith", "3")


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Acme Trading Ltd", "ACME Trading GmbH", 1),
        ("Acme Trading", "Acme Tradng", 2),
        ("Art's Deli", "Art's Delicatessen", 3),
        ("Ritz-Carlton Cafe (Atlanta)", "Ritz-Carlton Dining Room (Atlanta)", 5),
        ("上海天成机械有限公司", "天成机械", 3),
        ("上海天成机械有限公司", "上海天城机械公司", 2),
        ("Acme Trading", "Zenith Pictures", 5),
    ],
)
def test_organisations(one: str, other: str, level: int) -> None:
    a, b = company_core(one), company_core(other)
    assert (1 if a == b else compare.company(a, b)) == level


def test_mailboxes_made_of_the_name_add_nothing_to_it() -> None:
    def mails(name: str, one: str, other: str, crowded: frozenset[str] = frozenset()) -> int:
        a = make(1, kind="person", name=name, emails=[one])
        return compare.mails(a, make(2, kind="person", name=name, emails=[other]), crowded)

    assert mails("Ada Lovelace", "x7@a.org", "x7@a.org") == 1
    assert mails("Ada Lovelace", "enigma7@alpha.org", "enigma7@omega.org") == 3
    assert mails("Ada Lovelace", "ada.lovelace@alpha.org", "ada.lovelace@omega.org") == 0
    assert mails("李洋", "yli@alpha.cn", "yli@omega.cn") == 0
    assert mails("Ada Lovelace", "info@alpha.org", "info@omega.org", frozenset({"info@"})) == 0
    assert mails("Ada Lovelace", "enigma7@le-do.org", "enigma7@le-vo.org") == 2
    used = frozenset({"le-do.org", "le-vo.org"})  # two firms, and not one of them mistyped
    assert mails("Ada Lovelace", "enigma7@le-do.org", "enigma7@le-vo.org", used) == 3
    assert mails("Ada Lovelace", "ada@le-do.org", "ada@le-vo.org", used) == 0
    assert mails("Ada Lovelace", "x@firm.org", "q@firm.org") == 5
    assert mails("Ada Lovelace", "x@gmail.com", "q@gmail.com") == 6


def test_numbers_are_compared_without_what_depends_on_the_caller() -> None:
    assert phone("+442079460018") == phone("02079460018") != ""
    assert phone("+8613800138000;12") == phone("13800138000")
    assert phone("123") == ""


def test_addresses_by_their_parts() -> None:
    assert address("12 North Main Street") == address("12 N. Main St") == ("n main st", "12")
    assert address("中山路12号") == ("中山路", "12")
    near = Profile(1, street="main st", number="12", postcode="1000", city="basel")
    level = compare.addresses(near, Profile(2, street="main st", number="14", city="bassel"))
    assert compare.split_address(level) == (1, 2, 1)


def test_dates() -> None:
    assert compare.date("19800102", "19800201") == 2  # day and month swapped
    assert compare.date("19800102", "19800103") == 2
    assert compare.date("19800102", "19800125") == 3
    assert compare.date("19800102", "20050713") == 5
