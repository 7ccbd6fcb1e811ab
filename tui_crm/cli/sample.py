"""crm sample: customers that do not exist, as a spreadsheet."""

from __future__ import annotations

import argparse
from pathlib import Path

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import positive
from tui_crm.text.i18n import N_, _, ngettext

HELP = N_("Write sample customers as CSV; the same ones for the same seed.")

COLUMNS = (
    "account_no", "kind", "name", "organization", "title", "phones", "emails", "handles", "street",
    "postcode", "city", "state", "country", "birthday", "category", "status", "source", "tags",
    "needs",
)  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--customers", type=positive, default=1000, metavar="N", help=_("how many (1000)")
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=_("which ones (1)"))
    parser.add_argument("file", metavar="FILE.csv", help=_("the file to write"))


def run(command: Command, options: argparse.Namespace) -> int:
    """Write the file."""
    from tui_crm.exchange.writing.export import new_file, write_rows
    from tui_crm.sample import customers

    path = Path(options.file)
    with new_file(path) as file:
        count = write_rows(file, COLUMNS, customers(options.customers, options.seed))
    output.note(
        ngettext(
            "{n} customer written to {path}.", "{n} customers written to {path}.", count
        ).format(n=count, path=path)
    )
    return 0
