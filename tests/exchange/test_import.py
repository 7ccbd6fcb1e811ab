"""Importing and exporting on both databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui_crm import search
from tui_crm.core import changes, customers, history, places
from tui_crm.core.changes import Create, Delete, Edit, Request, Update
from tui_crm.core.session import Session
from tui_crm.errors import InputRefused
from tui_crm.exchange.duplicates import keys
from tui_crm.exchange.importing import ErrorFile, Imported, apply_plan
from tui_crm.exchange.mapping import mapping
from tui_crm.exchange.planning import matching
from tui_crm.exchange.planning.plan import Mode, Plan, Refused, make_plan
from tui_crm.exchange.reading.reader import CsvTable
from tui_crm.exchange.writing.export import new_file, write_customers
from tui_crm.sample import customers as sample_customers
from tui_crm.search import index

Rows = list[dict[str, str]]


class Tried:
    """What an import did."""

    def __init__(self, plan: Plan, refused: list[Refused], imported: Imported | None) -> None:
        self.counts = (plan.new, plan.updated, plan.unchanged, plan.refused)
        self.refused = refused
        self.imported = imported

    @property
    def reasons(self) -> dict[int, str]:
        """Why rows were refused, by line."""
        return {item.row.line: item.reason for item in self.refused}


@pytest.fixture
def load(session: Session, tmp_path: Path) -> Callable[..., Tried]:
    """`load(rows or path, mode)`: plan an import and apply it."""

    def run(source: Rows | Path | str, mode: Mode = "create", who: Session | None = None) -> Tried:
        path = source if isinstance(source, Path) else tmp_path / "in.csv"
        if isinstance(source, str):
            path.write_text(source, encoding="utf-8", newline="")
        elif isinstance(source, list):
            path.write_text(table(source), encoding="utf-8", newline="")
        user = who or session
        read = CsvTable(path)
        columns = mapping.propose(read.headers, user.fields)
        refused: list[Refused] = []
        plan = make_plan(user, read, columns, mode, refuse=refused.append)
        try:
            imported = apply_plan(user, plan, read, path.name) if len(plan.steps) else None
            return Tried(plan, refused, imported)
        finally:
            plan.close()

    return run


def table(rows: Rows) -> str:
    """Rows as CSV under the columns of all of them."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def everybody(session: Session) -> list[dict[str, Any]]:
    """All customers by name, without what changes with every write."""
    ids = search.all_ids(session, "")
    found = [dict(customers.get(session, id_).values) for id_ in ids]
    return sorted(found, key=lambda values: (str(values["name"]), str(values["account_no"])))


def add(session: Session, **values: Any) -> int:
    """A customer made through the write door."""
    return changes.apply(session, Request([Create(values)], "create")).record_ids[0]


def export(session: Session, path: Path) -> Path:
    """Everybody, as a file."""
    with new_file(path) as file:
        write_customers(
            session, search.all_ids(session, ""), file, list(session.fields.of("customer"))
        )
    return path


def test_new_customers_with_lists_from_cells_and_columns(
    session: Session, load: Callable[..., Tried]
) -> None:
    done = load(
        [{"姓名": "王伟", "电话": "138 0013 8000; 010 8888 6666", "电话2": "+86 139 1234 5678",
          "邮箱": "w@example.com", "标签": "a;b", "状态": "合作中"}]
    )  # fmt: skip
    assert done.counts == (1, 0, 0, 0)
    (values,) = everybody(session)
    assert values["phones"] == ("138 0013 8000", "010 8888 6666", "+86 139 1234 5678")
    assert (values["tags"], values["status"]) == (("a", "b"), "active")
    assert index.check(session.db) == []


def test_numbers_and_ids_stay_text(session: Session, load: Callable[..., Tried]) -> None:
    load([{"name": "=1+1", "account_no": "007", "external_id": "1e5", "postcode": "01234"}])
    (values,) = everybody(session)
    got = [values[name] for name in ("name", "account_no", "external_id", "postcode")]
    assert got == ["=1+1", "007", "1e5", "01234"]


def test_the_whole_import_is_one_change_set_and_is_undone(
    session: Session, load: Callable[..., Tried]
) -> None:
    add(session, name="Ana", account_no="A1", city="Bern")
    done = load(
        [{"name": "Ana", "account_no": "A1", "city": "Basel"}, {"name": "Ben", "account_no": "B1"}],
        "upsert",
    )
    assert done.counts == (1, 1, 0, 0)
    assert done.imported is not None
    number = done.imported.outcome.change_set_id
    assert number is not None
    assert history.change_sets(session)[0].kind == "import"
    undone = changes.undo(session, number)
    assert undone.reversed == 2
    assert [(c["name"], c["city"]) for c in everybody(session)] == [("Ana", "Bern")]


