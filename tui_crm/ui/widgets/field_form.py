"""A form of many fields that costs one widget.

The fields are lines of a `FormView`; one text field, made once, is laid over the line that is
being edited. Up and Down move, typing or Enter starts editing, Enter, Tab and Down take the text
over and move on, Escape leaves the field as it was. What was taken over is staged, shown as
"old → new", and stays so until the screen saves it or it is reverted.

Typing on a field of one line replaces its value, as in a spreadsheet; Enter edits it. In a field of
many lines both go on at its end, Enter makes a new line, and Tab or Escape takes the text over:
nothing long is lost by one key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from tui_crm.text.i18n import _
from tui_crm.text.safe import clean, clean_line
from tui_crm.ui.widgets.form_rows import Choice, FormField, FormView, Kind, Value, shown
from tui_crm.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from tui_crm.ui.widgets.note_area import NoteArea

__all__ = ["Choice", "FieldForm", "FormField", "Kind", "Value"]

_AREA_LINES = 6
_LIST_SEPARATOR = re.compile(r"[,;，；、\n]")


class _Rows(FormView):
    """The form's lines, with the keys that work while no field is being edited."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_field(1)", show=False, id="form.next"),
        Binding("shift+tab", "next_field(-1)", show=False, id="form.previous"),
        Binding("space", "turn", show=False, id="form.toggle"),
        Binding("delete", "clear", show=False, id="form.clear"),
        Binding("ctrl+z", "revert", show=False, id="form.revert"),
    ]

    @property
    def form(self) -> FieldForm:
        """The form that this is the view of."""
        form = self.parent
        assert isinstance(form, FieldForm)
        return form

    def cursor_changed(self, index: int) -> None:
        """Tell which field is under the cursor."""
        self.form.post_message(FieldForm.Highlighted(self.form, self.fields[index].name))

    def action_next_field(self, step: int) -> None:
        """Go to the next or previous field, and at either end out of the form."""
        if 0 <= self.cursor + step < len(self.fields):
            self.cursor += step
        elif step > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def action_select(self) -> None:
        """Edit the field under the cursor."""
        self.form.begin_edit()

    def action_turn(self) -> None:
        """Turn the include switch of a batch edit, or a yes/no field."""
        self.form.toggle()

    def action_clear(self) -> None:
        """Stage the field to be emptied."""
        self.form.stage_current(None)

    def action_revert(self) -> None:
        """Give up the staged value of the field; without one, the key means what it means
        everywhere."""
        name = self.form.current
        if name not in self.staged:
            raise SkipAction
        self.form.revert(name)

    def on_key(self, event: events.Key) -> None:
        """A printable key is the first one of an edit."""
        if not self.form.types or not self.fields:
            return
        if event.is_printable and event.character and event.key != "space":
            event.stop()
            event.prevent_default()
            self.form.begin_edit(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """A paste edits the field too."""
        if self.fields and event.text:
            event.stop()
            self.form.begin_edit(event.text)


class _Editor(LineInput):
    """The one text field of the form."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,tab,down", "leave(1)", show=False),
        Binding("up,shift+tab", "leave(-1)", show=False),
        Binding("escape", "drop", show=False),
    ]

    def action_leave(self, step: int) -> None:
        """Take the text over and move on."""
        self._form.commit_edit(step)

    def action_drop(self) -> None:
        """Leave the field as it was."""
        self._form.cancel_edit()

    @property
    def _form(self) -> FieldForm:
        form = self.parent
        assert isinstance(form, FieldForm)
        return form


class FieldForm(Widget):
    """The form widget. Focus goes to its lines; see the module for the keys."""

    DEFAULT_CSS = """
    FieldForm {
        height: 1fr;
        width: 1fr;
        layers: rows editor;
        & > FormView { layer: rows; }
        & > _Editor { layer: editor; position: absolute; display: none; }
        & > NoteArea { layer: editor; position: absolute; display: none; }
    }
    """

    class FormMessage(Message):
        """A message of a form about one of its fields."""

        def __init__(self, form: FieldForm, field: str) -> None:
            super().__init__()
            self.form = form
            self.field = field

        @property
        def control(self) -> FieldForm:
            """The form that sent it."""
            return self.form

    class Changed(FormMessage):
        """A value was staged, or reverted (then `value` is the field's own again)."""

        def __init__(self, form: FieldForm, field: str, value: Value) -> None:
            super().__init__(form, field)
            self.value = value

    class Included(FormMessage):
        """The include switch of a batch edit was turned."""

        def __init__(self, form: FieldForm, field: str, include: bool) -> None:
            super().__init__(form, field)
            self.include = include

    class Highlighted(FormMessage):
        """The cursor is on another field."""

    def __init__(
        self,
        fields: Sequence[FormField] = (),
        *,
        types: bool = True,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.types = types  # whether a letter begins an edit, or is left to the screen as a command
        self._rows = _Rows(fields)
        self._line = _Editor()
        self._area: NoteArea | None = None
        self._editing: str | None = None

    def compose(self) -> ComposeResult:
        """The lines and the text field over them."""
        yield self._rows
        yield self._line

    # What a screen uses --------------------------------------------------------------------------

    @property
    def view(self) -> FormView:
        """The lines, which have the focus while no field is being edited."""
        return self._rows

    @property
    def fields(self) -> tuple[FormField, ...]:
        """The fields as they are now, notes, errors and switches included."""
        return tuple(self._rows.fields)

    @property
    def editing(self) -> str | None:
        """Name of the field that is being edited."""
        return self._editing

    @property
    def editing_keys(self) -> tuple[tuple[str, str], ...]:
        """(key, label) pairs of what ends the edit that is under way."""
        if self._area is not None and self._area.display:
            return (("Tab", _("Next field")),)
        return (("Enter", _("Next field")), ("Esc", _("Cancel")))

    @property
    def current(self) -> str | None:
        """Name of the field under the cursor."""
        rows = self._rows
        return rows.fields[rows.cursor].name if rows.fields else None

    def set_fields(self, fields: Sequence[FormField], *, keep_staged: bool = False) -> None:
        """Show other fields or other values.

        With `keep_staged` what was staged stays, and so does an edit that is under way, unless
        its field is gone.
        """
        if not keep_staged:
            self._rows.staged = {}
        if not keep_staged or all(field.name != self._editing for field in fields):
            self.cancel_edit()
        self._rows.set_fields(fields)
        self._place_again()

    def values(self) -> dict[str, Value]:
        """The value of every field, staged where it is staged."""
        staged = self._rows.staged
        return {field.name: staged.get(field.name, field.value) for field in self._rows.fields}

    def staged(self) -> dict[str, Value]:
        """Only the values that were changed. In a batch edit, only those whose switch is on."""
        off = {field.name for field in self._rows.fields if field.include is False}
        return {name: value for name, value in self._rows.staged.items() if name not in off}

    def written(self) -> dict[str, Value]:
        """What `staged` gives, and the text that is being typed as if it was taken over already:
        what a draft keeps."""
        values = self.staged()
        if self._editing is not None:
            field = self._rows.fields[self._index(self._editing)]
            value = self._typed_value(field) or None
            if value != field.value:
                values[field.name] = value
        return values

    def stage(self, field: str, value: Value) -> None:
        """Stage a value as if it had been typed; the field's own value unstages it."""
        rows = self._rows
        index = self._index(field)
        own = rows.fields[index]
        if isinstance(value, str | tuple) and not value:
            value = None
        # A switched field may be set to what its placeholder stands for: many different values.
        if value == own.value and own.include is None:
            rows.staged.pop(field, None)
        else:
            rows.staged[field] = value
        rows.update(index, error="", include=None if own.include is None else True)
        self.post_message(self.Changed(self, field, value))

    def stage_current(self, value: Value) -> None:
        """Stage a value for the field under the cursor, unless it is read-only."""
        rows = self._rows
        if rows.fields and rows.fields[rows.cursor].kind != "readonly":
            self.stage(rows.fields[rows.cursor].name, value)

    def revert(self, field: str) -> None:
        """Give up the staged value of a field."""
        rows = self._rows
        if field in rows.staged:
            del rows.staged[field]
            index = self._index(field)
            switch = None if rows.fields[index].include is None else False
            rows.update(index, error="", include=switch)
            self.post_message(self.Changed(self, field, rows.fields[index].value))

    def focus_field(self, field: str) -> None:
        """Put the cursor on a field and the focus on the form."""
        self._rows.cursor = self._index(field)
        self.screen.set_focus(self._rows)

    def set_errors(self, errors: Mapping[str, str]) -> None:
        """Show these messages under their fields and no others; go to the first of them."""
        rows = self._rows
        for index, field in enumerate(rows.fields):
            if field.error != errors.get(field.name, ""):
                rows.update(index, error=errors.get(field.name, ""))
        first = next((n for n, field in enumerate(rows.fields) if field.name in errors), None)
        if first is not None:
            rows.cursor = first
            rows.reveal(first)

    def set_notes(self, notes: Mapping[str, str]) -> None:
        """Show quiet remarks under these fields; other remarks stay."""
        for name, note in notes.items():
            self._rows.update(self._index(name), note=note)
        self._place_again()

    # Editing -------------------------------------------------------------------------------------

    def begin_edit(self, typed: str = "") -> None:
        """Edit the field under the cursor; `typed` is text that started it."""
        rows = self._rows
        if not rows.fields or self._editing is not None:
            return
        field = rows.fields[rows.cursor]
        if field.kind == "readonly":
            return
        if field.kind == "bool":
            self.toggle()
        elif field.choices:
            self._pick(field, typed)
        elif field.kind == "multiline":
            self._edit_lines(field, typed)
        else:
            self._edit_line(field, clean_line(typed))

    def commit_edit(self, step: int = 0) -> None:
        """Take the edited text over and move by `step` fields."""
        if (name := self._editing) is None:
            return
        field = self._rows.fields[self._index(name)]
        value = self._typed_value(field)
        self._end_edit()
        before = self._rows.staged.get(name, field.value)
        if (value or None) != (before or None):
            self.stage(name, value)
        self._rows.cursor += step

    def _typed_value(self, field: FormField) -> Value:
        """What the text field over `field` holds."""
        if field.kind == "multiline" and self._area is not None:
            return clean(self._area.text)
        before = self._rows.staged.get(field.name, field.value)
        if self._line.value == shown(field, before):
            return before  # as it is, whatever separators are in it
        if field.kind == "list":
            parts = (clean_line(part) for part in _LIST_SEPARATOR.split(self._line.value))
            return tuple(part for part in parts if part)
        return clean_line(self._line.value)

    def cancel_edit(self) -> None:
        """Leave the field that is being edited as it was."""
        if self._editing is not None:
            self._end_edit()

    def toggle(self) -> None:
        """Turn the switch of the field under the cursor, or its yes and no, or else edit it."""
        rows = self._rows
        if not rows.fields:
            return
        field = rows.fields[rows.cursor]
        if field.include is not None:
            rows.update(rows.cursor, include=not field.include)
            self.post_message(self.Included(self, field.name, not field.include))
        elif field.kind == "bool":
            self.stage(field.name, not rows.staged.get(field.name, field.value))
        else:
            self.begin_edit()

    def on_resize(self) -> None:
        """Keep the text field over its line."""
        self.call_after_refresh(self._place_again)

    def _index(self, name: str) -> int:
        for index, field in enumerate(self._rows.fields):
            if field.name == name:
                return index
        raise KeyError(name)

    def _edit_line(self, field: FormField, typed: str) -> None:
        value = self._rows.staged.get(field.name, field.value)
        text = typed or shown(field, value)
        self._editing = field.name
        self._line.value = text
        self._line.placeholder = field.placeholder
        self._line.cursor_position = len(text)
        self._show(self._line)

    def _edit_lines(self, field: FormField, typed: str) -> None:
        from tui_crm.ui.widgets.note_area import NoteArea

        value = self._rows.staged.get(field.name, field.value)
        text = clean((value if isinstance(value, str) else "") + typed)
        if self._area is None:
            self._area = NoteArea(on_leave=self.commit_edit)
            self.mount(self._area)
        self._editing = field.name
        self._area.text = text
        self._area.move_cursor(self._area.document.end)
        self._show(self._area)

    def _show(self, editor: Widget) -> None:
        self._rows.reveal(self._rows.cursor)
        self._place(editor)
        editor.display = True
        self.screen.set_focus(editor)

    def _place(self, editor: Widget) -> None:
        """Lay the editor over the value of the field under the cursor."""
        rows = self._rows
        left, y = rows.value_column, rows.value_line(rows.cursor)
        editor.styles.width = max(4, rows.row_width - left)
        if editor is self._area:
            height = min(_AREA_LINES, max(1, rows.size.height))
            editor.styles.height = height
            y = max(0, min(y, rows.size.height - height))
        editor.styles.offset = (left, y)

    def _place_again(self) -> None:
        """Keep the editor where its field is."""
        for editor in (self._line, self._area):
            if editor is not None and editor.display:
                self._place(editor)

    def _end_edit(self) -> None:
        self._editing = None
        self.screen.set_focus(self._rows)
        self._line.display = False
        if self._area is not None:
            self._area.display = False

    def _pick(self, field: FormField, typed: str) -> None:
        from tui_crm.ui.widgets.picker import Picker

        value = self._rows.staged.get(field.name, field.value)
        chosen = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()

        def take(values: tuple[str, ...] | None) -> None:
            if values is None:
                return
            many = field.kind == "list"
            self.stage(field.name, values if many else (values[0] if values else None))
            self._rows.cursor += 1

        self.app.push_screen(
            Picker(
                field.label,
                field.choices,
                chosen=chosen,
                many=field.kind == "list",
                typed=clean_line(typed),
                optional=not field.required,
            ),
            take,
        )
