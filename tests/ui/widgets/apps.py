"""Small apps around the widgets, for tests with Pilot and, as a program, in a real terminal.

`python -m tests.ui.widgets.apps` shows a list, a form (F2), a timeline (F3) and a list of changes
(F4); Ctrl+L paints everything anew, Ctrl+G counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import tui_crm.ui  # noqa: F401 - first: it sets what Textual reads at its import

# isort: split
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from tui_crm.ui.guard import ControlGuard
from tui_crm.ui.painter import DiffPainter
from tui_crm.ui.style.variables import THEME_VARIABLES
from tui_crm.ui.typeahead import KeyOrder
from tui_crm.ui.widgets.diff_list import DiffList, DiffRow
from tui_crm.ui.widgets.field_form import Choice, FieldForm, FormField
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import Key, ListSource
from tui_crm.ui.widgets.timeline import Timeline, TimelineEntry

GUARD = ControlGuard()

COLUMNS = (
    Column("name", "Name", 16, 3),
    Column("phone", "Phone", 17, 0, rank=1),
    Column("email", "E-mail", 16, 2, rank=2),
    Column("stage", "Stage", 6, 0),
    Column("amount", "Amount", 9, 0, align="right", rank=3),
)
NAMES = (
    "王小明",
    "Alice Johnson",
    "北京德利智能科技有限公司",
    "Jürgen Müller",
    "Zoë 👩‍👩‍👧 Weiß",
    "欧阳修 (Ouyang Xiu)",
    "Bob Smith & Sons Holdings Incorporated",
    "étrangère, décomposée",
    "김민준",
)
STAGES = ((("open", "warn")), ("won", "good"), ("lost", "bad"))


@dataclass(frozen=True)
class Row:
    """A row of the list."""

    key: Key
    cells: Sequence[Cell]


def row(number: int, name: str = "") -> Row:
    """Record `number`; its looks repeat, its number does not."""
    stage, style = STAGES[number % 3]
    return Row(
        number,
        (
            Cell(name or f"{NAMES[number % len(NAMES)]} {number}", spans=((0, 2),)),
            Cell(f"+86 138 {number % 10000:04d} {number * 7 % 10000:04d}", style="muted"),
            Cell(f"person{number}@example.com"),
            Cell(stage, style=style),
            Cell(f"{number * 37 % 99999}.00"),
        ),
    )


class Million:
    """A million records, numbered from 1, without anything stored."""

    count = 1_000_000

    def row(self, index: int) -> Row:
        """The record at `index`."""
        return row(index + 1)

    def need(self, first: int, last: int) -> None:
        """Nothing is ever missing."""

    def index_of(self, key: Key) -> int:
        """Records are in order of their numbers."""
        return int(key) - 1


FIELDS = (
    FormField("name", "Name", "王小明", section="Who", required=True),
    FormField("company", "Company", "北京德利智能科技有限公司", section="Who"),
    FormField("title", "Job title", section="Who", placeholder="e.g. purchasing manager"),
    FormField("phone", "Phone", "+86 138 0013 8000", section="Reach", note="Beijing, mobile"),
    FormField("email", "E-mail", section="Reach", required=True),
    FormField(
        "stage",
        "Stage",
        "lead",
        kind="choice",
        section="Business",
        choices=(
            Choice("lead", "Lead", "not yet talked"),
            Choice("customer", "Customer", "pays"),
            Choice("former", "Former customer"),
        ),
    ),
    FormField("tags", "Tags", ("vip", "north"), kind="list", section="Business"),
    FormField("newsletter", "Newsletter", False, kind="bool", section="Business"),
    FormField("created", "Created", "2026-01-04 10:00", kind="readonly", section="Business"),
    FormField("note", "Note", "Met at the fair.\nWants a quote.", kind="multiline"),
)


def entry(number: int) -> TimelineEntry:
    """Entry `number` of a timeline."""
    kinds = (("☎", "call", "good"), ("✉", "e-mail", ""), ("✎", "note", "muted"))
    icon, kind, tone = kinds[number % 3]
    text = f"谈了报价 {number}, and then about delivery in spring; he will call back."
    return TimelineEntry(
        number, icon, f"{number} d ago", kind, f"Talk {number}", text, "alice", tone, ((0, 2),)
    )


def diff(number: int) -> DiffRow:
    """Change `number` of a batch."""
    if number % 7 == 6:
        return DiffRow(number, NAMES[number % 9], "Owner", reason="changed by bob meanwhile")
    return DiffRow(number, NAMES[number % 9], "City", "" if number % 4 == 0 else "北京", "上海")


class WidgetApp(KeyOrder, DiffPainter, App[None]):
    """One app with everything that the real one mixes in, around any widgets."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "repaint", show=False, priority=True)
    ]

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self._widgets = widgets

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables."""
        return THEME_VARIABLES

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The guard comes last."""
        return [*super().get_line_filters(), GUARD]

    def compose(self) -> ComposeResult:
        """The widgets."""
        yield from self._widgets

    def action_repaint(self) -> None:
        """Paint everything anew."""
        self.repaint_all()

    def screen_text(self) -> str:
        """What the screen shows, as text."""
        strips = self.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)


class Tour(WidgetApp):
    """All widgets, one at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "show('list')"),
        Binding("f2", "show('form')"),
        Binding("f3", "show('timeline')"),
        Binding("f4", "show('diff')"),
        Binding("ctrl+o", "ask"),
        Binding("ctrl+g", "tick", priority=True),
    ]
    ticks = 0

    def compose(self) -> ComposeResult:
        """The widgets behind each other, and the footer."""
        with ContentSwitcher(initial="list"):
            yield RecordList(COLUMNS, Million(), id="list")
            yield FieldForm(FIELDS, id="form")
            yield Timeline(ListSource([entry(n) for n in range(300)]), id="timeline")
            yield DiffList(ListSource([diff(n) for n in range(300)]), id="diff")
        yield Footer([("F1", "list"), ("F2", "form"), ("F3", "timeline"), ("F4", "changes")])

    def action_show(self, name: str) -> None:
        """Show one of them."""
        self.query_one(ContentSwitcher).current = name
        widget = self.query_one(f"#{name}")
        target = next((w for w in widget.walk_children() if w.focusable), widget)
        self.screen.set_focus(target)
        self.query_one(Footer).say(name, "good")

    def action_tick(self) -> None:
        """Show a number that was not shown before: all earlier keys have had their effect."""
        self.ticks += 1
        self.query_one(Footer).say(f"tick {self.ticks}.")

    def action_ask(self) -> None:
        """A question over them."""
        self.push_screen(Confirm("Delete?", "王小明 and 3 others [/b]", [("y", "delete")]))


if __name__ == "__main__":
    Tour().run(mouse=False)
