"""The day's work: calls on hold, forms left half-written, tasks that are due, news of customers."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from tui_crm.core import customers, drafts, history, tasks
from tui_crm.core.drafts import Draft
from tui_crm.core.rows import CustomerRow, TaskRow
from tui_crm.errors import CrmError
from tui_crm.text.dates import ago, ago_by_day, duration, format_local, utc_now, weekday
from tui_crm.text.i18n import N_, _, ngettext
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.changes import ChangesScreen, Told, told
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.grouped_list import GroupedList, GroupRow
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.widgets.record_list import Cell, Column
from tui_crm.ui.widgets.source_view import SourceView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import label_of, number

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel

_DAYS_AHEAD = 7
_MOST_TASKS = 1000
_MOST_NEWS = 30
_MOST_OF_NOTE = 200  # characters that are shown of what is to be discarded

_DRAFT_KINDS = {
    "interaction": N_("contact"),
    "customer": N_("new customer"),
    "edit": N_("edited customer"),
    "task": N_("new task"),
}


@dataclass(frozen=True, slots=True)
class Agenda:
    """Everything that the screen shows."""

    now: datetime
    tasks: Sequence[TaskRow]
    drafts: Sequence[Draft]
    news: Sequence[Told]


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands behind a row: one of the three, and the customer that it is about."""

    customer_id: int | None
    name: str
    task: TaskRow | None = None
    draft: Draft | None = None
    news: Told | None = None


