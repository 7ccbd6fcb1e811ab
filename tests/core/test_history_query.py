"""A line of words for the history: who, when, which field, what kind, which value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tui_crm.core.history_query import last_moment, parse
from tui_crm.core.session import Session
from tui_crm.errors import UsageError
from tui_crm.text.i18n import set_language


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Whatever a test chooses."""
    yield
    set_language("en")


def test_every_word_narrows(session: Session) -> None:
    found = parse(session, 'user:ana since:2026-03-01 until:2026-03-01 kind:batch City "a b"', 7)
    assert (found.user, found.field, found.kind, found.text) == ("ana", "", "batch", "City a b")
    assert found.customer_id == 7
    assert found.since is not None and found.until is not None
    assert found.until - found.since == timedelta(days=1)
    assert parse(session, "field:Town").field == "city"
    assert parse(session, 'text:"x y"').text == "x y"
    assert parse(session, "") == parse(session, "user: kind:")


def test_what_is_not_known_is_said_with_what_is_near(session: Session) -> None:
    for line, said in (
        ("usr:ana", "usr"), ("kind:bath", "bath"), ("field:ciy", "ciy"),
        ("since:someday", "no date"),
    ):  # fmt: skip
        with pytest.raises(UsageError) as caught:
            parse(session, line)
        assert said in str(caught.value)
    with pytest.raises(UsageError) as caught:
        parse(session, "kind:bath")
    assert "batch" in caught.value.hint


def test_words_of_the_users_language_and_wide_colons(session: Session) -> None:
    set_language("zh")
    assert parse(session, "user：ana 字").user == "ana"
    assert parse(session, "field:城市").field == "city"


def test_a_day_lasts_until_its_last_second(session: Session) -> None:
    moment = last_moment(session, "2026-03-01").astimezone(UTC)
    local = moment.astimezone(session.zone)
    assert (local.hour, local.minute, local.second) == (23, 59, 59)
    assert moment < datetime(2026, 3, 3, tzinfo=UTC)
    yesterday = last_moment(session, "yesterday")
    assert last_moment(session, "today") - yesterday == timedelta(days=1)
    assert last_moment(session, "-1w") == yesterday - timedelta(days=6)
    with pytest.raises(UsageError):
        last_moment(session, "-5")
