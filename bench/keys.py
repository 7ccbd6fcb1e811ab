"""Measure the app as a typist meets it: from a key to the last byte that paints the rows for it.

    python -m bench.keys --db URL [--as LOGIN] [--size 120x40 --size 80x24] [--texts 6]

The real program runs in a pseudo-terminal and is typed into at the pace of a quick typist: names,
telephone numbers, Chinese, pinyin, e-mail addresses, filters, and words with typing errors, made
from the customers of the database by a seed. Everything that the program sends is kept with its
time and painted afterwards. What counts is the first moment at which the list looks as it stays
until the next key, and shows the customers that a search finds for the text. A key that leaves the
rows as they are, marks included, is left out, and one that came to no such moment before the next
key counts as late.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pyte

from tests.terminal.harness import KEYS, Terminal
from tui_crm import search
from tui_crm.config import load
from tui_crm.core.session import Session, open_session
from tui_crm.search import measure
from tui_crm.text.safe import display
from tui_crm.ui.screens.search_results import FIRST_HITS

ROOT = Path(__file__).resolve().parents[1]
_KINDS = {
    "name": ("beginning of a name", "two words", "three words"),
    "number": ("piece of a number", "last four digits", "account number"),
    "Chinese": ("Chinese substring",),
    "pinyin": ("pinyin", "initials"),
    "e-mail": ("e-mail",),
    "typing error": ("typing error",),
}
"""The classes of `measure.queries` whose texts are typed, by what a table calls them."""
_FILTERS = (
    "status:active city:berlin", "tag:vip sort:-last", "anna status:lead", "has:email li",
    "last:<30d -tag:vip mül", 'city:"new york" or city:rom',
)  # fmt: skip
_GAPS = (0.08, 0.22)  # seconds between two keys
_PAUSE = 0.7  # seconds behind a text
_CLEAR = KEYS["ctrl+u"]
_NAME_CELLS = 10  # of a name that are compared, so that one that is cut is known too
_GUTTER = 3

Look = tuple[object, ...]


@dataclass(slots=True)
class Key:
    """A key that was typed, and what the list had to show for it."""

    kind: str
    text: str
    at: float
    until: float = 0.0
    names: list[str] = field(default_factory=list)


class Recorder(Terminal):
    """A terminal that keeps what comes with its time instead of painting it."""

    def __init__(self, argv: Sequence[str], columns: int, rows: int, home: str) -> None:
        env = {"PYTHONPATH": str(ROOT), "HOME": home, "LANG": "C.UTF-8"}
        self.came: list[tuple[float, bytes]] = []
        super().__init__(argv, columns, rows, env=env)

    def _feed(self, data: bytes) -> None:
        self.came.append((time.perf_counter(), data))

    def listen(self, seconds: float) -> None:
        """Take what comes for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)


class Painted(Terminal):
    """What a `Recorder` got, painted on a screen piece by piece."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._unfinished = b""

    def paint(self, data: bytes) -> None:
        """Paint a piece."""
        self._feed(data)


def main() -> None:
    """Type, and print a table for each size."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--db", required=True)
    arguments.add_argument("--as", dest="login", default="", help="the user who types")
    arguments.add_argument("--size", action="append", help="COLUMNSxROWS of the terminal")
    arguments.add_argument("--texts", type=int, default=6, help="that are typed, of each kind")
    arguments.add_argument("--slowest", type=int, default=0, help="keys to name")
    chosen = arguments.parse_args()
    session = open_session(
        load(None, env={**os.environ, "CRM_DB": chosen.db}), login=chosen.login or None
    )
    texts = _texts(session, chosen.texts)
    for size in chosen.size or ["120x40", "80x24"]:
        columns, rows = map(int, size.split("x"))
        with tempfile.TemporaryDirectory() as home:
            keys, came = _typed(chosen.db, chosen.login, columns, rows, home, texts)
        wanted: dict[str, list[str]] = {}
        for key in keys:
            if key.text not in wanted:
                found = search.find(session, key.text, FIRST_HITS).hits
                wanted[key.text] = [display(hit.row.name) for hit in found]
            key.names = wanted[key.text]
        _report(size, list(_measured(keys, came, columns, rows)), chosen.slowest)
    session.close()


def _texts(session: Session, count: int) -> list[tuple[str, str]]:
    """(kind, text) pairs, the kinds mixed."""
    random = Random(1)
    classes = measure.queries(session, per_class=max(count, 4))
    found = [("filter", text) for text in _FILTERS[:count]]
    for kind, names in _KINDS.items():
        texts = [text for name in names for text in classes[name][:count]]
        random.shuffle(texts)
        found += [(kind, text) for text in texts[:count]]
    random.shuffle(found)
    return found


