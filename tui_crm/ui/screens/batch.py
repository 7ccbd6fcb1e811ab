"""Change many customers at once, first part: choose the fields and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from tui_crm.core import values
from tui_crm.core.fields import Field
from tui_crm.core.values import Spread
from tui_crm.text.i18n import _, ngettext
from tui_crm.ui.batch_form import (
    Reader,
    batch_fields,
    edit_of,
    form_lines,
    known,
    parts,
    remarks,
    wrong_lines,
)
from tui_crm.ui.customer_form import FormLists, read_lists
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.batch_preview import BatchPreviewScreen
from tui_crm.ui.widgets.field_form import FieldForm
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.form_rows import Value
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import customer_count

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel


class BatchScreen(CrmScreen):
    """The form of a batch edit of the customers `ids`; gives True when something was changed.

    Every field has a switch. What all customers share is shown and never switched on by that;
    typing a value, or clearing, switches on.
    """

    WHERE = "batch.form"
    BINDS = ("screen", "batch", "batch.form")

    DEFAULT_CSS = "BatchScreen FieldForm { margin: 1 0 0 0; }"

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__()
        self._ids = ids
        self._fields: list[Field] = []
        self._lists: FormLists | None = None

    def compose(self) -> ComposeResult:
        """Title, form, footer."""
        yield TitleLine(_("Batch edit"), customer_count(len(self._ids)))
        yield FieldForm(id="form")
        yield Footer()

    @property
    def form(self) -> FieldForm:
        """The form."""
        return self.query_one(FieldForm)

    def on_mount(self) -> None:
        """Show the form at once, and what the customers have as soon as it is known."""
        self._fields = batch_fields(self.session.fields)
        self.form.view.focus()
        self.do(self._fill())

    async def _fill(self) -> None:
        self._lists = await self.fetch(read_lists)
        self.form.set_fields(form_lines(self._fields, self._lists))
        self.ask("spread", spread_of, self._ids, self._fields, deliver=self._show_spread)

    def _show_spread(self, found: Mapping[str, Spread]) -> None:
        view = self.form.view
        for index, line in enumerate(view.fields):
            field, _what = parts(line.name, self.session.fields)
            if field is not None and field.name in found:
                view.update(index, **known(line, field, found[field.name], len(self._ids)))

    # Choosing ----------------------------------------------------------------------------------

    @property
    def _included(self) -> list[str]:
        return [line.name for line in self.form.fields if line.include]

    @on(FieldForm.Changed)
    @on(FieldForm.Included)
    def _edited(self, event: FieldForm.FormMessage) -> None:
        event.stop()
        included = self._included
        notes = remarks(self.form.staged(), included, self.session.fields)
        view = self.form.view
        for index, line in enumerate(view.fields):
            if line.note != notes.get(line.name, ""):
                view.update(index, note=notes.get(line.name, ""))
        count = ngettext("{count} field", "{count} fields", len(included))
        figure = count.format(count=len(included)) if included else ""
        self.query_one(TitleLine).show(figure=figure)
        self.footer.hush()
        self.ask("check", check_lines, self.form.staged(), deliver=self._show_errors)

    def _show_errors(self, errors: Mapping[str, str]) -> None:
        """Say below a line why it is refused; the cursor stays where the user is."""
        view = self.form.view
        for index, line in enumerate(view.fields):
            if line.error != errors.get(line.name, ""):
                view.update(index, error=errors.get(line.name, ""))

    def action_include(self) -> None:
        """Include the field under the cursor, or leave it out."""
        self.form.toggle()

    def action_clear(self) -> None:
        """Include the field under the cursor and make it empty in every record."""
        self.form.stage_current(None)

    # Going on and back -------------------------------------------------------------------------

    def action_preview(self) -> None:
        """Show what would become of every record."""
        self.form.commit_edit()
        if self._lists is not None:
            self.do(self._preview(self._lists))

    def action_apply(self) -> None:
        """Nothing is changed unseen: go to the preview, which asks."""
        self.action_preview()

    async def _preview(self, lists: FormLists) -> None:
        staged = self.form.staged()
        edit = edit_of(staged, self.session.fields)
        if not edit.fields:
            self.say(_("Nothing to change: type a value into a field first."), "warn")
            return
        errors = await self.fetch(wrong_lines, staged)
        if errors:
            self.form.set_errors(errors)
            self.say(next(iter(errors.values())), "bad")
            return
        reader = Reader(self.crm.settings, self.session.fields, lists)
        if await self.ask_user(BatchPreviewScreen(self._ids, edit, reader)):
            self.close(True)

    async def leave(self) -> bool:
        """Leave; a form with something in it asks."""
        if self.form.staged():
            keys = [("d", _("discard"))]
            question = Confirm(_("Batch edit"), _("Nothing of this was changed yet."), keys)
            if await self.ask_user(question) != "d":
                return False
        self.close(False)
        return True


# Asked in the query lane.


def spread_of(
    session: Session, ids: Sequence[int], fields: Sequence[Field], *, cancel: Cancel
) -> dict[str, Spread]:
    """What the customers have in each field."""
    return values.spread(session, ids, fields, cancel=cancel)


def check_lines(session: Session, staged: Mapping[str, Value], *, cancel: Cancel) -> dict[str, str]:
    """Why values cannot be stored, by the name of their line."""
    return wrong_lines(session, staged)
