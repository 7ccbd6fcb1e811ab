"""Adding, showing, editing, logging, changing many, looking back and undoing."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Crm


def test_a_new_customer_is_found_by_everything_that_was_given(crm: Crm) -> None:
    made = crm(
        "add", "name=Zoë Müller", "phones=+41 44 668 18 00; +41 79 123 45 67",
        "emails=zoe@example.com", "tags=vip;fair", "city=Zürich", "status=lead", "--json",
    ).objects[0]  # fmt: skip
    assert made["name"] == "Zoë Müller"
    assert made["phones"] == ["+41 44 668 18 00", "+41 79 123 45 67"]
    assert made["tags"] == ["fair", "vip"]
    assert made["title"] == "" and made["handles"] == []
    references = [made["account_no"], str(made["id"]), "zoe@example.com", "0041446681800", "muller"]
    for reference in references:
        assert crm("show", reference, "--json").objects == [made]


def test_json_has_the_names_that_scripts_depend_on(crm: Crm) -> None:
    crm("add", "name=Ana")
    found = crm("search", "ana", "--json").objects[0]
    names = (
        "id account_no external_id name kind organization title phones emails street postcode city"
        " state country birthday category status source owner team tags last_contact"
    )
    assert set(names.split()) <= found.keys()
    assert found["owner"] == "ana" and found["kind"] == "person" and found["last_contact"] == ""


def test_show_prints_the_record_its_people_and_its_timeline(crm: Crm) -> None:
    crm("add", "name=Acme", "kind=organization")
    crm("add", "name=Bob Stone", "organization=Acme", "title=Buyer", "birthday=1980-02-01")
    crm("log", "Bob", "--note", "wants an offer", "--next", "send it", "--due", "+2d")
    shown = crm("show", "bob stone").out
    assert "Buyer" in shown and "1980-02-01" in shown
    assert "wants an offer" in shown and "send it" in shown
    assert "Bob Stone" in crm("show", "acme kind:organization").out


def test_edit_tells_old_and_new_and_undo_brings_it_back(crm: Crm) -> None:
    crm("add", "name=Ana", "city=Bern", "tags=a;b")
    told = crm("edit", "Ana", "city=Basel", "tags+=c", "tags-=a").out
    assert "Bern -> Basel" in told and "a; b -> b; c" in told
    after = crm("show", "Ana", "--json").objects[0]
    assert (after["city"], after["tags"]) == ("Basel", ["b", "c"])
    assert "1 record is back" in crm("undo").out
    back = crm("show", "Ana", "--json").objects[0]
    assert (back["city"], back["tags"]) == ("Bern", ["a", "b"])


def test_an_edit_that_changes_nothing_says_so(crm: Crm) -> None:
    crm("add", "name=Ana", "city=Bern")
    assert "nothing to change" in crm("edit", "Ana", "city=Bern").out


def test_a_field_is_cleared_with_nothing_behind_the_sign(crm: Crm) -> None:
    crm("add", "name=Ana", "city=Bern", "phones=+41446681800")
    crm("edit", "Ana", "city=", "phones=")
    after = crm("show", "Ana", "--json").objects[0]
    assert (after["city"], after["phones"]) == ("", [])


def test_a_call_is_logged_with_follow_up_and_edit_as_one_act(crm: Crm) -> None:
    crm("add", "name=Ana", "status=lead")
    crm(
        "log", "Ana", "status=active", "--kind", "call", "--outcome", "reached", "--note", "hello",
        "--direction", "in", "--duration", "4:30", "--next", "call back",
        "--due", "2030-05-01 09:00",
    )  # fmt: skip
    shown = crm("show", "Ana", "--json").objects[0]
    assert shown["status"] == "active" and shown["last_contact"].endswith("Z")
    acts = crm("history", "Ana", "--json").objects
    assert [act["kind"] for act in acts] == ["log", "create"]
    assert {change["entity"] for change in acts[0]["changes"]} == {
        "interaction", "task", "customer"
    }  # fmt: skip
    crm("undo")
    assert crm("show", "Ana", "--json").objects[0]["status"] == "lead"


def test_log_refuses_what_it_does_not_understand(crm: Crm) -> None:
    crm("add", "name=Ana")
    crm("log", "Ana", "--next", "call", "--due", "sometime soonish", code=3)
    crm("log", "Ana", "--due", "+2d", code=2)
    crm("log", "Ana", "--duration", "four minutes", code=3)
    crm("log", "Ana", "--outcome", "no such outcome", code=3)
    assert len(crm("history", "--json").objects) == 1


def test_batch_shows_asks_changes_and_is_undone_as_one(crm: Crm) -> None:
    for name, status in (("Ana", "lead"), ("Ben", "lead"), ("Cid", "active")):
        crm("add", f"name={name}", f"status={status}", "city=Bern")
    looked = crm("batch", "city:Bern", "status=active", "--preview").out
    assert "3 found: 2 would change, 1 are so already" in looked
    assert looked.count("Lead -> Active") == 3  # 2 records, 1 count
    refused = crm("batch", "city:Bern", "status=active", code=2)
    assert "--yes" in refused.err
    assert crm("search", "status:lead", "--json").objects
    done = crm("batch", "city:Bern", "status=active", "tags+=x", "--yes", "--json").objects[0]
    assert (done["done"], done["failed"]) == (3, 0)
    assert all(c["tags"] == ["x"] for c in crm("search", "status:active", "--json").objects)
    crm("undo", str(done["change_set"]))
    assert sorted(c["name"] for c in crm("search", "status:lead", "--json").objects) == [
        "Ana", "Ben"
    ]  # fmt: skip


def test_a_preview_in_json_has_a_line_for_each_record(crm: Crm) -> None:
    for name in ("Ana", "Ben"):
        crm("add", f"name={name}", "city=Bern")
    lines = crm("batch", "city:Bern", "city=Basel", "--preview", "--json").objects
    assert [line["changes"] for line in lines] == [{"city": {"old": "Bern", "new": "Basel"}}] * 2
    assert {line["name"] for line in lines} == {"Ana", "Ben"}


def test_undo_keeps_what_was_edited_since_and_says_so(crm: Crm) -> None:
    crm("add", "name=Ana", "city=Bern", "title=Buyer")
    crm("edit", "Ana", "city=Basel", "title=CEO")
    number = crm("history", "Ana", "--json").objects[0]["id"]
    crm("edit", "Ana", "city=Chur")
    assert "Kept: 1" in crm("undo", str(number), "--preview", "--kept", "kept.csv").out
    assert 'Ana,"City was changed since' in Path("kept.csv").read_text(encoding="utf-8")
    told = crm("undo", str(number)).out
    assert "Kept:" in told
    after = crm("show", "Ana", "--json").objects[0]
    assert (after["city"], after["title"]) == ("Chur", "Buyer")
    crm("undo", str(number), code=3)
    crm("undo", "999999", code=7)


def test_undo_preview_changes_nothing(crm: Crm) -> None:
    crm("add", "name=Ana")
    crm("edit", "Ana", "city=Basel")
    assert crm("undo", "--preview", "--json").objects[0]["reversed"] == 1
    assert crm("show", "Ana", "--json").objects[0]["city"] == "Basel"


def test_nothing_to_undo_and_no_history_are_nothing_found(crm: Crm) -> None:
    crm("undo", code=7)
    crm("history", code=7)


def test_search_is_limited_and_says_how_many_there_are(crm: Crm) -> None:
    for number in range(5):
        crm("add", f"name=Ana {number}")
    few = crm("search", "ana", "--limit", "2")
    assert len(few.out.splitlines()) == 3
    assert "--limit" in few.err
    assert crm("search", "ana").err == ""


def test_a_query_may_begin_with_a_minus_behind_two(crm: Crm) -> None:
    crm("add", "name=Ana", "status=lead")
    crm("add", "name=Ben", "status=active")
    found = crm("search", "--json", "--", "-status:lead").objects
    assert [customer["name"] for customer in found] == ["Ben"]


def test_a_reference_that_fits_several_lists_them(crm: Crm) -> None:
    crm("add", "name=Ana Roth")
    crm("add", "name=Ana Weber")
    refused = crm("show", "ana", code=2)
    assert "Ana Roth" in refused.err and "Ana Weber" in refused.err


def test_a_custom_field_works_everywhere_on_the_day_it_is_made(crm: Crm) -> None:
    crm("fields", "add", "region", "--type", "choice", "--choices", "north;south", "--label", "R")
    assert {"region", "name"} <= {field["name"] for field in crm("fields", "--json").objects}
    crm("add", "name=Ana", "region=north")
    crm("edit", "Ana", "region=west", code=3)
    assert crm("search", "region:north", "--json").objects[0]["region"] == "north"
    crm("batch", "region:north", "region=south", "--yes")
    assert crm("show", "Ana", "--json").objects[0]["region"] == "south"
    crm("fields", "add", "region", code=3)
    crm("fields", "add", "name", code=3)
    crm("fields", "add", "Bad Name", code=3)
    crm("fields", "add", code=2)


def test_words_of_notes_are_found(crm: Crm) -> None:
    ref = str(crm("add", "name=Nora Note", "--json").objects[0]["id"])
    crm("log", ref, "--note", "asked for a rebate")
    crm("log", ref, "--note", "the rebate was granted", "--subject", "Rebate")
    told = crm("search", "--notes", "rebate")
    assert [line.split("call: ")[1] for line in told.out.splitlines()] == [
        "Rebate - the rebate was granted",
        "asked for a rebate",
    ]
    first = crm("search", "--notes", "reb", "--json", "--limit", "1").objects[0]
    start, end = first["matches"][0]
    assert (first["customer"], first["note"][start:end]) == ("Nora Note", "reb")
    crm("search", "--notes", "granted", "status:lost", code=7)
