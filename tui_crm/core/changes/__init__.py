"""The write door: every change to customer data, and every undo, goes through here.

`apply` takes a `Request` and gives an `Outcome`; `undo` reverses a change set; `preview` says what
an edit would do without doing it. The requests are light; the machinery behind these three is
imported when one of them is first used, so that a screen may name an `Edit` before the first frame.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tui_crm.core.changes.model import (
    Create,
    Delete,
    Edit,
    Request,
    Restore,
    Step,
    Update,
    UpdateMany,
    new_uid,
)

if TYPE_CHECKING:
    from tui_crm.core.changes.conflicts import EditConflict, FieldConflict
    from tui_crm.core.changes.door import apply
    from tui_crm.core.changes.previewing import preview
    from tui_crm.core.changes.redoing import redo, restore_value
    from tui_crm.core.changes.undoing import undo

_LATER = {
    "EditConflict": "conflicts",
    "FieldConflict": "conflicts",
    "apply": "door",
    "preview": "previewing",
    "redo": "redoing",
    "restore_value": "redoing",
    "undo": "undoing",
}

__all__ = [
    "Create",
    "Delete",
    "Edit",
    "EditConflict",
    "FieldConflict",
    "Request",
    "Restore",
    "Step",
    "Update",
    "UpdateMany",
    "apply",
    "new_uid",
    "preview",
    "redo",
    "restore_value",
    "undo",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
