"""Undo and redo after a question: what goes back, and what stays because it was edited since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakSet

from tui_crm.core.ids import IdSet
from tui_crm.core.rows import ChangeSetRow, RecordResult, UndoOutcome
from tui_crm.errors import CrmError
from tui_crm.text.dates import format_local
from tui_crm.text.i18n import _, ngettext
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.words import CHANGE_KINDS, number
from tui_crm.ui.working import stoppable

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel, Progress

_MOST_LINES = 6
"""Records that the question names; the report of the history has all of them."""

_MOST_LETTERS = 80
_CREATING = ("create", "import", "log")

_busy: WeakSet[CrmScreen] = WeakSet()
"""Screens on which an undo is being worked out or asked about: one at a time."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did, and the customers that it touched."""

    outcome: UndoOutcome
    customers: IdSet


async def undo_last(screen: CrmScreen) -> bool:
    """Offer to undo the newest change of the viewer; whether something was undone."""
    return await _offer_last(screen, again=False)


async def redo_last(screen: CrmScreen) -> bool:
    """Offer to do again what the viewer undid last; whether something was done."""
    return await _offer_last(screen, again=True)


async def _offer_last(screen: CrmScreen, *, again: bool) -> bool:
    try:
        newest = await screen.fetch(_last, again)
    except CrmError as error:
        screen.show_error(error)
        return False
    if newest is None:
        nothing = _("There is nothing of yours to do again.")
        screen.say(nothing if again else _("There is nothing of yours to undo."))
        return False
    row, title = newest
    return await undo(screen, row, title, again=again)


async def undo(
    screen: CrmScreen,
    row: ChangeSetRow,
    title: str,
    *,
    again: bool = False,
    only: int | None = None,
) -> bool:
    """Offer to undo a change set that is called `title`, and do it; whether it was undone.

    With `again` it was undone before, and is done again; with `only`, for that customer alone.
    """
    if screen in _busy:
        return False
    _busy.add(screen)
    try:
        return await _undo(screen, row, title, again, only)
    except CrmError as error:
        screen.show_error(error)
        return False
    finally:
        _busy.discard(screen)


async def _undo(
    screen: CrmScreen, row: ChangeSetRow, title: str, again: bool, only: int | None
) -> bool:
    from tui_crm.core.changes import new_uid

    session, heading = screen.session, _("Redo") if again else _("Undo")
    plan = await stoppable(screen, heading, _preview, session, row.id, again, only, follows=True)
    if not await _agreed(screen, row, title, plan, again):
        return False
    done = await stoppable(
        screen, heading, _apply, session, row.id, again, only, new_uid(), follows=True
    )
    screen.crm.spread(done.customers)
    screen.crm.spawn(screen.crm.look_after())  # what many who went left behind
    screen.say(summary(done.outcome, again=again), "warn" if done.outcome.failed else "good")
    return True


async def _agreed(
    screen: CrmScreen, row: ChangeSetRow, title: str, plan: UndoOutcome, again: bool
) -> bool:
    """Ask, and show every record of the three parts to whoever wants to see them first."""
    from tui_crm.ui.screens.changes_buckets import BucketsScreen

    keys = []
    if plan.reversed:
        keys.append(("y", _("do it again") if again else _("undo it")))
    if plan.kept or plan.failed:
        keys.append(("l", _("list them")))
    heading = _("Redo") if again else _("Undo")
    text = question_text(row, title, plan, screen.session, again=again)
    while True:
        answer = await screen.ask_user(Confirm(heading, text, keys))
        if answer != "l":
            return answer == "y"
        await screen.ask_user(BucketsScreen(plan, title))


