"""What a user says about the columns of a table: a field, a template, labels, or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tui_crm.core.fields import Field, Registry
from tui_crm.errors import UsageError
from tui_crm.exchange.mapping import cutting, lexicon
from tui_crm.exchange.mapping.names import PARTS
from tui_crm.text.i18n import _
from tui_crm.text.safe import display

_PLACE = re.compile(r"#(\d{1,4})")


def custom_field(registry: Registry, header: str) -> Field | None:
    """The custom field that a header names by its name or label."""
    wanted = lexicon.squeeze(header)
    for item in registry.of("customer"):
        spellings = (item.name, item.label_en, item.label_zh)
        if item.custom and wanted and wanted in map(lexicon.squeeze, spellings):
            return item
    return None


def checked(
    headers: Sequence[str], registry: Registry, overrides: Mapping[str, str]
) -> dict[int, dict[str, Any]]:
    """What the overrides make of the columns that they name, by their places."""
    result: dict[int, dict[str, Any]] = {}
    for column, name in overrides.items():
        result.update(dict.fromkeys(_places(headers, column), _target(name, registry)))
    return result


def labels(
    headers: Sequence[str], overrides: Mapping[str, str]
) -> tuple[dict[str, str], dict[int, int]]:
    """The overrides without those that label other columns, and of these the places of both."""
    fields: dict[str, str] = {}
    found: dict[int, int] = {}
    for column, name in overrides.items():
        word, sign, other = name.partition(":")
        if word == "label" and sign:
            found[_places(headers, column)[0]] = _places(headers, other)[0]
        else:
            fields[column] = name
    return fields, found


def _target(name: str, registry: Registry) -> dict[str, Any]:
    """What a column becomes that feeds the field, or the template, `name`; "" leaves it out."""
    if not cutting.is_template(name):
        target, part = writable(name, registry) if name else (None, "")
        return {"field": target, "part": part}
    cuts = cuts_of(name, registry)
    return {"field": cuts[0][0], "part": cuts[0][1], "template": name, "cuts": cuts}


def cuts_of(template: str, registry: Registry) -> tuple[tuple[Field, str], ...]:
    """The fields of a template, with the parts of the name. Raises `UsageError`."""
    return tuple(writable(name, registry) for name in cutting.names_of(template))


def _places(headers: Sequence[str], column: str) -> list[int]:
    """Where the columns of that name are. Raises `UsageError` if there is none."""
    places = [index for index, header in enumerate(headers) if header == column]
    if not places and (number := _PLACE.fullmatch(column)):
        places = [int(number[1]) - 1] if 0 < int(number[1]) <= len(headers) else []
    if not places:
        key = lexicon.squeeze(column)
        places = [n for n, h in enumerate(headers) if key and lexicon.squeeze(h) == key]
    if not places:
        raise UsageError(
            _('The file has no column "{column}".').format(column=column),
            _("Its columns: {names}").format(names=", ".join(map(display, headers))),
        )
    return places


def writable(name: str, registry: Registry) -> tuple[Field, str]:
    """The field of that name, and the part of the name that is meant."""
    from tui_crm.config import nearest

    stem, _dot, part = name.partition(".")
    if stem == "name" and part in PARTS:
        name = stem
    else:
        part = ""
    target = registry.get(name) or custom_field(registry, name)
    if target is None:
        spelled = {lexicon.squeeze(key): item for key, item in registry.by_synonym().items()}
        target = spelled.get(lexicon.squeeze(name))
    if target is None:
        names = [item.name for item in registry.of() if item.editable]
        raise UsageError(
            _('There is no field "{name}".').format(name=name),
            nearest(name, names) or _("Fields: {names}").format(names=", ".join(names)),
        )
    if not target.editable:
        raise UsageError(_('The field "{name}" cannot be written.').format(name=target.name))
    return target, part
