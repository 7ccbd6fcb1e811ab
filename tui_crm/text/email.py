"""E-mail addresses: their shape and the form in which they are kept.

Only the shape is checked. Whether an address exists is known to its server alone, and an address
that somebody once stored is worth more than a rule that refuses it.
"""

from __future__ import annotations

import re
import unicodedata

# RFC 5321: 64 octets before the @ and 254 in all.
_LONGEST = 254
_WRAPPED = re.compile(r"^(?:.*<)?\s*(?:mailto:)?([^<>\s]+@[^<>\s]+?)[>\s,;]*$", re.I | re.S)
_SHAPE = re.compile(
    r"[^\s@\x00-\x1f\x7f\"(),:;<>\[\\\]]+@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+"
)
_PLAIN = re.compile(
    r"[a-z0-9._%+-]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)


def normalise(raw: str) -> str | None:
    """The address in `raw` as it is stored, or None if there is none.

    The domain is lower case and an international one is in its own letters ("münchen.de", not
    "xn--mnchen-3ya.de"); the part before the @ keeps its case, which is its owner's affair. A
    "Name <address>", a mailto: and full-width characters are understood.
    """
    if _PLAIN.fullmatch(raw) and len(raw) <= _LONGEST and "xn--" not in raw:
        return raw
    match = _WRAPPED.match(unicodedata.normalize("NFKC", raw).strip())
    if match is None:
        return None
    address = match[1]
    if len(address) > _LONGEST or not _SHAPE.fullmatch(address):
        return None
    local, _, domain = address.rpartition("@")
    return f"{local}@{_own_letters(domain.lower())}"


def looks_like_email(text: str) -> bool:
    """Whether `text`, as somebody types it into the search, is an address or the start of one:
    something before an @ and no blank.
    """
    text = text.strip()
    return text.find("@") > 0 and not any(char.isspace() for char in text)


def _own_letters(domain: str) -> str:
    """A domain with its punycode labels decoded; a label that is none is left alone."""
    if "xn--" not in domain:
        return domain
    labels = []
    for label in domain.split("."):
        try:
            labels.append(label.encode("ascii").decode("idna") if label[:4] == "xn--" else label)
        except UnicodeError:
            labels.append(label)
    return ".".join(labels)
