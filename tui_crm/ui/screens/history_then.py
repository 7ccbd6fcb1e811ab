"""A customer as it was at the end of a day, beside another day or beside what it is now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from tui_crm.core import customers, history, validation
from tui_crm.core.checker import Checker
from tui_crm.core.history_query import last_moment
from tui_crm.core.rows import Outcome, Value
from tui_crm.errors import CrmError
from tui_crm.text.dates import format_local
from tui_crm.text.i18n import _, ngettext
from tui_crm.text.safe import EMPTY_GLYPH
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.prompt import Ask, Confirm
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import Key, ListSource
from tui_crm.ui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel


@dataclass(frozen=True, slots=True)
class FieldThen:
    """A field on a day and on the other day, as it is stored and as it is read."""

    name: str
    label: str
    value: Value
    shown: str
    other: str

    @property
    def different(self) -> bool:
        """Whether it is something else on the other day."""
        return self.shown != self.other


@dataclass(frozen=True, slots=True)
class Then:
    """A customer on two days; it may not have been there on either. `days` are how they read."""

    name: str
    days: tuple[str, str]
    there: tuple[bool, bool]
    fields: tuple[FieldThen, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    key: Key
    cells: tuple[Cell, ...]


async def open_then(screen: CrmScreen, customer_id: int, near: datetime | None = None) -> None:
    """Ask for a day, the one before `near` being proposed, and show the customer as it was."""
    day = await _day(screen, _("As it was"), near)
    if day:
        try:
            found = await screen.fetch(then_of, customer_id, day, "")
        except CrmError as error:
            screen.show_error(error)
            return
        screen.crm.push_screen(ThenScreen(customer_id, day, found))


async def _day(screen: CrmScreen, title: str, near: datetime | None = None) -> str | None:
    proposed = ""
    if near is not None:
        day = near.astimezone(screen.session.zone).date() - timedelta(days=1)
        proposed = day.isoformat()
    message = _("At the end of which day? 2026-11-03, yesterday or -7d.")
    return await screen.ask_user(Ask(title, message, value=proposed))


class ThenScreen(CrmScreen):
    """Every field of the customer `customer_id` on a day and on another one."""

    WHERE = "then"
    BINDS = ("screen", "then")

    DEFAULT_CSS = "ThenScreen RecordList { margin: 1 0 0 0; }"

    def __init__(self, customer_id: int, day: str, found: Then) -> None:
        super().__init__()
        self._customer_id = customer_id
        self._day, self._other = day, ""
        self._found = found
        self._only_different = False

    def compose(self) -> ComposeResult:
        """Title, list, footer."""
        yield TitleLine(self._found.name)
        yield RecordList(empty_text=_("Nothing is different."))
        yield Footer()

    @property
    def list(self) -> RecordList:
        """The list."""
        return self.query_one(RecordList)

    def on_mount(self) -> None:
        """Show what was read already."""
        self.list.focus()
        self._show(self._found)

    def _show(self, found: Then) -> None:
        self._found = found
        first, second = found.days
        self.list.set_columns(
            [
                Column("field", _("Field"), 13, 1, 20),
                Column("then", first, 14, 4),
                Column("other", second, 14, 4),
            ]
        )
        different = sum(field.different for field in found.fields)
        figure = ngettext("{count} field differs", "{count} fields differ", different)
        remark = _("as it was on {day}").format(day=first)
        if not found.there[0]:
            remark = _("not there on {day}").format(day=first)
        elif not found.there[1]:
            day = _("not there on {day}").format(day=second)
            remark = day if self._other else _("not there now")
        title = self.query_one(TitleLine)
        title.show(found.name, remark=remark, figure=figure.format(count=different))
        shown = [f for f in found.fields if f.different or not self._only_different]
        self.list.set_source(ListSource([_row(field) for field in shown]))

    def _ask(self) -> None:
        self.ask("then", then_of, self._customer_id, self._day, self._other, deliver=self._show)

    def customers_changed(self, ids: Collection[int]) -> None:
        """What it is now may be something else."""
        if self._customer_id in ids:
            self._ask()

    def action_day(self) -> None:
        """Another day."""
        self.crm.spawn(self._other_day())

    async def _other_day(self) -> None:
        if day := await _day(self, _("As it was")):
            await self._try(day, self._other)

    def action_compare(self) -> None:
        """Another day to compare with."""
        self.crm.spawn(self._compare())

    async def _compare(self) -> None:
        day = await _day(self, _("Compare with"))
        if day is not None:
            await self._try(self._day, day)

    async def _try(self, day: str, other: str) -> None:
        """Show these two days, if both are days."""
        found = await self.fetch(then_of, self._customer_id, day, other)
        self._day, self._other = day, other
        self._show(found)

    def action_only(self) -> None:
        """Only what is different, or everything."""
        self._only_different = not self._only_different
        self._show(self._found)

    def action_restore(self) -> None:
        """Give a field the value back that it had on the day, after a question."""
        key = self.list.current_key
        field = next((field for field in self._found.fields if field.name == key), None)
        if field is None or not self._found.there[0]:
            self.say(_("There is no value to bring back."), "warn")
        else:
            self.crm.spawn(self._restore(field))

    async def _restore(self, field: FieldThen) -> None:
        text = _("{record}: {field} becomes {value} again.").format(
            record=self._found.name, field=field.label, value=field.shown or EMPTY_GLYPH
        )
        question = Confirm(_("Old value"), text, [("y", _("do it"))])
        if await self.ask_user(question) != "y":
            return
        outcome: Outcome = await self.write(write_value, self._customer_id, field)
        if outcome.change_set_id is None:
            self.say(_("It has that value already."))
            return
        self.say(_("The old value is back."), "good")
        self.crm.spread([self._customer_id])


def _row(field: FieldThen) -> _Row:
    empty = EMPTY_GLYPH if field.different else ""
    return _Row(
        field.name,
        (
            Cell(field.label, style="strong" if field.different else "muted"),
            Cell(field.shown or empty, style="old" if field.different else ""),
            Cell(field.other or empty, style="new" if field.different else "muted"),
        ),
    )


# Asked in the query lane.


def then_of(
    session: Session, customer_id: int, day: str, other: str, *, cancel: Cancel | None = None
) -> Then:
    """A customer at the end of `day`, and at that of `other` or, without one, now.

    Raises `UsageError` for what is no day and `NotFound` for a customer who is hidden.
    """
    with session.db.connection(), session.db.reading():
        moments = [last_moment(session, day), last_moment(session, other) if other else None]
        name = customers.get(session, customer_id, deleted=True).name
        sides: list[Mapping[str, Value] | None] = [
            history.as_of(session, customer_id, moment or session.now()) for moment in moments
        ]
        checker = Checker(session)
        left, right = (side or {} for side in sides)
        fields = [
            FieldThen(
                field.name,
                field.label,
                left.get(field.name, ""),
                validation.display(session, field, left.get(field.name, ""), checker=checker),
                validation.display(session, field, right.get(field.name, ""), checker=checker),
            )
            for field in session.fields.of("customer")
            if field.name in left or field.name in right
        ]
    days = [
        format_local(moment, session.zone, style="day") if moment else _("now")
        for moment in moments
    ]
    there = (sides[0] is not None, sides[1] is not None)
    return Then(name, (days[0], days[1]), there, tuple(fields))


def write_value(session: Session, customer_id: int, field: FieldThen) -> Outcome:
    """Give a field of a customer the value that it had."""
    from tui_crm.core.changes import Edit, Request, Update, apply

    with session.db.connection():
        edit = Edit({field.name: field.value})
        return apply(session, Request([Update(customer_id, edit)], "edit"))
