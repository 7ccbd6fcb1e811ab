"""Two people, one field: what each saw and wants, and a choice for every field."""

from __future__ import annotations

from tests.ui.screens.hand import Hand, add, edit, hand, value
from tui_crm.config import Settings
from tui_crm.core.session import Session
from tui_crm.ui.screens.conflict import ConflictScreen
from tui_crm.ui.screens.customer import CustomerScreen


async def clash(user: Hand, session: Session, id_: int) -> ConflictScreen:
    """Edit three fields of which a colleague changes two meanwhile, and save."""
    await user.press("enter")
    screen = await user.on(CustomerScreen)
    await user.until(lambda: screen._customer is not None)
    screen.form.stage("city", "Turin")
    screen.form.stage("status", "active")
    screen.form.stage("title", "Countess")
    edit(session, id_, city="Paris", status="lost")
    await user.press("ctrl+s")
    return await user.on(ConflictScreen)


async def test_each_field_is_decided_for_itself(settings: Settings, session: Session) -> None:
    ada = add(session, "Ada", city="London", status="lead")
    async with hand(settings, size=(100, 50)) as user:
        await clash(user, session, ada)
        await user.sees("ana changed", "London", "Paris", "● Turin", "Lead", "Lost", "● Active")
        await user.press("down", "space", "enter")
        await user.sees("Saved.")
    chosen = value(session, ada, "city"), value(session, ada, "status")
    assert chosen in (("Turin", "lost"), ("Paris", "active"))  # whichever row was the second
    assert value(session, ada, "title") == "Countess"


async def test_all_theirs_still_saves_what_nobody_else_touched(
    settings: Settings, session: Session
) -> None:
    ada = add(session, "Ada", city="London", status="lead")
    async with hand(settings, size=(100, 50)) as user:
        await clash(user, session, ada)
        await user.press("t", "enter")
        await user.sees("Saved.")
    assert [value(session, ada, name) for name in ("city", "status", "title")] == [
        "Paris",
        "lost",
        "Countess",
    ]


async def test_a_third_change_while_deciding_asks_again(
    settings: Settings, session: Session
) -> None:
    ada = add(session, "Ada", city="London", status="lead")
    async with hand(settings, size=(100, 50)) as user:
        first = await clash(user, session, ada)
        edit(session, ada, city="Rome")
        await user.press("m", "enter")
        await user.until(lambda: user.app.screen is not first)
        await user.on(ConflictScreen)
        await user.sees("Rome", "● Turin")
        await user.press("enter")
        await user.sees("Saved.")
    assert value(session, ada, "city") == "Turin"


async def test_it_fits_a_small_terminal_and_shows_hostile_values(
    settings: Settings, session: Session
) -> None:
    ada = add(session, "Ada", city="London", status="lead")
    async with hand(settings) as user:
        await user.press("enter")
        screen = await user.on(CustomerScreen)
        await user.until(lambda: screen._customer is not None)
        screen.form.stage("city", "mine [/x]")
        edit(session, ada, city="theirs [@click=app.quit]q[/] \u202e\x1b[31m")
        await user.press("ctrl+s")
        await user.on(ConflictScreen)
        await user.sees("mine [/x]", "theirs [@cl", "Space switches", "Enter saves")
        assert "\x1b" not in user.text


async def test_a_value_that_is_cut_stands_below_in_full(
    settings: Settings, session: Session
) -> None:
    ada = add(session, "Ada", city="Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch")
    async with hand(settings) as user:
        await user.press("enter")
        screen = await user.on(CustomerScreen)
        await user.until(lambda: screen._customer is not None)
        screen.form.stage("city", "Turin")
        edit(session, ada, city="Paris")
        await user.press("ctrl+s")
        await user.on(ConflictScreen)
        await user.sees("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", "● Turin")
