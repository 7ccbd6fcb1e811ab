"""Which column feeds which field."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies as st

from tui_crm.core.fields import BUILT_IN
from tui_crm.errors import UsageError
from tui_crm.exchange import cells
from tui_crm.exchange.mapping.compose import given
from tui_crm.exchange.mapping.mapping import overrides, propose, refuse_unknown


def fields(*headers: str) -> list[str]:
    """The fields of these headers, in order."""
    return [column.field.name for column in propose(headers, BUILT_IN).columns]


def test_registry_names_are_known() -> None:
    names = [field.name for field in BUILT_IN.of("customer") if field.editable]
    assert fields(*names) == names


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Full Name", "name"), ("COMPANY", "organization"), ("Company_Name", "organization"),
        ("E-mail", "emails"), ("Email Address", "emails"), ("E-mail 2", "emails"),
        ("email_1", "emails"), ("Phone 1", "phones"), ("Phone (2)", "phones"),
        ("Phone (work)", "phones"), ("Mobile", "phones"), ("Job Title", "title"),
        ("ZIP code", "postcode"), ("Postal-Code", "postcode"), ("Lead source", "source"),
        ("姓名", "name"), ("客户名称", "name"), ("公司名称", "organization"), ("手机号", "phones"),
        ("电话2", "phones"), ("电话（办公室）", "phones"), ("邮箱", "emails"), ("微信", "handles"),
        ("备注", "needs"), ("出生日期", "birthday"), ("标签", "tags"),
        ("Account No.", "account_no"),
    ],
)  # fmt: skip
def test_headers_are_known_in_both_languages(header: str, field: str) -> None:
    assert fields(header) == [field]


def test_several_columns_feed_one_list_and_a_label_is_kept() -> None:
    mapping = propose(["Phone", "Phone 2", "Phone (work)"], BUILT_IN)
    assert [column.label for column in mapping.of("phones")] == ["", "", "work"]


def test_two_columns_for_one_value_are_refused() -> None:
    with pytest.raises(UsageError) as refused:
        propose(["A", "B"], BUILT_IN, {"A": "name", "B": "name"})
    assert "--map" in refused.value.hint
    mapping = propose(["A", "B"], BUILT_IN, {"A": "", "B": "name"})
    assert [column.header for column in mapping.columns] == ["B"]


def test_of_two_columns_that_are_taken_for_one_value_the_second_fills_blanks() -> None:
    mapping = propose(["Name", "Full name"], BUILT_IN)
    assert given(mapping, ("Ann", "Ann Archer"), "US")["name"] == "Ann"
    assert given(mapping, ("", "Ann Archer"), "US")["name"] == "Ann Archer"
    mapping = propose(["Name", "Full name"], BUILT_IN, {"Full name": "name"})
    assert given(mapping, ("Ann", "Ann Archer"), "US")["name"] == "Ann Archer"


def test_unknown_columns_stop_the_import_with_a_way_out() -> None:
    mapping = propose(["Name", "Shoe size", "Pet"], BUILT_IN)
    assert mapping.unknown == ("Shoe size", "Pet")
    with pytest.raises(UsageError) as refused:
        refuse_unknown(mapping, BUILT_IN)
    assert "Shoe size" in refused.value.message and '--map "Shoe size="' in refused.value.hint


def test_overrides_decide_and_are_checked() -> None:
    mapping = propose(
        ["Name", "Shoe size", "Pet"], BUILT_IN, overrides(["shoe SIZE=needs", "Pet="])
    )
    assert [column.field.name for column in mapping.columns] == ["name", "needs"]
    assert mapping.left_out == ("Pet",) and mapping.unknown == ()
    for wrong in (["Nose=name"], ["Pet=nmae"], ["Pet=id"], ["Pet"], ["=name"]):
        with pytest.raises(UsageError):
            propose(["Name", "Pet"], BUILT_IN, overrides(wrong))


def test_what_the_program_keeps_is_left_out_quietly() -> None:
    mapping = propose(["id", "name", "last_contact", "crm_error", "crm_line", ""], BUILT_IN)
    assert mapping.read_only == ("id", "last_contact")
    assert mapping.left_out == ("crm_error", "crm_line", "") and not mapping.unknown


@hypothesis.given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), unique=True))
def test_a_list_in_a_cell_comes_back_as_it_was(parts: list[str]) -> None:
    assert cells.split(cells.join(parts)) == tuple(parts)


def test_a_list_that_somebody_typed() -> None:
    assert cells.split(" a ;b;; c;a; ") == ("a", "b", "c")
    assert cells.split(r"DOMAIN\user; x\;y") == (r"DOMAIN\user", "x;y")


@pytest.mark.parametrize(
    ("headers", "cells", "expected"),
    [
        (("Vorname", "Name", "Ort"), ("Max", "Muster", "Kassel"), {"name": "Max Muster"}),
        (("Nombre", "Apellidos"), ("Ana", "Ruiz Gil"), {"name": "Ana Ruiz Gil"}),
        (("Nom", "Ville"), ("Jean Petit", "Lyon"), {"name": "Jean Petit", "city": "Lyon"}),
        (("Anrede", "Akad. Titel", "Vorname", "Nachname"), ("Frau", "Dr.", "Eva", "Ahn"),
         {"name": "Frau Dr. Eva Ahn"}),
        (("Name", "Straße", "Hausnr.", "PLZ/Ort"), ("A", "Lindenweg", "12 a", "34117 Bad Hersfeld"),
         {"street": "Lindenweg 12 a", "postcode": "34117", "city": "Bad Hersfeld"}),
        (("Name", "City, State Zip"), ("A", "Denver, CO 80202"),
         {"city": "Denver", "state": "CO", "postcode": "80202"}),
        (("姓名 Name", "手机(必填)", "城市(City)", "地址 Address"),
         ("王", "13800138000", "上海", "路1"),
         {"name": "王", "phones": ("13800138000",), "city": "上海", "street": "路1"}),
        (("Name", "Street 1", "City 1", "Street 2", "City 2"), ("A", "B 1", "C", "D 2", "E"),
         {"street": "B 1", "city": "C"}),
        (("会社名", "担当者", "電話番号"), ("山田商店", "佐藤", "03-1"), {"needs": "担当者: 佐藤"}),
        (("氏名", "フリガナ", "担当者", "〒"), ("山田", "ヤマダ", "佐藤", "100-0001"),
         {"name": "山田", "owner": "佐藤", "postcode": "100-0001"}),
    ],
)  # fmt: skip
def test_headers_in_other_languages_and_beside_each_other(
    headers: tuple[str, ...], cells: tuple[str, ...], expected: dict[str, object]
) -> None:
    found = given(propose(headers, BUILT_IN), cells, "DE")
    assert {name: found.get(name) for name in expected} == expected


def test_what_all_headers_begin_with_says_nothing() -> None:
    parts = ("Name", "Owner", "Country of Address", "ID", "Phone")
    assert fields(*(f"Organization - {part}" for part in parts)) == [
        "name", "owner", "country", "external_id", "phones",
    ]  # fmt: skip


@pytest.mark.parametrize("header", ["Art", "Land", "Via", "Cap", "Commercial", "Cargo", "Pro"])
def test_a_word_of_another_language_needs_company(header: str) -> None:
    assert propose(["Name", "Phone", header], BUILT_IN).all[2].field is None


def test_words_that_are_english_too_count_among_others_of_their_language() -> None:
    assert fields("Ragione sociale", "Indirizzo", "CAP", "Città", "Via")[2] == "postcode"
