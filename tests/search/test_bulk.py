"""The index after one edit of many: the same as if every document had been made anew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tui_crm import search
from tui_crm.core import batch, users
from tui_crm.core.changes import Create, Edit, Request, Update, apply, undo
from tui_crm.core.rows import Outcome
from tui_crm.core.session import Session
from tui_crm.search import index
from tui_crm.search.engine import Condition, Page, Scope, engine_of
from tui_crm.search.needs import Needs
from tui_crm.search.plan import make
from tui_crm.search.postgres import folding
from tui_crm.search.tokens import owner_token

NAMES = ("Victor Vip", "Ada", "张伟", "Vilma O'Neil", "Zoë")


@pytest.fixture
def ids(session: Session) -> tuple[int, ...]:
    """Five customers, some with the words of the tags in their names, as they are in the index
    when some time has gone by.
    """
    created = create(session)
    fold(session)
    return created


def create(session: Session) -> tuple[int, ...]:
    users.ensure("bob")
    users.ensure_team("north")
    steps = [
        Create({"name": name, "phones": f"020 7946 001{n}", "tags": ("vip", "visitor")[: n % 3],
                "city": ("Vienna", "Basel", "")[n % 3]})
        for n, name in enumerate(NAMES)
    ]  # fmt: skip
    return apply(session, Request(steps, "import")).record_ids


def fold(session: Session) -> None:
    """Put all that was just written into the index."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "_MOST", 0)
        while index.fold(session.db):
            pass


EDITS = [
    Edit(add={"tags": ("very important", "vip", "重要")}),
    Edit(remove={"tags": ("vip",)}),
    Edit({"tags": ()}),
    Edit({"city": "Villach"}),
    Edit({"city": "", "organization": "Viola Ltd", "title": "VP"}),
    Edit({"owner": "bob", "team": "north"}),
    Edit({"owner": "", "status": "active"}, add={"tags": ("x",)}),
    Edit({"country": "AT"}),  # which lists show, and no word finds
    Edit(add={"tags": ("ada",)}),  # a word that a name holds already
]


@pytest.mark.parametrize(("gathered_from", "put_in"), [(1, False), (1000, True)])
@pytest.mark.parametrize("written", ["before", "just now", "partly just now"])
@pytest.mark.parametrize("edit", EDITS, ids=lambda e: "-".join(e.fields))
def test_the_index_stays_right_through_edit_and_undo(
    session: Session,
    ids: tuple[int, ...],
    written: str,
    monkeypatch: pytest.MonkeyPatch,
    edit: Edit,
    gathered_from: int,
    put_in: bool,
) -> None:
    monkeypatch.setattr("tui_crm.core.changes.undoing._MANY", 0)
    monkeypatch.setattr("tui_crm.search.postgres.added._GATHERED_FROM", gathered_from)
    if written != "before":
        touched = ids if written == "just now" else ids[::2]
        steps = [Update(id_, Edit({"title": "Ms"})) for id_ in touched]
        apply(session, Request(steps, "edit"))
    before = found(session)
    done: Outcome = batch.apply(session, ids, edit)
    assert index.check(session.db) == []
    now = found(session)
    if put_in:
        fold(session)
        assert index.check(session.db) == []
    else:
        index.rebuild(session.db)
    assert found(session) == now
    assert done.change_set_id is not None
    undo(session, done.change_set_id)
    assert index.check(session.db) == []
    assert found(session) == before


