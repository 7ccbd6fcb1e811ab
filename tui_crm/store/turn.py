"""The queue in which the writers of one SQLite file wait for their turn.

SQLite makes a waiting writer sleep and try again, so a busy one that never sleeps is served again
and again: of four, one was served once while another was served 1 500 times.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

from tui_crm.errors import DatabaseUnreachable
from tui_crm.text.i18n import _

WAIT = 30.0  # seconds after which a writer gives up


class Turn(threading.local):
    """This thread's place in the queue of writers.

    The lock is a `flock` on a file of its own, which the kernel gives to one waiter after the
    other and frees when a process dies.
    """

    def __init__(self) -> None:
        self.fd = -1
        self.depth = 0

    def take(self, database: Path) -> None:
        """Wait for the turn; taken twice it must be given back twice."""
        if self.depth == 0:
            self.fd = _lock(database)
        self.depth += 1

    def give_back(self) -> None:
        """Let the next writer go."""
        self.depth -= 1
        if self.depth == 0:
            os.close(self.fd)


def _lock(database: Path) -> int:
    """A descriptor that holds the lock; closing it lets go."""
    path = database.with_name(database.name + ".wlock")
    fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    if os.fstat(fd).st_uid == os.geteuid():
        os.fchmod(fd, database.stat().st_mode & 0o666)  # who may write the database may queue
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _wait_for_lock(fd, database)
    return fd


def _wait_for_lock(fd: int, database: Path) -> None:
    """Queue for the lock, in the kernel for fairness, on a helper thread so as to give up."""
    decision = threading.Lock()
    answered = threading.Event()
    given_up = False

    def queue() -> None:
        fcntl.flock(fd, fcntl.LOCK_EX)
        with decision:
            answered.set()
            if given_up:
                os.close(fd)

    threading.Thread(target=queue, name="crm-writer-ticket", daemon=True).start()
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
