"""Where the table is on a sheet: titles above the headers, examples, totals and remarks below.

A table from a report or a template is not only a table. What is recognised as something else than
a record is left out, and each time the reader says so: nothing disappears quietly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tui_crm.core.fields import BUILT_IN
from tui_crm.exchange.mapping import lexicon
from tui_crm.text.i18n import N_

Record = tuple[int, list[str]]
"""The line on which a record begins, counted from 1, and its cells."""

SAMPLE = 60
"""So many records are looked at to find the headers."""

_DEEPEST = 30  # no title block is longer
_HELD = 50  # remarks below a table are shorter than this
_LONGEST_HEADER = 120

_DATA = re.compile(
    r"\S+@\S+\.\w+|(?:https?://|www\.)\S+|[+(]?\d[\d\s()./-]{6,}"
    r"|\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?(?:[ T].*)?",
    re.I,
)
_TOTAL = re.compile(
    r"(?:(?:grand|sub)[\s-]?)?totals?|sum|count|average|summe|gesamt|合计|总计|小计|共计|汇总|总数|合計|總計"
    r"|共\s*\d+\s*[条行个位家]?.*|.*\b(?:records?|rows)\s*[:：]?\s*\d*",
    re.I,
)
_AMOUNT = re.compile(r"[-+(]?[€$£¥]?\s?(?:[1-9][\d,. ']*|0(?:[.,]\d+)?)%?\)?")
_EXAMPLE = re.compile(
    r"[(（【\[]?(?:例如|例|示例|样例|范例|填写示例|e\.g\.|for example|example|sample row)"
    r"(?:[)）】\]:：,，、\s].*|行.*|数据.*|$)",
    re.I | re.S,
)
_RULE_OF_TEMPLATE = re.compile(
    r"[(（【\[]?(?:必填|选填|非必填|可选|required|optional)[)）】\]]?", re.I
)

# Names of the registry that other programs do not use.
_OWN = frozenset({"account_no", "external_id", "phones", "emails", "handles", "last_contact"})

EXAMPLE = N_("an example of the template")
REPEATED = N_("the headers again")
TOTAL = N_("a total")
REMARK = N_("a remark below the table")


@dataclass(frozen=True, slots=True)
class Header:
    """The headers of a table and the line on which they stand; 0 if the table has none."""

    line: int
    cells: tuple[str, ...]


def find_header(records: Sequence[Record]) -> Header:
    """The headers among the first records of a sheet.

    They are the first row that fills about as many cells as the table is wide, or a later one whose
    cells are known names of columns. A first row that is plainly data means that there are none:
    then the columns are called by their number.
    """
    rows = [(line, [cell.strip() for cell in cells]) for line, cells in records]
    extents = sorted(_extent(cells) for _line, cells in rows if any(cells))
    if not extents:
        return Header(0, ())
    width = extents[int(0.9 * (len(extents) - 1) + 0.5)]
    wide = [
        (line, cells)
        for line, cells in rows[:_DEEPEST]
        if 2 * sum(map(bool, cells)) >= min(width, _extent(cells))
        and 2 * _extent(cells) >= width
        and sum(map(bool, cells)) >= min(2, width)
    ]
    if not wide:
        wide = [next(row for row in rows if any(row[1]))]
    best, known = max(
        ((row, _known(row[1])) for row in wide), key=lambda item: (item[1], -item[0][0])
    )
    first = wide[0]
    enough = known >= 2 and 3 * known >= sum(map(bool, best[1]))
    chosen = best if enough and known > _known(first[1]) else first
    if _known(chosen[1]) == 0 and any(_DATA.fullmatch(cell) for cell in chosen[1]):
        return Header(0, tuple(column_name(number) for number in range(1, width + 1)))
    return named(chosen)


def is_own(header: Header) -> bool:
    """Whether the program wrote the table itself: then every row is a record."""
    names = [cell for cell in header.cells if cell]
    known = {name for name in names if BUILT_IN.get(name)}
    custom = len(names) - len(known)
    return bool(known) and (custom == 0 or (custom < len(known) and not _OWN.isdisjoint(known)))


def named(record: Record) -> Header:
    """A record taken as headers."""
    line, cells = record
    names = [" ".join(cell.split())[:_LONGEST_HEADER] for cell in cells]
    while names and not names[-1]:
        names.pop()
    return Header(line, tuple(names))


def column_name(number: int) -> str:
    """What the column at that place, counted from 1, is called where it has no header."""
    return f"Column {number}"


def body(
    records: Iterator[Record], header: Header, leave_out: Callable[[int, str], None]
) -> Iterator[Record]:
    """The records of the table; `leave_out` is told the line of every other row and what it is.

    Rows that may be totals or remarks are held back until it is clear that nothing follows them;
    if a record follows, they are records too.
    """
    held: list[Record] = []
    names = [cell for cell in header.cells if cell]
    seen = 0
    blank = False
    for line, cells in records:
        filled = [text for cell in cells if (text := cell.strip())]
        if not filled:
            blank = True
            continue
        if len(names) > 1 and filled == names:
            leave_out(line, REPEATED)
        elif seen < 3 and _is_example(filled):
            leave_out(line, EXAMPLE)
        elif (held or blank or _is_total(filled)) and _may_end(filled, len(names), blank or held):
            held.append((line, cells))
            if len(held) > _HELD:
                yield from held
                seen += len(held)
                held, blank = [], False
        else:
            yield from held
            seen += len(held) + 1
            held, blank = [], False
            yield line, cells
    # A table of remarks alone is a table.
    if not seen:
        yield from held
        return
    for line, cells in held:
        filled = [text for cell in cells if (text := cell.strip())]
        leave_out(line, TOTAL if _is_total(filled) else REMARK)


def _may_end(filled: list[str], width: int, below: object) -> bool:
    if _is_total(filled):
        return True
    return bool(below) and width >= 3 and len(filled) <= max(1, width // 4)


def _is_total(filled: list[str]) -> bool:
    """Whether a row is a word for a total and otherwise amounts."""
    label = filled[0].rstrip(":： ")
    return _TOTAL.fullmatch(label) is not None and all(map(_AMOUNT.fullmatch, filled[1:]))


def _is_example(filled: list[str]) -> bool:
    rules = sum(1 for text in filled if _RULE_OF_TEMPLATE.fullmatch(text))
    return 2 * rules > len(filled) or _EXAMPLE.match(filled[0]) is not None


def _extent(cells: Sequence[str]) -> int:
    return max((index for index, cell in enumerate(cells, 1) if cell), default=0)


def _known(cells: Sequence[str]) -> int:
    return len({cell for cell in cells if cell and lexicon.is_known(cell)})
