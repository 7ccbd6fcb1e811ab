"""Keeps a form's draft on the disk while it is typed, without typing waiting for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui_crm.core import drafts
from tui_crm.errors import CrmError
from tui_crm.text.i18n import _

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
    """Writes the draft of one form, one write at a time, always the newest state.

    `snapshot` gives the form as it is now, or None where nothing of it is worth keeping.
    `failed` is told once, on the event loop, when a draft cannot be written.
    """

    def __init__(
        self,
        session: Session,
        kind: str,
        key: str,
        snapshot: Callable[[], Snapshot | None],
        failed: Callable[[CrmError], None],
    ) -> None:
        self._session = session
        self._kind = kind
        self._key = key
        self._snapshot = snapshot
        self._failed = failed
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._closed = False
        self._told = False

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
            try:
                await asyncio.to_thread(self._write, self._snapshot())
            except CrmError as error:
                if not self._told:
                    self._told = True
                    self._failed(error)
                return
            if not self._again:
                return

    def _write(self, snapshot: Snapshot | None) -> None:
        if snapshot is None:
            self._forget()
            return
        try:
            drafts.save(
                self._session,
                self._kind,
                self._key,
                snapshot.title,
                snapshot.data,
                parked=snapshot.parked,
            )
        except OSError as error:
            raise CrmError(
                _("The draft cannot be kept: {error}.").format(error=error.strerror or error),
                _("Save the form before you leave it."),
            ) from error

    async def keep(self) -> None:
        """Write the form as it is now and stop; it is on the disk when this returns.

        Raises:
            CrmError: it cannot be written.
        """
        await self._stop()
        try:
            await asyncio.to_thread(self._write, self._snapshot())
        except CrmError:
            self._closed = False  # the form stays, and with it the hope for a draft
            raise

    async def discard(self) -> None:
        """Stop, and forget the draft."""
        await self._stop()
        await asyncio.to_thread(self._forget)

    def _forget(self) -> None:
        with suppress(OSError):  # a draft that cannot be deleted is offered again, no more
            drafts.discard(self._session, self._kind, self._key)

    async def _stop(self) -> None:
        self._closed = True
        if self._task is not None and not self._task.done():
            await self._task
