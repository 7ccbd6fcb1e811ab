"""Home: results while typing, keys typed ahead, numbers pasted, colleagues' changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui.screens.hand import Hand, add, edit, hand
from tests.ui.screens.piloting import Shell, text, until
from tui_crm.config import Settings
from tui_crm.core.rows import Answer
from tui_crm.core.session import Session
from tui_crm.errors import CrmError
from tui_crm.ui.screens import search as home_screen
from tui_crm.ui.screens import search_results as search_screen
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.help import HelpScreen
from tui_crm.ui.screens.new_customer import NewCustomerScreen


class Gate:
    """Holds queries of the search back until they are let through, by their text."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self._held: dict[str, threading.Event] = {}
        self._find = search_screen.find
        monkeypatch.setattr(search_screen, "find", self.find)

    def hold(self, text: str) -> Callable[[], None]:
        """Hold the query `text`; the function that is given lets it through."""
        event = self._held[text] = threading.Event()
        return event.set

    def find(self, session: Session, text: str, limit: int, **options: Any) -> Answer:
        """What the screen calls."""
        self.asked.append(text)
        if text in self._held:
            assert self._held[text].wait(10)
        return self._find(session, text, limit, **options)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A gate before the search."""
    return Gate(monkeypatch)


@pytest.fixture
def people(session: Session) -> dict[str, int]:
    """Some customers by name."""
    return {
        name: add(session, name, **values)
        for name, values in {
            "Ada Lovelace": {"phones": ("+44 20 7946 0958",), "city": "London"},
            "Grete Müller": {"phones": ("0451 371-1024",), "emails": ("grete@example.com",)},
            "Georg Müller": {"city": "Lübeck"},
            "王小明": {"phones": ("138 1234 5678",)},
        }.items()
    }


async def test_results_appear_while_typing(settings: Settings, people: dict[str, int]) -> None:
    async with hand(settings) as user:
        await user.found(*people)
        await user.type("mu")
        await user.found("Grete Müller", "Georg Müller")
        await user.type("ller gr")
        await user.found("Grete Müller")
        await user.sees("1 of 4")
        await user.press("escape")
        await user.found(*people)
        assert user.query == ""


async def test_the_answer_to_an_older_query_is_dropped(
    settings: Settings, people: dict[str, int], gate: Gate
) -> None:
    release = gate.hold("m")
    async with hand(settings) as user:
        await user.type("m")
        await user.until(lambda: "m" in gate.asked)
        await user.type("üller georg")
        release()
        await user.found("Georg Müller")
        assert gate.asked[-1] == "müller georg"
        assert len(gate.asked) < 5  # letters that were overtaken are not asked for


async def test_a_list_that_takes_long_shows_its_beginning_and_keys_wait_for_the_rest(
    settings: Settings, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = threading.Event()
    find, whole_page = search_screen.find, search_screen.find_whole

    def begun(session: Session, typed: str, limit: int, **options: Any) -> Answer:
        answer = find(session, typed, limit, **options)
        if typed != "has:phone":
            return answer
        return replace(answer, hits=answer.hits[:1], total=None, unfinished=True)

    def waiting(session: Session, typed: str, limit: int, **options: Any) -> Answer:
        assert whole.wait(10)
        return whole_page(session, typed, limit, **options)

    monkeypatch.setattr(search_screen, "find", begun)
    monkeypatch.setattr(search_screen, "find_whole", waiting)
    async with hand(settings) as user:
        await user.type("has:phone")
        await user.found("王小明")
        await user.sees("…")
        user.send("enter")
        assert user.app.screen is user.home
        whole.set()
        await user.until(lambda: isinstance(user.app.screen, CustomerScreen))


@pytest.mark.parametrize("key", ["enter", "ctrl+l"])
async def test_a_key_waits_for_the_newest_answer_and_letters_wait_for_the_key(
    settings: Settings, people: dict[str, int], gate: Gate, key: str
) -> None:
    release = gate.hold("georg")
    async with hand(settings) as user:
        user.send(*"georg", key, *"r")
        await user.until(lambda: "georg" in gate.asked)
        assert user.app.screen is user.home
        release()
        await user.sees("Georg Müller" if key == "enter" else "●r Reached")
        assert user.query == "georg"
        assert user.app.screen is not user.home


async def test_arrows_typed_before_the_answer_move_in_the_answer(
    settings: Settings, people: dict[str, int], gate: Gate
) -> None:
    release = gate.hold("muller")
    async with hand(settings) as user:
        user.send(*"muller", "down", "enter")
        await user.until(lambda: "muller" in gate.asked)
        release()
        screen = await user.on(CustomerScreen)
        assert screen.customer_id == user.home.list.source.row(1).key  # type: ignore[union-attr]


async def test_a_query_that_fails_says_so_and_gives_the_keys_back(
    settings: Settings, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    find = search_screen.find

    def failing(session: Session, text: str, limit: int, **options: Any) -> Answer:
        if text == "ada":
            raise CrmError("the disk is gone")
        return find(session, text, limit, **options)

    monkeypatch.setattr(search_screen, "find", failing)
    async with hand(settings) as user:
        await user.type("ada")
        user.send("enter", *"!")
        await user.sees("the disk is gone")
        await user.press("backspace")
        await user.until(lambda: user.query == "ada")


async def test_escape_ends_the_wait_for_a_database_that_does_not_answer(
    settings: Settings, people: dict[str, int], gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_crm.ui.typeahead._PATIENCE", 0.0)
    release = gate.hold("ada")
    async with hand(settings) as user:
        user.send(*"ada", "enter")
        await user.until(lambda: "ada" in gate.asked)
        await user.press("escape")
        await user.until(lambda: user.query == "")
        release()
        await user.found(*people)
        assert user.app.screen is user.home


@pytest.mark.parametrize(
    "number",
    ["+442079460958", "00442079460958", "+44 (0)20 7946 0958", "020 7946 0958",
     "tel:+44-20-79460958", "20 7946\t0958\n", "７９４６０９５８"],
)  # fmt: skip
async def test_a_pasted_number_finds_its_owner_in_any_spelling(
    settings: Settings, people: dict[str, int], number: str
) -> None:
    async with hand(settings) as user:
        await user.paste(number)
        await user.found("Ada Lovelace")


async def test_a_paste_into_the_list_goes_to_the_search_field(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.press("tab")
        await user.paste("+44 20 7946 0958")
        await user.found("Ada Lovelace")
        assert user.home.field.has_focus


@pytest.mark.parametrize(
    ("typed", "field", "expected"),
    [
        ("Zora Neale", "name", "Zora Neale"),
        ("+41 44 668 18 00", "phones", ("+41 44 668 18 00",)),
        ("zora@example.org", "emails", ("zora@example.org",)),
        ("city:Bern Zora", "name", "Zora"),
    ],
)
async def test_nothing_found_offers_a_new_customer_with_what_was_typed(
    settings: Settings, people: dict[str, int], typed: str, field: str, expected: object
) -> None:
    async with hand(settings) as user:
        await user.type(typed)
        await user.sees("Nothing found", "^N makes a new customer")
        await user.press("ctrl+n")
        screen = await user.on(NewCustomerScreen)
        await user.until(lambda: screen.form.staged() == {field: expected})


async def test_a_new_customer_is_in_the_list_afterwards(settings: Settings) -> None:
    async with hand(settings) as user:
        user.send(*"Zora", "ctrl+n", "ctrl+s")
        await user.on(CustomerScreen)
        await user.press("escape")
        await user.found("Zora")


async def test_keys_typed_before_the_database_is_open_are_not_lost(
    settings: Settings, people: dict[str, int]
) -> None:
    app = Shell(settings, "ana")
    async with app.run_test() as pilot:
        user = Hand(pilot)
        user.send(*"georg", "enter")
        await pilot.pause()
        assert user.query == "georg"
        app.spawn(app._open())
        screen = await user.on(CustomerScreen)
        assert screen.customer_id == people["Georg Müller"]


async def test_a_key_before_the_database_is_open_waits_for_it(settings: Settings) -> None:
    app = Shell(settings, "ana")
    async with app.run_test() as pilot:
        user = Hand(pilot)
        user.send("ctrl+n", *"Zora", "tab")
        await pilot.pause()
        app.spawn(app._open())
        screen = await user.on(NewCustomerScreen)
        await user.until(lambda: screen.form.staged().get("name") == "Zora")


async def test_a_colleagues_change_shows_without_a_key(
    settings: Settings, session: Session, people: dict[str, int]
) -> None:
    async with hand(settings, size=(160, 30)) as user:
        await user.type("ada")
        await user.sees("London")
        edit(session, people["Ada Lovelace"], city="Turin")
        await user.sees("Turin")
        await user.misses("London")
        add(session, "Adam Smith")
        await user.found("Ada Lovelace", "Adam Smith")


async def test_the_cursor_stays_on_its_customer_when_the_list_is_read_anew(
    settings: Settings, session: Session
) -> None:
    for n in range(150):
        add(session, f"Customer {n:03}")
    async with hand(settings) as user:
        await user.until(lambda: user.home.list.source.count == 150)
        await user.press("tab", "end")
        await user.until(lambda: user.home.current is not None)
        before = user.home.current
        assert before is not None
        add(session, "Somebody else")
        await user.until(lambda: user.home.list.source.count == 151)
        await user.until(lambda: user.home.current is not None)
        assert user.home.current is not None
        assert user.home.current.id == before.id


async def test_the_card_shows_the_highlighted_customer_on_a_wide_terminal_only(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings, size=(120, 30)) as user:
        await user.type("grete")
        await user.sees("@ grete@example.com")
        await user.pilot.resize_terminal(80, 24)
        await user.misses("@ grete@example.com")


async def test_copying_a_number_puts_it_on_the_terminals_clipboard(
    settings: Settings, people: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hand(settings) as user:
        await user.type("grete")
        await user.press("ctrl+y")
        await user.sees("Copied: 0451 371-1024")
        assert user.app.clipboard == "0451 371-1024"
        await user.press("alt+y")
        await user.sees("Copied: grete@example.com")
        await user.press("escape", "ctrl+y")


async def test_help_and_back_leaves_the_query_alone(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.type("grete")
        await user.press("f1")
        await user.on(HelpScreen)
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.home)
        assert user.query == "grete"
        assert user.home.field.has_focus


async def test_marks_outlive_another_search(settings: Settings, people: dict[str, int]) -> None:
    async with hand(settings) as user:
        await user.type("georg")
        await user.press("ctrl+t", "escape")
        await user.type("ada")
        await user.press("ctrl+t")
        await user.sees("2 marked")
        wanted = {people["Georg Müller"], people["Ada Lovelace"]}
        assert user.home.list.marks == wanted
        await user.press("alt+a")
        await user.misses("2 marked")


async def test_keys_of_the_screen_work_while_text_is_typed(
    settings: Settings, people: dict[str, int]
) -> None:
    async with hand(settings) as user:
        await user.type("muller")
        await user.press("home", "ctrl+a")  # a text field's own Ctrl+A would go to its start
        await user.sees("2 marked")
        await user.press("ctrl+f")
        await user.until(lambda: user.app.screen is not user.home)
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.home)
        assert user.query == "muller"


async def test_a_new_database_is_told_so_that_a_wrong_address_is_noticed(
    settings: Settings, tmp_path: Path
) -> None:
    address = replace(settings.database, url=f"sqlite:///{tmp_path}/crn.db")
    mistyped = replace(settings, database=address)
    async with hand(mistyped, size=(160, 30)) as user:
        await user.sees("Made a new database: sqlite:///")
    async with hand(mistyped, size=(160, 30)) as user:
        await user.found()
        await user.misses("Made a new database")


async def test_a_database_that_takes_long_to_open_is_explained(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_screen, "_LONG", 0.01)
    async with Shell(settings, "ana").run_test() as pilot:
        await until(pilot, lambda: "brought up to date" in text(pilot))
