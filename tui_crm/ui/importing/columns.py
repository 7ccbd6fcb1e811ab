"""What a column of a table can feed, and how the step of columns and fields shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tui_crm.core.fields import Field
from tui_crm.exchange.mapping.columns import Column as TableColumn
from tui_crm.exchange.mapping.columns import ColumnMap
from tui_crm.exchange.mapping.names import PARTS
from tui_crm.exchange.planning.plan import Rule
from tui_crm.text.i18n import N_, _, labelled
from tui_crm.ui.widgets.form_rows import Choice
from tui_crm.ui.widgets.record_list import Cell

_PARTS = {
    "prefix": N_("form of address"),
    "given": N_("given name"),
    "middle": N_("middle name"),
    "family": N_("family name"),
    "suffix": N_("suffix"),
    "nickname": N_("nickname"),
}
_LABELS = {
    "phones": ("mobile", "work", "home", "fax"),
    "emails": ("work", "home"),
}
_LABEL_WORDS = {
    "mobile": N_("mobile"), "work": N_("work"), "home": N_("home"), "fax": N_("fax"),
}  # fmt: skip
_WHY_NOT = {
    "own": N_("kept by the program itself"),
    "empty": N_("empty"),
    "none": N_("no field for it"),
    "doubtful": N_("its values do not fit"),
    "unknown": N_("not known"),
    "user": N_("left out"),
}
_RULE_SIGNS = {"overwrite": N_("overwrite"), "fill": N_("fill"), "never": N_("never")}
_SURE, _LIKELY = 0.9, 0.7


def targets(fields: Iterator[Field]) -> list[Choice]:
    """What a column can feed: fields, parts of the name, and labelled numbers and addresses."""
    choices = []
    for field in fields:
        if not field.editable:
            continue
        choices.append(Choice(field.name, field.label, field.name))
        if field.name == "name":
            choices += [
                Choice(f"name.{part}", labelled(field.label, _(_PARTS[part])), f"name.{part}")
                for part in PARTS
            ]
        choices += [
            Choice(f"{field.name}:{label}", labelled(field.label, _(_LABEL_WORDS[label])))
            for label in _LABELS.get(field.name, ())
        ]
    return choices


def spelled(column: TableColumn) -> str:
    """The value of `targets` for what a column feeds."""
    assert column.field is not None
    part = f".{column.part}" if column.part in PARTS else ""
    label = f":{column.label}" if column.label in _LABELS.get(column.field.name, ()) else ""
    return f"{column.field.name}{part}{label}"


def feed(mapping: ColumnMap, index: int, field: Field, part: str, label: str) -> ColumnMap:
    """The mapping with a column that feeds a field, beside the others that do.

    Of a field that takes one value the further columns count where the first is blank.
    """
    others = [c for c in mapping.of(field.name) if c.index != index and c.part != "second"]
    joined = field.is_list or field.type == "multiline" or field.section == "address"
    if others and not joined and field.name not in ("name", "organization"):
        part = "second"
    changed = mapping.changed(index, field, part)
    if not label:
        return changed
    columns = list(changed.all)
    columns[index] = replace(columns[index], label=label)
    return replace(changed, all=tuple(columns))


def target_cell(column: TableColumn, rules: Mapping[str, Rule]) -> Cell:
    """What a column feeds, or why it feeds nothing."""
    if column.field is None:
        look = "warn" if column.why in ("unknown", "doubtful") else "muted"
        return Cell(f"– {_(_WHY_NOT.get(column.why, 'unknown'))}", style=look)
    if len(column.cuts) > 1:
        parts: dict[str, list[str]] = {}
        for field, part in column.cuts:
            parts.setdefault(field.label, []).extend([_(_PARTS[part])] if part in _PARTS else [])
        return Cell(
            " + ".join(
                labelled(label, ", ".join(words)) if words else label
                for label, words in parts.items()
            )
        )
    words = [column.field.label]
    if column.part in _PARTS:
        words.append(_(_PARTS[column.part]))
    elif column.part == "label":
        words.append(_("its labels"))
    elif column.part == "second":
        words.append(_("where blank"))
    if column.field.name in rules:
        words.append(_(_RULE_SIGNS[rules[column.field.name]]))
    if column.label:
        words.append(_(_LABEL_WORDS.get(column.label, column.label)))
    return Cell(labelled(words[0], ", ".join(words[1:])) if words[1:] else words[0])


def certainty_cell(column: TableColumn) -> Cell:
    """How certain that is."""
    if column.field is None:
        return Cell("")
    if column.why == "user":
        return Cell(_("chosen"), style="accent")
    look = "good" if column.certainty >= _SURE else "" if column.certainty >= _LIKELY else "warn"
    return Cell(f"{column.certainty:.0%}", style=look)
