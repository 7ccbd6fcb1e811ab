"""Segments: queries that a user saved under a name, each with a key of its own if wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_crm.core.rows import SegmentRow
from tui_crm.errors import InputRefused, NotFound, UsageError
from tui_crm.text import dates
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.core.session import Session


def all(session: Session) -> list[SegmentRow]:  # noqa: A001 - read as `segments.all`
    """The viewer's segments, by name."""
    with session.db.connection():
        found = session.db.rows(
            "SELECT id, name, query, key FROM segment WHERE owner_id = ? ORDER BY lower(name), id",
            (session.viewer.id,),
        )
    return [SegmentRow(*row) for row in found]


def save(session: Session, name: str, query: str, key: str = "") -> SegmentRow:
    """Keep a query under a name; the same name again replaces it.

    Raises `InputRefused` for an empty name and for a key that another segment has, and
    `UsageError` for a query that cannot be read. A tag or an owner that it names may come later.
    """
    from tui_crm.search.language.query import parse

    name, query, key = clean_line(name), clean_line(query), clean_line(key)
    if not name:
        raise InputRefused(_("A saved search needs a name."))
    if problems := parse(query, session.fields).problems:
        raise UsageError(problems[0].message)
    db, owner = session.db, session.viewer.id
    with db.transaction():
        other = db.one(
            "SELECT name FROM segment WHERE owner_id = ? AND key = ? AND key <> '' AND name <> ?",
            (owner, key, name),
        )
        if other:
            raise InputRefused(
                _('The key "{key}" belongs to the saved search "{name}".').format(
                    key=key, name=other[0]
                )
            )
        db.run(
            "INSERT INTO segment (owner_id, name, query, key, created_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (owner_id, name)"
            " DO UPDATE SET query = excluded.query, key = excluded.key",
            (owner, name, query, key, dates.to_iso(dates.utc_now())),
        )
        row = db.one("SELECT id FROM segment WHERE owner_id = ? AND name = ?", (owner, name))
    assert row is not None  # it was written in this transaction
    return SegmentRow(row[0], name, query, key)


def rename(session: Session, segment_id: int, name: str) -> SegmentRow:
    """Give a segment another name; queries of the viewer's other segments that name it follow.

    Raises `InputRefused` for an empty name and for that of another segment, and `NotFound` where
    the viewer has none with that id.
    """
    from tui_crm.search.language.saved import renamed
    from tui_crm.text.fold import fold

    name = clean_line(name)
    if not name:
        raise InputRefused(_("A saved search needs a name."))
    with session.db.transaction():
        mine = {row.id: row for row in all(session)}
        row = mine.pop(segment_id, None)
        if row is None:
            raise NotFound(_("There is no such saved search."))
        if any(fold(other.name) == fold(name) for other in mine.values()):
            raise InputRefused(_("There is a saved search “{name}” already.").format(name=name))
        session.db.run("UPDATE segment SET name = ? WHERE id = ?", (name, segment_id))
        for other in mine.values():
            query = renamed(other.query, row.name, name)
            if query != other.query:
                session.db.run("UPDATE segment SET query = ? WHERE id = ?", (query, other.id))
    return SegmentRow(row.id, name, row.query, row.key)


def delete(session: Session, segment_id: int) -> None:
    """Forget a segment; raises `NotFound` where the viewer has none with that id."""
    with session.db.transaction():
        gone = session.db.run(
            "DELETE FROM segment WHERE id = ? AND owner_id = ?", (segment_id, session.viewer.id)
        )
    if not gone:
        raise NotFound(_("There is no such saved search."))
