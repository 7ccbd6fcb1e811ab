"""Documents of the index on PostgreSQL whose hashes stand in a small table of their own.

To put the hashes of one document into the index of a million takes ten times as long as the rest of
an edit: a hundred and eighty pages all over a gigabyte are read, changed and logged. So a document
that is written while somebody waits has none in its row. They stand, all of them, in
`search_recent`, whose index is small enough to be in memory. Every question asks both tables.

So that it stays small, the hashes of the oldest documents are put back into their rows, some at a
time, for which nobody waits (`tui_crm/search/postgres/folding.py`).

Whoever writes both rows of a document writes `search_text` first: two who write the same one wait
for each other and never lock each other out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tui_crm.search.engine import Condition, Stored
from tui_crm.search.postgres import added, hashes
from tui_crm.search.postgres.hashes import array

if TYPE_CHECKING:
    from tui_crm.search.postgres.frequencies import Groups
    from tui_crm.store import Database

AT_ONCE = 50
"""Documents that are written in this way: of more, nobody expects that they take no time."""

_ITEMS = (
    "item AS (SELECT * FROM unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[],"
    " ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])"
    " AS i (id, customer_id, owner_id, team_id, stamp, words, digits, shown, px))"
)
_INSERT = (
    f"WITH {_ITEMS}, doc AS (INSERT INTO search_doc (id, customer_id, owner_id, team_id)"
    " SELECT id, customer_id, owner_id, team_id FROM item),"
    " text AS (INSERT INTO search_text (id, stamp, words, digits, shown, px)"
    " SELECT id, stamp, words, digits, shown, '{}' FROM item ORDER BY id RETURNING id)"
    " INSERT INTO search_recent (id, px) SELECT id, px::int[] FROM text JOIN item USING (id)"
)
_REPLACE = (
    f"WITH {_ITEMS}, doc AS (UPDATE search_doc d SET owner_id = i.owner_id, team_id = i.team_id"
    " FROM item i WHERE d.id = i.id"
    " AND (d.owner_id, d.team_id) IS DISTINCT FROM (i.owner_id, i.team_id)), "
    + added.TAKEN_OUT.format(those="IN (SELECT id FROM item)")
    + ", text AS (UPDATE search_text t SET stamp = i.stamp, words = i.words, digits = i.digits,"
    " shown = i.shown, px = '{}' FROM item i WHERE t.id = i.id RETURNING t.id)"
    " INSERT INTO search_recent (id, px) SELECT id, px::int[] FROM text JOIN item USING (id)"
    " ON CONFLICT (id) DO UPDATE SET px = EXCLUDED.px"
)
_DELETE = (
    "WITH doc AS (DELETE FROM search_doc WHERE id = ANY(?)), "
    + added.TAKEN_OUT.format(those="= ANY(?)")
    + ", text AS (DELETE FROM search_text WHERE id = ANY(?) RETURNING id)"
    " DELETE FROM search_recent r USING text WHERE r.id = text.id"
)
_LEAVE = (
    "WITH doc AS (DELETE FROM search_doc WHERE customer_id = ANY(?) RETURNING id), "
    + added.TAKEN_OUT.format(those="IN (SELECT id FROM doc)")
    + ", text AS (DELETE FROM search_text t USING doc WHERE t.id = doc.id RETURNING t.id)"
    " DELETE FROM search_recent r USING text WHERE r.id = text.id"
)
FOLD = (
    "WITH oldest AS (SELECT id FROM search_recent ORDER BY id LIMIT ?),"
    " held AS (SELECT t.id FROM search_text t WHERE t.id = ANY(ARRAY(SELECT id FROM oldest))"
    " ORDER BY t.id FOR UPDATE SKIP LOCKED),"
    " taken AS (DELETE FROM search_recent r USING held WHERE r.id = held.id RETURNING r.id, r.px)"
    " UPDATE search_text t SET px = taken.px FROM taken WHERE t.id = taken.id"
)
"""SQL text that puts the hashes of so many of the oldest documents back into their rows."""


def insert(db: Database, stored: Sequence[Stored]) -> None:
    """Add a few documents, in one journey that was planned before."""
    db.prepared(_INSERT, _columns(stored))


def replace(db: Database, stored: Sequence[Stored]) -> None:
    """Put a few documents in the place of those with their ids."""
    db.prepared(_REPLACE, _columns(stored))


def remove(db: Database, ids: Sequence[int]) -> None:
    """Take documents out of all tables of the index."""
    db.prepared(_DELETE, [list(ids)] * 3)


def leave(db: Database, customer_ids: Sequence[int]) -> None:
    """Take the documents of many customers out of all tables of the index."""
    db.run(_LEAVE, (list(customer_ids),))


def having(groups: Groups, blocks: str = "") -> Condition:
    """The condition that a document stands in `search_recent` and has, of each group of ways, all
    hashes of one way, and is in one of the `blocks`, SQL text of an array, if given.
    """
    condition = Condition()
    for ways in groups:
        condition &= hashes.met(ways, "r.px")
    if blocks:
        condition &= Condition(f"r.px && {blocks}")
    sql = f"SELECT r.id FROM search_recent r WHERE {condition.sql}"
    return Condition(f"t.id = ANY(ARRAY({sql}))", condition.params)


def check(db: Database) -> bool:
    """Whether the documents of the table are those that have no hashes in their rows."""
    wrong = db.one(
        "SELECT 1 FROM search_recent r FULL JOIN (SELECT id FROM search_text WHERE px = '{}') t"
        " ON t.id = r.id WHERE t.id IS NULL OR r.id IS NULL LIMIT 1"
    )
    return wrong is None


def _columns(stored: Sequence[Stored]) -> list[list[Any]]:
    rows = [
        (
            item.id,
            item.document.customer_id,
            item.document.owner_id,
            item.document.team_id,
            item.document.stamp,
            item.document.words,
            item.document.digits,
            item.document.shown,
            array(hashes.every(item)),
        )
        for item in stored
    ]
    return [list(column) for column in zip(*rows, strict=True)]
