"""Database work off the event loop, so that a key is never answered late because a disk is.

`Work` owns three lanes of one thread each: "query" for what a screen shows, "write" for what is
saved, "long" for batches and imports, so that neither a batch nor a save that waits for somebody
else's batch delays a search. One thread a lane keeps the order of requests and needs one database
connection a lane. Idle lanes wait on a lock and use no processor time.

`Latest` sits on top for questions that replace each other, such as a search while typing: only
the newest answer of a purpose is delivered, and the older question is told to stop.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from tui_crm.errors import CrmError
from tui_crm.text.i18n import _

T = TypeVar("T")
log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with (done, total), both counts of rows."""


class Cancelled(Exception):  # noqa: N818 - it is no error
    """Raised inside a job by `Cancel.check` when nobody waits for its answer any more."""


class Cancel:
    """A request to stop, handed to a job that runs in a lane."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._hook: Callable[[], None] | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the answer is no longer wanted."""
        return self._cancelled

    def check(self) -> None:
        """Leave the job when it was cancelled.

        Raises:
            Cancelled: nobody waits for the answer.
        """
        if self._cancelled:
            raise Cancelled

    def on_cancel(self, hook: Callable[[], None] | None) -> None:
        """Call `hook` once, from any thread, when the cancel comes (an SQLite interrupt, say).

        `None` takes the hook back, which a job does before it gives up what the hook would
        interrupt. A hook that is set too late is called at once.
        """
        with self._lock:
            self._hook = hook
            late = self._cancelled and hook is not None
        if late and hook is not None:
            hook()

    def cancel(self) -> None:
        """Ask the job to stop; asking twice is asking once."""
        with self._lock:
            if self._cancelled:
                return
            self._cancelled = True
            # Called under the lock, so that a job that took its hook back is not interrupted.
            if self._hook is not None:
                self._hook()