def test_every_value_knows_the_file_and_the_row_it_came_from(
    session: Session, load: Callable[..., Tried]
) -> None:
    add(session, name="Ann", account_no="A1")
    tried = load(
        [{"account_no": "A1", "city": "Bern"}, {"account_no": "A2", "name": "Bea"}], "upsert"
    )
    assert tried.imported is not None
    set_id = tried.imported.outcome.change_set_id
    assert session.db.one("SELECT source FROM change_set WHERE id = ?", (set_id,)) == (
        '["in.csv"]',
    )
    sql = "SELECT action, field, place FROM change WHERE change_set_id = ? ORDER BY id"
    held = [tuple(row) for row in session.db.rows(sql, (set_id,))]
    assert held == [("update", "city", 2), ("create", "", 3)]
    assert places.origin('["a.csv", "b.csv"]', places.place_of(1, 17)) == "b.csv row 17"
    assert places.origin("", 0) == ""


def test_importing_the_same_file_again_changes_nothing(
    session: Session, load: Callable[..., Tried]
) -> None:
    rows = [
        {"name": "Ana", "external_id": "x1", "phones": "079 123 45 67", "tags": "A; b"},
        {"name": "Ben", "external_id": "x2", "emails": "Ben@Example.com", "birthday": "1.2.1980"},
        {"name": "Cid", "emails": "cid@example.com"},
    ]
    assert load(rows, "upsert").counts == (3, 0, 0, 0)
    before = history.latest_id(session)
    again = load(rows, "upsert")
    assert again.counts == (0, 0, 3, 0) and again.imported is None
    assert history.latest_id(session) == before


@pytest.mark.parametrize("mode", ["create", "upsert"])
def test_who_has_no_number_does_not_come_in_twice_from_the_same_row(
    session: Session, load: Callable[..., Tried], mode: Mode
) -> None:
    head = "name,phones,tags,city,emails\n"
    text = f"{head}Ana,030 1234567,a; b,Bern,\nBen,,,Basel,\nBen,,,Basel,\n"
    first = load(text, mode)
    assert first.counts == (3, 0, 0, 0)
    assert load(text, mode).counts == (0, 0, 3, 0)
    # A row that says something else, and one that was not there, are new; then they are known too.
    more = text.replace("Basel,\nBen", "Chur,\nBen") + "Cyd,,,Genf,\n"
    assert load(more, mode).counts == (2, 0, 2, 0)
    assert load(more, mode).counts == (0, 0, 4, 0)
    assert first.imported is not None and first.imported.outcome.change_set_id is not None
    changes.undo(session, first.imported.outcome.change_set_id)
    assert load(text, mode).counts == (3, 0, 0, 0)


def test_blank_cells_erase_nothing_and_lists_only_gain(
    session: Session, load: Callable[..., Tried]
) -> None:
    add(session, name="Ana", account_no="A1", city="Bern", phones=("+41446681800",), tags=("x",))
    load(
        [{"account_no": "A1", "name": "", "city": " ", "phones": "+41 79 123 45 67", "tags": "y"}],
        "update",
    )
    (values,) = everybody(session)
    assert (values["name"], values["city"], values["tags"]) == ("Ana", "Bern", ("x", "y"))
    assert values["phones"] == ("+41446681800", "+41 79 123 45 67")
    same = load([{"account_no": "A1", "phones": "0041 44 668 18 00"}], "update")
    assert same.counts == (0, 0, 1, 0)


def test_the_strongest_key_decides_and_contradictions_are_refused(
    session: Session, load: Callable[..., Tried]
) -> None:
    add(session, name="Ana", account_no="A1", external_id="x1", emails=("ana@example.com",))
    add(session, name="Ben", account_no="B1", emails=("shared@example.com",))
    add(session, name="Cid", account_no="C1", emails=("shared@example.com",))
    done = load(
        [
            {"account_no": "A1", "city": "by number"},
            {"external_id": "x1", "city": "the same customer twice"},
            {"emails": "shared@example.com", "city": "ambiguous"},
            {"account_no": "Z9", "emails": "ana@example.com", "city": "another number"},
            {"emails": "nobody@example.com", "city": "not known"},
        ],
        "update",
    )
    assert done.counts == (0, 1, 0, 4)
    assert sorted(done.reasons) == [3, 4, 5, 6]
    assert "Several" in done.reasons[4] and "A1" in done.reasons[5]


