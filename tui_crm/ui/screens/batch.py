"""Change many customers at once, first part: choose the fields and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from tui_crm.core import values
from tui_crm.core.changes import operations
from tui_crm.core.fields import Field
from tui_crm.core.values import Spread
from tui_crm.text.i18n import _, ngettext
from tui_crm.ui.batch_form import (
    WORKED_OUT,
    Reader,
    batch_fields,
    copied,
    edit_of,
    form_lines,
    known,
    offered,
    parts,
    remarks,
    wrong_lines,
)
from tui_crm.ui.customer_form import FormLists, read_lists
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.batch_preview import BatchPreviewScreen
from tui_crm.ui.widgets.field_form import FieldForm
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.form_rows import Choice, Value
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask, Confirm
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

    def __init__(self, ids: Sequence[int], query: str | None = None) -> None:
        """With `query` these are all that match it, and whoever matches in the end is changed."""
        super().__init__()
        self._ids = ids
        self._query = query
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

    def action_operation(self) -> None:
        """Ask what is to be worked out for the field under the cursor."""
        self.form.commit_edit()
        field, what = parts(self.form.current or "", self.session.fields)
        if field is None or what or field.is_list:
            self.say(_("Of a list, use the lines that add and remove."), "warn")
        else:
            self.do(ask_operation(self, field))

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
        errors = await self.fetch(wrong_lines, staged)
        if errors:
            self.form.set_errors(errors)
            self.say(next(iter(errors.values())), "bad")
            return
        edit = edit_of(staged, self.session.fields)
        if not edit.fields:
            self.say(_("Nothing to change: type a value into a field first."), "warn")
            return
        reader = Reader(self.crm.settings, self.session.fields, lists)
        if await self.ask_user(BatchPreviewScreen(self._ids, edit, reader, self._query)):
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


async def ask_operation(screen: BatchScreen, field: Field) -> None:
    """Ask what is to be worked out for a field, and put it into its line."""
    registry = screen.session.fields
    ways = offered(field, registry)
    way: str | None = next(iter(ways), None)
    if len(ways) > 1:
        choices = [Choice(name, label) for name, label in ways.items()]
        picked = await screen.ask_user(Picker(field.label, choices))
        way = picked[0] if picked else None
    if way == "copy":
        fields = [Choice(other.name, other.label) for other in copied(field, registry)]
        picked = await screen.ask_user(Picker(f"{field.label}: {ways[way]}", fields))
        text = operations.spell(operations.Copy(picked[0])) if picked else None
    elif way == "replace":
        text = await _ask_replace(screen, field)
    elif way is not None:
        text = await screen.ask_user(Ask(field.label, ways[way]))
    else:
        text = None
    if text:
        screen.form.stage(field.name, WORKED_OUT + text)


async def _ask_replace(screen: BatchScreen, field: Field) -> str | None:
    old = await screen.ask_user(Ask(field.label, _("Which text? Capitals count.")))
    if not old:
        return None
    question = _("What stands there instead of “{old}”? Nothing takes it out.").format(old=old)
    new = await screen.ask_user(Ask(field.label, question))
    return None if new is None else operations.spell(operations.Replace(old, new))


# Asked in the query lane.


def spread_of(
    session: Session, ids: Sequence[int], fields: Sequence[Field], *, cancel: Cancel
) -> dict[str, Spread]:
    """What the customers have in each field."""
    return values.spread(session, ids, fields, cancel=cancel)


def check_lines(session: Session, staged: Mapping[str, Value], *, cancel: Cancel) -> dict[str, str]:
    """Why values cannot be stored, by the name of their line."""
    return wrong_lines(session, staged)
