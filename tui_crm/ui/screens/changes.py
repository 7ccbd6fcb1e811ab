"""One change set in full: every value of every record, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from tui_crm.core import history, validation
from tui_crm.core.rows import ChangeRow, ChangeSetRow, Entity, Value
from tui_crm.text.dates import format_local
from tui_crm.text.i18n import N_, _, ngettext
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.undoing import undo
from tui_crm.ui.widgets.change_text import EMPTY_GLYPH
from tui_crm.ui.widgets.diff_list import DiffList, DiffRow
from tui_crm.ui.widgets.footer import Footer
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
_ACTIONS = {
    "create": N_("created"),
    "delete": N_("moved to the recycle bin"),
    "restore": N_("restored"),
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
    """The changes of one change set."""

    WHERE = "changes"
    BINDS = ("screen", "changes")

    DEFAULT_CSS = "ChangesScreen DiffList { margin: 1 0 0 0; }"

    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told
        self._row = told.row
        self._customers: dict[int, int | None] = {}  # change id -> customer id

    def compose(self) -> ComposeResult:
        """Title, list, footer."""
        row = self._row
        kind = label_of(self.crm.settings, "change_kind", row.kind)
        who = row.actor or "–"
        when = format_local(row.at, self.session.zone)
        yield TitleLine(self._told.full_title or kind, f"{kind} · {who} · {when}")
        yield DiffList(empty_text=_("It changed nothing that you may see."))
        yield Footer()

    @property
    def list(self) -> DiffList:
        """The list."""
        return self.query_one(DiffList)

    def on_mount(self) -> None:
        """Ask how many changes there are, then for those in sight."""
        self.list.focus()
        self.ask("count", count_of, self._row.id, deliver=self._show)

    def _show(self, count: int) -> None:
        source = PagedSource[DiffRow](
            count, self._page, self.list.rows_arrived, lambda error: self.say(str(error), "bad")
        )
        self.list.set_source(source)
        text = ngettext("{count} value", "{count} values", count).format(count=number(count))
        if self._row.undone_by_id is not None:
            text = _("undone") + " · " + text
        self.query_one(TitleLine).show(figure=text)

    async def _page(self, offset: int, limit: int) -> Sequence[DiffRow]:
        changes, rows = await self.fetch(rows_of, self._row.id, offset, limit)
        self._customers.update((change.id, change.customer_id) for change in changes)
        return rows

    @on(SourceView.Selected)
    def _selected(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Open the customer of the change under the cursor."""
        customer_id = self._customers.get(int(self.list.current_key or 0))
        if customer_id is not None:
            self.crm.open_customer(customer_id)

    def action_undo(self) -> None:
        """Undo the whole set, after a question."""
        if not self._row.undoable:
            self.say(_("There is nothing left to undo here."), "warn")
        else:
            self.crm.spawn(self._undo())

    async def _undo(self) -> None:
        if await undo(self, self._row, self._told.full_title):
            found = await self.fetch(set_of, self._row.id)
            self._row = found or self._row
            self._show(self.list.row_count())

    def customers_changed(self, ids: Iterable[int]) -> None:
        """A change set never changes; whether it was undone is seen when one comes back."""


def rows_of(
    session: Session, change_set_id: int, offset: int, limit: int
) -> tuple[Sequence[ChangeRow], list[DiffRow]]:
    """A page of changes as they are and as they are shown. Runs in the query lane."""
    with session.db.connection():
        changes = history.changes(session, change_set_id, offset, limit)
        return changes, list(_shown(session, changes))


def _shown(session: Session, changes: Sequence[ChangeRow]) -> Iterator[DiffRow]:
    words: dict[tuple[str, str, Value], str] = {}
    before: tuple[str, int] | None = None
    for change in changes:
        record = (change.entity, change.record_id)
        shown = "" if record == before else _record(change)
        before = record
        if change.field:
            old, new = (_word(session, change, v, words) for v in (change.old, change.new))
            yield DiffRow(change.id, shown, _label(session, change), old, new)
        else:
            yield DiffRow(change.id, shown, "", reason=_action(change))


def told(session: Session, rows: Sequence[ChangeSetRow]) -> list[Told]:
    """Change sets with the words that their first changes give. Runs in the query lane."""
    firsts = history.first_changes(session, [row.id for row in rows])
    words: dict[tuple[str, str, Value], str] = {}
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
            old, new = (
                _word(session, first, v, words) or EMPTY_GLYPH for v in (first.old, first.new)
            )
            detail = f"{_label(session, first)}: {old} → {new}"
        found.append(Told(row, summary, first.record_name, detail, first.customer_id))
    return found


def _record(change: ChangeRow) -> str:
    kind = _ENTITIES[change.entity]
    return " · ".join(part for part in (change.record_name, _(kind)) if part)


def _action(change: ChangeRow) -> str:
    return _(_ACTIONS.get(change.action, change.action))


def _label(session: Session, change: ChangeRow) -> str:
    field = session.fields.get(change.field, change.entity)
    return field.label if field is not None else change.field


def _word(
    session: Session, change: ChangeRow, value: Value, known: dict[tuple[str, str, Value], str]
) -> str:
    key = (change.entity, change.field, value)
    if key not in known:
        if session.fields.get(change.field, change.entity) is None:
            text = ", ".join(value) if isinstance(value, tuple) else str(value or "")
        else:
            text = validation.display(session, change.field, value, change.entity)
        known[key] = text
    return known[key]


def count_of(session: Session, change_set_id: int, *, cancel: Cancel) -> int:
    """How many changes a set has. Runs in the query lane."""
    with session.db.connection():
        return history.change_count(session, change_set_id)


def set_of(session: Session, change_set_id: int) -> ChangeSetRow | None:
    """A change set as it is now. Runs in the query lane."""
    with session.db.connection():
        return history.change_set(session, change_set_id)
