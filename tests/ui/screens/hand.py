"""A user's hand on the app: types, pastes, waits for what is to be seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from tests.ui.screens.piloting import running, text
from tui_crm.config import Settings
from tui_crm.core import customers
from tui_crm.core.changes import Create, Edit, Request, Update, apply
from tui_crm.core.rows import Value
from tui_crm.core.session import Session
from tui_crm.ui.app import CrmApp
from tui_crm.ui.screens.search import SearchScreen

S = TypeVar("S", bound=Screen[Any])


class Hand:
    """Types into a running app. Keys go in as a terminal sends them: all at once."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.pilot = pilot
        self.app = cast(CrmApp, pilot.app)
        self.keys = 0
        """Keys pressed so far, typed text not counted."""
        self.patient = True
        """Whether to let the app come to rest after each step; thousands of steps cannot."""

    def send(self, *keys: str) -> None:
        """Press keys by name without waiting for any effect."""
        for key in keys:
            single = len(key) == 1
            name = _character_to_key(key) if single and not key.isalnum() else key
            character = key if single else {"space": " "}.get(key)
            self.app.post_message(events.Key(name, character))

    async def press(self, *keys: str) -> None:
        """Press keys at once, then wait until they took effect, or wait for an answer."""
        self.send(*keys)
        self.keys += len(keys)
        await self._taken()

    async def type(self, words: str) -> None:
        """Type text at once, then wait until it is in its field."""
        self.send(*words)
        await self._taken()

    async def paste(self, words: str) -> None:
        """Paste text."""
        self.app.post_message(events.Paste(words))
        await self._taken()

    async def _taken(self) -> None:
        app = self.app
        await self.until(
            lambda: (
                app._message_queue.empty()
                and (bool(app._holders) or not (app._typed or app._key_at_work))
            )
        )

    async def sees(self, *words: str) -> None:
        """Wait until all of these are on the screen."""
        await self._wait(lambda: all(word in self.text for word in words), f"{words} is not seen")

    async def misses(self, word: str) -> None:
        """Wait until this is not on the screen any more."""
        await self._wait(lambda: word not in self.text, f"{word!r} is still seen")

    async def on(self, kind: type[S]) -> S:
        """Wait until a screen of this kind is on top; gives it."""

        def there() -> bool:
            return isinstance(self.app.screen, kind) and self.app.screen._is_mounted

        await self._wait(there, f"no {kind.__name__}")
        return cast(S, self.app.screen)

    async def until(self, ready: Any) -> None:
        """Wait until `ready()`."""
        await self._wait(ready, "it did not happen")

    async def _wait(self, ready: Any, what: str) -> None:
        try:
            async with asyncio.timeout(10):
                while not ready():
                    await asyncio.sleep(0.002)
            if self.patient:
                await self.pilot.pause()
        except TimeoutError:
            raise AssertionError(f"{what}; the screen shows:\n{self.text}") from None

    @property
    def text(self) -> str:
        """What the screen on top shows, and below it the last screen that is not a question."""
        return text(self.pilot)

    @property
    def home(self) -> SearchScreen:
        """The search."""
        return next(s for s in self.app.screen_stack if isinstance(s, SearchScreen))

    @property
    def query(self) -> str:
        """What stands in the search field."""
        return self.home.field.value

    @property
    def names(self) -> list[str]:
        """The names that the list shows, as far as they are loaded."""
        source = self.home.list.source
        rows: list[Any] = [source.row(index) for index in range(source.count)]
        return [row.row.name for row in rows if row is not None]

    async def found(self, *names: str) -> None:
        """Wait until the list shows exactly these customers, in any order."""
        await self._wait(lambda: sorted(self.names) == sorted(names), f"not found: {names}")


@asynccontextmanager
async def hand(
    settings: Settings, *, size: tuple[int, int] = (80, 24), login: str = "ana"
) -> AsyncIterator[Hand]:
    """A hand on the app at the database of `settings`, with the first answer on the screen."""
    async with running(settings, size=size, login=login) as pilot:
        user = Hand(pilot)
        await user.until(lambda: user.home._shown == "")
        yield user


def add(session: Session, name: str = "Ada Lovelace", **values: Value) -> int:
    """Make a customer; gives the id."""
    request = Request([Create({"name": name, **values})], "create")
    return apply(session, request).record_ids[0]


def edit(session: Session, id_: int, **values: Value) -> None:
    """Change fields of a customer, as another session would."""
    apply(session, Request([Update(id_, Edit(values))], "edit"))


def value(session: Session, id_: int, field: str) -> Value:
    """What a field of a customer holds now."""
    return customers.get(session, id_).values[field]
