"""Sort and filter, chosen from lists: each gives the new text of the query.

What is chosen becomes a word of the query text, so that it can be read, edited and saved there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_crm.core import values
from tui_crm.core.fields import Field, Registry
from tui_crm.errors import CrmError
from tui_crm.search.language import rewrite
from tui_crm.text.i18n import N_, _
from tui_crm.ui.customer_form import FormLists, read_lists
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.form_rows import Choice
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.words import number

if TYPE_CHECKING:
    from tui_crm.core.session import Session

# The fields that lists are sorted and filtered by, the most used first; others are typed.
_SORTED = (
    "name", "last_contact", "created_at", "updated_at", "status", "organization", "city",
    "category", "owner", "team", "source", "country", "birthday", "account_no",
)  # fmt: skip
_FILTERED = (
    "status", "category", "tags", "owner", "last_contact", "city", "team", "source", "kind",
    "created_at", "country", "phones", "emails", "birthday",
)  # fmt: skip
_NEWEST_FIRST = frozenset({"date", "datetime"})
_AGES = (
    ("today", N_("today")),
    ("<7d", N_("in the last 7 days")),
    ("<30d", N_("in the last 30 days")),
    ("<90d", N_("in the last 90 days")),
    (">30d", N_("longer ago than 30 days")),
    (">90d", N_("longer ago than 90 days")),
    (">365d", N_("longer ago than a year")),
)


# Sort ------------------------------------------------------------------------------------------


async def choose_sort(screen: CrmScreen, text: str) -> str | None:
    """The query in the order that the user chooses; None when they choose nothing."""
    registry = screen.session.fields
    fields = [field for name in _SORTED if (field := registry.get(name))]
    fields += [field for field in registry.of("customer") if field.custom]
    choices = [Choice("-", _("(the best matches first)"))]
    for field in fields:
        for descending in (True, False) if field.type in _NEWEST_FIRST else (False, True):
            arrow = "▾" if descending else "▴"
            sign = "-" if descending else "+"
            label = f"{field.label} {arrow}"
            choices.append(Choice(sign + field.name, label, _direction(field, descending)))
    now = rewrite.order(text, registry)
    chosen = ("-" if now.descending else "+") + now.field.name if now else "-"
    picked = await screen.ask_user(Picker(_("Sort"), choices, chosen=(chosen,)))
    if not picked:
        return None
    sign, name = picked[0][0], picked[0][1:]
    return rewrite.with_order(text, registry, registry.get(name), sign == "-")


def _direction(field: Field, descending: bool) -> str:
    if field.type in _NEWEST_FIRST:
        return _("newest first") if descending else _("oldest first")
    if field.type == "number":
        return _("largest first") if descending else _("smallest first")
    return _("z → a") if descending else _("a → z")


# Filter ----------------------------------------------------------------------------------------


async def choose_filter(screen: CrmScreen, text: str) -> str | None:
    """The query with a filter more, another one or one less; None when nothing is chosen."""
    registry = screen.session.fields
    active = rewrite.filters(text, registry)
    choices = [
        Choice(f"-{place}", f"✕ {text[found.start : found.end]}", _("remove"))
        for place, found in enumerate(active)
    ]
    held = {found.field.name for found in active}
    choices += [
        Choice(field.name, field.label, _("other value") if field.name in held else "")
        for field in _filterable(registry)
    ]
    picked = await screen.ask_user(Picker(_("Filter"), choices))
    if not picked:
        return None
    if picked[0].startswith("-"):
        return rewrite.without(text, active[int(picked[0][1:])])
    field = registry.get(picked[0])
    return await _choose_value(screen, text, field) if field is not None else None


def _filterable(registry: Registry) -> list[Field]:
    fields = [field for name in _FILTERED if (field := registry.get(name))]
    return fields + [field for field in registry.of("customer") if field.custom]


async def _choose_value(screen: CrmScreen, text: str, field: Field) -> str | None:
    registry = screen.session.fields
    try:
        choices: list[Choice] = await screen.fetch(values_to_choose, field)
    except CrmError as error:
        screen.show_error(error)
        return None
    now = next((f for f in rewrite.filters(text, registry) if f.field.name == field.name), None)
    chosen = ("=" + now.value,) if now is not None and not now.present else ()
    picked = await screen.ask_user(Picker(field.label, choices, chosen=chosen))
    if not picked:
        return None
    sign, value = picked[0][0], picked[0][1:]
    return rewrite.with_filter(text, registry, field, value, negated=sign == "-")


def values_to_choose(session: Session, field: Field) -> list[Choice]:
    """What a filter on `field` offers, with how many customers have it where counting is quick.

    A value is written with "=" before it; "=" alone asks for any value, "-" for none. Runs in the
    query lane.
    """
    if field.type in _NEWEST_FIRST and field.name != "birthday":
        found = [Choice("=" + value, _(label)) for value, label in _AGES]
    elif field.type == "bool":
        found = [Choice("=yes", _("yes")), Choice("=no", _("no"))]
    else:
        found = _counted(session, field, read_lists(session))
    return [*found, Choice("=", _("(any)")), Choice("-", _("(none)"))]


def _counted(session: Session, field: Field, lists: FormLists) -> list[Choice]:
    offered = lists.choices.get(field.name, ())
    if offered and values.is_large(session):
        return [Choice("=" + choice.value, choice.label) for choice in offered if choice.value]
    if field.type in ("phones", "emails", "handles", "date"):
        return []
    counts = dict(values.most_common(session, field))
    found = [
        Choice("=" + choice.value, choice.label, number(counts.pop(choice.value, 0)))
        if not field.custom
        else Choice("=" + choice.value, choice.label)
        for choice in offered
    ]
    # Values that no list offers any more, and those of fields without a list.
    return found + [Choice("=" + name, name, number(count)) for name, count in counts.items()]
