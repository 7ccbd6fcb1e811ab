"""One column into several fields, as a template says: "{postcode} {city}", "{name} <{emails}>".

What stands between the braces is a field, or a part of the name ("name.family"); what stands
between the fields divides the cell. A cell that has less of it gives what it has. A template of
one field keeps the cell as one value ("{tags}"), and with "..." behind a separator it says how a
list is divided ("{tags}/...").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from tui_crm.errors import UsageError
from tui_crm.text.i18n import _

_NAME = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
_LIST = re.compile(r"\{([a-z][a-z0-9_]*)\}(?:(.+)\.\.\.)?", re.S)
_WIDE = {
    ",": "，、", ";": "；", ":": "：", "(": "（", ")": "）", "/": "／", "|": "｜", "<": "＜",
    ">": "＞",
}  # fmt: skip
_SHAPES = {
    "postcode": r"(?=\S*\d)[\w-]+(?: \d\w{2})?",
    "emails": r"[^\s@<>]+@[^\s@<>]+",
    "phones": r"[+(]?\d[\d\s()/.+-]*\d",
    # The last word is the family's.
    "name.given": r"[^\s\d](?:\D*[^\s\d])?",
    "name.family": r"[^\s\d](?:\D*?[^\s\d])?",
    "name": r"[^\s\d](?:\D*?[^\s\d])?",
}
_ANY = r"\S(?:.*?\S)?"

STOCK = (
    "{postcode} {city}", "{city}, {postcode}", "{city} {postcode}", "{street}, {postcode} {city}",
    "{street}, {city}, {postcode}", "{city}, {state} {postcode}",
    "{street}, {city}, {state} {postcode}", "{state}/{city}", "{city}, {country}",
    "{name.family}, {name.given}", "{name.given} {name.family}", "{name} <{emails}>",
    "{name} ({organization})", "{organization} ({name})", "{name}/{organization}",
    "{organization}/{name}", "{name}, {title}", "{name} {phones}", "{name}: {phones}",
    "{emails}, {phones}", "{phones}, {emails}", "{phones} ({name})",
)  # fmt: skip
"""Templates that people need most."""
_LONGEST = 500
_SEPARATORS = (";", ",", "/", "|", "、", " ")


def names_of(template: str) -> tuple[str, ...]:
    """The fields and parts of a template in their order.

    Raises `UsageError` for a text that is none: without a field, with two that nothing divides, or
    with one twice.
    """
    names = tuple(_NAME.findall(template))
    between = _NAME.split(template)[2:-1:2]
    if not names or not all(between) or len(set(names)) < len(names):
        raise UsageError(
            _('"{text}" is no template.').format(text=template),
            _('Write fields and what divides them: "{example}".').format(
                example="{postcode} {city}"
            ),
        )
    return names


def is_template(text: str) -> bool:
    """Whether a text names its fields in braces."""
    return _NAME.search(text) is not None


@lru_cache(20_000)
def cut(template: str, cell: str) -> tuple[str, ...]:
    """The text of a cell for each field of a template, "" for what the cell does not have."""
    names, patterns = _patterns(template)
    text = cell.strip()
    if len(text) > _LONGEST:  # that is prose
        patterns = []
    for places, pattern in patterns:
        if found := pattern.fullmatch(text):
            texts = dict(zip(places, found.groups(), strict=True))
            return tuple(texts.get(place, "").strip() for place in range(len(names)))
    return (text, *[""] * (len(names) - 1))


def listed(template: str, cell: str) -> list[str] | None:
    """The values of a list cell, where the template says how it is divided; None if it does not."""
    found = _LIST.fullmatch(template)
    if found is None:
        return None
    if not found[2]:
        return [cell]
    parts = re.split(_literal(found[2]), cell)
    return [part.strip() for part in parts if part.strip()]


def suggested(texts: Sequence[str], name: str, is_list: bool) -> list[str]:
    """Templates that divide most of these cells; `name` is the field that the column feeds."""
    found = []
    if is_list:
        held = [sign for sign in _SEPARATORS if any(sign in text for text in texts)]
        found = [f"{{{name}}}", *(f"{{{name}}}{sign}..." for sign in held)]
    for template in STOCK:
        whole = sum(all(cut(template, text)) for text in texts)
        if texts and 2 * whole > len(texts):
            found.append(template)
    return found


@lru_cache(64)
def _patterns(template: str) -> tuple[tuple[str, ...], list[tuple[range, re.Pattern[str]]]]:
    """The fields, and patterns for all of them, then for the first few and for the last few."""
    pieces = _NAME.split(template)
    names, texts = tuple(pieces[1::2]), pieces[0::2]
    many = len(names)
    runs = [range(many)]
    for length in range(many - 1, 0, -1):
        runs += [range(length), range(many - length, many)]
    found = []
    for run in runs:
        first, last = run[0], run[-1]
        form = _literal(texts[0]) if first == 0 else ""
        for place in run:
            shape = _SHAPES.get(names[place], _ANY)
            form += f"({shape})"
            # What divides this field from the next, or closes the last one.
            if place < last or last == many - 1:
                form += _literal(texts[place + 1])
        found.append((run, re.compile(form, re.S)))
    return names, found


def _literal(text: str) -> str:
    """A pattern for what stands between fields: blanks as they come, Chinese signs too."""
    signs = text.strip()
    if not signs:
        return r"\s+" if text else ""
    each = (f"[{re.escape(sign + _WIDE.get(sign, ''))}]" for sign in signs if not sign.isspace())
    return r"\s*".join(("", *each, ""))
