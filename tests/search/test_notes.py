"""Words of notes are found, the newest first, and the index is equal to the interactions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.conftest import add_customer
from tui_crm.core import changes, interactions
from tui_crm.core.changes import Delete, Edit, Request, Restore, Step, Update
from tui_crm.core.session import Session
from tui_crm.search import notes
from tui_crm.search.language.query import Word
from tui_crm.search.notes import index as note_index
from tui_crm.search.notes import rebuild as note_rebuild
from tui_crm.search.notes.words import snippet, terms
from tui_crm.store import beside
from tui_crm.text.dates import from_iso

Log = Callable[..., int]

TEXTS = {
    "offer": ("2026-01-05", "Offer", "Asked for a discount of 10 % on the new Größe model."),
    "müller": ("2026-03-01", "Frau Müller", "Rückruf wegen Rechnung 4711, O'Brien was there"),
    "chinese": ("2026-02-01", "电话", "客户询问产品价格，要求电话费折扣 SAP系统"),
    "old": ("2020-05-05", "", "discount refused; mueller & co"),
    "empty": ("2026-02-02", "", ""),
}


@pytest.fixture
def log(session: Session) -> Log:
    """`log(customer, day, subject, note)` gives the id of the new interaction."""

    def make(customer: int, day: str, subject: str, note: str, *, hour: str = "10") -> int:
        outcome = interactions.log(
            session, customer, kind="call", subject=subject, note=note,
            started_at=from_iso(f"{day}T{hour}:00:00Z"),
        )  # fmt: skip
        assert outcome.done
        row = session.db.one("SELECT max(id) FROM interaction")
        assert row
        return int(row[0])

    return make


@pytest.fixture
def world(session: Session, log: Log) -> dict[str, int]:
    """Some interactions of two customers, entered in another order than they happened."""
    anna = add_customer(session, "Anna", owner_id=session.viewer.id, status="active")
    ben = add_customer(session, "Ben")
    whose = {"offer": anna, "müller": anna, "chinese": ben, "old": ben, "empty": ben}
    return {key: log(whose[key], *text) for key, text in TEXTS.items()}


def found(session: Session, typed: str, **options: Any) -> list[int]:
    return [hit.id for hit in notes.search(session, typed, **options).hits]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("discount", "offer old"),
        ("disc", "offer old"),
        ("DISCOUNT 10", "offer"),
        ("iscount", ""),
        ("offer", "offer"),
        ("muller", "müller old"),
        ("müller", "müller old"),
        ("mueller", "müller old"),
        ("grosse", "offer"),
        ("rechnung 47", "müller"),
        ("obrien", "müller"),
        ("o'brien", "müller"),
        ('"new größe"', "offer"),
        ('"größe new"', ""),
        ('"asked for" discount', "offer"),
        ('"asked fo"', ""),
        ("discount -refused", "offer"),
        ("价格", "chinese"),
        ("价", "chinese"),
        ("电话费", "chinese"),
        ("電話費", "chinese"),
        ("话客", ""),
        ("sap", "chinese"),
        ("系统", "chinese"),
        ("discount owner:me", "offer"),
        ("discount -owner:me", "old"),
        ("discount (status:active or name:ben)", "offer old"),
        ("discount status:lost", ""),
        ("discount anna", ""),
        ("", ""),
        ("owner:me", ""),
    ],
)
def test_words_are_found_newest_first(
    session: Session, world: dict[str, int], typed: str, expected: str
) -> None:
    assert found(session, typed) == [world[key] for key in expected.split()]
    assert notes.check(session.db) == []


def test_pages_follow_each_other(session: Session, log: Log) -> None:
    anna = add_customer(session, "Anna")
    days = [f"2026-01-{day:02}" for day in (3, 1, 2, 2, 5, 4)]
    by_day = [log(anna, day, "", "hello") for day in days]
    order = [by_day[n] for n in (4, 5, 0, 3, 2, 1)]
    seen: list[int] = []
    before = None
    while True:
        answer = notes.search(session, "hello", 4, before)
        seen += [hit.id for hit in answer.hits]
        if not answer.more:
            break
        before = answer.below
    assert seen == order


def test_the_hours_of_a_day_are_in_order(session: Session, log: Log) -> None:
    anna = add_customer(session, "Anna")
    hours = ("10", "08", "23", "00", "15")
    at = {hour: log(anna, "2026-01-05", "", "hello", hour=hour) for hour in hours}
    at["later"] = log(anna, "2026-01-06", "", "hello", hour="01")
    assert found(session, "hello") == [at[key] for key in ("later", "23", "15", "10", "08", "00")]


@pytest.mark.parametrize("tried", [0, 200])
def test_only_notes_on_visible_customers_are_found(
    session: Session,
    world: dict[str, int],
    make_session: Callable[..., Session],
    monkeypatch: pytest.MonkeyPatch,
    tried: int,
) -> None:
    monkeypatch.setattr("tui_crm.search.notes.finding._TRIED", tried)
    agent = make_session("bo", scope="own")
    assert found(agent, "discount") == []
    mine = add_customer(session, "Mine", owner_id=agent.viewer.id)
    logged = interactions.log(agent, mine, kind="call", note="a discount for me")
    assert logged.done
    (hit,) = notes.search(agent, "discount").hits
    assert hit.row.name == "Mine"
    assert found(agent, "disc me") == [hit.id]
    assert found(agent, "discount refused") == []
    assert len(found(session, "discount")) == 3


def test_the_index_follows_edits_deletion_and_undo(session: Session, world: dict[str, int]) -> None:
    id_ = world["offer"]

    def act(step: Any) -> int:
        outcome = changes.apply(session, Request([step], "edit"))
        assert outcome.done and outcome.change_set_id
        return outcome.change_set_id

    edited = act(Update(id_, Edit(set={"note": "about a refund"}), "interaction"))
    assert found(session, "refund") == [id_]
    assert found(session, "discount") == [world["old"]]
    act(Update(id_, Edit(set={"started_at": "2019-01-01T00:00:00Z"}), "interaction"))
    assert found(session, "discount") == [world["old"]] and found(session, "refund") == [id_]
    gone = act(Delete(id_, "interaction"))
    assert found(session, "refund") == []
    assert notes.check(session.db) == []
    changes.undo(session, gone)
    assert found(session, "refund") == [id_]
    changes.undo(session, edited)
    assert found(session, "discount") == [world["old"], id_]
    assert notes.check(session.db) == []


def test_an_older_database_is_indexed(session: Session, world: dict[str, int]) -> None:
    db = session.db
    expected = found(session, "discount")
    db.run("UPDATE search_notes_state SET ready = 0")
    assert notes.check(db)
    assert notes.prepare(db)
    assert not notes.prepare(db)
    assert notes.check(db) == []
    assert found(session, "discount") == expected


def test_the_check_sees_what_is_wrong(session: Session, world: dict[str, int]) -> None:
    session.db.run("UPDATE interaction SET note = 'other' WHERE id = ?", (world["old"],))
    assert notes.check(session.db)
    note_rebuild.rebuild(session.db)
    assert notes.check(session.db) == []


def test_others_write_during_a_rebuild(
    session: Session, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of every day of ten, one note is changed before it is built, one afterwards, twice."""
    monkeypatch.setattr(note_rebuild, "_BUILT", 10)
    anna = add_customer(session, "Anna")
    ids = [log(anna, f"2026-01-{1 + n // 4:02}", "", f"note{n} plain") for n in range(40)]
    late: list[int] = []

    def change(done: int, _total: int) -> None:
        steps: list[Step] = [
            Update(ids[9], Edit({"note": f"early{done} changed"}), "interaction"),
            Update(ids[39], Edit({"note": f"coming{done} changed"}), "interaction"),
            Update(
                ids[20 + done // 10], Edit({"started_at": "2026-01-01T08:00:00Z"}), "interaction"
            ),
            Update(
                ids[2 + done // 10], Edit({"started_at": "2026-01-10T08:00:00Z"}), "interaction"
            ),
        ]
        if done == 20:
            steps += [Delete(ids[0], "interaction"), Delete(ids[38], "interaction")]
            steps += [Delete(ids[37], "interaction"), Delete(ids[1], "interaction")]
        apply(steps)
        if done == 30:
            apply([Restore(ids[37], "interaction"), Restore(ids[1], "interaction")])
        late.append(log(anna, "2026-01-05", "", "late"))

    def apply(steps: Sequence[Step]) -> None:
        outcome = changes.apply(session, Request(steps, "edit"))
        assert not outcome.failed and not outcome.skipped, outcome

    def progress(done: int, total: int) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(change, done, total).result(timeout=60)

    note_rebuild.rebuild(session.db, progress)
    assert notes.check(session.db) == []
    assert found(session, "coming40") == [ids[39]] and found(session, "coming10") == []
    assert found(session, "early40") == [ids[9]]
    assert found(session, "late") == sorted(late, reverse=True)
    assert found(session, "note37") == [ids[37]] and found(session, "note38") == []
    assert len(found(session, "plain", limit=100)) == 36
    log(anna, "2026-02-01", "", "afterwards")
    assert len(found(session, "afterwards")) == 1
    assert notes.check(session.db) == []
    assert session.db.rows("SELECT * FROM search_notes_pending") == []


@pytest.mark.parametrize("moment", ["create", "finish", "swap"])
def test_a_rebuild_that_ends_early_is_tidied(
    session: Session, world: dict[str, int], monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """An error stands for a kill: nothing is done about it before the next opening."""
    expected = found(session, "discount")

    def stop(*_given: object) -> None:
        raise KeyboardInterrupt

    where = note_index.note_index(session.db).__class__ if moment == "finish" else beside
    with monkeypatch.context() as patched:
        patched.setattr(note_rebuild, "_tidy", lambda _db: None)
        patched.setattr(where, moment, stop)
        with pytest.raises(KeyboardInterrupt):
            note_rebuild.rebuild(session.db)
    assert notes.check(session.db) == []
    add_customer(session, "Zzyzx")
    note_rebuild.tidy(session.db)
    assert not session.db.has_table("search_notes_new")
    assert found(session, "discount") == expected
    note_rebuild.rebuild(session.db)
    assert not session.db.has_table("search_notes_old")
    assert notes.check(session.db) == []


def test_words_joined_by_or_are_a_problem(session: Session, world: dict[str, int]) -> None:
    answer = notes.search(session, "discount (refused or asked)")
    (problem,) = answer.problems
    assert "or" in problem.message
    said = "discount (refused or asked)"[problem.start : problem.end]
    assert said == "(refused or asked)"


@pytest.mark.parametrize(
    ("text", "typed", "lit"),
    [
        ("Größe und Maß", "groesse", ["Größe"]),
        ("Größe und Maß", "rosse", []),
        ("Größe und Maß", "grosse", ["Größe"]),
        ("Herr Müller kam", "mueller", ["Müller"]),
        ("e\u0301te\u0301 chaud", "ete", ["e\u0301te\u0301"]),
        ("客户询问价格", "询问", ["询问"]),
        ("a\n\tb b-c", "b", ["b", "b"]),
        ("word " * 100 + "needle " + "more " * 100, "needle", ["needle"]),
    ],
)
def test_snippets_show_what_was_found(text: str, typed: str, lit: list[str]) -> None:
    shown = snippet(text, terms([Word(typed)]))
    assert [shown.text[start:end] for start, end in shown.matches] == lit
    assert "\n" not in shown.text
    assert len(shown.text) <= 162


ALPHABET = st.text("aeoußüé电话费客 -'O1\n", max_size=12)


@settings(max_examples=60)
@given(texts=st.lists(st.tuples(ALPHABET, ALPHABET), max_size=4), typed=ALPHABET)
def test_the_index_gives_all_that_the_text_holds(
    session: Session, texts: list[tuple[str, str]], typed: str
) -> None:
    from tui_crm.search.notes.words import holds

    customer = add_customer(session, "Anna")
    ids = {}
    for subject, note in texts:
        outcome = interactions.log(session, customer, kind="call", subject=subject, note=note)
        assert outcome.done
        row = session.db.one("SELECT id, subject, note FROM interaction ORDER BY id DESC LIMIT 1")
        assert row
        ids[row[0]] = row[1:]
    for part in (part.lstrip("-") for part in typed.split()):
        wanted = terms([Word(part)])
        if wanted:
            expected = {id_ for id_, text in ids.items() if holds(*text, wanted)}
            assert set(found(session, f"({part})", limit=500)) & set(ids) == expected
    assert notes.check(session.db) == []
