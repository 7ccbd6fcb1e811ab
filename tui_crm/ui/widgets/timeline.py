"""What happened with a customer, newest first: entries of one or two lines from a paged source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_crm.text.safe import display
from tui_crm.ui.widgets.line_view import GUTTER, fit, highlighted
from tui_crm.ui.widgets.source_view import Key, Source, SourceView

_TIME_WIDTH = 12
_KIND_WIDTH = 9
_NARROW = 60
"""Width below which the kind's name leaves and the icon has to do."""

PREVIEW_LENGTH: Final = 400
"""Characters of an entry's text that are worth fetching: more is never seen in one line."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry. All texts are for people: `time` is already in the reader's zone and language.

    `icon` is one cell wide. `tone` is one of `LineView`'s looks ("good", "warn", "bad", "muted",
    ...) for the icon and the kind, or "". `spans` are matched character ranges of `text`.
    """

    key: Key
    icon: str
    time: str
    kind: str
    title: str
    text: str = ""
    author: str = ""
    tone: str = ""
    spans: tuple[tuple[int, int], ...] = ()


class Timeline(SourceView[TimelineEntry]):
    """The list widget. With `preview` each entry has a second line with the start of its text,
    without it what there is room for stands behind the title."""

    def __init__(
        self,
        source: Source[TimelineEntry] | None = None,
        *,
        preview: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(source, **options)
        self.row_height = 2 if preview else 1

    def set_preview(self, preview: bool) -> None:
        """Show or hide the second lines; the cursor stays on its entry."""
        self.row_height = 2 if preview else 1
        self.invalidate()
        self.reveal(self.cursor)

    def render_row(self, index: int, line: int, width: int, look: Style) -> Strip | None:
        """One of an entry's lines."""
        entry = self.loaded(index)
        if entry is None:
            return None
        segments = self._head(index, entry, width, look) if line == 0 else []
        if line:
            segments = self._preview(entry, width, look)
        return self.strip(segments, width, look)

    def _indent(self, width: int) -> int:
        return GUTTER + _TIME_WIDTH + 2 + (_KIND_WIDTH + 2 if width >= _NARROW else 0)

    def _head(self, index: int, entry: TimelineEntry, width: int, look: Style) -> list[Segment]:
        muted, toned = self.lit(look, "muted"), self.lit(look, entry.tone)
        author = display(entry.author)
        room = max(0, width - self._indent(width))
        author = fit(author, min(cell_len(author), room // 3))
        left = max(0, room - cell_len(author) - 1)
        segments = [
            self.row_gutter(index, " ", look),
            Segment(fit(display(entry.time), _TIME_WIDTH), muted),
            Segment(fit(display(entry.icon), 1) + " ", toned),
        ]
        title = display(entry.title)
        if width >= _NARROW:
            segments.append(Segment(fit(display(entry.kind), _KIND_WIDTH) + "  ", toned))
            title = "" if entry.title == entry.kind else title  # it stands there already
        title = fit(title, min(cell_len(title), left))
        segments.append(Segment(title, self.lit(look, "strong")))
        left -= cell_len(title)
        text = display(entry.text[:PREVIEW_LENGTH]) if self.row_height == 1 else ""
        if title and text:
            text = "  " + text
        segments.append(Segment(fit(text, left), muted))
        segments.append(Segment(" " + author, muted))
        return segments

    def _preview(self, entry: TimelineEntry, width: int, look: Style) -> list[Segment]:
        indent = self._indent(width)
        muted = self.lit(look, "muted")
        text = fit(display(entry.text[:PREVIEW_LENGTH]), max(0, width - indent - 1))
        lit = highlighted(text, entry.spans, muted, muted + self.lit(Style(), "match"))
        return [Segment(" " * indent, look), *lit]