class Work:
    """The lanes of one app. Made on the event loop; `close` when the app ends."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop or asyncio.get_running_loop()
        self._context = copy_context()  # that of a lane's thread does not know the app
        self._query = ThreadPoolExecutor(1, thread_name_prefix="crm-query")
        self._write = ThreadPoolExecutor(1, thread_name_prefix="crm-write")
        self._long = ThreadPoolExecutor(1, thread_name_prefix="crm-long")
        self._writes: set[Cancel] = set()

    async def query(self, fn: Callable[..., T], *args: Any) -> T:
        """The answer of `fn(*args)`, computed in the query lane.

        Raises:
            CrmError: what `fn` raised, or a stand-in for an unexpected error, which is logged.
        """
        return await self.answer(self.start(partial(fn, *args)))

    def start(self, job: Callable[[], T]) -> asyncio.Future[T]:
        """Put `job` into the query lane; wait for what it gives with `answer`."""
        return self._put(self._query, job)

    async def write(self, job: Callable[[], T], cancel: Cancel) -> T:
        """The answer of `job()`, computed in the write lane; `cancel`, which the job heeds, is
        cancelled when the app ends.

        Raises:
            CrmError: as for `query`.
        """
        self._writes.add(cancel)
        try:
            return await self.answer(self._put(self._write, job))
        finally:
            self._writes.discard(cancel)

    async def long(self, fn: Callable[..., T], *args: Any, progress: Progress | None = None) -> T:
        """The answer of `fn(*args)`, computed in the long lane.

        With `progress`, `fn` gets a `progress=` argument that it may call as often as it likes;
        `progress` itself is called on the event loop with the newest figures only.

        Raises:
            CrmError: as for `query`.
        """
        job: Callable[[], T] = (
            partial(fn, *args)
            if progress is None
            else partial(fn, *args, progress=self.relay(progress))
        )
        return await self.answer(self._put(self._long, job))

    def close(self) -> None:
        """Drop what waits; jobs that run end by themselves."""
        for cancel in list(self._writes):
            cancel.cancel()
        self._write.shutdown(wait=False, cancel_futures=True)
        self._query.shutdown(wait=False, cancel_futures=True)
        self._long.shutdown(wait=False, cancel_futures=True)

    def _put(self, lane: ThreadPoolExecutor, job: Callable[[], T]) -> asyncio.Future[T]:
        try:
            return self._loop.run_in_executor(lane, job)
        except RuntimeError:  # the lanes are closed: the app ends, and nobody waits any more
            nothing: asyncio.Future[T] = self._loop.create_future()
            nothing.cancel()
            return nothing

    async def answer(self, coming: asyncio.Future[T]) -> T:
        """What a job gives.

        Raises:
            CrmError: as for `query`.
        """
        try:
            return await coming
        except (CrmError, Cancelled):
            raise
        except Exception as error:
            log.exception("unexpected error in background work")
            raise CrmError(
                _("Something went wrong: {error}").format(error=error or type(error).__name__),
                hint=_("The log file has the details."),
            ) from error

    def on_loop(self, callback: Callable[[T], None]) -> Callable[[T], None]:
        """A function for another thread that calls `callback` on the event loop."""

        def call(value: T) -> None:
            with suppress(RuntimeError):  # the app has ended
                self._loop.call_soon_threadsafe(callback, value, context=self._context)

        return call

    def relay(self, progress: Progress) -> Progress:
        """A function for a job's thread that calls `progress` on the event loop.

        Figures that pile up unread are merged.
        """
        newest: list[tuple[int, int]] = []
        lock = threading.Lock()

        def deliver() -> None:
            with lock:
                done, total = newest.pop()
            progress(done, total)

        def report(done: int, total: int) -> None:
            with lock:
                waiting = bool(newest)
                newest[:] = [(done, total)]
            if not waiting:
                self._loop.call_soon_threadsafe(deliver, context=self._context)

        return report


class Latest:
    """Questions by purpose, of which only the newest answer counts."""

    def __init__(self, work: Work, on_error: Callable[[CrmError], None]) -> None:
        self._work = work
        self._on_error = on_error
        self._tokens: dict[str, Cancel] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(
        self,
        purpose: str,
        fn: Callable[..., T],
        *args: Any,
        deliver: Callable[[T], None],
        failed: Callable[[CrmError], None] | None = None,
    ) -> None:
        """Run `fn(*args, cancel=token)` in the query lane and hand its answer to `deliver`.

        An older question of the same purpose is cancelled and its answer, or error, is dropped.
        Errors of the newest question go to `failed`, or to `on_error` where there is none. All
        are called on the event loop.
        """
        self.drop(purpose)
        token = self._tokens[purpose] = Cancel()

        def job() -> T:
            token.check()  # superseded while it waited for the lane
            return fn(*args, cancel=token)

        # In the lane at once: the job runs while the loop still paints the key that asked.
        answer = self._work.start(job)
        take = failed or self._on_error
        task = asyncio.ensure_future(self._answer(purpose, token, answer, deliver, take))
        self._tasks.add(task)  # the loop itself holds tasks only weakly
        task.add_done_callback(self._tasks.discard)

    def drop(self, purpose: str) -> None:
        """Cancel what runs for `purpose`, if anything."""
        if token := self._tokens.pop(purpose, None):
            token.cancel()

    def drop_all(self) -> None:
        """Cancel everything, as when the screen is left."""
        for purpose in list(self._tokens):
            self.drop(purpose)

    async def _answer(
        self,
        purpose: str,
        token: Cancel,
        coming: asyncio.Future[T],
        deliver: Callable[[T], None],
        failed: Callable[[CrmError], None],
    ) -> None:
        try:
            answer = await self._work.answer(coming)
        except Cancelled:
            return
        except CrmError as error:
            if not token.cancelled:
                self._tokens.pop(purpose, None)
                failed(error)
            return
        if not token.cancelled:
            self._tokens.pop(purpose, None)
            deliver(answer)
