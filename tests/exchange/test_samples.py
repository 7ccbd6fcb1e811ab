"""Files as other programs wrote them, and the customers that their people expect."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tui_crm.core.changes.model import Create
from tui_crm.core.session import Session
from tui_crm.errors import InputRefused
from tui_crm.exchange.mapping.mapping import propose_for
from tui_crm.exchange.planning.plan import Refused, make_plan
from tui_crm.exchange.reading.opening import open_table
from tui_crm.exchange.reading.reader import Row

SAMPLES = Path(__file__).parents[1] / "data" / "import"
Values = Mapping[str, Any]

_PLAIN = [("row1-1", "row1-2", "row1-3"), ("row2-1", "row2-2", "row2-3")]
_FIRM = {"kind": "organization"}
_ACCOUNT = {**_FIRM, "name": "account insert #0", "phones": ("415-555-0000",),
            "account_no": "ACCT_0", "external_id": "1-00000"}  # fmt: skip
_UPSERT = [
    {**_FIRM, "name": f"account Upsert #{n}", "phones": ("415-555-0000",)} for n in range(10)
]


def customers(session: Session, name: str) -> list[Values]:
    """What an import of the file would create; asserts that no row is refused."""
    table = open_table(SAMPLES / name)
    refused: list[Refused] = []
    plan = make_plan(session, table, propose_for(session, table), "create", refuse=refused.append)
    try:
        assert [(item.row.line, item.reason) for item in refused] == []
        given = {"kind": "person", "owner": session.viewer.login}
        return [
            {name: value for name, value in step.values.items() if given.get(name) != value}
            for step in plan.steps
            if isinstance(step, Create)
        ]
    finally:
        plan.close()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "csv/dataloader_accountsForInsert.csv",
            [{**_FIRM, "name": f"Company {letter}"} for letter in "ABCD"],
        ),
        ("csv/dataloader_dateEndingInZ.csv", [_ACCOUNT]),
        ("csv/dataloader_dateUsingDefaultTimeZone.csv", [_ACCOUNT]),
        (
            "csv/dataloader_dateOnlyWithTimeZone.csv",
            [_ACCOUNT, {**_ACCOUNT, "name": "account insert #1", "account_no": "ACCT_1",
                        "external_id": "1-00001"}],
        ),
        (
            "csv/dataloader_dateWithTimeZone.csv",
            [_ACCOUNT, {**_ACCOUNT, "name": "account insert #1", "account_no": "ACCT_1",
                        "external_id": "1-00001"}],
        ),
        (
            "csv/dataloader_timeZoneFormatTesting.csv",
            [{"name": name} for name in
             ("A", "B", "C", "D", "E", "F", "AT", "BT", "CT", "DT", "ET", "FT")],
        ),
        (
            "csv/dataloader_timeZoneFormatTestingWithErrors.csv",
            [{"name": name} for name in "ADEBCF"],
        ),
        (
            "csv/dataloader_upsertAccountCsvTemplate.csv",
            [
                {**_FIRM, "name": f"account Upsert #{n}", "phones": (f"415-555-{n:04}",),
                 "account_no": f"ACCT_{n}", "external_id": f"1-{n:06}"}
                for n in range(100)
            ],
        ),
        ("csv/sfcli_comma_wrapped_values.csv", _UPSERT),
        ("csv/sfcli_pipe.csv", _UPSERT),
        ("csv/sfcli_semicolon.csv", _UPSERT),
        ("csv/sfcli_tab.csv", _UPSERT),
        ("xlsx/simple.ods", [{"name": "Bob"}, {"name": "Jane"}, {"name": "Ian"}]),
        (
            "vcard/ezvcard_rfc6350-example.vcf",
            [
                {
                    "name": "Simon Perreault", "organization": "Viagenie",
                    "phones": ("work: +1-418-656-9254 ext. 102", "work cell: +1-418-262-6501"),
                    "emails": ("work: simon.perreault@viagenie.ca",),
                    "street": "Suite D2-630, 2875 Laurier", "city": "Quebec", "state": "QC",
                    "postcode": "G1V 2M2", "country": "Canada", "needs": "Birthday: --0203",
                }
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_customers_of_a_file(session: Session, name: str, expected: list[Values]) -> None:
    assert [dict(values) for values in customers(session, name)] == expected


def test_a_table_of_firms(session: Session) -> None:
    found = customers(session, "csv/utf-16le_encoded.csv")
    assert len(found) == 327
    assert found[0] == {"account_no": "5C1", "name": "Enfield PCT", "kind": "organization"}
    assert len({values["account_no"] for values in found}) == 327


def test_cards_of_an_android_telephone(session: Session) -> None:
    found = customers(session, "vcard/ezvcard_John_Doe_ANDROID.vcf")
    assert len(found) == 6
    # Without a name a person is called by the address, as the telephone does it.
    assert found[1] == {
        "name": "jane.doe@company.com", "emails": ("jane.doe@company.com",),
        "tags": ("My Contacts",),
    }  # fmt: skip
    assert found[2]["name"] == "Ñ Ñ Ñ Ñ Ñ" and found[2]["phones"] == ("cell: 123456789",)
    assert found[3]["phones"] == (
        "cell: 123456", "home: 234567", "cell: 3456789", "home: 45678901",
    )  # fmt: skip
    assert found[4]["emails"] == ("work: bob@company.com",)
    assert "EMAIL: ÑÑÑÑÑÑÑÑÑÑÑÑÑÑ" in str(found[4]["needs"])
    assert found[4]["organization"] == "ÑÑÑÑÑÑÑÑÑÑÑÑ"


def test_cards_of_mail_programs(session: Session) -> None:
    (google,) = customers(session, "vcard/ezvcard_John_Doe_GMAIL.vcf")
    assert google["name"] == "Mr. John Richter, James Doe Sr."
    assert google["phones"] == ("cell: 905-555-1234", "home: 905-666-1234")
    assert google["birthday"] == "1980-03-22"
    assert google["street"] == (
        "Crescent moon drive, 555-asd, Nice Area, Albaney, New York 12345, United States of America"
    )
    assert str(google["needs"]).endswith("\nFavotire Color: Blue")
    (lotus,) = customers(session, "vcard/ezvcard_John_Doe_LOTUS_NOTES.vcf")
    assert (lotus["organization"], lotus["city"], lotus["postcode"]) == (
        "IBM", "New York", "NYC887",
    )  # fmt: skip
    assert lotus["phones"] == ("cell: +1 (212) 204-34456", "work fax: 00-1-212-555-7777")
    (outlook,) = customers(session, "vcard/ezvcard_John_Doe_MS_OUTLOOK.vcf")
    assert outlook["street"] == "Cresent moon drive" and outlook["title"] == "Money Counter"
    assert outlook["handles"] == ("IM: johny5@aol.com",)
    assert str(outlook["needs"]).endswith(
        "\nhome: Silicon Alley 5, New York, New York, 12345, United States of America"
    )


def test_opportunities_are_told_apart_and_unknown_values_of_a_picklist_refused(
    session: Session,
) -> None:
    """The rows of a table of deals; a source that the list does not have is no source."""
    for name, rows, new in (
        ("csv/dataloader_opportunityData.csv", 38, 5),
        ("csv/dataloader_error0413060133.csv", 11, 2),
        ("csv/dataloader_success0413060133.csv", 9, 0),
    ):
        table = open_table(SAMPLES / name)
        mapping = propose_for(session, table)
        assert mapping.is_about_deals and mapping.unknown == ("ORACLE_ID__C",)
        refused: list[Refused] = []
        plan = make_plan(session, table, mapping, "create", refuse=refused.append)
        plan.close()
        assert (plan.rows, plan.new) == (rows, new)
        assert {item.field for item in refused} <= {"source", "status", ""}


@pytest.mark.parametrize(
    ("name", "headers", "count", "first"),
    [
        *(
            (f"csv/dataloader_csvtext{mark}.csv", ("column1", "column2", "column3"), 2, _PLAIN[0])
            for mark in ("", "_BOM_UTF8", "_BOM_UTF16LE", "_BOM_UTF16BE", "_BOM_UTF32LE",
                         "_BOM_UTF32BE")
        ),
        ("csv/dataloader_csvEscapedQuotes.csv", ("column1", "column2"), 2,
         ('"The Best" Account', "bla")),
        ("csv/dataloader_csvSeparator.csv", ("column1", "column2!some", "column3"), 2,
         ("col11", "col12!somev1", "col13")),
        ("csv/skip_initials.csv", ("field1", "field2"), 2, ("hello", "    goodbye")),
        ("csv/sparse_with_column_errors.csv", ("LP", "Bezeichnung", "Kapitel/Titel"), 2200,
         ("A", "Trägerorganisationen; Umstrukturierung der Forschung im Beitrittsgebiet;"
          " Hochschulbau und überwiegend hochschulbezogene Sonderprogramme", "")),
        ("csv/weird_head_padding.csv",
         ("", "1985", "1993", "2000", "2005", "2006", "2007", "2008", "2009", "2010"), 60, None),
        ("xlsx/simple.xlsx", ("date", "temperature", "place"), 6, ("2011-01-01", "1", "Galway")),
        ("xlsx/simple.xls", ("date", "temperature", "place"), 6, ("2011-01-01", "1", "Galway")),
        ("xlsx/simple.ods", ("Name", "Age", "When"), 3, ("Bob", "20", "2010-10-10")),
        ("xlsx/multilineods.ods", ("Column 1",), 1, ("1\n2\n3\n4",)),
        ("xlsx/unicode_sheet_name.xls",
         ("this spreadsheet has got a unicode character in the sheet name",), 0, None),
    ],
)  # fmt: skip
def test_the_rows_of_a_table_that_holds_no_customers(
    name: str, headers: tuple[str, ...], count: int, first: tuple[str, ...] | None
) -> None:
    table = open_table(SAMPLES / name)
    rows: list[Row] = list(table.rows())
    assert table.headers == headers
    assert len(rows) == count
    if first is not None:
        assert rows[0].cells == first


def test_cells_behind_the_last_header_are_kept_apart() -> None:
    rows = list(open_table(SAMPLES / "csv/sparse_with_column_errors.csv").rows())
    found = [(row.line, row.surplus) for row in rows if row.surplus]
    assert len(found) == 12 and found[0] == (312, "090268321")


def test_titles_above_and_remarks_below_a_report_are_no_rows() -> None:
    table = open_table(SAMPLES / "csv/weird_head_padding.csv")
    rows = list(table.rows())
    assert (rows[0].line, rows[-1].line) == (13, 72)
    assert rows[1].cells[:3] == ("      Gefäßchirurgie", ".", "379")
    assert len(table.notices) == 16 and all(notice.line > 72 for notice in table.notices)


@pytest.mark.parametrize(
    ("name", "word"),
    [("xlsx/encrypted_no_password.xls", "password"), ("xlsx/libreoffice.xlsx", "empty")],
)
def test_a_workbook_that_cannot_be_read_says_why(name: str, word: str) -> None:
    with pytest.raises(InputRefused) as refused:
        open_table(SAMPLES / name)
    assert word in refused.value.message


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("hubspot_contacts_export", {
            "Record ID": "external_id", "First Name": "name", "Last Name": "name",
            "Email": "emails", "Phone Number": "phones", "Contact owner": "owner",
            "Associated Company": "organization",
        }),
        ("sf_report_contacts_ui", {
            "Contact ID": "external_id", "Account Name": "organization", "Title": "title",
            "Mailing Street": "street", "Mailing Zip/Postal Code": "postcode", "Fax": "phones",
            "Mobile": "phones", "Birthdate": "birthday", "Description": "needs",
            "Lead Source": "source",
        }),
        ("outlook_desktop_2007plus", {
            "Title": "name", "Job Title": "title", "Company": "organization",
            "Business Phone 2": "phones", "E-mail 2 Address": "emails", "Home City": "city",
            "Categories": "tags", "Notes": "needs", "Birthday": "birthday",
        }),
        ("google_contacts_old", {
            "Given Name": "name", "E-mail 3 - Value": "emails", "Phone 7 - Value": "phones",
            "Address 1 - City": "city", "Organization 1 - Name": "organization",
            "Organization 1 - Title": "title", "Group Membership": "tags",
        }),
        ("fmis_customer", {
            "客户名称": "name", "客户类别": "category", "客户来源": "source", "座机电话": "phones",
            "手机": "phones", "公司地址": "street", "备注": "needs",
        }),
        *(
            (f"wukong_customer_template.{kind}", {
                "*客户名称": "name", "客户来源": "source", "手机": "phones", "电话": "phones",
                "邮箱": "emails", "客户级别": "category", "备注": "needs", "省": "state",
                "市": "city", "区": "street", "详细地址": "street", "*负责人": "owner",
            })
            for kind in ("gb18030", "utf8bom")
        ),
    ],
)  # fmt: skip
def test_the_columns_of_exports_of_other_programs(
    session: Session, name: str, columns: dict[str, str]
) -> None:
    file = f"{name}.csv" if "wukong" in name else f"{name}.header.csv"
    mapping = propose_for(session, open_table(SAMPLES / "headers" / file))
    found = {column.header: column.field.name for column in mapping.columns if column.field}
    assert {header: found.get(header) for header in columns} == columns


def test_every_sample_is_tested() -> None:
    tested = Path(__file__).read_text(encoding="utf-8")
    for path in SAMPLES.rglob("*.*"):
        stem = path.name.split(".")[0]
        known = stem in tested or (stem.startswith("dataloader_csvtext") and "_BOM" in stem)
        assert known or path.name == "SOURCES.md", path
