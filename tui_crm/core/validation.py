"""Values and edits as people write them, checked and brought into the form that is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui_crm.config import find_choice, nearest
from tui_crm.core.changes import operations
from tui_crm.core.changes.model import Edit
from tui_crm.core.checker import Checker
from tui_crm.core.fields import Field
from tui_crm.core.rows import Entity, Value
from tui_crm.errors import UsageError
from tui_crm.text import dates
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_ASSIGNMENT = re.compile(r"\s*([^=]*?)\s*([+:-]?)=(.*)", re.S)


def find_field(session: Session, name: str) -> Field:
    """The customer field that `name` means: its name, its label or any spelling an import knows.

    Raises `UsageError` with the nearest name.
    """
    wanted = name.strip()
    field = session.fields.get(wanted)
    if field is None:
        table = session.fields.by_synonym()
        low = wanted.casefold()
        field = table.get(low) or table.get(low.replace("_", " ")) or table.get(wanted)
    if field is None:
        known = [f.name for f in session.fields.of("customer") if f.editable]
        raise UsageError(
            _('There is no field "{name}".').format(name=wanted),
            nearest(wanted, known) or _("Fields: {names}").format(names=", ".join(known)),
        )
    return field


def parse_assignments(session: Session, assignments: Iterable[str]) -> Edit:
    """The edit that ``field=value``, ``tags+=x;y``, ``tags-=x`` and ``field=`` (clear) mean.

    ``field:=`` works the value out: ``needs:=replace(old, new)``, ``title:=copy(category)``,
    ``birthday:=+7d``, ``score:=*1.1``.

    Field names are taken in any spelling that an import knows. Values are checked. Raises
    `UsageError` for what is no assignment or names no field, `InputRefused` for a value.
    """
    checker = Checker(session)
    set_: dict[str, Value] = {}
    add: dict[str, tuple[str, ...]] = {}
    remove: dict[str, tuple[str, ...]] = {}
    compute: dict[str, operations.Operation] = {}
    for text in assignments:
        match = _ASSIGNMENT.fullmatch(text)
        if match is None or not match[1]:
            raise UsageError(
                _('"{text}" is no assignment.').format(text=text),
                _("Write field=value, tags+=label, tags-=label or field:=operation."),
            )
        name, operator, raw = match.groups()
        field = find_field(session, name)
        if operator == ":":
            operation = operations.parse(raw)
            if isinstance(operation, operations.Copy):
                operation = operations.Copy(find_field(session, operation.field).name)
            compute[field.name] = operation
            continue
        if operator and not field.is_list:
            raise UsageError(
                _("{field} is no list: it can be set, not added to.").format(field=field.name),
                _("Write {name}=VALUE.").format(name=field.name),
            )
        value = checker.check(field, raw)
        if not operator:
            set_[field.name] = value
        elif isinstance(value, tuple):
            into = add if operator == "+" else remove
            into[field.name] = (*into.get(field.name, ()), *value)
    return Edit(set_, add, remove, compute=compute)


def check(session: Session, field: Field | str, raw: Value, entity: Entity = "customer") -> Value:
    """The value that is stored for what was typed into a field.

    Raises `InputRefused`, naming the field, the value, the nearest value and a way out.
    """
    checker = Checker(session)
    return checker.check(field if isinstance(field, Field) else checker.field(field, entity), raw)


def display(
    session: Session,
    field: Field | str,
    value: Value,
    entity: Entity = "customer",
    *,
    checker: Checker | None = None,
) -> str:
    """A stored value as a person reads it: labels for choices, local times, lists with "; ".

    A `checker` that is kept for many values saves looking the picklists up for each.
    """
    checker = checker or Checker(session)
    item = field if isinstance(field, Field) else checker.field(field, entity)
    if value is None or value in ("", ()):
        return ""
    if isinstance(value, tuple):
        return "; ".join(value)
    if item.type == "bool":
        return _("yes") if value else _("no")
    if item.type == "choice":
        choice = find_choice(checker.choices(item), str(value))
        return choice.label if choice and choice.value == value else str(value)
    if item.type == "datetime":
        return dates.format_local(dates.from_iso(str(value)), session.zone)
    return str(value)