def _typed(
    url: str, login: str, columns: int, rows: int, home: str, texts: Sequence[tuple[str, str]]
) -> tuple[list[Key], list[tuple[float, bytes]]]:
    """Type the texts one behind the other; the keys, and what came back."""
    random = Random(1)
    argv = [sys.executable, "-m", "tui_crm", "--db", url, *(["--as", login] if login else [])]
    with Recorder(argv, columns, rows, home) as terminal:
        terminal.listen(4.0)
        for text in ("a", "an", "138", "张"):  # a program in use is warm
            terminal.send(text)
            terminal.listen(1.0)
            terminal.send(_CLEAR)
            terminal.listen(0.7)
        keys: list[Key] = []
        for kind, text in texts:
            for end in range(1, len(text) + 1):
                keys.append(_send(terminal, kind, text[:end], text[end - 1].encode()))
                terminal.listen(random.uniform(*_GAPS))
                keys[-1].until = time.perf_counter()
            terminal.listen(_PAUSE)
            keys[-1].until = time.perf_counter()
            keys.append(_send(terminal, "(cleared)", "", _CLEAR))
            terminal.listen(_PAUSE)
            keys[-1].until = time.perf_counter()
        return keys, terminal.came


def _send(terminal: Recorder, kind: str, text: str, data: bytes) -> Key:
    key = Key(kind, text, time.perf_counter())
    terminal.send(data)
    return key


@dataclass(frozen=True, slots=True)
class Measured:
    """A key and its milliseconds; None if the rows stayed, infinite if they came too late."""

    key: Key
    took: float | None


def _measured(
    keys: Sequence[Key], came: Sequence[tuple[float, bytes]], columns: int, rows: int
) -> Iterator[Measured]:
    screen = Painted(columns, rows)
    place = 0
    while place < len(came) and came[place][0] < keys[0].at:
        screen.paint(came[place][1])
        place += 1
    top = next(y for y, line in enumerate(screen.lines()) if line.startswith("▌"))
    for key in keys:
        before = screen_state(screen, top, key)
        states: list[tuple[float, Look | None]] = []
        while place < len(came) and came[place][0] < key.until:
            screen.paint(came[place][1])
            states.append((came[place][0], screen_state(screen, top, key)))
            place += 1
        shown = [state for _at, state in states if state is not None]
        # Rows for corrected words take the place of the words "nothing found".
        last = states[-1][1] if states else before
        if not key.names and shown:
            last = shown[-1]
        if last is None:
            yield Measured(key, float("inf"))
        elif before == last:
            yield Measured(key, None)
        else:
            at = next(at for at, state in states if state == last)
            yield Measured(key, (at - key.at) * 1000)


def screen_state(screen: Painted, top: int, key: Key) -> Look | None:
    """What the list shows for a key, colours included; None if these are not its customers."""
    lines = screen.lines()
    if not key.names:
        shown = f"“{key.text.strip()[:20]}"
        return next(((line,) for line in lines[top:] if shown in line), None)
    width = screen.columns - (45 if screen.columns >= 118 else 2)
    names = key.names[: screen.rows - top - 2]
    found: list[object] = []
    for y, name in enumerate(names, top):
        text = lines[y][_GUTTER:]
        begin = _first_cells(name)
        if not text.startswith(begin):
            return None
        found.append(tuple(screen.screen.buffer[y][x] for x in range(1, width)))
    return tuple(found)


def _first_cells(name: str) -> str:
    return name[: _NAME_CELLS if name.isascii() else _NAME_CELLS // 2].rstrip()


def _report(size: str, measured: Sequence[Measured], slowest: int) -> None:
    print(f"\n{size:14} {'keys':>5} {'p50':>7} {'p95':>7} {'p99':>7} {'max':>7} {'same':>6} late")
    kinds = dict.fromkeys(item.key.kind for item in measured)
    for kind in (*sorted(kinds), ""):
        some = [item for item in measured if item.key.kind == kind or not kind]
        took = sorted(item.took for item in some if item.took is not None)
        if not took:
            continue
        shown = [took[min(len(took) - 1, int(len(took) * at))] for at in (0.5, 0.95, 0.99, 1.0)]
        late = sum(time == float("inf") for time in took)
        columns = " ".join(f"{value:7.1f}" for value in shown)
        print(f"{kind or 'all':14} {len(took):5} {columns} {len(some) - len(took):6} {late:4}")
    ordered = sorted((i for i in measured if i.took is not None), key=lambda i: -(i.took or 0))
    for item in ordered[:slowest]:
        print(f"  {item.took:7.1f}  {item.key.kind}: {item.key.text!r}  {item.key.names[:1]}")


if __name__ == "__main__":
    main()
