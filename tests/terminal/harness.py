"""A pseudo-terminal with a program in it, and a screen that a test can read.

POSIX only. The terminal answers the questions that a modern terminal answers, keeps every byte
that the program sent, and shows them on a pyte screen.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pyte

_ANSWERS = (
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),
    (re.compile(rb"\x1b\[\?2048\$p"), b"\x1b[?2048;0$y"),
    (re.compile(rb"\x1b\[\?u"), b"\x1b[?0u"),
)
# pyte prints these as text instead of ignoring them: keyboard protocols, mode questions, titles.
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=?][0-9;]*u|\x1b\[\?[0-9;]*\$p|\x1b\[>[0-9;]*[a-zA-Z]")

KEYS: dict[str, bytes] = {
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "delete": b"\x1b[3~",
    "enter": b"\r",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "escape": b"\x1b",
    "backspace": b"\x7f",
    "space": b" ",
    **{
        f"f{n}": code
        for n, code in zip(range(1, 5), (b"\x1bOP", b"\x1bOQ", b"\x1bOR", b"\x1bOS"), strict=True)
    },
    **{
        f"f{n}": b"\x1b[%d~" % code
        for n, code in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)
    },
    **{f"ctrl+{char}": bytes([ord(char) - 96]) for char in "abcdefghijklmnopqrstuvwxyz"},
}
"""What a terminal sends for the keys that have names; other names are sent as their text."""


class TerminalTimeoutError(AssertionError):
    """The screen did not come to show what was waited for."""


class Terminal:
    """`argv` running in a terminal of `columns` x `rows`; use it in a `with` block.

    The program gets a small environment of its own, plus `env`.
    """

    def __init__(
        self,
        argv: Sequence[str],
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.columns, self.rows = columns, rows
        self.output = bytearray()
        self.status: int | None = None
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._mark = 0
        self._unfinished = b""
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", "/tmp"),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            **(env or {}),
        }
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                self._set_size(0)
                if cwd is not None:
                    os.chdir(cwd)
                os.execvpe(argv[0], list(argv), environment)
            finally:
                os._exit(127)
        self._set_size(self._fd)
        os.set_blocking(self._fd, False)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def _set_size(self, fd: int) -> None:
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))

    # Keys in, bytes out ------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Type keys by name ("down", "ctrl+s", "a")."""
        for key in keys:
            self.send(KEYS.get(key) or key.encode())

    def send(self, data: bytes | str) -> None:
        """Send bytes or text as they are."""
        if self._fd < 0:
            raise AssertionError(f"the program has ended with {self.status}:\n{self.text()}")
        os.write(self._fd, data.encode() if isinstance(data, str) else data)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal."""
        self.columns, self.rows = columns, rows
        self._screen.resize(rows, columns)
        self._set_size(self._fd)

    def read(self, timeout: float) -> bool:
        """Take what the program sends within `timeout` seconds; false if nothing came."""
        if self._fd < 0 or not select.select([self._fd], [], [], max(0.0, timeout))[0]:
            return False
        try:
            data = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return False
        except OSError:  # how Linux says that the program has closed the terminal
            data = b""
        if not data:
            os.close(self._fd)
            self._fd = -1
            return False
        self.output += data
        for question, answer in _ANSWERS:
            for _found in question.findall(data):
                os.write(self._fd, answer)
        self._feed(data)
        return True

    def _feed(self, data: bytes) -> None:
        data = self._unfinished + data
        # A sequence that the read has cut in two waits for its rest.
        start = data.rfind(b"\x1b")
        whole = start < 0 or re.match(rb"\x1b(\[[0-?]*[ -/]*[@-~]|[^\[])", data[start:])
        cut = len(data) if whole else start
        self._unfinished = data[cut:]
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data[:cut]))

    # Waiting -----------------------------------------------------------------------------------

    def wait_until(self, done: Callable[[], bool], what: str, timeout: float = 10.0) -> None:
        """Read until `done()`.

        Raises:
            TerminalTimeoutError: it did not come true in `timeout` seconds; it has the screen.
        """
        end = time.monotonic() + timeout
        while not done():
            left = end - time.monotonic()
            if left <= 0 or (self._fd < 0 and not done()):
                raise TerminalTimeoutError(f"waited for {what}; the screen shows:\n{self.text()}")
            self.read(min(left, 0.25))

    def wait_for(self, text: str, timeout: float = 10.0) -> None:
        """Read until `text` is on the screen, in one line."""
        self.wait_until(lambda: text in self.text(), repr(text), timeout)

    def wait_gone(self, text: str, timeout: float = 10.0) -> None:
        """Read until `text` is not on the screen any more."""
        self.wait_until(lambda: text not in self.text(), f"the end of {text!r}", timeout)

    def settle(self, quiet: float = 0.15, timeout: float = 5.0) -> None:
        """Read until nothing has come for `quiet` seconds."""
        end = time.monotonic() + timeout
        while time.monotonic() < end and self.read(quiet):
            pass

    # What there is to see ----------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The screen's lines, without blanks at their ends."""
        # pyte keeps an empty string in the right half of a wide character.
        return [
            "".join(self._screen.buffer[y][x].data for x in range(self.columns)).rstrip()
            for y in range(self.rows)
        ]

    def text(self) -> str:
        """The screen's text."""
        return "\n".join(self.lines())

    @property
    def screen(self) -> pyte.Screen:
        """The screen with its colours."""
        return self._screen

    @property
    def cursor(self) -> tuple[int, int] | None:
        """(line, column) of the terminal's cursor, or `None` while it is hidden."""
        cursor = self._screen.cursor
        return None if cursor.hidden else (cursor.y, cursor.x)

    def mark(self) -> None:
        """Start counting bytes here."""
        self._mark = len(self.output)

    def since_mark(self) -> bytes:
        """What the program has sent since `mark`."""
        return bytes(self.output[self._mark :])

    def cpu_seconds(self) -> float:
        """Processor time that the program has used so far (Linux only)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def picture(self, path: Path) -> None:
        """Draw the screen as a PNG file."""
        from tests.terminal.picture import draw

        draw(self._screen).save(path)

    # The end -----------------------------------------------------------------------------------

    def wait_exit(self, timeout: float = 10.0) -> int:
        """Read until the program has ended; gives its exit code (negative: the signal)."""
        end = time.monotonic() + timeout
        while self.status is None:
            if self._fd >= 0:
                self.read(0.1)
            self._reap(os.WNOHANG if time.monotonic() < end else 0)
            if self.status is None and time.monotonic() >= end:
                raise TerminalTimeoutError(f"the program goes on; the screen shows:\n{self.text()}")
            if self._fd < 0 and self.status is None:
                time.sleep(0.01)  # the terminal is closed, the process is on its way out
        return self.status

    def kill(self, signal_number: int = signal.SIGKILL) -> None:
        """End the program and close the terminal."""
        if self.status is None:
            os.kill(self.pid, signal_number)
            self._reap(0)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _reap(self, options: int) -> None:
        pid, status = os.waitpid(self.pid, options)
        if pid:
            self.status = os.waitstatus_to_exitcode(status)
