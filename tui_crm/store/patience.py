"""How long one who writes waits for others who do, and what is told meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

NOTICE_AFTER = 1.0  # seconds of waiting; who waits for less is told nothing


class Stop(Protocol):
    """A request to stop, which may come from another thread."""

    @property
    def cancelled(self) -> bool:
        """Whether it came."""

    def on_cancel(self, hook: Callable[[], None] | None) -> None:
        """Call `hook`, from any thread, when it comes; None takes it back."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is waited for: a login, empty where it is not known, and since when they write."""

    who: str
    since: datetime  # UTC


@dataclass(frozen=True, slots=True)
class Patience:
    """What to do while others write first.

    `notice` is called about once a second, in the thread that waits or in another one; `stop` ends
    the waiting; after `limit` seconds (None: never) it is given up.
    """

    notice: Callable[[Holder], None] | None = None
    stop: Stop | None = None
    limit: float | None = 30.0


class Waits:
    """How the threads of one open database wait, and under which name they write."""

    def __init__(self) -> None:
        self.who = ""
        self.usual = Patience()
        self._local = threading.local()

    @property
    def patience(self) -> Patience:
        """That of this thread."""
        found: Patience = getattr(self._local, "patience", self.usual)
        return found

    @contextmanager
    def under(self, patience: Patience) -> Iterator[None]:
        """Wait so on this thread."""
        before = self.patience
        self._local.patience = patience
        try:
            yield
        finally:
            self._local.patience = before
