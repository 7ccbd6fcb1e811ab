"""A filled database keeps every rule that the write door keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tui_crm import search
from tui_crm.core import changes, customers, history, points
from tui_crm.core.changes import Create, Request
from tui_crm.core.session import Session
from tui_crm.errors import InputRefused
from tui_crm.sample import customers as sample_customers
from tui_crm.sample import fill as filling
from tui_crm.search import index
from tui_crm.text.fold import fold


@pytest.mark.parametrize("country", ["US", "CN", "GB"])
def test_a_filled_database_is_what_the_door_would_have_made(session: Session, country: str) -> None:
    general = replace(session.settings.general, home_country=country)
    session.settings = replace(session.settings, general=general)
    seen: list[tuple[int, int]] = []
    filled = filling.fill(session, 300, 4, lambda done, total: seen.append((done, total)))
    assert (300, 300) in seen
    rows = session.db.rows("SELECT count(*) FROM interaction")
    assert (filled.customers, filled.interactions) == (300, rows[0][0])
    assert index.check(session.db) == []
    assert session.db.integrity() == []
    made = session.db.rows(
        "SELECT id, name, sort_name, organization, organization_id FROM customer"
    )
    by_id = {row[0]: row[1] for row in made}
    for _id, name, sort_name, organization, link in made:
        assert sort_name == fold(name)
        assert by_id.get(link, "") == organization
    for kind, value, normalized in session.db.rows(
        "SELECT kind, value, normalized FROM contact_point"
    ):
        assert normalized == points.normalise(value, kind, country)
    late = session.db.rows(
        "SELECT c.id FROM customer c WHERE c.last_contact <> coalesce((SELECT max(i.started_at)"
        " FROM interaction i WHERE i.customer_id = c.id AND i.kind <> 'note'), '')"
    )
    assert late == []


def test_records_hold_the_sample_and_can_be_changed_and_undone(session: Session) -> None:
    filling.fill(session, 120, 9)
    for index_, values in enumerate(sample_customers(120, 9)):
        held = customers.get(session, index_ + 1).values
        assert {name: held[name] for name in values if name != "status"} == {
            name: value for name, value in values.items() if name != "status"
        }
    last = history.last_undoable(session)
    assert last is not None and last.kind == "edit"
    assert changes.undo(session, last.id).reversed == 1
    # What comes next gets numbers of its own.
    outcome = changes.apply(session, Request([Create({"name": "Zzyzx Road"})], "create"))
    assert list(outcome.record_ids) == [121]
    assert search.find(session, "zzyzx").hits[0].row.id == 121


def test_a_database_with_a_customer_is_left_alone(session: Session) -> None:
    changes.apply(session, Request([Create({"name": "Ana"})], "create"))
    with pytest.raises(InputRefused):
        filling.fill(session, 10, 1)
    assert search.count(session, "") == 1


def test_one_customer_has_a_very_long_timeline(session: Session) -> None:
    filling.fill(session, 1000, 2)
    longest = session.db.one(
        "SELECT customer_id, count(*) FROM interaction GROUP BY customer_id ORDER BY 2 DESC LIMIT 1"
    )
    assert longest is not None and longest[1] == filling.LONG_TIMELINE
    assert customers.timeline_count(session, longest[0]) >= filling.LONG_TIMELINE


def test_there_is_something_due_around_today(session: Session) -> None:
    filling.fill(session, 600, 2)
    from tui_crm.text.dates import to_iso, utc_now

    now = to_iso(utc_now())
    overdue, later = (
        session.db.one(f"SELECT count(*) FROM task WHERE done_at = '' AND due_at {sign} ?", (now,))
        for sign in ("<", ">")
    )
    assert overdue and later and overdue[0] and later[0]
