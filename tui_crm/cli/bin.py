"""crm bin: the recycle bin."""

from __future__ import annotations

import argparse

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json, add_yes, positive
from tui_crm.errors import NotFound
from tui_crm.text.i18n import N_, _, ngettext

HELP = N_("Look into the recycle bin, bring customers back, or remove them for good.")

_ACTIONS = ("list", "restore", "purge")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", nargs="?", choices=_ACTIONS, default="list", help=_("(list)"))
    parser.add_argument(
        "text",
        nargs="*",
        metavar="TEXT",
        help=_("ids, or words of the name, the organisation, a number or an address"),
    )
    parser.add_argument(
        "--all", action="store_true", help=_("purge: all of them, whenever they were deleted")
    )
    parser.add_argument(
        "--limit", type=positive, default=50, metavar="N", help=_("list at most so many (50)")
    )
    add_yes(parser)
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """List, restore or purge."""
    session = command.session()
    with session.db.connection():
        if options.action == "restore":
            return _restore(command, options)
        if options.action == "purge":
            return _purge(command, options)
        return _list(command, options)


def _list(command: Command, options: argparse.Namespace) -> int:
    from tui_crm.core import recycle
    from tui_crm.text.dates import format_local

    session, text = command.session(), " ".join(options.text)
    found = recycle.rows(session, text, limit=options.limit)
    if not found:
        raise NotFound(_nobody(everybody=not text))
    if options.json:
        for row in found:
            output.json_line(
                {
                    "id": row.id, "account_no": row.account_no, "name": row.name,
                    "organization": row.organization, "deleted_at": row.deleted_at,
                    "deleted_by": row.deleted_by, "change_set": row.change_set_id,
                }
            )  # fmt: skip
        return 0
    heads = [_("Id"), _("Name"), _("Account no."), _("Deleted"), _("By")]
    output.table(
        heads,
        (
            (str(row.id), row.name, row.account_no, format_local(row.deleted_at, session.zone),
             row.deleted_by)
            for row in found
        ),
        right=(0,),
    )  # fmt: skip
    total = recycle.count(session, text)
    if total > len(found):
        output.line(_("... and {n} more.").format(n=total - len(found)))
    return 0


def _restore(command: Command, options: argparse.Namespace) -> int:
    from tui_crm.cli.customers import undo_hint
    from tui_crm.core import recycle

    chosen = _chosen(command, options)
    text = ngettext("Bring {n} customer back?", "Bring {n} customers back?", len(chosen))
    if len(chosen) > 1 and not _asked(options, text.format(n=len(chosen))):
        return 0
    outcome = recycle.restore(command.session(), chosen)
    if options.json:
        output.json_line({"change_set": outcome.change_set_id, "restored": outcome.done})
        return 0
    done = ngettext("{n} customer is back.", "{n} customers are back.", outcome.done)
    output.line(done.format(n=outcome.done))
    undo_hint(outcome.change_set_id)
    return 0


def _purge(command: Command, options: argparse.Namespace) -> int:
    from tui_crm.core import recycle

    session = command.session()
    chosen = _chosen(command, options) if options.text or options.all else recycle.due(session)
    if not chosen:
        days = session.settings.general.keep_deleted_days
        raise NotFound(
            _("Nobody has been in the recycle bin for more than {days} days.").format(days=days),
            _("Name whom to purge, or add --all."),
        )
    text = ngettext(
        "Remove {n} customer for good? This cannot be undone.",
        "Remove {n} customers for good? This cannot be undone.",
        len(chosen),
    )
    if not _asked(options, text.format(n=len(chosen))):
        return 0
    with output.counter(_("purged")) as progress:
        outcome = recycle.purge(session, chosen, progress=progress)
    if options.json:
        output.json_line({"change_set": outcome.change_set_id, "purged": outcome.done})
        return 0
    done = ngettext(
        "{n} customer is gone for good.", "{n} customers are gone for good.", outcome.done
    )
    output.line(done.format(n=outcome.done))
    return 0


def _asked(options: argparse.Namespace, question: str) -> bool:
    if options.yes or output.confirm(question, refused_hint=_("Add --yes to do it.")):
        return True
    output.line(_("Nothing was changed."))
    return False


def _chosen(command: Command, options: argparse.Namespace) -> list[int]:
    """The customers in the bin that the arguments name: by ids, or by words."""
    from tui_crm.core import recycle

    session = command.session()
    if options.text and all(part.isascii() and part.isdigit() for part in options.text):
        wanted = [int(part) for part in options.text]
        found = sorted(set(wanted) & set(recycle.ids(session)))
        if found:
            return found
    found = recycle.ids(session, " ".join(options.text)) if options.text or options.all else []
    if not found:
        raise NotFound(_nobody(everybody=options.all))
    return found


def _nobody(*, everybody: bool) -> str:
    if everybody:
        return _("The recycle bin is empty.")
    return _("There is nobody like that in the recycle bin.")
