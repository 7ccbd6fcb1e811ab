"""Which column feeds which field.

Headers are compared by the words in them, in English or Chinese, with the spellings that the field
registry lists. A number behind a name ("Phone 2", "电话2") or a label in brackets ("Phone (work)")
is one more column of the same list field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tui_crm.core.fields import Field, Registry
from tui_crm.errors import UsageError
from tui_crm.text.fold import fold
from tui_crm.text.i18n import _
from tui_crm.text.safe import display

_SEPARATORS = re.compile(r"[\s_\-./:：*]+")
_NUMBERED = re.compile(r"\s*\(?\d{1,2}\)?$")
_LABELLED = re.compile(r"\s*[(（]([^()（）]{1,40})[)）]$")

ERROR_COLUMN = "crm_error"
LINE_COLUMN = "crm_line"
"""What the file of refused rows has besides the columns of the table; no import reads them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: where it is, its header, its field and the label of its values."""

    index: int
    header: str
    field: Field
    label: str = ""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What the columns of a table are: read, known but not writable, left out, or unknown."""

    columns: tuple[Column, ...]
    read_only: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def of(self, name: str) -> tuple[Column, ...]:
        """The columns that feed the field of that name."""
        return tuple(column for column in self.columns if column.field.name == name)


def overrides(arguments: Iterable[str]) -> dict[str, str]:
    """The `COLUMN=FIELD` of the command line by column; `UsageError` for anything else.

    The last equals sign divides, since no field's name has one and a header may.
    """
    result = {}
    for argument in arguments:
        header, sign, name = argument.rpartition("=")
        if not sign or not header.strip():
            raise UsageError(
                _('"{text}" is not COLUMN=FIELD.').format(text=argument),
                _('Write --map "Mobile no.=phones", or --map "Remark=" to leave a column out.'),
            )
        result[header.strip()] = name.strip()
    return result


def propose(
    headers: Sequence[str], registry: Registry, overrides: Mapping[str, str] | None = None
) -> ColumnMap:
    """The mapping of these headers; `overrides` decide for the columns that they name.

    Raises `UsageError` for an override that names no column or no writable field, and for two
    columns that feed one field which takes one value.
    """
    wanted = _checked(headers, registry, overrides or {})
    known = _spellings(registry)
    columns: list[Column] = []
    read_only: list[str] = []
    left_out: list[str] = []
    unknown: list[str] = []
    for index, header in enumerate(headers):
        if header in wanted:
            chosen = wanted[header]
            if chosen is None:
                left_out.append(header)
            else:
                columns.append(Column(index, header, chosen))
            continue
        if not header or header in (ERROR_COLUMN, LINE_COLUMN):
            left_out.append(header)
            continue
        field, label = _recognise(header, known)
        if field is None:
            unknown.append(header)
        elif not field.editable:
            read_only.append(header)
        else:
            columns.append(Column(index, header, field, label))
    _refuse_doubles(columns)
    return ColumnMap(tuple(columns), tuple(read_only), tuple(left_out), tuple(unknown))


def refuse_unknown(mapping: ColumnMap, registry: Registry) -> None:
    """`UsageError` that names the columns without a field, and the way out."""
    if not mapping.unknown:
        return
    from tui_crm.config import nearest

    names = ", ".join(f'"{display(header)}"' for header in mapping.unknown)
    first = display(mapping.unknown[0])
    guess = nearest(mapping.unknown[0], (f.name for f in registry.of() if f.editable))
    way_out = _(
        'Say what they are with --map "{column}=FIELD", or leave them out with --map "{column}=".'
    )
    raise UsageError(
        _("No field is known for these columns: {names}.").format(names=names),
        " ".join(filter(None, (guess, way_out.format(column=first)))),
    )


def normal(header: str) -> str:
    """A header as it is compared: folded words, separated by one space."""
    return _SEPARATORS.sub(" ", fold(header)).strip()


def _spellings(registry: Registry) -> dict[str, Field]:
    table: dict[str, Field] = {}
    for spelling, field in registry.by_synonym().items():
        table.setdefault(normal(spelling), field)
    return table


def _recognise(header: str, known: Mapping[str, Field]) -> tuple[Field | None, str]:
    """The field that a header names, and the label in it."""
    if field := known.get(normal(header)):
        return field, ""
    label = _LABELLED.search(header)
    stems = [(_NUMBERED.sub("", header), "")]
    if label and not label[1].strip().isdigit():
        stems.append((header[: label.start()], label[1].strip()))
    for stem, name in stems:
        field = known.get(normal(stem))
        if field is not None and field.is_list:
            return field, name if field.type in ("phones", "emails", "handles") else ""
    return None, ""


def _checked(
    headers: Sequence[str], registry: Registry, overrides: Mapping[str, str]
) -> dict[str, Field | None]:
    """The overrides by the spelling of the file's header."""
    by_normal = {normal(header): header for header in headers}
    result: dict[str, Field | None] = {}
    for column, name in overrides.items():
        header = column if column in headers else by_normal.get(normal(column))
        if header is None:
            raise UsageError(
                _('The file has no column "{column}".').format(column=column),
                _("Its columns: {names}").format(names=", ".join(map(display, headers))),
            )
        result[header] = _writable(name, registry) if name else None
    return result


def _writable(name: str, registry: Registry) -> Field:
    from tui_crm.config import nearest

    field = registry.get(name) or _spellings(registry).get(normal(name))
    if field is None:
        names = [item.name for item in registry.of() if item.editable]
        raise UsageError(
            _('There is no field "{name}".').format(name=name),
            nearest(name, names) or _("Fields: {names}").format(names=", ".join(names)),
        )
    if not field.editable:
        raise UsageError(_('The field "{name}" cannot be written.').format(name=field.name))
    return field


def _refuse_doubles(columns: Sequence[Column]) -> None:
    seen: dict[str, str] = {}
    for column in columns:
        if column.field.is_list:
            continue
        if column.field.name in seen:
            raise UsageError(
                _('The columns "{first}" and "{second}" both feed {field}.').format(
                    first=seen[column.field.name], second=column.header, field=column.field.name
                ),
                _('Leave one out: --map "{column}="').format(column=column.header),
            )
        seen[column.field.name] = column.header
