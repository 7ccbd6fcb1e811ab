"""A small list to pick from: type to filter, arrows to move, Enter to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui_crm.text.i18n import _
from tui_crm.ui.guard import plain
from tui_crm.ui.widgets.form_rows import Choice
from tui_crm.ui.widgets.line_input import LineInput
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import Key, ListSource

_MOST_LINES = 14
_AROUND = 12
"""Cells of the box beside the texts: border, padding, gutter, gap and scrollbar."""


@dataclass(frozen=True, slots=True)
class _ChoiceRow:
    key: Key
    cells: tuple[Cell, ...]


class Picker(ModalScreen[tuple[str, ...] | None]):
    """Asks for one of `choices`, or for any number of them with `many`.

    Gives the picked values in the order of the choices (an empty tuple for "nothing", which only
    `optional` offers when one is to be picked), or `None` when it was left with Escape.
    `typed` is what the user typed already.
    """

    DEFAULT_CSS = """
    Picker {
        background: transparent;
        align: center middle;
        & > Vertical {
            width: 48;
            max-width: 90%;
            height: auto;
            max-height: 90%;
            background: $surface;
            border: round $accent;
            border-title-color: $foreground;
            border-subtitle-color: $muted;
            padding: 0 1;
        }
        & LineInput { margin: 0 0 1 0; }
        & RecordList { background: $surface; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        chosen: Sequence[str] = (),
        many: bool = False,
        typed: str = "",
        optional: bool = False,
    ) -> None:
        super().__init__()
        self._title = title
        self._choices = list(choices)
        if optional and not many:
            self._choices.append(Choice("", _("(none)")))
        self._chosen = set(chosen)
        self._many = many
        label, hint = (
            max((cell_len(text) for text in texts), default=0)
            for texts in ([c.label for c in self._choices], [c.hint for c in self._choices])
        )
        columns = [Column("label", "", min(label, 44), 1)]
        if hint:
            columns.append(Column("hint", "", min(hint, 20), 0, rank=1))
        self._hints = bool(hint)
        self._wanted_width = label + hint + _AROUND
        self._list = RecordList(columns, header=False, empty_text=_("nothing fits"))
        self._input = _FilterInput(self._list, typed)
        self._folded: list[str] = []

    @property
    def key_help(self) -> str:
        """Which keys there are, below the list."""
        return _("Space marks · Enter takes") if self._many else _("Enter takes")

    def compose(self) -> ComposeResult:
        """A filter and the list."""
        with Vertical() as box:
            box.border_title = plain(self._title)
            box.border_subtitle = plain(self.key_help)
            yield self._input
            yield self._list

    def on_mount(self) -> None:
        """Show the choices with the cursor on the one that is in force."""
        from tui_crm.text.fold import fold

        self._folded = [fold(f"{choice.label} {choice.hint}") for choice in self._choices]
        frame = max(cell_len(self._title), cell_len(self.key_help)) + 6
        self.query_one(Vertical).styles.width = max(36, min(76, max(self._wanted_width, frame)))
        self._list.styles.height = max(1, min(_MOST_LINES, len(self._choices)))
        self._list.can_focus = False
        self._list.driven = True
        if self._many:
            self._list.set_marks(self._chosen)
        self._filter(self._input.value)
        self._input.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter(event.value)

    def _filter(self, typed: str) -> None:
        """Choices that hold every typed word; those that begin with the text come first."""
        from tui_crm.text.fold import fold

        wanted = fold(typed)
        words = wanted.split()
        found = [
            (not folded.startswith(wanted), index)
            for index, folded in enumerate(self._folded)
            if all(word in folded for word in words)
        ]
        if words:
            found.sort()
        rows = [self._row(self._choices[index]) for _order, index in found]
        self._list.set_source(ListSource(rows), keep_cursor=False)
        if not words and not self._many and self._chosen:
            places = [n for n, row in enumerate(rows) if row.key in self._chosen]
            self._list.cursor = places[0] if places else 0

    def _row(self, choice: Choice) -> _ChoiceRow:
        cells = [Cell(choice.label, style="" if choice.value else "muted")]
        if self._hints:
            cells.append(Cell(choice.hint, style="muted"))
        return _ChoiceRow(choice.value, tuple(cells))

    @property
    def takes_many(self) -> bool:
        """Whether any number of choices may be picked."""
        return self._many

    @property
    def highlighted(self) -> str:
        """The value under the cursor; "" if nothing fits."""
        return str(self._list.current_key or "")

    @on(RecordList.Selected)
    def _picked(self, event: RecordList.Selected) -> None:
        """Take what is marked, or what is under the cursor."""
        event.stop()
        if self._many:
            marks = self._list.marks
            if marks == self._chosen and (self._input.value or not marks):
                marks = marks | {event.key}  # looked for, and no mark was set
            self.dismiss(tuple(c.value for c in self._choices if c.value in marks))
        else:
            self.dismiss((str(event.key),) if event.key else ())

    def action_leave(self) -> None:
        """Pick nothing."""
        self.dismiss(None)


class _FilterInput(LineInput):
    """Keeps the focus and passes the list's keys on."""

    def __init__(self, view: RecordList, value: str) -> None:
        super().__init__(value, placeholder=_("type to filter"))
        self._view = view

    async def _on_key(self, event: events.Key) -> None:
        moves = {
            "up": lambda: self._view.action_move(-1),
            "down": lambda: self._view.action_move(1),
            "pageup": lambda: self._view.action_page(-1),
            "pagedown": lambda: self._view.action_page(1),
            "enter": self._view.action_select,
        }
        if event.key == "space" and isinstance(self.screen, Picker) and self.screen.takes_many:
            moves["space"] = self._view.action_mark
        if move := moves.get(event.key):
            event.stop()
            event.prevent_default()
            move()
        else:
            await super()._on_key(event)
