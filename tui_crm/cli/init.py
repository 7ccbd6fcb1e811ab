"""crm init: a crm.toml to begin with, and an empty database."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.errors import InputRefused
from tui_crm.text.i18n import N_, _

HELP = N_("Write a crm.toml to begin with, and make the database.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: there are none besides the common ones."""
    parser.add_argument(
        "--no-config", action="store_true", help=_("make only the database, no crm.toml")
    )


def run(command: Command, options: argparse.Namespace) -> int:
    """Write the file unless there is one, then open the database; both are kept if they exist."""
    from tui_crm.config.places import folder

    if not options.no_config:
        named = command.config or os.environ.get("CRM_CONFIG", "")
        path = Path(named) if named else folder("config", os.environ) / "crm.toml"
        if path.exists():
            output.line(_("Kept: {path}").format(path=path))
        else:
            _write(path)
            output.line(_("Written: {path}").format(path=path))
    session = command.session()
    output.line(_("Database: {url}").format(url=output.shown_url(session.db.url)))
    output.line(_("You are {login}. Open the app with: crm").format(login=session.viewer.login))
    return 0


def _write(path: Path) -> None:
    from tui_crm.config.document import example_text

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A second `crm init` at the same time must not overwrite what the first one's user edits.
        with path.open("x", encoding="utf-8") as file:
            file.write(example_text())
    except OSError as error:
        raise InputRefused(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror),
            _("Choose another place with --config FILE."),
        ) from error
