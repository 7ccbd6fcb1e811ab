"""crm migrate: bring the database to this version's format."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.store import Database

HELP = N_("Bring the database to the format of this version, after a backup.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--anew",
        action="store_true",
        help=_("make the search index and the keys of duplicates anew, too"),
    )


def run(command: Command, options: argparse.Namespace) -> int:
    """Migrate; what was done is told by the opening itself."""
    from tui_crm.exchange.duplicates import keys
    from tui_crm.search import notes

    session = command.session()
    if options.anew:
        _anew(session.db)
    with output.counter(_("interactions indexed")) as progress:
        notes.prepare(session.db, everything=True, progress=progress)
    with output.counter(_("customers prepared for the search of duplicates")) as progress:
        keys.prepare(session.db, everything=True, progress=progress)
    if session.db.migrated is None:
        output.line(_("The database has format {n} already.").format(n=session.db.schema_version()))
    return 0


def _anew(db: Database) -> None:
    """Make everything anew that is derived from the customers and their history, one after the
    other, so that others can work meanwhile.
    """
    from tui_crm.exchange.duplicates import keys
    from tui_crm.search import index
    from tui_crm.search.notes import rebuild as note_rebuild

    with output.counter(_("search index")) as progress:
        index.rebuild(db, progress)
    with output.counter(_("interactions indexed")) as progress:
        note_rebuild.rebuild(db, progress)
    with output.counter(_("customers prepared for the search of duplicates")) as progress:
        keys.rebuild(db, progress)
