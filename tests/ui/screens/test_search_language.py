"""The query language at home: what is unclear, what is offered while typing, words of notes."""

from __future__ import annotations

import pytest

from tests.ui.screens.hand import add, hand
from tui_crm.config import Settings
from tui_crm.core import customers, interactions, segments
from tui_crm.core.session import Session
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.entry import EntryScreen
from tui_crm.ui.screens.notes import NotesScreen
from tui_crm.ui.screens.search import SearchScreen
from tui_crm.ui.timeline_source import TimelineSource


@pytest.fixture
def people(session: Session) -> dict[str, int]:
    """Three customers."""
    return {
        "Ada": add(session, "Ada", status="active", city="Bern", tags=("vip",)),
        "Ben": add(session, "Ben", status="lead", city="Basel", tags=("vip", "old")),
        "Cem": add(session, "Cem", city="Basel"),
    }


async def test_an_unclear_query_finds_but_is_not_acted_on(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.type("city:basel stauts:lead")
        await user.found("Ben", "Cem")
        await user.sees('Did you mean "status"?')
        await user.press("ctrl+b")
        await user.sees("Not while the query is unclear")
        assert isinstance(user.app.screen, SearchScreen)
        await user.press("f7")
        assert not user.home.list.marks
        await user.press("escape")
        await user.type("(status:lead or city:bern) tag:vip")
        await user.found("Ada", "Ben")


async def test_notes_are_found_and_open_their_customer(
    settings: Settings, session: Session, people: dict[str, int]
) -> None:
    interactions.log(session, people["Ada"], kind="call", note="asked for a rebate again")
    interactions.log(session, people["Ada"], kind="call", note="paid")
    interactions.log(session, people["Ben"], kind="call", note="no interest at all")
    async with hand(settings) as user:
        await user.type("somebody")
        await user.press("alt+i")
        await user.on(NotesScreen)
        await user.sees("❯ somebody")
        await user.type("reb")  # in the place of what was searched
        await user.sees("asked for a rebate again", "1 entry")
        await user.misses("no interest")
        await user.press("enter")
        await user.on(EntryScreen)
        await user.sees("asked for a rebate again")
        await user.press("escape")
        screen = await user.on(CustomerScreen)
        await user.until(lambda: screen.timeline.has_focus)
        source = screen.timeline.source
        assert isinstance(source, TimelineSource)
        entry = source.entry(screen.timeline.cursor)
        assert entry is not None and entry.text == "asked for a rebate again"
        await user.press("escape")
        await user.on(NotesScreen)
        await user.sees("❯ reb")


async def test_proposals_are_taken_with_a_key(settings: Settings, people: dict[str, int]) -> None:
    async with hand(settings) as user:
        await user.type("stat")
        await user.sees("state:", "status:")
        await user.press("ctrl+e", "right")
        assert user.query == "status:"
        await user.sees("lead", "active")
        await user.type("ac")
        await user.misses("lead ")
        await user.press("right")
        assert user.query == "status:active "
        await user.found("Ada")
        await user.misses("takes it")


@pytest.mark.parametrize(
    ("typed", "offered", "taken"),
    [
        ("owner:", ("me", "ana"), "owner:me "),
        ("status:l", ("lead", "lost"), "status:lead "),
        ("-tag:v", ("vip",), "-tag:vip "),
        ("city:bas", ("Basel",), "city:Basel "),
        ("segment:", ("Swiss",), "segment:Swiss "),
        ("has:pho", ("phone",), "has:phone "),
        ("sort:-la", ("last",), "sort:-last "),
        ("last:<", ("<7d", "<30d"), "last:<7d "),
        ("(status:lead or se", ("segment:",), "(status:lead or segment:"),
    ],
)
async def test_whatever_is_asked_for_is_proposed(
    settings: Settings,
    session: Session,
    people: dict[str, int],
    typed: str,
    offered: tuple[str, ...],
    taken: str,
) -> None:
    segments.save(session, "Swiss", "city:basel or city:bern", "")
    async with hand(settings) as user:
        await user.type(typed)
        await user.sees(*offered, "^E")
        await user.press("right")
        assert user.query == taken


async def test_where_there_is_no_room_for_all_proposals_the_keys_and_the_lit_one_are_shown(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.type("sort:")
        await user.sees("name   last Last contact", "…  → · ^E")
        await user.misses("org Organisation")
        for _time in range(8):
            lit = user.home._completing.proposals[user.home._completing._lit].text
            await user.sees(f" {lit} ", "…  → · ^E")
            await user.press("ctrl+e")


async def test_without_a_proposal_the_keys_move_the_cursor(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.type("status:x")
        await user.press("left", "left", "right")
        assert user.home.field.cursor_position == len("status:")
        await user.press("home", "ctrl+e")
        assert user.home.field.cursor_at_end
        assert user.query == "status:x"


async def test_what_is_not_typed_to_its_end_is_no_problem_yet(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.type("tag:vip (status:lead or city:")
        await user.found("Ben")
        await user.misses("not closed")
        await user.misses("missing")
        await user.type("bern")
        await user.found("Ada", "Ben")
        await user.press("ctrl+b")
        await user.sees("Not while the query is unclear")


async def test_a_word_that_is_not_understood_is_underlined_and_explained_below_it(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.type("ada statsu:lead ")
        await user.sees("There is no field")
        assert user.home.field.spans == ((4, 10),)
        lines = user.text.splitlines()
        (at,) = (n for n, line in enumerate(lines) if "There is no field" in line)
        assert lines[at].index("There") == lines[at - 1].index("statsu")
        await user.press("escape")
        await user.type("ada")
        await user.misses("There is no field")
        assert user.home.field.spans == ()


async def test_what_was_searched_instead_stands_below_the_field(
    settings: Settings, session: Session
) -> None:
    add(session, "Ada Lovelace")
    async with hand(settings) as user:
        await user.type("lovelcae")
        await user.sees("shown for: Lovelace")
        await user.press("down", "up")  # it stays as long as its rows
        await user.sees("shown for: Lovelace")


async def test_a_match_that_no_column_shows_stands_at_the_end_of_the_row(
    settings: Settings, session: Session
) -> None:
    add(session, "Ada Lovelace", tags=("newsletter",), title="Countess")
    add(session, "Mary Shelley", emails=("mary@a.example", "frank@castle.example"), city="Bern")
    async with hand(settings) as user:
        await user.type("newsl")
        await user.sees("Lovelace", "newsletter")
        await user.press("escape")
        await user.type("frank@castle")
        await user.sees("Shelley", "frank@castle.example")
        await user.press("escape")
        await user.type("countess")
        await user.sees("Lovelace", "Countess")
        await user.press("escape")
        await user.type("mary bern")
        await user.sees("Shelley", "Bern")
        await user.misses("mary@a.example")


@pytest.mark.parametrize("typed", ["C-0000002", "#2", "grete@example.com", "0451 371 1024"])
async def test_what_names_one_customer_opens_them_on_enter(
    settings: Settings, session: Session, typed: str
) -> None:
    add(session, "Zoe 2")
    grete = add(session, "Grete", phones=("0451 3711024",), emails=("grete@example.com",))
    add(session, "Grete C-00000029", phones=("0451 37110",))
    assert customers.get(session, grete).account_no == "C-0000002"
    async with hand(settings) as user:
        user.send(*typed, "enter")
        screen = await user.on(CustomerScreen)
        assert screen.customer_id == grete


async def test_a_segment_is_a_word_of_a_query_with_completion(
    settings: Settings, session: Session, people: dict[str, int]
) -> None:
    segments.save(session, "my city", "city:bern")
    async with hand(settings) as user:
        await user.type("segment:my")
        await user.sees('"my city"', "city:bern")
        await user.press("right")
        await user.until(lambda: user.query == 'segment:"my city" ')
        await user.found("Ada")


async def test_the_word_of_a_long_note_is_in_sight(
    settings: Settings, session: Session, people: dict[str, int]
) -> None:
    note = "Compared us with two others; the price is fine, support hours matter more."
    interactions.log(session, people["Ada"], kind="call", note=note)
    async with hand(settings) as user:
        await user.press("alt+i")
        await user.on(NotesScreen)
        await user.type("price")
        await user.sees("…the price is fine")


async def test_an_empty_list_offers_a_new_customer_only_of_what_can_be_a_name(
    settings: Settings, session: Session
) -> None:
    add(session, "Ada", status="lead")
    async with hand(settings) as user:
        await user.type("status:lost")
        await user.sees("Nobody matches “status:lost”.")
        await user.type(" zoe")
        await user.sees("makes a new customer of it")


async def test_what_was_typed_while_the_database_was_opened_has_proposals(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.type("sort:nam")
        await user.sees("takes it")
        user.home._completing._show(None, [])  # as it is while nothing is open
        await user.misses("takes it")
        user.home.opened(())
        await user.sees("takes it")
        await user.misses("no field")
