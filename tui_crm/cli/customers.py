"""Customers on the command line: whole ones as JSON, one as a page, many as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tui_crm.cli import output
from tui_crm.core.rows import Customer, CustomerRow, FieldDiff
from tui_crm.text.i18n import _

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


def print_diffs(session: Session, diffs: Iterable[FieldDiff], indent: str = "  ") -> None:
    """`field: old -> new`, one a line."""
    for diff in diffs:
        field = session.fields.get(diff.field)
        label = field.label if field else diff.field
        old, new = output.shown(diff.old), output.shown(diff.new)
        text = f"{indent}{label}: {old} -> {new}"
        output.line(f"{text}  ({diff.refused})" if diff.refused else text)


def undo_hint(change_set_id: int | None) -> None:
    """Tell how the change can be undone."""
    if change_set_id is not None:
        output.line(_("Change set {id}. To undo it: crm undo {id}").format(id=change_set_id))
