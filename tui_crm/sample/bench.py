"""What the program takes its time for, measured on sample customers. All times in milliseconds."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from tui_crm.errors import DatabaseUnreachable, InputRefused
from tui_crm.search.measure import Timing, timing
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.session import Session

START_ROUNDS = 7
"""How often the start is measured."""

_SEED = 1
_MARK = "measuring"  # in the table meta of a database that holds nothing but sample customers
_PAGE = 50
_START_TIMEOUT = 20.0  # seconds


def database(
    settings: Settings, n: int, progress: Callable[[int, int], None], url: str = ""
) -> Settings:
    """Settings with a sample database of `n` customers, made at the first time and kept.

    It lies in the state directory; the user's own database is not touched. With `url` it is that
    database, which must be empty or one that this made before; raises `InputRefused` if not.
    """
    from tui_crm.core.session import open_session
    from tui_crm.sample.fill import fill, is_empty

    if not url:
        folder = settings.paths.state_dir / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{folder}/customers-{n}.db"
    found = replace(settings, database=replace(settings.database, url=url))
    session = open_session(found)
    try:
        with session.db.connection():
            if is_empty(session):
                fill(session, n, _SEED, progress)
                session.db.run("INSERT INTO meta (key, value) VALUES (?, ?)", (_MARK, str(n)))
            elif session.db.one("SELECT 1 FROM meta WHERE key = ?", (_MARK,)) is None:
                raise InputRefused(
                    _("This database holds real customers: it is not measured."),
                    _("Name an empty database."),
                )
    finally:
        session.close()
    return found


def lists(session: Session) -> Iterator[Timing]:
    """The list of everybody: opened, and read at any place of it."""
    from tui_crm.core import customers, listing

    first = [timed(partial(listing.first_page, session)) for _round in range(5)]
    yield timing("list: first page", first)
    yield timing("list: everybody", [timed(partial(listing.ids, session)) for _round in range(5)])
    ids = listing.ids(session)
    random = Random(_SEED)
    starts = [random.randrange(max(1, len(ids) - _PAGE)) for _page in range(100)]
    pages = [timed(partial(customers.rows, session, ids[at : at + _PAGE])) for at in starts]
    yield timing("list: page", pages)


def start(url: str) -> Timing:
    """From the command to the painted search field, each time in a terminal of its own."""
    return timing("start: first frame", [_start_once(url) for _round in range(START_ROUNDS)])


def timed(act: Callable[[], object]) -> float:
    """The milliseconds that `act` takes."""
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def _start_once(url: str) -> float:
    """Milliseconds from the fork until the search field is on the screen."""
    import fcntl
    import pty
    import struct
    import termios

    # What the search field shows while it is empty; the child has the same language.
    mark = _("name, number, company, city …").encode()
    begin = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.executable, [sys.executable, "-m", "tui_crm", "--db", url])
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        return _read_until(terminal, mark, begin)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(pid, 0)


def _read_until(terminal: int, mark: bytes, begin: float) -> float:
    import select

    seen = b""
    while (passed := time.perf_counter() - begin) < _START_TIMEOUT:
        ready, _writable, _broken = select.select([terminal], [], [], _START_TIMEOUT - passed)
        if not ready:
            break
        try:
            seen += os.read(terminal, 65_536)
        except OSError:  # the program has ended
            break
        if mark in seen:
            return (time.perf_counter() - begin) * 1000
    raise DatabaseUnreachable(
        _("The app did not show its search field."), _("Run crm in a terminal to see why.")
    )
