"""Log a contact: few keys, nothing lost, several calls open at once."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.ui.screens.hand import Hand, add, edit, hand, value
from tui_crm.config import Settings
from tui_crm.core import customers, drafts, interactions, tasks
from tui_crm.core.rows import InteractionRow
from tui_crm.core.session import Session
from tui_crm.errors import DatabaseUnreachable
from tui_crm.text.dates import utc_now
from tui_crm.ui.screens import interaction as interaction_screen
from tui_crm.ui.screens.conflict import ConflictScreen
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.help import HelpScreen
from tui_crm.ui.screens.interaction import InteractionScreen
from tui_crm.ui.screens.search import SearchScreen
from tui_crm.ui.screens.today import TodayScreen


@pytest.fixture
def ada(session: Session) -> int:
    """A customer who calls."""
    add(session, "Bob")
    return add(session, "Ada Lovelace", phones=("+44 20 7946 0958",), status="lead")


def logged(session: Session, customer_id: int) -> list[InteractionRow]:
    """Every contact with a customer, the newest first."""
    entries = customers.timeline(session, customer_id, limit=100)
    return [interactions.get(session, e.id) for e in entries if e.kind == "interaction"]


async def on_form(user: Hand) -> InteractionScreen:
    """Wait until the form has its customer."""
    screen = await user.on(InteractionScreen)
    await user.until(lambda: screen._keeper is not None)
    return screen


async def call(user: Hand, name: str = "") -> InteractionScreen:
    """Log a contact with the first customer of that name; gives the form, filled."""
    await user.type(name)
    await user.press("ctrl+l")
    return await on_form(user)


async def test_a_known_caller_takes_at_most_six_keys_besides_the_text(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=(160, 40)) as user:
        await user.type("lovel")
        await user.press("ctrl+l", "r", "3", "ctrl+s")
        await user.until(lambda: user.app.screen is user.home and user.query == "")
        await user.sees("Logged for Ada Lovelace; next step in 3 d.")
        assert user.keys <= 6
        assert user.home.field.has_focus
        await user.found("Bob", "Ada Lovelace")
        await user.until(lambda: "just now" in user.text)  # the row's last contact
    [contact] = logged(session, ada)
    assert (contact.kind, contact.disposition, contact.direction) == ("call", "reached", "in")
    [task] = tasks.due(session, utc_now() + timedelta(days=4))
    assert (task.customer_id, task.title) == (ada, "Call again")
    assert task.due_at is not None
    assert task.due_at.astimezone(session.zone).date() == (session.now() + timedelta(days=3)).date()


async def test_the_whole_call_may_be_typed_ahead(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings) as user:
        user.send(*"lovel", "ctrl+l", "v", "2", "tab", *"Send quote", "enter", "enter",
                  *"Wants 3 pcs.", "ctrl+s", *"bob", "ctrl+l", "n", "ctrl+s", *"ada")  # fmt: skip
        await user.until(lambda: user.query == "ada")
        await user.found("Ada Lovelace")
    [contact] = logged(session, ada)
    assert (contact.disposition, contact.note) == ("voicemail", "Wants 3 pcs.")
    assert [row.title for row in tasks.due(session, utc_now() + timedelta(days=9))] == [
        "Send quote"
    ]
    [bob] = [i for i in (1, 2) if i != ada]
    assert [row.disposition for row in logged(session, bob)] == ["no_answer"]


async def test_the_clock_runs_until_the_call_is_parked_and_goes_on_when_resumed(
    settings: Settings, session: Session, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    monkeypatch.setattr(interaction_screen, "utc_now", lambda: now)
    async with hand(settings) as user:
        screen = await call(user, "ada")
        now += timedelta(seconds=75)
        await user.sees("1:15")
        await user.press("tab", "tab", "tab", *"half a note", "ctrl+k")
        await user.until(lambda: user.app.screen is user.home)
        await user.sees("Parked. F2 resumes it.")
        assert user.home.field.value == ""  # ready for the next call
        now += timedelta(hours=2)
        await user.press("f2")
        await user.on(TodayScreen)
        await user.sees("Ada Lovelace")
        await user.press("r")
        screen = await on_form(user)
        assert screen.note.text == "half a note"
        assert screen.seconds == 75
        now += timedelta(seconds=5)
        await user.press("ctrl+s")
        await user.on(TodayScreen)
    [contact] = logged(session, ada)
    assert (contact.duration, contact.note) == (80, "half a note")
    assert drafts.load_all(session) == []


async def test_several_calls_are_open_at_once(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=(100, 40)) as user:
        for name in ("ada", "bob"):
            await user.press("escape", *name, "ctrl+l")
            await on_form(user)
            await user.press("r", "ctrl+k")
            await user.until(lambda: user.app.screen is user.home)
        await user.press("f2")
        await user.sees("Ada Lovelace", "Bob")
    assert {d.title for d in drafts.load_all(session)} == {"Ada Lovelace", "Bob"}
    assert all(d.parked for d in drafts.load_all(session))


async def test_what_is_no_choice_is_the_note(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings) as user:
        await call(user, "lovel")
        await user.type("r2客户要报价, rabatt 2")
        await user.press("ctrl+s")
        await user.sees("Logged for Ada Lovelace")
    entry = logged(session, ada)[0]
    assert (entry.disposition, entry.note) == ("reached", "客户要报价, rabatt 2")


async def test_a_letter_that_is_no_choice_begins_the_note(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings) as user:
        await call(user, "lovel")
        await user.type("r2")
        await user.type("Asks for a quote")
        await user.press("ctrl+s")
        await user.sees("Logged for")
    [contact] = logged(session, ada)
    assert (contact.disposition, contact.note) == ("reached", "Asks for a quote")


async def test_enter_leads_from_the_choices_to_the_note_and_escape_back(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings) as user:
        screen = await call(user, "lovel")
        await user.sees("Enter Note")
        await user.press("enter", *"Send 3 samples")
        assert screen.note.text == "Send 3 samples"
        await user.misses("Enter Note")
        await user.press("escape")
        assert screen.bar.has_focus
        await user.press("i", "ctrl+s")
        await user.sees("Logged for Ada Lovelace")
    [contact] = logged(session, ada)
    assert (contact.disposition, contact.note) == ("interested", "Send 3 samples")


async def test_a_question_mark_on_the_choices_asks_for_help(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings) as user:
        screen = await call(user)
        await user.press("?")
        await user.on(HelpScreen)
        assert screen.note.text == ""


async def test_a_long_message_is_shown_to_its_end(
    settings: Settings, session: Session, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise DatabaseUnreachable(
            "The database server at db.example.org:5432 as anastasia cannot be reached:"
            " connection refused.",
            hint="Check that it runs, then try again; nothing is lost.",
        )

    async with hand(settings) as user:
        await call(user)
        with monkeypatch.context() as patch:
            patch.setattr(interaction_screen, "log_contact", down)
            await user.press("r", "ctrl+s")
            await user.sees("cannot be reached", "nothing is lost.")
        await user.press("ctrl+s")
        await user.on(SearchScreen)


async def test_text_that_is_pasted_over_the_choices_is_the_note(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings) as user:
        await call(user, "lovel")
        await user.paste("ring back\nref 4711")
        await user.press("ctrl+s")
        await user.sees("Logged for Ada Lovelace")
    entry = logged(session, ada)[0]
    assert (entry.disposition, entry.note) == ("", "ring back\nref 4711")


async def test_a_digit_sets_the_day_and_text_overrides_it(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings) as user:
        screen = await call(user)
        await user.press("4")
        await user.until(lambda: screen.when.text == "+4d")
        await user.press("0")
        await user.until(lambda: screen.when.text == "")
        screen.when.input.focus()
        await user.type("no such day")
        await user.sees("no such time")
        await user.press("ctrl+s")
        await user.sees("“no such day” is no time.")
        assert screen.when.input.has_focus
        await user.press(*["backspace"] * 11, *"+1w 15:00", "ctrl+s")
        await user.until(lambda: user.app.screen is user.home)
    [task] = tasks.due(session, utc_now() + timedelta(days=9))
    assert task.due_has_time


async def test_fields_of_the_customer_are_written_along(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings) as user:
        screen = await call(user, "ada")
        screen.form.stage("status", "active")
        await user.press("r", "ctrl+s")
        await user.until(lambda: user.app.screen is user.home)
    assert value(session, ada, "status") == "active"
    assert len(logged(session, ada)) == 1


@pytest.mark.parametrize(("choice", "kept"), [("m", "active"), ("t", "lost")])
async def test_a_field_that_a_colleague_changed_is_asked_about(
    settings: Settings, session: Session, ada: int, choice: str, kept: str
) -> None:
    async with hand(settings) as user:
        screen = await call(user, "ada")
        screen.form.stage("status", "active")
        edit(session, ada, status="lost")
        await user.press("r", "ctrl+s")
        await user.on(ConflictScreen)
        await user.press(choice, "enter")
        await user.until(lambda: user.app.screen is user.home)
    assert value(session, ada, "status") == kept
    assert [row.disposition for row in logged(session, ada)] == ["reached"]


async def test_a_save_that_is_tried_again_logs_once(
    settings: Settings, session: Session, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = interaction_screen.log_contact

    def lost(*arguments: object) -> None:
        log(*arguments)  # type: ignore[arg-type]
        raise DatabaseUnreachable("The connection broke.")

    async with hand(settings) as user:
        await call(user, "ada")
        with monkeypatch.context() as patch:
            patch.setattr(interaction_screen, "log_contact", lost)
            await user.press("r", "ctrl+s")
            await user.sees("The connection broke.")
        await user.press("ctrl+s")
        await user.until(lambda: user.app.screen is user.home)
    assert len(logged(session, ada)) == 1


async def test_a_customer_that_is_gone_says_so_and_can_be_left(
    settings: Settings, session: Session, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise DatabaseUnreachable("The server does not answer.")

    monkeypatch.setattr(interaction_screen, "call_data", down)
    async with hand(settings) as user:
        user.send("ctrl+l", "r", "ctrl+s")
        await user.sees("The server does not answer.")
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.home)


async def test_leaving_keeps_what_was_entered_and_nothing_else(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings) as user:
        await call(user)
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.home)
        assert drafts.load_all(session) == []
        await call(user)
        await user.press("r", "escape")
        await user.sees("Kept as a draft. F2 shows it.")
        assert len(drafts.load_all(session)) == 1


async def test_a_half_typed_call_is_there_after_the_app_died(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings) as user:
        screen = await call(user, "ada")
        await user.press("r", "5", "tab", *"Send quo")
        screen.note.focus()
        await user.type("She said [b]yes[/b]")
        screen.form.focus_field("tags")
        await user.press("enter", *"vi")
        folder: Path = settings.paths.state_dir
        await user.until(
            lambda: any('"vi"' in path.read_text("utf-8") for path in folder.rglob("*.json"))
        )
    async with hand(settings) as user:
        await user.sees("1 unfinished form is kept")
        await user.press("f2")
        await user.sees("Ada Lovelace")
        await user.press("enter")
        screen = await on_form(user)
        assert screen.note.text == "She said [b]yes[/b]"
        assert screen.bar.chosen["disposition"] == "reached"
        assert screen.form.staged() == {"tags": ("vi",)}
        await user.press("ctrl+s")
        await user.on(TodayScreen)
    [contact] = logged(session, ada)
    assert contact.note == "She said [b]yes[/b]"
    assert value(session, ada, "tags") == ("vi",)


async def test_quitting_keeps_the_last_key(settings: Settings, session: Session, ada: int) -> None:
    async with hand(settings) as user:
        screen = await call(user, "ada")
        screen.note.focus()
        await user.pilot.pause()
        user.send(*"last words", "ctrl+q")
        await user.until(lambda: not user.app._running or user.app._exit)
    [draft] = drafts.load_all(session)
    assert draft.data["note"] == "last words"


async def test_a_call_from_the_record_goes_back_to_it(
    settings: Settings, session: Session, ada: int
) -> None:
    async with hand(settings, size=(120, 40)) as user:
        user.send(*"ada", "enter", "l", "b", "ctrl+s")
        screen = await user.on(CustomerScreen)
        await user.until(lambda: user.app.screen is screen)
        await user.sees("Busy")


async def test_a_draft_of_a_newer_program_is_no_obstacle(
    settings: Settings, session: Session, ada: int
) -> None:
    drafts.save(session, "interaction", "x", "Ada", {"customer_id": ada, "surprise": [1]})
    async with hand(settings) as user:
        await user.press("f2")
        await user.on(TodayScreen)
        await user.press("r")
        await user.sees("This draft cannot be read.")
    assert json.dumps([d.key for d in drafts.load_all(session)]) == '["x"]'
