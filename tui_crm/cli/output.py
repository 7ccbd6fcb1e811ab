"""What goes to the terminal or into a pipe.

Text from the database is data: on a line for people every control character is replaced, in JSON
it is escaped, so that the value is whole for a program and harmless on a screen.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Any, TextIO

from tui_crm.errors import UsageError
from tui_crm.text.dates import duration
from tui_crm.text.i18n import _
from tui_crm.text.safe import display, display_lines
from tui_crm.text.width import cell_width, fit

_WIDEST_COLUMN = 40
_ESTIMATE_AFTER = 1.0  # seconds; before, an estimate is a guess
# What JSON leaves as it is although a terminal obeys it, or text reads otherwise with it.
_UNSAFE_IN_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def line(text: str = "", *, file: TextIO | None = None) -> None:
    """One line of text; what is harmful in it is replaced."""
    _write(display(text) + "\n", file or sys.stdout)


def lines(text: str, indent: str = "") -> None:
    """Text of several lines."""
    for part in display_lines(text):
        line(indent + part)


def note(text: str) -> None:
    """A remark for the person at the terminal, which is no part of the result."""
    line(text, file=sys.stderr)


def json_line(value: Mapping[str, Any]) -> None:
    """One object on one line. Nothing in it can act on a terminal, and nothing is lost."""
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    safe = _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    _write(safe + "\n", sys.stdout)


def table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()
) -> None:
    """Rows in aligned columns under their headers, those in `right` to the right.

    On a terminal no line is longer than the terminal is wide; in a pipe nothing is cut.
    """
    cells = [[display(str(cell)) for cell in row] for row in rows]
    heads = [display(head) for head in headers]
    widths = [
        max((cell_width(row[index]) for row in (heads, *cells)), default=0)
        for index in range(len(heads))
    ]
    if sys.stdout.isatty():
        _squeeze(widths, shutil.get_terminal_size().columns)
    head = _row(heads, widths, right)
    _write((f"\x1b[1m{head}\x1b[0m" if _colours() else head) + "\n", sys.stdout)
    for row in cells:
        _write(_row(row, widths, right) + "\n", sys.stdout)


def pairs(items: Iterable[tuple[str, str]], indent: str = "") -> None:
    """Labels and their values, one a line, the values under each other."""
    shown = [(display(label), value) for label, value in items]
    width = max((cell_width(label) for label, _value in shown), default=0) + 2
    for label, value in shown:
        first, *more = display_lines(value)
        _write(f"{indent}{fit(label, width)}{first}\n", sys.stdout)
        for text in more:
            _write(f"{indent}{' ' * width}{text}\n", sys.stdout)


def confirm(question: str, *, refused_hint: str) -> bool:
    """Ask on the terminal; `UsageError` with the hint if there is nobody to answer."""
    if not sys.stdin.isatty():
        raise UsageError(_("This needs a confirmation, and there is no terminal."), refused_hint)
    sys.stderr.write(f"{display(question)} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip().casefold()
    return answer in {"y", "yes", "是", "j", "ja"}


def counter(label: str) -> Progress:
    """A progress line on stderr, if that is a terminal."""
    return Progress(display(label))


class Progress:
    """Shows "label 12 000 of 50 000 · 0:09 left" in place, told what is done and the total."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.live = sys.stderr.isatty()
        self.shown = 0  # cells
        self._percent = -1
        self._began = monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Show the state; cheap enough to be called for every chunk."""
        percent = 100 * done // max(1, total)
        if not self.live or percent == self._percent:
            return
        self._percent = percent
        passed = monotonic() - self._began
        figures = {"done": f"{done:,}".replace(",", " "), "total": f"{total:,}".replace(",", " ")}
        text = _("{done} of {total}").format(**figures)
        if 0 < done < total and passed > _ESTIMATE_AFTER:
            left = duration(passed / done * (total - done))
            text = _("{done} of {total} · {left} left").format(left=left, **figures)
        text = f"{self.label} {text}"
        sys.stderr.write("\r" + text + " " * (self.shown - cell_width(text)))
        self.shown = cell_width(text)
        sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self.shown:
            sys.stderr.write("\r" + " " * self.shown + "\r")
            sys.stderr.flush()


def shown_url(url: str) -> str:
    """A database address without its password."""
    from tui_crm.config.document import masked

    return display(masked(url))


def _plain(value: object) -> object:
    from datetime import datetime

    if isinstance(value, datetime):
        from tui_crm.text.dates import to_iso

        return to_iso(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    parts = []
    for index, cell in enumerate(cells):
        if index in right:
            parts.append(fit(cell, widths[index], align="right"))
        elif index == len(cells) - 1 and cell_width(cell) <= widths[index]:
            parts.append(cell)
        else:
            parts.append(fit(cell, widths[index]))
    return "  ".join(parts).rstrip()


def _squeeze(widths: list[int], room: int) -> None:
    """Narrow the widest columns until the row fits."""
    room -= 2 * (len(widths) - 1)
    for index, width in enumerate(widths):
        widths[index] = min(width, max(_WIDEST_COLUMN, room // len(widths)))
    while sum(widths) > room and max(widths) > 4:
        widest = max(range(len(widths)), key=lambda index: widths[index])
        widths[widest] -= 1


def _colours() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _write(text: str, file: TextIO) -> None:
    try:
        file.write(text)
    except UnicodeEncodeError:
        encoding = file.encoding or "ascii"
        file.write(text.encode(encoding, "replace").decode(encoding))
