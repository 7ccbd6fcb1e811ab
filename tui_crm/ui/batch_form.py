"""The form of a batch edit: from the registry to its lines, and from what is typed to an edit.

A field of one value has one line. A list has three: what every customer gets in its place, what is
added and what is taken out; the last two are named like the field with "+" and "-" behind it.
A value that begins with ":=" is worked out for each record, as on the command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui_crm.core.changes import operations
from tui_crm.core.changes.model import Edit
from tui_crm.core.changes.operations import Arithmetic, Copy, Operation, Replace, Shift
from tui_crm.core.fields import Field, Registry
from tui_crm.core.rows import Value
from tui_crm.errors import InputRefused
from tui_crm.text.i18n import _, ngettext, sentences
from tui_crm.ui.customer_form import FormLists, form_field, from_form, to_form
from tui_crm.ui.widgets.form_rows import Choice, FormField
from tui_crm.ui.widgets.form_rows import Value as FormValue
from tui_crm.ui.words import label_of, number

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.session import Session
    from tui_crm.core.values import Spread

ADD, REMOVE = "+", "-"
WORKED_OUT = ":="
# What many customers get at once is mostly a class, and hardly ever a telephone number.
_SECTIONS = ("class", "main", "address", "more", "custom", "reach")
_EXAMPLES = 6  # tags that a placeholder names


def batch_fields(registry: Registry) -> list[Field]:
    """The fields that can be written for many customers, section by section."""
    found = [field for field in registry.of("customer") if field.batch and field.editable]
    return sorted(found, key=lambda field: _SECTIONS.index(field.section))


def form_lines(fields: Sequence[Field], lists: FormLists) -> list[FormField]:
    """The lines of the form, every switch off, before it is known what the customers have."""
    return [line for field in fields for line in _lines_of(field, lists)]


def _lines_of(field: Field, lists: FormLists) -> Iterator[FormField]:
    line = replace(form_field(field, None, lists), required=False, include=False, placeholder="…")
    if field.type == "bool":
        yes_no = (Choice("yes", _("yes")), Choice("no", _("no")))
        line = replace(line, kind="choice", choices=yes_no)
    yield line
    if field.is_list:
        label, one = field.label, {"phones": _("in any spelling")}
        yield replace(
            line,
            name=field.name + ADD,
            label=_("{field}: add").format(field=label),
            placeholder=_("separated by commas"),
        )
        yield replace(
            line,
            name=field.name + REMOVE,
            label=_("{field}: remove").format(field=label),
            placeholder=one.get(field.type, _("separated by commas")),
        )


def known(
    line: FormField, field: Field, spread: Spread, total: int
) -> dict[str, FormValue | tuple[Choice, ...] | str]:
    """What becomes of a line once it is known what the customers have: its value, or what stands
    for many of them. Attributes of a `FormField`.
    """
    if line.name == field.name + REMOVE and spread.common:
        offered = tuple(Choice(name, name, number(count)) for name, count in spread.common)
        return {"choices": offered, "placeholder": _("picked from what they have")}
    if line.name != field.name:
        return {}
    shared = to_form(field, spread.shared)
    if field.type == "bool" and shared is not None:
        shared = "yes" if shared else "no"
    if shared is not None:
        return {"value": shared}
    return {"placeholder": _stand_in(spread, total)}


def _stand_in(spread: Spread, total: int) -> str:
    from tui_crm.core.values import MANY

    if spread.shared is not None or not spread.different:
        return ""
    if spread.common:
        named = [f"{name} {number(count)}" for name, count in spread.common[:_EXAMPLES]]
        return "({})".format(" · ".join(named) + (" …" if spread.different > _EXAMPLES else ""))
    if spread.different >= MANY:
        return _("(many different)") if total > 1 else _("(several)")
    return ngettext("({count} different)", "({count} different)", spread.different).format(
        count=spread.different
    )


def remarks(
    staged: Mapping[str, FormValue], included: Sequence[str], registry: Registry
) -> dict[str, str]:
    """What stands below each line: what an unusual choice means. Every included line is named."""
    found = {}
    for name in included:
        field, what = parts(name, registry)
        if name not in staged:
            found[name] = _("nothing entered: nothing changes")
        elif staged[name] is None:
            found[name] = (
                _("nothing entered: nothing changes") if what else _("is emptied in every record")
            )
        elif (operation := _operation(staged[name], registry)) is not None:
            found[name] = in_words(operation, registry)
        elif field is not None and field.is_list and not what:
            found[name] = _("takes the place of what each record has")
    return found


def parts(name: str, registry: Registry) -> tuple[Field | None, str]:
    """The field of a line, and `ADD`, `REMOVE` or "" for what the line does to it."""
    if name[-1:] in (ADD, REMOVE):
        return registry.get(name[:-1]), name[-1]
    return registry.get(name), ""


def operation_of(value: FormValue, registry: Registry) -> Operation | None:
    """The operation that a value stands for, None if it is a plain value.

    Raises `InputRefused` for one that cannot be understood.
    """
    if not isinstance(value, str) or not value.startswith(WORKED_OUT):
        return None
    operation = operations.parse(value.removeprefix(WORKED_OUT))
    if isinstance(operation, Copy) and registry.get(operation.field) is None:
        field = registry.by_synonym().get(operation.field.strip().casefold())
        if field is None:
            raise InputRefused(_('There is no field "{name}".').format(name=operation.field))
        return Copy(field.name)
    return operation


def in_words(operation: Operation, registry: Registry) -> str:
    """What an operation does to each record."""
    if isinstance(operation, Replace):
        if not operation.new:
            return _("“{old}” is taken out of each record").format(old=operation.old)
        return _("“{old}” becomes “{new}” in each record").format(
            old=operation.old, new=operation.new
        )
    if isinstance(operation, Copy):
        field = registry.get(operation.field)
        label = field.label if field is not None else operation.field
        return _("each record gets what it has in {field}").format(field=label)
    if isinstance(operation, Shift):
        return _("the date of each record moves by {span}").format(span=operations.spell(operation))
    return _("the number of each record is reckoned {how}").format(how=operations.spell(operation))


def offered(field: Field, registry: Registry) -> dict[str, str]:
    """What can be worked out for a field: a name for each way, and what a person reads."""
    found = {}
    if Replace("a", "").fits(field):
        found["replace"] = _("find and replace in the text")
    if Arithmetic("+", 1).fits(field):
        found["reckon"] = _("reckon: +5, -5, *1.1 or /2")
    if Shift(1, "d").fits(field):
        found["move"] = _("move the date: +7d, -2w, +1m or +1y")
    if any(Copy(other.name).fits(field) for other in copied(field, registry)):
        found["copy"] = _("copy another field")
    return found


def copied(field: Field, registry: Registry) -> list[Field]:
    """The fields that can be copied into a field."""
    return [f for f in registry.of("customer") if f.name != field.name and not f.is_list]


def _operation(value: FormValue, registry: Registry) -> Operation | None:
    """The same as `operation_of`; a mistake in it is said elsewhere."""
    try:
        return operation_of(value, registry)
    except InputRefused:
        return None


def edit_of(staged: Mapping[str, FormValue], registry: Registry) -> Edit:
    """The edit that the staged lines make together. Raises `InputRefused` for no operation."""
    set_: dict[str, Value] = {}
    compute: dict[str, Operation] = {}
    lists: dict[str, dict[str, tuple[str, ...]]] = {ADD: {}, REMOVE: {}}
    for name, value in staged.items():
        field, what = parts(name, registry)
        if field is None:
            continue
        if not what and (operation := operation_of(value, registry)) is not None:
            compute[field.name] = operation
        elif not what:
            set_[field.name] = from_form(value, field)
        elif isinstance(value, tuple) and value:
            lists[what][field.name] = value
    return Edit(set_, lists[ADD], lists[REMOVE], compute=compute)


def wrong_lines(session: Session, staged: Mapping[str, FormValue]) -> dict[str, str]:
    """Why values cannot be stored, by the name of their line. Runs in the query lane."""
    from tui_crm.core.changes.planning import fields_of
    from tui_crm.core.checker import Checker

    found = {}
    with session.db.connection():
        checker = Checker(session)
        for name, value in staged.items():
            field, what = parts(name, session.fields)
            if field is None or what == REMOVE:
                continue
            try:
                operation = operation_of(value, session.fields) if not what else None
                if operation is None:
                    checker.check(field, from_form(value, field))
                else:
                    edit = Edit(compute={field.name: operation})
                    fields_of(checker, edit, "customer", many=True)
            except InputRefused as error:
                found[name] = sentences(error.message, error.hint)
    return found


class Reader:
    """Values of a batch as people read them: labels of choices, lists with commas."""

    def __init__(self, settings: Settings, registry: Registry, lists: FormLists) -> None:
        self._settings = settings
        self._registry = registry
        self._labels = {
            name: {choice.value: choice.label for choice in choices}
            for name, choices in lists.choices.items()
        }

    def label(self, name: str) -> str:
        """The label of a field."""
        field = self._registry.get(name)
        return field.label if field is not None else name

    def value(self, name: str, value: Value) -> str:
        """A value of the field `name`; "" for none."""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, str) and value in self._labels.get(name, {}):
            return self._labels[name][value]
        return label_of(self._settings, name, value)
