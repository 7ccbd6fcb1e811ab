"""Import and export as somebody at a terminal, or a script, uses them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.cli.conftest import Crm
from tui_crm.__main__ import main


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


def test_unknown_columns_are_named_with_the_way_out(crm: Crm, home: Path) -> None:
    (home / "in.csv").write_text("name,Shoe size\nAna,44\n", encoding="utf-8")
    told = crm("import", "in.csv", "--yes", code=2)
    assert '"Shoe size"' in told.err and '--map "Shoe size="' in told.err
    crm("import", "in.csv", "--yes", "--map", "Shoe size=needs")
    assert crm("show", "Ana", "--json").objects[0]["needs"] == "44"


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