@pytest.mark.parametrize("edit", EDITS, ids=lambda e: "-".join(e.fields))
def test_others_search_before_many_edits_are_committed(
    session: Session, ids: tuple[int, ...], monkeypatch: pytest.MonkeyPatch, edit: Edit
) -> None:
    def look() -> dict[str, list[int]]:
        with session.db.connection():
            return found(session)

    monkeypatch.setattr("tui_crm.search.postgres.added._GATHERED_FROM", 1)
    before = found(session)
    with ThreadPoolExecutor(1) as colleague, session.db.transaction():
        batch.apply(session, ids, edit)
        assert colleague.submit(look).result(timeout=30) == before


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_role_that_owns_no_index_changes_many(
    session: Session, ids: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_crm.search.postgres.added._GATHERED_FROM", 1)
    with session.db.transaction():
        session.db.run("CREATE ROLE colleague")
        for what in ("TABLES", "SEQUENCES"):
            session.db.run(f"GRANT ALL ON ALL {what} IN SCHEMA public TO colleague")
        session.db.run("SET LOCAL ROLE colleague")
        batch.apply(session, ids, Edit(add={"tags": ("vip",)}))
        assert set(search.all_ids(session, "vip")) == set(ids)
        session.db.run("RESET ROLE")
        session.db.run("DROP OWNED BY colleague")
        session.db.run("DROP ROLE colleague")


def test_the_beginnings_of_words_that_stay_are_still_found(
    session: Session, ids: tuple[int, ...]
) -> None:
    batch.apply(session, ids, Edit({"tags": ()}))
    assert set(search.all_ids(session, "v")) == {ids[0], ids[3]}
    assert set(search.all_ids(session, "vi")) == {ids[0], ids[3]}
    assert set(search.all_ids(session, "vip")) == {ids[0]}


def test_what_documents_get_is_kept_beside_them_until_they_are_made_anew(
    session: Session, ids: tuple[int, ...]
) -> None:
    if session.db.engine != "postgres":
        pytest.skip("on SQLite words are put into the index one by one")

    def beside() -> list[int]:
        rows = session.db.rows(
            "SELECT d.customer_id FROM search_added a JOIN search_doc d ON d.id = a.id ORDER BY 1"
        )
        return [row[0] for row in rows]

    done = batch.apply(session, ids, Edit(add={"tags": ("zebra", "vip")}))
    assert beside() == list(ids)
    assert set(search.all_ids(session, "zeb")) == set(search.all_ids(session, "vip")) == set(ids)
    apply(session, Request([Update(ids[0], Edit({"name": "Zorro"}))], "edit"))
    assert beside() == list(ids[1:])
    assert set(search.all_ids(session, "ze")) == set(ids)
    fold(session)
    batch.apply(session, ids[1:3], Edit(add={"tags": ("zeppelin",)}))
    batch.apply(session, ids[1:3], Edit(remove={"tags": ("zebra",)}))
    assert set(search.all_ids(session, "ze")) == set(ids)
    assert set(search.all_ids(session, "zeb")) == {ids[0], *ids[3:]}
    assert index.check(session.db) == []
    assert done.change_set_id is not None
    undo(session, done.change_set_id)
    assert search.all_ids(session, "zebra").tolist() == []
    assert index.check(session.db) == []
    index.rebuild(session.db)
    assert beside() == []
    assert set(search.all_ids(session, "zepp")) == set(ids[1:3])


def test_what_documents_lose_is_noted_until_it_is_cleared_away(
    session: Session, ids: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    if session.db.engine != "postgres":
        pytest.skip("on SQLite words are taken out of the index one by one")
    monkeypatch.setattr("tui_crm.core.changes.undoing._MANY", 0)

    def rows() -> list[tuple[int, list[int]]]:
        return session.db.rows("SELECT id, px FROM search_text ORDER BY id")

    def lost() -> int:
        sql = "SELECT count(*) FROM search_added WHERE gone <> '{}'"
        return next(count for (count,) in session.db.rows(sql))

    before = rows()
    done = batch.apply(session, ids, Edit({"city": "Villach", "owner": "bob"}))
    assert rows() == before
    assert lost() == len(ids)
    assert search.all_ids(session, "vienna").tolist() == []
    assert search.all_ids(session, "owner:ana").tolist() == []
    assert index.check(session.db) == []
    assert done.change_set_id is not None
    undo(session, done.change_set_id)
    assert rows() == before
    assert session.db.rows("SELECT id FROM search_added") == []
    batch.apply(session, ids, Edit({"city": "Villach", "owner": "bob"}))
    fold(session)
    assert rows() != before
    assert session.db.rows("SELECT id FROM search_added") == []
    assert search.all_ids(session, "vienna").tolist() == []
    assert set(search.all_ids(session, "owner:bob villach")) == set(ids)
    assert index.check(session.db) == []


def test_of_the_viewers_own_none_is_shown_first_who_is_somebody_elses_now(
    session: Session, ids: tuple[int, ...]
) -> None:
    batch.apply(session, ids, Edit({"owner": "ana"}))
    fold(session)
    batch.apply(session, ids[:3], Edit({"owner": "bob"}))
    plan = make(session, "v")
    mine = Needs(plan.needs.needs, (*plan.needs.keys, (owner_token(session.viewer.id),)))
    engine = engine_of(session.db)
    scope = Scope(Condition(), Condition())
    found = engine.newest(session.db, Page(mine, ("any",), 10), scope)
    assert {item.customer_id for item in engine.read(session.db, found)} == set(ids[3:])


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("edit", EDITS, ids=lambda e: "-".join(e.fields))
def test_what_many_documents_got_may_be_left_to_their_text(
    session: Session, ids: tuple[int, ...], monkeypatch: pytest.MonkeyPatch, edit: Edit
) -> None:
    batch.apply(session, ids, edit)
    before = found(session)
    monkeypatch.setattr("tui_crm.search.postgres.newest._LISTED", 0)
    assert found(session) == before


def test_counts_that_are_wrong_are_found(session: Session, ids: tuple[int, ...]) -> None:
    if session.db.engine != "postgres":
        pytest.skip("on SQLite nothing is counted")
    batch.apply(session, ids, Edit(add={"tags": ("zebra",)}))
    session.db.run("DELETE FROM search_added_count")
    assert index.check(session.db) != []


def found(session: Session) -> dict[str, list[int]]:
    """Whom the beginnings of the words, and owners and teams, find."""
    words = ["v", "vi", "vip", "vis", "very", "imp", "重", "vie", "vil", "b", "vio", "vp", "x"]
    numbers = ["794600", "020"]
    owners = ["owner:bob", "owner:ana", "team:north", "owner:bob 7946", "owner:bob v", "vi x"]
    queries = [*words, *numbers, *owners]
    return {query: sorted(search.all_ids(session, query)) for query in queries}
