"""Single changes of the history as people read them: labels of fields, values, names for ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui_crm.core import history, validation
from tui_crm.core.aliases import CUSTOMER, MERGED_INTO
from tui_crm.core.checker import Checker
from tui_crm.core.rows import ChangeRow, Value
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

# What a merge writes into the history like the change of a field: ids of customers.
_LINKS = {CUSTOMER: N_("Customer"), MERGED_INTO: N_("Merged into")}


class ChangeWords:
    """Words for these changes; each different value is worked out once."""

    def __init__(self, session: Session, changes: Iterable[ChangeRow]) -> None:
        self._session = session
        self._checker = Checker(session)
        self._known: dict[tuple[str, str, Value], str] = {}
        ids = {
            value
            for change in changes
            if change.field in _LINKS
            for value in (change.old, change.new)
            if isinstance(value, int)
        }
        self._names = history.names(session, sorted(ids)) if ids else {}

    def label(self, change: ChangeRow) -> str:
        """What the changed field is called."""
        field = self._session.fields.get(change.field, change.entity)
        if field is not None:
            return field.label
        return _(_LINKS[change.field]) if change.field in _LINKS else change.field

    def value(self, change: ChangeRow, value: Value) -> str:
        """A value of the changed field; "" for none."""
        key = (change.entity, change.field, value)
        if key not in self._known:
            self._known[key] = self._word(change, value)
        return self._known[key]

    def record(self, change: ChangeRow) -> str:
        """The record; one of which no name is left goes by its number."""
        return change.record_name or f"#{change.record_id}"

    def _word(self, change: ChangeRow, value: Value) -> str:
        field = self._session.fields.get(change.field, change.entity)
        if field is not None:
            return validation.display(
                self._session, field, value, change.entity, checker=self._checker
            )
        if change.field in _LINKS and isinstance(value, int):
            return f"{self._names.get(value, '')} #{value}".strip()
        return ", ".join(value) if isinstance(value, tuple) else str(value or "")
