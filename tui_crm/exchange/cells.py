"""Cells of text tables: lists, and text that a spreadsheet would take for a formula.

A list is its parts between semicolons, so that what was written is read back the same: a semicolon
inside a part is written `\\;` and a backslash `\\\\`; any other backslash is itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PART = re.compile(r"((?:\\[\\;]|[^;])*)(?:;|$)", re.S)
_ESCAPED = re.compile(r"\\([\\;])")
_TO_ESCAPE = re.compile(r"[\\;]")
# What spreadsheets run when a file is opened, behind any number of marks that say it is text.
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def join(parts: Iterable[str]) -> str:
    """One cell of all the parts."""
    return "; ".join(_TO_ESCAPE.sub(r"\\\g<0>", part) for part in parts)


def split(cell: str) -> tuple[str, ...]:
    """The parts of a cell in order, without repeats and without blank ones.

    The full-width semicolon of Chinese keyboards does not separate: it is common inside text.
    """
    if "\\" not in cell:
        found = (part.strip() for part in cell.split(";"))
    else:
        found = (_ESCAPED.sub(r"\1", part).strip() for part in _PART.findall(cell))
    return tuple(dict.fromkeys(part for part in found if part))


def guarded(cell: str) -> str:
    """A cell of a text table that no spreadsheet runs as a formula: it is marked as text.

    The mark is the apostrophe that people type for that purpose; `unguarded` takes it off.
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """A cell without the mark of `guarded`; any other apostrophe stays."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell
