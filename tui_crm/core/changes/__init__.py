"""The write door: every change to customer data, and every undo, goes through here.

`apply` takes a `Request` and gives an `Outcome`; `undo` reverses a change set; `preview` says what
an edit would do without doing it.
"""

from tui_crm.core.changes.conflicts import EditConflict, FieldConflict
from tui_crm.core.changes.door import apply
from tui_crm.core.changes.model import (
    Create,
    Delete,
    Edit,
    Request,
    Step,
    Update,
    UpdateMany,
    new_uid,
)
from tui_crm.core.changes.preview import preview
from tui_crm.core.changes.undo import undo

__all__ = [
    "Create",
    "Delete",
    "Edit",
    "EditConflict",
    "FieldConflict",
    "Request",
    "Step",
    "Update",
    "UpdateMany",
    "apply",
    "new_uid",
    "preview",
    "undo",
]
