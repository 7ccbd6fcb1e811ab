"""What happened with a customer, newest first: interactions, tasks and changes in one list."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from tui_crm.core import summaries, visibility
from tui_crm.core.aliases import FAMILY, MERGED_INTO
from tui_crm.core.checker import Checker
from tui_crm.core.fields import Field
from tui_crm.core.places import origin
from tui_crm.core.records import marks, undump
from tui_crm.core.rows import TimelineEntry
from tui_crm.core.validation import display
from tui_crm.text import dates
from tui_crm.text.i18n import _
from tui_crm.text.safe import EMPTY_GLYPH

if TYPE_CHECKING:
    from tui_crm.core.session import Session

# At the same second an interaction stands above its task, and that above the change.
_KINDS: tuple[Literal["change", "task", "interaction"], ...] = ("change", "task", "interaction")
_SHOWN = 80  # characters of a value in a change's line

_INTERACTIONS = (
    "SELECT i.id, i.started_at AS at, i.kind, i.direction, i.disposition, i.subject, i.note,"
    " coalesce(u.login, ''), i.duration FROM interaction i"
    " LEFT JOIN crm_user u ON u.id = i.author_id WHERE i.customer_id = ? AND i.deleted_at = ''"
)
_TASKS = (
    "SELECT a.id, a.created_at AS at, a.title, a.note, coalesce(u.login, ''), a.due_at, a.done_at,"
    " a.priority FROM task a LEFT JOIN crm_user u ON u.id = a.assignee_id"
    " WHERE a.customer_id = ? AND a.deleted_at = ''"
)
_CHANGES = (
    "SELECT s.id, s.at AS at, s.kind, s.summary, coalesce(u.login, '') FROM change_set s"
    " LEFT JOIN crm_user u ON u.id = s.actor_id WHERE s.id IN (SELECT h.change_set_id FROM change h"
    f" WHERE h.customer_id IN {FAMILY} AND h.entity = 'customer')"
)
_SQL = {"interaction": _INTERACTIONS, "task": _TASKS, "change": _CHANGES}


def timeline(
    session: Session, customer_id: int, before: TimelineEntry | None = None, limit: int = 200
) -> list[TimelineEntry]:
    """The entries of a customer's timeline, newest first, at most `limit` of them.

    `before` is the last entry of the page above. Nothing is given for a hidden customer.
    """
    entries: list[TimelineEntry] = []
    with session.db.reading():
        if not _visible(session, customer_id):
            return []
        for rank, kind in enumerate(_KINDS):
            where, params = _after(before, rank)
            found = session.db.rows(
                f"SELECT * FROM ({_SQL[kind]}) AS found {where} ORDER BY at DESC, id DESC LIMIT ?",
                (customer_id, *params, limit),
            )
            if kind == "change":
                entries += _changes(session, customer_id, found)
            else:
                entries += map(_MAKE[kind], found)
    entries.sort(key=lambda e: (e.at, _KINDS.index(e.kind), e.id), reverse=True)
    return entries[:limit]


def timeline_count(session: Session, customer_id: int) -> int:
    """How many entries the timeline of a customer has."""
    with session.db.reading():
        if not _visible(session, customer_id):
            return 0
        row = session.db.one(
            "SELECT (SELECT count(*) FROM interaction WHERE customer_id = ? AND deleted_at = '')"
            " + (SELECT count(*) FROM task WHERE customer_id = ? AND deleted_at = '')"
            f" + (SELECT count(DISTINCT change_set_id) FROM change WHERE customer_id IN {FAMILY}"
            " AND entity = 'customer')",
            (customer_id,) * 3,
        )
    return int(row[0]) if row else 0


def _visible(session: Session, customer_id: int) -> bool:
    allowed, params = visibility.condition(session.viewer, deleted=True)
    sql = f"SELECT 1 FROM customer c WHERE c.id = ? AND {allowed}"
    return session.db.one(sql, (customer_id, *params)) is not None


def _after(before: TimelineEntry | None, rank: int) -> tuple[str, list[Any]]:
    """The condition for entries of one kind that stand below `before`."""
    if before is None:
        return "", []
    at = dates.to_iso(before.at)
    above = _KINDS.index(before.kind)
    if rank == above:
        return "WHERE (at < ? OR (at = ? AND id < ?))", [at, at, before.id]
    return ("WHERE at <= ?" if rank < above else "WHERE at < ?"), [at]


def _interaction(row: tuple[Any, ...]) -> TimelineEntry:
    id_, at, kind, direction, disposition, subject, note, author, duration = row
    return TimelineEntry(
        "interaction", id_, dates.from_iso(at), kind, direction, disposition, subject, note, author,
        duration=duration,
    )  # fmt: skip


def _task(row: tuple[Any, ...]) -> TimelineEntry:
    id_, at, title, note, assignee, due, done, priority = row
    return TimelineEntry(
        "task", id_, dates.from_iso(at), "task", title=title, text=note, author=assignee,
        due_at=dates.from_iso(due) if due else None,
        done_at=dates.from_iso(done) if done else None,
        priority=priority,
    )  # fmt: skip


_MAKE: dict[str, Callable[[tuple[Any, ...]], TimelineEntry]] = {
    "interaction": _interaction,
    "task": _task,
}


def _changes(
    session: Session, customer_id: int, sets: list[tuple[Any, ...]]
) -> list[TimelineEntry]:
    """The entries of change sets; their text says what became of which field, and from which rows
    of which files it came.
    """
    texts: dict[int, list[str]] = {}
    origins: dict[int, dict[str, None]] = {}
    ids = [row[0] for row in sets]
    checker = Checker(session)
    if ids:
        for set_id, action, field, old, new, source, place in session.db.rows(
            "SELECT h.change_set_id, h.action, h.field, h.old, h.new, s.source, h.place"
            " FROM change h JOIN change_set s ON s.id = h.change_set_id"
            f" WHERE h.customer_id IN {FAMILY} AND h.entity = 'customer'"
            # The plus keeps the plan to the changes of this customer: a batch has millions.
            f" AND +h.change_set_id IN ({marks(len(ids))}) ORDER BY h.id",
            (customer_id, *ids),
        ):
            texts.setdefault(set_id, []).append(_describe(checker, action, field, old, new))
            if place:
                origins.setdefault(set_id, {})[origin(source, place)] = None
    return [
        TimelineEntry("change", id_, dates.from_iso(at), kind,
                      title=", ".join(origins.get(id_, ()))
                      or summaries.shown(summary, session.fields),
                      text="; ".join(texts.get(id_, ())), author=author)
        for id_, at, kind, summary, author in sets
    ]  # fmt: skip


def _describe(checker: Checker, action: str, field: str, old: str, new: str) -> str:
    """A line of the history as a person reads it; `old` and `new` are JSON texts."""
    if action != "update":
        words = {"create": _("created"), "delete": _("deleted"), "restore": _("restored")}
        return words[action]
    if field == MERGED_INTO:
        return _("merged") if undump(new) else _("taken out of the merge")
    item = checker.session.fields.get(field)
    label = item.label if item else field
    return f"{label}: {_shown(checker, item, old)} → {_shown(checker, item, new)}"


def _shown(checker: Checker, field: Field | None, text: str) -> str:
    value = undump(text)
    if field is not None:
        shown = display(checker.session, field, value, checker=checker)
    else:  # a custom field that is no longer in the registry
        shown = "; ".join(value) if isinstance(value, tuple) else str(value)
    shown = shown or EMPTY_GLYPH
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
