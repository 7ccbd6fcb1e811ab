"""Saved searches as words of a query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.conftest import add_user
from tui_crm import search
from tui_crm.core import segments
from tui_crm.core.session import Session
from tui_crm.errors import InputRefused, UsageError
from tui_crm.search import notes
from tui_crm.search.language import complete
from tui_crm.search.language.query import SEGMENT

Add = Callable[..., int]


@pytest.fixture
def people(add: Add) -> dict[str, int]:
    """Five customers by name."""
    return {
        "Anna Berg": add("Anna Berg", status="lead", city="Berlin"),
        "Anna Tal": add("Anna Tal", status="active", city="Rome"),
        "Otto Berg": add("Otto Berg", status="active", city="Berlin"),
        "Otto Tal": add("Otto Tal", status="lost", city="Rome"),
        "Zoe Hall": add("Zoe Hall", status="lost", city="Oslo"),
    }


def found(session: Session, text: str) -> list[str]:
    """The names that a query finds; its answers agree with each other."""
    answer = search.find(session, text)
    names = [hit.row.name for hit in answer.hits]
    assert search.count(session, text) == len(names)
    assert len(search.all_ids(session, text)) == len(names)
    return names


def problems(session: Session, text: str) -> list[tuple[str, str]]:
    """What is wrong with a query: the message, and the part of the text it points at."""
    return [(p.message, text[p.start : p.end]) for p in search.find(session, text).problems]


def test_a_segment_is_a_condition_like_others(session: Session, people: dict[str, int]) -> None:
    segments.save(session, "open ones", "status:lead or status:active sort:name")
    segments.save(session, "Berlin", "city:berlin")
    assert found(session, 'segment:"open ones"') == ["Anna Berg", "Anna Tal", "Otto Berg"]
    assert found(session, 'segment:"open ones" anna sort:-name') == ["Anna Tal", "Anna Berg"]
    assert found(session, "segment:berlin segment:open") == ["Anna Berg", "Otto Berg"]
    assert found(session, '-segment:"open ones" sort:name') == ["Otto Tal", "Zoe Hall"]
    assert found(session, "(segment:berlin or oslo) -lead sort:name") == [
        "Anna Berg",
        "Otto Berg",
        "Zoe Hall",
    ]
    assert found(session, '常用搜索:Berlin,"open ones" sort:name')[0] == "Anna Berg"


def test_a_segment_of_words_ranks_and_marks_like_the_words(
    session: Session, people: dict[str, int]
) -> None:
    segments.save(session, "annas", "anna")
    hits = search.find(session, "segment:annas tal").hits
    assert [hit.row.name for hit in hits] == ["Anna Tal"]
    assert {match for match in hits[0].matches if match[0] == "name"} == {
        ("name", 0, 4),
        ("name", 5, 8),
    }


def test_segments_name_others_but_not_themselves(session: Session, people: dict[str, int]) -> None:
    segments.save(session, "berlin", "city:berlin")
    segments.save(session, "leads", "segment:berlin status:lead")
    assert found(session, "segment:leads") == ["Anna Berg"]
    segments.save(session, "berlin", "city:berlin segment:leads")
    assert found(session, "segment:leads") == []
    ((message, word),) = problems(session, "anna segment:leads")
    assert "contains itself" in message
    assert word == "segment:leads"


def test_a_segment_that_is_not_there_finds_nobody(session: Session, people: dict[str, int]) -> None:
    segments.save(session, "berlin", "city:berlin")
    assert found(session, "segment:berlim") == []
    ((message, word),) = problems(session, "anna segment:berlim")
    assert "“berlim”" in message and "berlin" in message
    assert word == "segment:berlim"
    with pytest.raises(UsageError, match="berlim"):
        search.refuse_problems(session, "segment:berlim")


def test_another_users_segment_is_not_seen(session: Session, people: dict[str, int]) -> None:
    segments.save(session, "berlin", "city:berlin")
    assert found(replace(session, viewer=add_user("bob")), "segment:berlin") == []


def test_a_new_name_is_known_to_the_segments_that_use_it(
    session: Session, people: dict[str, int]
) -> None:
    berlin = segments.save(session, "berlin", "city:berlin", "1")
    segments.save(session, "leads", "-status:lost segment:Berlin,leads-2")
    renamed = segments.rename(session, berlin.id, "the capital")
    assert (renamed.id, renamed.name, renamed.key) == (berlin.id, "the capital", "1")
    queries = {row.name: row.query for row in segments.all(session)}
    assert queries["leads"] == '-status:lost segment:"the capital",leads-2'
    with pytest.raises(InputRefused, match="already"):
        segments.rename(session, berlin.id, "LEADS")


def test_names_of_segments_are_proposed(session: Session) -> None:
    segments.save(session, "open ones", "status:lead")
    text = "segment:op"
    place = complete.place(text, len(text), session.fields)
    assert place is not None and place.field is SEGMENT
    proposals = complete.narrowed(place, complete.known_values(session, SEGMENT))
    assert [(p.text, p.label) for p in proposals] == [('"open ones"', "status:lead")]
    place = complete.place("segm", 4, session.fields)
    assert place is not None
    assert "segment:" in [p.text for p in complete.names(place, session.fields)]


def test_notes_of_a_segment(session: Session, people: dict[str, int]) -> None:
    segments.save(session, "berlin", "city:berlin")
    assert notes.search(session, "segment:berlin invoice").problems == ()
