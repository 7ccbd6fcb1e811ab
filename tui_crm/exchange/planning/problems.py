"""Everything that is wrong with a refused row, so that it is mended once and not once a mistake."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tui_crm.core.checker import Checker
from tui_crm.core.rows import Value
from tui_crm.errors import CrmError, InputRefused
from tui_crm.exchange.mapping import compose
from tui_crm.exchange.mapping.columns import ColumnMap
from tui_crm.text.i18n import sentences


def all_of(
    error: CrmError,
    mapping: ColumnMap,
    cells: Sequence[str],
    checker: Checker,
    *,
    known: Mapping[str, Value],
    untouched: Collection[str] = (),
) -> list[CrmError]:
    """The error that refused a row, and what else is wrong with its cells.

    `known` are the values of its customer, if it has one: what is stored already is not checked.
    `untouched` are the fields that the row does not write.
    """
    spoilt: list[InputRefused] = []
    given = compose.given(mapping, cells, checker.country, spoilt)
    found: list[CrmError] = [error, *spoilt]
    for name, value in (given if known else compose.for_new(given)).items():
        field = checker.field(name)
        if name in untouched or not field.editable or (known and known.get(name) == value):
            continue
        try:
            checker.check(field, value)
        except InputRefused as refused:
            found.append(refused)
    return list({str(item): item for item in found}.values())


def words(error: CrmError) -> str:
    """What is wrong, and the way out."""
    return sentences(error.message, error.hint)
