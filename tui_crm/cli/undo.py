"""crm undo: take a change back."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json
from tui_crm.errors import NotFound
from tui_crm.text.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from tui_crm.core.rows import UndoOutcome
    from tui_crm.core.session import Session

HELP = N_("Take a change set back: your last one, or the one that is named.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    declare(parser, _("the number that the change or crm history told (your last one)"))


def declare(parser: argparse.ArgumentParser, which: str) -> None:
    """Declare the arguments of undo or redo; `which` says what the change set is and which one is
    taken where none is named."""
    parser.add_argument("changeset", nargs="?", type=number, metavar="CHANGESET", help=which)
    parser.add_argument(
        "--preview", action="store_true", help=_("say what would happen, change nothing")
    )
    parser.add_argument(
        "--only", metavar="REF", help=_("only what it did to this customer, found as in crm show")
    )
    parser.add_argument(
        "--kept",
        metavar="FILE",
        help=_("write what is kept and what fails, with reasons, as CSV"),
    )
    add_json(parser)


def number(text: str) -> int:
    """The number of a change set, with or without its #."""
    return int(text.removeprefix("#"))


number.__name__ = N_("change set number")  # argparse names the type in its message


def run(command: Command, options: argparse.Namespace) -> int:
    """Undo it, and say what was kept because it was edited since."""
    from tui_crm.core import changes, history

    session = command.session()
    with session.db.connection():
        only = only_of(session, options)
        set_id = options.changeset
        if set_id is None:
            last = history.last_undoable(session)
            if last is None:
                raise NotFound(_("You have changed nothing that could be undone."))
            set_id = last.id
        with output.counter(_("undone")) as progress:
            outcome = changes.undo(
                session, set_id, only=only, preview=options.preview, progress=progress
            )
    tell(options, set_id, outcome)
    return 0


def only_of(session: Session, options: argparse.Namespace) -> int | None:
    """The customer of `--only`; one in the recycle bin is found by its id alone."""
    from tui_crm.core import customers

    if not options.only:
        return None
    try:
        return customers.resolve(session, options.only)
    except NotFound:
        digits = options.only.removeprefix("#")
        if not (digits.isascii() and digits.isdigit()):
            raise
        return int(digits)


def tell(
    options: argparse.Namespace, set_id: int, outcome: UndoOutcome, *, again: bool = False
) -> None:
    """Print the three parts of an undo, or a redo: what went back, what was kept, what failed.

    Raises `NotFound` where all three are empty: nobody was changed, or nobody whom the user sees.
    """
    if not (outcome.reversed or outcome.kept or outcome.failed):
        raise NotFound(
            _("Change set {id} has nothing in it for you to undo or redo.").format(id=set_id)
        )
    _print(options, set_id, outcome, again)
    if options.kept:
        from tui_crm.exchange.writing.reports import write_buckets

        write_buckets(Path(options.kept), outcome)


def _print(options: argparse.Namespace, set_id: int, outcome: UndoOutcome, again: bool) -> None:
    if options.json:
        output.json_line(
            {
                "change_set": outcome.change_set_id,
                "undid": set_id,
                "reversed": outcome.reversed,
                "kept": [{"id": r.id, "name": r.name, "reason": r.reason} for r in outcome.kept],
                "failed": [
                    {"id": r.id, "name": r.name, "reason": r.reason} for r in outcome.failed
                ],
            }
        )
        return
    if options.preview:
        text = ngettext("{n} record would go back.", "{n} records would go back.", outcome.reversed)
    else:
        text = ngettext("{n} record is back.", "{n} records are back.", outcome.reversed)
    head = _("Change set {id}:").format(id=set_id)
    output.line(f"{head} {text.format(n=outcome.reversed)}")
    for title, results in ((_("Kept:"), outcome.kept), (_("Failed:"), outcome.failed)):
        if not results:
            continue
        if options.kept:
            output.line(f"{title} {len(results)}")
            continue
        output.line(title)
        for result in results:
            output.line(f"  {result.id} {result.name}: {result.reason}")
    if outcome.change_set_id is not None:
        back = _("To undo it: crm undo {id}") if again else _("To do it again: crm undo {id}")
        output.line(back.format(id=outcome.change_set_id))
