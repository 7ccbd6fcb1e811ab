"""The index is equal to the data, whatever happened to the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.search.conftest import add_customer
from tui_crm import search
from tui_crm.core import listing
from tui_crm.core.records import marks
from tui_crm.core.session import Session
from tui_crm.search import bulk, index
from tui_crm.search.postgres import folding
from tui_crm.search.tokens import LONGEST_TOKEN
from tui_crm.text.fold import has_han, words
from tui_crm.text.phone import digits

Add = Callable[..., int]

NAMES = st.text(
    st.characters(
        codec="utf-8", categories=("L", "N", "Zs", "P"), max_codepoint=0x9FFF,
        include_characters="äöüßøłđışé张小明曾國",
    ),
    min_size=1,
    max_size=30,
)  # fmt: skip
NUMBERS = st.from_regex(r"(\+49|0049|0)[1-9][0-9 ]{5,9}[0-9]", fullmatch=True)


@settings(max_examples=60)
@given(NAMES, NAMES, NUMBERS, st.data())
@example("Anna Müller-Groß", "Łódź", "030 1234567", None)
def test_found_by_any_beginning_and_any_piece(
    session: Session, name: str, city: str, number: str, data: Any
) -> None:
    wanted = add_customer(session, name, city=city, phones=[number])
    for word in {*words(name), *words(city)}:
        lengths = range(1, min(len(word), LONGEST_TOKEN) + 1)
        chosen = lengths if data is None else [data.draw(st.sampled_from(lengths))]
        for length in chosen:
            typed = word[:length]
            if has_han(word) and data is not None:
                start = data.draw(st.integers(0, len(word) - 1))
                typed = word[start : start + length]
            if typed not in ("or", "OR"):
                assert wanted in search.all_ids(session, typed), typed
    plain = digits(number)
    start = 0 if data is None else data.draw(st.integers(0, len(plain) - 3))
    end = len(plain) if data is None else data.draw(st.integers(start + 3, len(plain)))
    assert wanted in search.all_ids(session, plain[start:end])


EDITS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(
            ["name", "city", "owner", "contact", "phone", "tag", "delete", "restore", "fold", "all"]
        ),
        st.sampled_from(["Anna Müller", "张小明", "Bob", "1234567", "Łódź 12345", ""]),
    ),
    max_size=25,
)


@settings(max_examples=25)
@given(EDITS, st.integers(1, 5))
def test_equal_after_any_edits(
    session: Session, edits: list[tuple[int, str, str]], at_once: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "_MOST", 0)
        patch.setattr(folding, "_FOLDED", 2)
        _any_edits(session, edits, at_once)


def _any_edits(session: Session, edits: list[tuple[int, str, str]], at_once: int) -> None:
    db = session.db
    ids = [add_customer(session, f"Customer {n}", phones=[f"030 12345{n}"]) for n in range(6)]
    changed = set()
    for number, (chosen, what, text) in enumerate(edits):
        customer_id = ids[chosen]
        if what == "fold":
            index.fold(db)
            assert index.check(db) == [] or changed
            continue
        with db.transaction():
            if what == "all":
                bulk.update(db, ids, _city_of_all(session, ids, text))
                continue
            _edit(session, customer_id, what, text, number)
            changed.add(customer_id)
            if len(changed) >= at_once:
                index.update(db, changed)
                changed = set()
    with db.transaction():
        index.update(db, changed)
    assert index.check(db) == []
    live = {row[0] for row in db.rows("SELECT id FROM customer WHERE deleted_at = ''")}
    assert set(listing.ids(session)) == live


def _city_of_all(session: Session, ids: list[int], text: str) -> list[str]:
    """Let all have one city and tag; gives the fields that changed."""
    session.db.run(f"UPDATE customer SET city = ? WHERE id IN ({marks(len(ids))})", (text, *ids))
    for customer_id in ids:
        _edit(session, customer_id, "tag", text, 0)
    return ["city", "tags"]


def _edit(session: Session, customer_id: int, what: str, text: str, number: int) -> None:
    db = session.db
    if what in ("name", "city"):
        db.run(f"UPDATE customer SET {what} = ? WHERE id = ?", (text, customer_id))
    elif what == "owner":
        owner = session.viewer.id if text else None
        db.run("UPDATE customer SET owner_id = ? WHERE id = ?", (owner, customer_id))
    elif what == "contact":
        stamp = f"2026-02-01T00:00:{number:02}Z"
        db.run("UPDATE customer SET last_contact = ? WHERE id = ?", (stamp, customer_id))
    elif what == "phone":
        db.run("DELETE FROM contact_point WHERE customer_id = ?", (customer_id,))
        db.run(
            "INSERT INTO contact_point (customer_id, kind, value, normalized)"
            " VALUES (?, 'phone', ?, ?)",
            (customer_id, text, digits(text)),
        )
    elif what == "tag":
        db.run("INSERT INTO tag (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (text,))
        db.run(
            "INSERT INTO customer_tag (customer_id, tag_id) SELECT ?, id FROM tag WHERE name = ?"
            " ON CONFLICT DO NOTHING",
            (customer_id, text),
        )
    else:
        deleted = "2026-02-01T00:00:00Z" if what == "delete" else ""
        db.run("UPDATE customer SET deleted_at = ? WHERE id = ?", (deleted, customer_id))


def test_check_tells_what_differs(session: Session, add: Add) -> None:
    missing = add("Missing", indexed=False)
    older = add("Older")
    deleted = add("Deleted")
    session.db.run("UPDATE customer SET name = 'Newer' WHERE id = ?", (older,))
    session.db.run("UPDATE customer SET deleted_at = '2026' WHERE id = ?", (deleted,))
    problems = "\n".join(index.check(session.db))
    for customer_id in (missing, older, deleted):
        assert f"customer {customer_id}:" in problems
    index.rebuild(session.db)
    assert index.check(session.db) == []
    assert search.count(session, "newer") == 1
    assert search.count(session, "missing") == 1
    assert search.count(session, "deleted") == 0


def test_check_looks_behind_the_documents(session: Session, add: Add) -> None:
    add("Anna")
    if session.db.engine == "sqlite":
        session.db.run("INSERT INTO search_words (rowid, t) VALUES (999, 'ghost')")
    else:
        session.db.run("UPDATE search_recent SET px = px[1:3]")
    assert index.check(session.db) != []


def test_a_change_that_is_rolled_back_is_not_found(session: Session, add: Add) -> None:
    customer_id = add("Before")
    with pytest.raises(RuntimeError), session.db.transaction():
        session.db.run("UPDATE customer SET name = 'After' WHERE id = ?", (customer_id,))
        index.update(session.db, [customer_id])
        raise RuntimeError
    assert search.count(session, "before") == 1
    assert search.count(session, "after") == 0
    assert index.check(session.db) == []


def test_rebuild_orders_by_recency_and_reports_progress(session: Session, add: Add) -> None:
    old = add("Old", last_contact="2026-02-01T00:00:00Z", indexed=False)
    never = add("Never", created_at="2025-01-01T00:00:00Z", indexed=False)
    new = add("New", last_contact="2026-03-01T00:00:00Z", indexed=False)
    seen: list[tuple[int, int]] = []
    index.rebuild(session.db, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)
    assert list(listing.ids(session)) == [new, old, never]


def test_many_at_once(session: Session) -> None:
    """More than the index writes at a time, some of them contacted, some deleted."""
    db = session.db
    count = 1300
    with db.transaction():
        first = db.allocate_ids("customer", count)
        db.bulk_insert(
            "customer",
            ("id", "name", "account_no", "created_at", "updated_at"),
            [(first + n, f"Name{n}", f"A{n}", "2026", "2026") for n in range(count)],
        )
        ids = range(first, first + count)
        index.update(db, ids)
        db.run("UPDATE customer SET city = 'Basel' WHERE id % 3 = 0")
        db.run("UPDATE customer SET last_contact = '2026-05' WHERE id % 3 = 1")
        db.run("UPDATE customer SET deleted_at = '2026' WHERE id % 7 = 0")
        index.update(db, reversed(ids))
    assert index.check(db) == []
    assert search.count(session, "basel") == sum(n % 3 == 0 and n % 7 > 0 for n in ids)
    newest = list(listing.ids(session))[:350]
    assert all(customer_id % 3 == 1 for customer_id in newest)


@pytest.mark.parametrize("typed", ["", "name", "sort:name", "sort:-created", "city:basel"])
def test_the_first_page_is_the_beginning_of_the_list(
    session: Session, add: Add, typed: str
) -> None:
    for number in range(30):
        add(f"Name {number % 7}", city="Basel" if number % 2 else "Bern")
    page = [hit.row.id for hit in listing.first_page(session, typed, 10).hits]
    ids = list(listing.ids(session, typed))
    assert len(page) == 10
    assert ids[:10] == page
    assert len(ids) == len(set(ids)) == search.count(session, typed)
    assert [i for chunk in listing.id_chunks(session, typed) for i in chunk] == ids
