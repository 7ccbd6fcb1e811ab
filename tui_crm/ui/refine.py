"""Sort, filter and saved segments, chosen from lists: each gives the new text of the query.

What is chosen becomes a word of the query text, so that it can be read, edited and saved there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui_crm.core import values
from tui_crm.core.fields import Field, Registry
from tui_crm.core.rows import SegmentRow
from tui_crm.errors import CrmError
from tui_crm.search import rewrite
from tui_crm.text.i18n import N_, _
from tui_crm.text.safe import display
from tui_crm.ui.customer_form import FormLists, read_lists
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.form_rows import Choice
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask, Confirm
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
_KEYS = "123456789"


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


# Segments --------------------------------------------------------------------------------------


class SegmentPicker(Picker):
    """A picker of saved searches: the key of one opens it at once, Ctrl+D deletes one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "delete", show=False, priority=True),
    ]

    def __init__(self, segments: Sequence[SegmentRow], query: str) -> None:
        choices = [
            Choice(f"={row.id}", f"{row.key or ' '}  {row.name}", row.query) for row in segments
        ]
        if query.strip():
            choices.append(Choice("+", "+  " + _("save this search …"), query.strip()))
        super().__init__(_("Segments"), choices)
        self._keys = {row.key: f"={row.id}" for row in segments if row.key}

    def on_mount(self) -> None:
        """Say which keys there are."""
        keys = _("a number or Enter opens · ^D deletes")
        self.query_one(Vertical).border_subtitle = plain(keys)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The key of a segment, alone in the filter, opens it."""
        if event.value in self._keys:
            event.stop()
            event.prevent_default()
            self.dismiss((self._keys[event.value],))

    def action_delete(self) -> None:
        """Ask for the segment under the cursor to be deleted."""
        key = self.highlighted
        if key.startswith("="):
            self.dismiss((f"-{key[1:]}",))


async def choose_segment(screen: CrmScreen, text: str) -> str | None:
    """The query of a saved search, after saving and deleting some; None when none is opened."""
    try:
        while True:
            segments: list[SegmentRow] = await screen.fetch(saved_segments)
            if not segments and not text.strip():
                screen.say(_("Nothing is saved yet: search for something, then save it here."))
                return None
            picked = await screen.ask_user(SegmentPicker(segments, text))
            if not picked:
                return None
            sign, number_ = picked[0][0], picked[0][1:]
            if sign == "+":
                await _save(screen, text, segments)
                return None
            row = next(row for row in segments if row.id == int(number_))
            if sign == "=":
                return row.query
            await _delete(screen, row)
    except CrmError as error:
        screen.show_error(error)
        return None


async def _save(screen: CrmScreen, text: str, segments: Sequence[SegmentRow]) -> None:
    """Save a query under a name and, if wanted, a key."""
    name = await screen.ask_user(Ask(_("Save this search as"), value="", placeholder=_("name")))
    if not name:
        return
    same = next((row for row in segments if row.name == name), None)
    taken = {row.key for row in segments if row is not same}
    free = [Choice(key, key) for key in _KEYS if key not in taken]
    keys = await screen.ask_user(
        Picker(
            _("A key for “{name}”").format(name=display(name)),
            [*free, Choice("-", _("(no key)"))],
            chosen=(same.key,) if same and same.key else (),
        )
    )
    if not keys:
        return
    key = "" if keys[0] == "-" else keys[0]
    row: SegmentRow = await screen.fetch(save_segment, name, text.strip(), key)
    opens = screen.crm.keymap.shown("search.segments", screen.where)
    if row.key:
        words = _("Saved as “{name}”; {opens} {key} opens it.").format(
            name=row.name, opens=opens, key=row.key
        )
    else:
        words = _("Saved as “{name}”; {opens} shows it.").format(name=row.name, opens=opens)
    screen.say(words, "good")


async def _delete(screen: CrmScreen, row: SegmentRow) -> None:
    question = Confirm(
        _("Segments"),
        _("Delete “{name}”? Its customers stay as they are.").format(name=display(row.name)),
        [("d", _("delete"))],
    )
    if await screen.ask_user(question) == "d":
        await screen.fetch(delete_segment, row.id)


# Asked in the query lane.


def saved_segments(session: Session) -> list[SegmentRow]:
    """The saved searches of this user, those with a key first."""
    from tui_crm.core import segments

    return sorted(segments.all(session), key=lambda row: (not row.key, row.key))


def save_segment(session: Session, name: str, query: str, key: str) -> SegmentRow:
    """Save a search. Raises `InputRefused`."""
    from tui_crm.core import segments

    with session.db.connection():
        return segments.save(session, name, query, key)


def delete_segment(session: Session, segment_id: int) -> None:
    """Forget a saved search. Raises `NotFound`."""
    from tui_crm.core import segments

    with session.db.connection():
        segments.delete(session, segment_id)
