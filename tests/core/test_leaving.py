"""Many customers who go into the recycle bin at once: found no more from then on, and what of them
takes long to take away goes later.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tui_crm import search
from tui_crm.core import changes, recycle
from tui_crm.core.changes import Create, Request, apply, undoing
from tui_crm.core.session import Session
from tui_crm.exchange.duplicates import entry, keys
from tui_crm.search import index
from tui_crm.search.sqlite import leaving

COUNT = 12


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen is taken back in sets, and taken away in more than one go."""
    monkeypatch.setattr(undoing, "_MANY", 5)
    monkeypatch.setattr(leaving, "_AT_ONCE", 5)
    monkeypatch.setattr(keys, "_FOLDED", 5)


def person(number: int, name: str = "Wanda") -> Create:
    return Create(
        {
            "name": f"{name} Novák{'abcdefghijklmnop'[number]}",
            "phones": (f"030 12345{number:02}",),
            "emails": (f"w{number}@example.com",),
            "city": "Brno",
        }
    )


def come(session: Session) -> tuple[int, list[int]]:
    """The change set of some who came at once, and their ids."""
    outcome = apply(session, Request([person(n) for n in range(COUNT)], "import"))
    assert outcome.change_set_id is not None
    return outcome.change_set_id, list(outcome.record_ids)


def taken_back(session: Session, set_id: int) -> int:
    outcome = changes.undo(session, set_id)
    assert outcome.reversed == COUNT
    assert outcome.change_set_id is not None
    return outcome.change_set_id


def found(session: Session) -> list[int]:
    """How many are found by a letter, names, a city and a number."""
    texts = ("w", "wanda", "wanda brno", "12345", "nov")
    counts = [search.count(session, text) for text in texts]
    pages = [len(search.find(session, text, limit=COUNT).hits) for text in texts]
    assert counts == pages
    return counts


def right(session: Session) -> bool:
    return index.check(session.db) == [] and keys.check(session.db) == []


def after_all_was_taken_away(session: Session) -> Iterator[bool]:
    while index.fold(session.db) or keys.fold(session.db):
        yield right(session)


def test_who_went_is_not_found_and_all_is_taken_away(session: Session) -> None:
    [stays] = apply(session, Request([person(0, "Willy")], "create")).record_ids
    set_id, _ids = come(session)
    taken_back(session, set_id)
    # One is left of all, and before it in each list stand those who wait.
    assert [hit.row.id for hit in search.find(session, "w", limit=1).hits] == [stays]
    assert [hit.row.id for hit in search.find(session, "brno", limit=1).hits] == [stays]
    assert found(session) == [1, 0, 0, 1, 1]
    assert right(session)
    assert all(list(after_all_was_taken_away(session)))
    assert right(session)
    assert found(session) == [1, 0, 0, 1, 1]
    held = session.db.rows("SELECT DISTINCT customer_id FROM duplicate_key")
    assert held == [(stays,)]
    assert session.db.rows("SELECT id FROM search_text") == session.db.rows(
        "SELECT id FROM search_doc"
    )


def test_who_comes_back_is_found_again_before_and_after(session: Session) -> None:
    set_id, ids = come(session)
    undone = taken_back(session, set_id)
    index.fold(session.db)
    keys.fold(session.db)
    redone = taken_back(session, undone)  # some had been taken away already
    assert found(session) == [COUNT] * 5
    assert right(session)
    taken_back(session, redone)  # who waits already goes once more
    recycle.restore(session, ids[:3])
    assert found(session) == [3] * 5
    assert right(session)
    assert all(list(after_all_was_taken_away(session)))
    assert found(session) == [3] * 5
    assert right(session)
    alike = entry.check(session, {"name": "Wanda Nováka", "phones": ("030 1234500",)})
    assert alike[0].customer.id == ids[0]
    assert {match.customer.id for match in alike} <= set(ids[:3])


def test_of_who_is_removed_for_good_nothing_waits(session: Session) -> None:
    set_id, ids = come(session)
    taken_back(session, set_id)
    recycle.purge(session, ids[:7])
    assert right(session)
    if session.db.engine == "sqlite":
        waiting = session.db.rows("SELECT customer_id FROM search_gone ORDER BY 1")
        assert waiting == [(id_,) for id_ in ids[7:]]
        texts = session.db.one("SELECT count(*) FROM search_text WHERE words LIKE '%wanda%'")
        assert texts == (COUNT - 7,)
    assert all(list(after_all_was_taken_away(session)))
    assert right(session)


def test_indexes_made_anew_leave_nothing_to_take_away(session: Session) -> None:
    set_id, _ids = come(session)
    taken_back(session, set_id)
    index.rebuild(session.db)
    keys.rebuild(session.db)
    assert right(session)
    assert not list(after_all_was_taken_away(session))
    assert found(session) == [0] * 5
