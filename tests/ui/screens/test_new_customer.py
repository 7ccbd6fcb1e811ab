"""Enter a new customer: what was typed is in its field, and nothing is lost on the way."""

from __future__ import annotations

import pytest

from tests.ui.screens.hand import Hand, add, hand, value
from tui_crm.config import Settings
from tui_crm.core import drafts, history
from tui_crm.core.fields import BUILT_IN
from tui_crm.core.session import Session
from tui_crm.errors import DatabaseUnreachable
from tui_crm.ui.screens import new_customer as new_customer_screen
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.new_customer import NewCustomerScreen, prefill
from tui_crm.ui.screens.today import TodayScreen
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
