"""Import and export as somebody at a terminal, or a script, uses them."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Crm
from tui_crm.__main__ import main
from tui_crm.config.load import load
from tui_crm.exchange.mapping import profiles


class _Terminal(io.StringIO):
    """An input that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """`answer("y", "import", "x.csv")`: the command, and what is typed at its question."""

    def run(typed: str, *arguments: str) -> str:
        monkeypatch.setattr("sys.stdin", _Terminal(f"{typed}\n"))
        capsys.readouterr()
        assert main(list(arguments)) == 0
        return capsys.readouterr().out

    return run


def test_an_import_asks_before_it_writes(crm: Crm, home: Path, answer) -> None:  # type: ignore[no-untyped-def]
    (home / "in.csv").write_text("name,city\nAna,Bern\nBen,Basel\n", encoding="utf-8")
    told = crm("import", "in.csv", code=2)
    assert "2 new" in told.out and "--yes" in told.err
    assert "Nothing was imported" in answer("n", "import", "in.csv")
    assert "Nothing was imported" in answer("", "import", "in.csv")
    crm("search", "Bern", code=7)
    assert "2 customers imported" in answer("y", "import", "in.csv")
    assert "2 records are back" in crm("undo").out


def test_a_batch_asks_before_it_writes(crm: Crm, answer) -> None:  # type: ignore[no-untyped-def]
    crm("add", "name=Ana", "city=Bern")
    assert "Nothing was changed" in answer("n", "batch", "city:Bern", "status=lead")
    assert "1 customer changed" in answer("yes", "batch", "city:Bern", "status=lead")


def test_a_preview_writes_nothing_and_needs_no_terminal(crm: Crm, home: Path) -> None:
    (home / "in.csv").write_text("name,status\nAna,lead\nBen,nonsense\n", encoding="utf-8")
    told = crm("import", "in.csv", "--preview").out
    assert "1 new" in told and "1 refused" in told and "line 3" in told
    crm("search", "Ana", code=7)


def test_refused_rows_are_beside_the_file_and_the_rest_is_imported(crm: Crm, home: Path) -> None:
    (home / "in.csv").write_text("name,status\nAna,lead\nBen,nonsense\n", encoding="utf-8")
    done = crm("import", "in.csv", "--yes", "--json").objects[0]
    assert (done["done"], done["refused"]) == (1, 1)
    errors = (home / "in.csv.errors.csv").read_text(encoding="utf-8-sig").splitlines()
    assert errors[0] == "name,status,crm_error,crm_line" and errors[1].endswith(",3")
    crm("import", "in.csv.errors.csv", "--yes", code=3)
    crm("import", "in.csv.errors.csv", "--yes", "--map", "status=")
    assert crm("search", "Ben", "--json").objects[0]["status"] == ""


def test_a_mapping_that_was_kept_is_used_by_its_name(crm: Crm, home: Path) -> None:
    (home / "in.csv").write_text("name,Shoe size,Hat\nAna,44,9\n", encoding="utf-8")
    targets = (
        profiles.Target("name", "name"), profiles.Target("Shoe size", "needs"),
        profiles.Target("Hat"),
    )  # fmt: skip
    profiles.save(load(None, os.environ), profiles.Profile("Shop", targets, {"city": "Bern"}))
    crm("import", "in.csv", "--yes", "--profile", "shop", "--map", "Hat=title")
    found = crm("show", "Ana", "--json").objects[0]
    assert (found["needs"], found["city"], found["title"]) == ("44", "Bern", "9")
    assert "Shop" in crm("import", "in.csv", "--profile", "other", code=7).err


def test_kept_mappings_are_used_for_files_that_are_joined(crm: Crm, home: Path) -> None:
    (home / "firms.csv").write_text("Id,Firm,Hat\nF1,Acme Ltd,9\nF2,Beta Ltd,8\n", encoding="utf-8")
    (home / "people.csv").write_text(
        "Name,Firm Id,Shoe size\nAna,F1,44\nBen,F2,43\n", encoding="utf-8"
    )
    settings = load(None, os.environ)
    firms = (profiles.Target("Id", "external_id"), profiles.Target("Firm", "name"),
             profiles.Target("Hat", "needs"))  # fmt: skip
    people = (profiles.Target("Name", "name"), profiles.Target("Shoe size", "title"))
    profiles.save(settings, profiles.Profile("Firms", firms, mode="upsert"))
    profiles.save(settings, profiles.Profile("People", people))
    files = ("firms.csv", "people.csv")
    crm("import", *files, "--yes", "--profile", "people", "--profile", "firms")
    acme, ana = (crm("show", who, "--json").objects[0] for who in ("C-0000001", "C-0000003"))
    assert (acme["needs"], ana["title"], ana["organization"]) == ("9", "44", "Acme Ltd")
    profiles.save(settings, profiles.Profile("Shop", (profiles.Target("Glove"),)))
    assert "Shop" in crm("import", *files, "--yes", "--profile", "shop", code=2).err


