"""Driving the app in a test: start it, wait for what happens in its lanes, read its screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from tui_crm.config import Settings
from tui_crm.ui.app import CrmApp


class Shell(CrmApp):
    """The app before its database is open, for as long as the test lasts."""

    def _start_opening(self) -> None:
        pass


@asynccontextmanager
async def running(
    settings: Settings, *, size: tuple[int, int] = (80, 24), login: str = "ana"
) -> AsyncIterator[Pilot[None]]:
    """The app on the database of `settings`, opened."""
    app = CrmApp(settings, login)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.session is not None)
        yield pilot


async def until(pilot: Pilot[Any], ready: Callable[[], bool]) -> None:
    """Let the app work until `ready`; the test's own time limit ends what never is."""
    async with asyncio.timeout(8):
        while not ready():
            await pilot.pause()
            await asyncio.sleep(0)
    await pilot.pause()


def lines(pilot: Pilot[Any]) -> list[str]:
    """The text of the top screen, line by line."""
    compositor = pilot.app.screen._compositor
    return ["".join(segment.text for segment in strip) for strip in compositor.render_strips()]


def text(pilot: Pilot[Any]) -> str:
    """The text of the top screen."""
    return "\n".join(line.rstrip() for line in lines(pilot))
