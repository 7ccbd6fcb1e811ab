"""The card of one customer, beside a list: who it is, how to reach them, what happened last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tui_crm.text.dates import ago, till_due
from tui_crm.text.i18n import _
from tui_crm.text.safe import display
from tui_crm.text.width import cell_width, fit, wrap
from tui_crm.ui.words import icon_of, label_of

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.rows import Customer, TaskRow, TimelineEntry


_ORDER = {"phone": 0, "email": 1, "handle": 2}
_ROOM = 38  # cells of a line
_MOST_LINES = 3  # of one value or note
_LONGEST = 200  # characters that are looked at


@dataclass(frozen=True, slots=True)
class CardData:
    """What the card shows: a customer, the newest of its timeline, and its open tasks."""

    customer: Customer
    timeline: tuple[TimelineEntry, ...]
    tasks: tuple[TaskRow, ...] = ()


class CustomerCard(Static):
    """Shows a `CardData`."""

    DEFAULT_CSS = """
    CustomerCard {
        width: 42;
        height: 1fr;
        padding: 0 1 0 2;
        border-left: vkey $line;
    }
    """

    def clear(self) -> None:
        """Show nothing."""
        self.update(Content(""), layout=False)

    def show(self, data: CardData, settings: Settings, now: datetime) -> None:
        """Show a customer; `now` is in the user's zone."""
        self.update(Content("\n").join(_lines(data, settings, now)), layout=False)


def _lines(data: CardData, settings: Settings, now: datetime) -> list[Content]:
    customer = data.customer
    value = {name: display(_text(v)) for name, v in customer.values.items()}
    lines = [Content.styled(display(customer.name), "bold")]
    role = " · ".join(part for part in (value.get("title"), value.get("organization")) if part)
    if role:
        lines.append(Content.styled(role, "$foreground"))
    lines.append(Content(""))
    for point in sorted(customer.contact_points, key=lambda point: _ORDER.get(point.kind, 9)):
        lead = {"phone": "☎ ", "email": "@ ", "handle": "# "}.get(point.kind, "  ")
        for line in _some_lines(point.value, _ROOM - 2):
            lines.append(Content.assemble((lead, "$muted"), (line, "")))
            lead = "  "
        if point.label:
            lines[-1] += Content.styled(f"  {display(point.label)}", "$muted")
    place = " ".join(value[name] for name in ("postcode", "city") if value.get(name))
    where = ", ".join(part for part in (place, value.get("country")) if part)
    if where:
        lines.append(Content.assemble(("⌂ ", "$muted"), (where, "")))
    lines.append(Content(""))
    width = max(cell_width(caption()) for caption in _FACTS.values())
    for name, caption in _FACTS.items():
        text = label_of(settings, name, customer.values.get(name))
        if text:
            label = fit(caption(), width) + "  "
            for line in _some_lines(text, _ROOM - width - 2):
                lines.append(Content.assemble((label, "$muted"), (line, "")))
                label = " " * (width + 2)
    if data.tasks:
        lines += [Content(""), Content.styled(_("Next steps"), "bold $row-header")]
        lines += [_task(task, now) for task in data.tasks[:3]]
    if data.timeline:
        lines += [Content(""), Content.styled(_("Last contacts"), "bold $row-header")]
        for index, entry in enumerate(data.timeline):
            lines.append(_entry(entry, settings, now))
            if entry.text and index == 0:
                said = _some_lines(entry.text, _ROOM - 2)
                lines += [Content.styled("  " + line, "$muted") for line in said]
    return lines


def _some_lines(text: str, cells: int) -> list[str]:
    """The beginning of a text, in lines of that many cells."""
    lines = wrap(display(text[:_LONGEST]), cells)
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES - 1 :] = [fit(" ".join(lines[_MOST_LINES - 1 :]), cells)]
    return lines


_FACTS: dict[str, Callable[[], str]] = {
    "status": lambda: _("Status"),
    "category": lambda: _("Category"),
    "owner": lambda: _("Owner"),
    "tags": lambda: _("Tags"),
    "needs": lambda: _("Needs"),
}


def _text(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


def _task(task: TaskRow, now: datetime) -> Content:
    when, late = till_due(task.due_at, now) if task.due_at else ("", False)
    return Content.assemble(
        ("○ ", "$accent"),
        (display(task.title), ""),
        (f"  {when}" + (" !" if late else ""), "$bad" if late else "$muted"),
    )


def _entry(entry: TimelineEntry, settings: Settings, now: datetime) -> Content:
    outcome = label_of(settings, "disposition", entry.disposition)
    title = display(entry.title) or label_of(settings, "interaction_kind", entry.label)
    return Content.assemble(
        (f"{icon_of(entry)} {title}" + (f" · {display(outcome)}" if outcome else ""), ""),
        (f"  {ago(entry.at, now)}", "$muted"),
    )
