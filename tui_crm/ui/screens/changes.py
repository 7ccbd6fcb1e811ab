"""One change set in full: every value of every record, before and after."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from tui_crm.core import history
from tui_crm.core.change_words import ChangeWords
from tui_crm.core.history import Filter
from tui_crm.core.rows import ChangeRow, ChangeSetRow, Entity, Outcome
from tui_crm.text.dates import format_local
from tui_crm.text.i18n import N_, _, ngettext
from tui_crm.text.safe import EMPTY_GLYPH
from tui_crm.ui.exporting import export_history
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.undoing import undo
from tui_crm.ui.widgets.diff_list import DiffList, DiffRow
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.widgets.source_view import PagedSource, SourceView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import label_of, number

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel

_ENTITIES: dict[Entity, str] = {
    "customer": "",
    "interaction": N_("contact"),
    "task": N_("task"),
}
_FACES = {
    "app": N_("in the app"),
    "cli": N_("by the command"),
    "import": N_("by an import"),
}
_ACTIONS = {
    "create": N_("created"),
    "delete": N_("moved to the recycle bin"),
    "restore": N_("restored"),
    "purge": N_("removed for good"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A change set in words: what to call it, and what became of what.

    `customer_id` is the customer of its first change, if the viewer may see it.
    """

    row: ChangeSetRow
    summary: str
    name: str = ""
    detail: str = ""
    customer_id: int | None = None

    @property
    def about_one(self) -> bool:
        """Whether all of it is about one customer."""
        return bool(self.name) and (self.row.done <= 1 or self.row.kind in ("log", "task"))

    @property
    def title(self) -> str:
        """The customer, or for a change of many the summary that it was given."""
        return self.name if self.about_one else self.summary or self.name

    @property
    def full_title(self) -> str:
        """The title, and the summary where that says something else."""
        parts = dict.fromkeys((self.title, self.summary))
        return " · ".join(part for part in parts if part)