def test_create_refuses_numbers_that_are_in_use_even_in_the_file_itself(
    session: Session, load: Callable[..., Tried]
) -> None:
    add(session, name="Ana", account_no="A1", external_id="x1", emails=("a@example.com",))
    for name in ("Ben", "Cid"):
        add(session, name=name, emails=("shared@example.com",))
    done = load(
        [
            {"name": "1", "account_no": "A1", "external_id": ""},
            {"name": "2", "external_id": "x1"},
            {"name": "3", "account_no": "B1"},
            {"name": "4", "account_no": "B1"},
            {"name": "5", "emails": "a@example.com"},
            {"name": "6", "external_id": "x6", "emails": "shared@example.com"},
        ]
    )
    assert done.counts == (3, 0, 0, 3)
    assert "Line 4" in done.reasons[5]


def test_refused_rows_can_be_mended_and_imported_alone(
    session: Session, load: Callable[..., Tried], tmp_path: Path
) -> None:
    text = (
        "name,status,city\nAna,active,Bern\nBen,no such,Basel\n,lead,Chur\nDan,lead,Genf,surplus\n"
    )
    done = load(text)
    assert done.counts == (1, 0, 0, 3)
    assert sorted(done.reasons) == [3, 4, 5]
    headers = ("name", "status", "city")
    with ErrorFile(tmp_path / "unwanted.csv", headers) as unwanted:
        unwanted.add(done.refused[0])
    with ErrorFile(tmp_path / "none.csv", headers) as none:
        assert not none.keep()
    assert [path.name for path in tmp_path.glob("*.csv")] == ["in.csv"]
    with ErrorFile(tmp_path / "in.errors.csv", headers) as errors:
        for refused in done.refused:
            errors.add(refused)
        assert errors.keep()
    content = errors.path.read_text(encoding="utf-8-sig")
    assert content.splitlines()[0] == "name,status,city,crm_error,crm_line"
    errors.path.write_text(content.replace("no such", "lead"), encoding="utf-8-sig", newline="")
    assert load(errors.path).counts == (2, 0, 0, 1)
    assert [c["name"] for c in everybody(session)] == ["Ana", "Ben", "Dan"]


def test_a_mode_that_needs_a_key_says_which(session: Session, load: Callable[..., Tried]) -> None:
    with pytest.raises(InputRefused) as refused:
        load([{"name": "Ana"}], "upsert")
    assert "account_no" in refused.value.hint


def test_numbers_of_customers_out_of_reach_are_refused(
    session: Session, make_session: Callable[..., Session], load: Callable[..., Tried]
) -> None:
    hidden = add(session, name="Ana", account_no="A1", emails=("ana@example.com",), owner="ana")
    binned = add(session, name="Old", account_no="A2")
    changes.apply(session, Request([Delete(binned)], "delete"))
    ben = make_session("ben", scope="own")
    done = load(
        [{"name": "x", "account_no": "A1"}, {"name": "y", "account_no": "A2"}], "upsert", who=ben
    )
    assert done.counts == (0, 0, 0, 2)
    # An address is no secret key: it may be given to a customer of one's own.
    assert load([{"name": "z", "emails": "ana@example.com"}], "upsert", who=ben).counts[0] == 1
    assert customers.get(session, hidden).name == "Ana"


def test_a_change_between_the_dry_run_and_the_import_is_not_overwritten(
    session: Session, tmp_path: Path
) -> None:
    id_ = add(session, name="Ana", account_no="A1", city="Bern")
    path = tmp_path / "in.csv"
    path.write_text("account_no,city\nA1,Basel\n", encoding="utf-8")
    read = CsvTable(path)
    columns = mapping.propose(read.headers, session.fields)
    plan = make_plan(session, read, columns, "update", refuse=lambda _refused: None)
    changes.apply(session, Request([Update(id_, Edit({"city": "Chur"}))], "edit"))
    imported = apply_plan(session, plan, read, path.name)
    plan.close()
    assert [refused.row.line for refused in imported.refused] == [2]
    assert customers.get(session, id_).values["city"] == "Chur"


