"""History, undo and redo, and the recycle bin on the command line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Crm
from tui_crm.cli import output
from tui_crm.core import batch
from tui_crm.core.changes import Edit, Request, Update, apply
from tui_crm.core.session import Session


def test_undo_and_redo(crm: Crm) -> None:
    crm("add", "name=Ada", "city=Basel")
    crm("edit", "ada", "city=Bern")
    assert "would go back" in crm("undo", "--preview").out
    assert crm("undo", "--json").objects[0]["reversed"] == 1
    assert crm("show", "ada", "--json").objects[0]["city"] == "Basel"
    assert "would go back" in crm("redo", "--preview").out
    assert "To undo it: crm undo" in crm("redo").out
    assert crm("show", "ada", "--json").objects[0]["city"] == "Bern"
    assert "nothing" in crm("redo", code=7).err


def test_undo_and_redo_of_one_customer_of_many(crm: Crm) -> None:
    for name in ("Ada", "Bob"):
        crm("add", f"name={name}", "city=Basel")
    made = crm("batch", "city:basel", "city=Bern", "--yes", "--json").objects[0]["change_set"]
    assert "1 record would go back" in crm("undo", str(made), "--only", "ada", "--preview").out
    assert "1 record is back" in crm("undo", str(made), "--only", "ada").out
    cities = [crm("show", name, "--json").objects[0]["city"] for name in ("ada", "bob")]
    assert cities == ["Basel", "Bern"]
    assert "1 record is back" in crm("undo", str(made)).out
    assert crm("redo", str(made), "--only", "bob", "--json").objects[0]["reversed"] == 1
    cities = [crm("show", name, "--json").objects[0]["city"] for name in ("ada", "bob")]
    assert cities == ["Basel", "Bern"]
    assert crm("undo", str(made), "--only", "nobody like that", code=7).err


def test_a_second_undo_is_refused(crm: Crm) -> None:
    crm("add", "name=Ada")
    made = crm("history", "--json").objects[0]["id"]
    crm("undo", str(made))
    assert "already" in crm("undo", str(made), code=3).err


def test_the_history_is_asked(crm: Crm, home: Path) -> None:
    crm("add", "name=Ada", "city=Basel")
    crm("edit", "ada", "city=Bern")
    (edit,) = crm("history", "--field", "city", "--kind", "edit", "--json").objects
    assert edit["changes"][0]["old"] == "Basel"
    assert crm("history", "--user", "ana", "--since", "2020-01-01", "--json").objects
    assert "nothing like that" in crm("history", "--until", "2020-01-01", code=7).err
    assert "no date" in crm("history", "--since", "someday", code=2).err
    assert "not there" in crm("history", "ada", "--as-of", "2020-01-01", code=7).err
    assert crm("history", "ada", "--as-of", "2099-01-01", "--json").objects[0]["city"] == "Bern"
    different = crm("history", "ada", "--diff", "2020-01-01", "2099-01-01", "--json").objects[0]
    assert different["city"] == {"old": "", "new": "Bern"}
    assert "Basel" not in crm("history", "ada", "--diff", "2020-01-01", "2099-01-01").out
    crm("history", "--restore", str(edit["changes"][0]["change"]))
    assert crm("show", "ada", "--json").objects[0]["city"] == "Basel"
    assert "3 changes" in crm("history", "--csv", "out.csv").out
    with (home / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["action"], row["old"], row["new"]) for row in csv.DictReader(file)]
    assert rows == [("create", "", ""), ("update", "Basel", "Bern"), ("update", "Bern", "Basel")]


def test_the_recycle_bin(crm: Crm) -> None:
    crm("add", "name=Ada")
    crm("add", "name=Bob")
    crm("undo")
    assert [row["name"] for row in crm("bin", "--json").objects] == ["Bob"]
    assert "Bob" in crm("bin", "list", "bob").out
    crm("bin", "list", "nobody", code=7)
    assert crm("bin", "restore", "bob", "--json").objects[0]["restored"] == 1
    crm("show", "bob")
    crm("undo")
    assert "90 days" in crm("bin", "purge", "--yes", code=7).err
    assert "--yes" in crm("bin", "purge", "bob", code=2).err
    assert crm("bin", "purge", "bob", "--yes", "--json").objects[0]["purged"] == 1
    crm("bin", code=7)


def test_a_batch_works_values_out(crm: Crm, home: Path) -> None:
    crm("add", "name=Ada", "city=Basel", "birthday=1990-01-31")
    crm("add", "name=Bob", "city=Basel", "birthday=9999-12-31")
    batch = ("batch", "basel", "birthday:=+1m", "title:=copy(city)")
    assert "Refused" in crm(*batch, "--preview").out
    assert "--skip-refused" in crm(*batch, "--yes", code=3).err
    crm(*batch, "--yes", "--skip-refused", "--failed", "failed.csv")
    ada = crm("show", "ada", "--json").objects[0]
    assert (ada["birthday"], ada["title"]) == ("1990-02-28", "Basel")
    with (home / "failed.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["Bob"]
    assert "no operation" in crm("batch", "basel", "title:=shout", "--yes", code=3).err


@pytest.mark.parametrize("answer", [True, False])
def test_what_others_changed_since_the_question_is_told_and_asked_about(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, answer: bool
) -> None:
    crm("add", "name=Ada", "city=Basel", "title=Dr")
    look, answers = batch.since_preview, [True, answer]

    def meanwhile(session: Session, query: str, seen: list[int]) -> batch.Since:
        apply(session, Request([Update(seen[0], Edit({"title": "Prof"}))], "edit"))
        return look(session, query, seen)

    monkeypatch.setattr(batch, "since_preview", meanwhile)
    monkeypatch.setattr(output, "confirm", lambda *_question, **_hint: answers.pop(0))
    done = crm("batch", "basel", "title=Queen")
    assert "you saw Dr, now it is Prof, you want Queen" in done.err
    assert ("1 customer changed." in done.out) is answer
    assert ("Nothing was changed." in done.out) is not answer
    title = crm("show", "ada", "--json").objects[0]["title"]
    assert title == ("Queen" if answer else "Prof")


def test_an_undo_of_nothing_says_so(crm: Crm) -> None:
    crm("add", "name=Ana")
    crm("export", "all.csv")
    [exported] = [line for line in crm("history").out.splitlines() if "export" in line]
    number = exported.split()[0].removeprefix("#")
    assert "nothing in it for you" in crm("undo", number, code=7).err
    assert "nothing in it for you" in crm("undo", number, "--preview", code=7).err
