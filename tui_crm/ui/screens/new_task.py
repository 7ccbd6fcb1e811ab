"""Enter a follow-up for a customer: what is to be done, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, TextArea

from tui_crm.core import customers, drafts, tasks, users
from tui_crm.core.changes.model import new_uid
from tui_crm.core.rows import CustomerRow, Outcome
from tui_crm.errors import CrmError
from tui_crm.text.dates import format_local, is_month_first, till_due
from tui_crm.text.i18n import _
from tui_crm.text.when import When, parse_when
from tui_crm.ui.draft_keeper import DraftKeeper, Snapshot
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.entry import PRIORITIES
from tui_crm.ui.widgets.field_form import FieldForm
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.form_rows import Choice, FormField
from tui_crm.ui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from tui_crm.core.session import Session


class NewTaskScreen(CrmScreen):
    """The form of a follow-up for one customer; gives True when it was saved.

    What is in it is on the disk all the time, one draft a customer; the form comes up with it.
    """

    WHERE = "form"
    BINDS = ("screen", "form")

    DEFAULT_CSS = "NewTaskScreen FieldForm { margin: 1 0 0 0; }"

    def __init__(self, customer_id: int) -> None:
        super().__init__()
        self.customer_id = customer_id
        self._uid = new_uid()  # made once, so that a retry of the save is recognised
        self._name = ""
        self._keeper: DraftKeeper | None = None

    # Layout ------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Title, form, footer."""
        yield TitleLine(_("New task"))
        yield FieldForm(self._fields(()), id="form")
        yield Footer()

    @property
    def form(self) -> FieldForm:
        """The form."""
        return self.query_one(FieldForm)

    def _fields(self, logins: tuple[str, ...]) -> list[FormField]:
        priorities = tuple(
            Choice(str(value), _(label))
            for value, label in sorted(PRIORITIES.items(), reverse=True)
        )
        me = self.session.viewer.login
        people = tuple(Choice(login, login) for login in dict.fromkeys((me, *logins)))
        return [
            FormField("title", _("Next step"), placeholder=_("Call again"), required=True),
            FormField("when", _("When"), kind="when", note=_hint()),
            FormField("priority", _("Priority"), "0", "choice", choices=priorities, required=True),
            FormField("assignee", _("Assignee"), me, "choice", choices=people, required=True),
            FormField("note", _("Note"), kind="multiline"),
        ]

    def on_mount(self) -> None:
        """Fetch the customer's name and the users, then take the next step."""
        self.form.focus_field("title")
        self.do(self._fill())

    async def _fill(self) -> None:
        try:
            row, logins = await self.fetch(task_data, self.customer_id)
        except CrmError as error:
            self.crm.parting_words(str(error), "bad")
            self.close(False)
            return
        self._name = row.name
        self.query_one(TitleLine).show(remark=row.name, figure=row.phone)
        view = self.form.view
        people = self._fields(logins)[3].choices
        view.update([field.name for field in view.fields].index("assignee"), choices=people)
        self._restore()
        self._keeper = DraftKeeper(
            self.session, "task", str(self.customer_id), self._snapshot, self.show_error
        )

    # Editing -----------------------------------------------------------------------------------

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """Say what the words for a time mean while they are typed."""
        event.stop()
        if self.form.editing == "when":
            self._explain(event.value)
        if self._keeper is not None:
            self._keeper.touch()

    @on(TextArea.Changed)
    def _noted(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._keeper is not None:
            self._keeper.touch()

    @on(FieldForm.Changed)
    def _staged(self, event: FieldForm.Changed) -> None:
        event.stop()
        if event.field == "when":
            self._explain(str(event.value or ""))
        if self._keeper is not None:
            self._keeper.touch()

    def _explain(self, text: str) -> None:
        when = self._parse(text)
        view = self.form.view
        place = [field.name for field in view.fields].index("when")
        if when is not None:
            now = self.session.now()
            day = format_local(when.at, now.tzinfo, style="long" if when.has_time else "date")
            view.update(place, note=f"= {day}  ({till_due(when.at, now)[0]})", error="")
        else:
            view.update(place, note=_("no such time") if text.strip() else _hint())

    def _parse(self, text: str) -> When | None:
        country = self.crm.settings.general.home_country
        return parse_when(text, self.session.now(), month_first=is_month_first(country))

    # Drafts ------------------------------------------------------------------------------------

    def _snapshot(self) -> Snapshot | None:
        values = self.form.written()
        if not values:
            return None
        title = f"{self._name}: {values.get('title') or ''}".rstrip(": ")
        data = {"customer_id": self.customer_id, "uid": self._uid, "values": values}
        return Snapshot(title, data)

    def _restore(self) -> None:
        """Bring back what was entered before."""
        key = str(self.customer_id)
        for draft in drafts.load_all(self.session):
            if draft.kind == "task" and draft.key == key:
                self._uid = str(draft.data["uid"])
                known = {field.name for field in self.form.fields}
                for name, value in draft.data["values"].items():
                    if name in known:
                        self.form.stage(name, value)
                self.say(_("This is what you entered before."))

    async def leave(self) -> bool:
        """Leave. What was entered is kept as a draft; an empty form leaves nothing behind."""
        self.form.commit_edit()
        if self._keeper is not None:
            await self._keeper.keep()
            if self.form.staged():
                words = _("Kept as a draft. {key} shows it.")
                key = self.crm.keymap.shown("app.today", "form")
                self.crm.parting_words(words.format(key=key), "info")
        self.close(False)
        return True

    async def keep_typed(self) -> None:
        """Put what was entered on the disk."""
        if self._keeper is not None:
            await self._keeper.keep()

    # Saving ------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Write the task and go back."""
        self.form.commit_edit()
        values = self.form.values()
        text = str(values["when"] or "")
        when = self._parse(text)
        errors = {}
        if not values["title"] and when is None:
            errors["title"] = _("What is to be done?")
        if text and when is None:
            errors["when"] = _("“{text}” is no time.").format(text=text)
        self.form.set_errors(errors)
        if errors:
            self.form.view.focus()
            self.say(next(iter(errors.values())), "bad")
        else:
            self.do(self._save(values, when))

    async def _save(self, values: Mapping[str, Any], when: When | None) -> None:
        title = str(values["title"] or _("Call again"))
        await self.write(
            create_task,
            self.customer_id,
            title,
            when,
            str(values["note"] or ""),
            int(values["priority"]),
            str(values["assignee"]),
            self._uid,
        )
        if self._keeper is not None:
            await self._keeper.discard()
        self.crm.spread([self.customer_id])
        words = _("Task for {name}: {title}.").format(name=self._name, title=title)
        if when is not None:
            far = till_due(when.at, self.session.now())[0]
            words = _("Task for {name}, {when}: {title}.").format(
                name=self._name, when=far, title=title
            )
        self.crm.parting_words(words, "good")
        self.close(True)


def _hint() -> str:
    return _("for example +2d, fri 15:00, tomorrow 9am")


# Asked in the query lane.


def task_data(session: Session, customer_id: int) -> tuple[CustomerRow, tuple[str, ...]]:
    """The customer and the users. Raises `NotFound`."""
    from tui_crm.errors import NotFound

    with session.db.connection():
        rows = customers.rows(session, [customer_id])
        if not rows:
            raise NotFound(_("This customer is gone."))
        return rows[0], users.logins()


def create_task(
    session: Session,
    customer_id: int,
    title: str,
    when: When | None,
    note: str,
    priority: int,
    assignee: str,
    uid: str,
) -> Outcome:
    """Write the task. Raises `InputRefused`, `NotFound`."""
    with session.db.connection():
        return tasks.create(
            session,
            customer_id,
            title,
            when=when,
            note=note,
            priority=priority,
            assignee=assignee,
            uid=uid,
        )
