"""Two people edited one field: as you saw it, as it is now, yours; choose for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui_crm.core.changes import Edit
from tui_crm.core.changes.conflicts import EditConflict, FieldConflict
from tui_crm.core.rows import Value
from tui_crm.text.i18n import _
from tui_crm.ui import bridge
from tui_crm.ui.guard import plain
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import Key, ListSource
from tui_crm.ui.words import label_of

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.fields import Registry
    from tui_crm.ui.screens.base import CrmScreen


async def write_merged(
    screen: CrmScreen, edit: Edit | None, write: Callable[[Edit | None], Awaitable[object]]
) -> bool:
    """Write an edit; where others changed the same fields ask, and write what was decided.

    Gives whether it was written. Raises what `write` raises, but for `EditConflict`.
    """
    while True:
        try:
            await write(edit)
        except EditConflict as conflict:
            if edit is None:
                raise
            session = screen.session
            question = ConflictScreen(conflict, edit, session.fields, session.settings)
            edit = await screen.ask_user(question)
            if edit is None:
                return False
        else:
            return True


@dataclass(frozen=True, slots=True)
class _Row:
    key: Key
    cells: tuple[Cell, ...]


class ConflictScreen(ModalScreen[Edit | None]):
    """Gives the edit that the user decided on, or None to go back to the form.

    A field where the other value is kept leaves the edit; a field where the own value wins is
    sent again with what was shown here as seen, so that a third change in between is noticed too.
    """

    DEFAULT_CSS = """
    ConflictScreen {
        background: transparent;
        align: center middle;
        & > Vertical {
            width: 96%;
            max-width: 110;
            height: auto;
            background: $surface;
            border: round $warning;
            border-title-color: $foreground;
            border-subtitle-color: $muted;
            padding: 0 1;
        }
        & RecordList { background: $surface; margin: 1 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("m", "all(True)", show=False),
        Binding("t", "all(False)", show=False),
        Binding("ctrl+s", "take", show=False),
    ]

    def __init__(
        self, conflict: EditConflict, edit: Edit, fields: Registry, settings: Settings
    ) -> None:
        super().__init__()
        self._fields = fields
        self._settings = settings
        self._conflict = conflict
        self._edit = edit
        self._mine: dict[str, bool] = {c.field: True for c in conflict.conflicts}

    def compose(self) -> ComposeResult:
        """What happened, and a row a field."""
        with Vertical() as box:
            box.border_title = plain(_("Somebody else changed this"))
            box.border_subtitle = plain(
                _("Space switches · m all mine · t all theirs · Enter saves · Esc back")
            )
            yield Static(plain(str(self._conflict)))
            yield RecordList(
                [
                    Column("field", _("Field"), 12, 1, 20),
                    Column("seen", _("As you saw it"), 12, 2),
                    Column("now", _("As it is now"), 12, 2),
                    Column("yours", _("Yours"), 12, 2),
                ]
            )

    @property
    def _list(self) -> RecordList:
        return self.query_one(RecordList)

    def on_mount(self) -> None:
        """Show the fields."""
        bridge.bind_key(self._list, ["space"], "screen.turn")  # a list would mark the row
        self._list.styles.height = min(12, len(self._conflict.conflicts) + 1)
        self._fill()
        self._list.focus()

    def _fill(self) -> None:
        self._list.set_source(ListSource([self._row(c) for c in self._conflict.conflicts]))

    def _row(self, conflict: FieldConflict) -> _Row:
        field = self._fields.get(conflict.field)
        mine = self._mine[conflict.field]
        by = f"  ({conflict.by})" if conflict.by else ""
        return _Row(
            conflict.field,
            (
                Cell(field.label if field else conflict.field, style="strong"),
                Cell(self._shown(conflict, conflict.seen), style="muted"),
                Cell(("  " if mine else "● ") + self._shown(conflict, conflict.now) + by,
                     style="muted" if mine else "good"),
                Cell(("● " if mine else "  ") + self._shown(conflict, conflict.yours),
                     style="good" if mine else "muted"),
            ),
        )  # fmt: skip

    def action_turn(self) -> None:
        """Let the other value win for the field under the cursor."""
        key = self._list.current_key
        if key is not None:
            self._mine[str(key)] = not self._mine[str(key)]
            self._fill()

    def action_all(self, mine: bool) -> None:
        """Let one side win everywhere."""
        self._mine = dict.fromkeys(self._mine, mine)
        self._fill()

    @on(RecordList.Selected)
    def _entered(self, event: RecordList.Selected) -> None:
        """Enter saves what was chosen."""
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Give the edit that is left."""
        now = {c.field: c.now for c in self._conflict.conflicts}
        kept = {name: v for name, v in self._edit.set.items() if self._mine.get(name, True)}
        seen = {**(self._edit.seen or {}), **now}
        self.dismiss(Edit(set=kept, seen={name: seen.get(name) for name in kept}))

    def action_leave(self) -> None:
        """Back to the form; nothing was written."""
        self.dismiss(None)

    def _shown(self, conflict: FieldConflict, value: Value) -> str:
        return label_of(self._settings, conflict.field, value) or "∅"
