"""What a form shows: its fields, and the view that draws them as lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_crm.text.i18n import _
from tui_crm.text.safe import EMPTY_GLYPH, display, display_lines
from tui_crm.ui.widgets.change_text import change
from tui_crm.ui.widgets.line_view import GUTTER, LineView, fit

Kind = Literal["text", "multiline", "choice", "list", "date", "when", "bool", "readonly"]
Value = str | bool | tuple[str, ...] | None
"""A field's value; `None` is an empty field, and as a staged value one that will be emptied."""

CHANGED_GLYPH = "*"
_TEXT_LINES = 4
_SWITCH = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a field can take; `label` is what a person reads."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form.

    `include` is the state of the switch that a batch edit has for each field; `None` means that
    the field has no switch. `placeholder` shows while there is no value.
    """

    name: str
    label: str
    value: Value = None
    kind: Kind = "text"
    section: str = ""
    choices: tuple[Choice, ...] = ()
    placeholder: str = ""
    required: bool = False
    note: str = ""
    error: str = ""
    include: bool | None = None


def shown(field: FormField, value: Value) -> str:
    """What a person reads for `value`; "" for no value. Not yet made safe for the terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    labels = {choice.value: choice.label for choice in field.choices}
    if isinstance(value, tuple):
        return ", ".join(labels.get(item, item) for item in value)
    return labels.get(value, value)


class FormView(LineView):
    """The lines of a form. The container `FieldForm` owns the editing."""

    def __init__(self, fields: Sequence[FormField], **options: str | None) -> None:
        super().__init__(id=options.get("id"))
        self.fields: list[FormField] = []
        self.staged: dict[str, Value] = {}
        self._parts: list[list[tuple[str, int]]] = []
        self._starts: list[int] = [0]
        self.label_width = 0
        self.least_label_width = 0
        self.set_fields(fields)

    def set_fields(self, fields: Sequence[FormField]) -> None:
        """Show these fields; staged values of fields that are gone are dropped."""
        self.fields = list(fields)
        names = {field.name for field in fields}
        self.staged = {name: value for name, value in self.staged.items() if name in names}
        self.plan()

    def update(self, index: int, **changes: object) -> None:
        """Change attributes of one field."""
        self.fields[index] = replace(self.fields[index], **changes)  # type: ignore[arg-type]
        self.plan()

    def plan(self) -> None:
        """Work out which lines there are, after any change of fields or values."""
        self._parts = []
        section = ""
        for index, field in enumerate(self.fields):
            parts: list[tuple[str, int]] = []
            if field.section != section:
                section = field.section
                parts += [("blank", 0)] if index else []
                parts += [("section", 0)] if section else []
            lines = 1
            if field.kind == "multiline":
                lines = max(1, min(_TEXT_LINES, len(self._text_lines(field))))
            parts += [("value", number) for number in range(lines)]
            if field.error or field.note:
                parts.append(("note", 0))
            self._parts.append(parts)
        self._starts = [0, *accumulate(len(parts) for parts in self._parts)]
        widest = max((cell_len(display(field.label)) for field in self.fields), default=0)
        self.label_width = max(self.least_label_width, min(widest, 26) + 2)
        if self.is_attached:
            self.invalidate()

    @property
    def has_switches(self) -> bool:
        """Whether the form has the switch column of a batch edit."""
        return any(field.include is not None for field in self.fields)

    @property
    def value_column(self) -> int:
        """The cell at which values begin."""
        label = min(self.label_width, max(8, self.row_width // 3))
        return GUTTER + (_SWITCH if self.has_switches else 0) + label

    def value_line(self, index: int) -> int:
        """Line of the widget on which the value of field `index` begins."""
        heading = next(n for n, part in enumerate(self._parts[index]) if part[0] == "value")
        return self._starts[index] + heading - self.top

    # LineView ------------------------------------------------------------------------------------

    def row_count(self) -> int:
        """Number of fields."""
        return len(self.fields)

    def line_total(self) -> int:
        """Number of lines, headings and notes included."""
        return self._starts[-1]

    def locate(self, line: int) -> tuple[int, int]:
        """The field at a line, and which of its lines that is."""
        index = bisect_right(self._starts, line) - 1
        return index, line - self._starts[index]

    def span(self, index: int) -> tuple[int, int]:
        """Where the lines of a field are, its section's heading included."""
        if not 0 <= index < len(self._parts):
            return 0, 0
        return self._starts[index], len(self._parts[index])

    def render_row(self, index: int, line: int, width: int, look: Style) -> Strip:
        """One line of a field."""
        field = self.fields[index]
        what, number = self._parts[index][line]
        if what == "blank":
            return Strip.blank(width, self.look())
        if what == "section":
            return self._heading(field.section, width)
        column = self.value_column
        room = max(0, width - column)
        if what == "note":
            style = self.look("line--bad" if field.error else "line--muted")
            text = "! " + field.error if field.error else field.note
            segments = [Segment(" " * column, style), Segment(fit(display(text), room), style)]
            return self.strip(segments, width, style)
        segments = self._label(index, number, column, look)
        segments += self._value(field, number, room, look)
        return self.strip(segments, width, look)

    def _heading(self, title: str, width: int) -> Strip:
        rule = self.look("line--rule")
        text = display(title)
        segments = [
            Segment(" " * GUTTER, rule),
            Segment(text, self.look("line--header", "line--strong")),
            Segment(" " + "─" * max(0, width - cell_len(text) - GUTTER - 2), rule),
        ]
        return self.strip(segments, width, rule)

    def _label(self, index: int, number: int, column: int, look: Style) -> list[Segment]:
        field = self.fields[index]
        if number:
            return [self.row_gutter(index, " ", look), Segment(" " * (column - GUTTER), look)]
        glyph = CHANGED_GLYPH if field.name in self.staged else " "
        segments = [self.row_gutter(index, glyph, look)]
        left = column - GUTTER
        if self.has_switches:
            left -= _SWITCH
            switch = {None: "", True: "[x]", False: "[ ]"}[field.include]
            segments.append(Segment(fit(switch, _SWITCH), look))
        style = look
        if index != self.cursor:
            style = self.lit(look, "muted")
        segments.append(Segment(fit(display(field.label), left - 2) + "  ", style))
        return segments

    def _text_lines(self, field: FormField) -> list[str]:
        value = self.staged.get(field.name, field.value)
        return display_lines(value) if isinstance(value, str) else [""]

    def _value(self, field: FormField, number: int, room: int, look: Style) -> list[Segment]:
        changed = field.name in self.staged
        if field.kind == "multiline":
            lines = self._text_lines(field)
            text = lines[number]
            if number == _TEXT_LINES - 1 and len(lines) > _TEXT_LINES:
                text += " …"
            if text or number or len(lines) > 1:
                return [Segment(fit(text, room), self.lit(look, "new") if changed else look)]
        old = display(shown(field, field.value))
        if not changed:
            if old:
                style = self.lit(look, "muted") if field.kind == "readonly" else look
                return [Segment(fit(old, room), style)]
            if field.required:
                text = display(field.placeholder) or _("required")
                return [Segment(fit(text, room), self.lit(look, "warn"))]
            return [Segment(fit(display(field.placeholder), room), self.lit(look, "muted"))]
        new = display(shown(field, self.staged[field.name]))
        if not old or field.kind == "multiline":
            return [Segment(fit(new or EMPTY_GLYPH, room), self.lit(look, "new"))]
        was, arrow = self.lit(look, "old"), self.lit(look, "muted")
        return change(old, new, room, was=was, arrow=arrow, becomes=self.lit(look, "new"))
