"""Log a contact: outcome, note, next step and date in one form, for the moment after a call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static, TextArea

from tui_crm.config import Choice
from tui_crm.core import customers, interactions, picklists
from tui_crm.core.changes import Edit
from tui_crm.core.changes.model import new_uid
from tui_crm.core.rows import Customer, Outcome, Value
from tui_crm.errors import CrmError, InputRefused, NotFound
from tui_crm.text.dates import duration, from_iso, is_month_first, to_iso, utc_now
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean
from tui_crm.text.when import When
from tui_crm.ui import bridge
from tui_crm.ui.customer_form import FormLists, form_field, from_form, read_lists
from tui_crm.ui.draft_keeper import DraftKeeper, Snapshot
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.conflict import write_merged
from tui_crm.ui.widgets.call_bar import LABEL_WIDTH, CallBar, Group, Option, day_options
from tui_crm.ui.widgets.field_form import FieldForm
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.line_input import LineInput
from tui_crm.ui.widgets.line_view import GUTTER
from tui_crm.ui.widgets.note_area import NoteArea
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.widgets.when_field import WhenField

if TYPE_CHECKING:
    from tui_crm.core.drafts import Draft
    from tui_crm.core.session import Session


@dataclass(frozen=True, slots=True)
class CallData:
    """What the form needs of the database."""

    customer: Customer
    lists: FormLists
    dispositions: tuple[Choice, ...]


class InteractionScreen(CrmScreen):
    """The form of one contact; gives True when it was saved or parked.

    Its clock runs from the key that opened it. It can be parked, which stops the clock, and
    what is in it is on the disk all the time.
    """

    WHERE = "interaction"
    BINDS = ("screen", "interaction")

    def __init__(self, customer_id: int) -> None:
        super().__init__()
        self.customer_id = customer_id
        self._uid = new_uid()  # made once, so that a retry of the save is recognised
        self._started = utc_now()
        self._counted = 0.0  # seconds before the last pause
        self._running_since: datetime | None = self._started
        self._restored: Mapping[str, Any] = {}
        self._customer: Customer | None = None
        self._keeper: DraftKeeper | None = None
        self._filled = asyncio.Event()
        self._problem: CrmError | None = None  # why the customer could not be read

    @classmethod
    def resumed(cls, draft: Draft) -> InteractionScreen:
        """The form of a parked or interrupted contact.

        Raises:
            InputRefused: the draft is not what this program writes.
        """
        data = draft.data
        try:
            screen = cls(int(data["customer_id"]))
            screen._started = from_iso(data["started_at"])
            screen._counted = float(data["seconds"])
            screen._restored = {
                **{name: str(data[name]) for name in ("next", "when", "note")},
                **{name: dict(data[name]) for name in ("chosen", "fields")},
            }
        except (KeyError, TypeError, ValueError) as error:
            raise InputRefused(_("This draft cannot be read.")) from error
        screen._uid = draft.key
        return screen

    # Layout ------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Title with the clock, choices, next step, note, fields of the customer, footer."""
        yield TitleLine(_("Log a contact"))
        yield CallBar(id="bar")
        with Vertical(id="entry"):
            with Horizontal(classes="row"):
                yield Static(plain(_("Next step")), classes="label")
                yield LineInput(placeholder=_("Call again"), id="next")
            with Horizontal(classes="row"):
                yield Static(plain(_("When")), classes="label")
                yield WhenField(
                    self.session.now,
                    month_first=is_month_first(self.crm.settings.general.home_country),
                    id="when",
                )
            with Horizontal(id="note-row"):
                yield Static(plain(_("Note")), classes="label")
                yield NoteArea(on_leave=self._leave_note)
        yield FieldForm(id="fields")
        yield Footer()

    @property
    def where(self) -> str:
        """The choices have keys that are text in a field."""
        return "interaction.bar" if self.bar.has_focus else self.WHERE

    @property
    def bar(self) -> CallBar:
        """The choices."""
        return self.query_one(CallBar)

    @property
    def when(self) -> WhenField:
        """The date of the next step."""
        return self.query_one(WhenField)

    @property
    def note(self) -> NoteArea:
        """The note."""
        return self.query_one(NoteArea)

    @property
    def form(self) -> FieldForm:
        """The fields of the customer that often change after a contact."""
        return self.query_one(FieldForm)

    def on_mount(self) -> None:
        """Fetch the customer, then take keys."""
        super().on_mount()
        bridge.bind(self.bar, self.crm.keymap, "interaction.bar", by_screen=True)
        self.form.view.least_label_width = LABEL_WIDTH - GUTTER + 1  # all values in one column
        self.form.styles.height = len(self.crm.settings.ui.follow_up_fields) + 1
        # Offered at once, so that a letter typed right behind the key that opened this counts.
        self._offer(self.crm.settings.picklists.dispositions)
        self._restore()
        self.bar.focus()
        self._tick()
        self.set_interval(1, self._tick)
        self.crm.spawn(self._fill())

    async def _fill(self) -> None:
        try:
            data: CallData = await self.fetch(call_data, self.customer_id)
        except CrmError as error:
            self._problem = error
            self.show_error(error)
            return
        finally:
            self._filled.set()
        self._customer = data.customer
        role = " · ".join(
            str(data.customer.values[name])
            for name in ("title", "organization")
            if data.customer.values.get(name)
        )
        self.query_one(TitleLine).show(data.customer.name, remark=role)
        self._offer(data.dispositions)
        names = self.crm.settings.ui.follow_up_fields
        fields = [field for name in names if (field := self.session.fields.get(name))]
        shown = [form_field(f, data.customer.values.get(f.name), data.lists) for f in fields]
        self.form.set_fields([replace(field, section="") for field in shown])
        self._restore_fields([field.name for field in fields])
        self._keeper = DraftKeeper(
            self.session, "interaction", self._uid, self._snapshot, self.show_error
        )
        self._touch()

    def _offer(self, dispositions: tuple[Choice, ...]) -> None:
        early = dict(self.bar.chosen)
        chosen = {"kind": "call", "direction": "in", "disposition": "", "days": ""} | early
        self.bar.set_groups(
            (
                Group("kind", _("Kind"), _options(picklists.INTERACTION_KINDS, upper=True)),
                Group(
                    "direction",
                    _("Direction"),
                    tuple(
                        Option(key, choice.value, choice.label)
                        for key, choice in zip("<>", picklists.DIRECTIONS, strict=True)
                    ),
                ),
                Group("disposition", _("Outcome"), _options(dispositions)),
                Group("days", _("Next in days"), day_options()),
            ),
            chosen,
        )

    def _restore(self) -> None:
        """Bring back what was entered before, but for the fields of the customer."""
        if not self._restored:
            return
        data = self._restored
        for group, value in data["chosen"].items():
            self.bar.chosen[group] = value
        self.bar.refresh()
        self.query_one("#next", LineInput).value = data["next"]
        self.when.text = data["when"]
        self.note.text = data["note"]

    def _restore_fields(self, known: Sequence[str]) -> None:
        for name, value in self._restored.get("fields", {}).items():
            if name in known:
                self.form.stage(name, tuple(value) if isinstance(value, list) else value)

    # The clock ---------------------------------------------------------------------------------

    @property
    def seconds(self) -> int:
        """How long the contact lasts by now."""
        running = self._running_since
        more = (utc_now() - running).total_seconds() if running else 0.0
        return int(self._counted + more)

    def _tick(self) -> None:
        if self.bar.chosen.get("kind", "call") == "call":
            self.query_one(TitleLine).show(figure=f"◷ {duration(self.seconds)}")
        else:
            self.query_one(TitleLine).show(figure="")

    # Editing -----------------------------------------------------------------------------------

    @on(CallBar.Chosen)
    def _chosen(self, event: CallBar.Chosen) -> None:
        event.stop()
        if event.group == "days":
            self.when.text = f"+{event.value}d" if event.value else ""
        self._touch()

    @on(CallBar.Written)
    def _written(self, event: CallBar.Written) -> None:
        """What is no choice is the note, so that nothing that is typed gets lost."""
        event.stop()
        self.note.focus()
        self.note.insert(clean(event.text))

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(WhenField.Changed)
    @on(FieldForm.Changed)
    def _edited(self) -> None:
        self._touch()

    @on(Input.Submitted)
    def _next_field(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def _leave_note(self, step: int) -> None:
        if step > 0:
            self.focus_next()
        elif step < 0:
            self.focus_previous()
        else:
            self.action_back()

    def action_note(self) -> None:
        """Write the note."""
        self.note.focus()

    def action_back(self) -> None:
        """From a field to the choices, and from there back to where the form was opened."""
        if self.bar.has_focus:
            super().action_back()
        else:
            self.form.commit_edit()
            self.bar.focus()

    def action_next(self) -> None:
        """Go to the next field."""
        self.focus_next()

    def action_previous(self) -> None:
        """Go to the previous field."""
        self.focus_previous()

    # Drafts ------------------------------------------------------------------------------------

    def _touch(self) -> None:
        if self._keeper is not None:
            self._keeper.touch()

    def _snapshot(self, parked: bool = False) -> Snapshot:
        name = self._customer.name if self._customer else ""
        data = {
            "customer_id": self.customer_id,
            "started_at": to_iso(self._started),
            "seconds": self.seconds,
            "chosen": dict(self.bar.chosen),
            "next": self.query_one("#next", LineInput).value,
            "when": self.when.text,
            "note": self.note.text,
            "fields": self.form.written(),
        }
        return Snapshot(name, data, parked)

    @property
    def _touched(self) -> bool:
        data = self._snapshot().data
        return bool(
            data["chosen"].get("disposition")
            or data["next"].strip()
            or data["when"].strip()
            or data["note"].strip()
            or data["fields"]
        )

    def action_park(self) -> None:
        """Put the contact aside with its clock stopped."""
        self._counted, self._running_since = float(self.seconds), None
        self.do(self._park())

    async def _park(self) -> None:
        await self._filled.wait()  # for the name
        parked = DraftKeeper(
            self.session,
            "interaction",
            self._uid,
            lambda: self._snapshot(parked=True),
            self.show_error,
        )
        if self._keeper is not None:
            await self._keeper.keep()
        await parked.keep()
        self.crm.parting_words(_("Parked. {key} resumes it.").format(key=self._today_key), "info")
        self.close(True)

    async def keep_typed(self) -> None:
        """Put the contact on the disk."""
        if self._keeper is not None:
            await self._keeper.keep()

    async def leave(self) -> bool:
        """Leave. What was entered is kept as a draft; an empty form leaves nothing behind."""
        self.form.commit_edit()
        if self._keeper is not None:
            if not self._touched:
                await self._keeper.discard()
            else:
                await self._keeper.keep()
                self.crm.parting_words(
                    _("Kept as a draft. {key} shows it.").format(key=self._today_key), "info"
                )
        self.close(False)
        return True

    @property
    def _today_key(self) -> str:
        return self.crm.keymap.shown("app.today", "interaction")

    # Saving ------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Write everything as one change and go back."""
        self.do(self._save())

    async def _save(self) -> None:
        self.form.commit_edit()
        if self.when.wrong:
            self.say(_("“{text}” is no time.").format(text=self.when.text.strip()), "bad")
            self.when.input.focus()
            return
        await self._filled.wait()  # the save may have been typed ahead
        if self._customer is None:
            raise self._problem or NotFound(_("This customer is not there any more."))
        entry = self._entry(self._customer)

        async def write(edit: Edit | None) -> None:
            await self.write(log_contact, self.customer_id, replace(entry, edit=edit), self._uid)

        try:
            if not await write_merged(self, entry.edit, write):
                return
        except InputRefused as error:
            self.form.set_errors({error.field: str(error)})
            self.show_error(error)
            return
        if self._keeper is not None:
            await self._keeper.discard()
        self.crm.parting_words(self._saved_words(entry), "good")
        self.close(True)
        self.crm.spread([self.customer_id])

    def _entry(self, customer: Customer) -> Entry:
        chosen = self.bar.chosen
        call = chosen["kind"] == "call"
        fields = self.session.fields
        staged: dict[str, Value] = {
            name: from_form(value, field)
            for name, value in self.form.staged().items()
            if (field := fields.get(name)) is not None
        }
        edit = None
        if staged:
            edit = Edit(set=staged, seen={name: customer.values.get(name) for name in staged})
        next_step = self.query_one("#next", LineInput).value.strip()
        when = self.when.when
        if when is not None and not next_step:
            next_step = _("Call again") if call else _("Follow up")
        return Entry(
            chosen["kind"],
            "" if chosen["kind"] == "note" else chosen["direction"],
            chosen["disposition"],
            self.note.text.strip(),
            self._started,
            self.seconds if call else 0,
            next_step,
            when,
            edit,
        )

    def _saved_words(self, entry: Entry) -> str:
        name = self._customer.name if self._customer else ""
        if entry.when is None:
            return _("Logged for {name}.").format(name=name)
        days = (entry.when.at.date() - self.session.now().date()) // timedelta(days=1)
        return _("Logged for {name}; next step in {days} d.").format(name=name, days=days)


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact as the form has it; `seconds` is its duration."""

    kind: str
    direction: str
    disposition: str
    note: str
    started_at: datetime
    seconds: int
    next_step: str
    when: When | None
    edit: Edit | None


def _options(choices: tuple[Choice, ...], *, upper: bool = False) -> tuple[Option, ...]:
    return tuple(
        Option(choice.key.upper() if upper else choice.key, choice.value, choice.label)
        for choice in choices
    )


# Asked in the query lane.


def call_data(session: Session, customer_id: int) -> CallData:
    """What the form needs. Raises `NotFound`."""
    with session.db.connection():
        customer = customers.get(session, customer_id)
        dispositions = picklists.choices(session, "disposition")
    return CallData(customer, read_lists(session), dispositions)


def log_contact(session: Session, customer_id: int, entry: Entry, uid: str) -> Outcome:
    """Write the contact, its next step and the edit of the customer as one change set."""
    with session.db.connection():
        return interactions.log(
            session,
            customer_id,
            kind=entry.kind,
            direction=entry.direction,
            disposition=entry.disposition,
            note=entry.note,
            subject="",
            started_at=entry.started_at,
            duration=entry.seconds,
            next_step=entry.next_step,
            due=entry.when,
            edit=entry.edit,
            uid=uid,
        )
