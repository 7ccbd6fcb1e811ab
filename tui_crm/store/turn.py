"""The queue in which the writers of one SQLite file wait for their turn.

SQLite makes a waiting writer sleep and try again, so a busy one that never sleeps is served again
and again: of four, one was served once while another was served 1 500 times. A `flock` is no queue
either: its waiters are woken together, and on a busy machine the one who has just written asks
again before any of them runs. Here each writer draws a number and waits for the one before it.

Nothing but the order depends on the queue: SQLite's own lock still keeps two writers apart.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from tui_crm.errors import DatabaseUnreachable
from tui_crm.store.database import Interrupted
from tui_crm.store.patience import NOTICE_AFTER, Holder, Patience, Waits
from tui_crm.text.i18n import _

_LOOK = 0.2  # seconds between two looks at whether somebody asked a waiting writer to stop

# The file holds the next number, and behind it who writes, or was the last to, since when. Locked
# are a byte by the one who writes, and behind it a byte for each number, as long as its holder
# waits or writes.
_NUMBER = struct.Struct("=q")
_HOLDER = struct.Struct("=d247p")
_WRITING = 8
_NUMBERS = 16
_MOST = 1 << 62


class Turn(threading.local):
    """This thread's place in the queue of writers.

    All locks belong to one open file, which the kernel closes when a process dies.
    """

    def __init__(self, waits: Waits) -> None:
        self.waits = waits
        self.fd = -1
        self.depth = 0

    def take(self, database: Path) -> None:
        """Wait for the turn; taken twice it must be given back twice. Raises
        `DatabaseUnreachable` where the patience ends, and `Interrupted` where it was to stop.
        """
        if self.depth == 0:
            self.fd = _queue(database, self.waits)
        self.depth += 1

    def give_back(self) -> None:
        """Let the next writer go."""
        self.depth -= 1
        if self.depth == 0:
            os.close(self.fd)


def _queue(database: Path, waits: Waits) -> int:
    """A descriptor that holds the turn; closing it lets the next one go."""
    path = database.with_name(database.name + ".wlock")
    fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    if os.fstat(fd).st_uid == os.geteuid():
        os.fchmod(fd, database.stat().st_mode & 0o666)  # who may write the database may queue
    number = _draw(fd)
    try:
        _advance(fd, number, wait=False)
    except BlockingIOError:
        _wait(fd, number, database, waits.patience)
    who = waits.who.encode()[: _HOLDER.size]
    os.pwrite(fd, _HOLDER.pack(time.time(), who), _NUMBER.size)
    return fd


def _draw(fd: int) -> int:
    """The next number, whose byte is locked from now on."""
    _lock(fd, 0, wait=True)
    try:
        drawn = os.pread(fd, _NUMBER.size, 0)
        number = _NUMBER.unpack(drawn)[0] % _MOST if len(drawn) == _NUMBER.size else 1
        os.pwrite(fd, _NUMBER.pack(number + 1), 0)
        _lock(fd, _NUMBERS + number, wait=True)
    finally:
        _unlock(fd, 0)
    return number


def _advance(fd: int, number: int, *, wait: bool) -> None:
    """Come first: the one before has left, and nobody writes. A waiting one that dies lets those
    behind it pass the ones before it, who then meet at the byte of the writer.
    """
    before = _NUMBERS + number - 1
    _lock(fd, before, wait=wait)
    _unlock(fd, before)
    _lock(fd, _WRITING, wait=wait)


def _holder(fd: int) -> Holder:
    """Who writes."""
    found = os.pread(fd, _HOLDER.size, _NUMBER.size)
    since, who = _HOLDER.unpack(found) if len(found) == _HOLDER.size else (time.time(), b"")
    return Holder(who.decode(errors="ignore"), datetime.fromtimestamp(since, UTC))


def _wait(fd: int, number: int, database: Path, patience: Patience) -> None:
    """Queue in the kernel, on a thread of its own so as to give up."""
    decision = threading.Lock()
    answered = threading.Event()
    given_up = False

    def advance() -> None:
        _advance(fd, number, wait=True)
        with decision:
            answered.set()
            if given_up:
                os.close(fd)

    threading.Thread(target=advance, name="crm-writer-ticket", daemon=True).start()
    try:
        stopped = _keep_waiting(fd, answered, patience)
    except BaseException:  # Ctrl+C while waiting
        with decision:
            given_up = True
            if answered.is_set():
                os.close(fd)
        raise
    with decision:
        given_up = not answered.is_set()
    if given_up and stopped:
        raise Interrupted(_("Stopped. Nothing was changed."))
    if given_up:
        holder = _holder(fd)
        raise DatabaseUnreachable(
            _("{who} has been writing to {path} for {seconds} seconds.").format(
                who=holder.who or _("Another program"),
                path=database,
                seconds=int(time.time() - holder.since.timestamp()),
            ),
            _("Try again when that is done. Nothing was changed."),
        )


def _keep_waiting(fd: int, answered: threading.Event, patience: Patience) -> bool:
    """Wait for the answer as long as the patience lasts; gives whether it was to stop."""
    began = told = time.monotonic()
    pause = _LOOK if patience.limit is None else min(_LOOK, patience.limit)
    while not answered.wait(pause):
        if patience.stop is not None and patience.stop.cancelled:
            return True
        now = time.monotonic()
        if patience.limit is not None and now - began >= patience.limit:
            return False
        if patience.notice is not None and now - told >= NOTICE_AFTER:
            told = now
            patience.notice(_holder(fd))
    return False


if hasattr(fcntl, "F_OFD_SETLK"):
    # Locks of the open file, not of the process: two threads of one program queue as well.

    def _lock(fd: int, byte: int, *, wait: bool) -> None:
        """Lock one byte of the file; raises `BlockingIOError` if it is taken and not waited for."""
        how = fcntl.F_OFD_SETLKW if wait else fcntl.F_OFD_SETLK
        fcntl.fcntl(fd, how, _request(fcntl.F_WRLCK, byte))

    def _unlock(fd: int, byte: int) -> None:
        fcntl.fcntl(fd, fcntl.F_OFD_SETLK, _request(fcntl.F_UNLCK, byte))

    def _request(kind: int, byte: int) -> bytes:
        """The C structure that asks for one byte."""
        return struct.pack("hhqqi0q", kind, os.SEEK_SET, byte, 1, 0)

else:
    # Systems without them have one lock for the whole file: writers wait, in no certain order.

    def _lock(fd: int, byte: int, *, wait: bool) -> None:
        """Lock the file for the one who writes."""
        if byte == _WRITING:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))

    def _unlock(fd: int, byte: int) -> None:
        """Only closing the file lets go."""
