"""When two people edit one record: edits of different fields merge, of the same field clash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_crm.core.fields import Field
from tui_crm.core.rows import Value
from tui_crm.errors import Conflict
from tui_crm.text.i18n import _


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that somebody else (`by`, at the ISO time `at`) changed since it was read."""

    field: str
    seen: Value  # what the editor had before them
    now: Value  # what it holds now
    yours: Value  # what the editor wants
    by: str = ""
    at: str = ""


class EditConflict(Conflict):
    """The fields of one record that cannot be merged; nothing was written.

    To keep the other value leave the field out, to overwrite it send the edit again with
    `Edit.seen` holding the value in `now`.
    """

    def __init__(
        self, record_id: int, name: str, conflicts: Sequence[FieldConflict], labels: str
    ) -> None:
        by = ", ".join(dict.fromkeys(c.by for c in conflicts if c.by)) or _("somebody else")
        super().__init__(
            _("{by} changed {fields} of {name} in the meantime.").format(
                by=by, fields=labels, name=name
            ),
            _("Compare both values and choose one."),
        )
        self.record_id = record_id
        self.conflicts = tuple(conflicts)


def clashes(field: Field, seen: Value, now: Value, yours: Value) -> bool:
    """Whether a value that was `seen` and is `now` something else forbids writing `yours`."""
    return now not in (_plain(field, seen), yours)


def _plain(field: Field, value: Value) -> Value:
    """A seen value as the registry spells it; faces may hold None or a list."""
    if field.is_list:
        items = tuple(value) if isinstance(value, tuple | list) else ()
        return tuple(sorted(items)) if field.type == "tags" else items
    return "" if value is None else value
