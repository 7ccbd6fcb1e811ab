"""What goes wrong: one line with the way out, the documented exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Crm
from tui_crm.cli import search as search_verb


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["serch", "x"], 2),
        (["--nonsense"], 2),
        (["--db"], 2),
        (["search"], 2),
        (["search", "x", "--limit", "0"], 2),
        (["search", "x", "--limit", "ten"], 2),
        (["search", "nobody-has-this-name"], 7),
        (["show", "nobody-has-this-name"], 7),
        (["add", "nonsense"], 2),
        (["add", "nmae=x"], 2),
        (["add", "city=Bern"], 3),
        (["add", "name=x", "status=no-such-status"], 3),
        (["add", "name=x", "id=7"], 3),
        (["batch", "", "status=no-such-status"], 3),
        (["batch", "nobody-has-this-name", "status=lead"], 7),
        (["batch", "stauts:lead", "city=Bern", "--yes"], 2),
        (["batch", "-owner:nobody", "city=Bern", "--yes"], 2),
        (["batch", "(name:x", "city=Bern", "--yes"], 2),
        (["export", "last:soon", "-"], 2),
        (["show", "stauts:lead"], 2),
        (["undo", "twelve"], 2),
        (["import", "no-such-file.csv"], 3),
        (["export", "no/such/folder/x.csv"], 3),
        (["config"], 2),
        ([], 2),
    ],
)
def test_the_exit_code_tells_what_kind_of_error_it_was(
    crm: Crm, arguments: list[str], code: int
) -> None:
    told = crm(*arguments, code=code)
    assert told.out == ""
    first, *more = told.err.splitlines()
    assert first.startswith("crm: ")
    assert all(line.startswith(("  ", "crm: ")) for line in more)
    assert "Traceback" not in told.err


def test_a_misspelled_word_is_offered_in_its_right_spelling(crm: Crm) -> None:
    assert 'Did you mean "search"?' in crm("serch", code=2).err
    assert 'Did you mean "status"?' in crm("batch", "stauts:lead", "city=x", code=2).err
    assert 'Did you mean "status"?' in crm("add", "staus=lead", code=2).err
    assert 'Did you mean "active"?' in crm("add", "name=x", "status=actve", code=3).err


def test_a_database_out_of_reach_is_5(call: Crm, home: Path) -> None:
    (home / "not-a-database.db").write_text("just text, and not even short " * 100)
    call("--db", "sqlite:////proc/nowhere/x.db", "search", "x", code=5)
    call("--db", f"sqlite:///{home}/not-a-database.db", "search", "x", code=5)
    call("search", "x", "--db", "postgresql://nobody@127.0.0.1:1/none", code=5)
    call("--db", "mysql://x", "search", "x", code=2)


def test_the_users_rights_hold_on_the_command_line(crm: Crm, database_url: str) -> None:
    crm("add", "name=Ana")
    crm("--as", "stranger", "search", "Ana", code=7)
    from tui_crm.core import users
    from tui_crm.store import open_database

    db = open_database(database_url)
    users.ensure("ben", scope="own")
    db.close()
    crm("--as", "ben", "show", "Ana", code=7)
    crm("--as", "ben", "fields", "add", "x", code=4)
    crm("show", "Ana", "--as", "ana")


def test_an_unexpected_error_goes_to_the_log_file(
    crm: Crm, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> int:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(search_verb, "run", broken)
    told = crm("search", "x", code=1)
    assert "Traceback" not in told.err and "ZeroDivisionError" in told.err
    log = home / "state" / "crm" / "crm.log"
    assert str(log) in told.err
    assert "secret detail" in log.read_text()
    monkeypatch.setenv("CRM_DEBUG", "1")
    assert "Traceback" in crm("search", "x", code=1).err


def test_ctrl_c_is_quiet(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(search_verb, "run", interrupted)
    assert crm("search", "x", code=130).err == ""


def test_version_and_help_need_no_database(call: Crm) -> None:
    from tui_crm import __version__

    assert call("--version").out == f"crm {__version__}\n"
    for arguments in (["--help"], ["help", "batch"], ["batch", "--help"]):
        assert "usage: crm" in call(*arguments).out


def test_a_broken_configuration_stops_a_verb_and_names_the_line(crm: Crm, home: Path) -> None:
    (home / "crm.toml").write_text('[general]\nlanguage = "xx"\n')
    told = crm("search", "x", code=2)
    assert "crm.toml:2" in told.err
    checked = crm("config", "check", code=2)
    assert "crm.toml:2" in checked.err
    (home / "crm.toml").write_text('[general]\nlanguage = "zh"\n')
    crm("config", "check")
    shown = {line["key"]: line for line in crm("config", "show", "--json").objects}
    assert shown["general.language"]["from"] == "crm.toml:2"
    assert shown["database.url"]["from"] == "environment CRM_DB"


def run_really(*arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tui_crm", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,  # type: ignore[call-overload]
    )


def test_a_reader_who_has_seen_enough_is_no_error(home: Path) -> None:
    database = f"sqlite:///{home}/pipe.db"
    run_really("--db", database, "demo", "--customers", "1500")
    writer = subprocess.Popen(
        [sys.executable, "-m", "tui_crm", "--db", database, "export", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writer.stdout is not None and writer.stderr is not None
    writer.stdout.readline()
    writer.stdout.close()
    told = writer.stderr.read()
    writer.stderr.close()
    assert writer.wait(60) == 141
    assert told == b""


def test_a_verb_loads_neither_textual_nor_another_databases_driver(home: Path) -> None:
    program = (
        "import sys; from tui_crm.__main__ import main;"
        "code = main(['add', 'name=Ana']) or main(['search', 'ana']);"
        "heavy = {'textual', 'rich', 'psycopg', 'psycopg2', 'pypinyin', 'asyncio'};"
        "heavy &= set(sys.modules);"
        "sys.exit(code or (', '.join(heavy) if heavy else 0))"
    )
    environment = {**os.environ, "CRM_DB": f"sqlite:///{home}/fast.db"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_way_to_the_app_loads_no_argument_parser(home: Path) -> None:
    program = (
        "import sys, tui_crm.cli.dispatch as d; from tui_crm.cli.command import Command;"
        "assert d.take_common(Command(), ['--db', 'sqlite:///x.db', '--as=ben']) == [];"
        "sys.exit('argparse' in sys.modules or 'peewee' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0


def test_another_encoding_of_the_terminal_is_survived(home: Path) -> None:
    environment = {
        **os.environ, "CRM_DB": f"sqlite:///{home}/x.db", "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
    }  # fmt: skip
    assert run_really("add", "name=王伟", env=environment).returncode == 0
    shown = run_really("search", "王", env=environment)
    assert shown.returncode == 0, shown.stderr
