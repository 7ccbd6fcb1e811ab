"""The hashes by which documents are found on PostgreSQL."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_crm import search
from tui_crm.core.session import Session
from tui_crm.search import index
from tui_crm.search.engine import Stored
from tui_crm.search.needs import Need
from tui_crm.search.postgres import frequencies, hashes, many
from tui_crm.search.tokens import Document
from tui_crm.store import binary
from tui_crm.store.migrate import migrations

Add = Callable[..., int]
ADDRESSES = ("office@hofer-gutierrez.example", "office@hof.example")


@pytest.fixture
def offices(session: Session, add: Add) -> Session:
    """Customers whose addresses and numbers begin alike."""
    for n in range(40):
        add(f"Person {n}", emails=[f"office@other-{n}.example"], phones=[f"030 77{n:04}"])
    for address in ADDRESSES:
        add("Wolfeschlegelsteinhausen", emails=[address], phones=["089 1234567"])
    return session


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("office@hof", 2),
        ("office@hofe", 1),
        ("office@hofer-gut", 1),
        ("office@hofer-gutierrez.example", 1),
        ("office@hofmann", 0),
        ("office@", 42),
        ("wolfeschlegels", 2),
        ("wolfeschlegelx", 0),
        ("1234", 2),
        ("34567", 2),
        ("4568", 0),
    ],
)
def test_an_unfinished_text_finds_what_begins_so(offices: Session, text: str, found: int) -> None:
    assert search.count(offices, text) == found
    assert len(search.find(offices, text, limit=60).hits) == found


@given(st.text(ascii_lowercase, min_size=5, max_size=5), st.text(ascii_lowercase + "0123456789"))
def test_a_beginning_after_frequent_letters_is_that_of_every_longer_word(
    typed: str, rest: str
) -> None:
    frequent = {hashes.hash_of(f"{typed[:4]}*")}
    ways = hashes.ways(Need(typed, ((typed,),)), "any", frequent)
    assert frequent.isdisjoint(key for way in ways for key in way)
    held = set(binary.numbers(hashes.of_token(typed + rest)))
    assert any(held.issuperset(way) for way in ways)


def test_a_beginning_after_frequent_letters_finds_the_same(
    session: Session, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Chen", "Chenn", "Chenna Anders", "Anders Chennault", "Cheng", "Chenn-Ott"):
        add(name)
    shares = {hashes.hash_of("chen*"): 0.5, hashes.hash_of("~chen*"): 0.5}
    monkeypatch.setattr(frequencies, "_sample", lambda _db: (1, 1_000_000, 1e6, shares))
    frequencies.forget(session.db)
    found = {hit.row.name for hit in search.find(session, "chenn").hits}
    assert found == {"Chenn", "Chenna Anders", "Anders Chennault", "Chenn-Ott"}
    frequencies.forget(session.db)


def test_documents_of_before_get_the_hashes_of_today(
    offices: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = offices.db
    if db.engine != "postgres":
        pytest.skip("the hashes are PostgreSQL's")
    db.run("DELETE FROM search_recent")  # there was no such table
    with monkeypatch.context() as before:
        before.setattr(hashes, "PREFIXES", (1, 2, 3, 4, 6))
        before.setattr(hashes, "BEHIND_AT", ())
        hashes.of_token.cache_clear()
        for row in db.rows("SELECT id, words, digits FROM search_text"):
            held = hashes.every(Stored(row[0], Document(0, None, None, "", *row[1:], "")))
            held -= {hashes.FIRST_SMALL + (row[0] >> hashes.SMALL_BITS)}
            held -= set(range(40_000, 50_000))
            db.run("UPDATE search_text SET px = ? WHERE id = ?", (list(held), row[0]))
    hashes.of_token.cache_clear()
    assert index.check(db)
    with db.transaction():
        db.run("ALTER TABLE search_text DROP COLUMN shown")  # nor this column
        for number in (13, 20):
            runpy.run_path(str(migrations()[number - 1].path))["up"](db)
    assert index.check(db) == []
    assert search.count(offices, "office@hofer-gut") == 1


@pytest.mark.parametrize(
    "documents",
    [
        [(7, " n~anna n~ode e~anna@ m~anna.ode@office.example a~c100 ", "4930123456 123 12345")],
        [
            (1 << 20, " N~zhangwei n~\u5f20\u4f1f n~\u4f1f N~zw 1~\uf31a ", "8613800138000"),
            ((1 << 20) + 5000, " n~stra\u00dfe n~x m~_@ m~@b m~a@b@cdefgh ", ""),
            ((1 << 20) + 5001, f" e~{'q' * 60} o~abcdefghij o~abcdefghijk ", "999999 1234"),
        ],
        [(1, " ", "")],
        [],
    ],
)
def test_many_documents_get_the_hashes_of_each(documents: list[tuple[int, str, str]]) -> None:
    stored = [
        Stored(id_, Document(at, at or None, 3, "", words, digits, ""))
        for at, (id_, words, digits) in enumerate(documents)
    ]
    found, items = many.of_documents(stored)
    assert [list(binary.numbers(held)) for held in found] == [
        sorted(hashes.every(item)) for item in stored
    ]
    assert sorted(items) == sorted({item for d in documents for item in d[1].split()})