class TodayCustomers:
    """The customers of the agenda, to go from one to the next without coming back."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._ids = array("q", dict.fromkeys(ids))

    @property
    def count(self) -> int:
        """Number of customers."""
        return len(self._ids)

    def id_at(self, index: int) -> int | None:
        """The customer at a place."""
        return self._ids[index] if 0 <= index < len(self._ids) else None

    def place_of(self, customer_id: int) -> int | None:
        """Where a customer is."""
        return self._ids.index(customer_id) if customer_id in self._ids else None


class TodayScreen(CrmScreen):
    """What was begun, then tasks under Overdue, Today and the days ahead, then news."""

    WHERE = "today"
    BINDS = ("screen", "record", "today")

    DEFAULT_CSS = "TodayScreen GroupedList { margin: 1 0 0 0; }"

    def __init__(self) -> None:
        super().__init__()
        self._agenda: Agenda | None = None
        self._entries: dict[str, Entry] = {}
        self._done: dict[int, TaskRow] = {}  # finished on this screen; they stay until it is left
        self._one_at_a_time = asyncio.Lock()

    def compose(self) -> ComposeResult:
        """Title, list, footer."""
        yield TitleLine(_("Today"), format_local(utc_now(), self.session.zone, style="day"))
        columns = [
            Column("when", "", 15, 0),
            Column("customer", "", 16, 3, 34),
            Column("organization", "", 14, 2, 32, rank=2),
            Column("what", "", 18, 5, 72),
            Column("detail", "", 15, 1, 24, rank=1),
        ]
        yield GroupedList(columns)
        yield Footer()

    @property
    def list(self) -> GroupedList:
        """The list."""
        return self.query_one(GroupedList)

    def on_mount(self) -> None:
        """Ask for the agenda."""
        self.list.focus()
        self._reload()

    def _reload(self) -> None:
        self.ask("agenda", agenda_of, deliver=self._show)

    def on_screen_resume(self) -> None:
        """A call that was logged or parked meanwhile changes what is to be done."""
        if self._agenda is not None:
            self._reload()

    def customers_changed(self, ids: Collection[int]) -> None:
        """Somebody's change may be news, or a task that is done."""
        self._reload()

    def language_changed(self) -> None:
        """Show the agenda in the new language."""
        super().language_changed()
        self._reload()

    # What is shown -----------------------------------------------------------------------------

    def _show(self, agenda: Agenda) -> None:
        self._agenda = agenda
        still_open = {task.id for task in agenda.tasks}
        self._done = {id_: task for id_, task in self._done.items() if id_ not in still_open}
        self._entries = {}
        rows: list[GroupRow] = []
        for entry, row in self._rows(agenda):
            self._entries[str(row.key)] = entry
            rows.append(row)
        self.list.empty_text = _("Nothing is due and nothing waits. A good moment for a call.")
        self.list.set_rows(rows)
        self._show_counts(agenda)
        self.show_keys()

    def _rows(self, agenda: Agenda) -> Iterator[tuple[Entry, GroupRow]]:
        for parked, title in ((True, _("On hold")), (False, _("Half-written"))):
            for draft in agenda.drafts:
                if draft.parked == parked:
                    customer_id = _customer_of(draft)
                    entry = Entry(customer_id, draft.title, draft=draft)
                    key = f"draft:{draft.kind}:{draft.key}"
                    cells = _draft_cells(draft, agenda.now, self.crm.settings)
                    yield entry, GroupRow(key, cells, title)
        everything = [*agenda.tasks, *self._done.values()]
        everything.sort(key=lambda task: (task.due_at or agenda.now, -task.priority, task.id))
        titles = {"overdue": _("Overdue"), "today": _("Today"), "ahead": _("Next 7 days")}
        for name, title in titles.items():
            for task in everything:
                if _when_due(task, agenda.now) == name:
                    cells = _task_cells(task, agenda.now, name)
                    entry = Entry(task.customer_id, task.customer_name, task=task)
                    yield entry, GroupRow(f"task:{task.id}", cells, title)
        for news in agenda.news:
            cells = _news_cells(news, agenda.now, self.crm.settings)
            entry = Entry(news.customer_id, news.name, news=news)
            yield entry, GroupRow(f"news:{news.row.id}", cells, _("Changed on my customers"))

    def _show_counts(self, agenda: Agenda) -> None:
        due = [_when_due(task, agenda.now) for task in agenda.tasks]
        parts = []
        if held := sum(draft.parked for draft in agenda.drafts):
            parts.append(_("{count} on hold").format(count=number(held)))
        if left := len(agenda.drafts) - held:
            parts.append(_("{count} half-written").format(count=number(left)))
        if late := due.count("overdue"):
            parts.append(_("{count} overdue").format(count=number(late)))
        parts.append(_("{count} today").format(count=number(due.count("today"))))
        self.query_one(TitleLine).show(figure=" · ".join(parts))

    @property
    def current(self) -> Entry | None:
        """What is under the cursor."""
        row = self.list.current_row
        return self._entries.get(str(row.key)) if row is not None else None

    @property
    def idle(self) -> frozenset[str]:
        """What the row under the cursor is not made for."""
        entry, agenda = self.current, self._agenda
        idle = set()
        if entry is None or entry.task is None:
            idle.add("today.done")
        if entry is None or entry.customer_id is None:
            idle.add("record.log")
        on_hold = agenda is not None and any(draft.parked for draft in agenda.drafts)
        if not on_hold and (entry is None or entry.draft is None):
            idle.add("today.resume")
        if entry is None or entry.draft is None:
            idle.add("today.discard")
        return frozenset(idle if entry is not None else {*idle, "today.open"})

    @on(SourceView.Highlighted)
    def _moved(self, event: SourceView.Highlighted) -> None:
        event.stop()
        self.show_keys()

    # Actions -----------------------------------------------------------------------------------

    @on(SourceView.Selected)
    def _selected(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Open the customer; go on with a draft; show a change of many customers."""
        entry = self.current
        if entry is None:
            return
        if entry.draft is not None:
            self._resume(entry.draft)
        elif entry.news is not None and not entry.news.about_one:
            self.app.push_screen(ChangesScreen(entry.news))
        elif entry.customer_id is not None:
            known = (other.customer_id for other in self._entries.values())
            among = TodayCustomers(id_ for id_ in known if id_ is not None)
            self.crm.open_customer(entry.customer_id, among)
        else:
            self.say(_("This task is about no customer."), "warn")

    def action_done(self) -> None:
        """Mark the task under the cursor as done, or as not done again."""
        entry = self.current
        if entry is None or entry.task is None:
            self.say(_("Only a task can be done."), "warn")
        else:
            self.crm.spawn(self._toggle(entry.task))

    async def _toggle(self, task: TaskRow) -> None:
        async with self._one_at_a_time:
            was_done = task.id in self._done
            try:
                await self.write(reopen if was_done else complete, task.id)
            except CrmError as error:
                self.show_error(error)
                return
            if was_done:
                del self._done[task.id]
                self.say(_("Not done again."))
            else:
                self._done[task.id] = replace(task, done_at=utc_now())
                undo = self.crm.keymap.shown("app.undo", self.where)
                self.say(_("Done. {key} takes it back.").format(key=undo), "good")
            if task.customer_id is not None:
                self.crm.spread([task.customer_id])
            self._reload()

    def action_resume(self) -> None:
        """Go on with the draft under the cursor, or else with the newest call on hold."""
        entry = self.current
        draft = entry.draft if entry else None
        if draft is None and self._agenda is not None:
            draft = next((one for one in self._agenda.drafts if one.parked), None)
        if draft is None:
            self.say(_("No call is on hold."), "warn")
        else:
            self._resume(draft)

    def action_discard(self) -> None:
        """Throw the draft under the cursor away, after a question."""
        entry = self.current
        if entry is None or entry.draft is None:
            self.say(_("Only what is on hold or half-written can be discarded."), "warn")
        else:
            self.do(self._discard(entry.draft))

    async def _discard(self, draft: Draft) -> None:
        note = str(draft.data.get("note") or "").strip()
        text = "\n".join(filter(None, (draft.title, note[:_MOST_OF_NOTE])))
        question = Confirm(_("Discard what is not saved?"), text, [("d", _("discard"))])
        if await self.ask_user(question) == "d":
            drafts.discard(self.session, draft.kind, draft.key)
            self.say(_("Discarded."))
            self._reload()

    def _resume(self, draft: Draft) -> None:
        customer_id = _customer_of(draft)
        if draft.kind == "interaction":
            self.crm.resume_call(draft)
        elif draft.kind == "customer":
            self.crm.new_customer(draft=draft)
        elif draft.kind == "task" and customer_id is not None:
            self.crm.new_task(customer_id)
        elif customer_id is not None:
            self.crm.open_customer(customer_id)

    def _with_customer(self) -> tuple[int, str] | None:
        entry = self.current
        if entry is None or entry.customer_id is None:
            self.say(_("This is about no single customer."), "warn")
            return None
        return entry.customer_id, entry.name

    def action_log(self) -> None:
        """Log a contact with the customer."""
        if found := self._with_customer():
            self.crm.log_call(found[0])

    def action_task(self) -> None:
        """Enter a follow-up for the customer."""
        if found := self._with_customer():
            self.crm.new_task(found[0])

    def action_history(self) -> None:
        """Show what was changed on the customer."""
        if found := self._with_customer():
            self.crm.show_history(*found)

    def action_copy_phone(self) -> None:
        """Copy the phone number of the customer."""
        if found := self._with_customer():
            self.crm.spawn(self._copy(found[0], "phone", _("No phone number.")))

    def action_copy_email(self) -> None:
        """Copy the e-mail address of the customer."""
        if found := self._with_customer():
            self.crm.spawn(self._copy(found[0], "email", _("No e-mail address.")))

    async def _copy(self, customer_id: int, what: str, nothing: str) -> None:
        try:
            row = await self.fetch(row_of, customer_id)
        except CrmError as error:
            self.show_error(error)
            return
        self.copy_text(getattr(row, what) if row is not None else "", nothing)


# Rows ------------------------------------------------------------------------------------------


def _when_due(task: TaskRow, now: datetime) -> str:
    """Where a task belongs; one without a clock time is overdue from the next day on."""
    if task.due_at is None:
        return "today"
    due = task.due_at.astimezone(now.tzinfo)
    if due.date() < now.date() or (task.due_has_time and due < now):
        return "overdue"
    return "today" if due.date() == now.date() else "ahead"


def _task_cells(task: TaskRow, now: datetime, where: str) -> tuple[Cell, ...]:
    due = (task.due_at or now).astimezone(now.tzinfo)
    clock = f"{due:%H:%M}" if task.due_has_time else ""
    look = {"overdue": "bad", "today": "warn"}.get(where, "muted")
    when = clock or _("today")
    if where == "overdue":
        when = ago_by_day(due.date(), now.date()) if due.date() < now.date() else clock
    elif where == "ahead":
        when = f"{weekday(due, now.tzinfo)} {due.day} {clock}".rstrip()
    if task.done_at is not None:
        cells = (when, task.customer_name, task.organization, task.title, _("done"))
        return tuple(Cell(text, style="muted") for text in (f"✓ {when}", *cells[1:]))
    urgent = "! " if task.priority > 0 else ""
    return (
        Cell(f"○ {when}", style=look),
        Cell(task.customer_name or "–", style="strong"),
        Cell(task.organization, style="muted"),
        Cell(urgent + task.title),
        Cell(task.phone, style="muted"),
    )


def _draft_cells(draft: Draft, now: datetime, settings: Settings) -> tuple[Cell, ...]:
    kind = _(_DRAFT_KINDS.get(draft.kind, draft.kind))
    chosen = draft.data.get("chosen") or {}
    parts = [label_of(settings, "interaction_kind", chosen.get("kind")) or kind]
    parts.append(label_of(settings, "disposition", chosen.get("disposition")))
    if seconds := draft.data.get("seconds"):
        parts.append(duration(seconds))
    words = " · ".join(part for part in parts if part)
    note = draft.data.get("note") or draft.data.get("next")
    return (
        Cell(("‖ " if draft.parked else "✎ ") + ago(draft.saved_at, now), style="accent"),
        Cell(draft.title or "–", style="strong"),
        Cell(""),
        Cell(str(note) if note else words),
        Cell(words if note else "", style="muted"),
    )


def _news_cells(news: Told, now: datetime, settings: Settings) -> tuple[Cell, ...]:
    row = news.row
    name, detail = news.name, news.detail
    if not news.about_one:
        count = ngettext("{count} record", "{count} records", row.done)
        name, detail = count.format(count=number(row.done)), news.summary
    elif news.summary not in ("", name):
        detail = news.summary
    kind = label_of(settings, "change_kind", row.kind)
    return (
        Cell(f"Δ {ago(row.at, now)}", style="muted"),
        Cell(name or "–", style="strong"),
        Cell(""),
        Cell(detail or kind),
        Cell(f"{row.actor} · {kind}", style="muted"),
    )


def _customer_of(draft: Draft) -> int | None:
    found = draft.data.get("customer_id")
    if found is None and draft.kind == "edit":
        found = draft.key
    return int(found) if found is not None and str(found).isdecimal() else None


# Asked in the query lane -----------------------------------------------------------------------


def agenda_of(session: Session, *, cancel: Cancel) -> Agenda:
    """Everything that the screen shows, as of now."""
    now = session.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    last = midnight + timedelta(days=_DAYS_AHEAD + 1, seconds=-1)
    with session.db.connection():
        due = tasks.due(session, last, _MOST_TASKS)
        cancel.check()
        news = told(session, history.on_my_customers(session, _MOST_NEWS))
    return Agenda(now, due, drafts.load_all(session), news)


def complete(session: Session, task_id: int) -> None:
    """Mark a task as done."""
    with session.db.connection():
        tasks.complete(session, task_id)


def reopen(session: Session, task_id: int) -> None:
    """Mark a task as not done."""
    with session.db.connection():
        tasks.reopen(session, task_id)


def row_of(session: Session, customer_id: int) -> CustomerRow | None:
    """A customer as lists show it, None when it is gone."""
    with session.db.connection():
        return next(iter(customers.rows(session, [customer_id])), None)
