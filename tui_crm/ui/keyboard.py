"""Reads the keyboard: Escape is Escape however soon the next key follows, a paste is only text.

A terminal sends Escape as the same byte that begins Alt and a letter, or an arrow. Textual waits
`ESCDELAY` for what may follow but looks at the clock only ten times a second, so that a letter
typed within a tenth of a second behind Escape became Alt and that letter. Here reading pauses just
as long as Escape has to wait, and what comes later is a key of its own.

Textual reads what is pasted for keys, too: text with an escape character in it would be pasted and
typed as well, and on a list typing is commands. Here a paste never comes near the keys.

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
from collections.abc import Iterable, Iterator
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
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

_ESCAPE = "\x1b"
_PASTE = "\x1b[200~"
_PASTED = "\x1b[201~"


class PasteReader:
    """Takes pastes out of what a terminal sends, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._held = ""  # the end of the last piece, if it may begin a mark
        self._paste: list[str] | None = None

    def feed(self, text: str) -> Iterator[str | events.Paste]:
        """What is typed, as it came, and what was pasted, each as one event."""
        text = self._held + text
        self._held = ""
        while text:
            mark = _PASTE if self._paste is None else _PASTED
            before, found, text = text.partition(mark)
            if not found:
                before, self._held = _without_beginning_of(mark, before)
            if self._paste is None:
                if before:
                    yield before
                if found:
                    self._paste = []
            else:
                self._paste.append(before)
                if found:
                    yield events.Paste("".join(self._paste).replace("\0", ""))
                    self._paste = None

    def release(self) -> str:
        """What was held back in case that a paste begins, when nothing has followed in time."""
        if self._paste is not None:
            return ""
        held, self._held = self._held, ""
        return held


def _without_beginning_of(mark: str, text: str) -> tuple[str, str]:
    """`text` in two parts, the second of which is what it ends with of the beginning of `mark`."""
    for length in range(min(len(mark) - 1, len(text)), 0, -1):
        if text.endswith(mark[:length]):
            return text[:-length], text[-length:]
    return text, ""


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
        """Read keys and pastes until the app ends."""
        parser = XTermParser(self._debug)
        pastes = PasteReader()
        # Bytes of another encoding are typed as marks that can be seen and deleted.
        decode = getincrementaldecoder("utf-8")("replace").decode
        wait, read_at = _IDLE, 0.0
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = selector.select(wait)
                if monotonic() - read_at >= ESCAPE_DELAY:  # what comes now is too late for Alt
                    self._pass_on(parser.tick())
                    self._release(pastes, parser)
                    wait = _IDLE
                if not ready:
                    continue
                data = os.read(self.fileno, _AT_ONCE)
                if not data:  # the terminal is gone
                    self.exit_event.wait(_IDLE)
                    continue
                for part in pastes.feed(decode(data)):
                    self._pass_on(parser.feed(part) if isinstance(part, str) else [part])
                wait, read_at = ESCAPE_DELAY, monotonic()
        with suppress(EOFError, ParseError):
            self._pass_on(parser.feed(""))

    def _release(self, pastes: PasteReader, parser: XTermParser) -> None:
        held = pastes.release()
        if held == _ESCAPE:
            self.process_message(events.Key("escape", _ESCAPE))  # it has waited already
        else:
            self._pass_on(parser.feed(held) if held else ())

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)


def driver_class(usual: type[Driver]) -> type[Driver]:
    """The driver for this terminal: ours in the place of the one that it improves."""
    return KeyboardDriver if usual is LinuxDriver and _KNOWN_TEXTUAL else usual
