"""Customers on the command line: whole ones as JSON, one as a page, many as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tui_crm.cli import output
from tui_crm.core.rows import Customer, CustomerRow, FieldDiff, Value
from tui_crm.text.i18n import _
from tui_crm.text.safe import EMPTY_GLYPH

if TYPE_CHECKING:
    from tui_crm.core.session import Session


def objects(session: Session, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """The customers as JSON objects, in the order of `ids`, read in pages."""
    from tui_crm.core.records import chunks, load
    from tui_crm.core.users import Directory

    with session.db.reading():
        directory = Directory.read(session.db)
        for page in chunks(ids):
            records = load(session, "customer", page, directory)
            for id_ in page:
                if record := records.get(id_):
                    yield as_object(
                        session,
                        Customer(
                            id_, record.version, record.values, tuple(record.points),
                            record.organization_id,
                        ),
                    )  # fmt: skip


def as_object(session: Session, customer: Customer) -> dict[str, Any]:
    """A customer as a JSON object, the fields in the order of the registry."""
    from tui_crm.core.customers import as_json

    data = as_json(customer)
    ordered = {name: data[name] for name in session.fields.names("customer") if name in data}
    return {**ordered, **data}


def print_table(rows: Iterable[CustomerRow]) -> None:
    """Customers one a line."""
    output.table(
        [
            _("Account no."),
            _("Name"),
            _("Organisation"),
            _("Phone"),
            _("E-mail"),
            _("City"),
            _("Status"),
        ],
        (
            (row.account_no, row.name, row.organization, row.phone, row.email, row.city, row.status)
            for row in rows
        ),
    )


class FieldWords:
    """Fields of customers and their values as a person reads them."""

    def __init__(self, session: Session) -> None:
        from tui_crm.core.checker import Checker

        self._session = session
        self._checker = Checker(session)

    def label(self, name: str) -> str:
        """What a field is called."""
        field = self._session.fields.get(name)
        return field.label if field else name

    def value(self, name: str, value: Value) -> str:
        """A value of a field, with a sign for none."""
        from tui_crm.core import validation

        field = self._session.fields.get(name)
        if field is None:
            return str(value or EMPTY_GLYPH)
        return validation.display(self._session, field, value, checker=self._checker) or EMPTY_GLYPH


def print_diffs(words: FieldWords, diffs: Iterable[FieldDiff]) -> None:
    """`field: old -> new`, one a line."""
    for diff in diffs:
        old, new = words.value(diff.field, diff.old), words.value(diff.field, diff.new)
        text = f"  {words.label(diff.field)}: {old} -> {new}"
        output.line(f"{text}  ({diff.refused})" if diff.refused else text)


def undo_hint(change_set_id: int | None) -> None:
    """Tell how the change can be undone."""
    if change_set_id is not None:
        output.line(_("Change set {id}. To undo it: crm undo {id}").format(id=change_set_id))
