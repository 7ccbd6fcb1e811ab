"""A model of what the terminal shows, and the least that must be sent to change it.

The screen is rows of cells. A frame comes as pieces of rows; pieces are compared with the model,
and only cells that differ are written, with the least change of colours, runs of blanks erased
instead of written, and a pane that moved up or down moved by the terminal itself.

Knows Rich's styles and segments, and nothing of Textual.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import cell_len, get_character_cell_size, split_graphemes
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style


class Look(NamedTuple):
    """How a cell is drawn: attribute bits, and the SGR parameters of both colours."""

    attributes: int
    color: str | None
    background: str | None


Cell = tuple[str, Look]
"""What a cell holds and how. A wide character is in its left cell; the right one holds ""."""

PLAIN: Final = Look(0, None, None)
BLANK: Final[Cell] = (" ", PLAIN)

_ATTRIBUTES: Final = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("blink2", "6"),
    ("reverse", "7"),
    ("conceal", "8"),
    ("strike", "9"),
    ("underline2", "21"),
    ("frame", "51"),
    ("encircle", "52"),
    ("overline", "53"),
)
_OFF: Final = {
    "bold": "22",
    "dim": "22",
    "italic": "23",
    "underline": "24",
    "blink": "25",
    "blink2": "25",
    "reverse": "27",
    "conceal": "28",
    "strike": "29",
    "underline2": "24",
    "frame": "54",
    "encircle": "54",
    "overline": "55",
}
"""Codes that take single attributes back: shorter than a reset, which drops both colours too."""
_INKED: Final = sum(
    1 << bit
    for bit, (name, _code) in enumerate(_ATTRIBUTES)
    if name in {"underline", "reverse", "strike", "underline2", "frame", "encircle", "overline"}
)
"""Attributes that show on a blank. On other blanks only the background counts."""

_JOIN_GAP: Final = 4
"""Unchanged cells between two changes that cost less to write again than to jump over."""
_ERASE_FROM: Final = 6
"""Blanks in a row from which erasing is shorter than writing."""
_SCROLL_ROWS: Final = 6
"""Changed rows from which it is worth looking whether a pane has scrolled."""
_SCROLL_WIDTH: Final = 20

Piece = tuple[int, int, list[Cell]]
"""A part of a row to be shown: row, column of its first cell, cells."""


class CellScreen:
    """The terminal's screen as far as we know it.

    `colors` is the number of colours that the terminal has. `erase` says whether it erases with
    the current background colour, which the Linux console and screen do not.
    """

    def __init__(self, colors: ColorSystem, *, erase: bool) -> None:
        self._colors = colors
        self._erase = erase
        self.width = 0
        self.height = 0
        self._rows: list[list[Cell]] = []
        self._look: Look | None = None
        self._at: tuple[int, int] | None = None
        self._looks: dict[Style | None, Look] = {None: PLAIN}

    def forget(self) -> None:
        """Know nothing about the terminal any more: the next frame clears and paints it whole."""
        self.width = self.height = 0

    def frame(self, pieces: Iterable[Piece], width: int, height: int) -> str:
        """What to send so that the terminal, of this size, shows the pieces too."""
        out: list[str] = []
        if (width, height) != (self.width, self.height):
            self.width, self.height = width, height
            self._rows = [[BLANK] * width for _ in range(height)]
            self._look, self._at = PLAIN, None
            out.append("\x1b[m\x1b[2J")
        changed: dict[int, list[Cell]] = {}
        panes: Counter[tuple[int, int]] = Counter()
        for y, x, cells in pieces:
            if self._place(changed, y, x, cells):
                panes[x, x + len(cells)] += 1
        if len(changed) >= _SCROLL_ROWS:
            self._scroll(changed, panes, out)
        for y in sorted(changed):
            self._send_row(y, changed[y], out)
        if out:
            self._set_look(PLAIN, out)  # whatever ends the program, the shell's text is plain
        return "".join(out)

    def move_to(self, y: int, x: int) -> str:
        """What to send so that the terminal's cursor is at (y, x); "" if it is there."""
        out: list[str] = []
        self._go(y, x, out)
        return "".join(out)

    def cells(self, segments: Iterable[Segment]) -> list[Cell]:
        """Segments as cells, measured as Rich measures them."""
        cells: list[Cell] = []
        for text, style, control in segments:
            if control:
                continue
            look = self._looks.get(style) or self._make_look(style)
            blank = (" ", look) if look.attributes & _INKED else (" ", Look(0, None, look[2]))
            if text.isascii():
                cells += [(char, look) if char != " " else blank for char in text]
            else:
                self._add_wide(cells, text, look, blank)
        return cells

    def _add_wide(self, cells: list[Cell], text: str, look: Look, blank: Cell) -> None:
        for cluster, size in _clusters(text):
            if cluster == " ":
                cells.append(blank)
            elif size > 0:
                cells.append((cluster, look))
                if size > 1:
                    cells += [("", look)] * (size - 1)
            elif cells:
                before, its_look = cells[-1]
                cells[-1] = (before + cluster, its_look)

    def _make_look(self, style: Style | None) -> Look:
        assert style is not None
        attributes = sum(
            1 << bit for bit, (name, _code) in enumerate(_ATTRIBUTES) if getattr(style, name)
        )
        color, background = (
            None
            if part is None
            else ";".join(part.downgrade(self._colors).get_ansi_codes(foreground=foreground))
            for part, foreground in ((style.color, True), (style.bgcolor, False))
        )
        look = self._looks[style] = Look(attributes, color, background)
        return look

    def _place(self, changed: dict[int, list[Cell]], y: int, x: int, cells: list[Cell]) -> bool:
        """Put a piece over its row in `changed`; false if the row shows it already."""
        if not (cells and 0 <= y < self.height and 0 <= x < self.width):
            return False
        del cells[self.width - x :]
        end = x + len(cells)
        row = changed.get(y)
        if row is None:
            if self._rows[y][x:end] == cells:
                return False
            row = changed[y] = self._rows[y].copy()
        row[x:end] = cells
        # A wide character that lost a half, to the piece or to the margin, is gone.
        if x and _is_wide(row[x - 1]) and row[x][0] != "":
            row[x - 1] = (" ", row[x - 1][1])
        if end < self.width and row[end][0] == "":
            row[end] = (" ", row[end][1])
        elif end == self.width and _is_wide(row[-1]):
            row[-1] = (" ", row[-1][1])
        return True

    # Sending -----------------------------------------------------------------------------------

    def _go(self, y: int, x: int, out: list[str]) -> None:
        at = self._at
        if at == (y, x):
            return
        if at is not None and at[0] == y and x > at[1]:
            step = x - at[1]
            out.append("\x1b[C" if step == 1 else f"\x1b[{step}C")
        elif at is not None and at[0] == y and x == 0:
            out.append("\r")
        else:
            out.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        self._at = (y, x)

    def _set_look(self, look: Look, out: list[str]) -> None:
        now = self._look
        if now == look:
            return
        codes: list[str] = []
        if now is None or look == PLAIN:
            codes.append("0")
            now = PLAIN
        attributes = now.attributes
        if removed := attributes & ~look.attributes:
            off = {_OFF[name] for bit, (name, _on) in enumerate(_ATTRIBUTES) if removed >> bit & 1}
            codes += sorted(off)
            for bit, (name, _on) in enumerate(_ATTRIBUTES):
                if _OFF[name] in off:  # one code may take two attributes back
                    attributes &= ~(1 << bit)
        added = look.attributes & ~attributes
        codes += [code for bit, (_name, code) in enumerate(_ATTRIBUTES) if added >> bit & 1]
        if look.color != now.color:
            codes.append(look.color or "39")
        if look.background != now.background:
            codes.append(look.background or "49")
        out.append("\x1b[m" if codes == ["0"] else f"\x1b[{';'.join(codes)}m")
        self._look = look

    def _set_ground(self, look: Look, out: list[str]) -> None:
        """Get ready for a blank of this look: the colour of text does not matter."""
        now = self._look
        if now is None or now.background != look.background or now.attributes & _INKED:
            self._set_look(look, out)

    def _send_row(self, y: int, new: list[Cell], out: list[str]) -> None:
        old = self._rows[y]
        tail = self._blank_tail(new)
        for start, end in _changed_runs(old, new):
            if start >= tail and self.width - start >= _JOIN_GAP:
                self._go(y, start, out)
                self._set_ground(new[start][1], out)
                out.append("\x1b[K")
                break
            self._send_run(y, start, end, new, out)
        self._rows[y] = new

    def _send_run(self, y: int, start: int, end: int, new: list[Cell], out: list[str]) -> None:
        x = start
        while x < end:
            self._go(y, x, out)
            text, look = new[x]
            if _disputed(text):
                x += self._send_disputed(text, look, out)
                continue
            blanks = self._blanks_at(new, x, end)
            if blanks >= _ERASE_FROM:
                self._set_ground(look, out)
                out.append("\x1b[K" if x + blanks >= self.width else f"\x1b[{blanks}X")
                x += blanks
                continue
            if text == " " and not look.attributes:
                self._set_ground(look, out)
            else:
                self._set_look(look, out)
            stop = self._same_look_until(new, x, end)
            out.append("".join([cell[0] for cell in new[x:stop]]))
            # At the margin the cursor hangs between two lines.
            self._at = (y, stop) if stop < self.width else None
            x = stop

    def _send_disputed(self, text: str, look: Look, out: list[str]) -> int:
        """A cluster that the terminal may draw in another width; gives the width it is to have."""
        size = cell_len(text)
        self._set_look(look, out)
        out.append(f"\x1b[{size}X{text}" if self._erase else text)
        self._at = None
        return size

    def _same_look_until(self, new: list[Cell], x: int, end: int) -> int:
        """How far the text from `x` goes on in the look that is set now."""
        look = self._look
        assert look is not None
        over_blanks = not look.attributes & _INKED
        stop = x + 1
        while stop < end:
            text, its_look = new[stop]
            if text == " " and over_blanks and not its_look.attributes:
                if its_look.background != look.background:
                    break
                if self._blanks_at(new, stop, end) >= _ERASE_FROM:
                    break
            elif its_look != look or _disputed(text):
                break
            stop += 1
        return stop

    def _blanks_at(self, row: Sequence[Cell], x: int, end: int) -> int:
        """Number of equal blanks from `x` that the terminal can erase."""
        cell = row[x]
        if not self._erase or cell[0] != " " or cell[1].attributes & _INKED:
            return 0
        stop = x + 1
        while stop < end and row[stop] == cell:
            stop += 1
        return stop - x

    def _blank_tail(self, row: Sequence[Cell]) -> int:
        """Where the equal blanks begin that reach up to the margin."""
        last = row[-1]
        if not self._erase or last[0] != " " or last[1].attributes & _INKED:
            return self.width
        tail = self.width - 1
        while tail and row[tail - 1] == last:
            tail -= 1
        return tail

    def _scroll(
        self, changed: dict[int, list[Cell]], panes: Counter[tuple[int, int]], out: list[str]
    ) -> None:
        """Let the terminal move lines, if that brings most of a pane to where it must be.

        Terminals scroll whole lines: what stands beside the pane is put right by the rows that
        are sent afterwards, and so it must pay in sum.
        """
        wide = [
            (count, pane) for pane, count in panes.items() if pane[1] - pane[0] >= _SCROLL_WIDTH
        ]
        if not wide:
            return
        _count, (left, right) = max(wide)
        ys = sorted(changed)
        top, bottom = ys[0], ys[-1]
        places: dict[str, int] = {}
        for y in range(top, bottom + 1):
            if text := _text(self._rows[y], left, right):
                places.setdefault(text, y)
        votes = Counter(
            places[text] - y for y in ys if (text := _text(changed[y], left, right)) in places
        )
        shift, agreed = votes.most_common(1)[0] if votes else (0, 0)
        if not shift or agreed * 2 < len(ys) or abs(shift) > (bottom - top) // 2:
            return
        lines = self._rows[top : bottom + 1]
        fresh = [[BLANK] * self.width for _ in range(abs(shift))]
        moved = lines[shift:] + fresh if shift > 0 else fresh + lines[:shift]
        wanted = {y: changed.get(y, self._rows[y]) for y in range(top, bottom + 1)}
        before = sum(_difference(self._rows[y], row) for y, row in wanted.items())
        after = sum(_difference(moved[y - top], row) for y, row in wanted.items())
        if after * 2 > before:
            return
        changed.update(wanted)
        self._set_look(PLAIN, out)
        command = "M" if shift > 0 else "L"
        out.append(f"\x1b[{top + 1};{bottom + 1}r\x1b[{top + 1}H\x1b[{abs(shift)}{command}\x1b[r")
        self._at = None
        self._rows[top : bottom + 1] = moved


