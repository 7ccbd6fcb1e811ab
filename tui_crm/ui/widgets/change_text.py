"""How "old → new" looks in one line, in forms and in lists of changes."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tui_crm.text.safe import EMPTY_GLYPH
from tui_crm.ui.widgets.line_view import fit

_ARROW = " → "


def change(
    old: str, new: str, room: int, *, was: Style, arrow: Style, becomes: Style
) -> list[Segment]:
    """Segments of exactly `room` cells, for safe texts of one line; "" is an empty value.

    The new value matters more: the old one gives way, down to a third of the room.
    """
    struck = was + Style(strike=bool(old))
    old, new = old or EMPTY_GLYPH, new or EMPTY_GLYPH
    spare = max(room // 3, room - cell_len(new) - len(_ARROW))
    before = fit(old, min(cell_len(old), spare))
    rest = max(0, room - cell_len(before) - len(_ARROW))
    return [Segment(before, struck), Segment(_ARROW, arrow), Segment(fit(new, rest), becomes)]
