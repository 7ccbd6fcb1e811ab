"""Hostile text through every verb: nothing raw on the terminal (the fixture asserts that for every
call), nothing crashes, and the stored value loses nothing but control characters.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Crm
from tui_crm.exchange.cells import unguarded
from tui_crm.text.safe import clean_line

HOSTILE = [
    "Bob\x1b]52;c;aGk=\x07 Clip",
    "\x9b31mred\x9b0m",
    "[bold]markup[/bold] [link=file:///etc/passwd]x[/]",
    "abc\u202egnp.exe\u202c",
    "\u2066isolate\u2069 \u200fRTL\u200e mark",
    "nul\x00del\x7fbell\x07",
    "two\nlines\r\nand\ttabs",
    "👩\u200d👩\u200d👧\u200d👦 🏴\u200d☠️ é\u0301\u0302\u0303",
    "='cmd|/c calc'!A1",
    '"; DROP TABLE customer; --',
    "%s %(x)s {0} {name} {x!r} \\N{BELL}",
    "𝕮𝖍𝖆𝖔𝖘 王伟 Ω مرحبا שלום",
    "x" * 10_000,
    "a;b\\;c\\\\d",
    "--option -x @file *glob?",
    "-leading minus and 100%",
]


@pytest.fixture(params=HOSTILE, ids=range(len(HOSTILE)))
def hostile(request: pytest.FixtureRequest) -> str:
    """One hostile text."""
    return str(request.param)


def test_every_verb_takes_hostile_text_and_shows_none(crm: Crm, home: Path, hostile: str) -> None:
    argument = hostile.replace("\x00", "")  # the system passes no NUL in an argument
    kept = clean_line(argument)
    made = crm("add", f"name={argument}", f"needs={argument}", "city=Bern", "--json").objects[0]
    assert made["name"] == kept
    number = made["account_no"]
    short = argument[:200]
    crm("edit", number, f"title={short}", f"tags+=t{argument[:50].replace(';', '')}")
    crm("log", number, f"--note={argument}", f"--next={short}", "--due=+2d", f"--subject={short}")
    crm("show", number)
    crm("show", number, "--json")
    crm("search", "city:Bern")
    crm("search", "city:Bern", "--json")
    crm("batch", "city:Bern", f"state={short}", "--preview")
    crm("batch", "city:Bern", f"state={short}", "--yes")
    crm("history")
    crm("history", number, "--json")
    crm("undo")
    crm("export", "out.csv")
    crm("export", "-")
    crm("doctor", "--quick")
    with (home / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [unguarded(row["name"]) for row in csv.DictReader(file)] == [kept]
    again = crm("import", "out.csv", "--mode", "upsert", "--yes", "--json").objects[0]
    assert (again["unchanged"], again["refused"], again["change_set"]) == (1, 0, None)


def test_hostile_text_in_errors_and_in_the_wrong_places(crm: Crm, home: Path, hostile: str) -> None:
    argument = hostile.replace("\x00", "")
    crm("add", "name=Ana")
    for arguments in (
        ["search", "--", argument],
        ["show", "--", argument],
        ["add", "--", f"name=x{argument}", f"status={argument}"],
        ["add", "--", f"{argument}=x"],
        ["edit", "--", "Ana", argument],
        ["batch", "--", argument, "status=lead"],
        ["log", f"--due={argument}", "--next=x", "--", "Ana"],
        ["history", "--", argument],
        ["undo", "--", argument],
        ["import", "--", argument[:100].replace("/", "_")],
        ["import", f"--map={argument}", "x.csv"],
        ["config", "--", argument],
        [argument],
        ["--db", argument, "search", "x"],
        ["--as", argument, "search", "x"],
    ):
        crm(*arguments, code=None)


def test_a_hostile_table_is_imported_whole_or_refused_with_a_reason(crm: Crm, home: Path) -> None:
    with (home / "in.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "phone", "tags", "\x1b[31mred\x1b[0m"])
        for text in HOSTILE:
            writer.writerow([text, "+41446681800", text[:40], text])
    crm("import", "in.csv", "--yes", code=2)
    told = crm("import", "in.csv", "--yes", "--json", "--map", "\x1b[31mred\x1b[0m=needs")
    counts = json.loads(told.out)
    assert counts["new"] == len(HOSTILE)
    stored = {c["name"] for c in crm("search", "0446681800", "--json").objects}
    assert stored == {clean_line(text) for text in HOSTILE}
