"""Contact points as text: ``label: value``, or the value alone.

A phone number, an address or a handle is the same as another one when their normalised forms are
equal, however they were typed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tui_crm.core.rows import ContactPointRow
from tui_crm.text import email, phone

KINDS = {"phones": "phone", "emails": "email", "handles": "handle"}
"""The list fields of contact points, and the kind that each keeps."""

# A label begins with a letter and ends at the first colon; "https://..." has none.
_LABELLED = re.compile(r"([^\W\d_][^:：@+]{0,39}?)\s*[:：](?!//)\s*(\S.*)")
_SCHEMES = frozenset({"mailto", "tel", "callto", "sip"})


def parse(text: str, kind: str, country: str) -> ContactPointRow | None:
    """The contact point that `text` (one clean line) means to somebody in `country`.

    None if it is no phone number or no e-mail address at all; any text is a handle.
    """
    label, value = split(text)
    normalized = normalise(value, kind, country)
    return ContactPointRow(kind, value, label, normalized) if normalized else None


def split(text: str) -> tuple[str, str]:
    """The label, empty if there is none, and the value."""
    match = _LABELLED.fullmatch(text)
    if match is None:
        return "", text
    label, value = match.groups()
    return ("" if label.lower() in _SCHEMES else label), value


def join(label: str, value: str) -> str:
    """The text of a label and a value; `split` takes it apart again."""
    return f"{label}: {value}" if label else value


def normalise(value: str, kind: str, country: str) -> str:
    """The form in which values of that kind are compared; empty if `value` is none."""
    if kind == "phone":
        number = phone.normalise(value, country)
        plain = number.e164 or number.digits
        return f"{plain};{number.extension}" if plain and number.extension else plain
    if kind == "email":
        return (email.normalise(value) or "").lower()
    return " ".join(value.casefold().split())


def key(text: str, kind: str, country: str) -> str:
    """What makes two texts of a list the same contact point."""
    return normalise(split(text)[1], kind, country)


def once(texts: Sequence[str], country: str) -> tuple[str, ...]:
    """Telephone numbers, each once: "061 555 01 01" goes where there is "+41 61 555 01 01".

    Which country a number is of that was written down without one is told by the others; its
    label stays, if the other has none.
    """
    read = {text: phone.normalise(split(text)[1], country) for text in texts}
    placed = {(n.e164, n.extension): text for text, n in read.items() if n.valid}
    homes = {phone.home(e164) for e164, _extension in placed if e164} - {""}
    found: dict[str, str] = dict.fromkeys(texts, "")  # and the label that it takes over
    for text, number in read.items():
        if number.valid:
            continue
        value = split(text)[1]
        for there in (phone.normalise(value, home) for home in sorted(homes)):
            same = placed.get((there.e164, number.extension))
            if there.valid and same is not None:
                del found[text]
                found[same] = found[same] or split(text)[0]
                break
    return tuple(text if split(text)[0] else join(label, text) for text, label in found.items())
