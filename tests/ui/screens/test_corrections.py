"""Home: rows for what was probably meant join below those that were found."""

from __future__ import annotations

import pytest

from tests.ui.screens.hand import add, edit, hand
from tui_crm.config import Settings
from tui_crm.core.session import Session
from tui_crm.ui.screens.search_results import FIRST_HITS


@pytest.fixture
def people(session: Session) -> dict[str, int]:
    """Some customers by name."""
    names = ("Marie Curie", "Maria Goeppert", "Jan Kowalski")
    return {name: add(session, name) for name in names}


async def test_rows_for_a_mistyped_word_join_below(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.found(*people)
        await user.type("marie")
        await user.found("Marie Curie", "Maria Goeppert")
        await user.sees("shown for: Maria")
        await user.sees("1 of 3")  # what matches as it was typed


async def test_rows_that_join_leave_the_cursor_where_it_is(
    settings: Settings, session: Session
) -> None:
    for number in range(3):
        add(session, f"Marie {number}")
    add(session, "Maria Goeppert")
    async with hand(settings) as user:
        await user.type("marie")
        await user.press("down")
        chosen = user.home.list.current_key
        top = user.home.list.scroll_offset
        await user.found("Marie 2", "Marie 1", "Marie 0", "Maria Goeppert")
        assert user.home.list.current_key == chosen == user.home.list.source.row(1).key
        assert (user.home.list.cursor, user.home.list.scroll_offset) == (1, top)


async def test_the_rest_of_a_long_list_leaves_the_cursor_where_it_is(
    settings: Settings, session: Session
) -> None:
    for number in range(FIRST_HITS + 10):
        add(session, f"Marie {number}")
    async with hand(settings) as user:
        await user.type("marie")
        await user.press(*["down"] * 30)
        chosen = user.home.list.current_key
        place, top = user.home.list.cursor, user.home.list.scroll_offset
        await user.until(lambda: user.home.list.source.count == FIRST_HITS + 10)
        await user.sees(f"{FIRST_HITS + 10} customers")
        assert user.home.list.current_key == chosen
        assert (user.home.list.cursor, user.home.list.scroll_offset) == (place, top)
        assert place == 30


async def test_pages_go_on_below_the_rows_that_came_first(
    settings: Settings, session: Session
) -> None:
    for number in range(FIRST_HITS):
        add(session, f"Marie {number}")
    async with hand(settings) as user:
        await user.type("marie")
        await user.press("pagedown", "pagedown")
        shown = user.home.list
        await user.until(lambda: shown.source.count == FIRST_HITS and shown.current is not None)
        assert shown.cursor == 2 * (shown.body_height - 1)
        row = shown.current
        assert row.row.name == f"Marie {FIRST_HITS - 1 - shown.cursor}"
        assert row.cells[0].spans == ((0, 5),)


async def test_the_cursor_stays_while_corrected_rows_are_asked_for_again(
    settings: Settings, session: Session, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.type("kowaslki")
        await user.found("Jan Kowalski")
        edit(session, people["Jan Kowalski"], city="Gdynia")
        user.home.search_again()
        await user.sees("Gdynia")
        await user.found("Jan Kowalski")
        assert user.home.list.current_key == people["Jan Kowalski"]


async def test_all_matches_are_those_of_what_was_typed(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.type("marie")
        await user.found("Marie Curie", "Maria Goeppert")
        user.home.action_mark_all()
        assert user.home.list.marks == {people["Marie Curie"]}
