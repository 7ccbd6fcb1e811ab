"""Long work shows how far it is once it takes a while, and stops when it is asked to."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest

from tests.ui.screens.hand import add, edit, hand, value
from tui_crm.config import Settings
from tui_crm.core import changes
from tui_crm.core.session import Session
from tui_crm.errors import CrmError
from tui_crm.ui.screens.search import SearchScreen
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.work import Cancel
from tui_crm.ui.working import Working


async def test_an_undo_that_takes_long_is_stopped_with_escape(
    settings: Settings,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    id_ = add(session, "Ada", city="Bern")
    edit(session, id_, city="Rome")
    go_on, undo = Event(), changes.undo

    def slow(
        *args: object, progress: Callable[[int, int], None], cancel: Cancel, **options: object
    ) -> object:
        progress(3, 8)
        go_on.wait(20)
        if cancel.cancelled:
            raise CrmError("Stopped. Nothing was changed.")
        return undo(*args, progress=progress, cancel=cancel, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(changes, "undo", slow)
    async with hand(settings) as user:
        await user.press("ctrl+z")
        await user.on(Working)
        await user.sees("3 of 8", "Esc stops it")
        await user.press("escape")
        await user.sees("stopping")
        go_on.set()
        await user.on(SearchScreen)
        await user.sees("Stopped. Nothing was changed.")
        await user.press("ctrl+z")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("1 record taken back")
    assert value(session, id_, "city") == "Bern"
