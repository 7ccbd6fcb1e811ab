"""What the index hands out for ranking: the newest that match, whichever way it takes to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tui_crm.core import batch
from tui_crm.core.changes import Edit
from tui_crm.core.session import Session
from tui_crm.search import index, plan, rank
from tui_crm.search.answer import find
from tui_crm.search.engine import Page, engine_of
from tui_crm.search.needs import Level

NAMES = ("Anna Bergmann", "Anton Berg", "张伟", "Maria Anders", "Bernd Zuse", "Antje Müller")
QUERIES = (
    "a", "an", "ant", "berg", "bergmann", "muller", "mueller", "anna ber", "zhangw", "伟", "张伟",
    "zuse -berlin", "a b", "123", "0004", "030 12345", "ann city:berlin", "last:<30d an",
    "tag:vip", "tag:vip ma", "owner:me", "nobody", "berg or zuse", "basel city:berlin",
    "vip berg", "mobel a", "mob or zuse", "bern b",
    "office@", "office@berg-", "office@berg-1.ex", "o'neil@my-host", "o'neil@m",
)  # fmt: skip


@pytest.fixture
def many(session: Session, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> Session:
    """Seventy customers in blocks of two and of eight, which are not too few to look at blocks."""
    monkeypatch.setattr("tui_crm.search.postgres.hashes.BLOCK_BITS", 3)
    monkeypatch.setattr("tui_crm.search.postgres.hashes.SMALL_BITS", 1)
    monkeypatch.setattr("tui_crm.search.postgres.newest._FEW", 0)
    monkeypatch.setattr("tui_crm.search.postgres.frequencies._FEWEST", 0)
    monkeypatch.setattr("tui_crm.search.postgres.newest._LARGEST_ARRAY", 3)
    monkeypatch.setattr("tui_crm.search.postgres.newest._STEP", 22)
    ids = [
        add(
            NAMES[n % len(NAMES)],
            city=("Berlin", "Basel", "Kiel")[n % 3],
            emails=[f"office@berg-{n % 3}.example"] if n % 4 else ["o'neil@my-host"],
            phones=[f"030 12345{n:02}"] if n % 2 else (),
            tags=["vip"] if n % 10 == 0 else (),
            owner_id=session.viewer.id if n % 7 == 0 else None,
            indexed=False,
        )
        for n in range(70)
    ]
    index.rebuild(session.db)
    # On PostgreSQL what these get stands beside their documents, and what they lose stays in them.
    batch.apply(session, ids[5::10], Edit(add={"tags": ("vip", "möbel", "bern")}))
    batch.apply(session, ids[7::9], Edit({"city": "Kiel", "owner": ""}))
    return session


@pytest.mark.parametrize(
    ("walked", "rare"),
    [(1e9, -1.0), (0.0, -1.0), (0.0, 1e9)],
    ids=["one by one", "by blocks", "by the whole index"],
)
@pytest.mark.parametrize("sees", ["all", "own"])
@pytest.mark.parametrize("text", QUERIES)
def test_the_newest_that_match_are_handed_out(
    many: Session, monkeypatch: pytest.MonkeyPatch, text: str, sees: str, walked: float, rare: float
) -> None:
    monkeypatch.setattr("tui_crm.search.postgres.newest._RARE", rare)
    monkeypatch.setattr("tui_crm.search.postgres.newest._GATHERED", 9)
    monkeypatch.setattr("tui_crm.search.postgres.newest._WALKED", walked)
    monkeypatch.setattr("tui_crm.search.postgres.newest._FEWEST_WALKED", 6)
    monkeypatch.setattr("tui_crm.search.postgres.newest._MOST_WALKED", 6)
    if sees == "own":
        viewer = replace(many.viewer, role="agent", scope="own")
        many = replace(many, viewer=viewer)
    made = plan.make(many, text)
    for levels in {("any",) * len(made.needs.positive), ("name",) * len(made.needs.positive)}:
        source, condition = made.engine.source(
            many.db, made.needs, levels, made.scope, customer=True
        )
        sql = f"SELECT d.id FROM {source} WHERE {condition.sql} ORDER BY d.id DESC"
        wanted = [row[0] for row in many.db.rows(sql, condition.params)]
        for limit in (1, 7, 100, 7):  # at the end with what was learned
            found = made.engine.candidates(many.db, made.needs, levels, made.scope, limit)
            assert [candidate.id for candidate in found] == wanted[:limit]
            newest = made.engine.newest(many.db, Page(made.needs, levels, limit), made.scope)
            assert [candidate.id for candidate in newest] == wanted[:limit]
            assert sorted(made.engine.read(many.db, newest)) == sorted(found)


@pytest.mark.parametrize("looked_at", [2, 20])
@pytest.mark.parametrize("text", ["bergmann", "bergmeier", "mueller", "anna bergmann", "zhangwei"])
def test_long_beginnings(
    many: Session, monkeypatch: pytest.MonkeyPatch, text: str, looked_at: int
) -> None:
    monkeypatch.setattr("tui_crm.search.sqlite.engine._LOOKED_AT", looked_at)
    monkeypatch.setattr("tui_crm.search.sqlite.engine._TRIED", looked_at // 2)
    made = plan.make(many, f"{text} -kiel last:<300d")
    for level in ("any", "name"):
        levels: list[Level] = [level] * len(made.needs.positive)  # type: ignore[list-item]
        wanted = made.engine.candidates(many.db, made.needs, levels, made.scope, 100)
        for limit in (1, 5, 100):
            page = Page(made.needs, tuple(levels), limit)
            found = made.engine.newest(many.db, page, made.scope)
            assert [item.id for item in found] == [item.id for item in wanted[:limit]]


@pytest.mark.parametrize("sees", ["all", "own"])
@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("most", [9, 250])
def test_few_are_all_or_nothing(
    many: Session, monkeypatch: pytest.MonkeyPatch, text: str, sees: str, most: int
) -> None:
    monkeypatch.setattr("tui_crm.search.postgres.newest._RANKED", most)
    if sees == "own":
        many = replace(many, viewer=replace(many.viewer, role="agent", scope="own"))
    made = plan.make(many, text)
    found = made.engine.few(many.db, made.needs, made.scope)
    if found is not None:
        levels = ["any"] * len(made.needs.positive)
        source, condition = made.engine.source(
            many.db, made.needs, levels, made.scope, customer=True
        )
        rows = many.db.rows(f"SELECT d.id FROM {source} WHERE {condition.sql}", condition.params)
        assert sorted(candidate.id for candidate in found) == sorted(row[0] for row in rows)
    else:
        assert most == 9 or many.db.engine == "sqlite" or text != "anna ber"


@pytest.mark.parametrize("sees", ["all", "own"])
@pytest.mark.parametrize("ranked", [4, 64])
@pytest.mark.parametrize("most", [9, 250])
def test_what_was_foreseen_is_what_is_asked_for(
    many: Session, monkeypatch: pytest.MonkeyPatch, sees: str, ranked: int, most: int
) -> None:
    monkeypatch.setattr("tui_crm.search.rank.MOST_RANKED", ranked)
    monkeypatch.setattr("tui_crm.search.postgres.newest._RANKED", most)
    if sees == "own":
        many = replace(many, viewer=replace(many.viewer, role="agent", scope="own"))
    asked = [made for text in QUERIES if (made := plan.make(many, text)).ranked]
    for made in asked * 2:  # the second time with what was learned
        unforeseen = rank.best(many, replace(made, engine=engine_of(many.db)), lambda: None)
        foreseen = replace(made, engine=engine_of(many.db))
        [[one], [two]] = rank.foresee(many, foreseen, [("SELECT 1", ()), ("SELECT ? + 1", (1,))])
        assert (one, two) == ((1,), (2,))
        assert rank.best(many, foreseen, lambda: None) == unforeseen


def test_what_others_add_is_found_at_once(many: Session, add: Callable[..., int]) -> None:
    assert find(many, "lampe").total == 0
    ids = [hit.row.id for hit in find(many, "anna bergmann").hits]
    batch.apply(many, ids[:3], Edit(add={"tags": ("lampe",)}))
    assert {hit.row.id for hit in find(many, "lampe").hits} == set(ids[:3])
    assert {hit.row.id for hit in find(many, "anna lam").hits} == set(ids[:3])
    batch.apply(many, ids[:2], Edit(remove={"tags": ("lampe",)}))
    assert [hit.row.id for hit in find(many, "lampe").hits] == ids[2:3]
