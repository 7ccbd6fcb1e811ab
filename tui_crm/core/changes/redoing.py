"""Doing again what was undone, and bringing one old value back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_crm.core import history
from tui_crm.core.changes.door import apply
from tui_crm.core.changes.model import Edit, Request, Update, new_uid
from tui_crm.core.changes.undoing import undo
from tui_crm.core.changes.writer import CancelToken, Progress
from tui_crm.core.rows import Outcome, UndoOutcome
from tui_crm.errors import InputRefused, NotFound
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session


def redo(
    session: Session,
    change_set_id: int,
    *,
    only: int | None = None,
    preview: bool = False,
    uid: str = "",
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
    after: Progress | None = None,
) -> UndoOutcome:
    """Do a change set again that was undone, by taking its undo back; see `undo`.

    Raises `NotFound` for an unknown set and `InputRefused` for one that is in effect.
    """
    row = history.change_set(session, change_set_id)
    if row is None:
        raise NotFound(_("There is no change set {id}.").format(id=change_set_id))
    if row.undone_by_id is None:
        raise InputRefused(
            _("Change set {id} was not undone: there is nothing to do again.").format(
                id=change_set_id
            )
        )
    return undo(
        session,
        row.undone_by_id,
        only=only,
        preview=preview,
        uid=uid,
        progress=progress,
        cancel=cancel,
        after=after,
    )


def restore_value(session: Session, change_id: int, *, uid: str = "") -> Outcome:
    """Give one field of one record the value that it had before a change of the history.

    Whatever it holds now is overwritten; that is a change of its own and can be undone. Raises
    `NotFound`, and `InputRefused` for a change that is none of a field.
    """
    change = history.change(session, change_id)
    if not change.field or session.fields.get(change.field, change.entity) is None:
        raise InputRefused(_("Change {id} is not about the value of a field.").format(id=change_id))
    edit = Edit({change.field: change.old})
    request = Request([Update(change.record_id, edit, change.entity)], "edit", uid=uid or new_uid())
    return apply(session, request)
