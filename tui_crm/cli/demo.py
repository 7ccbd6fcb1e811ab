"""crm demo: fill an empty database with sample data."""

from __future__ import annotations

import argparse

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import positive
from tui_crm.text.i18n import N_, _

HELP = N_("Fill an empty database with sample customers, calls and tasks.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--customers", type=positive, default=5000, metavar="N", help=_("how many (5000)")
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=_("which ones (1)"))
    parser.add_argument(
        "--if-empty", action="store_true", help=_("do nothing where there are customers already")
    )


def run(command: Command, options: argparse.Namespace) -> int:
    """Fill the database; `InputRefused` if it has customers."""
    from tui_crm.sample.fill import fill, is_empty

    session = command.session()
    with session.db.connection():
        if options.if_empty and not is_empty(session):
            return 0
        with output.counter(_("sample customers")) as progress:
            filled = fill(session, options.customers, options.seed, progress)
    output.line(
        _(
            "{customers} customers, {interactions} interactions and {tasks} tasks are in {url}"
        ).format(
            customers=filled.customers,
            interactions=filled.interactions,
            tasks=filled.tasks,
            url=output.shown_url(session.db.url),
        )
    )
    how = "crm"
    if command.config:
        how += f" --config {command.config}"
    if command.db:
        how += f" --db {output.shown_url(command.db)}"
    output.line(_("Open the app with: {command}").format(command=how))
    return 0
