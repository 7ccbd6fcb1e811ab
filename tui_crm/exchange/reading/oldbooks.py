"""XLS, XLSB and ODS, read by calamine in a process of its own.

calamine (Rust, MIT) knows these formats and which of their cells are dates. It keeps a sheet in
memory, about a kilobyte a row, and panics at some broken files, which prints to the terminal that
the app is drawn on. Neither leaves the child process, which prints a JSON text a line: the sheets
that hold anything, or the rows of one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tui_crm.exchange.reading.celltext import cell_text

_ROOT = Path(__file__).parents[3]


class BookError(Exception):
    """The file cannot be read; `password` says whether it is protected with one."""

    def __init__(self, reason: str, password: bool = False) -> None:
        super().__init__(reason)
        self.password = password


def sheets(path: Path) -> list[tuple[str, bool]]:
    """The names of the sheets that hold anything, and whether they are shown.

    Raises `BookError`.
    """
    with closing(_answers(path)) as answers:
        return [(str(name), bool(visible)) for name, visible in answers]


def rows(path: Path, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet with their numbers from the top. Raises `BookError`."""
    with closing(_answers(path, sheet)) as answers:
        yield from enumerate(answers, 1)


def _answers(*arguments: Path | str) -> Generator[list[Any], None, None]:
    """What the child prints. It ends when nobody listens any more."""
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", __name__, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        assert child.stdout is not None  # a pipe was asked for
        ended = False
        for line in child.stdout:
            answer = json.loads(line)
            if isinstance(answer, dict):
                if "error" in answer:
                    raise BookError(answer["error"], answer["password"])
                ended = True
            else:
                yield answer
        if not ended:
            raise BookError("broken")
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def _main(path: str, *sheet: str) -> None:
    """Print the sheets of a workbook, or the rows of one; then an empty object."""
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(path)
        if sheet:
            found = book.get_sheet_by_name(sheet[0])
            margin = [""] * (found.start[1] if found.start else 0)
            for cells in found.iter_rows():
                print(json.dumps([*margin, *map(cell_text, cells)]))
        else:
            for data in book.sheets_metadata:
                if data.typ == calamine.SheetTypeEnum.WorkSheet:
                    visible = data.visible == calamine.SheetVisibleEnum.Visible
                    if book.get_sheet_by_name(data.name).height:
                        print(json.dumps([data.name, visible]))
        print("{}")
    except (calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        password = isinstance(error, calamine.PasswordError)
        print(json.dumps({"error": str(error), "password": password}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
