"""Words of interactions: found, kept in an index, and made anew.

`search` finds them; `update` is called by the write door inside the transaction of the change,
`prepare` and `check` by those who look after the database; `rebuild` makes the index anew.
"""

from tui_crm.search.notes.finding import (
    NoteAnswer,
    NoteHit,
    check,
    is_ready,
    prepare,
    search,
    update,
)

__all__ = ["NoteAnswer", "NoteHit", "check", "is_ready", "prepare", "search", "update"]