def question_text(
    row: ChangeSetRow, title: str, plan: UndoOutcome, session: Session, *, again: bool = False
) -> str:
    """What the question says: the change, and what would become of each of its records."""
    when = format_local(row.at, session.zone)
    kind = _(CHANGE_KINDS.get(row.kind, row.kind))
    lines = [
        _cut(title or kind),
        _("{kind} by {who}, {when}").format(kind=kind, who=row.actor or "–", when=when),
        "",
    ]
    if plan.reversed and again:
        text = ngettext(
            "✓ {count} record becomes again what the change made of it.",
            "✓ {count} records become again what the change made of them.",
            plan.reversed,
        )
        lines.append(text.format(count=number(plan.reversed)))
    elif plan.reversed:
        text = ngettext(
            "✓ {count} record goes back to what it was.",
            "✓ {count} records go back to what they were.",
            plan.reversed,
        )
        lines.append(text.format(count=number(plan.reversed)))
        if row.kind in _CREATING:
            lines.append(_("   What it created goes to the recycle bin."))
    else:
        nothing = _("Nothing of it can be done again.")
        lines.append(nothing if again else _("Nothing of it can be taken back."))
    if plan.kept:
        text = ngettext(
            "• {count} value was edited since and stays as it is:",
            "• {count} values were edited since and stay as they are:",
            len(plan.kept),
        )
        lines += [text.format(count=number(len(plan.kept))), *_some(plan.kept)]
    if plan.failed:
        text = ngettext(
            "! {count} record cannot be changed:",
            "! {count} records cannot be changed:",
            len(plan.failed),
        )
        lines += [text.format(count=number(len(plan.failed))), *_some(plan.failed)]
    return "\n".join(lines)


def _some(results: Sequence[RecordResult]) -> Iterable[str]:
    for result in results[:_MOST_LINES]:
        yield f"   {_cut(result.name) or result.id}: {_cut(result.reason)}"
    if (more := len(results) - _MOST_LINES) > 0:
        yield "   " + ngettext("and {count} more", "and {count} more", more).format(
            count=number(more)
        )


def _cut(text: str) -> str:
    """A name as a question can hold it: the numbers below must stay on the screen."""
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def summary(outcome: UndoOutcome, *, again: bool = False) -> str:
    """One line on what an undo did, or a redo."""
    back = ngettext("{count} record taken back", "{count} records taken back", outcome.reversed)
    if again:
        back = ngettext("{count} record done again", "{count} records done again", outcome.reversed)
    parts = [back.format(count=number(outcome.reversed))]
    if outcome.kept:
        parts.append(_("{count} kept").format(count=number(len(outcome.kept))))
    if outcome.failed:
        parts.append(_("{count} failed").format(count=number(len(outcome.failed))))
    return _("{text}.").format(text=_(", ").join(parts))


# Asked in the lanes; the write door is imported there.


def _last(session: Session, again: bool) -> tuple[ChangeSetRow, str] | None:
    from tui_crm.core import history
    from tui_crm.ui.screens.changes import told

    with session.db.connection():
        row = history.last_redoable(session) if again else history.last_undoable(session)
        if again and row is not None and row.undoes_id is not None:
            row = history.change_set(session, row.undoes_id)
        return (row, told(session, [row])[0].full_title) if row is not None else None


def _preview(
    session: Session,
    change_set_id: int,
    again: bool,
    only: int | None,
    cancel: Cancel,
    *,
    progress: Progress,
    after: Progress,
) -> UndoOutcome:
    from tui_crm.core import changes

    act = changes.redo if again else changes.undo
    with session.db.connection():
        return act(
            session,
            change_set_id,
            only=only,
            preview=True,
            progress=progress,
            cancel=cancel,
            after=after,
        )


def _apply(
    session: Session,
    change_set_id: int,
    again: bool,
    only: int | None,
    uid: str,
    cancel: Cancel,
    *,
    progress: Progress,
    after: Progress,
) -> Undone:
    from tui_crm.core import changes, history

    act = changes.redo if again else changes.undo
    with session.db.connection():
        outcome = act(
            session,
            change_set_id,
            only=only,
            uid=uid,
            progress=progress,
            cancel=cancel,
            after=after,
        )
        touched = IdSet()
        if outcome.change_set_id is not None:
            touched = history.customers_of(session, outcome.change_set_id)
    return Undone(outcome, touched)
