"""crm show: everything about one customer."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.core.rows import Customer, TimelineEntry
    from tui_crm.core.session import Session

HELP = N_("Show a customer with its people and the latest entries of its timeline.")

_ENTRIES = 10
REF_HELP = N_("account number, id, e-mail, phone, or anything that is found exactly once")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("ref", metavar="REF", help=_(REF_HELP))
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Print the customer."""
    from tui_crm.cli.customers import as_object
    from tui_crm.core import customers

    session = command.session()
    with session.db.connection():
        customer = customers.get(session, customers.resolve(session, options.ref))
        if options.json:
            output.json_line(as_object(session, customer))
            return 0
        _print_values(session, customer)
        _print_people(session, customer)
        entries = customers.timeline(session, customer.id, limit=_ENTRIES)
        total = customers.timeline_count(session, customer.id)
        if entries:
            output.line()
            output.line(_("Timeline ({shown} of {total})").format(shown=len(entries), total=total))
            for entry in entries:
                output.line("  " + _entry(session, entry))
    return 0


def _print_values(session: Session, customer: Customer) -> None:
    from tui_crm.core.validation import display

    pairs = []
    for field in session.fields.of("customer"):
        value = customer.values.get(field.name)
        if isinstance(value, tuple):
            pairs.append((field.label, "\n".join(value)))
        else:
            pairs.append((field.label, display(session, field, value)))
    output.pairs((label, text) for label, text in pairs if text)


def _print_people(session: Session, customer: Customer) -> None:
    from tui_crm.core import customers

    if customer.values.get("kind") != "organization":
        return
    people = customers.people(session, customer.id, limit=20)
    if people:
        output.line()
        output.line(_("People"))
        for person in people:
            parts = (person.account_no, person.name, person.title, person.phone, person.email)
            output.line("  " + "  ".join(part for part in parts if part))


def _entry(session: Session, entry: TimelineEntry) -> str:
    from tui_crm.text.dates import format_local

    parts = [format_local(entry.at, session.zone), entry.label, entry.direction, entry.disposition]
    if entry.due_at is not None:
        parts.append(_("due {when}").format(when=format_local(entry.due_at, session.zone)))
    parts += [entry.title, entry.text, entry.author]
    return "  ".join(part for part in parts if part)
