"""The hashes of millions of documents, worked out by a process of its own.

Making a document takes as long as hashing it: with a process for each, two processors are busy.
"""

from __future__ import annotations

import marshal
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO

from tui_crm.errors import CrmError
from tui_crm.search.engine import Stored
from tui_crm.search.hashes import of_document
from tui_crm.search.tokens import Document
from tui_crm.text.i18n import _

Hashed = Callable[[Iterable[tuple[Stored, str]]], None]
Send = Callable[[Sequence[Stored]], None]

WORTH_A_PROCESS = 50_000
"""Documents from which on a process of its own, which starts in a quarter of a second, is quicker.
"""


@contextmanager
def hashing(total: int, take: Hashed) -> Iterator[Send]:
    """Give a function to which about `total` documents are handed, some hundred at a time.

    `take` is called with them and their hashes, in the same order and on the same thread; all have
    been taken when the block ends. Raises `CrmError` when the process fails.
    """
    if total < WORTH_A_PROCESS:
        yield lambda some: take((item, of_document(item)) for item in some)
        return
    # Not multiprocessing: it would run the program's main module anew.
    process = subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    source, target = process.stdout, process.stdin
    assert source is not None and target is not None
    sent: queue.SimpleQueue[Sequence[Stored]] = queue.SimpleQueue()
    done: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(source, done), daemon=True)
    reader.start()

    def finish(hashed: list[str] | None) -> None:
        if hashed is None:
            raise _failed()
        take(zip(sent.get(), hashed, strict=True))

    def send(some: Sequence[Stored]) -> None:
        marshal.dump([_plain(item) for item in some], target)
        target.flush()
        sent.put(some)
        while not done.empty():
            finish(done.get())

    try:
        yield send
        target.close()
        while not sent.empty():
            finish(done.get())
    except BrokenPipeError as error:
        raise _failed() from error
    finally:
        process.kill()
        process.wait()
        with suppress(BrokenPipeError):
            target.close()
        reader.join()
        source.close()


def _read(source: BinaryIO, done: queue.SimpleQueue[list[str] | None]) -> None:
    """Pass on what the process gives, and None when it ends."""
    try:
        while True:
            done.put(marshal.load(source))
    except (EOFError, ValueError, TypeError):
        done.put(None)


def _plain(item: Stored) -> tuple[int, int | None, int | None, str, str]:
    """What the hashes of a document are made of."""
    document = item.document
    return item.id, document.owner_id, document.team_id, document.words, document.digits


def _failed() -> CrmError:
    return CrmError(
        _("The search index could not be built."),
        _("Look for free memory and disk space, then run `crm doctor --fix`."),
    )


def _serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer every list of documents with the list of their hashes, until there are no more."""
    while True:
        try:
            some = marshal.load(source)
        except EOFError:
            return
        found = [
            of_document(Stored(id_, Document(0, owner_id, team_id, "", words, digits)))
            for id_, owner_id, team_id, words, digits in some
        ]
        marshal.dump(found, target)
        target.flush()


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
