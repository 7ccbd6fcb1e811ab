"""The recycle bin: find deleted customers, bring them back, or remove them for good."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from tui_crm.core import recycle
from tui_crm.core.recycle import DeletedRow
from tui_crm.core.rows import Outcome
from tui_crm.errors import CrmError
from tui_crm.text.dates import format_local
from tui_crm.text.i18n import _, ngettext
from tui_crm.ui import bridge
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.line_input import LineInput
from tui_crm.ui.widgets.prompt import Ask, Confirm
from tui_crm.ui.widgets.prompt_line import PromptLine
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import PagedSource, SourceView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import customer_count, number
from tui_crm.ui.work import Cancel
from tui_crm.ui.working import patient

if TYPE_CHECKING:
    from datetime import tzinfo

    from tui_crm.core.session import Session
    from tui_crm.ui.work import Progress


@dataclass(frozen=True, slots=True)
class _Row:
    key: int
    name: str
    cells: tuple[Cell, ...]


class BinScreen(CrmScreen):
    """Deleted customers, the newest first; what is marked stays marked while one looks on."""

    BINDS = ("screen", "bin")

    def __init__(self) -> None:
        super().__init__()
        self._cancel: Cancel | None = None  # of what runs now
        self._text = ""
        self._due = 0

    def compose(self) -> ComposeResult:
        """Title, field, list, footer."""
        yield TitleLine(_("Recycle bin"), _("deleted customers, newest first"))
        yield PromptLine("/", placeholder=_("name, organisation, number or address"))
        yield RecordList(
            [
                Column("name", _("Name"), 16, 3, 40),
                Column("organization", _("Organisation"), 12, 2, 32, rank=2),
                Column("account", _("Account no."), 11, 0, rank=1),
                Column("at", _("Deleted"), 16, 0),
                Column("by", _("By"), 6, 1, 14, rank=1),
            ]
        )
        yield Footer()

    @property
    def list(self) -> RecordList:
        """The list."""
        return self.query_one(RecordList)

    @property
    def field(self) -> LineInput:
        """Where words are typed."""
        return self.query_one(LineInput)

    @property
    def where(self) -> str:
        """Letters type in the field and are commands in the list."""
        return "bin.field" if self.field.has_focus else "bin"

    def on_mount(self) -> None:
        """Ask how many there are, then for those in sight."""
        super().on_mount()
        bridge.bind(self.list, self.crm.keymap, "bin", by_screen=True)
        bridge.bind(self.field, self.crm.keymap, "bin.field", by_screen=True)
        self.list.focus()
        self._ask("")

    # Looking -----------------------------------------------------------------------------------

    def _ask(self, text: str, *, keep: bool = False) -> None:
        def deliver(counts: tuple[int, int]) -> None:
            self._text = text
            self._show(*counts, keep=keep)

        self.ask("count", counts_of, text, deliver=deliver)

    def _show(self, count: int, due: int, *, keep: bool) -> None:
        text, self._due = self._text, due
        self.list.empty_text = _("Nobody like that.") if text.strip() else _("It is empty.")

        async def page(offset: int, limit: int) -> Sequence[_Row]:
            rows = await self.fetch(page_of, text, offset, limit)
            return [_row(row, self.session.zone) for row in rows]

        self.list.set_source(
            PagedSource[_Row](count, page, self.list.rows_arrived, self.could_not_fetch),
            keep_cursor=keep,
        )
        self._figure(count)

    @property
    def idle(self) -> frozenset[str]:
        """What is for administrators, or for somebody who is here."""
        if not self.list.row_count():
            return frozenset({"bin.restore", "bin.mark", "bin.purge", "bin.history"})
        admin = self.session.viewer.role == "admin"
        return frozenset() if admin else frozenset({"bin.purge"})

    def _figure(self, count: int) -> None:
        self.show_keys()
        parts = [customer_count(count)]
        if self._due:
            parts.insert(0, _("{count} due to be purged").format(count=number(self._due)))
        if marked := len(self.list.marks):
            parts.insert(0, _("{count} marked").format(count=number(marked)))
        self.query_one(TitleLine).show(figure=" · ".join(parts))

    def customers_changed(self, ids: Collection[int]) -> None:
        """Somebody was deleted, or came back."""
        self._ask(self._text, keep=True)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._ask(event.value)

    @on(RecordList.MarksChanged)
    def _marked(self, event: RecordList.MarksChanged) -> None:
        event.stop()
        self._figure(self.list.row_count())

    @on(SourceView.Selected)
    def _selected(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_history()

    def action_filter(self) -> None:
        """Go to the field."""
        self.field.focus()

    def action_to_list(self) -> None:
        """Back to the list."""
        self.list.focus()

    def action_history(self) -> None:
        """Show what was changed on the customer under the cursor."""
        row = self.list.current
        if isinstance(row, _Row):
            self.crm.show_history(row.key, row.name)

    # Marking -----------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark the customer under the cursor."""
        self.list.action_mark()

    def action_mark_all(self) -> None:
        """Mark everybody who is listed."""
        self.ask("mark", ids_of, self._text, False, deliver=self.list.set_marks)

    def action_unmark_all(self) -> None:
        """Take every mark back."""
        self.list.set_marks(())

    def action_due(self) -> None:
        """Mark those who have been here long enough."""
        if self._due:
            self.ask("mark", ids_of, "", True, deliver=self.list.set_marks)
            return
        days = self.session.settings.general.keep_deleted_days
        text = ngettext(
            "Nobody was deleted more than {days} day ago.",
            "Nobody was deleted more than {days} days ago.",
            days,
        )
        nobody = _("The settings keep deleted customers for ever.")
        self.say(text.format(days=days) if days else nobody)

    def _chosen(self) -> Sequence[int]:
        """The marked customers or, where nobody is marked, the one under the cursor."""
        key = self.list.current_key
        marks = self.list.marks or ({key} if key is not None else ())
        return sorted(int(mark) for mark in marks)

    # Bringing back and purging -----------------------------------------------------------------

    def action_restore(self) -> None:
        """Bring the chosen customers back."""
        chosen = self._chosen()
        if chosen and self._cancel is None:
            self.crm.spawn(self._restore(chosen))

    async def _restore(self, chosen: Sequence[int]) -> None:
        if len(chosen) > 1:
            text = ngettext("Bring {n} customer back?", "Bring {n} customers back?", len(chosen))
            keys = [("y", _("bring them back"))]
            question = Confirm(_("Recycle bin"), text.format(n=number(len(chosen))), keys)
            if await self.ask_user(question) != "y":
                return
        outcome = await self._run(restore, chosen)
        if outcome is None:
            return
        key = self.crm.keymap.shown("app.undo", self.where)
        text = ngettext(
            "{n} customer is back with everything; {key} undoes it.",
            "{n} customers are back with everything; {key} undoes it.",
            outcome.done,
        ).format(n=number(outcome.done), key=key)
        if outcome.failed:
            text += " " + _("{count} failed: {reason}").format(
                count=number(outcome.failed), reason=_first_reason(outcome)
            )
        self.say(text, "warn" if outcome.failed else "good")

    def action_purge(self) -> None:
        """Remove the chosen customers for good."""
        if self.session.viewer.role != "admin":
            self.say(_("Only an administrator may remove customers for good."), "warn")
            return
        chosen = self._chosen()
        if chosen and self._cancel is None:
            self.crm.spawn(self._purge(chosen))

    async def _purge(self, chosen: Sequence[int]) -> None:
        count = number(len(chosen))
        text = ngettext(
            "{n} customer goes for good, with all contacts and tasks and with every value in the"
            " history. Nothing brings it back.",
            "{n} customers go for good, with all contacts and tasks and with every value in the"
            " history. Nothing brings them back.",
            len(chosen),
        )
        message = "\n".join((text.format(n=count), _("Type {n} to do it.").format(n=count)))
        answer = await self.ask_user(Ask(_("Purge"), message))
        if answer is None:
            return
        if not answer or "".join(filter(str.isdigit, answer)) != str(len(chosen)):
            self.say(_("That was not the number: nothing was removed."), "warn")
            return
        outcome = await self._run(purge, chosen)
        if outcome is not None:
            done = ngettext(
                "{n} customer is gone for good.", "{n} customers are gone for good.", outcome.done
            )
            self.say(done.format(n=number(outcome.done)), "good")

    async def _run(self, job: Callable[..., Outcome], chosen: Sequence[int]) -> Outcome | None:
        """Do something to customers in the long lane; Escape stops it. None if it was not done."""
        self._cancel = Cancel()

        def report(done: int, total: int) -> None:
            counts = {"done": number(done), "total": number(total)}
            self.say(_("{done} of {total} … Esc stops it.").format(**counts))

        try:
            outcome = await self.crm.work.long(
                patient(self.crm, job, self._cancel, self.say),
                self.session,
                chosen,
                self._cancel,
                progress=report,
            )
        except CrmError as error:
            self.show_error(error)
            return None
        finally:
            self._cancel = None
        self.list.set_marks(())
        self.crm.spread(chosen)
        return outcome

    def action_back(self) -> None:
        """Stop what runs; from the field to the list; then out of the screen."""
        if self._cancel is not None:
            self._cancel.cancel()
        elif self.field.has_focus:
            self.field.value = ""
            self.list.focus()
        else:
            super().action_back()

    async def leave(self) -> bool:
        """Leave, unless customers are being brought back or removed; only Escape stops that."""
        if self._cancel is not None:
            self.say(_("The change is being made; Esc stops it."), "warn")
            return False
        return await super().leave()