def test_unknown_columns_are_named_with_the_way_out(crm: Crm, home: Path) -> None:
    (home / "in.csv").write_text("name,Shoe size\nAna,44\n", encoding="utf-8")
    told = crm("import", "in.csv", "--yes", code=2)
    assert '"Shoe size"' in told.err and '--map "Shoe size="' in told.err
    crm("import", "in.csv", "--yes", "--map", "Shoe size=needs")
    assert crm("show", "Ana", "--json").objects[0]["needs"] == "44"


def test_a_file_that_was_imported_before_is_told_of(crm: Crm, home: Path) -> None:
    (home / "in.csv").write_text("name\nAna\n")
    told = "imported on"
    assert told not in crm("import", "in.csv", "--yes").err
    assert told not in crm("import", "in.csv", "--preview").err  # nobody in it is new
    (home / "in.csv").write_text("name\nAna\nBen\n")
    assert told in crm("import", "in.csv", "--preview").err
    crm("undo")
    assert told not in crm("import", "in.csv", "--preview").err


def test_refused_rows_are_in_the_order_of_the_file(crm: Crm, home: Path) -> None:
    rows = "name,phones,status\nAna,,odd\nBen,5.36E+18,\nCyd,,odd\nDan,,lead\n"
    (home / "in.csv").write_text(rows, encoding="utf-8")
    crm("import", "in.csv", "--yes")
    refused = (home / "in.csv.errors.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in refused[1:]] == ["Ana", "Ben", "Cyd"]


def test_a_value_for_every_row_of_files_that_are_joined(crm: Crm, home: Path) -> None:
    (home / "firms.csv").write_text("account_no,name,city\nA1,Acme,\nA2,Globex,Bern\n")
    (home / "people.csv").write_text("First name,account_no\nAna,A1\n")
    crm("import", "firms.csv", "people.csv", "--yes", "--set", "city=Basel")
    found = {item["name"]: item["city"] for item in crm("search", "", "--json").objects}
    assert found == {"Acme": "Basel", "Globex": "Bern", "Ana": "Basel"}


def test_a_chinese_spreadsheet_from_excel(crm: Crm, home: Path) -> None:
    text = "客户名称;手机号;公司名称;标签\n王伟;138 0013 8000;华星科技;重点客户\n"
    (home / "in.csv").write_bytes(text.encode("gb18030"))
    crm("import", "in.csv", "--yes")
    found = crm("search", "王伟", "--json").objects[0]
    assert found["organization"] == "华星科技" and found["phones"] == ["138 0013 8000"]


def test_an_export_has_what_a_query_finds(crm: Crm, home: Path) -> None:
    for name, city in (("Ana", "Bern"), ("Ben", "Basel")):
        crm("add", f"name={name}", f"city={city}", "tags=a;b")
    crm("export", "city:Bern", "some.csv", "--fields", "name,tags")
    assert (home / "some.csv").read_text(encoding="utf-8-sig") == "name,tags\nAna,a; b\n"
    assert crm("export", "city:Basel", "-", "--fields", "name").out == "name\nBen\n"
    crm("export", "all.csv")
    assert len((home / "all.csv").read_text(encoding="utf-8-sig").splitlines()) == 3
    crm("export", "all.csv", "--fields", "nmae", code=2)
    again = crm("import", "all.csv", "--mode", "upsert", "--yes", "--json").objects[0]
    assert (again["unchanged"], again["change_set"]) == (2, None)


def test_an_export_has_the_wanted_columns_and_order(crm: Crm, home: Path) -> None:
    for name, city in (("Ana", "Bern"), ("Cem", "Basel"), ("Ben", "Basel")):
        crm("add", f"name={name}", f"city={city}")
    wanted = ("--columns", "city,name", "--sort", "city,name")
    assert crm("export", "-", *wanted).out == "city,name\nBasel,Ben\nBasel,Cem\nBern,Ana\n"
    told = crm("export", "city:Basel", "-", "--columns", "name", "--sort=-name").out
    assert told == "name\nCem\nBen\n"
    shown = crm("export", "-", "--columns", "list").out.splitlines()[0].split(",")
    assert shown[:4] == ["name", "organization", "phones", "emails"]
    crm("export", "-", "--sort", "nmae", code=2)


@pytest.mark.parametrize("name", ["all.csv", "all.xlsx", "all.vcf", "all.jsonl", "all.tsv"])
def test_every_format_goes_out_and_comes_in_again(crm: Crm, home: Path, name: str) -> None:
    crm("add", "name==SUM(1)", "phones=+41 44 668 18 00;work: 12345", "tags=a;b", "city=Bern")
    crm("add", "name=王伟", "kind=person", "birthday=1980-02-03", "needs=two lines")
    told = crm("export", name)
    assert "2 customers written" in told.err
    again = crm("import", name, "--mode", "upsert", "--yes", "--json").objects[0]
    assert (again["unchanged"], again["refused"], again["change_set"]) == (2, 0, None)


def test_the_format_of_the_standard_output_is_named(crm: Crm, home: Path) -> None:
    crm("add", "name=Ana", "phones=079 123 45 67")
    assert crm("export", "-", "--format", "jsonl", "--fields", "name,phones").objects == [
        {"name": "Ana", "phones": ["079 123 45 67"]}
    ]
    card = crm("export", "-", "--format", "vcard3", "--fields", "name").out
    assert "VERSION:3.0" in card and "FN:Ana" in card
    crm("export", "plain.csv", "--no-bom", "--fields", "name")
    assert (home / "plain.csv").read_bytes().startswith(b"name")


def test_the_standard_input_and_several_files_are_imported(crm: Crm, home: Path) -> None:
    done = crm("import", "-", "--yes", "--json", stdin="Name,City\nAna,Bern\n").objects[0]
    assert done["done"] == 1
    (home / "a.csv").write_text("Name,City\nBen,Basel\n", encoding="utf-8")
    (home / "b.csv").write_text("City;Name\nChur;Cid\n", encoding="utf-8")
    done = crm("import", "a.csv", "b.csv", "--yes", "--json").objects[0]
    assert done["done"] == 2
    assert crm("search", "Cid", "--json").objects[0]["city"] == "Chur"


def test_a_sheet_a_header_and_a_constant_are_named(crm: Crm, home: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(home / "book.xlsx")) as book:
        for name in ("one", "two"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["Name", "Id no"])
            sheet.write_row(1, 0, [f"Ana {name}", "007"])
    crm("import", "book.xlsx", "--sheet", "three", "--yes", code=2)
    crm("import", "book.xlsx", "--sheet", "two", "--map", "Id no=account_no", "--set",
        "source=fair", "--yes")  # fmt: skip
    found = crm("search", "two", "--json").objects[0]
    assert (found["account_no"], found["source"]) == ("007", "fair")
    (home / "x.csv").write_text("Ben,Basel\nCid,Chur\n", encoding="utf-8")
    crm("import", "x.csv", "--header", "0", "--map", "#1=name", "--map", "#2=city", "--yes")
    assert crm("search", "Ben", "--json").objects[0]["city"] == "Basel"


def test_columns_and_values_that_nobody_knows_can_be_left_out(crm: Crm, home: Path) -> None:
    (home / "in.csv").write_text("name,Shoe size,source\nAna,44,billboard\n", encoding="utf-8")
    crm("import", "in.csv", "--yes", "--skip-unknown", code=3)
    told = crm("import", "in.csv", "--yes", "--skip-unknown", "--unknown-values", "blank").out
    assert "billboard" in told and "Shoe size" in told
    assert crm("search", "Ana", "--json").objects[0]["source"] == ""


def test_what_is_no_record_is_told(crm: Crm, home: Path) -> None:
    text = "Name,Phone,City\nAna,044,Bern\n,,\nTotal,1,\n"
    (home / "in.csv").write_text(text, encoding="utf-8")
    assert "line 4 is left out: a total" in crm("import", "in.csv", "--yes").out


def test_a_file_named_before_the_query_is_not_taken_for_one(crm: Crm, home: Path) -> None:
    crm("add", "name=Ana", "city=Bern")
    told = crm("export", "out.csv", "city:bern", code=2)
    assert "out.csv" in told.err and "crm export QUERY FILE" in told.err
    assert not (home / "city:bern").exists()


def test_customers_are_found_by_the_key_that_is_named(crm: Crm, home: Path) -> None:
    crm("add", "name=Ann Meier", "phones=+1 212 555 0101", "city=Bern")
    (home / "in.csv").write_text(
        "Name,Phone,City,Title\nAnn Meier,0012125550101,Basel,CEO\n", encoding="utf-8"
    )
    told = crm("import", "in.csv", "--key", "phones", code=2)
    assert "--mode" in told.err
    told = crm(
        "import", "in.csv", "--mode", "upsert", "--key", "phones", "--rule", "city=fill",
        "--dry-run", "--json",
    )  # fmt: skip
    assert json.loads(told.out) == {
        "file": "in.csv", "change_set": None, "rows": 1, "new": 0, "updated": 1, "unchanged": 0,
        "refused": 0, "problems": {}, "done": 0, "errors": "",
    }  # fmt: skip
    crm("import", "in.csv", "--mode", "update", "--key", "phones", "--rule", "city=fill", "--yes")
    shown = crm("search", "Ann", "--json").out
    assert '"Bern"' in shown and '"CEO"' in crm("show", "C-0000001", "--json").out


@pytest.mark.parametrize("rule", ["city=sometimes", "never", "nowhere=fill", "=fill"])
def test_a_rule_that_is_none_is_refused(crm: Crm, home: Path, rule: str) -> None:
    (home / "in.csv").write_text("name,account_no\nAnn,A1\n", encoding="utf-8")
    crm("import", "in.csv", "--mode", "upsert", "--rule", rule, "--yes", code=2)
    crm("search", "Ann", code=7)


def test_a_cell_that_clears_and_a_blank_one(crm: Crm, home: Path) -> None:
    crm("add", "name=Ann", "account_no=A1", "city=Bern", "title=CEO")
    (home / "in.csv").write_text("account_no,city,title\nA1,NIL!,\n", encoding="utf-8")
    crm("import", "in.csv", "--mode", "update", "--clear", "NIL!", "--yes")
    told = json.loads(crm("show", "A1", "--json").out)
    assert told["title"] == "CEO" and not told.get("city")
