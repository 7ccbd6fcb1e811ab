"""What stands beside the index on PostgreSQL is put into it, a little at a time.

Documents that were just written (`recent`) and those from which an edit of many took something away
(`added`) cost every question, or some, a little time. To put one of them into the index of a
million takes some milliseconds: it is done while nobody waits, and only as far as there are many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_crm.search.postgres import added, recent

if TYPE_CHECKING:
    from tui_crm.store import Database

_MOST = 10_000  # documents of a kind that may stay: of a fifth of a ms, or ten where they are asked
_FOLDED = 20  # documents that are put in in one transaction, a tenth of a second
_KINDS = (("search_recent", recent.FOLD), (added.CHANGED, added.FOLD))


def fold(db: Database) -> bool:
    """Put some documents into the index, of those kinds of which there are more beside it than need
    be; False where there are not, or another session is at it.

    It is one short transaction. What is found is the same before and after it.
    """
    from tui_crm.store import beside

    with db.connection():
        many = [
            sql
            for source, sql in _KINDS
            if db.one(f"SELECT 1 FROM {source} OFFSET ? LIMIT 1", (_MOST,)) is not None
        ]
        if not many:
            return False
        with beside.alone(db, "fold") as alone:
            if not alone:
                return False
            with db.transaction():
                # Lost when the server loses its power, it is only to be done again.
                db.run("SELECT set_config('synchronous_commit', 'off', true)")
                return sum(db.run(sql, (_FOLDED,)) for sql in many) > 0
