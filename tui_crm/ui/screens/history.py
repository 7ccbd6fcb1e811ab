"""What was changed, by whom and when: of everything or of one customer, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from tui_crm.core import history
from tui_crm.text.dates import format_local
from tui_crm.text.i18n import _, ngettext
from tui_crm.ui.growing_source import GrowingSource
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.changes import ChangesScreen, Told, told
from tui_crm.ui.undoing import undo
from tui_crm.ui.widgets.footer import Footer
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

    WHERE = "history"
    BINDS = ("screen", "history")

    DEFAULT_CSS = "HistoryScreen RecordList { margin: 1 0 0 0; }"

    def __init__(self, customer_id: int | None = None, name: str = "") -> None:
        super().__init__()
        self._customer_id = customer_id
        self._name = name

    def compose(self) -> ComposeResult:
        """Title, list, footer."""
        yield TitleLine(_("History"), self._name or _("everything, newest first"))
        columns = [
            Column("at", _("When"), 16, 0),
            Column("actor", _("By"), 8, 1, 14, rank=1),
            Column("kind", _("What"), 13, 1, 18, rank=2),
            Column("title", _("Whom"), 18, 4),
            Column("detail", "", 22, 5),
        ]
        yield RecordList(columns, empty_text=_("Nothing was changed yet."))
        yield Footer()

    @property
    def list(self) -> RecordList:
        """The list."""
        return self.query_one(RecordList)

    @property
    def current(self) -> Told | None:
        """The change set under the cursor."""
        row = self.list.current
        return row.told if isinstance(row, ListedSet) else None

    def on_mount(self) -> None:
        """Ask for the newest ones."""
        self.list.focus()
        self._reload(_PAGE)

    def _reload(self, limit: int) -> None:
        def deliver(rows: Sequence[Told]) -> None:
            self._show(rows, complete=len(rows) < limit)

        self.ask("sets", page_of, self._customer_id, None, limit, deliver=deliver)

    def _show(self, rows: Sequence[Told], *, complete: bool) -> None:
        source = GrowingSource[ListedSet](
            self._fetch_on, self._arrived, lambda error: self.say(str(error), "bad"), page=_PAGE
        )
        source.fill([self._listed(row) for row in rows], complete=complete)
        self.list.set_source(source)
        self._count(source)

    async def _fetch_on(self, last: ListedSet | None, limit: int) -> Sequence[ListedSet]:
        before = last.key if last else None
        rows = await self.fetch(page_of, self._customer_id, before, limit)
        return [self._listed(row) for row in rows]

    def _arrived(self) -> None:
        self.list.invalidate()
        self.list.rows_arrived(0, self.list.row_count())
        if isinstance(self.list.source, GrowingSource):
            self._count(self.list.source)

    def _count(self, source: GrowingSource[ListedSet]) -> None:
        count = len(source.rows)
        text = ngettext("{count} change", "{count} changes", count).format(count=number(count))
        self.query_one(TitleLine).show(figure=text if source.complete else text + " …")

    def _listed(self, item: Told) -> ListedSet:
        cells = cells_of(item, self.crm.settings, self.session.zone)
        return ListedSet(item.row.id, item, cells)

    def customers_changed(self, ids: Iterable[int]) -> None:
        """Something was changed: show it on top, and the cursor stays on its row."""
        source = self.list.source
        loaded = len(source.rows) if isinstance(source, GrowingSource) else 0
        self._reload(min(max(loaded, _PAGE), _MOST_REFRESHED))

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
            self.app.push_screen(ChangesScreen(current))

    def action_undo(self) -> None:
        """Undo the set under the cursor, after a question."""
        current = self.current
        if current is None:
            return
        if current.row.undone_by_id is not None:
            self.say(_("This was undone already; undo that to do it again."), "warn")
        elif not current.row.undoable:
            self.say(_("It changed nothing."), "warn")
        else:
            self.crm.spawn(self._undo(current))

    async def _undo(self, current: Told) -> None:
        if await undo(self, current.row, current.full_title):
            self.customers_changed(())


def cells_of(item: Told, settings: Settings, zone: tzinfo) -> tuple[Cell, ...]:
    """When, who, what, whom, and what became of what, or how many records there were."""
    row = item.row
    undone = row.undone_by_id is not None
    quiet = "muted" if undone else ""
    title = ("↶ " if row.undoes_id is not None else "") + (item.title or row.reason)
    detail = item.detail
    if item.about_one and item.summary not in ("", item.name):
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


def page_of(
    session: Session,
    customer_id: int | None,
    before: int | None,
    limit: int,
    *,
    cancel: Cancel | None = None,
) -> list[Told]:
    """Change sets below the id `before`, newest first. Runs in the query lane."""
    with session.db.connection():
        return told(session, history.change_sets(session, customer_id, before, limit))
