"""What is shown of a plan before it is applied, mending it, and remembered mappings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tui_crm.core import customers
from tui_crm.core.changes import Create, Request, apply
from tui_crm.core.rows import Customer
from tui_crm.core.session import Session
from tui_crm.errors import CrmError, NotFound
from tui_crm.exchange.importing import apply_plan
from tui_crm.exchange.mapping import mapping, profiles
from tui_crm.exchange.planning.mending import Fixes, MendedTable
from tui_crm.exchange.planning.plan import Mode, Plan, Refused, Rule, make_plan
from tui_crm.exchange.planning.staging import PARTS, Change, Pile, Stage
from tui_crm.exchange.reading.reader import CsvTable, Table
from tui_crm.search import all_ids

SHEET = """\
Name,E-mail,Status,Birthday,Owner
Ada,ada@x.ch,lead,1990-01-31,
Bob,bob@x.ch,wrong,,
Cyd,cyd@x.ch,lead,31 Foo,
Dan,dan@x.ch,lead,,nobody
Eve,known@x.ch,lead,,
"""

Planned = Callable[..., tuple[Plan, Stage]]


@pytest.fixture
def sheet(tmp_path: Path) -> CsvTable:
    """A table with four rows that have something wrong."""
    path = tmp_path / "in.csv"
    path.write_text(SHEET, encoding="utf-8")
    return CsvTable(path)


@pytest.fixture
def planned(session: Session) -> Iterator[Planned]:
    """`planned(table, mode)`: a plan and what is kept of it."""
    opened: list[Plan | Stage] = []

    def run(
        table: Table, mode: Mode = "create", *, only_blank: bool = False, key: str = ""
    ) -> tuple[Plan, Stage]:
        stage = Stage()
        columns = mapping.propose_for(session, table)
        plan = make_plan(
            session, table, columns, mode, refuse=lambda _refused: None, watch=stage.add,
            only_blank=only_blank, key=key,
        )  # fmt: skip
        opened.extend((plan, stage))
        return plan, stage

    yield run
    for item in opened:
        item.close()


def known(session: Session, **values: str) -> int:
    request = Request([Create({"name": "Known", "emails": ("known@x.ch",), **values})], "create")
    return apply(session, request).record_ids[0]


def test_every_row_lies_in_one_part_with_what_is_wrong_with_it(
    session: Session, sheet: CsvTable, planned: Planned
) -> None:
    known(session)
    plan, stage = planned(sheet)
    assert {part: stage.count(part) for part in PARTS} == {
        "new": 2, "updated": 0, "unchanged": 0, "refused": 3,
    }  # fmt: skip
    assert plan.rows == 5
    assert {(pile.part, pile.problem, pile.field): stage.count(pile) for pile in stage.piles} == {
        ("refused", "value", "status"): 1,
        ("refused", "invalid", "birthday"): 1,
        ("refused", "owner", "owner"): 1,
        ("new", "suspicious", ""): 1,
    }
    (wrong,) = stage.page(Pile("refused", "owner", "owner"), 0, 10)
    assert (wrong.name, wrong.row.line, wrong.row.cells[4]) == ("Dan", 5, "nobody")
    ada = stage.page("new", 0, 1)[0]
    assert Change("birthday", "", "1990-01-31") in ada.changes


def test_a_row_that_is_likely_a_customer_already_says_which_one_and_why(
    session: Session, tmp_path: Path, planned: Planned
) -> None:
    known(session, name="Annette Sommerfeld", emails=(), phones=("+41 61 271 88 14",), city="Basel")
    path = tmp_path / "in.csv"
    text = "name,phones,city\nAnnette Sommerfeld,0041 61 271 88 14,Basel\nBob Miller,,Bern\n"
    path.write_text(text, encoding="utf-8")
    plan, stage = planned(CsvTable(path))
    assert (plan.new, stage.count(Pile("new", "alike", ""))) == (2, 1)
    (row,) = stage.page(Pile("new", "alike", ""), 0, 10)
    assert row.row.line == 2
    assert "Annette Sommerfeld (C-0000001)" in row.reason
    assert "Phones: the same" in row.reason


def test_a_row_twice_and_a_customer_who_is_there_are_told_apart(
    session: Session, tmp_path: Path, planned: Planned
) -> None:
    known(session, external_id="7")
    path = tmp_path / "in.csv"
    path.write_text("name,external_id\nA,1\nB,1\nC,7\n", encoding="utf-8")
    _plan, stage = planned(CsvTable(path))
    assert {pile.problem for pile in stage.piles} == {"repeated", "known"}
    _plan, stage = planned(CsvTable(path), "update")
    assert {pile.problem for pile in stage.piles} == {"unmatched", "repeated"}
    assert stage.count("updated") == 1


def test_many_rows_are_read_a_page_at_a_time(
    session: Session, tmp_path: Path, planned: Planned
) -> None:
    path = tmp_path / "in.csv"
    rows = (f"P{n},{'lead' if n % 3 else 'odd'}" for n in range(500))
    path.write_text("\n".join(["name,status", *rows]), encoding="utf-8")
    _plan, stage = planned(CsvTable(path))
    pile = Pile("refused", "value", "status")
    assert stage.count(pile) == stage.count("refused") == 167
    assert [s.name for s in stage.page(pile, 100, 3)] == ["P300", "P303", "P306"]
    assert [s.name for s in stage.page("new", 330, 10)] == ["P496", "P497", "P499"]


def test_cells_and_whole_columns_are_mended_and_rows_left_out(
    session: Session, sheet: CsvTable, planned: Planned
) -> None:
    fixes = Fixes()
    fixes.rules[2] = {"wrong": "active"}
    fixes.cells[4, 3] = "2001-02-03"
    fixes.left_out.add(5)
    mended = MendedTable(sheet, fixes)
    plan, _stage = planned(mended)
    assert (plan.new, plan.refused) == (4, 0)
    apply_plan(session, plan, mended, "in.csv")
    found = {c.values["name"]: c.values for c in map(_getter(session), all_ids(session, ""))}
    assert found["Bob"]["status"] == "active"
    assert found["Cyd"]["birthday"] == "2001-02-03"
    assert "Dan" not in found
    assert "wrong" in sheet.path.read_text()


def test_only_blanks_are_filled(session: Session, tmp_path: Path, planned: Planned) -> None:
    id_ = known(session, city="Bern")
    path = tmp_path / "in.csv"
    path.write_text("name,emails,city,title\nOther,known@x.ch,Basel,Buyer\n", encoding="utf-8")
    table = CsvTable(path)
    plan, stage = planned(table, "update", only_blank=True)
    assert stage.page("updated", 0, 9)[0].changes == (Change("title", "", "Buyer"),)
    apply_plan(session, plan, table, "in.csv")
    values = customers.get(session, id_).values
    assert (values["name"], values["city"], values["title"]) == ("Known", "Bern", "Buyer")


def test_each_field_may_have_a_rule_of_its_own(session: Session, tmp_path: Path) -> None:
    known(session, city="Bern", title="Boss")
    path = tmp_path / "in.csv"
    path.write_text(
        "name,emails,city,title,state\nOther,known@x.ch,Basel,Buyer,BE\n", encoding="utf-8"
    )
    table, stage = CsvTable(path), Stage()
    rules: dict[str, Rule] = {"name": "never", "city": "fill", "state": "fill"}
    plan = make_plan(
        session, table, mapping.propose_for(session, table), "update",
        refuse=lambda _refused: None, watch=stage.add, rules=rules,
    )  # fmt: skip
    assert [(c.field, c.new) for c in stage.page("updated", 0, 9)[0].changes] == [
        ("title", "Buyer"), ("state", "BE"),
    ]  # fmt: skip
    plan.close()
    stage.close()


def test_one_key_can_be_chosen(session: Session, tmp_path: Path, planned: Planned) -> None:
    known(session, external_id="7")
    path = tmp_path / "in.csv"
    path.write_text("name,emails,external_id\nA,known@x.ch,8\n", encoding="utf-8")
    _plan, stage = planned(CsvTable(path), "upsert")
    assert [pile.problem for pile in stage.piles] == ["known"]  # the numbers contradict
    plan, _stage = planned(CsvTable(path), "upsert", key="emails")
    assert plan.updated == 1
    plan, _stage = planned(CsvTable(path), "upsert", key="external_id")
    assert plan.new == 1


def test_planning_stops_when_it_is_told_to(session: Session, sheet: CsvTable) -> None:
    class Stopped:
        cancelled = True

    columns = mapping.propose_for(session, sheet)
    with pytest.raises(CrmError, match="Stopped"):
        make_plan(session, sheet, columns, "create", refuse=lambda _r: None, cancel=Stopped())


def test_a_mapping_is_remembered_for_its_header(session: Session, sheet: CsvTable) -> None:
    guessed = mapping.propose_for(session, sheet)
    chosen = guessed.changed(0, session.fields.get("organization")).changed(4, None)
    profiles.save(session.settings, profiles.of_mapping(chosen, mode="upsert", key="emails"))
    found = profiles.for_headers(session.settings, sheet.headers)
    assert found is not None and (found.mode, found.key) == ("upsert", "emails")
    again = found.applied(guessed, session.fields)
    assert [c.field.name if c.field else "" for c in again.all] == [
        "organization", "emails", "status", "birthday", "",
    ]  # fmt: skip
    assert profiles.for_headers(session.settings, ("other",)) is None
    # The file of refused rows has further columns and is the same table.
    headers = (*sheet.headers, "crm_error", "crm_line")
    assert profiles.for_headers(session.settings, headers) == found


def test_a_profile_is_found_by_its_name(session: Session, sheet: CsvTable) -> None:
    guessed = mapping.propose_for(session, sheet)
    profiles.save(session.settings, profiles.of_mapping(guessed, name="Fair 展会"))
    assert profiles.by_name(session.settings, "fair 展会").headers == sheet.headers
    with pytest.raises(NotFound, match="nothing") as raised:
        profiles.by_name(session.settings, "nothing")
    assert "Fair 展会" in raised.value.hint
    folder = session.settings.paths.state_dir / "imports"
    (folder / "cut.json").write_text('{"name": "cut", "targets": [{')
    assert [p.name for p in profiles.everything(session.settings)] == ["Fair 展会"]


def _getter(session: Session) -> Callable[[int], Customer]:
    return lambda id_: customers.get(session, id_)


def test_a_refused_row_tells_all_that_is_wrong_with_it(
    session: Session, tmp_path: Path, planned: Planned
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        "Name,E-mail,Status,Birthday,Phone\n"
        "Ada,ada at x,wrong,31 Foo,8.61E+12\n"
        "Bob,bob@x.ch,wrong,1990-01-31,044 111 22 33\n",
        encoding="utf-8",
    )
    refused: list[Refused] = []
    table = CsvTable(path)
    columns = mapping.propose_for(session, table)
    stage = Stage()
    plan = make_plan(
        session, table, columns, "create", refuse=refused.append, watch=stage.add
    )  # fmt: skip
    for part in ("ada at x", "wrong", "31 Foo", "8.61E+12"):
        assert part in refused[0].reason
    assert "wrong" in refused[1].reason and "Birthday" not in refused[1].reason
    assert plan.refused == 2
    assert plan.problems == {"emails": 1, "status": 2, "birthday": 1, "phones": 1}
    # Each problem lists its rows, and a row stands in every list that it belongs to.
    counts = {(pile.problem, pile.field): stage.count(pile) for pile in stage.piles}
    assert counts == {
        ("invalid", "emails"): 1, ("value", "status"): 2, ("invalid", "birthday"): 1,
        ("invalid", "phones"): 1,
    }  # fmt: skip
    (first, second) = stage.page(Pile("refused", "value", "status"), 0, 10)
    assert (first.name, first.field, second.name) == ("Ada", "status", "Bob")
    assert first.reason.startswith('Status: "wrong"') and "31 Foo" in first.reason
    stage.close()
    plan.close()
