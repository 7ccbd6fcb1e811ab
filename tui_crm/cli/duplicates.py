"""crm duplicates: who seems to be in the database twice."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json
from tui_crm.errors import NotFound, UsageError
from tui_crm.text.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.exchange.duplicates.sweep import Group

HELP = N_("List customers who seem to be the same, one group a line, and why.")

_TIERS = {"sure": N_("sure"), "likely": N_("likely"), "possible": N_("possible")}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "query",
        nargs="*",
        metavar="QUERY",
        help=_("whom to look among (everybody); the customers, where a decision is given"),
    )
    parser.add_argument(
        "--min",
        dest="least",
        choices=tuple(_TIERS),
        default="likely",
        help=_("how sure it must be (likely)"),
    )
    decision = parser.add_mutually_exclusive_group()
    decision.add_argument(
        "--different", action="store_true", help=_("remember for good that these are different")
    )
    decision.add_argument(
        "--later", action="store_true", help=_("list the group of these at the end from now on")
    )
    decision.add_argument(
        "--forget", action="store_true", help=_("take back what was decided about these")
    )
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """List the groups, the surest first, or remember a decision."""
    session = command.session()
    if options.different or options.later or options.forget:
        with session.db.connection():
            _decide(session, options)
        return 0
    groups = _sweep(session, " ".join(options.query), options.least)
    for group in groups:
        if options.json:
            output.json_line(_object(group))
        else:
            output.line(_line(group))
    if not options.json:
        count = len(groups)
        output.note(ngettext("{n} group", "{n} groups", count).format(n=count))
    return 0


def _sweep(session: Session, query: str, least: str) -> list[Group]:
    from tui_crm import search
    from tui_crm.exchange.duplicates.sweep import sweep

    ids = None
    with session.db.connection():
        if query:
            search.refuse_problems(session, query)
            ids = search.all_ids(session, query)
            if not ids:
                raise NotFound(_('Nothing found for "{ref}".').format(ref=query))
        with output.counter(_("pairs compared")) as progress:
            return sweep(session, ids, least, progress=progress)  # type: ignore[arg-type]  # argparse checked it


def _decide(session: Session, options: argparse.Namespace) -> None:
    from tui_crm.core import customers
    from tui_crm.exchange.duplicates import decisions

    if len(options.query) < 2:
        raise UsageError(_("A decision is about two customers or more."))
    ids = [customers.resolve(session, ref) for ref in options.query]
    if options.forget:
        decisions.forget(session, ids)
        output.line(_("Forgotten."))
    else:
        decisions.decide(session, ids, "different" if options.different else "later")
        output.line(_("Remembered."))


def _object(group: Group) -> dict[str, object]:
    return {
        "score": round(group.score, 4),
        "tier": group.tier,
        "members": [
            {"id": m.id, "account_no": m.account_no, "external_id": m.external_id, "name": m.name}
            for m in group.members
        ],
        "reasons": list(group.reasons),
        "later": group.later,
    }


def _line(group: Group) -> str:
    members = " = ".join(f"{m.account_no} {m.name}" for m in group.members)
    head = f"{group.score:.3f} {_(_TIERS[group.tier])}  {members}"
    if group.later:
        head += f"  ({_('later')})"
    return f"{head}  | {'; '.join(group.reasons)}"
