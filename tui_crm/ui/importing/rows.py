"""The rows of a planned import as lists show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from tui_crm.core.rows import Value
from tui_crm.exchange.mapping.columns import ColumnMap
from tui_crm.exchange.planning.staging import Part, Pile, Staged
from tui_crm.text.i18n import N_, _, labelled
from tui_crm.text.safe import EMPTY_GLYPH
from tui_crm.ui.guard import plain
from tui_crm.ui.widgets.record_list import Cell, Column
from tui_crm.ui.words import number

if TYPE_CHECKING:
    from tui_crm.ui.batch_form import Reader
    from tui_crm.ui.importing.work import Done

PROBLEMS = {
    "missing": N_("is missing"),
    "invalid": N_("cannot be read"),
    "value": N_("is not in the list"),
    "owner": N_("is not known here"),
    "repeated": N_("twice in the file"),
    "known": N_("is there already, or fits several customers"),
    "unmatched": N_("no known customer"),
    "twice": N_("suspicious: an earlier row has this e-mail address"),
    "suspicious": N_("suspicious: another customer has this e-mail address"),
    "alike": N_("suspicious: likely a customer who is here already"),
}
PART_WORDS: dict[Part, str] = {
    "new": N_("new"),
    "updated": N_("to change"),
    "unchanged": N_("unchanged"),
    "refused": N_("refused"),
}


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row of the table as a row of a list."""

    key: str
    staged: Staged
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class PileRow:
    """Rows with the same problem as a row of a list."""

    key: str
    pile: Pile
    cells: tuple[Cell, ...]


def columns_of(part: Part, wrong: bool) -> list[Column]:
    """The columns of a list of rows; `wrong` for rows that have something wrong."""
    columns = [
        Column("line", _("Line"), 6, 0, 9, align="right"),
        Column("name", _("Customer"), 16, 1, 28),
    ]
    if wrong:
        return [
            *columns,
            Column("value", _("In the file"), 12, 1, 24, rank=1),
            Column("reason", _("Reason"), 24, 3),
        ]
    return [*columns, Column("changes", _("What is written") if part != "unchanged" else "", 24, 4)]


def pile_row(pile: Pile, count: int, reader: Reader, *, shown: bool) -> PileRow:
    """How many rows have which problem in which field; `shown` if they alone are listed."""
    look = "warn" if pile.part == "new" else "bad"
    what = _(PROBLEMS[pile.problem])
    label = reader.label(pile.field) if pile.field else _("row")
    sign = Cell("●" if shown else "", style="accent")
    cells = (sign, Cell(number(count), style=look), Cell(label, style="strong"), Cell(what))
    return PileRow(f"{pile.part}:{pile.problem}:{pile.field}", pile, cells)


def staged_row(staged: Staged, mapping: ColumnMap, reader: Reader, *, wrong: bool) -> StagedRow:
    """A row of the table: what is wrong with it, or what is written."""
    line = Cell(number(staged.row.line), style="muted")
    name = Cell(staged.name or "–", style="strong")
    key = str(staged.row.place)
    if wrong:
        raw = raw_of(staged, mapping)
        return StagedRow(
            key, staged, (line, name, Cell(raw), Cell(staged.reason or "–", style="warn"))
        )
    if not staged.changes:
        words = _("says what is there already")
        return StagedRow(key, staged, (line, name, Cell(words, style="muted")))
    parts = [
        labelled(
            reader.label(c.field), change_words(reader, c.field, c.old, c.new, staged.customer)
        )
        for c in staged.changes
        if c.field != "name" or staged.customer
    ]
    return StagedRow(key, staged, (line, name, Cell(" · ".join(parts))))


def change_words(reader: Reader, field: str, old: Value, new: Value, known: int) -> str:
    """The new value of a field, behind the old one where the customer is known."""
    becomes = reader.value(field, new) or EMPTY_GLYPH
    return f"{reader.value(field, old) or EMPTY_GLYPH} → {becomes}" if known else becomes


def column_of(staged: Staged, mapping: ColumnMap) -> int | None:
    """The column whose cell is wrong, None if it is no single one."""
    feeding = mapping.of(staged.field) if staged.field else ()
    filled = [c for c in feeding if staged.row.cells[c.index].strip()]
    mentioned = [c for c in filled if staged.row.cells[c.index].strip() in staged.reason]
    best = mentioned or filled or list(feeding)
    return best[0].index if best else None


def raw_of(staged: Staged, mapping: ColumnMap) -> str:
    """What stands in the file where something is wrong."""
    column = column_of(staged, mapping)
    return staged.row.cells[column] if column is not None else ""


def report(done: Done, *, undo_key: str, undone: bool, skipped: int) -> Content:
    """How many were imported, refused and left out, and what can be done now."""
    outcome = done.imported.outcome if done.imported is not None else None
    many = outcome.done if outcome else 0
    lines = [("✓", many, _("imported"), "$good")]
    if undone:
        lines = [("–", many, _("imported and undone"), "$muted")]
    if done.refused:
        lines.append(("✗", done.refused, _("refused"), "$bad"))
    if skipped:
        lines.append(("–", skipped, _("left out or unchanged"), "$muted"))
    found: list[Content] = []
    for sign, many, words, colour in lines:
        found += [plain(f"{sign} {number(many)} ").stylize(f"bold {colour}"), plain(words)]
        found.append(plain("    "))
    hints = []
    if outcome is not None and outcome.change_set_id is not None:
        undo = (
            _("{key} undoes all of it.") if not undone else _("It was undone; {key} does it again.")
        )
        hints.append(undo.format(key=undo_key))
    if done.errors is not None:
        text = _("The refused rows are in {path}, with the reasons; mend them and import it.")
        hints.append(text.format(path=done.errors))
    if hints:
        found += [plain("\n\n"), plain("\n".join(hints)).stylize("$muted")]
    return Content.assemble(*found)
