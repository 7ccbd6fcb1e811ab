"""Exports of programs that the mapping was not made for."""

from __future__ import annotations

from pathlib import Path

from tui_crm.core.fields import BUILT_IN
from tui_crm.exchange.mapping import propose

_FILE = Path(__file__).parent / "data" / "unseen.txt"


def unseen() -> dict[str, list[tuple[str, str]]]:
    """The headers of each export with the field that is meant, "" for none."""
    exports: dict[str, list[tuple[str, str]]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            columns = exports.setdefault(line.strip("[]"), [])
        elif "\t" in line:
            field, header = line.split("\t")
            columns.append((header, "" if field == "-" else field))
    return exports


def judged() -> list[tuple[str, str, str, str]]:
    """Each export, header, field that is meant, and field that was found."""
    result = []
    for export, columns in unseen().items():
        mapping = propose([header for header, _field in columns], BUILT_IN)
        for column, (header, meant) in zip(mapping.all, columns, strict=True):
            result.append((export, header, meant, column.field.name if column.field else ""))
    return result


def test_most_headers_of_unseen_exports_are_right_and_hardly_any_is_wrong() -> None:
    found = judged()
    right = sum(meant == got for _export, _header, meant, got in found)
    wrong = [item for item in found if item[3] and item[2] != item[3]]
    assert right >= 0.95 * len(found), [item for item in found if item[2] != item[3]]
    assert len(wrong) <= 0.01 * len(found), wrong
