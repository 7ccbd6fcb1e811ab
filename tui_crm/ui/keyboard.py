"""Reads the keyboard so that Escape is Escape, however soon the next key follows.

A terminal sends Escape as the same byte that begins Alt and a letter, or an arrow. Textual waits
`ESCDELAY` for what may follow but looks at the clock only ten times a second, so that a letter
typed within a tenth of a second behind Escape became Alt and that letter. Here reading pauses just
as long as Escape has to wait, and what comes later is a key of its own.

The Kitty protocol would tell Escape apart without a wait, but it would send every other key in
another form, too, for a gain of 25 ms that nobody notices, so it stays off.

The reader of keys of Textual is not public. Where a Textual is built differently, it reads by
itself.
"""

from __future__ import annotations

import os
import selectors
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver

try:
    from textual._parser import ParseError
    from textual._xterm_parser import XTermParser
except ImportError:  # a Textual that is built differently
    _KNOWN_TEXTUAL = False
else:
    _KNOWN_TEXTUAL = True

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver
    from textual.geometry import Size
    from textual.message import Message

_IDLE = 0.1  # seconds between looks at whether the app has ended
_AT_ONCE = 4096  # bytes


class KeyboardDriver(LinuxDriver):
    """Textual's driver with a reader of its own, and the picture where the user looks."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | Size | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if sys.__stderr__ is None or not sys.__stderr__.isatty():
            self._file = sys.__stdout__  # errors go elsewhere, the screen does not

    def run_input_thread(self) -> None:
        """Read keys until the app ends."""
        parser = XTermParser(self._debug)
        # Bytes of another encoding are typed as marks that can be seen and deleted.
        decode = getincrementaldecoder("utf-8")("replace").decode
        wait = _IDLE
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = selector.select(wait)
                self._pass_on(parser.tick())  # first: what comes now is too late for Alt
                wait = _IDLE
                if not ready:
                    continue
                data = os.read(self.fileno, _AT_ONCE)
                if not data:  # the terminal is gone
                    self.exit_event.wait(_IDLE)
                    continue
                self._pass_on(parser.feed(decode(data)))
                wait = ESCAPE_DELAY
        with suppress(EOFError, ParseError):
            self._pass_on(parser.feed(""))

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)


def driver_class(usual: type[Driver]) -> type[Driver]:
    """The driver for this terminal: ours in the place of the one that it improves."""
    return KeyboardDriver if usual is LinuxDriver and _KNOWN_TEXTUAL else usual
