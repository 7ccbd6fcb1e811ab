"""Keeps a form's draft on the disk while it is typed, without typing waiting for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui_crm.core import drafts

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_WAIT = 0.04  # seconds of typing that are gathered into one write


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A form as it is now."""

    title: str
    data: Mapping[str, Any]
    parked: bool = False


class DraftKeeper:
    """Writes the draft of one form, one write at a time, always the newest state."""

    def __init__(
        self, session: Session, kind: str, key: str, snapshot: Callable[[], Snapshot]
    ) -> None:
        self._session = session
        self._kind = kind
        self._key = key
        self._snapshot = snapshot
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._closed = False

    def touch(self) -> None:
        """The form changed."""
        if self._closed:
            return
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._write_soon())
        else:
            self._again = True

    async def _write_soon(self) -> None:
        while True:
            await asyncio.sleep(_WAIT)
            self._again = False
            if self._closed:
                return
            await asyncio.to_thread(self._write, self._snapshot())
            if not self._again:
                return

    def _write(self, snapshot: Snapshot) -> None:
        drafts.save(
            self._session,
            self._kind,
            self._key,
            snapshot.title,
            snapshot.data,
            parked=snapshot.parked,
        )

    async def keep(self) -> None:
        """Write the form as it is now and stop; it is on the disk when this returns."""
        await self._stop()
        await asyncio.to_thread(self._write, self._snapshot())

    async def discard(self) -> None:
        """Stop, and forget the draft."""
        await self._stop()
        await asyncio.to_thread(drafts.discard, self._session, self._kind, self._key)

    async def _stop(self) -> None:
        self._closed = True
        if self._task is not None and not self._task.done():
            await self._task
