"""From the cells of a row to the fields of a customer.

Several columns make one field (the parts of a name, the lines of an address, every column of phone
numbers), and one cell several values ("a@x.com, b@x.com"). A table that the program wrote itself is
taken to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from tui_crm.core.fields import Field
from tui_crm.core.rows import Value
from tui_crm.errors import InputRefused
from tui_crm.exchange import cells as lists
from tui_crm.exchange.mapping import cutting, names, values
from tui_crm.exchange.mapping.columns import Column, ColumnMap
from tui_crm.text.i18n import _

_NOTHING = frozenset(
    {"-", "--", "—", "/", "n/a", "#n/a", "na", "null", "nil", "none", "(blank)", "(none)", "无",
     "暂无", "没有", "未填写", "未知", "空", "(空)", "不详"}
)  # fmt: skip
_LISTED = {
    "phones": re.compile(r"\s*(?:[;；,，、|/\n]|:::)\s*"),
    "emails": re.compile(r"\s*(?:[;；,，、|/\n]|:::)\s*"),
    "handles": re.compile(r"\s*(?:[;；|\n]|:::)\s*"),
    "tags": re.compile(r"\s*(?:[;；,，、|\n]|:::)\s*"),
}
_NO_TAGS = frozenset({"mycontacts", "my contacts"})  # everybody in Google Contacts has it
_NUMBERS = frozenset({"account_no", "external_id", "postcode"})
_ADDRESS = ("street", "city", "state", "postcode", "country")
_SEVERAL = ("prefix", "family")
_CJK = re.compile("[\u3400-\u9fff]")
_HOUSE = re.compile(r"\d{1,5} ?[a-z]?(?: ?[-/] ?\d{1,5} ?[a-z]?)?", re.I)


def given(
    mapping: ColumnMap,
    cells: Sequence[str],
    country: str,
    spoilt: list[InputRefused] | None = None,
) -> dict[str, Value]:
    """What a row says, by field; blank cells are not in it, and cells that clear are "" or ().

    `country` is the home country, which decides what "02/01/1990" means where the other days of the
    column do not. Raises `InputRefused` for a number that a spreadsheet has shortened, or puts it
    into `spoilt` and leaves the cell out.
    """
    found: dict[str, Value] = {}
    collected: dict[str, dict[str, None]] = {}
    name: dict[str, str] = {}
    addresses: dict[str, dict[str, list[str]]] = {}
    notes: list[tuple[str, str]] = []
    birth: dict[str, str] = {}
    seconds: list[tuple[Column, str]] = []
    cleared: dict[str, Value] = {}
    for column in mapping.columns:
        text = cells[column.index]
        if column.cuts:
            text = column.text(text)
        target = column.field
        if target is None or not text or text.isspace():
            continue
        if mapping.clear and text.strip() == mapping.clear:
            cleared[target.name] = () if target.is_list else ""
            continue
        if not mapping.own:
            if target.type != "multiline":
                text = text.strip()
            if target.name != "name" and text.casefold() in _NOTHING:
                continue
        # A number has a plus in it only where it was shortened: the quick answer for the rest.
        if "+" in text[1:] and (refused := _spoilt(target, text)) is not None:
            if spoilt is None:
                raise refused
            spoilt.append(refused)
            continue
        if target.is_list:
            for item, kind in _items(column, text, cells, mapping.own):
                collected.setdefault(kind, {})[item] = None
        elif mapping.own:
            found[target.name] = text
        elif column.part == "firm":
            found.setdefault("organization", text)
        elif target.name == "name":
            before = name.get(column.part, "")
            if column.part in _SEVERAL and text not in before:  # "Herr" and "Dr.", both surnames
                name[column.part] = f"{before} {text}".strip()
            else:
                name.setdefault(column.part, text)
        elif target.name in _ADDRESS:
            group = addresses.setdefault(column.group, {})
            group.setdefault(target.name, []).append(text)
        elif column.part == "contact":
            notes.append(("", f"{column.title}: {text}"))
        elif target.type == "multiline":
            notes.append((column.title, text))
        elif column.part in ("year", "month", "day"):
            birth[column.part] = text
        else:
            if target.type == "date":
                text = values.day(text, _writes(column.order, country))
            if column.part == "second":
                seconds.append((column, text))
            else:
                found.setdefault(target.name, text)
    spelled = name.get("") or names.from_parts(name) or name.get("customer") or name.get("second")
    if spelled:
        found["name"] = spelled
    if {"year", "month", "day"} <= birth.keys():
        found.setdefault("birthday", f"{birth['year']}-{birth['month']}-{birth['day']}")
    for column, text in seconds:
        assert column.field is not None
        if found.setdefault(column.field.name, text) != text:
            notes.append(("", f"{column.title}: {text}"))
    notes += _take_address(addresses, found)
    if notes:
        # The first note stands alone, the others say what they are.
        found["needs"] = "\n".join(
            f"{head}: {text}" if head and number else text
            for number, (head, text) in enumerate(notes)
        )
    found.update((kind, tuple(items)) for kind, items in collected.items())
    for field_name, nothing in cleared.items():
        found.setdefault(field_name, nothing)
    for field_name, text in mapping.constants.items():
        found.setdefault(field_name, text)
    return found


def for_new(said: Mapping[str, Value]) -> dict[str, Value]:
    """What a row says about a new customer, who needs a name.

    Without one the firm is the customer, or else a person is called by their first address or
    number, as telephones do it. Who is called as firms are, and works nowhere, is one.
    """
    found = dict(said)
    if name := found.get("name"):
        if not found.get("organization") and values.is_firm(str(name)):
            found.setdefault("kind", "organization")
        return found
    firm = found.pop("organization", "")
    if firm:
        found["name"] = firm
        found.setdefault("kind", "organization")
        return found
    for kind in ("emails", "phones", "handles"):
        items = found.get(kind)
        if isinstance(items, tuple) and items:
            found["name"] = items[0].rpartition(": ")[2]
            break
    return found


def for_known(said: Mapping[str, Value], record: Mapping[str, Value]) -> dict[str, Value]:
    """What a row says about a known customer; a firm is not its own employer."""
    found = dict(said)
    firm = found.get("organization")
    if firm and not found.get("name") and firm == record.get("name"):
        found.pop("organization")
    return found


def _items(column: Column, text: str, cells: Sequence[str], own: bool) -> list[tuple[str, str]]:
    """The values of a list cell, each with the field that it belongs to."""
    target = column.field
    assert target is not None
    kind = target.name
    if own:
        return [(part, kind) for part in lists.split(text)]
    label = column.label
    labels: list[str] = []
    if column.labelled_by >= 0:
        labels = [part.strip(" *") for part in cells[column.labelled_by].split(":::")]
    result = []
    divided = cutting.listed(column.template, text) if column.template else None
    for number, part in enumerate(_parts(kind, text) if divided is None else divided):
        if kind == "tags":
            tag = part.removeprefix("*").strip()
            if tag and tag.casefold() not in _NO_TAGS:
                result.append((tag, kind))
            continue
        if labels:
            label = labels[min(number, len(labels) - 1)]
        if column.part == "any" and values.kind_of(part) == "email":
            result.append((part, "emails"))
        else:
            result.append((f"{label}: {part}" if label else part, kind))
    return result


def _parts(kind: str, text: str) -> list[str]:
    """What one cell lists; a separator counts only where every part is a value of that kind."""
    if _LISTED[kind].search(text) is None and not (kind == "emails" and text.count("@") > 1):
        return [text]
    whole = list(lists.split(text))
    parts = [part for part in _LISTED[kind].split(text) if part.strip()]
    if kind == "phones":
        many = all(values.is_phone(part) for part in parts)
    elif kind == "emails":
        if len(parts) == 1 and text.count("@") > 1:
            parts = text.split()
        many = all("@" in part for part in parts)
    else:
        many = "\\" not in text
    return list(dict.fromkeys(parts)) if many and len(parts) > len(whole) else whole


def _take_address(
    addresses: Mapping[str, Mapping[str, list[str]]], found: dict[str, Value]
) -> list[tuple[str, str]]:
    """Put the first address of a row into its fields; gives the others as notes."""
    spelled = [
        (group, {key: _joined(parts[key]) for key in _ADDRESS if key in parts})
        for group, parts in addresses.items()
    ]
    if not spelled:
        return []
    found.update(spelled[0][1])
    seen = [spelled[0][1]]
    notes = []
    for group, parts in spelled[1:]:
        # The same again, or less of the same: billing and shipping address mostly agree.
        if not any(parts.items() <= other.items() for other in seen):
            notes.append((_("Address ({name})").format(name=group or "-"), _one_line(parts)))
            seen.append(parts)
    return notes


def _one_line(parts: Mapping[str, str]) -> str:
    return ", ".join(parts.values())


def _joined(parts: Sequence[str]) -> str:
    """The lines of an address as one; the number of a house stands beside its street."""
    unique = [" ".join(part.split()) for part in dict.fromkeys(parts)]
    if _CJK.search(unique[0]):
        return "".join(unique)
    joined = unique[0]
    for before, part in pairwise(unique):
        house = _HOUSE.fullmatch(part) or _HOUSE.fullmatch(before)
        joined += f"{' ' if house else ', '}{part}"
    return joined


def _writes(order: str, country: str) -> str:
    """A country that writes days in that order."""
    return {"dmy": "GB", "mdy": "US"}.get(order, country)


def _spoilt(target: Field, text: str) -> InputRefused | None:
    """The refusal of a number that a spreadsheet has shortened."""
    if not (target.type == "phones" or target.name in _NUMBERS) or not values.spoilt(text):
        return None
    refused = InputRefused(
        _('{field}: "{value}" was shortened by a spreadsheet.').format(
            field=target.label, value=text
        ),
        _("Export the table again with this column as text."),
    )
    refused.field = target.name
    return refused
