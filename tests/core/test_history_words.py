"""What the history tells about a change set in a list: its first change, and how many there are."""

from __future__ import annotations

from collections.abc import Callable

from tui_crm.core import history
from tui_crm.core.changes import Create, Edit, Request, Update, apply
from tui_crm.core.session import Session


def made(session: Session, *names: str) -> tuple[int, ...]:
    return apply(session, Request([Create({"name": n}) for n in names], "create")).record_ids


def test_the_first_change_of_each_set_names_customer_and_field(session: Session) -> None:
    ada, bob = made(session, "Ada", "Bob")
    created = history.latest_id(session)
    edit = Edit({"city": "Rome", "title": "CTO"})
    edited = apply(session, Request([Update(bob, edit)], "edit")).change_set_id
    assert edited is not None
    firsts = history.first_changes(session, [created, edited, edited + 1000])
    assert firsts.keys() == {created, edited}
    assert (firsts[created].record_name, firsts[created].action) == ("Ada", "create")
    assert firsts[created].customer_id == ada
    assert firsts[edited] == history.changes(session, edited, 0, 1)[0]
    assert (firsts[edited].customer_id, firsts[edited].old) == (bob, "")


def test_nothing_is_told_of_no_sets(session: Session) -> None:
    assert history.first_changes(session, []) == {}


def test_the_count_is_that_of_all_pages(session: Session) -> None:
    (ada,) = made(session, "Ada")
    edit = Edit({"city": "Rome", "title": "CTO", "status": "active"})
    set_id = apply(session, Request([Update(ada, edit)], "edit")).change_set_id
    assert set_id is not None
    pages = [history.changes(session, set_id, offset, 2) for offset in (0, 2, 4)]
    assert [len(page) for page in pages] == [2, 1, 0]
    assert history.change_count(session, set_id) == 3


def test_a_viewer_is_told_nothing_of_customers_that_are_hidden(
    session: Session, make_session: Callable[..., Session]
) -> None:
    made(session, "Ada")
    set_id = history.latest_id(session)
    outsider = make_session("olga", scope="own")
    assert history.first_changes(outsider, [set_id]) == {}
    assert history.change_count(outsider, set_id) == 0
