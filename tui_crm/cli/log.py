"""crm log: what was said to a customer, and what is to be done next."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.edit import EDIT_HELP
from tui_crm.cli.parsing import add_json
from tui_crm.cli.show import REF_HELP
from tui_crm.errors import InputRefused, UsageError
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.text.when import When

HELP = N_("Log a call, an e-mail, a meeting, a visit, a chat or a note.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("ref", metavar="REF", help=_(REF_HELP))
    parser.add_argument(
        "assignments", nargs="*", default=[], metavar="field=value", help=_(EDIT_HELP)
    )
    parser.add_argument(
        "--kind", default="call", help=_("call (as usual), email, meeting, visit, chat or note")
    )
    parser.add_argument(
        "--outcome", default="", metavar="X", help=_("how it ended: a disposition of crm.toml")
    )
    parser.add_argument("--note", default="", metavar="TEXT", help=_("what was said"))
    parser.add_argument("--subject", default="", metavar="TEXT", help=_("what it was about"))
    parser.add_argument("--direction", default="", choices=("in", "out"), help=_("who called whom"))
    parser.add_argument(
        "--duration", default="", metavar="M:SS", help=_("how long it took: 4:30, 1:02:00")
    )
    parser.add_argument("--at", default="", metavar="WHEN", help=_("when it was (now)"))
    parser.add_argument("--next", default="", metavar="TEXT", help=_("the next step: makes a task"))
    parser.add_argument(
        "--due",
        default="",
        metavar="WHEN",
        help=_('when that is due: "+2d", "fri 15:00", "明天 10点"'),
    )
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Log it, all in one change set."""
    from tui_crm.cli.customers import undo_hint
    from tui_crm.core import customers, interactions, validation

    if options.due and not options.next:
        raise UsageError(_("--due needs --next."), _('Write --next "call back" --due +2d'))
    session = command.session()
    with session.db.connection():
        due = _when(session, options.due) if options.due else None
        started_at = _when(session, options.at).at if options.at else None
        edit = (
            validation.parse_assignments(session, options.assignments)
            if options.assignments
            else None
        )
        id_ = customers.resolve(session, options.ref)
        outcome = interactions.log(
            session,
            id_,
            kind=options.kind,
            direction=options.direction,
            disposition=options.outcome,
            note=options.note,
            subject=options.subject,
            started_at=started_at,
            duration=_seconds(options.duration),
            next_step=options.next,
            due=due,
            edit=edit,
        )
        customer = customers.get(session, id_)
    if options.json:
        output.json_line(
            {
                "customer": customer.id,
                "change_set": outcome.change_set_id,
                "record_ids": list(outcome.record_ids),
                "due": due.at if due else "",
            }
        )
        return 0
    output.line(
        _("Logged for {account_no} {name}.").format(
            account_no=customer.account_no, name=customer.name
        )
    )
    if options.next:
        output.line(
            _("Next: {step}, {when}").format(step=options.next, when=_shown(due))
            if due
            else _("Next: {step}").format(step=options.next)
        )
    undo_hint(outcome.change_set_id)
    return 0


def _when(session: Session, text: str) -> When:
    from tui_crm.text.dates import is_month_first
    from tui_crm.text.when import parse_when

    country = session.settings.general.home_country
    found = parse_when(text, session.now(), month_first=is_month_first(country))
    if found is None:
        raise InputRefused(
            _('"{text}" is not understood as a time.').format(text=text),
            _('Write "+2d", "fri 15:00", "2026-03-01 14:00" or "明天 10点".'),
        )
    return found


def _shown(due: When | None) -> str:
    if due is None:
        return ""
    return f"{due.at:%Y-%m-%d %H:%M}" if due.has_time else f"{due.at:%Y-%m-%d}"


def _seconds(text: str) -> int:
    """The seconds of "90", "4:30" or "1:02:03"."""
    total = 0
    try:
        for part in text.split(":") if text else ():
            if len(part) > 6 or not part.isascii() or not part.isdigit():
                raise ValueError(part)
            total = total * 60 + int(part)
    except ValueError:
        raise InputRefused(
            _('"{text}" is no duration.').format(text=text),
            _("Write minutes:seconds, such as 4:30, or seconds."),
        ) from None
    return total
