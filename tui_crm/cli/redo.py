"""crm redo: do again what was undone."""

from __future__ import annotations

import argparse

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.undo import declare, only_of, tell
from tui_crm.errors import NotFound
from tui_crm.text.i18n import N_, _

HELP = N_("Do a change set again that was undone: the last one that you undid, or the named one.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    declare(parser, _("the number of what was undone (the last that you undid)"))


def run(command: Command, options: argparse.Namespace) -> int:
    """Take the undo back, and say what was kept because it was edited since."""
    from tui_crm.core import changes, history

    session = command.session()
    with session.db.connection():
        set_id = options.changeset
        if set_id is None:
            last = history.last_redoable(session)
            if last is None or last.undoes_id is None:
                raise NotFound(_("You have undone nothing that could be done again."))
            set_id = last.undoes_id
        with output.counter(_("done again")) as progress:
            outcome = changes.redo(
                session,
                set_id,
                only=only_of(session, options),
                preview=options.preview,
                progress=progress,
            )
    tell(options, set_id, outcome, again=True)
    return 0
