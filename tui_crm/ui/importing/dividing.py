"""Dividing a column of a table among several fields, chosen from what that does to its values."""

from __future__ import annotations

from tui_crm.core.fields import Registry
from tui_crm.errors import UsageError
from tui_crm.exchange.mapping import cutting
from tui_crm.exchange.mapping.chosen import cuts_of
from tui_crm.exchange.mapping.columns import Column, ColumnMap
from tui_crm.text.i18n import _
from tui_crm.text.safe import display
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.form_rows import Choice
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask

_WHOLE, _OWN = "-", "+"
_BETWEEN = " │ "


def pieces(column: Column, text: str) -> str:
    """A value as the template of its column divides it."""
    if not column.template:
        return text
    return _divided(column.template, text)


def _divided(template: str, text: str) -> str:
    parts = cutting.listed(template, text)
    return _BETWEEN.join(parts if parts is not None else cutting.cut(template, text))


async def ask_template(
    screen: CrmScreen, mapping: ColumnMap, column: Column, registry: Registry
) -> ColumnMap | None:
    """The mapping with the column divided as the user wants, whole again, or as the labels of
    another one; None where nothing was chosen.
    """
    field = column.field
    is_list = field is not None and field.is_list
    found = cutting.suggested(column.samples, field.name if field else "", is_list)
    sample = column.samples[0] if column.samples else ""
    choices = [Choice(_WHOLE, _("(undivided)"))] if column.template else []
    choices += [Choice(form, display(_divided(form, sample)), form) for form in found]
    choices += [
        Choice(f"label:{other.index}", _("labels of “{column}”").format(column=other.title))
        for other in mapping.all
        if other.field is not None and other.field.is_list and other.index != column.index
        and other.part != "label"
    ]  # fmt: skip
    choices.append(Choice(_OWN, _("(another template …)")))
    title = _("Divide “{column}”").format(column=display(column.title))
    picked = await screen.ask_user(Picker(title, choices, chosen=(column.template,)))
    if not picked:
        return None
    template = picked[0]
    if template == _WHOLE:
        return mapping.changed(column.index, field, column.part)
    if template.startswith("label:"):
        return mapping.labelled(int(template.partition(":")[2]), column.index)
    if template == _OWN:
        typed = await screen.ask_user(
            Ask(
                title,
                _("Fields in braces, between them what divides:"),
                value=column.template,
                placeholder="{postcode} {city}",
            )
        )
        if not typed:
            return None
        template = typed.strip()
    try:
        return mapping.divided(column.index, template, cuts_of(template, registry))
    except UsageError as error:
        screen.show_error(error)
        return None
