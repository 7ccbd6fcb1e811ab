"""The search index kept equal to the data.

`update` is called by the write door inside the transaction of the change, so that what is found
is always what is stored. `rebuild` makes the index anew, `check` proves it right.

A rebuild fills tables beside those in use, while others read and write; `remember` notes whom they
changed, and these customers are brought up to date in the transaction that puts the new tables in
their place. Killed at any moment, it leaves the old index or the new one, and remains that `tidy`
takes away.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from zlib import crc32

from tui_crm.core.collector import without_collector
from tui_crm.core.records import chunks, marks
from tui_crm.errors import DatabaseUnreachable, InputRefused
from tui_crm.search import reading
from tui_crm.search.engine import Engine, Read, Stored, engine_of
from tui_crm.search.tokens import (
    Document,
    digit_tokens,
    forget,
    index_tokens,
    learned_words,
    long_items,
)
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.store import Database

_CHUNK = 500  # customers read at a time
_BUILT = 2000  # the same, when the index is made anew
_PATIENCE, _PAUSE = 60.0, 0.02  # seconds for which a moment is waited in which nobody reads
_MUCH = 900.0  # the same, where more than the index would be lost
_GATHERED = 20_000  # documents held until they are appended
_LEFT = 50_000  # customers who leave the index at once
_WORTH_REBUILDING = 20_000  # new documents
_READ = 0.6  # of the time of a rebuild, until all documents are made
_MOST_PROBLEMS = 20


def update(db: Database, customer_ids: Iterable[int]) -> None:
    """Bring the index in line with the data for these customers, deleted ones included.

    Belongs into the transaction that changed them. A customer whose last contact is newer than
    what the index knows moves to the top. Where it is about most of all customers, the whole index
    is made anew, as by `add`.
    """
    customer_ids = list(customer_ids)
    # Rows that a server has locked for this transaction may be in the way of making it anew.
    if db.engine == "sqlite" and _is_most(db, len(customer_ids)):
        with suppress(InputRefused):  # another session is at it
            rebuild(db)
            return
    engine = engine_of(db)
    gathered: list[Document] = []
    learned: set[str] = set()
    changed: list[int] = []
    for chunk in chunks(_in_index_order(db, customer_ids), _CHUNK):
        stored, current = reading.found(db, chunk)
        removed: list[Stored] = []
        replaced: list[tuple[Stored, Stored]] = []
        for customer_id in chunk:
            old, new = stored.get(customer_id), current.get(customer_id)
            if new is not None and (old is None or new.words != old.document.words):
                known = long_items(old.document.words) if old else ()
                learned.update(set(long_items(new.words)).difference(known))
            if old is None:
                if new is not None:
                    gathered.append(new)
            elif new is None:
                removed.append(old)
            elif new.stamp > old.document.stamp:
                removed.append(old)
                gathered.append(new)
            elif new != old.document:
                replaced.append((old, Stored(old.id, new)))
        changed += [item.document.customer_id for item in removed]
        changed += [old.document.customer_id for old, _new in replaced]
        if removed:
            engine.remove(db, sorted(removed))
        if replaced:
            engine.replace(db, sorted(replaced, key=lambda pair: pair[0].id))
        if len(gathered) >= _GATHERED:
            _append(db, engine, gathered)
            changed += [item.customer_id for item in gathered]
            gathered = []
    if gathered:
        _append(db, engine, gathered)
        changed += [item.customer_id for item in gathered]
    if learned:
        engine.add_words(db, sorted(learned_words(learned)))
    if changed:
        remember(db, changed)


def add(
    db: Database,
    customer_ids: Sequence[int],
    tell: Callable[[int], None],
    check: Callable[[], None],
) -> None:
    """Put new customers into the index, in the transaction that made them.

    `tell` is called with how many are done, many times; `check` may raise to stop it. Where most
    of all customers are new, the whole index is made anew: many times quicker than document by
    document on PostgreSQL, and on SQLite by processes that fill its tables side by side.
    """
    if _is_most(db, len(customer_ids)) and _made_anew(db, len(customer_ids), tell, check):
        return
    engine = engine_of(db)
    custom = reading.indexed_custom(db)
    learned: set[str] = set()
    for chunk in chunks(customer_ids, _BUILT):
        check()
        found = list(reading.documents(db, chunk, custom).values())
        for item in found:
            learned.update(long_items(item.words))
        _append(db, engine, found)
        tell(len(chunk))
    engine.add_words(db, sorted(learned_words(learned)))
    remember(db, customer_ids)


def remove(
    db: Database,
    customer_ids: Sequence[int],
    tell: Callable[[int], None],
    check: Callable[[], None],
) -> None:
    """Let many customers be found no more, in the transaction that put them into the recycle bin;
    `tell` and `check` are as in `add`. What is slow about it is left to `fold`.
    """
    engine = engine_of(db)
    for chunk in chunks(customer_ids, _LEFT):
        check()
        engine.leave(db, chunk)
        tell(len(chunk))
    remember(db, customer_ids)


def erase(db: Database, customer_ids: Sequence[int]) -> None:
    """Take customers who are gone for good out of the index, with all that `remove` left of them.

    Belongs into the transaction that purged them.
    """
    update(db, customer_ids)
    engine_of(db).erase(db, customer_ids)


def _made_anew(
    db: Database, count: int, tell: Callable[[int], None], check: Callable[[], None]
) -> bool:
    """Make the whole index anew for the sake of so many customers; False where another session is
    at it.
    """
    from tui_crm.store import beside

    with suppress(InputRefused), beside.told_as(count, _READ, tell, check) as progress:
        rebuild(db, progress)
        return True
    return False


def _is_most(db: Database, count: int) -> bool:
    """Whether so many customers are worth processes of their own, and more than half of all whom
    the index has or should have. Not where this transaction has written to the index on a server:
    a rebuild would wait for its end.
    """
    from tui_crm.store import beside

    if count < _WORTH_REBUILDING or beside.is_writing(db, "search_doc"):
        return False
    row = db.one(
        "SELECT (SELECT count(*) FROM customer WHERE deleted_at = ''),"
        " (SELECT count(*) FROM search_doc)"
    )
    return row is not None and 2 * count > max(row)


def remember(db: Database, customer_ids: Iterable[int]) -> None:
    """Let a rebuild that runs meanwhile know whose documents were changed.

    Comes behind the changes, in their transaction: whoever has begun to write when a rebuild
    begins is waited for.
    """
    if db.prepared("SELECT 1 FROM search_rebuild WHERE state = 'building'"):
        rows = ((id_,) for id_ in customer_ids)
        db.bulk_insert("search_pending", ("customer_id",), rows)


def rebuild(db: Database, progress: Callable[[int, int], None] | None = None) -> None:
    """Make the whole index anew; `progress` gets done and total customers.

    Others can read and write meanwhile. Called inside a transaction it is a part of that: SQLite
    has one writer at a time then, and on a server others wait from the moment at which the new
    index is put in its place to the end of the transaction. Raises `InputRefused` where another
    session is at it.
    """
    from tui_crm.store import beside

    engine = engine_of(db)
    with db.relaxed(), beside.alone(db, "rebuild") as alone:
        if not alone:
            raise InputRefused(
                _("The search index is being rebuilt by another session."),
                _("Wait until it is done. Searching and editing go on meanwhile."),
            )
        beside.apart(db, partial(_tidy, db, engine))
        try:
            with without_collector():
                _build(db, engine, progress)
        except BaseException:
            # The transaction that this may be a part of takes nothing more after an error.
            with suppress(Exception):
                beside.apart(db, partial(_tidy, db, engine))
            raise
        finally:
            forget()
        _tidy(db, engine)


def tidy(db: Database) -> None:
    """Take away what is left of a rebuild that was killed; costs one query where nothing is."""
    if db.one("SELECT 1 FROM search_rebuild") is not None or db.remains():
        from tui_crm.store import beside

        with db.connection(), beside.alone(db, "rebuild") as alone:
            if alone:
                _tidy(db, engine_of(db))


def fold(db: Database) -> bool:
    """A tenth of a second of work on an index to which much was added piece by piece, or which much
    left at once, so that questions stay quick; True where there is more of it. Nobody waits for it
    meanwhile.
    """
    return engine_of(db).fold(db)


def _tidy(db: Database, engine: Engine) -> None:
    from tui_crm.store import beside

    beside.drop(db, engine.tables)
    engine.tidy(db)
    with beside.patient(db):
        db.run("DELETE FROM search_pending")
        db.run("DELETE FROM search_rebuild")


def _begin(db: Database) -> None:
    """From here on whoever changes customers leaves a note of it."""
    from tui_crm.store import beside

    with beside.patient(db):
        beside.await_writers(db, "search_doc")
        db.run("INSERT INTO search_rebuild (state) VALUES ('building')")


def _build(db: Database, engine: Engine, progress: Callable[[int, int], None] | None) -> None:
    from tui_crm.store import beside

    with beside.patient(db):
        beside.create(db, engine.tables)
    beside.apart(db, partial(_begin, db))
    ids, stamps = array("q"), array("q")
    for rows in db.stream(
        "SELECT id, CASE WHEN last_contact > created_at THEN last_contact ELSE created_at END AS"
        " stamp FROM customer WHERE deleted_at = '' ORDER BY stamp, id"
    ):
        ids.extend([row[0] for row in rows])
        stamps.extend([hash(row[1]) for row in rows])
    with beside.patient(db):
        next_id = engine.next_ids(db, max(1, len(ids)))
    words: set[str] = set()
    with engine.building(db, len(ids), reading.indexed_custom(db), words) as fill:
        for at in range(0, len(ids), _BUILT):
            chunk = ids[at : at + _BUILT].tolist()
            with db.reading():
                read = db.together(reading.queries(db, chunk))
            now = reading.stamps(read)
            numbered = enumerate(zip(chunk, stamps[at : at + _BUILT], strict=True), next_id)
            # Who was contacted meanwhile has another place: it will be given at the end.
            places = {
                id_: n for n, (id_, stamp) in numbered if id_ in now and hash(now[id_]) == stamp
            }
            with beside.patient(db):
                fill(Read(places, read))
            next_id += len(chunk)
            if progress is not None:
                progress(min(len(ids), at + _BUILT), len(ids))
    until = time.monotonic() + (_MUCH if db.peewee.in_transaction() else _PATIENCE)
    while not _swap(db, engine, words):
        if time.monotonic() > until:
            raise DatabaseUnreachable(
                _("The new search index could not be put in its place: the old one is in use."),
                _("Try again when long reports and exports of others are done."),
            )
        time.sleep(_PAUSE)


def _swap(db: Database, engine: Engine, words: set[str]) -> bool:
    """Put the new tables in the place of the old ones and bring them up to date; False where
    somebody is reading just now.
    """
    from tui_crm.store import beside

    try:
        with beside.patient(db):
            if not beside.lock(db, engine.tables):
                raise _InUse
            beside.swap(db, engine.tables)
            db.run("UPDATE search_rebuild SET state = 'swapped'")
            known = {row[0] for row in db.rows("SELECT word FROM search_word")}
            gone = sorted(known - words)
            db.run_many("DELETE FROM search_word WHERE word = ?", ((word,) for word in gone))
            engine.add_words(db, sorted(words - known))
            update(db, [row[0] for row in db.rows("SELECT customer_id FROM search_pending")])
    except _InUse:
        return False
    return True


class _InUse(Exception):  # noqa: N818 - it is no error
    """The tables of the index are in use."""


def check(db: Database, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """What differs between the index and the data; empty when they are equal.

    Reads everything: a minute for a million customers.
    """
    engine = engine_of(db)
    problems: list[str] = []
    tokens = checksum = done = 0
    with db.reading():
        custom = reading.indexed_custom(db)
        learned: set[str] = set()
        total = (db.one("SELECT count(*) FROM customer") or (0,))[0]
        below = 0
        while rows := db.rows(
            "SELECT id FROM customer WHERE id > ? ORDER BY id LIMIT ?", (below, _CHUNK)
        ):
            chunk = [row[0] for row in rows]
            below = chunk[-1]
            stored, current = reading.stored(db, chunk), reading.documents(db, chunk, custom)
            problems += _differences(chunk, stored, current)
            if current.keys() == stored.keys():
                problems += engine.check(db, _sample(stored.values(), done))
            for item in stored.values():
                learned.update(long_items(item.document.words))
                for token in (*index_tokens(item.document), *digit_tokens(item.document)):
                    tokens += 1
                    checksum += crc32(token.encode())
            done += len(chunk)
            if progress is not None:
                progress(done, total)
            if len(problems) >= _MOST_PROBLEMS:
                return problems[:_MOST_PROBLEMS]
        orphans = db.rows(
            "SELECT d.customer_id FROM search_doc d LEFT JOIN customer c ON c.id = d.customer_id"
            " WHERE c.id IS NULL LIMIT ?",
            (_MOST_PROBLEMS,),
        )
        problems += [
            _("customer {id}: is in the search index but does not exist").format(id=row[0])
            for row in orphans
        ]
        known = {row[0] for row in db.rows("SELECT word FROM search_word")}
        problems += [
            _("the word “{word}” is missing among those that typing is corrected to").format(
                word=word
            )
            for word in sorted(learned_words(learned) - known)[:_MOST_PROBLEMS]
        ]
        if not problems:
            problems += engine.check_whole(db, tokens, checksum)
    return problems[:_MOST_PROBLEMS]


def _differences(
    ids: Iterable[int], stored: dict[int, Stored], current: dict[int, Document]
) -> list[str]:
    problems = []
    for customer_id in ids:
        held, right = stored.get(customer_id), current.get(customer_id)
        if held is None and right is not None:
            message = _("customer {id}: is missing in the search index")
        elif held is not None and right is None:
            message = _("customer {id}: is deleted but still in the search index")
        elif held is not None and held.document != right:
            message = _("customer {id}: the search index holds an older state")
        else:
            continue
        problems.append(message.format(id=customer_id))
    return problems


def _sample(stored: Iterable[Stored], done: int) -> list[Stored]:
    """All documents of the first customers, and then one of each chunk."""
    items = list(stored)
    return items if done < 5 * _CHUNK else items[:1]


def _append(db: Database, engine: Engine, gathered: Sequence[Document]) -> None:
    """Put documents at the top of the index, the most recent ones highest."""
    first = engine.next_ids(db, len(gathered))
    in_order = sorted(gathered, key=lambda item: (item.stamp, item.customer_id))
    engine.insert(db, [Stored(first + number, item) for number, item in enumerate(in_order)])


def _in_index_order(db: Database, customer_ids: Iterable[int]) -> list[int]:
    """The customers in the order of their documents, those without one at the end."""
    wanted = list(dict.fromkeys(customer_ids))
    if len(wanted) <= _CHUNK:
        return wanted
    order: dict[int, int] = {}
    for chunk in chunks(wanted, _CHUNK):
        sql = f"SELECT customer_id, id FROM search_doc WHERE customer_id IN ({marks(len(chunk))})"
        order.update(db.rows(sql, chunk))
    return sorted(wanted, key=lambda customer_id: order.get(customer_id, 1 << 62))
