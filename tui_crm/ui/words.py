"""Values as people read them: picklist labels, icons of the timeline, sizes of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_crm.text.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.rows import TimelineEntry

INTERACTION_KINDS = {
    "call": N_("Call"),
    "email": N_("E-mail"),
    "meeting": N_("Meeting"),
    "visit": N_("Visit"),
    "chat": N_("Chat"),
    "note": N_("Note"),
}
DIRECTIONS = {"in": N_("incoming"), "out": N_("outgoing")}
CUSTOMER_KINDS = {"person": N_("Person"), "organization": N_("Organisation")}
CHANGE_KINDS = {
    "create": N_("created"),
    "edit": N_("edited"),
    "log": N_("contact logged"),
    "task": N_("task"),
    "batch": N_("batch edit"),
    "import": N_("import"),
    "delete": N_("deleted"),
    "undo": N_("undone"),
    "merge": N_("merged"),
    "restore": N_("restored"),
    "purge": N_("removed for good"),
    "export": N_("exported"),
}
_FIXED = {
    "interaction_kind": INTERACTION_KINDS,
    "direction": DIRECTIONS,
    "kind": CUSTOMER_KINDS,
    "change_kind": CHANGE_KINDS,
}
_ICONS = {
    "call": "☎",
    "email": "✉",
    "meeting": "◆",
    "visit": "⌂",
    "chat": "❝",
    "note": "✎",
}


def label_of(settings: Settings, picklist: str, value: object) -> str:
    """What a person reads for a value of a field or picklist; lists are joined by commas."""
    if isinstance(value, tuple):
        return ", ".join(value)
    text = "" if value is None else str(value)
    if picklist in _FIXED:
        return _(_FIXED[picklist][text]) if text in _FIXED[picklist] else text
    lists = settings.picklists
    choices = {
        "status": lists.statuses,
        "category": lists.categories,
        "source": lists.sources,
        "disposition": lists.dispositions,
    }.get(picklist, ())
    return next((choice.label for choice in choices if choice.value == text), text)


def icon_of(entry: TimelineEntry) -> str:
    """The one-cell sign of a timeline entry."""
    if entry.kind == "task":
        return "●" if entry.done_at else "○"
    if entry.kind == "change":
        return "Δ"
    return _ICONS.get(entry.label, "·")


def number(value: int) -> str:
    """A count with thin groups of three digits: 5 000."""
    return f"{value:,}".replace(",", "\u202f")


def customer_count(count: int) -> str:
    """So many customers, in words."""
    return ngettext("{count} customer", "{count} customers", count).format(count=number(count))
