"""Editing a customer in place: fields are staged, kept as a draft, and written together.

What stood in a field when it was first edited is remembered, so that a colleague's change of the
same field is noticed and a change of another one is not in the way.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.message import Message
from textual.widgets import Input, TextArea

from tui_crm.core import drafts
from tui_crm.core.changes import Edit
from tui_crm.core.changes.model import new_uid
from tui_crm.core.rows import Customer, Value
from tui_crm.errors import InputRefused
from tui_crm.text.i18n import _, ngettext
from tui_crm.text.safe import EMPTY_GLYPH, display
from tui_crm.ui.customer_form import from_form, to_form
from tui_crm.ui.draft_keeper import DraftKeeper, Snapshot
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.conflict import write_merged
from tui_crm.ui.screens.customer_questions import RecordData, record_data, save_edit
from tui_crm.ui.widgets.field_form import FieldForm
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.words import label_of


class CustomerEditing(CrmScreen):
    """The part of a customer's screen that edits; the subclass composes the form and shows."""

    WHERE = "customer"

    def __init__(self, customer_id: int) -> None:
        super().__init__()
        self.customer_id = customer_id
        self._customer: Customer | None = None
        self._seen: dict[str, Value] = {}  # what stood there when a staged field was first edited
        self._keeper: DraftKeeper | None = None
        self._uid = new_uid()

    @property
    def form(self) -> FieldForm:
        """The record."""
        return self.query_one(FieldForm)

    def show_record(self, data: RecordData) -> None:
        """Show a customer as it is now; what is staged stays staged."""
        raise NotImplementedError

    # Staging -----------------------------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self, event: Message) -> None:
        event.stop()
        self._touch()

    @on(FieldForm.Changed)
    def _staged(self, event: FieldForm.Changed) -> None:
        event.stop()
        staged = self.form.staged()
        if self._customer is not None:
            for name in staged:
                self._seen.setdefault(name, self._customer.values.get(name))
        for name in set(self._seen) - set(staged) - {self.form.editing}:
            del self._seen[name]
        edited = ngettext("{count} field edited", "{count} fields edited", len(staged))
        self.footer.status(edited.format(count=len(staged)) if staged else "")
        self.show_keys()
        self._touch()

    def _touch(self) -> None:
        if self._keeper is not None:
            self._keeper.touch()

    def _note_others(self, fresh: Customer) -> None:
        """Say below a staged field what a colleague made of it meanwhile."""
        notes = {}
        for name in self.form.staged():
            now = fresh.values.get(name)
            if name in self._seen and now != self._seen[name]:
                field = self.session.fields.get(name)
                text = label_of(self.crm.settings, name, now)
                if field is not None:
                    notes[name] = _("now: {value}").format(value=display(text) or EMPTY_GLYPH)
        self.form.set_notes(notes)

    # Drafts ------------------------------------------------------------------------------------

    def _keep_drafts(self) -> None:
        key = str(self.customer_id)
        self._keeper = DraftKeeper(self.session, "edit", key, self._snapshot, self.show_error)

    def _snapshot(self) -> Snapshot | None:
        written = self.form.written()
        if self._customer is None or not written:
            return None
        now = self._customer.values
        seen = {name: self._seen.get(name, now.get(name)) for name in written}
        data = {"customer_id": self.customer_id, "staged": written, "seen": seen}
        return Snapshot(self._customer.name, data)

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

    async def keep_typed(self) -> None:
        """Put what is not saved on the disk."""
        if self._keeper is not None:
            await self._keeper.keep()

    # Saving ------------------------------------------------------------------------------------

    def action_edit(self) -> None:
        """Edit the field under the cursor."""
        self.set_focus(self.form.view)  # at once: `focus()` would take it from the text field again
        self.form.begin_edit()

    def action_save(self) -> None:
        """Write the staged fields."""
        self.do(self.save())

    async def save(self) -> bool:
        """Write the staged fields; whether nothing is left unsaved."""
        self.form.commit_edit()
        staged = self.form.staged()
        if not staged:
            return True

        async def write(edit: Edit | None) -> None:
            await self.write(save_edit, self.customer_id, edit or Edit(), self._uid)

        try:
            if not await write_merged(self, self._edit(staged), write):
                return False
        except InputRefused as error:
            self.form.set_errors({error.field: str(error)})
            self.show_error(error)
            return False
        await self._saved(staged)
        return True

    def _edit(self, staged: Mapping[str, object]) -> Edit:
        fields = self.session.fields
        values: dict[str, Value] = {
            name: from_form(value, field)  # type: ignore[arg-type]
            for name, value in staged.items()
            if (field := fields.get(name)) is not None
        }
        return Edit(set=values, seen={name: self._seen.get(name) for name in values})

    async def _saved(self, written: Mapping[str, object]) -> None:
        """Show the record as it is now; what was staged meanwhile stays."""
        self._uid = new_uid()
        fresh = await self.fetch(record_data, self.customer_id)
        now = self.form.staged()
        for name, value in written.items():
            if now.get(name) == value:
                self.form.revert(name)
        self.show_record(fresh)
        if not self.form.staged() and self._keeper is not None:
            await self._keeper.discard()
            self._keep_drafts()
        self.crm.spread([self.customer_id])
        self.say(_("Saved."), "good")

    async def _clean(self) -> bool:
        """Whether nothing is unsaved any more, or the user decided about it."""
        self.form.commit_edit()
        if self._keeper is None:
            return True
        answer: str | None = "d"
        if self.form.staged():
            question = Confirm(
                _("Unsaved changes"),
                "\n".join(self._staged_lines()),
                [("s", _("save")), ("k", _("keep as draft")), ("d", _("discard"))],
                dict.fromkeys(self.crm.keymap.keys("customer.save"), "s"),
            )
            answer = await self.ask_user(question)
        if answer == "s":
            return await self.save()
        if answer == "k":
            await self._keeper.keep()
        elif answer == "d":
            await self._keeper.discard()
        return answer is not None

    def _staged_lines(self) -> list[str]:
        lines = []
        for name, value in self.form.staged().items():
            field = self.session.fields.get(name)
            if field is None:
                continue
            old = to_form(field, self._seen.get(name))
            lines.append(f"{field.label}: {_plain(old)} → {_plain(value)}")
        return lines


def _plain(value: object) -> str:
    if value is None or value == "":
        return EMPTY_GLYPH
    return ", ".join(value) if isinstance(value, tuple) else str(value)
