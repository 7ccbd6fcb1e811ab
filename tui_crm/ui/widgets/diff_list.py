"""What a change does to many records: one line a value, "record  field  old → new"."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_crm.text.safe import EMPTY_GLYPH, display
from tui_crm.ui.widgets.change_text import change
from tui_crm.ui.widgets.line_view import GUTTER, fit
from tui_crm.ui.widgets.source_view import Key, SourceView

_GAP = "  "


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One value that changes, or stays where `old` and `new` are the same. Either is "" where the
    field is or becomes empty, and None where there is only the other to show.

    `reason` replaces the change where it will not be made, and says why. Rows of one record that
    follow each other may leave `record` empty after the first.
    """

    key: Key
    record: str
    field: str
    old: str | None = ""
    new: str | None = ""
    reason: str = ""


class DiffList(SourceView[DiffRow]):
    """The list widget; its source may hold all changes of a batch, however many."""

    def render_row(self, index: int, line: int, width: int, look: Style) -> Strip | None:
        """One change."""
        row = self.loaded(index)
        if row is None:
            return None

        record, field = width * 3 // 10, min(18, width // 6)
        room = max(0, width - GUTTER - record - field - 2 * len(_GAP))
        segments = [
            self.row_gutter(index, "!" if row.reason else " ", look),
            Segment(fit(display(row.record), record) + _GAP, look),
            Segment(fit(display(row.field), field) + _GAP, self.lit(look, "muted")),
        ]
        if row.reason:
            segments.append(Segment(fit(display(row.reason), room), self.lit(look, "warn")))
            return self.strip(segments, width, look)
        was, arrow, becomes = (self.lit(look, name) for name in ("old", "muted", "new"))
        old, new = display(row.old or ""), display(row.new or "")
        if row.old == row.new or row.old is None or row.new is None:
            style = arrow if row.old == row.new else becomes if row.old is None else was
            segments.append(Segment(fit(new or old or EMPTY_GLYPH, room), style))
            return self.strip(segments, width, look)
        segments += change(old, new, room, was=was, arrow=arrow, becomes=becomes)
        return self.strip(segments, width, look)
