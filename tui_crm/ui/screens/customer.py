"""One customer: the record as a form that is edited in place, its people, and its timeline."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tui_crm.core.rows import Customer, CustomerRow, TimelineEntry, Value
from tui_crm.errors import CrmError, NotFound
from tui_crm.text.dates import utc_now
from tui_crm.text.i18n import _
from tui_crm.text.safe import display
from tui_crm.ui import bridge
from tui_crm.ui.customer_form import form_fields
from tui_crm.ui.customer_source import Neighbours, RowMaker, columns_for
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.customer_editing import CustomerEditing
from tui_crm.ui.screens.customer_questions import (
    RecordData,
    delete_customer,
    last_change,
    older_entries,
    record_data,
)
from tui_crm.ui.timeline_source import TimelineSource, shower
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

_WIDE = 110  # columns from which the timeline has room beside the record
_LEAST_LINES = 3  # of an empty timeline, whose remark stands in their middle
_NOT_SHOWN = frozenset({"id", "version"})


class CustomerScreen(CustomerEditing):
    """The screen of one customer.

    `among` is the list that it was opened from, `at` the id of an interaction that it is opened
    for: the timeline then has the focus there.
    """

    BINDS = ("screen", "customer", "record")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]

    def __init__(self, customer_id: int, among: Neighbours | None = None, at: int = 0) -> None:
        super().__init__(customer_id)
        self._among = among
        self._at = at

    # Layout ------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Title, the record beside or above its people and timeline, footer."""
        # Textual would find out after the first frame, and lay everything out again.
        self.add_class("-wide" if self.app.size.width >= _WIDE else "-narrow")
        yield TitleLine()
        with Horizontal(id="record"):
            yield FieldForm(id="form", types=False)
            with Vertical(id="around"):
                yield RecordList(id="people", header=False)
                yield Timeline(id="timeline")
        yield Footer()

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
        self._open()

    def on_resize(self, event: events.Resize) -> None:
        """A low terminal shows one line an entry."""
        self.timeline.set_preview(event.size.height >= 30)
        self._fit_timeline()

    def _fit_timeline(self) -> None:
        """Below the record the timeline takes no more lines than it has entries for."""
        lines = max(_LEAST_LINES, self.timeline.row_count() * self.timeline.row_height)
        self.query_one("#around").styles.max_height = (
            None if self.has_class("-wide") else lines + 1  # and its heading
        )

    @property
    def idle(self) -> frozenset[str]:
        """There is nothing to save, or no list to go on in."""
        save = () if self.form.staged() or self.form.editing else ("customer.save",)
        place = self._among.place_of(self.customer_id) if self._among else None
        turn = () if place is not None else ("customer.next", "customer.previous")
        return frozenset((*save, *turn))

    # Loading -----------------------------------------------------------------------------------

    def _open(self) -> None:
        """Show the customer; keys that are typed meanwhile wait for the record."""
        self.crm.free_keys(self)
        self.crm.hold_keys(self)
        self._load()

    def _load(self) -> None:
        self.ask("record", record_data, self.customer_id, deliver=self.show_record)

    def show_error(self, error: CrmError) -> None:
        """A customer that is gone closes its screen."""
        if self._customer is None:
            self.crm.release_keys(self)
        if isinstance(error, NotFound):
            self.crm.parting_words(str(error), "bad")
            self.close()
        else:
            super().show_error(error)

    def show_record(self, data: RecordData) -> None:
        """Show a customer as it is now; what is staged stays staged."""
        before, customer = self._customer, data.customer
        self._show_title(customer)
        editing = self.form.editing
        if before is not None and editing is not None:
            # What a colleague writes while a field is being edited was not seen by the editor.
            self._seen.setdefault(editing, before.values.get(editing))
        fields = [f for f in self.session.fields.of("customer") if f.name not in _NOT_SHOWN]
        values = dict(customer.values)
        for name in ("last_contact", "created_at", "updated_at"):
            values[name] = label_time(self.session, values.get(name))
        shown = form_fields(fields, values, data.lists)
        self.form.set_fields(shown, keep_staged=before is not None)
        self._customer = customer
        self._show_related(data.related)
        self._show_timeline(data)
        if before is None:
            self._restore_draft()
            self._keep_drafts()
            self._go_to_entry(data.entries)
            self.crm.release_keys(self)
        self._note_others(customer)
        self.show_keys()

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
            self.could_not_fetch,
        )
        # Somebody reads there, or else what is new comes into sight.
        reads = self.timeline.has_focus or self.timeline.cursor > 0
        self.timeline.empty_text = _("Nothing has happened yet.")
        self.timeline.set_source(source, keep_cursor=reads)
        self.timeline.border_title = plain(_("Timeline") + f" · {number(source.count)}")
        self._fit_timeline()

    def _go_to_entry(self, entries: Sequence[TimelineEntry]) -> None:
        """Put the cursor on the interaction that the screen was opened for, if it is near."""
        for place, entry in enumerate(entries):
            if (entry.kind, entry.id) == ("interaction", self._at):
                self.timeline.cursor = place
                self.timeline.focus()

    async def _fetch_entries(self, before: TimelineEntry, limit: int) -> Sequence[TimelineEntry]:
        return await self.fetch(older_entries, self.customer_id, before, limit)

    def customers_changed(self, ids: Collection[int]) -> None:
        """Show this customer anew; what is staged stays staged."""
        if self.customer_id in ids and self._customer is not None:
            self._load()

    # Leaving -----------------------------------------------------------------------------------

    async def leave(self) -> bool:
        """Back to the list; unsaved fields ask."""
        if not await self._clean():
            return False
        self.close()
        return True

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
        self.do(self._turn_to(other))

    async def _turn_to(self, customer_id: int) -> None:
        """Show another customer in this screen."""
        if not await self._clean():
            return
        self.latest.drop_all()
        self.customer_id = customer_id
        self._customer, self._keeper = None, None
        self._seen.clear()
        self.footer.status("")
        self._open()

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

    @on(Timeline.Selected, "#timeline")
    def _entry_chosen(self, event: Timeline.Selected) -> None:
        event.stop()
        source = self.timeline.source
        entry = source.entry(event.index) if isinstance(source, TimelineSource) else None
        if entry is not None and entry.kind == "change":
            from tui_crm.ui.screens.changes import show_changes

            self.do(show_changes(self, entry.id, self.customer_id))
        elif entry is not None:
            from tui_crm.ui.screens.entry import EntryScreen

            self.crm.push_screen(EntryScreen(entry))

    def action_log(self) -> None:
        """Log a contact."""
        self.crm.log_call(self.customer_id)

    def action_task(self) -> None:
        """Enter a follow-up."""
        self.crm.new_task(self.customer_id)

    def action_copy_phone(self) -> None:
        """Copy the first phone number."""
        self.copy_text(self._point("phone"), _("No phone number."))

    def action_copy_email(self) -> None:
        """Copy the first e-mail address."""
        self.copy_text(self._point("email"), _("No e-mail address."))

    @property
    def _customer_name(self) -> str:
        return self._customer.name if self._customer else ""

    def _point(self, kind: str) -> str:
        points = self._customer.contact_points if self._customer else ()
        return next((point.value for point in points if point.kind == kind), "")

    def action_history(self) -> None:
        """Show every change of this customer."""
        if self._customer is not None:
            self.crm.show_history(self.customer_id, self._customer.name)

    def action_undo(self) -> None:
        """Undo the last change of this customer, after a question."""
        self.do(self._undo())

    async def _undo(self) -> None:
        newest = await self.fetch(last_change, self.customer_id)
        if newest is None:
            self.say(_("There is nothing to undo."), "info")
        elif await undo(self, newest, newest.summary or self._customer_name):
            self.crm.spread([self.customer_id])

    def action_unmerge(self) -> None:
        """Take the last merge of this customer apart, after a question."""
        self.do(self._unmerge())

    async def _unmerge(self) -> None:
        from tui_crm.ui.screens.duplicates import unmerge, unmerged_words

        if not await self._clean():
            return
        question = Confirm(
            _("Unmerge"),
            _(
                "Take the last merge of {name} apart? Each record gets back what was its own."
            ).format(name=display(self._customer_name)),
            [("y", _("take it apart"))],
        )
        if await self.ask_user(question) != "y":
            return
        try:
            undone = await self.write(unmerge, self.customer_id)
        except NotFound:
            self.say(_("Nobody was merged into this customer."), "warn")
            return
        self.crm.spread([undone.survivor, *undone.restored])
        self.say(unmerged_words(undone), "good")

    def action_delete(self) -> None:
        """Move the customer to the recycle bin, after a question."""
        self.do(self._delete())

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
        await self.write(delete_customer, self.customer_id, self._customer.name)
        self.crm.parting_words(
            _("Deleted. {key} brings it back.").format(key=self.crm.keymap.shown("app.undo")),
            "good",
        )
        self.close()
        self.crm.spread([self.customer_id])


def label_time(session: Session, value: Value) -> str:
    """A stored time as the form shows it, in the user's zone."""
    from tui_crm.text.dates import format_local, from_iso

    return format_local(from_iso(str(value)), session.zone, style="long") if value else ""
