"""Encoding and separator of tables from everywhere."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tui_crm.errors import InputRefused
from tui_crm.exchange.reading.reader import CsvTable
from tui_crm.exchange.reading.sniff import detect_encoding, detect_separator, sniff

HEADERS = ["姓名", "电话", "公司", "备注"]
CHINESE = [
    ["张伟", "13800138000", "上海华星科技有限公司", "客户要求本周内报价"],
    ["李娜", "010-8888 6666", "北京天成贸易有限公司", "已经发送邮件，等待回复"],
    ["欧阳建国", "+86 21 5888 1234", "杭州博雅信息技术有限公司", "地址：杭州市中山路1号"],
]
GERMAN = [
    ["Name", "Straße", "Ort"],
    ["Jürgen Müller", "Königsallee 5", "Düsseldorf"],
    ["Käthe Weiß", "Große Straße 12", "Köln"],
]
POLISH = [
    ["Imię", "Miasto"],
    ["Łukasz Wiśniewski", "Kraków"],
    ["Małgorzata Dąbrowska", "Gdańsk"],
    ["Świętosława Żak", "Łódź"],
]
TURKISH = [["Ad", "Şehir"], ["Çağla Işık", "İstanbul"], ["Oğuz Yıldız", "Muğla"]]
RUSSIAN = [["Имя", "Город"], ["Алексей Иванов", "Москва"], ["Наталья Щербакова", "Пермь"]]
TRADITIONAL = [
    ["姓名", "公司"],
    ["陳怡君", "臺北華星貿易股份有限公司"],
    ["黃國華", "高雄實業有限公司"],
]


def text(rows: list[list[str]], delimiter: str = ",") -> str:
    """The rows as CSV."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue()


@pytest.mark.parametrize(
    ("rows", "encoding"),
    [
        (rows, encoding)
        for rows in ([HEADERS, *CHINESE], GERMAN, POLISH, TURKISH, RUSSIAN, TRADITIONAL)
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
    ]
    + [
        ([HEADERS, *CHINESE], "gb18030"),
        (GERMAN, "cp1252"),
        (POLISH, "cp1250"),
        (TURKISH, "cp1254"),
        (RUSSIAN, "cp1251"),
        (TRADITIONAL, "big5"),
    ],
)
def test_a_table_is_read_in_its_encoding(
    tmp_path: Path, rows: list[list[str]], encoding: str
) -> None:
    file = tmp_path / "table.csv"
    headers, *body = rows
    file.write_bytes(text([headers, *body * 5]).encode(encoding))
    table = CsvTable(file)
    assert list(table.headers) == headers
    assert [list(row.cells) for row in table.rows()] == body * 5


def test_one_accent_far_behind_the_head_of_a_file_is_seen(tmp_path: Path) -> None:
    plain = "name,city\n" + "Ana Smith,London\n" * 60_000
    file = tmp_path / "late.csv"
    file.write_bytes((plain + "Zoë,Zürich\n").encode("utf-8"))
    assert list(CsvTable(file).rows())[-1].cells == ("Zoë", "Zürich")


def test_ascii_is_utf8() -> None:
    assert detect_encoding(b"name,city\nAna,Bern\n") == "utf-8"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found(delimiter: str) -> None:
    rows = [
        ["name", "address", "phone", "note"],
        ["Smith, Ana", "Main Street 5; rear", "+1 212 555 0100", 'says "hi"'],
        ["Ben", "5 Oak | Avenue", "", "two\nlines"],
        ["Cid", "", "(212) 555-0199", ""],
    ]
    assert detect_separator(text(rows, delimiter)) == (delimiter, '"')


def test_excels_own_line_about_the_separator_is_obeyed(tmp_path: Path) -> None:
    file = tmp_path / "excel.csv"
    file.write_text("sep=|\nname|note\nAna|a,b,c\n", encoding="utf-8")
    table = CsvTable(file)
    assert table.headers == ("name", "note")
    assert [(row.line, row.cells) for row in table.rows()] == [(3, ("Ana", "a,b,c"))]


def test_a_table_of_one_column_is_one(tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("name\nAna\nBen\n", encoding="utf-8")
    assert [row.cells for row in CsvTable(file).rows()] == [("Ana",), ("Ben",)]


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    for name, content in (("book.xlsx", b"PK\x03\x04rest"), ("empty.csv", b""), ("x.csv", b"\n\n")):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(InputRefused):
            CsvTable(file)
    with pytest.raises(InputRefused):
        CsvTable(tmp_path)
    with pytest.raises(InputRefused):
        sniff(tmp_path / "x.csv", encoding="no-such-encoding")


def test_a_wrong_encoding_that_was_named_is_refused_with_the_way_out(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(text([HEADERS, *CHINESE]).encode("gb18030"))
    with pytest.raises(InputRefused) as refused:
        list(CsvTable(file, sniff(file, encoding="utf-8")).rows())
    assert "--encoding" in refused.value.hint


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(b'name,note\r\nAna,"two\r\nlines"\r\n\r\nBen\r\nCid,x,surplus\r\n')
    rows = list(CsvTable(file).rows())
    assert [(row.line, row.cells, row.surplus) for row in rows] == [
        (2, ("Ana", "two\r\nlines"), ""),
        (5, ("Ben", ""), ""),
        (6, ("Cid", "x"), "surplus"),
    ]


def test_a_quotation_mark_that_is_never_closed_is_told(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text('name\n"Ana\n' + "x" * 2_100_000, encoding="utf-8")
    with pytest.raises(InputRefused):
        list(CsvTable(file, sniff(file, delimiter=",")).rows())
