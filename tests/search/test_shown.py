"""The rows of an answer, which the index tells, are those that the tables tell."""

from __future__ import annotations

import runpy

import pytest

from tui_crm import search
from tui_crm.core import batch, customers, users
from tui_crm.core.changes import Create, Edit, Request, Update, apply
from tui_crm.core.session import Session
from tui_crm.search import index
from tui_crm.store.migrate import migrations


@pytest.fixture
def ids(session: Session) -> tuple[int, ...]:
    users.ensure("bob")
    users.ensure_team("north")
    whole = {
        "organization": "Hofer & Söhne", "title": "Head of R&D", "city": "Wien", "country": "AT",
        "category": "supplier", "status": "active", "source": "fair", "owner": "bob",
        "team": "north", "phones": ("+43 1 58058", "work: 020 7946 0018"),
        "emails": ("anna@hofer.example", "office@hofer.example"), "handles": ("@anna",),
        "tags": ("vip", "Stammkunde", "重要"),
    }  # fmt: skip
    steps = [Create({"name": "Anna Hofer", **whole}), Create({"name": "Anna"})]
    return apply(session, Request(steps, "new")).record_ids


def shown_as_stored(session: Session, ids: tuple[int, ...]) -> bool:
    found = {hit.row.id: hit.row for hit in search.find(session, "anna").hits}
    return [found[id_] for id_ in ids] == customers.rows(session, ids)


def test_a_hit_shows_what_the_tables_have(session: Session, ids: tuple[int, ...]) -> None:
    assert shown_as_stored(session, ids)
    row = search.find(session, "anna hofer").hits[0].row
    assert (row.owner, row.team, row.tags) == ("bob", "north", ("Stammkunde", "vip", "重要"))
    assert row.phones == ("+43 1 58058", "020 7946 0018")
    assert row.emails == ("anna@hofer.example", "office@hofer.example")


@pytest.mark.parametrize(
    "values",
    [
        {"country": "CH"},
        {"owner": "", "team": ""},
        {"tags": ("x",), "status": ""},
        {"emails": (), "phones": ("+41 31 3221111",)},
    ],
    ids="-".join,
)
@pytest.mark.parametrize("many", [False, True])
def test_what_is_edited_is_shown(
    session: Session, ids: tuple[int, ...], values: dict[str, str], many: bool
) -> None:
    if many:
        batch.apply(session, ids, Edit(values))
    else:
        apply(session, Request([Update(id_, Edit(values)) for id_ in ids], "edit"))
    assert shown_as_stored(session, ids)
    assert index.check(session.db) == []


def test_a_contact_before_the_customer_was_entered_is_shown(
    session: Session, ids: tuple[int, ...]
) -> None:
    call = Create({"kind": "call", "started_at": "2001-02-03T04:05:06Z"}, "interaction", ids[0])
    apply(session, Request([call], "edit"))
    row = search.find(session, "anna hofer").hits[0].row
    assert row.last_contact is not None
    assert row.last_contact.year == 2001


def test_a_colleague_who_came_since_is_shown(session: Session, ids: tuple[int, ...]) -> None:
    assert shown_as_stored(session, ids)
    users.ensure("carla")
    users.ensure_team("south")
    apply(session, Request([Update(ids[1], Edit({"owner": "carla", "team": "south"}))], "edit"))
    row = next(hit.row for hit in search.find(session, "anna").hits if hit.row.id == ids[1])
    assert (row.owner, row.team) == ("carla", "south")


def test_documents_of_before_get_what_lists_show(session: Session, ids: tuple[int, ...]) -> None:
    with session.db.transaction():
        session.db.run("ALTER TABLE search_text DROP COLUMN shown")
        runpy.run_path(str(migrations()[19].path))["up"](session.db)
    assert index.check(session.db) == []
    assert shown_as_stored(session, ids)


def test_a_text_that_is_not_what_the_tables_have_is_found(
    session: Session, ids: tuple[int, ...]
) -> None:
    session.db.run("UPDATE customer SET country = 'DE' WHERE id = ?", (ids[0],))
    assert index.check(session.db) != []
