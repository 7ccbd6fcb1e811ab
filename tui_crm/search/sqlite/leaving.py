"""Documents of the index on SQLite that are found no more and wait to be taken out of it.

To take a document out of the full text tables takes as long as to put it in: eighteen seconds for
the hundred thousand of an import that is taken back. So only the row by which each is known,
`search_doc`, goes in the transaction that puts customers into the recycle bin. It stands in
`search_gone` from then on, beside the text in `search_text` that tells which words to take out.
That is done later, some at a time, by whoever has nothing else to do.

Who comes back meanwhile gets a new document. The index made anew leaves the waiting ones behind,
and `search_gone` with them: that is one of its tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tui_crm.core.records import chunks, marks
from tui_crm.search.engine import Stored
from tui_crm.search.tokens import Document, digit_tokens, index_tokens

if TYPE_CHECKING:
    from tui_crm.store import Database

TABLE = "search_gone"
_COLUMNS = "id, customer_id, owner_id, team_id"
_AT_ONCE = 300  # documents taken out in one transaction, a tenth of a second


def leave(db: Database, customer_ids: Sequence[int]) -> None:
    """Let the documents of these customers wait, who are in the recycle bin."""
    with db.ids_table(customer_ids) as table:
        those = f"customer_id IN (SELECT id FROM {table})"
        db.run(f"INSERT INTO {TABLE} SELECT {_COLUMNS} FROM search_doc WHERE {those} ORDER BY id")
        db.run(f"DELETE FROM search_doc WHERE {those}")


def any_waits(db: Database) -> bool:
    """Whether a document waits. A key press asks this: it takes microseconds."""
    return bool(db.prepared(f"SELECT 1 FROM {TABLE} LIMIT 1"))


def oldest(db: Database) -> list[Stored]:
    """Some of those that wait, in ascending order of their ids."""
    return _waiting(db, "TRUE ORDER BY g.id LIMIT ?", (_AT_ONCE,))


def of_customers(db: Database, customer_ids: Iterable[int]) -> list[Stored]:
    """The waiting documents of these customers, in ascending order of their ids."""
    if not any_waits(db):
        return []
    found = [
        item
        for some in chunks(customer_ids)
        for item in _waiting(db, f"g.customer_id IN ({marks(len(some))})", some)
    ]
    return sorted(found)


def tokens(db: Database) -> Iterator[str]:
    """The tokens of all that wait, which the full text tables still hold."""
    below = 0
    while some := _waiting(db, "g.id > ? ORDER BY g.id LIMIT ?", (below, _AT_ONCE)):
        for item in some:
            yield from (*index_tokens(item.document), *digit_tokens(item.document))
        below = some[-1].id


def forget(db: Database, stored: Sequence[Stored]) -> None:
    """These documents have been taken out."""
    db.run_many(f"DELETE FROM {TABLE} WHERE id = ?", ((item.id,) for item in stored))


def _waiting(db: Database, where: str, params: Sequence[int]) -> list[Stored]:
    rows = db.rows(
        "SELECT g.id, g.customer_id, g.owner_id, g.team_id, t.stamp, t.words, t.digits, t.shown"
        f" FROM {TABLE} g JOIN search_text t ON t.id = g.id WHERE {where}",
        params,
    )
    return [Stored(row[0], Document(*row[1:])) for row in rows]
