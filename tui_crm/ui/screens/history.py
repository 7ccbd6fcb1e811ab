"""What was changed, by whom and when: of everything or of one customer, newest first.

A line of words narrows it, the same words that `crm history` takes: user, since, until, field, kind
and text.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from tui_crm.core import history, history_query
from tui_crm.errors import CrmError
from tui_crm.text.dates import format_local
from tui_crm.text.i18n import _, ngettext
from tui_crm.ui import bridge
from tui_crm.ui.exporting import export_history
from tui_crm.ui.growing_source import show_growing
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.changes import ChangesScreen, Told, told
from tui_crm.ui.undoing import undo
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.line_input import LineInput
from tui_crm.ui.widgets.prompt_line import PromptLine
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import SourceView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import label_of, number

if TYPE_CHECKING:
    from datetime import tzinfo

    from tui_crm.config import Settings
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel

_PAGE = 200
_MOST_REFRESHED = 2000  # rows that are read again at once when something changed


@dataclass(frozen=True, slots=True)
class ListedSet:
    """A change set as a row of the list."""

    key: int
    told: Told
    cells: tuple[Cell, ...]


class HistoryScreen(CrmScreen):
    """Change sets; of one customer with `customer_id`, whose name is `name`."""

    BINDS = ("screen", "history")

    def __init__(self, customer_id: int | None = None, name: str = "") -> None:
        super().__init__()
        self._customer_id = customer_id
        self._name = name
        self._line = ""  # the filter that is in force
        self._loaded = 0
        self._problem: CrmError | None = None  # why what is typed is not
        self._leaves_field = False  # as soon as it is known what the line means

    def compose(self) -> ComposeResult:
        """Title, list, footer."""
        yield TitleLine(_("History"), self._name or _("everything, newest first"))
        yield PromptLine("/", placeholder=_("user: since: until: field: kind: or words of a value"))
        columns = [
            Column("at", _("When"), 16, 0),
            Column("actor", _("By"), 8, 1, 14, rank=1),
            Column("kind", _("What"), 13, 1, 18, rank=2),
            Column("title", _("Customer"), 18, 4),
            Column("detail", _("Change"), 22, 5),
        ]
        yield RecordList(columns)
        yield Footer()

    @property
    def list(self) -> RecordList:
        """The list."""
        return self.query_one(RecordList)

    @property
    def field(self) -> LineInput:
        """Where the filter is typed."""
        return self.query_one(LineInput)

    @property
    def where(self) -> str:
        """Letters type in the filter and are commands in the list."""
        return "history.field" if self.field.has_focus else "history"

    @property
    def current(self) -> Told | None:
        """The change set under the cursor."""
        row = self.list.current
        return row.told if isinstance(row, ListedSet) else None

    def on_mount(self) -> None:
        """Ask for the newest ones."""
        super().on_mount()
        bridge.bind(self.field, self.crm.keymap, "history.field", by_screen=True)
        self.list.focus()
        self._reload(_PAGE, self._line)

    def _reload(self, limit: int, line: str) -> None:
        same = line == self._line

        def deliver(rows: Sequence[Told]) -> None:
            self._line, self._problem = line, None
            if self._leaves_field:
                self.action_to_list()
            nothing = _("There is nothing like that in the history.")
            self.list.empty_text = nothing if line.strip() else _("Nothing was changed yet.")
            self._show(rows, complete=len(rows) < limit, keep_cursor=same)

        def failed(error: CrmError) -> None:
            self._problem = error  # said when the line is done: it may be half a word now
            if self._leaves_field:
                self.action_to_list()

        self.ask("sets", page_of, line, self._customer_id, None, limit,
                 deliver=deliver, failed=failed)  # fmt: skip

    # Filtering ---------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Go to the filter."""
        self.field.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._problem, self._leaves_field = None, False
        self._reload(_PAGE, event.value)

    def action_to_list(self) -> None:
        """Back to the list; of a line that means nothing it is said why."""
        self._leaves_field = self._problem is None and self.field.value != self._line
        if self._problem is not None:
            self.show_error(self._problem)
        elif not self._leaves_field:
            self.list.focus()

    def action_back(self) -> None:
        """From the filter to the list, and then out of the screen."""
        if self.field.has_focus:
            self.field.value = self._line
            self.list.focus()
        else:
            super().action_back()

    # Showing -----------------------------------------------------------------------------------

    def _show(self, rows: Sequence[Told], *, complete: bool, keep_cursor: bool) -> None:
        show_growing(
            self.list,
            [self._listed(row) for row in rows],
            self._fetch_on,
            complete=complete,
            page=_PAGE,
            counted=self._counted,
            failed=self.could_not_fetch,
            keep_cursor=keep_cursor,
        )

    async def _fetch_on(self, last: ListedSet | None, limit: int) -> Sequence[ListedSet]:
        before = last.key if last else None
        rows = await self.fetch(page_of, self._line, self._customer_id, before, limit)
        return [self._listed(row) for row in rows]

    def _counted(self, count: int, complete: bool) -> None:
        self._loaded = count
        text = ngettext("{count} change", "{count} changes", count).format(count=number(count))
        self.query_one(TitleLine).show(figure=text if complete else text + " …")

    def _listed(self, item: Told) -> ListedSet:
        cells = cells_of(item, self.crm.settings, self.session.zone)
        return ListedSet(item.row.id, item, cells)

    def customers_changed(self, ids: Collection[int]) -> None:
        """Something was changed: show it on top, and the cursor stays on its row."""
        self._reload(min(max(self._loaded, _PAGE), _MOST_REFRESHED), self._line)

    def language_changed(self) -> None:
        """Show the words of the list in the new language."""
        super().language_changed()
        self.customers_changed(())

    @on(SourceView.Selected)
    def _selected(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_details()

    def action_details(self) -> None:
        """Show every change of the set."""
        if (current := self.current) is not None:
            self.app.push_screen(ChangesScreen(current, self._customer_id))

    def action_undo(self) -> None:
        """Undo the set under the cursor, after a question."""
        current = self.current
        if current is None:
            return
        if current.row.undone_by_id is not None:
            key = self.crm.keymap.shown("history.redo", "history")
            self.say(_("This was undone already; {key} does it again.").format(key=key), "warn")
        elif not current.row.undoable:
            self.say(_("It changed nothing."), "warn")
        else:
            self.crm.spawn(self._undo(current, again=False))

    def action_redo(self) -> None:
        """Do the set under the cursor again, after a question."""
        current = self.current
        if current is not None and current.row.undone_by_id is None:
            self.say(_("This was not undone."), "warn")
        elif current is not None:
            self.crm.spawn(self._undo(current, again=True))

    async def _undo(self, current: Told, *, again: bool) -> None:
        if await undo(self, current.row, current.full_title, again=again):
            self.customers_changed(())

    def action_then(self) -> None:
        """Show the customer as it was on a day."""
        current = self.current
        customer_id = self._customer_id or (current.customer_id if current else None)
        if customer_id is None:
            self.say(_("This is not about one customer."), "warn")
            return
        from tui_crm.ui.screens.history_then import open_then

        self.crm.spawn(open_then(self, customer_id, current.row.at if current else None))

    def action_export(self) -> None:
        """Write every single change that is listed into a file."""
        self.crm.spawn(self._export())

    async def _export(self) -> None:
        wanted = await self.fetch(filter_of, self._line, self._customer_id)
        await export_history(self, wanted)


def cells_of(item: Told, settings: Settings, zone: tzinfo) -> tuple[Cell, ...]:
    """When, who, what, whom, and what became of what, or how many records there were."""
    row = item.row
    undone = row.undone_by_id is not None
    quiet = "muted" if undone else ""
    title = ("↶ " if row.takes_back else "") + (item.title or row.reason or "–")
    detail = item.detail
    if item.about_one and row.kind != "batch" and item.summary not in ("", item.name):
        detail = item.summary
    elif not item.about_one and row.done:
        records = ngettext("{count} record", "{count} records", row.done)
        detail = records.format(count=number(row.done))
    if row.failed:
        detail += " · " + _("! {count} failed").format(count=number(row.failed))
    if row.skipped:
        detail += " · " + _("{count} skipped").format(count=number(row.skipped))
    if undone:
        detail = _("↶ undone") + f" · {detail}"
    return (
        Cell(format_local(row.at, zone), style="muted"),
        Cell(row.actor or "–", style=quiet),
        Cell(label_of(settings, "change_kind", row.kind), style=quiet or "accent"),
        Cell(title, style=quiet or "strong"),
        Cell(detail.removeprefix(" · "), style="bad" if row.failed and not undone else quiet),
    )


def filter_of(session: Session, line: str, customer_id: int | None) -> history.Filter:
    """What a line of words asks for. Runs in the query lane."""
    with session.db.connection():
        return history_query.parse(session, line, customer_id)


def page_of(
    session: Session,
    line: str,
    customer_id: int | None,
    before: int | None,
    limit: int,
    *,
    cancel: Cancel | None = None,
) -> list[Told]:
    """Change sets below the id `before`, newest first, that a line of words asks for.

    Runs in the query lane. Raises `UsageError` for a line that means nothing.
    """
    with session.db.connection(), session.db.interruptible(cancel):
        wanted = history_query.parse(session, line, customer_id)
        return told(session, history.search(session, wanted, before, limit))
