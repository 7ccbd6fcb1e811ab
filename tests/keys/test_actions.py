"""The registry: one meaning a key in every context, every key one that a terminal can send."""

from pathlib import Path

import pytest

from tui_crm.keys import names
from tui_crm.keys.actions import (
    ACTIONS,
    CONTEXTS,
    available_in,
    by_id,
    context,
    contexts_in,
    footer_for,
    in_context,
)
from tui_crm.keys.keymap import DEFAULT, clashes
from tui_crm.keys.reference import markdown

TYPING = [place.id for place in CONTEXTS if place.typing]
PLACES = [place.id for place in CONTEXTS if "global" in contexts_in(place.id)]


def test_every_id_is_unique_and_found() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert all(by_id(action.id) is action for action in ACTIONS)
    assert len({place.id for place in CONTEXTS}) == len(CONTEXTS)


def test_every_action_and_every_context_that_is_taken_in_exists() -> None:
    known = {place.id for place in CONTEXTS}
    assert {action.where for action in ACTIONS} <= known
    assert {name for place in CONTEXTS for name in place.takes_in} <= known


def test_no_key_means_two_things_in_one_context() -> None:
    assert list(clashes(DEFAULT.bindings)) == []


def test_a_clash_would_be_found() -> None:
    found = list(clashes({**DEFAULT.bindings, "search.sort": ("ctrl+p",)}))
    assert ("search", "ctrl+p", "search.sort", "app.palette") in found


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_key_is_spelled_as_the_toolkit_does_and_can_be_sent(action: object) -> None:
    keys = DEFAULT.keys(action.id)  # type: ignore[attr-defined]
    assert keys
    assert [names.canonical(key) for key in keys] == list(keys)
    assert [names.why_not(key) for key in keys] == [None] * len(keys)


@pytest.mark.parametrize("where", TYPING)
def test_what_the_footer_offers_while_typing_has_a_key_that_types_nothing(where: str) -> None:
    for action in footer_for(where):
        assert DEFAULT.keys(action.id, where), action.id
        assert not any(names.is_printable(key) for key in DEFAULT.keys(action.id, where))


@pytest.mark.parametrize("where", PLACES)
def test_everything_has_help_a_way_back_and_a_short_footer(where: str) -> None:
    ids = {action.id for action in available_in(where)}
    assert {"app.help", "app.palette", "app.quit"} <= ids
    if where not in {"global", "search"}:
        assert any("escape" in DEFAULT.keys(action.id) for action in available_in(where))
    ranks = [action.footer for action in footer_for(where)]
    assert ranks == sorted(rank for rank in ranks if rank is not None)
    assert all(len(action.label) <= 14 for action in footer_for(where))


def test_a_context_has_its_own_actions_and_what_it_takes_in() -> None:
    assert {action.where for action in in_context("search.list")} == {"search.list"}
    ids = [action.id for action in available_in("search.list")]
    assert len(ids) == len(set(ids))
    assert {"search.to_field", "search.mark", "record.log", "list.first", "app.help"} <= set(ids)
    assert "search.clear" not in ids
    together = {action.id for action in available_in("search.field", "search.list")}
    assert {"search.clear", "search.to_field"} <= together
    assert context("search.field").typing


def test_the_documentation_is_what_the_registry_says() -> None:
    file = Path(__file__).parents[2] / "docs" / "keys.md"
    assert file.read_text(encoding="utf-8") == markdown()
    for action in ACTIONS:
        assert f"`{action.id}`" in markdown()
