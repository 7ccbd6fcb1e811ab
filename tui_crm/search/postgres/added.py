"""Hashes that documents of the index on PostgreSQL got or lost since they were put into it.

A GIN index knows rows by their place. To change the hashes of a document is to write its row to
another place, and to put all of its hashes into the index anew: a hundred and fifty, for a tag. So
what an edit of many customers brings stands in a table of its own, `search_added`, beside the
blocks that the document is in. The row of the document keeps its hashes and, as half of each page
is left free, its place; only its text is changed. A document has the hashes of both tables, none
of them in both. A document that stands in `search_recent` has none here.

What such an edit takes away stays in the row of the document, and `search_added` says which hashes
of it are `gone`: nobody asks for them there. Who is found by one of them does not have it in the
text, nor as owner or team: both are looked at whenever something is found. So that nobody reads
many in vain for long, `fold` puts all hashes of such documents into their rows, some at a time,
when there are many. Whatever else makes a document anew does so too. An edit that is taken back
before leaves everything as it was.

`search_added_count` says how many documents have a hash there: a sum, so that edits at the same
time do not wait for each other. Where it is nothing, which is usual, `search_added` is not asked.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tui_crm.search.engine import Condition, Stored
from tui_crm.search.postgres import hashes
from tui_crm.search.postgres.hashes import array
from tui_crm.store import binary

if TYPE_CHECKING:
    from tui_crm.search.patch import Patch
    from tui_crm.search.postgres.asking import Asking
    from tui_crm.search.postgres.frequencies import Groups
    from tui_crm.store import Database

_GATHERED = "1GB"  # of a large change, until it is put into the index
_GATHERED_FROM = 200  # documents that a large change has
_PATCH = (
    "id", "owner_id", "team_id", "words", "shown", "px", "held", "come", "blocks", "gone",
)  # fmt: skip
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
    "WITH come AS (INSERT INTO search_added (id, px, gone)"
    " SELECT id, CASE px WHEN '{}' THEN px ELSE px || blocks END, gone FROM"
    " (SELECT p.id, p.blocks, p.gone,"
    " p.held || ARRAY(SELECT unnest(p.come) EXCEPT SELECT unnest(t.px)) AS px"
    " FROM crm_patch p JOIN search_text t ON t.id = p.id WHERE p.px IS NULL) AS n"
    " WHERE (px, gone) <> ('{}', '{}') RETURNING px)"
    " INSERT INTO search_added_count (hash, documents)"
    " SELECT hash, count(*) FROM come, unnest(px) AS hash GROUP BY hash"
)
_LOCK = (
    "SELECT count(*) FROM (SELECT 1 FROM search_text WHERE id = ANY(?::bigint[])"
    " ORDER BY id FOR NO KEY UPDATE) AS locked"
)
CHANGED = "search_added WHERE gone <> '{}'"
"""SQL text, behind FROM: the documents that lost hashes."""
FOLD = (
    f"WITH newest AS (SELECT id FROM {CHANGED} ORDER BY id DESC LIMIT ?),"
    " held AS (SELECT t.id FROM search_text t WHERE t.id = ANY(ARRAY(SELECT id FROM newest))"
    " ORDER BY t.id FOR UPDATE SKIP LOCKED),"
    " taken AS (DELETE FROM search_added a USING held WHERE a.id = held.id"
    " RETURNING a.id, a.px, a.gone),"
    " counted AS (INSERT INTO search_added_count (hash, documents)"
    " SELECT hash, -count(*) FROM taken, unnest(px) AS hash GROUP BY hash)"
    " UPDATE search_text t SET px = ARRAY((SELECT unnest(t.px) EXCEPT SELECT unnest(taken.gone))"
    " UNION SELECT unnest(taken.px)) FROM taken WHERE t.id = taken.id"
)
"""SQL text that makes all hashes of so many of them right in their own rows."""

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


def having(groups: Groups, there: Collection[int] | None = None, blocks: str = "") -> Condition:
    """The condition that a document has, of each group of ways, all hashes of one way, some of them
    in `search_added`, and is in one of the `blocks`, SQL text of an array, if given.

    `there` are the hashes that documents have there, None if that is not known.
    """
    keys = {key for ways in groups for way in ways for key in way if there is None or key in there}
    if not keys:
        return Condition("FALSE")
    condition = Condition("a.px && ?::int[]", [array(keys)])
    if blocks:
        condition &= Condition(f"a.px && {blocks}")
    source = "search_added a"
    if len(groups) > 1 or not all(len(way) == 1 for ways in groups for way in ways):
        source += " JOIN search_text own ON own.id = a.id"
        for ways in groups:
            condition &= hashes.met(ways, "(a.px || own.px)")
    return Condition(
        f"t.id = ANY(ARRAY(SELECT a.id FROM {source} WHERE {condition.sql}))", condition.params
    )


def patch(db: Database, patches: Sequence[Patch]) -> None:
    """Change the words, owners and teams of documents, and their hashes."""
    those = (array(item.id for item in patches),)
    # So that nobody puts them into one place meanwhile.
    db.run(_LOCK, those)
    held: dict[int, tuple[list[int], list[int]]] = {
        id_: (px, gone)
        for id_, px, gone in db.rows(
            "SELECT id, px, gone FROM search_added WHERE id = ANY(?::bigint[])", those
        )
    }
    recent = {
        row[0] for row in db.rows("SELECT id FROM search_recent WHERE id = ANY(?::bigint[])", those)
    }
    db.run(
        "CREATE TEMP TABLE crm_patch (id bigint, owner_id bigint, team_id bigint, words text,"
        " shown text, px int[], held int[], come int[], blocks int[], gone int[]) ON COMMIT DROP"
    )
    rows = (
        _anew(item) if item.id in recent else _row(item, *held.get(item.id, ((), ())))
        for item in patches
    )
    db.bulk_insert("crm_patch", _PATCH, rows)
    gathering = len(patches) >= _GATHERED_FROM
    if gathering:
        # What comes is gathered and put into the index in one go, which is ten times faster. It is
        # a setting of this transaction: one of the index would lock out whoever searches.
        db.run("SELECT set_config('gin_pending_list_limit', ?, true)", (_GATHERED,))
    db.run(
        "UPDATE search_text t SET words = p.words, shown = p.shown FROM crm_patch p"
        " WHERE p.id = t.id"
    )
    if recent:
        db.run("UPDATE search_recent r SET px = p.px FROM crm_patch p WHERE p.id = r.id")
    if held:
        patched = "IN (SELECT id FROM crm_patch)"
        db.run(f"WITH {TAKEN_OUT.format(those=patched)} SELECT count(*) FROM gone")
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


def _anew(item: Patch) -> tuple[Any, ...]:
    """What is written of a patch for a document that stands in `search_recent`."""
    px = array(hashes.every(Stored(item.id, item.after)))
    return *_head(item), px, None, None, None, None


def _row(item: Patch, held: Sequence[int], lost: Iterable[int]) -> tuple[Any, ...]:
    """What is written of a patch for a document that `held` hashes in `search_added`, and `lost`
    some that stand in its own row.
    """
    blocks = hashes.blocks(item.id)
    come = set(_hashes(item.come))
    gone = set(_hashes(item.gone)).difference(_hashes(item.kin), come)
    kept = set(held).difference(gone, blocks)
    lost = gone.difference(held).union(lost) - come
    return *_head(item), None, array(kept), array(come - kept), array(blocks), array(lost)


def _head(item: Patch) -> tuple[Any, ...]:
    after = item.after
    return item.id, after.owner_id, after.team_id, after.words, after.shown


def _hashes(tokens: Iterable[str]) -> Iterator[int]:
    for token in tokens:
        yield from binary.numbers(hashes.of_token(token))
