"""Words of interactions, in a list of their own: who said it and when, the newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from tui_crm.core.rows import InteractionRow, TimelineEntry
from tui_crm.text.dates import format_local
from tui_crm.text.i18n import _, ngettext
from tui_crm.ui.growing_source import show_growing
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.line_input import LineInput
from tui_crm.ui.widgets.prompt_line import PromptLine
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import SourceView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import label_of, number

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.search.notes.finding import NoteAnswer, NoteHit
    from tui_crm.ui.work import Cancel

_PAGE = 60
_LEAD = 12  # characters of a note before the first match

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ListedNote:
    """An interaction as a row of the list."""

    key: int
    hit: NoteHit
    cells: tuple[Cell, ...]


class NotesScreen(CrmScreen):
    """Interactions with the words that are typed; `typed` are the first ones."""

    WHERE = "notes"
    BINDS = ("screen", "list", "notes")

    def __init__(self, typed: str = "") -> None:
        super().__init__()
        self._typed_first = typed
        self._query = ""

    def compose(self) -> ComposeResult:
        """Title, field, list, footer."""
        yield TitleLine(_("Notes"), _("words of calls, e-mails and meetings, newest first"))
        yield PromptLine("❯", self._typed_first, placeholder=_("a word of a note or a subject"))
        yield RecordList(
            [
                Column("at", _("When"), 16, 0, rank=2),
                Column("customer", _("Customer"), 14, 1, 26),
                Column("kind", _("Kind"), 8, 0, 10, rank=1),
                Column("note", _("Note"), 30, 5),
            ]
        )
        yield Footer()

    @property
    def list(self) -> RecordList:
        """The list of interactions."""
        return self.query_one(RecordList)

    @property
    def field(self) -> LineInput:
        """What is looked for."""
        return self.query_one(LineInput)

    def on_mount(self) -> None:
        """Typing goes to the field, the arrows move in the list."""
        super().on_mount()
        self.list.can_focus, self.list.driven = False, True
        self.field.focus()
        self.field.select_all()  # other words take the place of those of the search
        self._search(self.field.value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self._query:
            self._search(event.value)

    def _search(self, text: str) -> None:
        self._query = text
        self.ask("notes", notes_with, text, None, _PAGE, deliver=self._found)

    def _found(self, answer: NoteAnswer) -> None:
        below = answer.below

        async def fetch_on(_last: ListedNote | None, limit: int) -> Sequence[ListedNote]:
            nonlocal below
            older = await self.fetch(notes_with, self._query, below, limit)
            below = older.below
            return [self._listed(hit) for hit in older.hits]

        empty = _("Type a word.") if not self._query.strip() else _("Nobody wrote that.")
        self.list.empty_text = empty
        show_growing(
            self.list,
            [self._listed(hit) for hit in answer.hits],
            fetch_on,
            complete=not answer.more,
            page=_PAGE,
            counted=self._counted,
            failed=self.could_not_fetch,
        )
        if answer.problems:
            self.say(answer.problems[0].message, "warn")

    def _counted(self, count: int, complete: bool) -> None:
        text = ngettext("{count} entry", "{count} entries", count).format(count=number(count))
        self.query_one(TitleLine).show(figure=text if complete else text + " …")

    def _listed(self, hit: NoteHit) -> ListedNote:
        subject = hit.subject
        note, matches = _from_match(hit.note.text, hit.note.matches)
        between = " · " if subject.text and note else ""
        shift = len(subject.text) + len(between)
        spans = (*subject.matches, *((a + shift, b + shift) for a, b in matches))
        return ListedNote(
            hit.id,
            hit,
            (
                Cell(format_local(hit.at, self.session.zone), style="muted"),
                Cell(hit.row.name, style="strong"),
                Cell(label_of(self.crm.settings, "interaction_kind", hit.kind), style="accent"),
                Cell(subject.text + between + note, spans),
            ),
        )

    def customers_changed(self, ids: Collection[int]) -> None:
        """Something was changed: ask again."""
        self._search(self._query)

    # Actions -----------------------------------------------------------------------------------

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_open()

    @on(SourceView.Selected)
    def _selected(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Open the customer at this entry, and the entry in full above it."""
        row = self.list.current
        if isinstance(row, ListedNote):
            self.do(self._open(row.hit))

    async def _open(self, hit: NoteHit) -> None:
        from tui_crm.ui.screens.entry import EntryScreen

        entry = _entry(await self.fetch(interaction, hit.id))
        self.crm.open_customer(hit.row.id, at=hit.id)
        self.app.push_screen(EntryScreen(entry))

    def action_move(self, rows: int) -> None:
        """Move in the list while the field keeps the focus."""
        self.list.action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self.list.action_page(pages)


def _from_match(text: str, matches: Sequence[Span]) -> tuple[str, Sequence[Span]]:
    """A note from shortly before its first match on, so that a narrow list shows the match."""
    if not matches or matches[0][0] <= _LEAD:
        return text, matches
    begin = matches[0][0] - _LEAD
    begin = text.find(" ", begin, matches[0][0]) + 1 or begin
    left_out = begin - 1  # a mark stands in its place
    return "…" + text[begin:], [(a - left_out, b - left_out) for a, b in matches]


def _entry(row: InteractionRow) -> TimelineEntry:
    """An interaction as its entry of the timeline."""
    return TimelineEntry(
        "interaction", row.id, row.started_at, row.kind, row.direction, row.disposition,
        row.subject, row.note, row.author, duration=row.duration,
    )  # fmt: skip


# Asked in the query lane.


def notes_with(
    session: Session,
    text: str,
    before: int | None,
    limit: int,
    *,
    cancel: Cancel | None = None,
) -> NoteAnswer:
    """The newest interactions with these words, below the key `before`."""
    from tui_crm.search import notes

    return notes.search(session, text, limit, before, cancel=cancel)


def interaction(
    session: Session, interaction_id: int, *, cancel: Cancel | None = None
) -> InteractionRow:
    """One interaction. Raises `NotFound`."""
    from tui_crm.core import interactions

    return interactions.get(session, interaction_id)
