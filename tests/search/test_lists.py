"""What no index of documents answers is found in the same order, however it is looked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tui_crm import search
from tui_crm.core.session import Session
from tui_crm.search import lists

QUERIES = (
    "birthday:1980",
    "birthday:1981-02",
    "needs:quiet",
    "-needs:quiet",
    "street:lane",
    "no:phone",
    "has:phone birthday:1980",
    "last:<2026-03",
    "created:2026-01..2026-02 no:phone",
    "id:>10",
    "id:3..9",
    "-id:3..9",
    "version:1",
    "(birthday:1980 or no:phone)",
    "-(birthday:1980 no:phone)",
    "birthday:1999",
)


SHORT: dict[str, object] = {"_WALKS": (2, 5), "_LISTED_WALKS": (2, 5), "_SERVER_WALKS": (2, 5)}


@pytest.fixture
def everybody(session: Session, add: Callable[..., int]) -> Session:
    """Forty customers whose ids are not in the order of their documents."""
    for number in range(40):
        add(
            f"Anna {number}",
            birthday=("", "1980-05-05", "1981-02-03")[number % 3],
            needs="a quiet room" if number % 7 == 0 else "",
            street="Long Lane 5" if number > 35 else "",
            phones=["030 1234567"] if number % 4 else [],
            created_at=f"2026-{1 + number % 3:02}-02T00:00:00Z",
            last_contact=f"2026-{1 + number % 5:02}-05T00:00:00Z" if number % 2 else "",
        )
    return session


@pytest.mark.parametrize("query", QUERIES)
def test_the_first_page_begins_the_list(
    everybody: Session, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    listed = list(search.all_ids(everybody, query))
    assert search.count(everybody, query) == len(listed)
    for ways in ({}, {"_LED": 0}, SHORT, {**SHORT, "_LED": 0}):
        for name, most in ways.items():
            monkeypatch.setattr(lists, name, most)
        for limit in (3, 60):
            found = search.find(everybody, query, limit)
            assert [hit.row.id for hit in found.hits] == listed[:limit], (limit, ways)
            if limit > len(listed):
                assert found.total == len(listed)
        monkeypatch.undo()


def test_a_quick_answer_begins_the_list(
    everybody: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where everybody would have to be read, some are shown first."""
    listed = list(search.all_ids(everybody, "needs:quiet"))
    for walks in ("_WALKS", "_SERVER_WALKS"):
        monkeypatch.setattr(lists, walks, (4, 20))
    first = search.find(everybody, "needs:quiet", 60, quick=True)
    assert first.unfinished
    assert first.total is None
    assert 0 < len(first.hits) < len(listed)
    assert [hit.row.id for hit in first.hits] == listed[: len(first.hits)]
    whole = search.find(everybody, "needs:quiet", 60)
    assert not whole.unfinished
    assert [hit.row.id for hit in whole.hits] == listed
