"""The rows of the index on PostgreSQL, made of millions of customers by processes of their own.

To make the documents and their hashes takes longer than to read the customers and to write the
rows: with two processes for it, two processors are always busy.
"""

from __future__ import annotations

import marshal
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import cycle
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from tui_crm.core.collector import without_collector
from tui_crm.errors import CrmError
from tui_crm.search import hashes
from tui_crm.search.engine import Fill, Read, Stored
from tui_crm.search.reading import Custom, stored_of
from tui_crm.search.tokens import learned_words, long_items
from tui_crm.store import binary
from tui_crm.store.beside import NEW
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.store import Database

WORTH_A_PROCESS = 50_000
"""Customers from which on processes, which start in a quarter of a second, are quicker."""

_PROCESSES = 2
_MOST_WAITING = 3  # chunks of customers that are being made into rows, or are ready

_DOC = ("id", "customer_id", "owner_id", "team_id")
_TEXT = ("id", "stamp", "words", "digits", "px")


class Rows(NamedTuple):
    """The rows of some documents, as they are copied into the two tables."""

    docs: bytes
    texts: bytes


def rows_of(stored: Iterable[Stored]) -> Rows:
    """The rows of documents, with their hashes."""
    docs, texts = [], []
    for item in stored:
        document, id_ = item.document, binary.bigint(item.id)
        docs.append(
            binary.row(
                id_,
                binary.bigint(document.customer_id),
                binary.bigint(document.owner_id),
                binary.bigint(document.team_id),
            )
        )
        texts.append(
            binary.row(
                id_,
                binary.text(document.stamp),
                binary.text(document.words),
                binary.text(document.digits),
                binary.integers(hashes.of_document(item)),
            )
        )
    return Rows(binary.copied(docs), binary.copied(texts))


def copy(db: Database, rows: Rows, end: str = "") -> None:
    """Add documents to the tables whose names have this `end`."""
    from tui_crm.store.postgres import PostgresDatabase

    assert isinstance(db, PostgresDatabase)
    db.copy_in(f"search_doc{end}", _DOC, rows.docs)
    db.copy_in(f"search_text{end}", _TEXT, rows.texts)


@contextmanager
def making(db: Database, total: int, custom: Custom, words: set[str]) -> Iterator[Fill]:
    """Give a function to which about `total` customers are handed, some hundred at a time.

    Their documents are in the new tables when the block ends, and in `words` those to which a
    mistyped one may be corrected. Raises `CrmError` when a process fails.
    """
    if total < WORTH_A_PROCESS:
        maker = _Maker(custom)
        yield lambda read: copy(db, maker.made(read), NEW)
        words |= maker.words()
        return
    with ExitStack() as stack:
        processes = [stack.enter_context(closing(_Process(custom))) for _ in range(_PROCESSES)]
        turns = cycle(processes)
        waiting: deque[_Process] = deque()  # for what they make, which is written in this order

        def take() -> None:
            copy(db, Rows(*waiting.popleft().given()), NEW)

        def fill(read: Read) -> None:
            process = next(turns)
            process.send(tuple(read))
            waiting.append(process)
            while waiting and (waiting[0].is_ready() or len(waiting) > _MOST_WAITING):
                take()

        yield fill
        for process in processes:
            process.send(None)
        while waiting:
            take()
        for process in processes:
            words.update(process.given())


class _Process:
    """A process that answers customers with the rows of their documents, and None with the words.

    Raises `CrmError` when it ended before.
    """

    def __init__(self, custom: Custom) -> None:
        # Not multiprocessing: it would run the program's main module anew.
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._given: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.send((list(custom.texts), list(custom.choices)))

    def send(self, given: Any) -> None:
        """Hand over plain values."""
        target = self._process.stdin
        assert target is not None
        try:
            marshal.dump(given, target)
            target.flush()
        except BrokenPipeError as error:
            raise _failed() from error

    def is_ready(self) -> bool:
        """Whether what comes next is there."""
        return not self._given.empty()

    def given(self) -> Any:
        """What it gave next; waits for it."""
        given = self._given.get()
        if given is None:
            raise _failed()
        return given

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()

    def _read(self) -> None:
        """Take what it gives, and None when it ends."""
        source = self._process.stdout
        assert source is not None
        with suppress(EOFError, ValueError, TypeError):
            while True:
                self._given.put(marshal.load(source))
        self._given.put(None)


class _Maker:
    """Makes documents, and gathers their words."""

    def __init__(self, custom: Custom) -> None:
        self._custom = custom
        self._items: set[str] = set()

    def made(self, read: Read) -> Rows:
        """The rows of the documents of these customers."""
        stored = stored_of(read, self._custom)
        for item in stored:
            self._items.update(long_items(item.document.words))
        return rows_of(stored)

    def words(self) -> set[str]:
        """All words of them that a mistyped word may be corrected to."""
        return learned_words(self._items)


def _failed() -> CrmError:
    return CrmError(
        _("The search index could not be built."),
        _("Look for free memory and disk space, then run `crm doctor --fix`."),
    )


def _serve(source: BinaryIO, target: BinaryIO) -> None:
    """Do what `_Process` is for."""
    maker = _Maker(Custom(*marshal.load(source)))
    while (given := marshal.load(source)) is not None:
        marshal.dump(tuple(maker.made(Read(*given))), target)
        target.flush()
    marshal.dump(list(maker.words()), target)


if __name__ == "__main__":
    with without_collector():
        _serve(sys.stdin.buffer, sys.stdout.buffer)
