"""Mistyped words find whom was meant, and nobody who is hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from tui_crm import search
from tui_crm.core import users
from tui_crm.core.session import Session
from tui_crm.search import index
from tui_crm.search.spelling import vocabulary
from tui_crm.search.spelling.meanings import Meaning, combinations
from tui_crm.search.spelling.vocabulary import Vocabulary
from tui_crm.store import Interrupted

Add = Callable[..., int]


def names(session: Session, text: str) -> list[str]:
    """Who is found by the query and, below, by its correction."""
    answer = search.find(session, text)
    more = search.corrected(session, text, [hit.row.id for hit in answer.hits])
    return [hit.row.name for hit in (*answer.hits, *more.hits)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("jonh", "John Smith"),  # neighbours exchanged
        ("smth", "John Smith"),  # a letter is missing
        ("smmith", "John Smith"),  # doubled
        ("smoth", "John Smith"),  # another one
        ("jonh smtih", "John Smith"),
        ("smtih john", "John Smith"),
        ("schmidbaur", "Anna Schmidtbauer"),  # two edits
        ("shcmi", "Anna Schmidtbauer"),  # while it is being typed
        ("mulelr", "Jörg Müller"),
        ("zhangxiaomin", "张晓明"),
        ("zhagnxiaoming", "张晓明"),
        ("annamaria", "Anna Maria Rossi"),  # joined
        ("mac donald", "Ronald Macdonald"),  # split
        ("kowaslki", "Łukasz Kowalski"),
        ("dtbaue", "Anna Schmidtbauer"),  # inside of a word
        ("ианов", "Иванов Пётр"),
        ("hambrug", "Peter Petersen"),  # the city
        ("jochne hambrug", "Jochen Petersen"),  # the name and the city
        ("hmabrug", "Peter Petersen"),  # with two errors
        ("shcmitdb", "Anna Schmidtbauer"),  # two errors in the word being typed
        ("张小名", "张晓明"),  # characters of the same sound
        ("张小", "张晓明"),
        ("张晓民", "张晓明"),  # of a similar sound
        ("章晓明", "张晓明"),
        ("zhang xioaming", "张晓明"),
        ("背景", "Wu Wei"),  # a city of the same sound
        ("maria smtih rosssi", "Maria Smith Rossi"),
        ("zhx", "张晓明"),  # initials as input methods take them
        ("zhxm", "张晓明"),
    ],
)
def test_a_mistyped_word_finds_whom_was_meant(
    session: Session, add: Add, typed: str, meant: str
) -> None:
    for name in (
        "John Smith", "Anna Schmidtbauer", "Jörg Müller", "张晓明", "Anna Maria Rossi",
        "Ronald Macdonald", "Łukasz Kowalski", "Иванов Пётр",
    ):  # fmt: skip
        add(name)
    add("Jochen Petersen", city="Hamburg")
    add("Peter Petersen", city="Hamburg")
    add("Wu Wei", city="北京")
    add("Maria Smith Rossi")
    assert names(session, typed)[:1] == [meant]


def test_initials_of_two_letters_are_those_of_the_name(session: Session, add: Add) -> None:
    for name in ("张诗涵", "曾诗涵", "张思"):
        add(name=name)
    assert names(session, "zhsh") == ["张诗涵"]
    assert set(names(session, "zhs")) == {"张诗涵", "张思"}


def test_words_are_named_as_the_customer_spells_them(session: Session, add: Add) -> None:
    add("Jörg Müller")
    answer = search.corrected(session, "mulelr")
    assert answer.shown_for == "Müller"
    assert [(m[0], m[1], m[2]) for m in answer.hits[0].matches] == [("name", 5, 11)]


def test_the_last_character_of_a_title_is_no_word(session: Session, add: Add) -> None:
    add("Wu Wei", title="董事长")
    add("Li Na", title="高级经理", city="西安")
    assert names(session, "zhangs") == []
    assert names(session, "jinglli") == ["Li Na"]
    assert names(session, "xiann") == ["Li Na"]


def test_nothing_is_corrected_where_enough_was_found(session: Session, add: Add) -> None:
    add("Marta Berg")
    assert search.corrected(session, "marya", have=range(10)).hits == ()
    assert search.corrected(session, "").hits == ()
    assert search.corrected(session, "+49 30 1234").hits == ()


def test_those_who_are_found_already_are_left_out(session: Session, add: Add) -> None:
    first, second = add("Maria Berg"), add("Marie Berg")
    have = [hit.row.id for hit in search.find(session, "marie").hits]
    assert have == [second]
    assert [hit.row.id for hit in search.corrected(session, "marie", have).hits] == [first]


def test_filters_hold_for_corrected_words_too(session: Session, add: Add) -> None:
    add("John Smith", status="lead")
    add("John Smithson", status="active")
    found = search.corrected(session, "jonh status:lead").hits
    assert [hit.row.name for hit in found] == ["John Smith"]


def test_a_hidden_name_is_no_correction(session: Session, add: Add) -> None:
    with session.db.transaction():
        other = users.ensure("other")
    add("Xaverius Quandt", owner_id=other)
    add("Anna Berg", owner_id=session.viewer.id)
    viewer = replace(session.viewer, role="agent", scope="own")
    mine = replace(session, viewer=viewer)
    add("欧阳雪", owner_id=other)
    hidden = ("xaverius", "xaverisu", "quandtt", "anna quant", "annaxaverius", "xavrei", "averiu")
    for typed in (*hidden, "anan quandt", "欧阳学", "ouyangxeu"):
        answer = search.corrected(mine, typed)
        assert (answer.hits, answer.shown_for) == ((), "")
    assert search.corrected(session, "xaverisu").shown_for == "Xaverius"


@pytest.mark.parametrize("typed", ["anan bergmn", "annaberg", "ann a berg", "anna bregm", "bregma"])
def test_who_sees_few_finds_them_mistyped(session: Session, add: Add, typed: str) -> None:
    with session.db.transaction():
        other = users.ensure("other")
    for _number in range(3):
        add("Anna Bergmann", owner_id=other)
        add("Anna Brg", owner_id=other)
    add("Anna Bergmann", owner_id=session.viewer.id)
    viewer = replace(session.viewer, role="agent", scope="own")
    assert names(replace(session, viewer=viewer), typed) == ["Anna Bergmann"]


def test_the_first_mistyped_word_waits_for_nothing(
    session: Session, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("Jan Kowalski")
    search.warm(session)
    read: list[str] = []

    def listen_to(name: str) -> None:
        ask = getattr(session.db, name)

        def listen(sql: str, *more: Any) -> Any:
            read.append(sql)
            return ask(sql, *more)

        monkeypatch.setattr(session.db, name, listen)

    listen_to("rows")
    listen_to("prepared")
    assert names(session, "kowaslki") == ["Jan Kowalski"]
    assert read
    assert not [sql for sql in read if sql.startswith("SELECT word")]


def test_new_words_are_corrected_to_at_once(session: Session, add: Add) -> None:
    add("Anna Berg")
    assert names(session, "kowaslki") == []
    add("Jan Kowalski")
    assert names(session, "kowaslki") == ["Jan Kowalski"]
    index.rebuild(session.db)
    assert index.check(session.db) == []
    add("Ola Nowak")
    assert names(session, "nwoak") == ["Ola Nowak"]


def test_nearer_names_come_first(session: Session, add: Add) -> None:
    for name in ("Jane Smith", "Jon Smith", "Joan Smithers", "John Smith Ltd", "John Smith"):
        add(name)
    assert names(session, "jonh smith")[:2] == ["John Smith", "John Smith Ltd"]


def test_many_of_one_name_do_not_hide_another(session: Session, add: Add) -> None:
    add("Lisa Flores")
    for _number in range(20):
        add("Lida Flores")
    assert "Lisa Flores" in names(session, "lixa flores")[:10]


def test_a_cancelled_correction_stops(session: Session, add: Add) -> None:
    class Cancelled:
        cancelled = True

        def on_cancel(self, hook: object) -> None:
            pass

    add("Anna Berg")
    with pytest.raises(Interrupted):
        search.corrected(session, "anan", cancel=Cancelled())


COSTS = st.lists(st.floats(0, 3), min_size=1, max_size=4).map(sorted)


@given(st.lists(COSTS, min_size=1, max_size=3))
def test_combinations_come_cheapest_first_and_all_once(lists: list[list[float]]) -> None:
    words = [
        [Meaning((f"{word}-{number}",), cost, (), ()) for number, cost in enumerate(costs)]
        for word, costs in enumerate(lists)
    ]
    found = list(combinations(words))
    prices = [sum(meaning.cost for meaning in chosen) for chosen in found]
    assert prices == pytest.approx(sorted(prices))
    assert set(found) == set(product(*words))
    assert len(found) == prod(map(len, words))


WORDS = st.text("abcd", min_size=3, max_size=9) | st.text("абвг", min_size=3, max_size=9)


@given(st.sets(WORDS, max_size=60), st.lists(WORDS, max_size=10), WORDS, st.sampled_from([1, 2]))
def test_near_words_are_those_of_an_exhaustive_search(
    words: set[str], later: list[str], typed: str, edits: int
) -> None:
    known = Vocabulary(words)
    known.add(later)
    assert len(known) == len({*words, *later})
    expected = {}
    for word in {*words, *later} - {typed}:
        if (distance := OSA.distance(word, typed)) <= edits:
            expected[word] = distance
    assert known.near(typed, edits) == expected


@given(st.sets(WORDS, max_size=60), st.lists(WORDS, max_size=10), WORDS, st.sampled_from([1, 2]))
def test_near_beginnings_are_those_of_an_exhaustive_search(
    words: set[str], later: list[str], typed: str, edits: int
) -> None:
    known = Vocabulary(words)
    known.add(later)
    starts = {word[:n] for word in {*words, *later} for n in range(1, len(word) + 1)}
    expected = {start: OSA.distance(start, typed) for start in starts}
    expected = {start: distance for start, distance in expected.items() if distance <= edits}
    found = known.beginnings(typed, edits)
    assert found.items() <= expected.items()
    assert typed not in found
    for start, distance in expected.items():  # what is left out goes on where another ends
        shorter = [start[:n] for n in range(1, len(start) + 1)]
        assert typed in shorter or any(found.get(other, 3) <= distance for other in shorter)


def test_the_words_of_a_database_are_read_once(session: Session, add: Add) -> None:
    add("Anna Berg")
    assert vocabulary.of(session.db) is vocabulary.of(session.db)
