"""The fields of a customer as a form shows them, made from the field registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_crm.core.fields import Field
from tui_crm.core.rows import Value
from tui_crm.text.i18n import N_, _
from tui_crm.ui.widgets.form_rows import Choice, FormField, Kind
from tui_crm.ui.widgets.form_rows import Value as FormValue

if TYPE_CHECKING:
    from tui_crm.core.session import Session

SECTIONS = {
    "main": N_("Who"),
    "reach": N_("Reach"),
    "class": N_("Class"),
    "address": N_("Address"),
    "more": N_("More"),
    "custom": N_("Own fields"),
}

_KINDS: dict[str, Kind] = {
    "multiline": "multiline",
    "choice": "choice",
    "user": "choice",
    "team": "choice",
    "date": "date",
    "bool": "bool",
    "tags": "list",
    "phones": "list",
    "emails": "list",
    "handles": "list",
}

_HINTS: dict[str, Callable[[], str]] = {
    "phones": lambda: _("mobile: +49 171 …; work: …"),
    "birthday": lambda: _("year-month-day"),
    "tags": lambda: _("separated by commas"),
}


@dataclass(frozen=True, slots=True)
class FormLists:
    """What the choice fields offer: field name -> choices. Read once per screen."""

    choices: Mapping[str, tuple[Choice, ...]]


def read_lists(session: Session) -> FormLists:
    """The choices of every choice field of a customer. Runs in the query lane."""
    from tui_crm.core import picklists, users

    found: dict[str, tuple[Choice, ...]] = {}
    with session.db.connection():
        for field in session.fields.of("customer"):
            if field.type == "user":
                found[field.name] = tuple(Choice(login, login) for login in users.logins())
            elif field.type == "team":
                found[field.name] = tuple(Choice(name, name) for name in users.teams())
            elif field.choices:
                found[field.name] = tuple(Choice(value, value) for value in field.choices)
            elif field.picklist:
                offered = picklists.choices(session, field.picklist)
                found[field.name] = tuple(Choice(c.value, c.label, c.key) for c in offered)
    return FormLists(found)


def form_fields(
    fields: Sequence[Field], values: Mapping[str, Value], lists: FormLists
) -> list[FormField]:
    """Form fields of these registry fields, in the order of the sections."""
    order = list(SECTIONS)
    made = [form_field(field, values.get(field.name), lists) for field in fields]
    place = {field.name: order.index(field.section) for field in fields}
    return sorted(made, key=lambda field: place[field.name])


def form_field(field: Field, value: Value, lists: FormLists) -> FormField:
    """One form field."""
    kind = _KINDS.get(field.type, "text")
    choices = lists.choices.get(field.name, ())
    if not field.editable:
        kind = "readonly"
    elif kind == "choice" and not choices:
        kind = "text"  # an empty picklist takes any text
    shown = to_form(field, value)
    if kind == "choice" and isinstance(shown, str) and all(c.value != shown for c in choices):
        choices = (*choices, Choice(shown, shown))  # a value that is offered no more stays shown
    return FormField(
        field.name,
        field.label,
        shown,
        kind,
        section=_(SECTIONS[field.section]),
        choices=choices,
        placeholder=_HINTS[field.name]() if field.name in _HINTS else "",
        required=field.required,
    )


def to_form(field: Field, value: Value) -> FormValue:
    """A registry value as the form holds it; empty values are None."""
    if value is None or value in ("", ()):
        return None
    if isinstance(value, tuple | bool):
        return value
    if field.type == "bool":
        return str(value).lower() in ("1", "true", "yes")
    return str(value)


def from_form(value: FormValue, field: Field) -> Value:
    """A form value as the write door takes it."""
    if value is None:
        return () if field.is_list else ""
    return value
