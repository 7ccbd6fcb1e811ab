"""The rows of the index on PostgreSQL, made of millions of customers by processes of their own.

To make the documents and their hashes takes longer than to read the customers and to write the
rows: with two processes for it, two processors are always busy.
"""

from __future__ import annotations

import marshal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import cycle
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from tui_crm.core.collector import without_collector
from tui_crm.search.engine import Fill, Read, Stored
from tui_crm.search.reading import Custom, stored_of
from tui_crm.search.tokens import learned_words, long_items
from tui_crm.store import binary
from tui_crm.store.beside import NEW
from tui_crm.store.helper import Helper

if TYPE_CHECKING:
    from tui_crm.store import Database

WORTH_A_PROCESS = 50_000
"""Customers from which on processes, which start in a quarter of a second, are quicker."""

_PROCESSES = 2
_MOST_WAITING = 8  # chunks of customers that are being made into rows, or are ready

_DOC = ("id", "customer_id", "owner_id", "team_id")
_TEXT = ("id", "stamp", "words", "digits", "shown", "px")


class Rows(NamedTuple):
    """The rows of some documents, as they are copied into the two tables."""

    docs: bytes
    texts: bytes


def rows_of(stored: Sequence[Stored]) -> tuple[Rows, list[str]]:
    """The rows of documents, with their hashes; and the different items of all their words."""
    from tui_crm.search.postgres import many

    docs, texts = [], []
    hashes, items = many.of_documents(stored)
    for item, held in zip(stored, hashes, strict=True):
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
                binary.text(document.shown),
                binary.integers(held),
            )
        )
    return Rows(binary.copied(docs), binary.copied(texts)), items


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
        processes = [
            stack.enter_context(closing(Helper(__name__, gives=True))) for _ in range(_PROCESSES)
        ]
        for process in processes:
            process.send((list(custom.texts), list(custom.choices)))
        turns = cycle(processes)
        waiting: deque[Helper] = deque()  # for what they make, which is written in this order

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


class _Maker:
    """Makes documents, and gathers their words."""

    def __init__(self, custom: Custom) -> None:
        self._custom = custom
        self._items: set[str] = set()

    def made(self, read: Read) -> Rows:
        """The rows of the documents of these customers."""
        rows, items = rows_of(stored_of(read, self._custom))
        self._items.update(long_items(f"{' '.join(items)} "))
        return rows

    def words(self) -> set[str]:
        """All words of them that a mistyped word may be corrected to."""
        return learned_words(self._items)


def _serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer customers with the rows of their documents, and None with the words."""
    maker = _Maker(Custom(*marshal.load(source)))
    while (given := marshal.load(source)) is not None:
        marshal.dump(tuple(maker.made(Read(*given))), target)
        target.flush()
    marshal.dump(list(maker.words()), target)


if __name__ == "__main__":
    with without_collector():
        _serve(sys.stdin.buffer, sys.stdout.buffer)