def _is_wide(cell: Cell) -> bool:
    """Whether the cell's character needs the next cell as well."""
    text = cell[0]
    return bool(text) and not text.isascii() and cell_len(text) > 1


@lru_cache(2048)
def _clusters(text: str) -> tuple[tuple[str, int], ...]:
    """What stands in one place each, and the cells that it takes."""
    sizes = [get_character_cell_size(char) for char in text]
    if 0 not in sizes and not any("\U0001f3fb" <= char <= "\U0001f3ff" for char in text):
        return tuple(zip(text, sizes, strict=True))
    spans, _length = split_graphemes(text)
    return tuple((text[start:end], size) for start, end, size in spans)


@lru_cache(1024)
def _overhang(text: str) -> int:
    """Cells by which a cluster is wider than meant where a terminal draws each part by itself."""
    return sum(map(get_character_cell_size, text)) - cell_len(text)


def _disputed(text: str) -> bool:
    """Whether terminals disagree on the width of a cluster."""
    return len(text) > 1 and _overhang(text) != 0


def _text(row: Sequence[Cell], left: int, right: int) -> str:
    return "".join([cell[0] for cell in row[left:right]]).strip()


def _difference(old: Sequence[Cell], new: Sequence[Cell]) -> int:
    if old is new:
        return 0
    return sum(1 for a, b in zip(old, new, strict=True) if a != b)


def _changed_runs(old: Sequence[Cell], new: Sequence[Cell]) -> list[tuple[int, int]]:
    """Where the rows differ: near differences joined, only whole wide characters, and behind a
    cluster of disputed width all that it may have painted over.
    """
    runs: list[tuple[int, int]] = []
    for x, (a, b) in enumerate(zip(old, new, strict=True)):
        if a == b:
            continue
        if runs and x - runs[-1][1] <= _JOIN_GAP:
            runs[-1] = (runs[-1][0], x + 1)
        else:
            runs.append((x, x + 1))
    widened = []
    for start, end in runs:
        while start and new[start][0] == "":
            start -= 1  # noqa: PLW2901
        while end < len(new) and new[end][0] == "":
            end += 1  # noqa: PLW2901
        reach = max(
            (
                x + cell_len(text) + _overhang(text)
                for x, (text, _look) in enumerate(new[start:end], start)
                if len(text) > 1
            ),
            default=end,
        )
        while end < len(new) and (end < reach or new[end][0] == ""):
            end += 1  # noqa: PLW2901
        widened.append((start, end))
    return widened
