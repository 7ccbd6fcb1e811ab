"""The columns of a table, and what is known about each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from tui_crm.core.fields import Field
from tui_crm.exchange.mapping import cutting, lexicon
from tui_crm.text.i18n import N_

ERROR_COLUMN = N_("crm_error")
LINE_COLUMN = N_("crm_line")
"""What the file of refused rows has besides the columns of the table; no import reads them."""
_ADDED = frozenset({ERROR_COLUMN, LINE_COLUMN, "错误原因", "原文件行号"})  # whoever wrote the file

Why = Literal["header", "values", "user", "empty", "own", "none", "unknown", "doubtful"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: where it is, its header, and the field that it feeds, if any.

    `part`, `label` and `group` are those of `lexicon.Meaning`; `labelled_by` is the place of the
    column that has the labels of this one, -1 for none. `order` is how its days are written ("dmy",
    "mdy", "" for as usual in the home country). `certainty` goes from 0 to 1; `why` says what
    decided: the header, the values, the user; or why no field is fed: "own" for what the program
    keeps itself, "empty", "none" for what has no field here, "doubtful" for values that disagree
    with the header, "unknown". A `template` divides its cells (see `cutting`) among the fields and
    parts `cuts`, of which `field` and `part` are those of the number `cut`.
    """

    index: int
    header: str
    field: Field | None = None
    label: str = ""
    part: str = ""
    group: str = ""
    labelled_by: int = -1
    order: str = ""
    certainty: float = 0.0
    why: Why = "unknown"
    samples: tuple[str, ...] = ()
    template: str = ""
    cuts: tuple[tuple[Field, str], ...] = ()
    cut: int = 0

    @property
    def title(self) -> str:
        """The header, or the place of a column that has none."""
        return self.header or f"#{self.index + 1}"

    def divided(self) -> tuple[Column, ...]:
        """The column, or if it is divided one for each of its fields."""
        if len(self.cuts) < 2:
            return (self,)
        return tuple(
            replace(self, field=item, part=part, cut=number)
            for number, (item, part) in enumerate(self.cuts)
        )

    def text(self, cell: str) -> str:
        """What a cell says for the field."""
        if len(self.cuts) < 2:
            return cell
        return cutting.cut(self.template, cell)[self.cut]


@dataclass(frozen=True)
class ColumnMap:
    """What the columns of a table are.

    `constants` are values by field that every row gets where its cells say nothing. `own` says that
    the program wrote the table itself: then cells are taken to the letter. A cell that says `clear`
    empties its field on known customers; a blank one never does.
    """

    all: tuple[Column, ...]
    constants: Mapping[str, str] = field(default_factory=dict)
    own: bool = False
    clear: str = ""

    @property
    def is_about_deals(self) -> bool:
        """Whether the rows look like opportunities rather than customers."""
        headers = {lexicon.squeeze(column.header) for column in self.all}
        return "amount" in headers and bool(headers & {"stagename", "stage", "closedate"})

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are read; a divided one stands here once for each of its fields."""
        return tuple(
            part
            for column in self.all
            if column.field is not None and column.part != "label"
            for part in column.divided()
        )

    @property
    def read_only(self) -> tuple[str, ...]:
        """The headers of what the program keeps itself."""
        return tuple(c.header for c in self.all if c.why == "own")

    @property
    def left_out(self) -> tuple[str, ...]:
        """The headers of what is not read: left out by the user, empty, or without a field here."""
        gone = [c for c in self.all if c.field is None and c.why in ("user", "empty", "none")]
        return tuple(c.header for c in gone)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The headers of columns of which nobody knows what they are."""
        return tuple(c.title for c in self.all if c.why in ("unknown", "doubtful"))

    def of(self, name: str) -> tuple[Column, ...]:
        """The columns that feed the field of that name."""
        return tuple(c for c in self.columns if c.field is not None and c.field.name == name)

    def changed(self, index: int, target: Field | None, part: str = "") -> ColumnMap:
        """The mapping with another field for one column; None leaves the column out."""
        columns = list(self.all)
        columns[index] = replace(
            columns[index], field=target, part=part, label="", group="", labelled_by=-1,
            certainty=1.0, why="user", template="", cuts=(),
        )  # fmt: skip
        return replace(self, all=tuple(columns))

    def divided(self, index: int, template: str, cuts: Sequence[tuple[Field, str]]) -> ColumnMap:
        """The mapping with a column that a template divides among these fields and parts."""
        columns = list(self.changed(index, *cuts[0]).all)
        columns[index] = replace(columns[index], template=template, cuts=tuple(cuts))
        return replace(self, all=tuple(columns))

    def labelled(self, index: int, by: int) -> ColumnMap:
        """The mapping where the column `by` has the labels of the list column `index`."""
        columns = list(self.changed(by, self.all[index].field, "label").all)
        columns[index] = replace(columns[index], labelled_by=by)
        return replace(self, all=tuple(columns))


def is_added(header: str) -> bool:
    """Whether a column is one that the file of refused rows has besides those of the table."""
    return header in _ADDED
