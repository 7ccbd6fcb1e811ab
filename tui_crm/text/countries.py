"""Countries by all that they are called: a code, an English, a Chinese and a few other names.

``data/countries.txt`` has a line for each: its code (ISO 3166-1, two letters), its name in English
and in Chinese, and what else it is often called, in its own language for one.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from tui_crm.text.fold import fold

_FILE = Path(__file__).parent / "data" / "countries.txt"


def code(text: str) -> str:
    """The code of the country that `text` names in full, "" if it names none."""
    return _codes().get(fold(text).strip(), "")


def beginning(text: str) -> frozenset[str]:
    """The codes of the countries of one of whose names a word begins like `text`."""
    wanted = f" {fold(text).strip()}"
    return frozenset(code for name, code in _codes().items() if wanted in f" {name}")


def name(text: str, language: str) -> str:
    """What the country that `text` names is called in ``en`` or ``zh``; `text` if it names none."""
    names = _names().get(code(text))
    return names[language == "zh"] if names else text


@lru_cache(1)
def _names() -> dict[str, tuple[str, ...]]:
    """All names of the countries, by their codes."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return {key: tuple(names) for key, *names in (line.split("|") for line in lines)}


@lru_cache(1)
def _codes() -> dict[str, str]:
    """The code behind every name and every code, folded."""
    return {fold(text): key for key, names in _names().items() for text in (key, *names)}
