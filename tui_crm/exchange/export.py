"""Customers as a table: registry names as headers, values as people read them, lists in one cell.

What is exported can be imported again and changes nothing. For that reason a cell that begins
with `=`, `+`, `-` or `@` is written as it is: phone numbers begin with a plus, and a guard against
formulas in spreadsheets would become part of the data. Import such a file into a spreadsheet as
text.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from tui_crm.core.fields import Field
from tui_crm.core.rows import Value
from tui_crm.errors import InputRefused
from tui_crm.exchange import cells
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_PAGE = 1000


class Writable(Protocol):
    """Something to write a table to."""

    def write(self, text: str, /) -> object:
        """Write text as it is."""


def text_of(value: Value) -> str:
    """The cell of a value, which an import reads back as the same value."""
    if isinstance(value, tuple):
        return clean(cells.join(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else clean(str(value))


def write_customers(
    session: Session,
    ids: Sequence[int],
    file: Writable,
    fields: Sequence[Field],
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write these customers in their order; gives how many there were.

    Pages are read one after the other in one snapshot, so that the table fits together and a
    million customers are never held at once. Those that the viewer may not see are left out.
    """
    from tui_crm.core.records import load
    from tui_crm.core.users import Directory

    writer = csv.writer(file)
    writer.writerow([field.name for field in fields])
    written = 0
    with session.db.reading():
        directory = Directory.read(session.db)
        for start in range(0, len(ids), _PAGE):
            page = list(ids[start : start + _PAGE])
            records = load(session, "customer", page, directory)
            for id_ in page:
                record = records.get(id_)
                if record is not None:
                    writer.writerow([text_of(record.values.get(f.name)) for f in fields])
                    written += 1
            if progress is not None:
                progress(start + len(page), len(ids))
    return written


def write_rows(file: TextIO, columns: Sequence[str], rows: Iterable[dict[str, Value]]) -> int:
    """Write plain values under these columns; gives how many rows there were."""
    writer = csv.writer(file)
    writer.writerow(columns)
    count = 0
    for values in rows:
        writer.writerow([text_of(values.get(name)) for name in columns])
        count += 1
    return count


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """A text file in UTF-8 with the mark by which spreadsheets know it, complete or not there.

    It takes the place of an older one only when everything was written. `InputRefused` if it
    cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8-sig", newline="") as file:
            yield file
        beside.replace(path)
    except OSError as error:
        raise InputRefused(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror)
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink()
