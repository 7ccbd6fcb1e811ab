"""Hashes that documents of the index on PostgreSQL were given since they were put into it.

A GIN index knows rows by their place. To change the hashes of a document is to write its row to
another place, and to put all of its hashes into the index anew: a hundred and fifty, for a tag. So
what an edit of many customers brings stands in a table of its own, `search_added`, beside the
blocks that the document is in. The row of the document keeps its hashes and, as half of each page
is left free, its place; only its text is changed. A document has the hashes of both tables, none
of them in both. Whatever makes it anew puts all of them into one place again. A document that
stands in `search_recent` has none here.

`search_added_count` says how many documents have a hash there: a sum, so that edits at the same
time do not wait for each other. Where it is nothing, which is usual, `search_added` is not asked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tui_crm.search.engine import Condition, Stored
from tui_crm.search.postgres import hashes
from tui_crm.search.postgres.hashes import array
from tui_crm.store import binary

if TYPE_CHECKING:
    from tui_crm.search.patch import Patch
    from tui_crm.search.postgres.asking import Asking
    from tui_crm.store import Database

_GATHERED = "1GB"  # of a large change, until it is put into the index
_GATHERED_FROM = 200  # documents that a large change has
_PATCH = ("id", "owner_id", "team_id", "words", "shown", "px", "held", "come", "blocks")
_COUNTS = (
    "SELECT hash, sum(documents)::bigint FROM search_added_count WHERE hash = ANY(?::int[])"
    " GROUP BY hash HAVING sum(documents) > 0"
)
TAKEN_OUT = (
    "gone AS (DELETE FROM search_added WHERE id {those} RETURNING px),"
    " counted AS (INSERT INTO search_added_count (hash, documents)"
    " SELECT hash, -count(*) FROM gone, unnest(px) AS hash GROUP BY hash)"
)
"""SQL text, behind WITH, that takes out what was added to those documents."""
_PUT_IN = (
    "WITH come AS (INSERT INTO search_added (id, px) SELECT id, px || blocks FROM"
    " (SELECT p.id, p.blocks,"
    " p.held || ARRAY(SELECT unnest(p.come) EXCEPT SELECT unnest(t.px)) AS px"
    " FROM crm_patch p JOIN search_text t ON t.id = p.id WHERE p.px IS NULL) AS n"
    " WHERE px <> '{}' RETURNING px)"
    " INSERT INTO search_added_count (hash, documents)"
    " SELECT hash, count(*) FROM come, unnest(px) AS hash GROUP BY hash"
)

_lock = threading.Lock()
_known: WeakKeyDictionary[Database, dict[int, int]] = WeakKeyDictionary()


def counts(db: Database, asked: Iterable[int]) -> Asking[dict[int, int]]:
    """How many documents have a hash in `search_added`: of those asked for, where there are any."""
    keys = set(asked)
    if not keys:
        return {}
    rows = yield (_COUNTS, (array(keys),))
    found = {int(row[0]): int(row[1]) for row in rows}
    with _lock:
        known = _known.setdefault(db, {})
        for key in keys.difference(found):
            known.pop(key, None)
        known.update(found)
    return found


def remembered(db: Database, asked: Iterable[int]) -> dict[int, int]:
    """What `counts` gave for these hashes when they were asked for the last time."""
    with _lock:
        known = _known.get(db, {})
        return {key: known[key] for key in asked if key in known}


def having(keys: Iterable[int], blocks: str = "") -> Condition:
    """The condition that a document has one of these hashes in `search_added`, and is in one of
    the `blocks`, SQL text of an array, if given.
    """
    within = f" AND a.px && {blocks}" if blocks else ""
    sql = f"SELECT a.id FROM search_added a WHERE a.px && ?::int[]{within}"
    return Condition(f"t.id = ANY(ARRAY({sql}))", [array(keys)])


def patch(db: Database, patches: Sequence[Patch]) -> None:
    """Change the words, owners and teams of documents, and their hashes."""
    held: dict[int, list[int]] = dict(
        db.rows(
            "SELECT id, px FROM search_added WHERE id = ANY(?::bigint[])",
            (array(item.id for item in patches),),
        )
    )
    recent = {
        row[0]
        for row in db.rows(
            "SELECT id FROM search_recent WHERE id = ANY(?::bigint[])",
            (array(item.id for item in patches),),
        )
    }
    db.run(
        "CREATE TEMP TABLE crm_patch (id bigint, owner_id bigint, team_id bigint, words text,"
        " shown text, px int[], held int[], come int[], blocks int[]) ON COMMIT DROP"
    )
    rows = (_row(item, held.get(item.id, ()), anew=item.id in recent) for item in patches)
    db.bulk_insert("crm_patch", _PATCH, rows)
    gathering = len(patches) >= _GATHERED_FROM
    if gathering:
        # What comes is gathered and put into the index in one go, which is ten times faster. It is
        # a setting of this transaction: one of the index would lock out whoever searches.
        db.run("SELECT set_config('gin_pending_list_limit', ?, true)", (_GATHERED,))
    db.run(
        "UPDATE search_text t SET words = p.words, shown = p.shown,"
        " px = CASE WHEN t.px = '{}' THEN t.px ELSE coalesce(p.px, t.px) END"
        " FROM crm_patch p WHERE p.id = t.id"
    )
    if recent:
        db.run(
            "UPDATE search_recent r SET px = p.px FROM crm_patch p"
            " WHERE p.id = r.id AND p.px IS NOT NULL"
        )
    if held:
        those = "IN (SELECT id FROM crm_patch)"
        db.run(f"WITH {TAKEN_OUT.format(those=those)} SELECT count(*) FROM gone")
    db.run(_PUT_IN)
    if any(item.keys_changed for item in patches):
        db.run(
            "UPDATE search_doc d SET owner_id = p.owner_id, team_id = p.team_id"
            " FROM crm_patch p WHERE p.id = d.id AND (d.owner_id IS DISTINCT FROM p.owner_id"
            " OR d.team_id IS DISTINCT FROM p.team_id)"
        )
    if gathering:
        # Only who owns the index may; after others the next who writes into it does.
        db.run(
            "SELECT gin_clean_pending_list(oid) FROM pg_class"
            " WHERE oid = 'search_added_px'::regclass AND pg_has_role(relowner, 'USAGE')"
        )
    db.run("DROP TABLE crm_patch")


def check(db: Database) -> bool:
    """Whether the counts are those of the hashes, and every document that has some is there."""
    wrong = db.one(
        "SELECT 1 FROM (SELECT hash FROM (SELECT hash, documents FROM search_added_count UNION ALL"
        " SELECT hash, -1 FROM search_added, unnest(px) AS hash) AS n"
        " GROUP BY hash HAVING sum(documents) <> 0) AS wrong UNION ALL"
        " SELECT 1 FROM search_added a LEFT JOIN search_text t ON t.id = a.id WHERE t.id IS NULL"
        " LIMIT 1"
    )
    return wrong is None


def _row(item: Patch, held: Sequence[int], *, anew: bool) -> tuple[Any, ...]:
    """What is written of a patch for a document that `held` hashes in `search_added`.

    All its hashes are made `anew` in any case where one that it loses stands in its own row.
    """
    gone = set(_hashes(item.gone)).difference(_hashes(item.kin), _hashes(item.come))
    after = item.after
    head = (item.id, after.owner_id, after.team_id, after.words, after.shown)
    if anew or not gone.issubset(held):
        return *head, array(hashes.every(Stored(item.id, after))), None, None, None
    blocks = hashes.blocks(item.id)
    kept = set(held).difference(gone, blocks)
    come = set(_hashes(item.come)).difference(kept)
    return *head, None, array(kept), array(come), array(blocks)


def _hashes(tokens: Iterable[str]) -> Iterator[int]:
    for token in tokens:
        yield from binary.numbers(hashes.of_token(token))
