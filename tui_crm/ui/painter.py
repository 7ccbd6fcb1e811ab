"""Paints frames as differences, so that the app is at home on a slow line.

Textual sends every region that a widget repaints, whole and with both colours for each segment.
`DiffPainter` sends the cells that differ, as one write a frame, and shows the terminal's own cursor
in the focused field, which puts the window of an input method where the text will appear.

It hooks into parts of Textual that are not public. They are tried once at the start; if they are
not as expected, or if painting ever fails, Textual paints by itself and the app goes on.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from textual import events
from textual.geometry import Offset, Region
from textual.strip import Strip

from tui_crm.ui.cell_screen import CellScreen, Piece

try:
    from textual._compositor import ChopsUpdate, LayoutUpdate
except ImportError:  # a Textual that is built differently
    _KNOWN_TEXTUAL = False
else:
    _KNOWN_TEXTUAL = True

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.app import App
    from textual.message import Message
    from textual.screen import Screen

    _Base = App[Any]
else:
    _Base = object

log = logging.getLogger(__name__)

_SYNC_FROM = 200
"""Characters from which a frame is worth the bytes that keep it from tearing."""
_NO_ERASE = ("screen", "linux", "vt", "dumb")
"""Beginnings of TERM for terminals that do not erase with the background colour."""


def pieces(screen: CellScreen, update: object) -> Iterator[Piece]:
    """The parts of rows that an update of Textual's compositor wants to be shown."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                cells = screen.cells(strip)
                yield y, x, cells
                x += len(cells)
    elif isinstance(update, ChopsUpdate):
        for y, left, right in update.spans:
            for end, (x, chop) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if chop is None or x > right or end <= left:
                    continue
                whole = left <= x < right and end <= right
                yield y, x, screen.cells(chop if whole else chop.crop(0, min(end, right) - x))
    else:
        raise TypeError(f"unknown update {type(update).__name__}")


def can_paint() -> bool:
    """Whether this Textual gives its frames in the form that `pieces` reads."""
    if not _KNOWN_TEXTUAL:
        return False
    try:
        from rich.segment import Segment

        screen = CellScreen(ColorSystem.TRUECOLOR, erase=True)
        strip = Strip([Segment("ab")])
        whole = LayoutUpdate([[strip]], Region(0, 0, 2, 1))
        part = ChopsUpdate([{0: strip}], [(0, 0, 2)], [[2]])
        read = [
            [(y, x, "".join(text for text, _look in cells)) for y, x, cells in pieces(screen, one)]
            for one in (whole, part)
        ]
    except Exception:
        log.warning("this version of Textual is painted by Textual itself", exc_info=True)
        return False
    return read == [[(0, 0, "ab")], [(0, 0, "ab")]]


class DiffPainter(_Base):
    """Mixin for the app: `class CrmApp(DiffPainter, App)`. Without a terminal it does nothing."""

    _cells: CellScreen | None = None
    _paints: bool | None = None
    _cursor_shown = False
    _size_known = False

    @property
    def hardware_cursor(self) -> bool:
        """Whether the terminal's own cursor shows where text is typed: fields draw none then."""
        if self._paints is None:
            driver = self._driver
            if driver is None:
                return False
            real = not (self.is_headless or driver.is_inline)
            self._paints = real and can_paint()
        return self._paints

    def repaint_all(self) -> None:
        """Clear the terminal and paint everything, after something else wrote to it."""
        if self._cells is not None:
            self._cells.forget()
        self.screen.refresh()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if (
            renderable is None
            or not self.hardware_cursor
            or getattr(self, "_batch_count", False)
            or not getattr(self, "_running", False)
            or getattr(self, "_closed", True)
        ):
            super()._display(screen, renderable)
            return
        try:
            frame = self._paint(renderable)
        except Exception:
            log.exception("painting failed, Textual paints from now on")
            self._paints = False
            super()._display(screen, renderable)
            self.call_later(self.screen.refresh)
            return
        driver = self._driver
        if frame and driver is not None:
            driver.write(frame)
            driver.flush()
        self.post_display_hook()

    def _paint(self, update: object) -> str:
        """The frame for an update, and the cursor where it belongs."""
        cells = self._cells
        if cells is None:
            console = self.console
            colors = getattr(console, "_color_system", None) or ColorSystem.TRUECOLOR
            erase = not os.environ.get("TERM", "").startswith(_NO_ERASE)
            cells = self._cells = CellScreen(colors, erase=erase)
        width, height = self.size
        frame = cells.frame(pieces(cells, update), width, height)
        caret = self._caret()
        if caret is not None:
            frame += cells.move_to(caret.y, caret.x)
        if (caret is not None) != self._cursor_shown:
            self._cursor_shown = caret is not None
            frame += "\x1b[?25h" if self._cursor_shown else "\x1b[?25l"
        if len(frame) > _SYNC_FROM and getattr(self, "_sync_available", False):
            frame = f"\x1b[?2026h{frame}\x1b[?2026l"
        return frame

    def _caret(self) -> Offset | None:
        """Where the focused field wants the cursor; `None` where nothing is typed."""
        focused = self.focused
        offset = getattr(focused, "cursor_screen_offset", None)
        if focused is None or not isinstance(offset, Offset) or not focused.region.height:
            return None
        return self.screen.outer_size.clamp_offset(offset)

    async def _post_message(self, message: Message) -> bool:
        """Leave out the size that the driver reports at the start, if it is the one we drew for.

        Each such report costs a layout and a full repaint. After any other one the terminal may
        have lost what it showed, even if its size is the same again.
        """
        if isinstance(message, events.Resize):
            if not self._size_known and message.size == self.size:
                self._size_known = True
                return True
            self._size_known = True
            if self._cells is not None:
                self.call_later(self.repaint_all)
        return await super()._post_message(message)

    def on_mount(self) -> None:
        """Paint the whole screen after the app was suspended."""
        self.app_resume_signal.subscribe(self, lambda _app: self.repaint_all())
