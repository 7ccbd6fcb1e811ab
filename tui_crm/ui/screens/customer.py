"""One customer: the record as a form that is edited in place, its people, and its timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tui_crm.core import customers, drafts, history
from tui_crm.core.changes import Delete, Edit, Request, Update, apply
from tui_crm.core.changes.conflicts import EditConflict
from tui_crm.core.changes.model import new_uid
from tui_crm.core.rows import ChangeSetRow, Customer, CustomerRow, Outcome, TimelineEntry, Value
from tui_crm.errors import CrmError, InputRefused, NotFound
from tui_crm.text.dates import utc_now
from tui_crm.text.i18n import _, ngettext
from tui_crm.text.safe import display
from tui_crm.ui import bridge
from tui_crm.ui.customer_form import FormLists, form_fields, from_form, read_lists, to_form
from tui_crm.ui.customer_source import Neighbours, RowMaker, columns_for
from tui_crm.ui.draft_keeper import DraftKeeper, Snapshot
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.conflict import ConflictScreen
from tui_crm.ui.timeline_source import FIRST_PAGE, TimelineSource, shower
from tui_crm.ui.undoing import undo
from tui_crm.ui.widgets.field_form import FieldForm
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.line_view import LineView
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.widgets.record_list import RecordList
from tui_crm.ui.widgets.source_view import ListSource
from tui_crm.ui.widgets.timeline import Timeline
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import label_of, number

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel

_NOT_SHOWN = frozenset({"id", "version"})
_PEOPLE = 100


@dataclass(frozen=True, slots=True)
class RecordData:
    """Everything that the screen shows of a customer at first."""

    customer: Customer
    lists: FormLists
    related: tuple[CustomerRow, ...]
    entries: tuple[TimelineEntry, ...]
    entry_count: int


class CustomerScreen(CrmScreen):
    """The screen of one customer. `among` is the list that it was opened from."""

    WHERE = "customer"
    BINDS = ("screen", "customer", "record")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]

    def __init__(self, customer_id: int, among: Neighbours | None = None) -> None:
        super().__init__()
        self.customer_id = customer_id
        self._among = among
        self._customer: Customer | None = None
        self._seen: dict[str, Value] = {}  # what stood there when a staged field was first edited
        self._keeper: DraftKeeper | None = None
        self._uid = new_uid()
        self._saving = False

    # Layout ------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Title, the record beside or above its people and timeline, footer."""
        yield TitleLine()
        with Horizontal(id="record"):
            yield FieldForm(id="form", types=False)
            with Vertical(id="around"):
                yield RecordList(id="people", header=False)
                yield Timeline(id="timeline", empty_text=_("Nothing has happened yet."))
        yield Footer()

    @property
    def form(self) -> FieldForm:
        """The record."""
        return self.query_one(FieldForm)

    @property
    def timeline(self) -> Timeline:
        """What happened."""
        return self.query_one(Timeline)

    @property
    def people(self) -> RecordList:
        """The people of an organisation, or the organisation of a person."""
        return self.query_one("#people", RecordList)

    def on_mount(self) -> None:
        """Bind keys and show the customer."""
        super().on_mount()
        bridge.bind_key(
            self.form.view, self.crm.keymap.keys("customer.timeline"), "screen.timeline"
        )
        self.people.set_columns(columns_for(("name", "title", "phone"), self.session.fields))
        self.form.view.focus()
        self._load()

    def on_resize(self, event: events.Resize) -> None:
        """A narrow terminal shows one line an entry."""
        self.timeline.set_preview(event.size.height >= 30)

    # Loading -----------------------------------------------------------------------------------

    def _load(self) -> None:
        self.ask("record", record_data, self.customer_id, deliver=self._show)

    def show_error(self, error: CrmError) -> None:
        """A customer that is gone closes its screen."""
        if isinstance(error, NotFound):
            self.crm.parting_words(str(error), "bad")
            self.dismiss(None)
        else:
            super().show_error(error)

    def _show(self, data: RecordData) -> None:
        first = self._customer is None
        customer = data.customer
        self._show_title(customer)
        fields = [f for f in self.session.fields.of("customer") if f.name not in _NOT_SHOWN]
        values = dict(customer.values)
        for name in ("last_contact", "created_at", "updated_at"):
            values[name] = label_time(self.session, values.get(name))
        shown = form_fields(fields, values, data.lists)
        self.form.set_fields(shown, keep_staged=not first)
        self._note_others(customer)
        self._customer = customer
        self._show_related(data.related)
        self._show_timeline(data)
        if first:
            self._keeper = DraftKeeper(self.session, "edit", str(self.customer_id), self._snapshot)
            self._restore_draft()

    def _show_title(self, customer: Customer) -> None:
        values = customer.values
        words = (str(values.get(name) or "") for name in ("title", "organization"))
        status = label_of(self.crm.settings, "status", values.get("status"))
        remark = " · ".join(word for word in (*words, status) if word)
        place = self._among.place_of(self.customer_id) if self._among else None
        where = (
            f"{number(place + 1)}/{number(self._among.count)}  "
            if (self._among is not None and place is not None)
            else ""
        )
        self.query_one(TitleLine).show(
            customer.name, remark=remark, figure=f"{where}{customer.account_no}"
        )

    def _note_others(self, fresh: Customer) -> None:
        """Say below a staged field what a colleague made of it meanwhile."""
        notes = {}
        for name in self.form.staged():
            now = fresh.values.get(name)
            if name in self._seen and now != self._seen[name]:
                field = self.session.fields.get(name)
                text = label_of(self.crm.settings, name, now)
                if field is not None:
                    notes[name] = _("now: {value}").format(value=display(text) or "∅")
        self.form.set_notes(notes)

    def _show_related(self, rows: Sequence[CustomerRow]) -> None:
        make = RowMaker(self.people.columns, self.crm.settings, utc_now())
        self.people.set_source(ListSource([make.of_row(row) for row in rows]))
        self.people.styles.height = min(len(rows), 8) + 1  # and its heading
        organization = self._customer is not None and self._customer.organization_id
        self.people.border_title = plain(_("Organisation") if organization else _("People"))
        self.people.set_class(bool(rows), "-some")

    def _show_timeline(self, data: RecordData) -> None:
        source = TimelineSource(
            data.entry_count,
            data.entries,
            self._fetch_entries,
            shower(self.crm.settings, self.session.now()),
            self.timeline.rows_arrived,
            lambda error: self.say(str(error), "bad"),
        )
        self.timeline.set_source(source)
        self.timeline.border_title = plain(_("Timeline") + f" · {number(source.count)}")

    async def _fetch_entries(self, before: TimelineEntry, limit: int) -> Sequence[TimelineEntry]:
        return await self.fetch(older_entries, self.customer_id, before, limit)

    def customers_changed(self, ids: Iterable[int]) -> None:
        """Show this customer anew; what is staged stays staged."""
        if self.customer_id in ids and self._customer is not None:
            self._load()

    # Editing -----------------------------------------------------------------------------------

    @on(FieldForm.Changed)
    def _staged(self, event: FieldForm.Changed) -> None:
        event.stop()
        staged = self.form.staged()
        if self._customer is not None:
            for name in staged:
                self._seen.setdefault(name, self._customer.values.get(name))
        for name in set(self._seen) - set(staged):
            del self._seen[name]
        count = len(staged)
        if count:
            self.say(
                ngettext("{count} field edited", "{count} fields edited", count).format(
                    count=count
                ),
                "warn",
            )
        else:
            self.footer.hush()
        if self._keeper is not None:
            self._keeper.touch()

    def _snapshot(self) -> Snapshot:
        name = self._customer.name if self._customer else ""
        data = {
            "customer_id": self.customer_id,
            "staged": self.form.staged(),
            "seen": dict(self._seen),
        }
        return Snapshot(name, data)

    def _restore_draft(self) -> None:
        for draft in drafts.load_all(self.session):
            if draft.kind == "edit" and draft.key == str(self.customer_id):
                self._stage_again(draft.data["staged"], draft.data["seen"])

    def _stage_again(self, staged: Mapping[str, object], seen: Mapping[str, object]) -> None:
        known = {field.name for field in self.form.fields}
        for name, value in staged.items():
            if name not in known:
                continue
            old = seen.get(name)
            self._seen[name] = tuple(old) if isinstance(old, list) else old  # type: ignore[assignment]
            self.form.stage(name, tuple(value) if isinstance(value, list) else value)  # type: ignore[arg-type]

    def action_edit(self) -> None:
        """Edit the field under the cursor."""
        self.form.view.focus()
        self.form.begin_edit()

    def action_save(self) -> None:
        """Write the staged fields."""
        self.form.commit_edit()
        if not self._saving:
            self.crm.spawn(self.save())

    async def save(self) -> bool:
        """Write the staged fields; whether nothing is left unsaved."""
        staged = self.form.staged()
        if not staged:
            return True
        self._saving = True
        try:
            edit = self._edit(staged)
            while True:
                try:
                    await self.fetch(save_edit, self.customer_id, edit, self._uid)
                    break
                except EditConflict as conflict:
                    resolved = await self.ask_user(ConflictScreen(conflict, edit))
                    if resolved is None:
                        return False
                    edit = resolved
        except InputRefused as error:
            field = getattr(error, "field", "")
            if field in staged:
                self.form.set_errors({field: str(error)})
            self.show_error(error)
            return False
        except CrmError as error:
            self.show_error(error)
            return False
        finally:
            self._saving = False
        await self._saved()
        return True

    def _edit(self, staged: Mapping[str, object]) -> Edit:
        fields = self.session.fields
        values: dict[str, Value] = {
            name: from_form(value, field)  # type: ignore[arg-type]
            for name, value in staged.items()
            if (field := fields.get(name)) is not None
        }
        return Edit(set=values, seen={name: self._seen.get(name) for name in values})

    async def _saved(self) -> None:
        if self._keeper is not None:
            await self._keeper.discard()
            self._keeper = DraftKeeper(self.session, "edit", str(self.customer_id), self._snapshot)
        self._uid = new_uid()
        self._seen.clear()
        for name in list(self.form.staged()):
            self.form.revert(name)
        self.crm.spread([self.customer_id])
        self.say(_("Saved."), "good")

    # Leaving -----------------------------------------------------------------------------------

    def action_back(self) -> None:
        """Back to the list; unsaved fields ask."""
        self.crm.spawn(self._when_clean(lambda: self.dismiss(None)))

    async def _when_clean(self, go: Callable[[], object]) -> None:
        """Do `go` once nothing is unsaved, or the user decided about it."""
        self.form.commit_edit()
        if not self.form.staged():
            if self._keeper is not None:
                await self._keeper.discard()
            go()
            return
        lines = "\n".join(self._staged_lines())
        answer = await self.ask_user(
            Confirm(
                _("Unsaved changes"),
                lines,
                [("s", _("save")), ("k", _("keep as draft")), ("d", _("discard"))],
            )
        )
        if answer == "s" and await self.save():
            go()
        elif answer == "k" and self._keeper is not None:
            await self._keeper.keep()
            go()
        elif answer == "d" and self._keeper is not None:
            await self._keeper.discard()
            go()

    def _staged_lines(self) -> list[str]:
        lines = []
        for name, value in self.form.staged().items():
            field = self.session.fields.get(name)
            if field is None:
                continue
            old = to_form(field, self._seen.get(name))
            lines.append(f"{field.label}: {_plain(old)} → {_plain(value)}")
        return lines

    def action_next(self) -> None:
        """Open the next customer of the list."""
        self._go(1)

    def action_previous(self) -> None:
        """Open the previous customer of the list."""
        self._go(-1)

    def _go(self, step: int) -> None:
        place = self._among.place_of(self.customer_id) if self._among else None
        if self._among is None or place is None:
            self.say(_("This customer was not opened from a list."), "warn")
            return
        other = self._among.id_at(place + step)
        if other is None:
            self.say(_("The list ends here."), "info")
            return
        self.crm.spawn(self._when_clean(lambda: self._turn_to(other)))

    def _turn_to(self, customer_id: int) -> None:
        """Show another customer in this screen."""
        self.latest.drop_all()
        self.customer_id = customer_id
        self._customer, self._keeper = None, None
        self._seen.clear()
        self._load()

    # The rest ----------------------------------------------------------------------------------

    def action_timeline(self) -> None:
        """Go from the record to its people, its timeline, and back."""
        stops: list[LineView] = [self.form.view, self.timeline]
        if self.people.display:
            stops.insert(1, self.people)
        here = next((i for i, stop in enumerate(stops) if stop.has_focus), -1)
        stops[(here + 1) % len(stops)].focus()

    @on(RecordList.Selected, "#people")
    def _person_chosen(self, event: RecordList.Selected) -> None:
        event.stop()
        self.crm.open_customer(int(event.key))

    @on(Timeline.Selected)
    def _entry_chosen(self, event: Timeline.Selected) -> None:
        event.stop()
        source = self.timeline.source
        entry = source.entry(event.index) if isinstance(source, TimelineSource) else None
        if entry is not None:
            from tui_crm.ui.screens.entry import EntryScreen

            self.crm.push_screen(EntryScreen(entry))

    def action_log(self) -> None:
        """Log a contact."""
        self.crm.log_call(self.customer_id)

    def action_task(self) -> None:
        """Enter a follow-up."""
        self.crm.new_task(self.customer_id)

    def action_copy_phone(self) -> None:
        """Copy the number under the cursor, or the first one."""
        self.copy_text(self._point("phone"), _("No phone number."))

    def action_copy_email(self) -> None:
        """Copy the first e-mail address."""
        self.copy_text(self._point("email"), _("No e-mail address."))

    def _point(self, kind: str) -> str:
        points = self._customer.contact_points if self._customer else ()
        return next((point.value for point in points if point.kind == kind), "")

    def action_history(self) -> None:
        """Show every change of this customer."""
        if self._customer is not None:
            self.crm.show_history(self.customer_id, self._customer.name)

    def action_undo(self) -> None:
        """Undo the last change of this customer, after a question."""
        self.crm.spawn(self._undo())

    async def _undo(self) -> None:
        newest = await self.fetch(last_change, self.customer_id)
        if newest is None:
            self.say(_("There is nothing to undo."), "info")
        elif await undo(self, newest):
            self.crm.spread([self.customer_id])

    def action_delete(self) -> None:
        """Move the customer to the recycle bin, after a question."""
        self.crm.spawn(self._delete())

    async def _delete(self) -> None:
        if self._customer is None:
            return
        answer = await self.ask_user(
            Confirm(
                _("Delete"),
                _("Move {name} to the recycle bin? An undo brings it back.").format(
                    name=display(self._customer.name)
                ),
                [("d", _("delete"))],
            )
        )
        if answer != "d":
            return
        try:
            await self.fetch(delete_customer, self.customer_id, self._customer.name)
        except CrmError as error:
            self.show_error(error)
            return
        self.crm.parting_words(
            _("Deleted. {key} brings it back.").format(key=self.crm.keymap.shown("app.undo")),
            "good",
        )
        self.crm.spread([self.customer_id])
        self.dismiss(None)


