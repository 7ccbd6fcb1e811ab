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
from pathlib import Path

from tui_crm.errors import DatabaseUnreachable
from tui_crm.text.i18n import _

WAIT = 30.0  # seconds after which a writer gives up

# The file: the next number in its first bytes, a byte that the one who writes holds, and far
# behind them a byte for each number, which is locked as long as its holder waits or writes.
_NUMBER = struct.Struct("=q")
_WRITING = 8
_NUMBERS = 16
_MOST = 1 << 62


class Turn(threading.local):
    """This thread's place in the queue of writers.

    All locks belong to one open file, which the kernel closes when a process dies.
    """

    def __init__(self) -> None:
        self.fd = -1
        self.depth = 0

    def take(self, database: Path) -> None:
        """Wait for the turn; taken twice it must be given back twice. Raises
        `DatabaseUnreachable` after `WAIT` seconds.
        """
        if self.depth == 0:
            self.fd = _queue(database)
        self.depth += 1

    def give_back(self) -> None:
        """Let the next writer go."""
        self.depth -= 1
        if self.depth == 0:
            os.close(self.fd)


def _queue(database: Path) -> int:
    """A descriptor that holds the turn; closing it lets the next one go."""
    path = database.with_name(database.name + ".wlock")
    fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    if os.fstat(fd).st_uid == os.geteuid():
        os.fchmod(fd, database.stat().st_mode & 0o666)  # who may write the database may queue
    number = _draw(fd)
    try:
        _advance(fd, number, wait=False)
    except BlockingIOError:
        _wait(fd, number, database)
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


def _wait(fd: int, number: int, database: Path) -> None:
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
        answered.wait(WAIT)
    except BaseException:  # Ctrl+C while waiting
        with decision:
            given_up = True
            if answered.is_set():
                os.close(fd)
        raise
    with decision:
        given_up = not answered.is_set()
    if given_up:
        raise DatabaseUnreachable(
            _("Another program has been writing to {path} for {seconds} seconds.").format(
                path=database, seconds=int(WAIT)
            ),
            _("Try again when its import or migration is done. Nothing was changed."),
        )


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
