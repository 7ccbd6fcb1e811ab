"""Exports of other programs with a row of values each, and the customer that they mean."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tui_crm.core.fields import BUILT_IN
from tui_crm.exchange.mapping import compose
from tui_crm.exchange.mapping.mapping import propose
from tui_crm.exchange.reading.opening import open_table
from tui_crm.exchange.reading.reader import preview


def customer(folder: Path, rows: Mapping[str, str] | list[Mapping[str, str]]) -> dict[str, Any]:
    """What the first row of a table says; no column of it may be unknown."""
    table = [rows] if isinstance(rows, Mapping) else rows
    path = folder / "export.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    read = open_table(path)
    first = preview(read, 100)
    mapping = propose(read.headers, BUILT_IN, rows=first)
    assert mapping.unknown == ()
    return compose.for_new(compose.given(mapping, first[0].cells, "CN"))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            {"Record Id": "zcrm_5547", "Contact Owner.id": "zcrm_1", "First Name": "Ana",
             "Last Name": "Meier", "Account Name": "Globex AG", "Email": "ana@globex.com",
             "Secondary Email": "am@home.ch", "Phone": "+41 44 668 18 00",
             "Mobile": "+41 79 123 45 67", "Title": "Buyer", "Department": "Purchasing",
             "Mailing Street": "Hauptstr. 1", "Mailing City": "Bern", "Mailing Zip": "3000",
             "Mailing Country": "CH", "Lead Source": "Web", "Date of Birth": "1980-02-03",
             "Description": "wants a quote", "Created Time": "2024-01-01 10:00:00",
             "Email Opt Out": "false", "Tag": "vip"},
            {"external_id": "zcrm_5547", "name": "Ana Meier", "organization": "Globex AG",
             "emails": ("ana@globex.com", "other: am@home.ch"),
             "phones": ("+41 44 668 18 00", "mobile: +41 79 123 45 67"), "title": "Buyer",
             "street": "Hauptstr. 1", "city": "Bern", "postcode": "3000", "country": "CH",
             "source": "Web", "birthday": "1980-02-03", "needs": "wants a quote",
             "tags": ("vip",)},
            id="Zoho",
        ),
        pytest.param(
            {"First Name": "Ana", "Middle Name": "M.", "Last Name": "Meier", "Name Prefix": "Dr.",
             "Name Suffix": "", "Nickname": "Anni", "File As": "", "Organization Name": "Globex",
             "Organization Title": "Buyer", "Organization Department": "", "Birthday": "1980-02-03",
             "Notes": "note", "Photo": "", "Labels": "* myContacts ::: Friends ::: Ski",
             "E-mail 1 - Label": "* Work", "E-mail 1 - Value": "ana@globex.com",
             "Phone 1 - Label": "Mobile", "Phone 1 - Value": "+41791234567 ::: +41446681800",
             "Address 1 - Label": "Home", "Address 1 - Formatted": "Hauptstr. 1\nBern",
             "Address 1 - Street": "Hauptstr. 1", "Address 1 - City": "Bern",
             "Address 1 - PO Box": "", "Address 1 - Region": "BE",
             "Address 1 - Postal Code": "3000", "Address 1 - Country": "CH",
             "Address 1 - Extended Address": "", "Website 1 - Label": "Profile",
             "Website 1 - Value": "https://globex.com"},
            {"name": "Dr. Ana M. Meier", "organization": "Globex", "title": "Buyer",
             "birthday": "1980-02-03", "needs": "note", "tags": ("Friends", "Ski"),
             "emails": ("Work: ana@globex.com",),
             "phones": ("Mobile: +41791234567", "Mobile: +41446681800"),
             "street": "Hauptstr. 1", "city": "Bern", "state": "BE", "postcode": "3000",
             "country": "CH"},
            id="Google Contacts",
        ),
        pytest.param(
            {"First Name": "Ana", "Last Name": "Meier", "Display Name": "Ana Meier",
             "Nickname": "", "Primary Email": "ana@globex.com", "Secondary Email": "",
             "Screen Name": "", "Work Phone": "+41 44 668 18 00", "Home Phone": "",
             "Fax Number": "+41 44 668 18 01", "Pager Number": "", "Mobile Number": "",
             "Home Address": "Hauptstr. 1", "Home Address 2": "c/o Huber", "Home City": "Bern",
             "Home State": "", "Home ZipCode": "3000", "Home Country": "CH",
             "Work Address": "Werkstr. 9", "Work Address 2": "", "Work City": "Basel",
             "Work State": "", "Work ZipCode": "4000", "Work Country": "CH", "Job Title": "Buyer",
             "Department": "", "Organization": "Globex", "Web Page 1": "", "Web Page 2": "",
             "Birth Year": "1980", "Birth Month": "2", "Birth Day": "3", "Custom 1": "",
             "Custom 2": "", "Custom 3": "", "Custom 4": "", "Notes": "note"},
            {"name": "Ana Meier", "emails": ("ana@globex.com",),
             "phones": ("work: +41 44 668 18 00", "fax: +41 44 668 18 01"),
             "street": "Hauptstr. 1, c/o Huber", "city": "Bern", "postcode": "3000",
             "country": "CH", "title": "Buyer", "organization": "Globex",
             "birthday": "1980-2-3",
             "needs": "note\nAddress (work): Werkstr. 9, Basel, 4000, CH"},
            id="Thunderbird",
        ),
        pytest.param(
            {"姓名": "王小明", "客户名称": "上海华星科技有限公司", "手机1": "13800138000",
             "手机2": "13912345678", "电话1": "021-58881234", "邮件": "wang@huaxing.cn",
             "部门": "采购部", "职务": "经理", "性别": "男", "微信": "wangxm", "QQ": "12345",
             "生日": "1985年3月4日", "备注": "重点跟进", "创建时间": "2024-01-01 12:00"},
            {"name": "王小明", "organization": "上海华星科技有限公司",
             "phones": ("mobile: 13800138000", "mobile: 13912345678", "021-58881234"),
             "emails": ("wang@huaxing.cn",), "title": "经理",
             "handles": ("WeChat: wangxm", "QQ: 12345"), "birthday": "1985-03-04",
             "needs": "重点跟进"},
            id="纷享销客联系人",
        ),
        pytest.param(
            {"客户名称": "上海华星科技有限公司", "客户编号": "KH0001", "联系人": "王伟",
             "手机": "13800138000/13912345678", "省": "上海市", "市": "上海市", "区": "浦东新区",
             "详细地址": "世纪大道1号", "备注": "", "网址": "www.huaxing.cn"},
            {"name": "上海华星科技有限公司", "kind": "organization", "account_no": "KH0001",
             "needs": "联系人: 王伟",
             "phones": ("13800138000", "13912345678"), "state": "上海市", "city": "上海市",
             "street": "浦东新区世纪大道1号"},
            id="悟空客户",
        ),
        pytest.param(
            {"姓": "欧阳", "名": "建国", "公司": "天成贸易",
             "联系电话": "010-88886666、13800138000", "QQ/E-mail": "ouyang@tc.cn"},
            {"name": "欧阳建国", "organization": "天成贸易",
             "phones": ("010-88886666", "13800138000"), "emails": ("ouyang@tc.cn",)},
            id="plain Chinese sheet",
        ),
        pytest.param(
            {"Company name": "Globex AG", "Phone Number": "044 668 18 00", "City": "Bern"},
            {"name": "Globex AG", "kind": "organization", "phones": ("044 668 18 00",),
             "city": "Bern"},
            id="firms",
        ),
        pytest.param(
            {"Email": "ana@globex.com, info@globex.com", "Tags": "a, b"},
            {"name": "ana@globex.com", "emails": ("ana@globex.com", "info@globex.com"),
             "tags": ("a", "b")},
            id="addresses only",
        ),
    ],
)  # fmt: skip
def test_the_customer_of_a_row(
    tmp_path: Path, row: Mapping[str, str], expected: dict[str, Any]
) -> None:
    assert customer(tmp_path, row) == expected


@pytest.mark.parametrize(
    ("name", "is_firm"),
    [
        ("Acme Corp", True), ("Müller GmbH & Co. KG", True), ("Globex AG", True),
        ("北京大学", True), ("上海微创软件有限公司北京分公司", True), ("Ana Co", False),
        ("Smith & Sons", True), ("Müller & Co.", True), ("Acme Group", True),
        ("Budimex sp. z o.o.", True), ("株式会社日立", True), ("华为集团（中国）", True),
        ("MARIA SA", False), ("欧阳修", False), ("Anne-Marie Müller-Lüdenscheidt", False),
    ],
)  # fmt: skip
def test_who_is_called_as_firms_are_is_one(tmp_path: Path, name: str, is_firm: bool) -> None:
    assert (customer(tmp_path, {"Name": name}).get("kind") == "organization") is is_firm
    assert "kind" not in customer(tmp_path, {"Name": name, "Company": "Acme Corp"})


def test_a_table_with_what_only_firms_have_is_one_of_firms(tmp_path: Path) -> None:
    row = {"Name": "Globex", "Annual Revenue": "5000"}
    assert customer(tmp_path, row)["kind"] == "organization"
    for column in ("Company", "Birthday", "Kind"):
        other = {"Company": "Acme", "Birthday": "1990-01-02", "Kind": "person"}[column]
        assert customer(tmp_path, {**row, column: other}).get("kind", "person") == "person"


def test_names_as_in_a_card_index_are_turned(tmp_path: Path) -> None:
    cards = ["Müller-Lüdenscheidt, Anne-Marie", "van den Berg, Jan", "King, Martin Luther, Jr."]
    for header in ("Name", "Last name, First name"):
        found = [customer(tmp_path, [{header: name} for name in (card, *cards)]) for card in cards]
        assert [values["name"] for values in found] == [
            "Anne-Marie Müller-Lüdenscheidt", "Jan van den Berg", "Martin Luther King Jr.",
        ]  # fmt: skip
    firms: list[Mapping[str, str]] = [{"Name": "Acme, Inc."}, {"Name": "Globex, LLC"}]
    assert customer(tmp_path, firms)["name"] == "Acme, Inc."


def test_days_are_read_in_the_order_of_their_column(tmp_path: Path) -> None:
    rows: list[Mapping[str, str]] = [
        {"Name": "Ana", "Birthday": "02/01/1990"}, {"Name": "Ben", "Birthday": "25/01/1990"},
    ]  # fmt: skip
    assert customer(tmp_path, rows)["birthday"] == "1990-01-02"
    rows[1] = {"Name": "Ben", "Birthday": "01/25/1990"}
    assert customer(tmp_path, rows)["birthday"] == "1990-02-01"


def test_the_order_of_days_can_be_given() -> None:
    for order, day in (("dmy", "1990-01-02"), ("mdy", "1990-02-01")):
        mapping = propose(["Name", "Birthday"], BUILT_IN, dates=order)
        assert compose.given(mapping, ("Ana", "02/01/1990"), "CN")["birthday"] == day


def test_a_table_without_headers_is_understood_by_its_values(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("王小明,13800138000,wang@a.cn\n李娜,13912345678,li@b.cn\n", encoding="utf-8")
    table = open_table(path)
    mapping = propose(table.headers, BUILT_IN, rows=preview(table))
    assert [c.field.name for c in mapping.columns if c.field] == ["name", "phones", "emails"]
    assert all(column.certainty < 0.9 for column in mapping.columns)


def test_values_that_disagree_with_a_header_are_doubted(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("Name,Phone,Email\nAna,https://a.example,yes\n", encoding="utf-8")
    table = open_table(path)
    mapping = propose(table.headers, BUILT_IN, rows=preview(table))
    assert mapping.unknown == ("Phone", "Email")


def test_a_number_that_a_spreadsheet_shortened_is_refused(tmp_path: Path) -> None:
    from tui_crm.errors import InputRefused

    with pytest.raises(InputRefused) as refused:
        customer(tmp_path, {"姓名": "王伟", "手机": "1.38E+10"})
    assert refused.value.field == "phones"
