"""Enter a new customer: name and number are enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input, TextArea

from tui_crm.core.changes import Create, Request, apply
from tui_crm.core.changes.model import new_uid
from tui_crm.core.rows import Outcome, Value
from tui_crm.errors import InputRefused
from tui_crm.search.language.query import parse
from tui_crm.text.email import looks_like_email
from tui_crm.text.i18n import _
from tui_crm.text.phone import looks_like_phone
from tui_crm.text.safe import clean_line
from tui_crm.ui.customer_form import FormLists, form_fields, from_form, read_lists
from tui_crm.ui.draft_keeper import DraftKeeper, Snapshot
from tui_crm.ui.look_alikes import LookAlikeLine, LookAlikes, described
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.field_form import Choice, FieldForm
from tui_crm.ui.widgets.field_form import Value as FormValue
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from tui_crm.core.drafts import Draft
    from tui_crm.core.fields import Registry
    from tui_crm.core.session import Session

_HIDDEN = frozenset({"id", "version", "last_contact", "created_at", "updated_at"})


def prefill(typed: str, fields: Registry) -> dict[str, str | tuple[str, ...]]:
    """What was typed into the search, in the field that it fits; filters are left out."""
    text = clean_line(typed)
    if not text:
        return {}
    if looks_like_phone(text):
        return {"phones": (text,)}
    if looks_like_email(text):
        return {"emails": (text,)}
    name = parse(text, fields).plain
    return {"name": name} if name else {}


class NewCustomerScreen(CrmScreen):
    """The form of a new customer; gives its id, or None when it was left."""

    WHERE = "new"
    BINDS = ("screen", "form", "new")

    def __init__(self, typed: str = "", draft: Draft | None = None) -> None:
        super().__init__()
        self._typed = typed
        self._given: dict[str, Any] = dict(draft.data["values"]) if draft else {}
        self._keeper: DraftKeeper | None = None
        # The id of the act is made once: saving again after a lost connection is recognised.
        self._uid = draft.key if draft else new_uid()
        self._alikes = LookAlikes(self, self._typed_values)

    def compose(self) -> ComposeResult:
        """Title, form, who is like it, footer."""
        yield TitleLine(_("New customer"))
        yield FieldForm(id="form")
        yield LookAlikeLine()
        yield Footer()

    @property
    def form(self) -> FieldForm:
        """The form."""
        return self.query_one(FieldForm)

    def on_mount(self) -> None:
        """Fetch what the choice fields offer, then show the form and take keys."""
        super().on_mount()
        self.do(self._fill())

    async def _fill(self) -> None:
        self._given = self._given or dict(prefill(self._typed, self.session.fields))
        lists: FormLists = await self.fetch(read_lists)
        shown = [f for f in self.session.fields.of("customer") if f.name not in _HIDDEN]
        self.form.set_fields(form_fields(shown, {}, lists))
        known = {field.name for field in shown}
        for name, value in self._given.items():
            if name in known:
                self.form.stage(name, tuple(value) if isinstance(value, list) else value)
        self._keeper = DraftKeeper(
            self.session, "customer", self._uid, self._snapshot, self.show_error
        )
        self.form.focus_field("phones" if "name" in self._given else "name")
        self._alikes.touch()

    @property
    def idle(self) -> frozenset[str]:
        """Nobody is here who could be opened."""
        return frozenset() if self._alikes.found else frozenset({"new.existing"})

    @on(FieldForm.Changed)
    @on(Input.Changed)
    @on(TextArea.Changed)
    def _changed(self, event: Message) -> None:
        event.stop()
        if self._keeper is not None:
            self._keeper.touch()
            self._alikes.touch()

    def _snapshot(self) -> Snapshot | None:
        written = self.form.written()
        if not written:
            return None
        return Snapshot(str(written.get("name") or _("New customer")), {"values": written})

    def _values(self) -> Mapping[str, Value]:
        return self._from_form(self.form.staged())

    def _typed_values(self) -> Mapping[str, Value]:
        return self._from_form(self.form.written())

    def _from_form(self, values: Mapping[str, FormValue]) -> Mapping[str, Value]:
        fields = self.session.fields
        return {
            name: from_form(value, field)
            for name, value in values.items()
            if (field := fields.get(name)) is not None
        }

    def action_existing(self) -> None:
        """Open the customer that this one looks like; what is typed is kept as a draft."""
        self.do(self._open_existing())

    async def _open_existing(self) -> None:
        found = self._alikes.found
        if not found:
            self.say(_("Nobody looks like this one."))
            return
        chosen = found[0].customer.id
        if len(found) > 1:
            choices = [
                Choice(str(match.customer.id), described(match), match.customer.account_no)
                for match in found
            ]
            picked = await self.ask_user(Picker(_("Looks like"), choices))
            if not picked:
                return
            chosen = int(picked[0])
        await self.keep_typed()
        key = self.crm.keymap.shown("app.today")
        words = _("What you typed is kept as a draft: {key} shows it.")
        self.crm.parting_words(words.format(key=key), "info")
        self.crm.open_customer(chosen, instead_of=self)

    def action_save(self) -> None:
        """Write the new customer."""
        self.do(self.save())

    async def save(self) -> bool:
        """Write the new customer; whether it was written, which leaves the screen."""
        self.form.commit_edit()
        values = self._values()
        if not values.get("name") and not values.get("organization"):
            self.form.set_errors({"name": _("A customer needs a name.")})
            self.form.focus_field("name")
            return False
        try:
            outcome: Outcome = await self.write(create, values, self._uid)
        except InputRefused as error:
            self.form.set_errors({error.field: str(error)})
            self.show_error(error)
            return False
        await self._forget()
        self.close(outcome.record_ids[0])
        return True

    async def _forget(self) -> None:
        if self._keeper is not None:
            await self._keeper.discard()

    async def keep_typed(self) -> None:
        """Put what is not saved on the disk."""
        if self._keeper is not None:
            await self._keeper.keep()

    async def leave(self) -> bool:
        """Leave; a form with something in it asks."""
        self.form.commit_edit()
        answer: str | None = "d"
        if self.form.staged():
            question = Confirm(
                _("New customer"),
                _("This customer is not saved."),
                [("s", _("save")), ("k", _("keep as draft")), ("d", _("discard"))],
                dict.fromkeys(self.crm.keymap.keys("form.save"), "s"),
            )
            answer = await self.ask_user(question)
        if answer is None:
            return False
        if answer == "s":
            return await self.save()
        if answer == "k":
            await self.keep_typed()
        else:
            await self._forget()
        self.close()
        return True


def create(session: Session, values: Mapping[str, Value], uid: str) -> Outcome:
    """Write a new customer. Raises `InputRefused` where a value is not accepted."""
    name = str(values.get("name") or values.get("organization") or "")
    request = Request([Create({**values, "name": name})], "create", summary=name, uid=uid)
    with session.db.connection():
        return apply(session, request)
