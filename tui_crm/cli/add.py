"""crm add: a new customer."""

from __future__ import annotations

import argparse

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json
from tui_crm.errors import UsageError
from tui_crm.text.i18n import N_, _

HELP = N_("Make a new customer.")
ASSIGNMENT_HELP = N_("field=value; a list takes its values separated by semicolons")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("assignments", nargs="+", metavar="field=value", help=_(ASSIGNMENT_HELP))
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Make the customer and print its number."""
    from tui_crm.cli.customers import as_object, undo_hint
    from tui_crm.core import changes, customers, validation

    session = command.session()
    with session.db.connection():
        edit = validation.parse_assignments(session, options.assignments)
        if edit.remove:
            raise UsageError(_("A new customer has nothing to take away."), _("Write field=value."))
        values = {**edit.set, **edit.add}
        request = changes.Request(steps=[changes.Create(values)], kind="create")
        outcome = changes.apply(session, request)
        customer = customers.get(session, outcome.record_ids[0])
    if options.json:
        output.json_line(as_object(session, customer))
    else:
        output.line(
            _("Made {account_no} {name} (id {id}).").format(
                account_no=customer.account_no, name=customer.name, id=customer.id
            )
        )
        undo_hint(outcome.change_set_id)
    return 0
