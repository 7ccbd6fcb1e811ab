"""The name of a person from its parts."""

from __future__ import annotations

import re

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·]+")
_SPACED = ("prefix", "given", "middle", "family", "suffix")
PARTS = ("prefix", "given", "middle", "family", "suffix", "nickname")
"""What a column may hold of a name; the nickname counts where there is nothing else."""


def full_name(
    given: str = "", family: str = "", middle: str = "", prefix: str = "", suffix: str = ""
) -> str:
    """The parts as one name: "Dr. Ana Maria Meier Jr.", and "王小明" with the family name first."""
    if _HAN.fullmatch(family) and (not given or _HAN.fullmatch(given)):
        return f"{family}{middle}{given}{prefix}"
    found = " ".join(filter(None, (given, middle, family)))
    if not found:
        return ""
    found = f"{prefix} {found}" if prefix else found
    return f"{found} {suffix}" if suffix else found


def from_parts(parts: dict[str, str]) -> str:
    """The name of parts by their word of `PARTS`."""
    spaced = {key: " ".join(parts.get(key, "").split()) for key in _SPACED}
    return full_name(**spaced) or parts.get("nickname", "")