def _plain(value: object) -> str:
    if value is None or value == "":
        return "∅"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def label_time(session: Session, value: Value) -> str:
    """A stored time as the form shows it, in the user's zone."""
    from tui_crm.text.dates import format_local, from_iso

    return format_local(from_iso(str(value)), session.zone, style="long") if value else ""


# Asked in the query lane.


def record_data(session: Session, customer_id: int, *, cancel: Cancel) -> RecordData:
    """A customer with what is around it. Raises `NotFound`."""
    with session.db.connection():
        customer = customers.get(session, customer_id)
        cancel.check()
        entries = customers.timeline(session, customer_id, limit=FIRST_PAGE)
        count = customers.timeline_count(session, customer_id)
        cancel.check()
        if customer.values.get("kind") == "organization":
            related = customers.people(session, customer_id, _PEOPLE)
        elif customer.organization_id:
            own = customers.rows(session, [customer.organization_id])
            others = customers.people(session, customer.organization_id, _PEOPLE)
            related = own + [row for row in others if row.id != customer_id]
        else:
            related = []
    return RecordData(customer, read_lists(session), tuple(related), tuple(entries), count)


def older_entries(
    session: Session, customer_id: int, before: TimelineEntry, limit: int
) -> list[TimelineEntry]:
    """The timeline below an entry."""
    with session.db.connection():
        return customers.timeline(session, customer_id, before=before, limit=limit)


def save_edit(session: Session, customer_id: int, edit: Edit, uid: str) -> Outcome:
    """Write an edit of one customer. Raises `EditConflict`, `InputRefused`, `NotFound`."""
    with session.db.connection():
        return apply(session, Request([Update(customer_id, edit)], "edit", uid=uid))


def last_change(session: Session, customer_id: int) -> ChangeSetRow | None:
    """The newest change set of a customer that can still be undone."""
    with session.db.connection():
        sets = history.change_sets(session, customer_id=customer_id, limit=50)
    return next((row for row in sets if row.undoable and row.kind != "undo"), None)


def delete_customer(session: Session, customer_id: int, name: str) -> Outcome:
    """Move a customer to the recycle bin."""
    with session.db.connection():
        return apply(session, Request([Delete(customer_id)], "delete", summary=name))
