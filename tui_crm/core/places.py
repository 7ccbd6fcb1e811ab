"""Where a value came from: the row of a file as one number, and how that is told.

The history keeps such a number with each change, and the names of the files with the change set.
"""

from __future__ import annotations

import json

from tui_crm.text.i18n import _

_FILE_BITS = 40


def place_of(file: int, line: int) -> int:
    """The number of a line, counted from 1, of a file, counted from 0."""
    return file << _FILE_BITS | line


def line_of(place: int) -> int:
    """The line of a place."""
    return place & ((1 << _FILE_BITS) - 1)


def origin(source: str, place: int) -> str:
    """A place as people read it, "contacts.xlsx row 17"; "" where a value came from no file.

    `source` is what the change set says of its files, a JSON list.
    """
    if not place or not source:
        return ""
    names = json.loads(source)
    file = place >> _FILE_BITS
    name = names[file] if file < len(names) else ""
    return _("{file} row {line}").format(file=name, line=line_of(place))
