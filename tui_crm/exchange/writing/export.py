"""Customers as files: the fields of the registry under their names or labels, values as people
read them.

What is exported can be imported again and changes nothing. A cell of a text table that a
spreadsheet would run as a formula is marked as text with an apostrophe, which an import takes off.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tui_crm.core import summaries
from tui_crm.core.fields import Field
from tui_crm.core.rows import Value
from tui_crm.errors import InputRefused
from tui_crm.exchange.writing import writers
from tui_crm.exchange.writing.writers import CsvWriter, OutFormat, Text, Writer, text_of
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

__all__ = ["export_file", "new_file", "text_of", "write_customers", "write_rows"]

_PAGE = 1000

Progress = Callable[[int, int], None]


def export_file(
    session: Session,
    ids: Sequence[int],
    path: Path,
    fields: Sequence[Field],
    kind: OutFormat,
    *,
    mark: bool = True,
    labels: bool = False,
    progress: Progress | None = None,
    query: str = "",
) -> int:
    """Write these customers in their order to a file; gives how many there were.

    The file is complete or not there. The history tells who wrote it and how many customers are
    in it; `query` is what found them. `mark` puts the byte order mark before CSV by which Excel
    knows UTF-8. With `labels` the headers of CSV and XLSX are the labels of the fields, not their
    names. Raises `InputRefused` if the file cannot be written.
    """
    if kind == "xlsx":
        with _beside(path) as part:
            with writers.xlsx(part, fields, session.zone, labels=labels) as book:
                written = _write(session, ids, book, fields, progress)
            _log(session, path.name, written, query)
        return written
    with new_file(path, mark=mark and kind == "csv") as file:
        delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
        writer = writers.open_text(file, kind, fields, delimiter, labels=labels)
        written = _write(session, ids, writer, fields, progress)
        _log(session, path.name, written, query)
    return written


def write_customers(
    session: Session,
    ids: Sequence[int],
    file: Text,
    fields: Sequence[Field],
    progress: Progress | None = None,
    kind: OutFormat = "csv",
    query: str = "",
    *,
    labels: bool = False,
) -> int:
    """Write these customers as text to an open file; gives how many there were.

    `labels` is that of `export_file`. The history tells of it before the first one is written: what
    has left by an open file is gone.
    """
    _log(session, _("the standard output"), len(ids), query)
    writer = writers.open_text(file, kind, fields, labels=labels)
    return _write(session, ids, writer, fields, progress)


def _log(session: Session, name: str, count: int, query: str) -> None:
    """Put an export into the history: who wrote how many customers, where to and when."""
    from tui_crm.core.changes.door import log_export

    log_export(session, summaries.of_export(count, name, query), count)


def _write(
    session: Session,
    ids: Sequence[int],
    writer: Writer,
    fields: Sequence[Field],
    progress: Progress | None,
) -> int:
    """Write customers page by page.

    All pages are read in one snapshot, so that the table fits together and a million customers are
    never held at once. Those that the viewer may not see are left out.
    """
    from tui_crm.core.records import load
    from tui_crm.core.users import Directory

    written = 0
    with session.db.reading():
        directory = Directory.read(session.db)
        for start in range(0, len(ids), _PAGE):
            page = list(ids[start : start + _PAGE])
            records = load(session, "customer", page, directory)
            for id_ in page:
                record = records.get(id_)
                if record is not None:
                    writer.row([record.values.get(item.name) for item in fields])
                    written += 1
            if progress is not None:
                progress(start + len(page), len(ids))
    return written


def write_rows(file: TextIO, columns: Sequence[str], rows: Iterable[dict[str, Value]]) -> int:
    """Write plain values under these columns as CSV; gives how many rows there were."""
    writer = CsvWriter(file, columns)
    count = 0
    for values in rows:
        writer.row([values.get(name) for name in columns])
        count += 1
    return count


@contextmanager
def new_file(path: Path, *, mark: bool = True) -> Iterator[TextIO]:
    """A text file in UTF-8, complete or not there.

    `mark` begins it with the mark by which spreadsheets know the encoding. It takes the place of an
    older file only when everything was written. `InputRefused` if it cannot be written.
    """
    with (
        _beside(path) as part,
        part.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as file,
    ):
        yield file


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when the block ends well."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise InputRefused(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror)
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()
