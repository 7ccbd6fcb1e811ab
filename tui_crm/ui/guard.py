"""Nothing that came from a user, a file or a caller reaches the terminal as a command.

Two layers stand here. `plain` is how data becomes something that a widget accepts: content that
is never read as markup, with every control character made visible. `ControlGuard` is a line filter
over everything that any widget paints, ours or a stock one, for text that took another way: it
takes control characters out. They measure zero cells, so that taking them out keeps the layout.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rich.segment import Segment
from textual.content import Content
from textual.filter import LineFilter

from tui_crm.text.safe import display_lines

if TYPE_CHECKING:
    from textual.color import Color

# Wider than what `tui_crm.text.safe` refuses: a painted segment is a piece of one line, so that
# line breaks, tabs and direction marks have no business in it either.
_CONTROL: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)


def plain(text: str) -> Content:
    """`text` as content for a widget: never markup, line breaks kept, controls made visible."""
    return Content("\n".join(display_lines(text)))


class ControlGuard(LineFilter):
    """Takes C0, C1 and bidirectional controls out of every painted segment.

    Return it last from `App.get_line_filters`. Guards are equal to each other, so that lines that
    one of them has filtered are found again in Textual's caches by another.
    """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ControlGuard)

    def __hash__(self) -> int:
        return hash(ControlGuard)

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without control characters; the same list when there are none."""
        search = _CONTROL.search
        if not any(search(segment.text) for segment in segments if not segment.control):
            return segments
        return [
            segment
            if segment.control
            else Segment(_CONTROL.sub("", segment.text), segment.style, segment.control)
            for segment in segments
        ]
