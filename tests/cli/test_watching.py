"""A folder whose files are imported as they arrive."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Crm
from tui_crm.cli import watching

GOOD = "name,city\nAna,Bern\nBen,Basel\n"


@pytest.fixture
def inbox(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which files need not settle."""
    monkeypatch.setattr(watching, "_SETTLED", 0.0)
    folder = home / "inbox"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    """What lies in a folder and below it, without what is hidden."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )


def test_files_are_imported_and_moved(crm: Crm, inbox: Path) -> None:
    (inbox / "a.csv").write_text(GOOD, encoding="utf-8")
    (inbox / "b.csv").write_text("name,birthday\nCleo,1990-01-02\nDan,yesterday?\n")
    crm("import", "--watch", "inbox", "--once")
    assert names(inbox) == ["done/a.csv", "done/b.csv", "done/b.csv.errors.csv"]
    crm("search", "Ana")
    crm("search", "Cleo")
    crm("search", "Dan", code=7)


def test_a_file_that_is_just_written_is_left_and_told(
    crm: Crm, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_SETTLED", 1000.0)
    (inbox / "a.csv").write_text(GOOD, encoding="utf-8")
    assert "a.csv" in crm("import", "--watch", "inbox", "--once").err
    assert names(inbox) == ["a.csv"]


def test_a_file_that_cannot_be_imported_is_put_aside_with_the_reason(crm: Crm, inbox: Path) -> None:
    (inbox / "a.csv").write_text("shoe size,pet\n43,dog\n", encoding="utf-8")
    (inbox / "b.csv").write_text(GOOD, encoding="utf-8")
    told = crm("import", "--watch", "inbox", "--once", "--json", code=3)
    first, second = map(json.loads, told.out.splitlines())
    assert first["file"] == "a.csv" and "shoe size" in first["failed"]
    assert (second["file"], second["new"]) == ("b.csv", 2)
    assert names(inbox) == ["done/b.csv", "failed/a.csv", "failed/a.csv.reason.txt"]
    reason = (inbox / "failed" / "a.csv.reason.txt").read_text(encoding="utf-8")
    assert "shoe size" in reason and "--map" in reason


def test_a_file_that_is_still_copied_is_left_alone(
    crm: Crm, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_SETTLED", 3600.0)
    for name in ("a.csv", "b.csv.part", ".c.csv", "~$d.xlsx"):
        (inbox / name).write_text(GOOD, encoding="utf-8")
    crm("import", "--watch", "inbox", "--once")
    monkeypatch.setattr(watching, "_SETTLED", 0.0)
    assert (inbox / "a.csv").exists()
    crm("import", "--watch", "inbox", "--once")
    assert names(inbox) == ["b.csv.part", "done/a.csv", "~$d.xlsx"]


def test_a_file_whose_import_was_done_is_only_moved(crm: Crm, inbox: Path) -> None:
    """As if the command had been killed behind the import and before it moved the file."""
    (inbox / "a.csv").write_text(GOOD, encoding="utf-8")
    before = (inbox / "a.csv").stat()
    crm("import", "--watch", "inbox", "--once")
    (inbox / "done" / "a.csv").rename(inbox / "a.csv")
    os.utime(inbox / "a.csv", ns=(before.st_atime_ns, before.st_mtime_ns))
    crm("import", "--watch", "inbox", "--once")
    assert names(inbox) == ["done/a.csv"]
    assert len(crm("search", "", "--json").out.splitlines()) == 2


def test_the_same_rows_that_come_again_make_nobody_twice(crm: Crm, inbox: Path) -> None:
    for stamp in (1_700_000_000, 1_700_000_001):
        (inbox / "a.csv").write_text(GOOD, encoding="utf-8")
        os.utime(inbox / "a.csv", (stamp, stamp))
        crm("import", "--watch", "inbox", "--once")
    assert names(inbox) == ["done/a-2.csv", "done/a.csv"]
    assert len(crm("search", "", "--json").out.splitlines()) == 2


def test_a_preview_leaves_the_files_where_they_are(crm: Crm, inbox: Path) -> None:
    (inbox / "a.csv").write_text(GOOD, encoding="utf-8")
    assert "2 new" in crm("import", "--watch", "inbox", "--once", "--dry-run").out
    assert names(inbox) == ["a.csv"]


def test_only_one_command_watches_a_folder(crm: Crm, inbox: Path) -> None:
    with watching._alone(inbox):
        crm("import", "--watch", "inbox", "--once", code=3)


def test_a_folder_or_files_are_needed_and_not_both(crm: Crm, inbox: Path) -> None:
    crm("import", code=2)
    crm("import", "a.csv", "--watch", "inbox", code=2)
    crm("import", "a.csv", "--once", code=2)
    crm("import", "--watch", "nowhere", "--once", code=2)
