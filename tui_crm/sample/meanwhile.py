"""How fast others are answered while a program writes much: searches, and an edit of theirs."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from tui_crm.core import batch, changes, listing
from tui_crm.core.changes import Edit, Request, Update
from tui_crm.sample import batching
from tui_crm.search import measure as timings
from tui_crm.search.measure import Timing
from tui_crm.search.spelling.corrections import find_or_correct
from tui_crm.store import Patience

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

    from tui_crm.core.session import Session

_SEED = 1
_CLASSES = ("beginning of a name", "two words", "piece of a number", "Chinese substring", "pinyin")
_ALONE = 400  # key presses that are timed before the batch
_PAUSE = 0.05  # seconds between two key presses of a fast typist
_EDITED_AT = 10  # key presses after which somebody begins to edit a customer
_EDITING = 0.5  # seconds between two edits
_START = 60.0  # seconds that the other program has to open the database


def measure(session: Session, size: int, assignments: Sequence[str] = ()) -> Iterator[Timing]:
    """The time of a key press alone and while another program changes `size` customers and takes
    that back, and of the edits of one more customer that are tried meanwhile.

    `assignments` as in `batching.measure`. What is written is taken away again, but for its
    history.
    """
    ids = listing.ids(session)[:size]
    given = (ids.tobytes(), tuple(assignments))
    yield from beside(session, f"a batch of {len(ids)}", _change, given)


def beside(
    session: Session, what: str, act: Callable[[Session, Any], None], given: object
) -> Iterator[Timing]:
    """The time of a key press alone and while another program does `act` with a session of its own
    and what is `given`, and of the edits of the last customer that are tried meanwhile.
    """
    texts = [
        text for name in _CLASSES for text in timings.queries(session, _SEED, 20).get(name, ())
    ]
    if not texts:
        return
    asked = cycle(texts)
    for text in texts:
        find_or_correct(session, text)
    yield timings.timing(
        "search alone", [_press(session, next(asked)) for _number in range(_ALONE)]
    )
    spawn = multiprocessing.get_context("spawn")
    ready, go = spawn.Event(), spawn.Event()
    other = spawn.Process(
        target=_elsewhere, args=(session.db.url, session.viewer.login, act, given, ready, go)
    )
    other.start()
    pressed: list[float] = []
    edited: list[float] = []
    over = threading.Event()
    editor = threading.Thread(target=_edit, args=(session, listing.ids(session)[-1], edited, over))
    try:
        if not ready.wait(_START):
            return
        go.set()
        while other.is_alive():
            pressed.append(_press(session, next(asked)))
            if len(pressed) == _EDITED_AT:
                editor.start()
    finally:
        other.join()
        over.set()
        if editor.ident is not None:
            editor.join()
    assert other.exitcode == 0, "the other program failed"
    yield timings.timing(f"search beside {what}", pressed)
    if edited:
        yield timings.timing("an edit of another customer beside it", edited)


def _press(session: Session, text: str) -> float:
    """Milliseconds for the answer to one text, asked for after a pause for thought."""
    time.sleep(_PAUSE)
    begin = time.perf_counter()
    find_or_correct(session, text)
    return (time.perf_counter() - begin) * 1000


def _edit(session: Session, customer_id: int, taken: list[float], over: threading.Event) -> None:
    """Change one customer and back, again and again until `over` is set; the milliseconds of each
    change are put into `taken`.
    """
    with session.db.waiting(Patience(limit=None)):  # as at a terminal
        while not over.is_set():
            begin = time.perf_counter()
            edit = Edit({"needs": f"measured {time.time()}"})
            outcome = changes.apply(session, Request([Update(customer_id, edit)], "edit"))
            taken.append((time.perf_counter() - begin) * 1000)
            if outcome.change_set_id is not None:
                changes.undo(session, outcome.change_set_id)
            over.wait(_EDITING)


def _elsewhere(
    url: str,
    login: str,
    act: Callable[[Session, Any], None],
    given: object,
    ready: Event,
    go: Event,
) -> None:
    """What a program of its own does."""
    from tui_crm.config import load
    from tui_crm.core.session import open_session

    session = open_session(load(None, env={**os.environ, "CRM_DB": url}), login=login)
    try:
        with session.db.connection():
            ready.set()
            go.wait()
            act(session, given)
    finally:
        session.close()


def _change(session: Session, given: tuple[bytes, Sequence[str]]) -> None:
    """A batch and its undo."""
    ids, assignments = given
    edit = batching.edit_of(session, assignments)
    outcome = batch.apply(session, array("q", ids), edit)
    if outcome.change_set_id is not None:
        changes.undo(session, outcome.change_set_id)
