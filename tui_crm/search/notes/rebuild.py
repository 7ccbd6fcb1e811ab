"""The index of notes made anew while others read and write.

A table beside the one in use is filled in the order of the keys, some thousand interactions in a
transaction. What others change meanwhile is followed (`NoteIndex.follow`), so that the new table
is right when it is put in the place of the old one.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from tui_crm.errors import DatabaseUnreachable, InputRefused
from tui_crm.search.notes.index import Note, NoteIndex, interaction_of, key_at, note_index
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.store import Database

Progress = Callable[[int, int], None]

_TABLES = ("search_notes",)
_DROPPING = -1  # in the place of the key up to which the new table is filled
_BUILT = 10_000  # interactions in one transaction
_PATIENCE, _PAUSE = 60.0, 0.02  # seconds for which a moment is waited in which nobody reads


def rebuild(db: Database, progress: Progress | None = None) -> None:
    """Make the whole index anew; `progress` gets done and total interactions.

    Others can read and write meanwhile, unless it is called inside a transaction: then it is a part
    of that. Raises `InputRefused` where another session is at it.
    """
    from tui_crm.store import beside

    with db.connection(), beside.alone(db, "notes") as alone:
        if not alone:
            raise InputRefused(
                _("The index of notes is being rebuilt by another session."),
                _("Wait until it is done. Searching and editing go on meanwhile."),
            )
        _tidy(db)
        try:
            _build(db, note_index(db), progress)
        except BaseException:
            # The transaction that this may be a part of takes nothing more after an error.
            with suppress(Exception):
                _tidy(db)
            raise
        _tidy(db)


def tidy(db: Database) -> None:
    """Take away what is left of a rebuild that was killed; costs one query where nothing is."""
    if db.one("SELECT 1 FROM search_notes_state WHERE built_to IS NOT NULL") is not None:
        from tui_crm.store import beside

        with db.connection(), beside.alone(db, "notes") as alone:
            if alone:
                _tidy(db)


def _tidy(db: Database) -> None:
    from tui_crm.store import beside

    with beside.patient(db):
        db.run("UPDATE search_notes_state SET built_to = ?", (_DROPPING,))
        db.run("DELETE FROM search_notes_pending")
    beside.drop(db, _TABLES)
    db.run("UPDATE search_notes_state SET built_to = NULL")


def _build(db: Database, index: NoteIndex, progress: Progress | None) -> None:
    from tui_crm.store import beside

    with beside.patient(db):
        beside.create(db, _TABLES)
        beside.await_writers(db, "search_notes")
        db.run("UPDATE search_notes_state SET built_to = 0")
    keys = _keys(db)
    for at in range(0, len(keys), _BUILT):
        chunk = {interaction_of(key): key for key in keys[at : at + _BUILT]}
        with beside.patient(db):
            notes = _notes(db, list(chunk), index.unbuilt())
            index.build(db, sorted((n for n in notes if n.key == chunk[n.id]), key=_key))
            db.run("UPDATE search_notes_state SET built_to = ?", (keys[at + len(chunk) - 1],))
        if progress is not None:
            progress(min(len(keys), at + _BUILT), len(keys))
    with beside.patient(db):
        index.finish(db)
    until = time.monotonic() + _PATIENCE
    while not _swap(db, index):
        if time.monotonic() > until:
            raise DatabaseUnreachable(
                _("The new index of notes could not be put in its place: the old one is in use."),
                _("Try again when long reports and exports of others are done."),
            )
        time.sleep(_PAUSE)


def _swap(db: Database, index: NoteIndex) -> bool:
    """Put the new table in the place of the old one; False where somebody is reading just now."""
    from tui_crm.store import beside

    try:
        with beside.patient(db):
            if not beside.lock(db, _TABLES):
                raise _InUse
            beside.swap(db, _TABLES)
            index.catch_up(db, lambda ids: _notes(db, ids, "TRUE"))
            db.run("UPDATE search_notes_state SET ready = 1, built_to = ?", (_DROPPING,))
    except _InUse:
        return False
    return True


class _InUse(Exception):  # noqa: N818 - it is no error
    """The table is in use."""


def _keys(db: Database) -> Sequence[int]:
    """The keys of all interactions, in order; eight bytes each."""
    import numpy as np

    keys = array("q")
    for rows in db.stream(
        "SELECT id, substr(started_at, 1, 10) FROM interaction WHERE deleted_at = ''"
    ):
        keys.extend([key_at(day, id_) for id_, day in rows])
    np.frombuffer(keys, np.int64).sort()
    return keys


def _notes(db: Database, ids: Sequence[int], condition: str) -> Iterable[Note]:
    for at in range(0, len(ids), 1000):
        some = ids[at : at + 1000]
        yield from (
            Note(*row)
            for row in db.rows(
                "SELECT i.id, i.started_at, i.subject, i.note FROM interaction i"
                f" WHERE i.deleted_at = '' AND i.id IN ({', '.join('?' * len(some))})"
                f" AND {condition}",
                some,
            )
        )


def _key(note: Note) -> int:
    return note.key
