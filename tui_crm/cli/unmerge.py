"""crm unmerge: take a merge apart."""

from __future__ import annotations

import argparse

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json
from tui_crm.text.i18n import N_, _

HELP = N_("Take the last merge of a customer apart: each record gets back what was its own.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "ref", metavar="REF", help=_("the old number of a merged customer, or the one that stayed")
    )
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Unmerge, and say what stays with the survivor."""
    from tui_crm.cli.customers import undo_hint
    from tui_crm.core import customers, merging

    session = command.session()
    with session.db.connection():
        done = merging.unmerge(session, options.ref)
        rows = customers.rows(session, [done.survivor, *done.restored])
    if options.json:
        output.json_line(
            {
                "change_set": done.change_set_id,
                "survivor": done.survivor,
                "restored": list(done.restored),
                "kept": [{"id": r.id, "name": r.name, "reason": r.reason} for r in done.kept],
                "later": done.later,
            }
        )
        return 0
    for row in rows:
        output.line(f"{row.account_no} {row.name}")
    if done.kept:
        output.line(_("Kept:"))
        for result in done.kept:
            output.line(f"  {result.id} {result.name}: {result.reason}")
    if words := merging.told(done.later):
        output.line(words)
    undo_hint(done.change_set_id)
    return 0
