"""The search field: a line of text in which the words that are not understood are underlined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.highlighter import Highlighter
from rich.style import Style
from rich.text import Text

from tui_crm.text.width import cell_width
from tui_crm.ui.widgets.line_input import LineInput

Span = tuple[int, int]
"""Start and end of a word, in characters of the text."""


class _Underliner(Highlighter):
    """Gives parts of a text a style."""

    def __init__(self, spans: Sequence[Span], style: Style) -> None:
        self._spans = spans
        self._style = style

    def highlight(self, text: Text) -> None:
        """Style the parts."""
        for start, end in self._spans:
            text.stylize(self._style, start, end)


class QueryField(LineInput):
    """The field; `point_at` underlines words in it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"query--problem"}

    DEFAULT_CSS = """
    QueryField > .query--problem { color: $warn; text-style: underline; }
    """

    def __init__(self, value: str = "", **options: Any) -> None:
        super().__init__(value, **options)
        self._spans: tuple[Span, ...] = ()

    @property
    def spans(self) -> tuple[Span, ...]:
        """What is underlined."""
        return self._spans

    def point_at(self, spans: Sequence[Span]) -> None:
        """Underline these words, and no others."""
        if tuple(spans) != self._spans:
            self._spans = tuple(spans)
            self._underline()

    def column_of(self, place: int) -> int:
        """The column of the screen under which a character of the text stands."""
        start = self.content_region.x - self.scroll_offset.x
        return max(self.content_region.x, start + cell_width(self.value[:place]))

    def notify_style_update(self) -> None:
        """Underline in the colours of the new theme."""
        super().notify_style_update()
        if self._spans:
            self._underline()

    def _underline(self) -> None:
        style = self.get_component_rich_style("query--problem", partial=True)
        self.highlighter = _Underliner(self._spans, style) if self._spans else None
        self.refresh()
