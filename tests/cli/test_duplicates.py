"""crm duplicates, merge and unmerge."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Crm


@pytest.fixture
def twice(crm: Crm) -> Crm:
    """A few customers, one of them there twice."""
    for name, number, phone in (
        ("Ada Lovelace", "A-1", "+442079460018"),
        ("Ada Lovlace", "A-2", "+442079460018"),
        ("Grace Hopper", "G-1", "+12025550101"),
        ("Alan Turing", "T-1", "+442079460123"),
    ):
        crm(
            "add", f"name={name}", f"account_no={number}", f"phones={phone}",
            f"external_id=x-{number}", f"emails={name.split()[0].lower()}@corp.example",
        )  # fmt: skip
    return crm


def test_one_group_a_line(twice: Crm) -> None:
    found = twice("duplicates", "--json").objects
    assert len(found) == 1
    group = found[0]
    assert group["tier"] in ("sure", "likely")
    assert 0.95 <= group["score"] <= 1
    assert [(m["account_no"], m["external_id"], m["name"]) for m in group["members"]] == [
        ("A-1", "x-A-1", "Ada Lovelace"), ("A-2", "x-A-2", "Ada Lovlace"),
    ]  # fmt: skip
    assert any("Phones" in reason for reason in group["reasons"])
    line = twice("duplicates").out
    assert line.count("\n") == 1
    assert "A-1 Ada Lovelace = A-2 Ada Lovlace" in line


def test_among_those_that_a_query_finds(twice: Crm) -> None:
    assert twice("duplicates", "grace", "--json").objects == []
    assert len(twice("duplicates", "ada", "--min", "possible", "--json").objects) == 1
    twice("duplicates", "nobody at all", code=7)
    twice("duplicates", "--min", "maybe", code=2)


def test_decisions_are_remembered(twice: Crm) -> None:
    twice("duplicates", "--later", "A-1", "A-2")
    assert twice("duplicates", "--json").objects[0]["later"] is True
    twice("duplicates", "--different", "A-1", "A-2")
    assert twice("duplicates", "--min", "possible", "--json").objects == []
    twice("duplicates", "--forget", "A-1", "A-2")
    assert twice("duplicates", "--json").objects[0]["later"] is False
    twice("duplicates", "--different", "A-1", code=2)


def test_merge_and_unmerge(twice: Crm) -> None:
    twice("edit", "A-2", "city=Bern", "title=Dr.")
    twice("edit", "A-1", "city=Basel")
    planned = twice("merge", "A-1", "A-2", "city=A-2", "--preview", "--json").objects[0]
    assert planned["change_set"] is None
    assert planned["customer"]["city"] == "Bern"
    assert twice("show", "A-1", "--json").objects[0]["city"] == "Basel"
    done = twice("merge", "A-1", "A-2", "name=A-1", "--keep", "A-2", "--json").objects[0]
    assert done["customer"]["account_no"] == "A-2"
    assert done["customer"]["name"] == "Ada Lovelace"
    assert done["customer"]["city"] == "Bern"
    assert twice("show", "A-1", "--json").objects[0]["account_no"] == "A-2"
    assert twice("show", "x-A-1", "--json").objects[0]["account_no"] == "A-2"
    assert twice("duplicates", "--json").objects == []
    twice("edit", "A-2", "name=Ada King")
    back = twice("unmerge", "A-1", "--json").objects[0]
    assert len(back["restored"]) == 1
    assert [row["name"] for row in back["kept"]] == ["Ada King"]
    assert twice("show", "A-1", "--json").objects[0]["city"] == "Basel"
    twice("unmerge", "A-1", code=7)


def test_what_cannot_be_merged_is_refused(twice: Crm) -> None:
    twice("merge", "A-1", code=2)
    twice("merge", "A-1", "A-1", code=2)
    twice("merge", "A-1", "Z-9", code=7)
    twice("merge", "A-1", "A-2", "city=G-1", code=2)
    twice("merge", "A-1", "A-2", "city=", code=3)
    assert "A-1" in twice("merge", "A-1", "A-2").out
    assert "to undo" in twice("unmerge", "A-2").out.lower()
