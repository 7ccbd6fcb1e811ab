"""The name of a person from its parts, in the order in which their people write it."""

from __future__ import annotations

import re

# Chinese, Japanese and Korean; a name in katakana alone is a foreign one.
_UNSPACED = re.compile(
    "[\u3040-\u309f\u30fc\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff·]+"
)
# Vietnamese family names as only Vietnamese write them; these people say the family name first.
_VIETNAMESE = frozenset(
    {"Bùi", "Châu", "Dương", "Hoàng", "Huỳnh", "Hà", "Hồ", "Lâm", "Lê", "Lý", "Lương", "Mạc",
     "Ngô", "Nguyễn", "Phạm", "Phùng", "Thái", "Trương", "Trần", "Trịnh", "Tạ", "Tô", "Vũ",
     "Võ", "Vương", "Đinh", "Đoàn", "Đào", "Đặng", "Đỗ"}
)  # fmt: skip
_SUFFIX = re.compile(r"(.+?),?\s+((?:jr|sr|ii|iii|iv|md|phd|m\.d|ph\.d)\.?)", re.I)
_SPACED = ("prefix", "given", "middle", "family", "suffix")
PARTS = ("prefix", "given", "middle", "family", "suffix", "nickname")
"""What a column may hold of a name; the nickname counts where there is nothing else."""


def full_name(
    given: str = "", family: str = "", middle: str = "", prefix: str = "", suffix: str = ""
) -> str:
    """The parts as one name: "Dr. Ana Maria Meier Jr."; with the family name first "王小明" and
    "Nguyễn Văn Minh".
    """
    if _UNSPACED.fullmatch(family) and (not given or _UNSPACED.fullmatch(given)):
        return f"{family}{middle}{given}{prefix}"
    if not suffix and (behind := _SUFFIX.fullmatch(given)):
        given, suffix = behind.groups()
    spoken = (family, middle, given) if family in _VIETNAMESE else (given, middle, family)
    found = " ".join(filter(None, spoken))
    if not found:
        return ""
    found = f"{prefix} {found}" if prefix else found
    return f"{found} {suffix}" if suffix else found


def from_parts(parts: dict[str, str]) -> str:
    """The name of parts by their word of `PARTS`."""
    spaced = {key: " ".join(parts.get(key, "").split()) for key in _SPACED}
    return full_name(**spaced) or parts.get("nickname", "")
