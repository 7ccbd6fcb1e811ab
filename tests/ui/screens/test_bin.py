"""The recycle bin: found, brought back with marks, and purged by whoever types the number."""

from __future__ import annotations

import pytest

from tests.conftest import add_user
from tests.ui.screens.hand import Hand, add, hand, value
from tui_crm.config import Settings
from tui_crm.core import recycle
from tui_crm.core.changes import Delete, Request, apply
from tui_crm.core.session import Session
from tui_crm.errors import NotFound
from tui_crm.ui.screens.bin import BinScreen
from tui_crm.ui.screens.history import HistoryScreen
from tui_crm.ui.widgets.prompt import Ask, Confirm


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture
def deleted(session: Session) -> list[int]:
    """Ada of Engines, Bob and Cid; Cid was deleted last."""
    ids = [add(session, "Ada", organization="Engines"), add(session, "Bob"), add(session, "Cid")]
    for id_ in ids:
        apply(session, Request([Delete(id_)], "delete"))
    return ids


async def opened(user: Hand) -> BinScreen:
    await user.press("f8")
    screen = await user.on(BinScreen)
    await user.sees("Recycle bin", "Cid")
    return screen


async def test_it_lists_the_newest_first_and_finds(settings: Settings, deleted: list[int]) -> None:
    async with hand(settings, size=(100, 30)) as user:
        screen = await opened(user)
        places = [user.text.index(name) for name in ("Cid", "Bob", "Ada")]
        assert places == sorted(places)
        await user.sees("3 customers", "ana")
        await user.press("slash")
        await user.type("engi")
        await user.sees("1 customer")
        await user.misses("Bob")
        await user.press("enter", "enter")
        await user.on(HistoryScreen)
        await user.sees("Ada", "moved to the recycle bin")
        await user.press("escape")
        await user.on(BinScreen)
        await user.press("slash")
        await user.type("zzz")
        await user.sees("Nobody like that.")
        await user.press("escape")
        await user.sees("3 customers")
        assert screen.list.has_focus


async def test_the_marked_ones_come_back_and_one_undo_deletes_them_again(
    settings: Settings, session: Session, deleted: list[int]
) -> None:
    async with hand(settings, size=(100, 30)) as user:
        await opened(user)
        await user.press("space", "space")
        await user.sees("2 marked")
        await user.press("r")
        await user.on(Confirm)
        await user.sees("Bring 2 customers back?")
        await user.press("y")
        await user.sees("2 customers are back", "1 customer")
        assert recycle.ids(session) == [deleted[0]]
        assert value(session, deleted[2], "name") == "Cid"
        await user.press("ctrl+z")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("3 customers")
        await user.press("ctrl+r")
        await user.on(Confirm)
        await user.sees("become again what the change made of them")
        await user.press("y")
        await user.sees("2 records done again")
    assert recycle.ids(session) == [deleted[0]]


async def test_a_purge_needs_the_number_to_be_typed(
    settings: Settings, session: Session, deleted: list[int]
) -> None:
    async with hand(settings, size=(100, 30)) as user:
        await opened(user)
        await user.press("a")
        await user.sees("3 marked")
        await user.press("p")
        await user.on(Ask)
        await user.sees("3 customers go for good", "Type 3 to do it.")
        await user.press("2", "enter")
        await user.sees("nothing was removed")
        assert len(recycle.ids(session)) == 3
        await user.press("p")
        await user.on(Ask)
        await user.press("escape")
        await user.on(BinScreen)
        await user.press("p")
        await user.on(Ask)
        await user.press("3", "enter")
        await user.sees("3 customers are gone for good", "It is empty.")
    assert recycle.ids(session) == []
    with pytest.raises(NotFound):
        recycle.restore(session, deleted[:1])


async def test_an_agent_restores_but_does_not_purge(
    settings: Settings, session: Session, deleted: list[int]
) -> None:
    add_user("eve", role="agent")
    async with hand(settings, size=(100, 30), login="eve") as user:
        await opened(user)
        await user.press("p")
        await user.sees("Only an administrator")
        await user.press("r")
        await user.sees("1 customer is back")
    assert recycle.ids(session) == deleted[:2]


async def test_those_who_are_due_are_marked(
    settings: Settings, session: Session, deleted: list[int]
) -> None:
    session.db.run(
        "UPDATE customer SET deleted_at = '2020-01-01T00:00:00Z' WHERE id = ?", (deleted[1],)
    )
    async with hand(settings, size=(100, 30)) as user:
        screen = await opened(user)
        await user.sees("1 due to be purged")
        await user.press("d")
        await user.until(lambda: screen.list.marks == frozenset({deleted[1]}))
        await user.press("A", "d")
        await user.until(lambda: screen.list.marks == frozenset({deleted[1]}))


async def test_somebody_elses_delete_appears(
    settings: Settings, session: Session, deleted: list[int]
) -> None:
    new = add(session, "Dan")
    async with hand(settings, size=(100, 30)) as user:
        await opened(user)
        apply(session, Request([Delete(new)], "delete"))
        user.app.spread([new])
        await user.sees("Dan", "4 customers")


async def test_hostile_names_are_only_text(settings: Settings, session: Session) -> None:
    id_ = add(session, "[/x] [@click=app.quit]q\u202e", organization="[red]")
    apply(session, Request([Delete(id_)], "delete"))
    async with hand(settings) as user:
        await user.press("f8")
        await user.sees("[/x] [@click")
        assert "\u202e" not in user.text
