"""crm edit: change one customer."""

from __future__ import annotations

import argparse

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json
from tui_crm.cli.show import REF_HELP
from tui_crm.text.i18n import N_, _

HELP = N_("Change fields of one customer.")
EDIT_HELP = N_("field=value, field= to clear, tags+=x to add to a list, tags-=y to take away")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("ref", metavar="REF", help=_(REF_HELP))
    parser.add_argument("assignments", nargs="+", metavar="field=value", help=_(EDIT_HELP))
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Change the customer and print old -> new."""
    from tui_crm.cli.customers import FieldWords, as_object, print_diffs, undo_hint
    from tui_crm.core import changes, customers, validation
    from tui_crm.core.rows import FieldDiff

    session = command.session()
    with session.db.connection():
        edit = validation.parse_assignments(session, options.assignments)
        id_ = customers.resolve(session, options.ref)
        before = customers.get(session, id_)
        request = changes.Request(steps=[changes.Update(id_, edit)], kind="edit")
        outcome = changes.apply(session, request)
        after = customers.get(session, id_)
    if options.json:
        output.json_line(as_object(session, after))
        return 0
    diffs = [
        FieldDiff(name, before.values.get(name), after.values.get(name))
        for name in edit.fields
        if before.values.get(name) != after.values.get(name)
    ]
    output.line(f"{after.account_no} {after.name}")
    if not diffs:
        output.line("  " + _("nothing to change"))
        return 0
    print_diffs(FieldWords(session), diffs)
    undo_hint(outcome.change_set_id)
    return 0
