"""Two people edited one field: as you saw it, as it is now, yours; choose for each.

In a form each field is decided for itself, in a batch each customer.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui_crm.core.changes import Edit
from tui_crm.core.changes.conflicts import EditConflict
from tui_crm.text.i18n import N_, _
from tui_crm.text.safe import EMPTY_GLYPH, display
from tui_crm.text.width import fit
from tui_crm.ui import bridge
from tui_crm.ui.guard import plain
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import Key, ListSource
from tui_crm.ui.words import label_of

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.fields import Registry
    from tui_crm.core.meanwhile import BatchConflict, Collision
    from tui_crm.ui.batch_form import Reader
    from tui_crm.ui.screens.base import CrmScreen


T = TypeVar("T")

_SIDES = {"seen": N_("As you saw it"), "now": N_("As it is now"), "yours": N_("Yours")}


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


class ConflictBox(ModalScreen[T]):
    """The question in three columns, with a switch between "now" and "yours" for each row.

    Rows that share what stands in `_owner` are switched together.
    """

    DEFAULT_CSS = """
    ConflictBox {
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
        & #full { max-height: 9; margin: 0 0 1 3; }
        & #full.-none { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("m", "all(True)", show=False),
        Binding("t", "all(False)", show=False),
        Binding("ctrl+s", "take", show=False),
    ]
    KEYS = N_("Space switches · m all mine · t all theirs · Enter saves · Esc back")

    def __init__(self, message: str, owners: Sequence[Key]) -> None:
        super().__init__()
        self._message = message
        self._mine: dict[Key, bool] = dict.fromkeys(owners, True)

    def compose(self) -> ComposeResult:
        """What happened, and the rows."""
        with Vertical() as box:
            box.border_title = plain(_("Somebody else changed this"))
            box.border_subtitle = plain(_(self.KEYS))
            yield Static(plain(self._message))
            yield RecordList(
                [
                    *self._first_columns(),
                    *(Column(name, _(title), 12, 2) for name, title in _SIDES.items()),
                ]
            )
            yield Static(id="full", classes="-none")

    @abstractmethod
    def _first_columns(self) -> Sequence[Column]:
        """The columns that say what each row is about."""

    @abstractmethod
    def _rows(self) -> list[_Row]:
        """The rows as they are decided now."""

    @abstractmethod
    def _owner(self, key: Key) -> Key:
        """What a row is decided for."""

    @abstractmethod
    def _decision(self) -> T:
        """What was decided."""

    @property
    def _list(self) -> RecordList:
        return self.query_one(RecordList)

    def on_mount(self) -> None:
        """Show the rows."""
        bridge.bind_key(self._list, ["space"], "screen.turn")  # a list would mark the row
        self._fill()
        self._list.styles.height = min(12, self._list.row_count() + 1)
        self._list.focus()

    def _fill(self) -> None:
        self._list.set_source(ListSource(self._rows()))

    @on(RecordList.Highlighted)
    def _moved(self, event: RecordList.Highlighted) -> None:
        """What does not fit into the columns of the row stands below them."""
        event.stop()
        row = self._list.current
        sides = [cell.text for cell in row.cells[-len(_SIDES) :]] if row else []
        widths = self._list.column_widths[-len(_SIDES) :]
        cut = any(cell_len(text) > width for text, width in zip(sides, widths, strict=False))
        label = max(cell_len(_(title)) for title in _SIDES.values()) + 2
        full = self.query_one("#full", Static)
        full.set_class(not cut, "-none")
        full.update(
            Content("\n").join(
                Content.assemble(
                    plain(fit(_(title), label)).stylize("$muted"), plain(display(text.strip("● ")))
                )
                for title, text in zip(_SIDES.values(), sides, strict=False)
            )
        )

    def _sides(self, owner: Key, seen: str, now: str, yours: str) -> tuple[Cell, Cell, Cell]:
        """The three columns, with a dot in front of the value that will be there."""
        mine = self._mine[owner]
        return (
            Cell(seen, style="muted"),
            Cell(("  " if mine else "● ") + now, style="muted" if mine else "good"),
            Cell(("● " if mine else "  ") + yours, style="good" if mine else "muted"),
        )

    def action_turn(self) -> None:
        """Let the other value win for the row under the cursor."""
        key = self._list.current_key
        if key is not None:
            owner = self._owner(key)
            self._mine[owner] = not self._mine[owner]
            self._fill()

    def action_all(self, mine: bool) -> None:
        """Let one side win everywhere."""
        self._mine = dict.fromkeys(self._mine, mine)
        self._fill()

    @on(RecordList.Selected)
    def _entered(self, event: RecordList.Selected) -> None:
        """Enter goes on with what was chosen."""
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Give what was decided."""
        self.dismiss(self._decision())

    def action_leave(self) -> None:
        """Back; nothing was written."""
        self.dismiss(None)


class ConflictScreen(ConflictBox[Edit | None]):
    """Gives the edit that the user decided on, or None to go back to the form.

    A field where the other value is kept leaves the edit; a field where the own value wins is
    sent again with what was shown here as seen, so that a third change in between is noticed too.
    """

    def __init__(
        self, conflict: EditConflict, edit: Edit, fields: Registry, settings: Settings
    ) -> None:
        super().__init__(str(conflict), [c.field for c in conflict.conflicts])
        self._fields = fields
        self._settings = settings
        self._conflict = conflict
        self._edit = edit

    def _first_columns(self) -> Sequence[Column]:
        fields = (self._fields.get(conflict.field) for conflict in self._conflict.conflicts)
        widest = max((cell_len(field.label) for field in fields if field), default=0)
        return [Column("field", _("Field"), min(20, max(widest, cell_len(_("Field")))), 0)]

    def _owner(self, key: Key) -> Key:
        return key

    def _rows(self) -> list[_Row]:
        rows = []
        for conflict in self._conflict.conflicts:
            field = self._fields.get(conflict.field)
            seen, now, yours = (
                label_of(self._settings, conflict.field, value) or EMPTY_GLYPH
                for value in (conflict.seen, conflict.now, conflict.yours)
            )
            by = f"  ({conflict.by})" if conflict.by else ""
            sides = self._sides(conflict.field, seen, now + by, yours)
            label = Cell(field.label if field else conflict.field, style="strong")
            rows.append(_Row(conflict.field, (label, *sides)))
        return rows

    def _decision(self) -> Edit:
        now = {c.field: c.now for c in self._conflict.conflicts}
        kept = {name: v for name, v in self._edit.set.items() if self._mine.get(name, True)}
        seen = {**(self._edit.seen or {}), **now}
        return Edit(set=kept, seen={name: seen.get(name) for name in kept})


class BatchConflictScreen(ConflictBox[frozenset[int] | None]):
    """Gives the customers to be left out of the batch, or None to go back to its preview.

    Those beyond the ones that the conflict names go the way of "all": they are changed, unless
    all theirs was chosen last.
    """

    KEYS = N_("Space switches · m all mine · t all theirs · Enter goes on · Esc back")

    def __init__(self, conflict: BatchConflict, reader: Reader) -> None:
        super().__init__(str(conflict), conflict.ids)
        self._conflict = conflict
        self._reader = reader

    def _first_columns(self) -> Sequence[Column]:
        return [Column("name", _("Customer"), 12, 2), Column("field", _("Field"), 8, 1, 16)]

    def _owner(self, key: Key) -> Key:
        return int(str(key).partition(":")[0])

    def _rows(self) -> list[_Row]:
        return [self._row(collision) for collision in self._conflict.collisions]

    def _row(self, collision: Collision) -> _Row:
        seen, now, yours = (
            self._reader.value(collision.field, value) or EMPTY_GLYPH
            for value in (collision.seen, collision.now, collision.yours)
        )
        by = f"  ({collision.by})" if collision.by else ""
        return _Row(
            f"{collision.id}:{collision.field}",
            (
                Cell(collision.name, style="strong"),
                Cell(self._reader.label(collision.field), style="muted"),
                *self._sides(collision.id, seen, now + by, yours),
            ),
        )

    def _decision(self) -> frozenset[int]:
        return frozenset(int(id_) for id_, mine in self._mine.items() if not mine)
