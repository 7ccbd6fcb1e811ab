"""How many terminal cells a text takes, and texts cut and padded to a number of cells.

East Asian characters and emoji take two cells, combining marks none; a zero-width joiner draws the
next character into the one before it, and variation selector 16 turns some narrow symbols into
wide emoji. The rules and the table are those of the library that paints the screen, so that what
is measured here lines up there. Control characters count nothing: pass what `safe.display` gave.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from tui_crm.text import width_table

ELLIPSIS = "…"
_ZWJ = "\u200d"
_VS16 = "\ufe0f"


def _ranges(table: str) -> tuple[list[int], list[int]]:
    """The first and the last code points of the ranges of one table."""
    pairs = [word.partition("-") for word in table.split()]
    return (
        [int(first, 16) for first, _, _ in pairs],
        [int(last or first, 16) for first, _, last in pairs],
    )


_ZERO = _ranges(width_table.ZERO)
_WIDE = _ranges(width_table.WIDE)
_EMOJI_NARROW = _ranges(width_table.EMOJI_NARROW)


def _within(code: int, ranges: tuple[list[int], list[int]]) -> bool:
    index = bisect_right(ranges[0], code) - 1
    return index >= 0 and code <= ranges[1][index]


@lru_cache(8192)
def _char_width(char: str) -> int:
    """The cells of one character on its own: 0, 1 or 2."""
    code = ord(char)
    if code < 0x20 or 0x7F <= code < 0xA0 or _within(code, _ZERO):
        return 0
    return 2 if _within(code, _WIDE) else 1


@lru_cache(512)
def _widens(char: str) -> bool:
    """Whether variation selector 16 makes a narrow character wide."""
    return _within(ord(char), _EMOJI_NARROW)


def cell_width(text: str) -> int:
    """The cells that `text` takes on one line."""
    if text.isascii() and text.isprintable():
        return len(text)
    if _ZWJ not in text and _VS16 not in text:
        return sum(map(_char_width, text))
    return sum(width for _, width in _clusters(text))


def fit(
    text: str,
    cells: int,
    *,
    align: Literal["left", "right"] = "left",
    ellipsis: str = ELLIPSIS,
) -> str:
    """`text` in exactly `cells` cells.

    A shorter text is padded with spaces at the side away from `align`; a longer one loses its end,
    which `ellipsis` replaces (if there is room for it). Nothing is ever cut through the middle of
    a wide character or of a joined emoji.
    """
    if cells <= 0:
        return ""
    # A joiner at the very end would swallow what is put behind it.
    text = text.rstrip(_ZWJ)
    width = cell_width(text)
    if width > cells:
        mark = ellipsis if cell_width(ellipsis) <= cells else ""
        text, width = _head(text, cells - cell_width(mark))
        text, width = text + mark, width + cell_width(mark)
    padding = " " * (cells - width)
    return padding + text if align == "right" else text + padding


def wrap(text: str, cells: int) -> list[str]:
    """`text` in lines of at most `cells` cells (never fewer than 2, so that any character fits).

    Lines break at spaces, which are dropped there, between wide characters, and inside a word
    only if it is longer than a line. Line breaks of the text are kept; at least one line is given.
    """
    cells = max(cells, 2)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if cell_width(paragraph) <= cells:
            lines.append(paragraph)
        else:
            lines.extend(_wrap_paragraph(paragraph, cells))
    return lines


def _wrap_paragraph(text: str, cells: int) -> list[str]:
    """The lines of a paragraph that is wider than one line."""
    lines: list[str] = []
    line, line_width = "", 0
    for piece, width in _pieces(text):
        if piece == " " and lines and not line:
            continue  # more spaces where the line was broken at one
        if line_width + width <= cells:
            line, line_width = line + piece, line_width + width
            continue
        if piece == " ":
            lines.append(line)
            line, line_width = "", 0
            continue
        if line.strip(" "):
            lines.append(line.rstrip(" "))
        else:
            width += line_width  # noqa: PLW2901 - an indent stays with its word
            piece = line + piece  # noqa: PLW2901
        while width > cells:
            head, head_width = _head(piece, cells)
            lines.append(head)
            piece, width = piece[len(head) :], width - head_width  # noqa: PLW2901
        line, line_width = piece, width
    if line.strip(" ") or not lines:
        lines.append(line.rstrip(" ") if lines else line)
    return lines


def _pieces(text: str) -> Iterator[tuple[str, int]]:
    """The parts that a line may end after: words, single spaces, wide characters."""
    word, word_width = "", 0
    for cluster, width in _clusters(text):
        alone = width == 2 or cluster == " "
        if word and alone:
            yield word, word_width
            word, word_width = "", 0
        if alone:
            yield cluster, width
        else:
            word, word_width = word + cluster, word_width + width
    if word:
        yield word, word_width


def _head(text: str, cells: int) -> tuple[str, int]:
    """The longest beginning of `text` that fits in `cells`, and the cells it takes."""
    if text.isascii() and text.isprintable():
        return text[:cells], min(len(text), cells)
    end = taken = 0
    for cluster, width in _clusters(text):
        if taken + width > cells:
            break
        end += len(cluster)
        taken += width
    return text[:end], taken


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """The parts of `text` that are drawn as one, each with its cells; together they are `text`."""
    start = width = index = 0
    measured = ""  # the last character with cells of its own, until a selector has used it
    while index < len(text):
        char = text[index]
        if char == _ZWJ:
            index += 2
            continue
        if char == _VS16:
            if measured and _widens(measured):
                width += 1
            measured = ""
        elif own := _char_width(char):
            if measured or width:
                yield text[start:index], width
                start, width = index, 0
            measured = char
            width += own
        index += 1
    if start < len(text):
        yield text[start:], width
