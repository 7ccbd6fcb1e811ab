"""Verbs that make things: demo, sample, init, migrate, doctor, bench; and the documentation."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cli.conftest import Crm
from tui_crm.cli import reference
from tui_crm.text.i18n import set_language

DOCS = Path(__file__).parents[2] / "docs"


def test_the_documentation_says_what_the_program_does() -> None:
    set_language("en")
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == reference.markdown()


def test_demo_fills_an_empty_database_once(crm: Crm) -> None:
    told = crm("demo", "--customers", "40", "--seed", "3")
    assert "40 customers" in told.out and "crm" in told.out.splitlines()[-1]
    first = crm("show", "C100001", "--json").objects[0]
    assert "already" in crm("demo", code=3).err
    crm("demo", "--if-empty")
    assert crm("show", "C100001", "--json").objects[0] == first
    findings = {f["name"]: f for f in crm("doctor", "--json").objects}
    assert findings["search index"]["ok"] and findings["integrity"]["ok"]
    assert findings["customers"]["detail"] == "40"


def test_a_sample_is_a_spreadsheet_that_can_be_imported(crm: Crm, home: Path) -> None:
    crm("sample", "--customers", "60", "--seed", "7", "a.csv")
    crm("sample", "--customers", "60", "--seed", "7", "b.csv")
    assert (home / "a.csv").read_bytes() == (home / "b.csv").read_bytes()
    with (home / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60 and any(";" in row["phones"] for row in rows)
    done = crm("import", "a.csv", "--yes", "--json").objects[0]
    assert (done["new"], done["refused"]) == (60, 0)


def test_init_writes_a_configuration_that_is_right_and_keeps_what_is_there(
    crm: Crm, home: Path
) -> None:
    crm("init")
    file = home / "config" / "crm" / "crm.toml"
    crm("config", "check")
    file.write_text('[general]\nlanguage = "zh"\n')
    crm("init")
    assert file.read_text() == '[general]\nlanguage = "zh"\n'


def test_migrate_makes_a_new_database_and_says_when_there_is_nothing_to_do(
    call: Crm, empty_url: str
) -> None:
    assert "new database" in call("migrate", "--db", empty_url).err
    assert "already" in call("migrate", "--db", empty_url).out


def test_the_doctor_finds_a_broken_index_and_a_missing_database(
    crm: Crm, database_url: str, empty_url: str
) -> None:
    crm("add", "name=Ana")
    from tui_crm.store import open_database

    db = open_database(database_url)
    with db.transaction():
        db.run("UPDATE customer SET name = 'Somebody' WHERE name = 'Ana'")
    db.close()
    broken = {f["name"]: f for f in crm("doctor", "--json", code=3).objects}
    assert broken["search index"]["ok"] is False
    assert "search index" not in {f["name"] for f in crm("doctor", "--quick", "--json").objects}
    mended = {f["name"]: f for f in crm("doctor", "--fix", "--json").objects}
    assert mended["search index"]["ok"] is True
    assert "1" in mended["search index"]["detail"]
    assert crm("search", "somebody", "--json").objects[0]["name"] == "Somebody"
    crm("doctor", "--quick", "--fix", code=2)


def test_the_doctor_names_a_database_that_is_not_prepared(call: Crm, empty_url: str) -> None:
    told = call("doctor", "--db", empty_url, code=3)
    assert "crm migrate" in told.out


def test_bench_measures_a_database_of_its_own(crm: Crm, home: Path) -> None:
    rows = crm("bench", "list", "--customers", "30", "--json").objects
    assert {"name", "n", "p50", "p95", "p99", "max"} <= rows[0].keys()
    assert (home / "state" / "crm" / "bench" / "customers-30.db").exists()
    crm("search", "a", code=7)  # the user's own database stays as it was


def test_bench_measures_several_databases_one_after_another(
    call: Crm, database_url: str, tmp_path: Path
) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    rows = call(
        "bench", "list", "--customers", "30", "--on", other, "--on", database_url, "--json"
    ).objects
    engine = "SQLite" if database_url.startswith("sqlite") else "PostgreSQL"
    names = [row["name"] for row in rows]
    assert names[0] == "SQLite: list: first page"
    assert names[len(names) // 2] == f"{engine}: list: first page"


def test_an_answer_in_chinese(crm: Crm, home: Path) -> None:
    (home / "crm.toml").write_text('[general]\nlanguage = "zh"\n')
    crm("add", "name=王伟", "phones=138 0013 8000", "status=active")
    shown = crm("show", "王伟").out
    assert "姓名" in shown and "合作中" in shown
    found = crm("search", "王").out.splitlines()[1]
    assert "王伟" in found
