"""What the program takes its time for, measured on sample customers.

Every measurement is a name and durations in milliseconds; `summary` makes percentiles of them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from tui_crm.core.rows import Value
from tui_crm.errors import DatabaseUnreachable
from tui_crm.sample.people import customers
from tui_crm.text.fold import fold, has_han
from tui_crm.text.i18n import _
from tui_crm.text.phone import digits

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.session import Session

_SEED = 1
_ASKED = 60  # customers whose data is typed
_START_ROUNDS = 7
_START_TIMEOUT = 20.0  # seconds
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Measured:
    """Durations of one kind of act, in milliseconds."""

    name: str
    times: tuple[float, ...]

    def percentile(self, share: float) -> float:
        """The duration that this share (0-1) of the acts did not exceed."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def database(settings: Settings, n: int, progress: Callable[[int, int], None]) -> Settings:
    """Settings with a sample database of `n` customers, made at the first time and kept.

    It lies in the state directory; the user's own database is not touched.
    """
    from tui_crm.core.session import open_session
    from tui_crm.sample.fill import fill, is_empty

    folder = settings.paths.state_dir / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{folder}/customers-{n}.db"
    found = replace(settings, database=replace(settings.database, url=url))
    session = open_session(found)
    try:
        with session.db.connection():
            if is_empty(session):
                fill(session, n, _SEED, progress)
    finally:
        session.close()
    return found


def search(session: Session, n: int) -> Iterator[Measured]:
    """Queries as people type them, one letter after the other and whole."""
    from tui_crm import search as search_

    asked: dict[str, list[str]] = {}
    for values in _some(n):
        for kind, text in _typed(values):
            asked.setdefault(kind, []).append(text)
    search_.find(session, "warm", limit=_PAGE)
    for kind, texts in sorted(asked.items()):
        times = [_timed(partial(search_.find, session, text, limit=_PAGE)) for text in texts]
        yield Measured(f"search: {kind}", tuple(times))


def lists(session: Session) -> Iterator[Measured]:
    """The list of everybody: opened, read at its ends and scrolled through."""
    from tui_crm import search as search_
    from tui_crm.core import customers as customers_

    yield Measured(
        "list: open", tuple(_timed(lambda: search_.all_ids(session, "")) for _round in range(5))
    )
    ids = search_.all_ids(session, "")
    random = Random(_SEED)
    starts = [random.randrange(max(1, len(ids) - _PAGE)) for _page in range(100)]
    pages = [_timed(partial(customers_.rows, session, ids[at : at + _PAGE])) for at in starts]
    yield Measured("list: page", tuple(pages))


def batch(session: Session) -> Iterator[Measured]:
    """One change of ten thousand customers, or of all if there are fewer: look, do, undo."""
    from tui_crm import search as search_
    from tui_crm.core import batch as batch_
    from tui_crm.core import changes
    from tui_crm.core.changes.model import Edit

    ids = search_.all_ids(session, "")[:10_000]
    edit = Edit(set={"source": "fair"}, add={"tags": ("measured",)})
    label = f"batch of {len(ids)}"
    yield Measured(f"{label}: preview", (_timed(lambda: batch_.preview(session, ids, edit)),))
    outcomes = []
    yield Measured(
        f"{label}: apply", (_timed(lambda: outcomes.append(batch_.apply(session, ids, edit))),)
    )
    set_id = outcomes[0].change_set_id
    if set_id is not None:
        yield Measured(f"{label}: undo", (_timed(lambda: changes.undo(session, set_id)),))


def start(url: str) -> Measured:
    """From the command to the painted search field, in a terminal of its own."""
    return Measured(
        "start: first frame", tuple(_start_once(url) for _round in range(_START_ROUNDS))
    )


def _some(n: int) -> Iterator[Mapping[str, Value]]:
    """Customers from all over the first hundred thousand."""
    step = max(1, min(n, 100_000) // _ASKED)
    for index, values in enumerate(customers(min(n, 100_000), _SEED)):
        if index % step == 0:
            yield values


def _typed(values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    name = str(values["name"])
    phones, emails = values.get("phones", ()), values.get("emails", ())
    if has_han(name):
        yield "Chinese name", name
        yield "one Chinese character", name[0]
    else:
        yield "whole name", fold(name)
        for length in range(1, 5):
            yield f"{length} letters", fold(name)[:length]
    if isinstance(phones, tuple) and phones:
        yield "whole number", phones[0]
        yield "end of a number", digits(phones[0])[-4:]
    if isinstance(emails, tuple) and emails:
        yield "e-mail address", emails[0]
    yield "city and word", f"{fold(name).split()[0]} {values.get('city', '')}"
    yield "field", f"city:{values.get('city', '')} status:{values.get('status', '')}"
    yield "nothing found", f"{fold(name)} xqzzqx"


def _timed(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def _start_once(url: str) -> float:
    """Milliseconds from exec until the last byte of the first frame."""
    import fcntl
    import pty
    import struct
    import termios

    # What the search field shows while it is empty, in the language of the child.
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
        ready, _w, _x = select.select([terminal], [], [], _START_TIMEOUT - passed)
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
