"""Whoever is hidden changes nothing of what a viewer is told, whatever is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.conftest import add_customer
from tui_crm import search
from tui_crm.core import custom_fields, segments, users
from tui_crm.core.session import Session
from tui_crm.search import index, notes
from tui_crm.search.language import complete
from tui_crm.search.notes.index import Note, note_index

NAMES = ("Xaverius Quandt", "Xaver Quant", "Anna Berg", "Anan Bergk", "欧阳雪", "王小明", "Bo Li")
TYPED = (
    "xaverius", "xaverisu", "quandtt", "anna berg", "annaberg", "ouyang", "欧阳学", "oyx", "zz",
    "secret", "0301", "x@example.org", "C-1", "org:firma", "city:atlantis", "city:atlantsi",
)  # fmt: skip
FILTERS = (
    "tag:secret", "tag:sercet", "-tag:secret", "status:odd", "status:odt", "tier:gold", "tier:odd",
    "has:email", "no:phone", "last:2026-03", "created:2026", "sort:name", "segment:mine",
    "id:1..99", "owner:other", "xaver or tag:secret", "(anna or 王) -status:odd", "needs:rare",
)  # fmt: skip
PROPOSED = ("city:", "city:a", "tag:", "tag:s", "status:", "tier:", "org:", "needs:")


class Person(NamedTuple):
    """A customer of the world that is tried."""

    name: str
    whose: str  # the viewer's, of the viewer's team, or another's
    rare: bool


PEOPLE = st.lists(
    st.builds(
        Person, st.sampled_from(NAMES), st.sampled_from(("mine", "team", "other")), st.booleans()
    ),
    max_size=7,
)


@pytest.mark.parametrize("scope", ["own", "team"])
def test_the_hidden_change_nothing(
    session: Session, make_session: Callable[..., Session], scope: str
) -> None:
    agent = make_session("ben", scope=scope, teams=["north"])
    with session.db.transaction():
        other = users.ensure("other")
    custom_fields.define(session, "tier", "choice", "Tier", "等级", ("gold", "silver"))
    agent.fields = session.fields
    segments.save(agent, "mine", "tag:secret or anna")
    owners: dict[str, dict[str, Any]] = {
        "mine": {"owner_id": agent.viewer.id},
        "team": {"owner_id": other, "team_id": agent.viewer.team_ids[0]},
        "other": {"owner_id": other},
    }
    seen = {"mine", "team"} if scope == "team" else {"mine"}

    @settings(max_examples=12)
    @given(PEOPLE, st.lists(st.sampled_from(TYPED), max_size=4), st.lists(st.sampled_from(FILTERS)))
    def told_the_same(people: list[Person], typed: list[str], filters: list[str]) -> None:
        ids = {_add(session, person, owners[person.whose]): person for person in people}
        try:
            queries = [
                *typed,
                *filters,
                *(f"{a} {b}" for a, b in zip(typed, filters, strict=False)),
            ]
            before = _told(agent, queries)
            hidden = [id_ for id_, person in ids.items() if person.whose not in seen]
            for answer in before[0]:
                assert not set(hidden) & set(answer[1]), answer
            _remove(session, hidden)
            assert _told(agent, queries) == before
        finally:
            _remove(session, list(ids))

    told_the_same()


def _add(session: Session, person: Person, owner: dict[str, Any]) -> int:
    more: dict[str, Any] = {}
    if person.rare:
        more = {
            "tags": ["secret-project"], "city": "Atlantis", "status": "odd", "needs": "rare things",
            "organization": "Firma Xylo", "custom": {"tier": "odd"}, "emails": ["x@example.org"],
            "phones": ["030 1234567"], "last_contact": "2026-03-03T10:00:00Z",
        }  # fmt: skip
    id_ = add_customer(session, person.name, **more, **owner)
    with session.db.transaction():
        session.db.run(
            "INSERT INTO interaction (customer_id, started_at, created_at, updated_at, subject,"
            " note) VALUES (?, ?, '', '', ?, ?)",
            (id_, f"2026-01-{1 + id_ % 28:02}T10:00:00Z", "secret", f"{person.name} 欧阳 secret"),
        )
        row = session.db.one("SELECT max(id) FROM interaction")
        assert row
        notes.update(session.db, {row[0]: None})
    return id_


def _remove(session: Session, ids: list[int]) -> None:
    """Take customers out as if they had never been there."""
    db = session.db
    for id_ in ids:
        with db.transaction():
            rows = db.rows(
                "SELECT id, started_at, subject, note FROM interaction WHERE customer_id = ?",
                (id_,),
            )
            note_index(db).remove(db, [Note(*row) for row in rows])
            db.run("DELETE FROM customer WHERE id = ?", (id_,))
            index.update(db, [id_])
            db.run("DELETE FROM tag WHERE id NOT IN (SELECT tag_id FROM customer_tag)")


def _told(viewer: Session, queries: list[str]) -> tuple[list[Any], list[Any], list[Any]]:
    """All that a viewer is told: rows, counts, corrections, complaints, proposals, notes."""
    answers = []
    for query in queries:
        found = search.find_or_correct(viewer, query, 20)
        answers.append(
            (
                query,
                [hit.row.id for hit in found.hits],
                found.total,
                found.exact,
                found.shown_for,
                found.problems,
                list(search.all_ids(viewer, query)),
                search.count(viewer, query),
            )
        )
    proposals = []
    for text in PROPOSED:
        place = complete.place(text, len(text), viewer.fields)
        assert place is not None and place.field is not None
        with viewer.db.connection():
            known = complete.known_values(viewer, place.field)
        proposals.append([proposal.text for proposal in complete.narrowed(place, known)])
    noted = []
    for text in ("secret", "xaver", "欧阳", "sec owner:other", "secret status:odd", "anna -secret"):
        notes_found = notes.search(viewer, text)
        noted.append((text, [hit.id for hit in notes_found.hits], notes_found.more))
    return answers, proposals, noted
