"""vCards 3.0 and 4.0 of customers.

What a card has no property for, and what would be read back differently, is in properties of our
own (`X-CRM-STATUS`), which other programs pass over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from tui_crm.core import points
from tui_crm.core.rows import Value
from tui_crm.exchange.cells import split
from tui_crm.exchange.reading import vcard
from tui_crm.text.safe import clean

if TYPE_CHECKING:
    from tui_crm.exchange.writing.writers import Text

_TYPES = frozenset({"work", "home", "cell", "fax", "pager", "other"})
_NEEDS_ESCAPE = re.compile(r"[\\;,\n]")
_OCTETS = 75  # RFC 6350, 3.2
_POINTS = (("phones", "TEL"), ("emails", "EMAIL"), ("handles", "IMPP"))


class CardWriter:
    """A card for each customer."""

    def __init__(
        self, file: Text, headers: Sequence[str], version: Literal["3.0", "4.0"] = "4.0"
    ) -> None:
        self._file = file
        self._headers = headers
        self._version = version

    def row(self, values: Sequence[Value]) -> None:
        """Write one card."""
        from tui_crm.exchange.writing.writers import text_of

        found = dict(zip(self._headers, values, strict=True))
        texts = {name: text_of(value) for name, value in found.items()}
        lines = self._usual(found, texts)
        back = vcard.values_of_lines(lines)
        for name, text in texts.items():
            if text != back.get(name, ""):
                lines.append(f"{vcard.OWN}{name.upper().replace('_', '-')}:{_escaped(text)}")
        framed = ("BEGIN:VCARD", f"VERSION:{self._version}", *lines, "END:VCARD")
        self._file.write("".join(f"{part}\r\n" for line in framed for part in _folded(line)))

    def _usual(self, found: Mapping[str, Value], texts: Mapping[str, str]) -> list[str]:
        """The properties that every program knows."""
        name = texts.get("name", "")
        lines = [f"FN:{_escaped(name)}"]
        firm = texts.get("kind") == "organization"
        if self._version == "4.0":
            lines.append(f"KIND:{'org' if firm else 'individual'}")
        else:
            lines.append(f"N:;{_escaped(name)};;;")
        if texts.get("organization"):
            lines.append(f"ORG:{_escaped(texts['organization'])}")
        if texts.get("title"):
            lines.append(f"TITLE:{_escaped(texts['title'])}")
        number = 0
        for field, prop in _POINTS:
            for item in _list(found.get(field, ())):
                label, value = points.split(item)
                kind = f";TYPE={label}" if label in _TYPES else ""
                group = ""
                if label and not kind:
                    number += 1
                    group = f"item{number}."
                    lines.append(f"{group}X-ABLabel:{_escaped(label)}")
                lines.append(f"{group}{prop}{kind}:{_escaped(value)}")
        address = [texts.get(key, "") for key in ("street", "city", "state", "postcode", "country")]
        if any(address):
            lines.append(f"ADR:;;{';'.join(map(_escaped, address))}")
        if texts.get("birthday"):
            day = texts["birthday"]
            lines.append(f"BDAY:{day.replace('-', '') if self._version == '4.0' else day}")
        if tags := _list(found.get("tags", ())):
            lines.append(f"CATEGORIES:{','.join(map(_escaped, tags))}")
        if texts.get("needs"):
            lines.append(f"NOTE:{_escaped(texts['needs'])}")
        return lines


def _list(value: Value) -> tuple[str, ...]:
    items = value if isinstance(value, tuple) else split(str(value or ""))
    return tuple(clean(item) for item in items)


def _escaped(text: str) -> str:
    return _NEEDS_ESCAPE.sub(lambda m: "\\n" if m[0] == "\n" else f"\\{m[0]}", text)


def _folded(line: str) -> list[str]:
    """A line in pieces of at most 75 octets, the further ones behind a blank."""
    if len(line) <= _OCTETS // 4 or len(line.encode()) <= _OCTETS:
        return [line]
    pieces, piece, size = [], "", 0
    for char in line:
        width = len(char.encode("utf-8", "replace"))
        if size + width > _OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece += char
        size += width
    return [*pieces, piece]
