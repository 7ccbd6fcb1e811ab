"""What an import does to customers who are there: how they are found, and what may change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tui_crm.core import changes, customers
from tui_crm.core.changes import Create, Request
from tui_crm.core.session import Session
from tui_crm.exchange.importing import apply_plan
from tui_crm.exchange.mapping import mapping as mapping_
from tui_crm.exchange.mapping import profiles
from tui_crm.exchange.planning.plan import Mode, Plan, Refused, Rule, make_plan
from tui_crm.exchange.reading.opening import open_table

Load = Callable[..., tuple[Plan, list[str]]]


@pytest.fixture
def load(session: Session, tmp_path: Path) -> Load:
    """`load(text, mode, key=, rules=, clear=)`: import a table, give the plan and the refusals."""

    def run(
        text: str,
        mode: Mode = "upsert",
        key: str = "",
        rules: Mapping[str, Rule] | None = None,
        clear: str = "",
    ) -> tuple[Plan, list[str]]:
        path = tmp_path / "in.csv"
        path.write_text(text, encoding="utf-8")
        table = open_table(path)
        columns = mapping_.propose_for(session, table, clear=clear)
        refused: list[Refused] = []
        plan = make_plan(session, table, columns, mode, refuse=refused.append, key=key, rules=rules)
        if len(plan.steps):
            apply_plan(session, plan, table, path.name)
        return plan, [item.reason for item in refused]

    return run


def add(session: Session, **values: object) -> int:
    """A customer who is there."""
    made = changes.apply(session, Request((Create(values),), "create", "new"))  # type: ignore[arg-type]
    return made.record_ids[0]


def test_customers_are_found_by_a_telephone_number_in_any_spelling(
    session: Session, load: Load
) -> None:
    ann = add(session, name="Ann Meier", phones=("+1 212 555 0101",))
    add(session, name="Bo", phones=("+1 212 555 0102",))
    add(session, name="Cy", phones=("+1 212 555 0102",))
    plan, reasons = load(
        "Phone,City\n(001) 212-555-0101,Bern\n+12125550102,Basel\n+1 212 555 0109,Biel\n",
        key="phones",
        mode="update",
    )
    assert (plan.updated, plan.refused) == (1, 2)
    assert customers.get(session, ann).values["city"] == "Bern"
    assert any("Several customers" in reason for reason in reasons)


def test_a_number_is_no_key_unless_it_is_chosen(session: Session, load: Load) -> None:
    add(session, name="Ann Meier", phones=("+1 212 555 0101",))
    plan, _reasons = load("Name,Phone,Email\nAnn Meier,+1 212 555 0101,a@x.com\n")
    assert (plan.new, plan.updated) == (1, 0)


def test_two_new_rows_with_the_key_number_are_one_customer(load: Load) -> None:
    plan, reasons = load("Name,Phone\nAnn,+1 212 555 0101\nAnna,+12125550101\n", key="phones")
    assert (plan.new, plan.refused) == (1, 1) and "same key" in reasons[0]


def test_customers_are_found_as_likely_duplicates(session: Session, load: Load) -> None:
    ann = add(
        session, name="Annabelle Winterbottom", phones=("+1 212 555 0101",),
        emails=("annabelle@winterbottom.org",), city="Boston", birthday="1980-02-03",
    )  # fmt: skip
    text = (
        "Name,Phone,Birthday,Title\n"
        "Winterbottom Annabelle,+1 212 555 0101,1980-02-03,Owner\n"
        "Zoltan Quist,+1 212 555 7777,1971-01-01,Clerk\n"
    )
    plan, reasons = load(text, key="duplicates")
    assert (plan.new, plan.updated) == (1, 1), reasons
    assert customers.get(session, ann).values["title"] == "Owner"


def test_a_blank_cell_never_clears_and_the_mark_does(session: Session, load: Load) -> None:
    ann = add(
        session, name="Ann", account_no="A1", city="Bern", title="CEO", phones=("+12125550101",),
        tags=("vip",),
    )  # fmt: skip
    text = "Account no,City,Title,Phone,Tags,Name\nA1,,#clear,#clear,,\n"
    plan, _reasons = load(text, clear="#clear")
    assert plan.updated == 1
    values = customers.get(session, ann).values
    assert (values["city"], values["title"], values["phones"]) == ("Bern", "", ())
    assert values["tags"] == ("vip",)
    plan, _reasons = load(text, clear="#clear")
    assert (plan.updated, plan.unchanged) == (0, 1)


def test_what_a_customer_needs_cannot_be_cleared(session: Session, load: Load) -> None:
    add(session, name="Ann", account_no="A1")
    plan, reasons = load("Account no,Name\nA1,#clear\n", clear="#clear")
    assert plan.refused == 1 and reasons


def test_the_mark_obeys_the_rules(session: Session, load: Load) -> None:
    ann = add(session, name="Ann", account_no="A1", city="Bern", title="CEO", country="CH")
    plan, _reasons = load(
        "Account no,City,Title,Country,Name\nA1,#clear,#clear,FR,Anna\n",
        clear="#clear",
        rules={"city": "never", "title": "fill", "country": "fill", "name": "overwrite"},
    )
    values = customers.get(session, ann).values
    assert (values["city"], values["title"], values["country"]) == ("Bern", "CEO", "CH")
    assert values["name"] == "Anna" and plan.updated == 1


def test_the_mark_makes_a_blank_field_of_a_new_customer(session: Session, load: Load) -> None:
    plan, reasons = load("Name,City\nAnn,#clear\n", "create", clear="#clear")
    assert (plan.new, reasons) == (1, [])


def test_a_kept_mapping_keeps_the_mark_and_the_key(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Name,City\nAnn,Bern\n", encoding="utf-8")
    columns = replace(mapping_.propose_for(session, open_table(path)), clear="#clear")
    profile = profiles.of_mapping(columns, name="weekly", mode="upsert", key="phones")
    profiles.save(session.settings, profile)
    kept = profiles.by_name(session.settings, "weekly")
    assert kept.key == "phones"
    again = kept.applied(mapping_.propose_for(session, open_table(path)), session.fields)
    assert again.clear == "#clear"


def test_an_unknown_owner_refuses_the_row(session: Session, load: Load) -> None:
    plan, reasons = load("Name,Owner\nAnn,nobody.here\n", "create")
    assert plan.refused == 1 and "nobody.here" in reasons[0]