def test_an_export_imported_again_changes_nothing_and_makes_an_equal_database(
    session: Session, load: Callable[..., Tried], tmp_path: Path
) -> None:
    for values in sample_customers(150, 5):
        add(session, **values)
    hostile = [
        "=cmd()", "+41 44 668 18 00", "-1", "@x", 'quote " and , comma', "semi; colon", "\\;",
        "back\\slash", "\u202eturned", "two\nlines", "trailing\\", "'apostrophe", "NULL", "0",
        "ﬁ ½ é e\u0301", "👩\u200d👧",
    ]  # fmt: skip
    for number, text in enumerate(hostile):
        add(
            session, name=text, account_no=f"H{number}", needs=f"{text}\n{text}", tags=(text, "t"),
            handles=(text,), title=text, external_id=text,
        )  # fmt: skip
    before = everybody(session)
    path = export(session, tmp_path / "out.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    again = load(path, "upsert")
    assert again.counts == (0, 0, len(before), 0), again.reasons
    for id_ in search.all_ids(session, ""):
        changes.apply(session, Request([Delete(id_)], "delete"))
    session.db.run("UPDATE customer SET account_no = 'gone ' || account_no")
    assert load(path).counts == (len(before), 0, 0, 0)
    kept = [name for name in before[0] if name not in ("id", "version", "created_at", "updated_at")]
    assert [{n: c[n] for n in kept} for c in everybody(session)] == [
        {n: c[n] for n in kept} for c in before
    ]


def test_a_value_that_its_picklist_lost_survives_a_round_trip(
    session: Session, load: Callable[..., Tried], tmp_path: Path
) -> None:
    id_ = add(session, name="Ana", account_no="A1")
    session.db.run("UPDATE customer SET status = 'ancient' WHERE id = ?", (id_,))
    assert load(export(session, tmp_path / "out.csv"), "upsert").counts == (0, 0, 1, 0)


def test_more_rows_than_a_chunk(session: Session, load: Callable[..., Tried]) -> None:
    rows = [{"name": f"Name {n}", "external_id": f"x{n}"} for n in range(2500)]
    assert load(rows, "upsert").counts == (2500, 0, 0, 0)
    for number in (3, 1200, 2400):
        rows[number]["name"] = "Changed"
    rows.append({"name": "New", "external_id": "y"})
    assert load(rows, "upsert").counts == (1, 3, 2497, 0)
    assert search.count(session, "changed") == 3


def test_an_import_of_most_of_all_customers_makes_index_and_keys_anew(
    session: Session, load: Callable[..., Tried], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(session, name="Old Timer", organization="Acme")
    monkeypatch.setattr(index, "_WORTH_REBUILDING", 20)
    monkeypatch.setattr(keys, "_MANY", 20)
    monkeypatch.setattr(keys, "_PART_HELD", 4)
    people = [
        {"name": f"Zed {n}", "organization": f"Acme {n % 30}", "kind": "person"} for n in range(60)
    ]
    firms = [{"name": f"Acme {n}", "kind": "organization"} for n in range(29, -1, -1)]
    tried = load([*people, *firms, {"name": "Acme", "kind": "organization"}])
    assert tried.imported is not None and tried.imported.outcome.done == 91
    assert index.check(session.db) == []
    assert keys.check(session.db) == []
    assert len(search.find(session, "zed").hits) == 50

    def linked() -> int:
        return len(
            session.db.rows(
                "SELECT c.name FROM customer c JOIN customer o ON o.id = c.organization_id"
                " WHERE o.name = c.organization AND c.deleted_at = ''"
            )
        )

    assert linked() == 61  # who was there before is linked too
    assert tried.imported.outcome.change_set_id is not None
    undone = changes.undo(session, tried.imported.outcome.change_set_id)
    assert index.check(session.db) == []
    assert keys.check(session.db) == []
    assert session.db.one(
        "SELECT count(*) FROM customer WHERE organization_id > 0 AND deleted_at = ''"
    ) == (0,)
    assert undone.change_set_id is not None
    changes.undo(session, undone.change_set_id)
    assert linked() == 61


def test_the_first_place_of_a_key_is_known_for_any_number_of_keys() -> None:
    places = matching.Places()
    for number in range(20_000):
        assert places.first(hash(f"k{number}"), number + 2) == number + 2
    assert all(places.first(hash(f"k{n}"), 99_999) == n + 2 for n in range(20_000))
    assert places.first(0, 7) == 7 and places.first(0, 8) == 7


def test_a_file_that_cannot_be_written_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("the old one")
    with pytest.raises(RuntimeError), new_file(target) as file:
        file.write("half")
        raise RuntimeError
    assert target.read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    with pytest.raises(InputRefused), new_file(tmp_path / "no" / "folder.csv"):
        pass