def _first_reason(outcome: Outcome) -> str:
    return next((r.reason for r in outcome.results if r.outcome == "failed"), "")


def _row(row: DeletedRow, zone: tzinfo) -> _Row:
    return _Row(
        row.id,
        row.name,
        (
            Cell(row.name, style="strong"),
            Cell(row.organization),
            Cell(row.account_no, style="muted"),
            Cell(format_local(row.deleted_at, zone), style="muted"),
            Cell(row.deleted_by),
        ),
    )


# Asked in the query lane.


def counts_of(session: Session, text: str, *, cancel: Cancel) -> tuple[int, int]:
    """How many deleted customers there are with these words, and how many are due to be purged."""
    with session.db.connection(), session.db.interruptible(cancel):
        return recycle.count(session, text), len(recycle.due(session))


def page_of(session: Session, text: str, offset: int, limit: int) -> list[DeletedRow]:
    """A page of deleted customers."""
    with session.db.connection():
        return recycle.rows(session, text, offset, limit)


def ids_of(session: Session, text: str, due: bool, *, cancel: Cancel) -> list[int]:
    """The deleted customers with these words, or those who are due to be purged."""
    with session.db.connection(), session.db.interruptible(cancel):
        return recycle.due(session) if due else recycle.ids(session, text)


# Run in the long lane.


def restore(session: Session, ids: Sequence[int], cancel: Cancel, *, progress: Progress) -> Outcome:
    """Bring customers back."""
    with session.db.connection():
        return recycle.restore(session, ids, progress=progress, cancel=cancel)


def purge(session: Session, ids: Sequence[int], cancel: Cancel, *, progress: Progress) -> Outcome:
    """Remove customers for good."""
    with session.db.connection():
        return recycle.purge(session, ids, progress=progress, cancel=cancel)
