"""The record: edited in place, saved with one key, left with a question."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.ui.screens.hand import Hand, add, edit, hand, value
from tui_crm.config import Settings
from tui_crm.core import interactions
from tui_crm.core.session import Session
from tui_crm.errors import DatabaseUnreachable
from tui_crm.ui.screens import customer_editing, customer_questions
from tui_crm.ui.screens.conflict import ConflictScreen
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.today import TodayScreen
from tui_crm.ui.widgets.prompt import Confirm

TALL = (100, 50)
"""A terminal that shows the whole record."""


@pytest.fixture
def ada(session: Session) -> int:
    """A customer with something in most fields."""
    return add(
        session,
        "Ada Lovelace",
        phones=("work: +44 20 7946 0958", "+44 7700 900123"),
        emails=("ada@example.com",),
        city="London",
        tags=("math",),
    )


async def open_first(user: Hand, query: str = "") -> CustomerScreen:
    """Open the first customer that a query finds."""
    user.send(*query, "enter")
    screen = await user.on(CustomerScreen)
    await user.until(lambda: screen.form.fields)
    return screen


def go_to(screen: CustomerScreen, field: str) -> None:
    screen.form.focus_field(field)


async def test_an_edited_field_is_marked_and_saved_with_one_key(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        go_to(screen, "city")
        user.send("e", *["backspace"] * 6, *"Turin", "enter")
        await user.sees("London → Turin", "1 field edited")
        assert value(session, ada, "city") == "London"
        await user.press("ctrl+s")
        await user.sees("Saved.")
        await user.misses("1 field edited")
        assert screen.form.staged() == {}
        assert value(session, ada, "city") == "Turin"
        await user.press("escape")
        await user.sees("Turin")
        assert user.app.screen is user.home


async def test_keys_typed_while_the_record_loads_reach_it(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        user.send("enter", "e", *" King", "enter", "ctrl+s", "escape")
        await user.found("Ada Lovelace King")
        assert value(session, ada, "name") == "Ada Lovelace King"


@pytest.mark.parametrize(
    ("key", "kept"),
    [("s", "Turin"), ("ctrl+s", "Turin"), ("d", "London"), ("escape", "London")],
)
async def test_unsaved_fields_ask_before_they_are_left(
    settings: Settings, session: Session, ada: int, key: str, kept: str
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        screen.form.stage("city", "Turin")
        await user.press("escape")
        await user.on(Confirm)
        await user.sees("City: London → Turin")
        await user.press(key)
        if key == "escape":
            await user.until(lambda: user.app.screen is screen)
            assert screen.form.staged() == {"city": "Turin"}
        else:
            await user.until(lambda: user.app.screen is user.home)
        assert value(session, ada, "city") == kept


async def test_home_asks_too_and_then_goes_all_the_way(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        await user.press("h")
        await user.until(lambda: user.app.screen is not screen)
        screen.form.stage("city", "Turin")
        await user.press("f3")
        await user.on(Confirm)
        await user.press("d")
        await user.until(lambda: user.app.screen is user.home)


async def test_two_escapes_leave_one_screen_and_clear_the_query(
    settings: Settings, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        await open_first(user, "ada")
        user.send("escape", "escape", *"lov")
        await user.until(lambda: user.query == "lov")
        assert user.app.screen is user.home


async def test_next_and_previous_go_through_the_list(settings: Settings, session: Session) -> None:
    names = [f"Customer {n}" for n in range(4)]
    for name in reversed(names):
        add(session, name)
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        await user.sees("Customer 0", "1/4")
        user.send("n", "n", "p", "n")
        await user.sees("Customer 2", "3/4")
        screen.form.stage("city", "Turin")
        await user.press("n")
        await user.on(Confirm)
        await user.press("s")
        await user.sees("Customer 3", "4/4")
        assert screen.form.staged() == {}
        await user.press("n")
        await user.sees("The list ends here.")


async def test_edits_of_different_fields_merge(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        screen.form.stage("city", "Turin")
        edit(session, ada, title="Countess")
        await user.sees("Countess")
        await user.sees("London → Turin")
        await user.press("ctrl+s")
        await user.sees("Saved.")
        assert value(session, ada, "city") == "Turin"
        assert value(session, ada, "title") == "Countess"


@pytest.mark.parametrize(
    ("keys", "kept"),
    [(("enter",), "Turin"), (("space", "ctrl+s"), "Paris"), (("t", "enter"), "Paris")],
)
async def test_an_edit_of_the_same_field_shows_both_values_and_asks(
    settings: Settings, session: Session, ada: int, keys: tuple[str, ...], kept: str
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        screen.form.stage("city", "Turin")
        edit(session, ada, city="Paris")
        await user.sees("now: Paris")
        await user.press("ctrl+s")
        await user.on(ConflictScreen)
        await user.sees("London", "Paris", "● Turin")
        await user.press(*keys)
        await user.sees("Saved.")
        assert value(session, ada, "city") == kept
        assert screen.form.staged() == {}


async def test_a_conflict_can_be_left_to_think_about_it(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        screen.form.stage("city", "Turin")
        edit(session, ada, city="Paris")
        await user.press("ctrl+s")
        await user.on(ConflictScreen)
        await user.press("escape")
        await user.until(lambda: user.app.screen is screen)
        assert screen.form.staged() == {"city": "Turin"}
        assert value(session, ada, "city") == "Paris"


@pytest.mark.parametrize("reading", [False, True])
async def test_what_is_new_comes_into_sight_unless_somebody_reads_the_timeline(
    settings: Settings, session: Session, ada: int, reading: bool
) -> None:
    earlier = datetime.now(UTC) - timedelta(hours=1)
    for _ in range(30):
        interactions.log(session, ada, kind="call", note="", subject="", started_at=earlier)
    async with hand(settings) as user:
        await open_first(user, "ada")
        await user.sees("Timeline · 31")
        if reading:
            await user.press("tab")
        edit(session, ada, city="Turin")
        await user.sees("Timeline · 32")
        if reading:
            assert "edited" not in user.text
        else:
            await user.sees("edited")


async def test_a_colleagues_change_leaves_the_field_that_is_being_edited_alone(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        go_to(screen, "city")
        await user.press("enter", *["backspace"] * 6, *"Tur")
        edit(session, ada, city="Paris", title="Countess")
        await user.sees("Countess")
        await user.press(*"in", "enter", "ctrl+s")
        await user.on(ConflictScreen)
        await user.sees("London", "Paris", "● Turin")


async def test_a_customer_that_is_deleted_elsewhere_closes(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        await open_first(user)
        customer_questions.delete_customer(session, ada, "Ada")
        await user.until(lambda: user.app.screen is user.home)
        await user.found()


async def test_below_a_question_a_deleted_customer_waits_for_its_answer(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        screen.form.stage("city", "Turin")
        await user.press("escape")
        question = await user.on(Confirm)
        customer_questions.delete_customer(session, ada, "Ada")
        await user.until(lambda: screen._parting)
        assert user.app.screen is question
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.home)


async def test_deleting_asks_and_can_be_undone(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        await open_first(user)
        await user.press("d")
        await user.sees("Move Ada Lovelace to the recycle bin?")
        await user.press("d")
        await user.sees("Deleted. ^Z brings it back.")
        await user.found()
        await user.press("ctrl+z")
        await user.sees("1 record goes back")
        await user.press("y")
        await user.found("Ada Lovelace")


async def test_the_last_change_is_undone_with_a_question(
    settings: Settings, session: Session, ada: int
) -> None:
    edit(session, ada, city="Turin")
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        await user.press("u")
        await user.on(Confirm)
        await user.press("y")
        await user.until(lambda: user.app.screen is screen)
        await user.sees("London")
        assert value(session, ada, "city") == "London"


async def test_a_value_that_is_refused_is_said_at_its_field(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        screen.form.stage("birthday", "yesterday-ish")
        await user.press("ctrl+s")
        await user.until(lambda: any(f.error for f in screen.form.fields))
        assert screen.form.current == "birthday"
        assert screen.form.staged() == {"birthday": "yesterday-ish"}


async def test_an_error_while_saving_keeps_what_is_staged(
    settings: Settings, session: Session, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise DatabaseUnreachable("The server does not answer.", "Try again.")

    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        screen.form.stage("city", "Turin")
        with monkeypatch.context() as patch:
            patch.setattr(customer_editing, "save_edit", down)
            await user.press("ctrl+s")
            await user.sees("The server does not answer.")
        assert screen.form.staged() == {"city": "Turin"}
        await user.press("ctrl+s")
        await user.sees("Saved.")
        assert value(session, ada, "city") == "Turin"


async def test_an_edit_is_there_again_after_the_app_died(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        go_to(screen, "city")
        await user.press("enter", *" upon", "enter", "enter", *"Half a wor")
        await user.until(lambda: "Half a wor" in drafts(settings))
    edit(session, ada, city="Paris")
    async with hand(settings, size=TALL) as user:
        await user.sees("1 unfinished form is kept")
        screen = await open_first(user)
        await user.until(lambda: screen.form.staged().get("city") == "London upon")
        assert "Half a wor" in screen.form.staged().values()
        await user.sees("now: Paris")
        await user.press("ctrl+s")
        await user.on(ConflictScreen)
        await user.press("m", "enter")
        await user.sees("Saved.")
        assert value(session, ada, "city") == "London upon"
        await user.until(lambda: drafts(settings) == "")


async def test_taking_an_edit_back_leaves_no_draft(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        go_to(screen, "city")
        await user.press("enter", *"!", "enter")
        await user.until(lambda: "London!" in drafts(settings))
        screen.form.revert("city")
        await user.until(lambda: drafts(settings) == "")
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.home)


async def test_a_disk_that_takes_no_draft_is_said(settings: Settings, ada: int) -> None:
    settings.paths.state_dir.parent.mkdir(parents=True, exist_ok=True)
    settings.paths.state_dir.write_text("a file where the folder should be")
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        go_to(screen, "city")
        await user.press("enter", *"!", "enter")
        await user.sees("The draft cannot be kept")
        await user.press("ctrl+s")
        await user.sees("Saved.")


async def test_copying_and_the_way_round_the_screen(settings: Settings, ada: int) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        await user.press("y")
        await user.sees("Copied: +44 20 7946 0958")
        assert user.app.clipboard == "+44 20 7946 0958"
        await user.press("Y")
        assert user.app.clipboard == "ada@example.com"
        await user.press("tab")
        assert screen.timeline.has_focus
        await user.press("tab")
        assert screen.form.view.has_focus


async def test_people_of_an_organisation_are_opened_from_it(
    settings: Settings, session: Session
) -> None:
    add(session, "Babbage & Co", kind="organization")
    add(session, "Ada Lovelace", organization="Babbage & Co")
    async with hand(settings, size=(120, 40)) as user:
        first = await open_first(user, "babbage sort:name kind:organization")
        await user.sees("People", "Ada Lovelace")
        await user.press("tab", "enter")
        await user.until(lambda: user.app.screen is not first)
        await user.sees("Ada Lovelace · Babbage & Co", "Organisation")


async def test_a_long_timeline_jumps_to_its_end_and_opens_an_entry(
    settings: Settings, session: Session, ada: int
) -> None:
    with session.db.transaction():
        for n in range(1500):
            interactions.log(session, ada, disposition="reached", note=f"Talk number {n}")
    async with hand(settings, size=(120, 40)) as user:
        await open_first(user)
        await user.sees("Talk number 1499", "1\u202f501")
        await user.press("tab", "end")
        await user.sees("Talk number 0", "created")
        await user.press("up", "enter")
        await user.sees("Talk number 0")


def drafts(settings: Settings) -> str:
    """The text of every draft on the disk."""
    folder: Path = settings.paths.state_dir / "drafts"
    return "".join(path.read_text("utf-8") for path in folder.glob("*/*.json"))


async def test_the_footer_tells_only_what_can_be_done_now(
    settings: Settings, session: Session, ada: int
) -> None:
    """Nothing of saving while there is nothing to save, no letters while they are typed."""
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        await user.sees("Edit", "Next", "Back")
        await user.misses("Save")
        go_to(screen, "city")
        await user.press("e")
        await user.sees("Enter Next field", "Esc Cancel", "^S Save", "^L Log call")
        await user.misses("Previous")
        await user.press("x", "enter")
        await user.sees("e Edit", "^S Save")


async def test_keys_that_mean_something_everywhere_do_so_on_the_record(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=TALL) as user:
        screen = await open_first(user)
        await user.press("f2")
        await user.on(TodayScreen)
        await user.press("escape")
        await user.on(CustomerScreen)
        go_to(screen, "city")
        await user.press("e", "x", "enter", "up", "ctrl+z")
        await user.until(lambda: not screen.form.staged())
        await user.press("e", "x", "enter", "ctrl+s")
        await user.sees("Saved.")
        await user.press("up", "ctrl+z")
        await user.on(Confirm)
