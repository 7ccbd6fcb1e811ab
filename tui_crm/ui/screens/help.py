"""Every key that works where the reader comes from, and how to search and to write dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from tui_crm.keys import names
from tui_crm.keys.actions import context, contexts_in, in_context
from tui_crm.text.i18n import N_, _, ngettext
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.grouped_list import GroupedList, GroupRow
from tui_crm.ui.widgets.line_input import LineInput
from tui_crm.ui.widgets.record_list import Cell, Column
from tui_crm.ui.widgets.source_view import SourceView
from tui_crm.ui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from tui_crm.keys.keymap import Keymap

QUERIES = (
    ("anna 0664", N_("Words"), N_("Every word must be found, in any field and any order.")),
    ('"van den berg"', N_("Phrase"), N_("Words in quotes are found as they stand.")),
    ("+43 664 12", N_("Number"), N_("Any piece of a phone number, in any spelling.")),
    ("status:active", N_("One field"), N_("Look in one field only; any field has its name.")),
    ("-tag:vip", N_("Not"), N_("A minus turns a word or a field round.")),
    ("last:>30d", N_("Time"), N_("Longer ago than 30 days; < is less than.")),
    ("created:2026-01..2026-03", N_("From .. to"), N_("A range of days or numbers.")),
    ("has:email   no:phone", N_("Filled in"), N_("The field has a value, or none.")),
    ("(a or b) city:c", N_("Or"), N_("One of the two; parentheses hold words together.")),
    ('segment:"big ones"', N_("Saved search"), N_("Whom a saved search finds.")),
    ("sort:-last_contact", N_("Order"), N_("Sort by a field; a minus puts the last first.")),
)
DATES = (
    ("fri 15:00", N_("Weekday"), N_("The next Friday, at three in the afternoon.")),
    ("+2d   2w   3h", N_("From now"), N_("In two days, two weeks, three hours.")),
    ("tomorrow 9am", N_("Day"), N_("Today, tomorrow, the day after tomorrow.")),
    ("next tue", N_("Next week"), N_("The Tuesday of the coming week.")),
    ("12.3.   3 mar", N_("Date"), N_("A date without a year is the next one.")),
    ("明天 10点   下周二", N_("Chinese"), N_("Tomorrow at 10; Tuesday of next week.")),
)


def rows_for(where: str, keymap: Keymap) -> Iterator[tuple[GroupRow, str]]:
    """The rows of the help for a context, each with the folded text by which it is found."""
    from tui_crm.text.fold import fold

    for name in contexts_in(where):
        for action in in_context(name):
            keys = keymap.keys(action.id, where)
            if not keys:
                continue
            cells = (
                Cell("  ".join(names.label(key) for key in keys), style="accent"),
                Cell(_(action.label), style="strong"),
                Cell(_(action.help)),
            )
            text = " ".join((*keys, *(cell.text for cell in cells), action.label))
            yield GroupRow(action.id, cells, _(context(name).title)), fold(text)
    for title, lines in (
        (_("What you can search for"), QUERIES),
        (_("When you type a date"), DATES),
    ):
        for example, label, about in lines:
            cells = (Cell(example, style="accent"), Cell(_(label), style="strong"), Cell(_(about)))
            text = " ".join((title, label, *(cell.text for cell in cells)))
            yield GroupRow(example, cells, title), fold(text)


class HelpScreen(CrmScreen):
    """The keys of the context `of`; typing narrows them."""

    WHERE = "help"
    BINDS = ("screen", "list")

    DEFAULT_CSS = """
    HelpScreen {
        & #help-find { height: 1; margin: 1 0; }
        & #help-find Static { width: 3; padding: 0 1; color: $accent; }
        & #help-find LineInput { background: $background; }
        & #about { height: 3; padding: 1 3 0 3; color: $muted; }
    }
    """

    def __init__(self, of: str) -> None:
        super().__init__()
        self._of = of
        self._rows: Sequence[tuple[GroupRow, str]] = ()

    def compose(self) -> ComposeResult:
        """Title, field, list."""
        yield TitleLine(_("Help"), _(context(self._of).title))
        with Horizontal(id="help-find"):
            yield Static("/")
            yield LineInput(placeholder=_("type a key or a word to find it"))
        columns = [
            Column("keys", "", 18, 0, 26),
            Column("label", "", 14, 0, 22, rank=1),
            Column("help", "", 52, 1),
        ]
        yield GroupedList(columns, empty_text=_("no key fits"))
        yield Static(id="about")
        yield Footer()

    @property
    def list(self) -> GroupedList:
        """The list of keys."""
        return self.query_one(GroupedList)

    def on_mount(self) -> None:
        """Show every key; typing goes to the field."""
        self._rows = tuple(rows_for(self._of, self.crm.keymap))
        self.list.can_focus, self.list.driven = False, True
        self.query_one(LineInput).focus()
        self._narrow("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow(event.value)

    def _narrow(self, typed: str) -> None:
        from tui_crm.text.fold import fold

        wanted = fold(typed).split()
        rows = [row for row, text in self._rows if all(word in text for word in wanted)]
        self.list.set_rows(rows, keep_cursor=False)
        count = sum(row.key in self.crm.keymap.bindings for row in rows)
        self.query_one(TitleLine).show(
            figure=ngettext("{count} command", "{count} commands", count).format(count=count)
        )

    @on(SourceView.Highlighted)
    def _moved(self, event: SourceView.Highlighted) -> None:
        """Below the list stands what is too long for its line."""
        event.stop()
        row = self.list.current_row
        self.query_one("#about", Static).update(plain(row.cells[2].text if row else ""))

    def action_move(self, rows: int) -> None:
        """Move in the list while the field keeps the focus."""
        self.list.action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self.list.action_page(pages)
