"""Who holds up a writer on PostgreSQL: the one who has locked the rows that it wants.

The writer itself waits inside the server, so a thread of its own asks, through a connection of its
own, and only once the writer has been at it for a while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui_crm.errors import CrmError
from tui_crm.store.patience import NOTICE_AFTER, Holder

if TYPE_CHECKING:
    from tui_crm.store.database import Database

_BLOCKER = (
    "SELECT coalesce(u.login, ''), extract(epoch FROM a.xact_start)"
    " FROM unnest(pg_blocking_pids(?)) AS b (pid)"
    " JOIN pg_stat_activity a ON a.pid = b.pid"
    " LEFT JOIN crm_user u ON CAST(u.id AS text) = split_part(a.application_name, ' ', 2)"
    " ORDER BY a.xact_start LIMIT 1"
)


def application_name(user_id: int, login: str) -> str:
    """How a session calls itself, for `pg_stat_activity`: the server keeps ASCII letters only."""
    return f"crm {user_id} {login}"[:60]


@contextmanager
def watched(db: Database, pid: int, notice: Callable[[Holder], None] | None) -> Iterator[None]:
    """While the block waits for somebody, call `notice` from another thread once a second.

    `pid` is the server's process of the connection that waits.
    """
    if notice is None:
        yield
        return
    over = threading.Event()

    def watch() -> None:
        with suppress(CrmError):  # the writer itself meets what is wrong with the server
            while not over.wait(NOTICE_AFTER):
                with db.connection():
                    row = db.one(_BLOCKER, (pid,))
                if row is not None and row[1] is not None and not over.is_set():
                    notice(Holder(row[0], datetime.fromtimestamp(float(row[1]), UTC)))

    watcher = threading.Thread(target=watch, name="crm-blocker", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
