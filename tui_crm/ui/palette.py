"""The command palette: type a few letters of what is wanted, Enter does it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui_crm.errors import CrmError
from tui_crm.keys.actions import Action, available_in
from tui_crm.text.i18n import _
from tui_crm.ui import bridge
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.line_input import LineInput
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import ListSource

if TYPE_CHECKING:
    from tui_crm.core.rows import SegmentRow
    from tui_crm.core.session import Session

# Moving about is not looked for by name.
_NOT_OFFERED = ("list", "list.focus", "fields")
_NOT_NAMED = frozenset({"app.palette"})
_LOOSE_FROM = 2  # letters; a single letter occurs in nearly everything


@dataclass(frozen=True, slots=True)
class Command:
    """Something that the palette can do. `words` is further text by which it is found."""

    key: str
    label: str
    run: Callable[[], Coroutine[Any, Any, Any]]
    about: str = ""
    shortcut: str = ""
    words: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _CommandRow:
    key: str
    cells: tuple[Cell, ...]
    command: Command


def commands_of(screen: CrmScreen) -> Iterator[Command]:
    """Every action that is possible on `screen` now, its own before those of the whole app."""
    app = screen.crm
    for action in available_in(screen.where):
        if action.where in _NOT_OFFERED or action.id in _NOT_NAMED:
            continue
        node = app if action.where == "global" else screen
        if hasattr(node, f"action_{bridge.call_of(action.id)}"):
            yield Command(
                action.id,
                _(action.label),
                _runner(screen, action),
                _(action.help),
                app.keymap.shown(action.id, screen.where),
                (action.label, action.id),
            )
    for name in sorted(app.theme_names):
        if name != app.theme:
            yield Command(
                f"theme {name}",
                _("Theme: {name}").format(name=name),
                _theme_setter(screen, name),
                _("Use these colours until the program is left."),
                words=("theme colours",),
            )


def _runner(screen: CrmScreen, action: Action) -> Callable[[], Coroutine[Any, Any, Any]]:
    call = bridge.call_of(action.id)
    if action.where == "global":
        return lambda: screen.crm.run_action(f"app.{call}")
    return lambda: screen.crm.run_action(call, screen)


def _theme_setter(screen: CrmScreen, name: str) -> Callable[[], Coroutine[Any, Any, Any]]:
    async def use() -> None:
        screen.crm.theme = name

    return use


def _segment_command(screen: CrmScreen, segment: SegmentRow) -> Command:
    return Command(
        f"segment {segment.id}",
        _("Segment: {name}").format(name=segment.name),
        lambda: screen.crm.show_search(segment.query),
        segment.query,
        segment.key,
        ("segment",),
    )


def rank(words: Sequence[str], command: Command) -> tuple[int, tuple[tuple[int, int], ...]] | None:
    """How well a command answers to the folded `words`, 0 best, and what to light in its label.

    None when a word is nowhere in it. A word counts, in this order, at the start of the label, at
    the start of a word of it, inside it, in the sentence or the id, or with its letters scattered
    over the label.
    """
    from tui_crm.text.fold import fold

    label = fold(command.label)
    rest = fold(" ".join((command.about, *command.words)))
    even = len(label) == len(command.label)  # else positions in the folded text are others
    total = 0
    spans: list[tuple[int, int]] = []
    for word in words:
        at = label.find(word)
        inner = label.find(" " + word) + 1
        if at == 0:
            cost = 0
        elif inner:
            at, cost = inner, 1
        elif at > 0:
            cost = 2
        elif word in rest:
            cost = 3
        elif len(word) >= _LOOSE_FROM and _scattered(word, label):
            cost = 4
        else:
            return None
        total += cost
        if at >= 0 and even:
            spans.append((at, at + len(word)))
    return total, tuple(sorted(spans))


def _scattered(word: str, text: str) -> bool:
    letters = iter(text)
    return all(letter in letters for letter in word)


class Palette(ModalScreen[Command | None]):
    """Offers what can be done on `screen`; gives the chosen command, or None after Escape."""

    DEFAULT_CSS = """
    Palette {
        background: transparent;
        align: center top;
        & > Vertical {
            width: 78;
            max-width: 96%;
            height: auto;
            max-height: 80%;
            margin: 2 0 0 0;
            background: $surface;
            border: round $accent;
            border-title-color: $foreground;
            border-subtitle-color: $muted;
            padding: 0 1;
        }
        & LineInput { margin: 0 0 1 0; }
        & RecordList { background: $surface; height: 15; max-height: 15; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    def __init__(self, screen: CrmScreen) -> None:
        super().__init__()
        self._of = screen
        self._commands = list(commands_of(screen))

    def compose(self) -> ComposeResult:
        """The field and the list of what it finds."""
        with Vertical() as box:
            box.border_title = plain(_("Commands"))
            box.border_subtitle = plain(_("Enter runs · Esc closes"))
            yield LineInput(placeholder=_("type what you want to do"))
            columns = [
                Column("label", "", 14, 2, 30),
                Column("about", "", 20, 5, 0, rank=2),
                Column("key", "", 7, 0, rank=1),
            ]
            yield RecordList(columns, header=False, empty_text=_("nothing fits"))

    def on_mount(self) -> None:
        """Show everything, and the saved searches as soon as they are read."""
        view = self.query_one(RecordList)
        view.can_focus, view.driven = False, True
        self.query_one(LineInput).focus()
        self._filter("")
        if self._of.crm.session is not None:
            self._of.crm.spawn(self._add_segments())

    async def _add_segments(self) -> None:
        try:
            segments = await self._of.fetch(_segments)
        except CrmError:
            return  # the commands work without them, and the search says what is wrong
        if self.is_attached:
            self._commands += [_segment_command(self._of, segment) for segment in segments]
            self._filter(self.query_one(LineInput).value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter(event.value)

    def _filter(self, typed: str) -> None:
        from tui_crm.text.fold import fold

        words = fold(typed).split()
        found = [
            (ranked[0], index, ranked[1])
            for index, command in enumerate(self._commands)
            if (ranked := rank(words, command)) is not None
        ]
        found.sort()
        rows = [_row(self._commands[index], spans) for _cost, index, spans in found]
        self.query_one(RecordList).set_source(ListSource(rows), keep_cursor=False)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        row = self.query_one(RecordList).current
        if isinstance(row, _CommandRow):
            self.dismiss(row.command)

    def action_move(self, rows: int) -> None:
        """Move in the list while the field keeps the focus."""
        self.query_one(RecordList).action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self.query_one(RecordList).action_page(pages)

    def action_leave(self) -> None:
        """Close without doing anything."""
        self.dismiss(None)


def _row(command: Command, spans: Iterable[tuple[int, int]]) -> _CommandRow:
    cells = (
        Cell(command.label, tuple(spans), "strong"),
        Cell(command.about, style="muted"),
        Cell(command.shortcut, style="accent"),
    )
    return _CommandRow(command.key, cells, command)


def _segments(session: Session) -> list[SegmentRow]:
    """The saved searches. Runs in the query lane."""
    from tui_crm.core import segments

    with session.db.connection():
        return list(segments.all(session))
