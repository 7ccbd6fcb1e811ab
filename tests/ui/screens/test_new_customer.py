"""Enter a new customer: what was typed is in its field, and nothing is lost on the way."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.conftest import add_user
from tests.ui.screens.hand import Hand, add, hand, value
from tui_crm.config import Settings
from tui_crm.core import drafts, history
from tui_crm.core.fields import BUILT_IN
from tui_crm.core.session import Session
from tui_crm.errors import DatabaseUnreachable
from tui_crm.ui import look_alikes
from tui_crm.ui.screens import new_customer as new_customer_screen
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.new_customer import NewCustomerScreen, prefill
from tui_crm.ui.screens.today import TodayScreen
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Confirm


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", {}),
        ("  Ada   King ", {"name": "Ada King"}),
        ("王小明", {"name": "王小明"}),
        ("0451/371 10 24", {"phones": ("0451/371 10 24",)}),
        ("+86 138-1234-5678", {"phones": ("+86 138-1234-5678",)}),
        ("ada@example.com", {"emails": ("ada@example.com",)}),
        ("status:lead -city:Bern sort:name", {}),
        ('"Ada King" tag:vip', {"name": "Ada King"}),
        ("Ada\x1b[31m\u202e", {"name": "Ada[31m"}),
    ],
)
def test_what_was_typed_goes_into_the_field_that_it_fits(typed: str, expected: object) -> None:
    assert prefill(typed, BUILT_IN) == expected


async def blank(user: Hand, typed: str = "") -> NewCustomerScreen:
    """Open the form."""
    user.send(*typed, "ctrl+n")
    screen = await user.on(NewCustomerScreen)
    await user.until(lambda: screen._keeper is not None)
    return screen


async def test_name_and_number_are_enough(settings: Settings, session: Session) -> None:
    async with hand(settings) as user:
        user.send(*"Zora", "ctrl+n", *"044 668 18 00", "tab", "ctrl+s")
        screen = await user.on(CustomerScreen)
        await user.sees("Zora", "044 668 18 00")
        assert value(session, screen.customer_id, "name") == "Zora"
        assert value(session, screen.customer_id, "phones") == ("044 668 18 00",)


async def test_a_form_without_a_name_says_so(settings: Settings, session: Session) -> None:
    async with hand(settings) as user:
        screen = await blank(user)
        await user.press("ctrl+s")
        await user.sees("A customer needs a name.")
        assert screen.form.current == "name"
        assert history.latest_id(session) == 0


async def test_a_value_that_is_refused_is_said_at_its_field(
    settings: Settings, session: Session
) -> None:
    async with hand(settings, size=(100, 50)) as user:
        screen = await blank(user, "Zora")
        screen.form.stage("phones", ("no number",))
        await user.press("ctrl+s")
        await user.until(lambda: screen.form.current == "phones")
        await user.sees("is no phone number")
        assert history.latest_id(session) == 0


async def test_saving_again_after_a_lost_answer_makes_one_customer(
    settings: Settings, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = new_customer_screen.create

    def lost(*arguments: object) -> None:
        create(*arguments)  # type: ignore[arg-type]
        raise DatabaseUnreachable("The connection broke.")

    async with hand(settings) as user:
        await blank(user, "Zora")
        with monkeypatch.context() as patch:
            patch.setattr(new_customer_screen, "create", lost)
            await user.press("ctrl+s")
            await user.sees("The connection broke.")
        await user.press("ctrl+s")
        await user.on(CustomerScreen)
        await user.press("escape")
        await user.found("Zora")


@pytest.mark.parametrize(("key", "kept"), [("k", 1), ("d", 0), ("s", 0)])
async def test_leaving_asks(settings: Settings, session: Session, key: str, kept: int) -> None:
    async with hand(settings) as user:
        await blank(user, "Zora")
        await user.press("escape")
        await user.on(Confirm)
        await user.press(key)
        if key == "s":
            await user.on(CustomerScreen)
        else:
            await user.until(lambda: user.app.screen is user.home)
        await user.until(lambda: len(drafts.load_all(session)) == kept)
        assert bool(history.latest_id(session)) is (key == "s")


async def test_an_empty_form_is_left_without_a_question(
    settings: Settings, session: Session
) -> None:
    async with hand(settings) as user:
        await blank(user)
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.home)
        assert drafts.load_all(session) == []


async def test_a_half_typed_name_is_there_after_the_app_died(
    settings: Settings, session: Session
) -> None:
    async with hand(settings) as user:
        await blank(user)
        await user.type("Johanna Mül")
        await user.until(lambda: [d.title for d in drafts.load_all(session)] == ["Johanna Mül"])
    async with hand(settings) as user:
        await user.sees("1 unfinished form is kept")
        await user.press("f2")
        await user.on(TodayScreen)
        await user.sees("Johanna Mül")
        await user.press("enter")
        screen = await user.on(NewCustomerScreen)
        await user.until(lambda: screen.form.staged() == {"name": "Johanna Mül"})
        await user.press("ctrl+s")
        await user.on(CustomerScreen)
        assert drafts.load_all(session) == []


async def test_the_form_opens_above_the_list_that_did_find_somebody(
    settings: Settings, session: Session
) -> None:
    add(session, "Zora")
    async with hand(settings) as user:
        await user.type("zora")
        await user.found("Zora")
        screen = await blank(user)
        assert screen.form.staged() == {}


async def test_who_is_here_already_is_said_while_typing(
    settings: Settings, session: Session
) -> None:
    ana = add(session, "Ana Müller", phones=("+41 61 555 12 12",), city="Basel")
    async with hand(settings) as user:
        screen = await blank(user)
        focused = screen.focused
        screen.form.stage("phones", ("0041615551212",))
        await user.type("Mueller, Ana")
        await user.sees("Looks like: Ana Müller, Basel (Phones: the same")
        assert screen.form.editing == "name"
        assert screen.focused is not None and screen.focused is not focused
        await user.press("ctrl+o")
        opened = await user.on(CustomerScreen)
        assert opened.customer_id == ana
        await user.sees("is kept as a draft")
        assert [draft.title for draft in drafts.load_all(session)] == ["Mueller, Ana"]
        assert user.query == ""


async def test_of_several_look_alikes_one_is_chosen(settings: Settings, session: Session) -> None:
    for name in ("Ana Müller", "A. Müller"):
        add(session, name, phones=("+41 61 555 12 12",))
    async with hand(settings) as user:
        screen = await blank(user)
        screen.form.stage("phones", ("+41615551212",))
        screen.form.stage("name", "Ana Mueller")
        await user.sees("and 1 more")
        await user.press("ctrl+o")
        await user.on(Picker)
        await user.press("escape")
        await user.on(NewCustomerScreen)
        await user.press("ctrl+o")
        await user.on(Picker)
        await user.press("down", "enter")
        opened = await user.on(CustomerScreen)
        assert opened.customer_id == screen._alikes.found[1].customer.id


async def test_nobody_hidden_is_named(settings: Settings, session: Session) -> None:
    eve = add_user("eve", role="agent", scope="own")
    add(session, "Ana Müller", phones=("+41 61 555 12 12",))
    add(Session(session.db, session.settings, eve), "Anna Müller", phones=("061 555 12 12",))
    async with hand(settings, login="eve") as user:
        screen = await blank(user)
        screen.form.stage("phones", ("+41615551212",))
        screen.form.stage("name", "Ana Müller")
        await user.sees("Looks like: Anna Müller")
        assert len(screen._alikes.found) == 1


async def test_only_the_newest_answer_about_look_alikes_counts(
    settings: Settings, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(session, "Ana Müller", emails=("ana@example.com",))
    add(session, "Bob Builder", emails=("bob@example.com",))
    real = look_alikes.alike
    asked, go_on = threading.Event(), threading.Event()

    def slow(session: Session, values: Any, *, cancel: Any) -> Any:
        if values["emails"] == ("ana@example.com",):
            asked.set()
            go_on.wait(10)
        return real(session, values, cancel=cancel)

    monkeypatch.setattr(look_alikes, "alike", slow)
    async with hand(settings) as user:
        screen = await blank(user)
        screen.form.stage("emails", ("ana@example.com",))
        await user.until(asked.is_set)
        screen.form.stage("emails", ("bob@example.com",))
        screen.form.stage("name", "Bob Builder")
        await user.until(
            lambda: screen._alikes._asked is not None and len(screen._alikes._asked) == 2
        )
        go_on.set()
        await user.sees("Looks like: Bob Builder")


async def test_a_hint_that_fails_hinders_nobody(
    settings: Settings, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **named: object) -> None:
        raise DatabaseUnreachable("The connection broke.")

    monkeypatch.setattr(look_alikes, "alike", broken)
    async with hand(settings) as user:
        screen = await blank(user, "Zora")
        await user.until(
            lambda: screen._alikes._asked is None and screen._alikes._timer is not None
        )
        await user.press("ctrl+o")
        await user.sees("Nobody looks like this one.")
        await user.press("ctrl+s")
        await user.on(CustomerScreen)