class ChangesScreen(CrmScreen):
    """The changes of one change set; with `customer_id` at first only those of one customer."""

    WHERE = "changes"
    BINDS = ("screen", "changes")

    DEFAULT_CSS = """
    ChangesScreen {
        & #facts { height: auto; padding: 0 3; margin: 1 0; color: $muted; }
    }
    """

    def __init__(self, told: Told, customer_id: int | None = None) -> None:
        super().__init__()
        self._told = told
        self._row = told.row
        self._customer_id = customer_id  # whose changes alone are listed
        self._whole = customer_id is None
        self._changes: dict[int, ChangeRow] = {}  # those that were looked at

    def compose(self) -> ComposeResult:
        """Title, list, footer."""
        row = self._row
        kind = label_of(self.crm.settings, "change_kind", row.kind)
        who = row.actor or "–"
        when = format_local(row.at, self.session.zone)
        yield TitleLine(self._told.full_title or kind, f"{kind} · {who} · {when}")
        yield Static("", id="facts")
        yield DiffList(empty_text=_("It changed nothing that you may see."))
        yield Footer()

    def _show_facts(self) -> None:
        """Show where the whole change came from, and the highlighted one."""
        row, origin = self._row, self.current.origin if self.current is not None else ""
        facts = [_("change set {id}").format(id=row.id), _(_FACES.get(row.face, row.face))]
        if row.reason:
            facts.append(_("reason: {reason}").format(reason=row.reason))
        if origin:
            facts.append(origin)
        self.query_one("#facts", Static).update(plain(" · ".join(facts)))

    @property
    def list(self) -> DiffList:
        """The list."""
        return self.query_one(DiffList)

    def on_mount(self) -> None:
        """Ask how many changes there are, then for those in sight."""
        self.list.focus()
        self._show_facts()
        self._ask()

    def _ask(self) -> None:
        self.ask("count", count_of, self._row.id, self._of_whom, deliver=self._show)

    @property
    def _of_whom(self) -> int | None:
        return None if self._whole else self._customer_id

    def _show(self, count: int) -> None:
        source = PagedSource[DiffRow](
            count, self._page, self.list.rows_arrived, self.could_not_fetch
        )
        self.list.set_source(source)
        parts = [ngettext("{count} value", "{count} values", count).format(count=number(count))]
        if self._row.undone_by_id is not None:
            parts.insert(0, _("undone"))
        if not self._whole:
            parts.append(_("of this customer"))
        self.query_one(TitleLine).show(figure=" · ".join(parts))

    async def _page(self, offset: int, limit: int) -> Sequence[DiffRow]:
        changes, rows = await self.fetch(rows_of, self._row.id, offset, limit, self._of_whom)
        self._changes.update((change.id, change) for change in changes)
        return rows

    @property
    def current(self) -> ChangeRow | None:
        """The change under the cursor."""
        return self._changes.get(int(self.list.current_key or 0))

    @on(SourceView.Highlighted)
    def _highlighted(self, event: SourceView.Highlighted) -> None:
        event.stop()
        self._show_facts()

    @on(SourceView.Selected)
    def _selected(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Open the customer of the change under the cursor."""
        if self.current is not None and self.current.customer_id is not None:
            self.crm.open_customer(self.current.customer_id)

    def action_whole(self) -> None:
        """The whole change, or what it did to the one customer."""
        if self._customer_id is None:
            self.say(_("This is all of it."))
        else:
            self._whole = not self._whole
            self._ask()

    def action_undo(self) -> None:
        """Undo the whole set, after a question."""
        if not self._row.undoable:
            self.say(_("There is nothing left to undo here."), "warn")
        else:
            self.crm.spawn(self._undo(again=False))

    def action_redo(self) -> None:
        """Do the whole set again, after a question."""
        if self._row.undone_by_id is None:
            self.say(_("This was not undone."), "warn")
        else:
            self.crm.spawn(self._undo(again=True))

    def action_only(self) -> None:
        """Undo what the set did to the customer under the cursor, or do it again, after a
        question."""
        change, again = self.current, self._row.undone_by_id is not None
        if change is None or change.customer_id is None:
            self.say(_("This is about no customer."), "warn")
        else:
            self.crm.spawn(self._undo(again=again, only=change))

    async def _undo(self, *, again: bool, only: ChangeRow | None = None) -> None:
        title, customer_id = self._told.full_title, only.customer_id if only else None
        if only is not None:
            title = " · ".join(dict.fromkeys(filter(None, (only.record_name, title))))
        if await undo(self, self._row, title, again=again, only=customer_id):
            found = await self.fetch(set_of, self._row.id)
            self._row = found or self._row
            self._show(self.list.row_count())

    def action_restore(self) -> None:
        """Give one field its old value back, after a question."""
        change = self.current
        if change is None or not change.field:
            self.say(_("This is not about the value of a field."), "warn")
        else:
            self.crm.spawn(self._restore(change))

    async def _restore(self, change: ChangeRow) -> None:
        label, old = await self.fetch(word_of, change)
        text = _("{record}: {field} becomes {value} again.").format(
            record=change.record_name, field=label, value=old or EMPTY_GLYPH
        )
        question = Confirm(_("Old value"), text, [("y", _("do it"))])
        if await self.ask_user(question) != "y":
            return
        outcome: Outcome = await self.write(restore_value, change.id)
        if outcome.change_set_id is None:
            self.say(_("It has that value already."))
            return
        self.say(_("The old value is back."), "good")
        if change.customer_id is not None:
            self.crm.spread([change.customer_id])

    def action_export(self) -> None:
        """Write every value of the set into a file."""
        wanted = Filter(change_set_id=self._row.id, customer_id=self._of_whom)
        self.crm.spawn(export_history(self, wanted))

    def customers_changed(self, ids: Collection[int]) -> None:
        """A change set never changes; whether it was undone is seen when one comes back."""


async def show_changes(screen: CrmScreen, change_set_id: int, customer_id: int) -> None:
    """Open what a change set did to a customer."""
    found = await screen.fetch(told_of, change_set_id)
    if found is None:
        screen.say(_("It changed nothing that you may see."), "warn")
    else:
        screen.crm.push_screen(ChangesScreen(found, customer_id))


# Asked in the query lane.


def told_of(session: Session, change_set_id: int) -> Told | None:
    """A change set with its words, if there is one that the viewer may see."""
    with session.db.connection():
        row = history.change_set(session, change_set_id)
        return told(session, [row])[0] if row is not None else None


def rows_of(
    session: Session, change_set_id: int, offset: int, limit: int, customer_id: int | None = None
) -> tuple[Sequence[ChangeRow], list[DiffRow]]:
    """A page of changes as they are and as they are shown."""
    with session.db.connection():
        changes = history.changes(session, change_set_id, offset, limit, customer_id=customer_id)
        return changes, list(_shown(session, changes))


def word_of(session: Session, change: ChangeRow) -> tuple[str, str]:
    """What the field of a change is called, and the value that it had before."""
    with session.db.connection():
        words = ChangeWords(session, [change])
        return words.label(change), words.value(change, change.old)


def restore_value(session: Session, change_id: int) -> Outcome:
    """Bring the old value of a change back."""
    from tui_crm.core import changes

    with session.db.connection():
        return changes.restore_value(session, change_id)


def _shown(session: Session, changes: Sequence[ChangeRow]) -> Iterator[DiffRow]:
    words = ChangeWords(session, changes)
    before: tuple[str, int] | None = None
    for change in changes:
        record = (change.entity, change.record_id)
        shown = "" if record == before else _record(words, change)
        before = record
        if change.field:
            old, new = (words.value(change, value) for value in (change.old, change.new))
            yield DiffRow(change.id, shown, words.label(change), old, new)
        else:
            came = change.action in ("create", "restore")
            yield DiffRow(
                change.id, shown, "", None, _action(change), "" if came else _action(change)
            )


def told(session: Session, rows: Sequence[ChangeSetRow]) -> list[Told]:
    """Change sets with the words that their first changes give."""
    firsts = history.first_changes(session, [row.id for row in rows])
    words = ChangeWords(session, firsts.values())
    found = []
    for row in rows:
        first = firsts.get(row.id)
        summary = row.summary
        if row.kind == "log":
            summary = label_of(session.settings, "interaction_kind", summary)
        if first is None:
            found.append(Told(row, summary))
            continue
        detail = _action(first)
        if first.field:
            old, new = (words.value(first, v) or EMPTY_GLYPH for v in (first.old, first.new))
            detail = f"{words.label(first)}: {old} → {new}"
        found.append(Told(row, summary, words.record(first), detail, first.customer_id))
    return found


def _record(words: ChangeWords, change: ChangeRow) -> str:
    kind = _ENTITIES[change.entity]
    return " · ".join(part for part in (words.record(change), _(kind) if kind else "") if part)


def _action(change: ChangeRow) -> str:
    return _(_ACTIONS.get(change.action, change.action))


def count_of(
    session: Session, change_set_id: int, customer_id: int | None, *, cancel: Cancel
) -> int:
    """How many changes a set has, or of one customer."""
    with session.db.connection():
        return history.change_count(session, change_set_id, customer_id=customer_id)


def set_of(session: Session, change_set_id: int) -> ChangeSetRow | None:
    """A change set as it is now."""
    with session.db.connection():
        return history.change_set(session, change_set_id)
