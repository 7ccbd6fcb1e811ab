"""crm migrate: bring the database to this version's format."""

from __future__ import annotations

import argparse

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.text.i18n import N_, _

HELP = N_("Bring the database to the format of this version, after a backup.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: there are none besides the common ones."""


def run(command: Command, options: argparse.Namespace) -> int:
    """Migrate; what was done is told by the opening itself."""
    from tui_crm.exchange.duplicates import keys
    from tui_crm.search import notes

    session = command.session()
    with output.counter(_("interactions indexed")) as progress:
        notes.prepare(session.db, everything=True, progress=progress)
    with output.counter(_("customers prepared for the search of duplicates")) as progress:
        keys.prepare(session.db, everything=True, progress=progress)
    if session.db.migrated is None:
        output.line(_("The database has format {n} already.").format(n=session.db.schema_version()))
    return 0
