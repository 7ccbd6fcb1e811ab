"""Few customers are looked through at once: what is found is what the index finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tui_crm import search
from tui_crm.core import users
from tui_crm.core.session import Session
from tui_crm.search.postgres import frequencies
from tui_crm.search.postgres import newest as postgres
from tui_crm.search.sqlite import engine as sqlite

QUERIES = (
    "an",
    "an mei",
    "-mei an",
    '"mei an"',
    "an created:2026-02",
    "an last:2026-03-01..",
    "created:2026-02",
    "id:1,2,3,4,5,6,7,8 an",
    "an (berlin or mei) last:2026-03",
    "0301",
    "an owner:kim",
)


@pytest.fixture
def customers(session: Session, add: Callable[..., int]) -> Session:
    """Sixty customers, a third of them of an agent, that look alike."""
    with session.db.transaction():
        kim = users.ensure("kim")
    for number in range(60):
        add(
            ("Anna Meier", "Mei An", "Jo Anders", "Lee")[number % 4],
            city=("Berlin", "Ankara")[number % 2],
            phones=[f"030 1{number:03}"],
            owner_id=kim if number % 3 == 0 else None,
            created_at=f"2026-{1 + number // 3 % 3:02}-02T00:00:00Z",
            last_contact=f"2026-{1 + number % 5:02}-05T00:00:00Z",
        )
    return replace(
        session, viewer=replace(session.viewer, id=kim, role="agent", scope="own", team_ids=())
    )


@pytest.mark.parametrize("everybody", [True, False])
@pytest.mark.parametrize("query", QUERIES)
def test_the_same_is_found(
    customers: Session,
    session: Session,
    query: str,
    everybody: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    viewer = session if everybody else customers

    def asked() -> tuple[list[int], int | None, int, list[int]]:
        answer = search.find(viewer, query, limit=60)
        ids = [hit.row.id for hit in answer.hits]
        return ids, answer.total, search.count(viewer, query), sorted(search.all_ids(viewer, query))

    at_once = asked()
    monkeypatch.setattr(sqlite, "_is_few", lambda *_asked: False)
    assert asked() == at_once
    assert at_once[0]


@pytest.mark.parametrize("query", [query for query in QUERIES if ":" in query])
def test_the_same_is_found_where_hardly_one_of_the_newest_meets_it(
    session: Session, customers: Session, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = search.find(session, query, limit=60)
    monkeypatch.setattr(sqlite, "_FEW", 3)
    monkeypatch.setattr(sqlite, "_PROBED", 5)
    monkeypatch.setattr(postgres, "LED", 3)
    monkeypatch.setattr(postgres, "_MOST_WALKED", 1)
    monkeypatch.setattr(postgres.frequencies, "estimate", lambda *_asked: (60.0, 1.0))
    frequencies.forget(session.db)
    beside = search.find(session, query, limit=60)
    assert [hit.row.id for hit in beside.hits] == [hit.row.id for hit in at_once.hits]
