"""Short and pet forms of given names.

The table is this project's own work, under its licence: common knowledge of English, German,
French, Spanish, Italian and Russian names, one group of forms of one name a line. A form may stand
in several groups.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).parent / "data" / "nicknames.txt"


def same_person(a: str, b: str) -> bool:
    """Whether two given names, folded, are forms of one name."""
    groups = _groups()
    mine = groups.get(a)
    return mine is not None and not mine.isdisjoint(groups.get(b, ()))


def known(name: str) -> bool:
    """Whether there are other forms of this given name, folded."""
    return name in _groups()


@lru_cache(1)
def _groups() -> dict[str, frozenset[int]]:
    """The groups of each form, by their line in the table."""
    found: dict[str, set[int]] = {}
    for number, line in enumerate(_TABLE.read_text(encoding="utf-8").splitlines()):
        for form in line.split():
            found.setdefault(form, set()).add(number)
    return {form: frozenset(numbers) for form, numbers in found.items()}
