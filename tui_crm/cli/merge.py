"""crm merge: make one customer of several."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json, is_assignment
from tui_crm.cli.show import REF_HELP
from tui_crm.errors import InputRefused
from tui_crm.text.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from tui_crm.core.session import Session

HELP = N_("Make one customer of several; their old numbers lead to it, and it can be undone.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "refs",
        nargs="+",
        metavar="REF",
        help=_("{ref}; FIELD=REF takes the value of that customer").format(ref=_(REF_HELP)),
    )
    parser.add_argument(
        "--keep", default="", metavar="REF", help=_("the customer that stays (the first)")
    )
    parser.add_argument(
        "--preview", action="store_true", help=_("show what it would become, change nothing")
    )
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Merge, and print what the survivor became."""
    from tui_crm.cli.customers import FieldWords, as_object, print_diffs, undo_hint
    from tui_crm.core import customers, merging
    from tui_crm.core.rows import FieldDiff

    session = command.session()
    with session.db.connection():
        ids, choose = _arguments(session, options.refs)
        keep = customers.resolve(session, options.keep) if options.keep else 0
        plan = merging.plan(session, ids, keep, choose)
        outcome = None
        if not options.preview:
            outcome = merging.merge(session, ids, keep, choose)
        survivor = customers.get(session, plan.keep)
    if options.json:
        output.json_line(
            {
                "change_set": outcome.change_set_id if outcome else None,
                "merged": list(plan.ids[1:]),
                "moved": plan.moved,
                "customer": as_object(session, survivor)
                if outcome
                else {choice.field: choice.result for choice in plan.fields},
            }
        )
        return 0
    output.line(f"{survivor.account_no} {survivor.name}")
    output.line(_("  with {names}").format(names=", ".join(plan.names[1:])))
    print_diffs(
        FieldWords(session),
        [FieldDiff(c.field, c.values[0], c.result) for c in plan.fields if c.result != c.values[0]],
    )
    if plan.moved:
        output.line(
            ngettext(
                "  {n} contact or task moved", "  {n} contacts and tasks moved", plan.moved
            ).format(n=plan.moved)
        )
    if outcome:
        undo_hint(outcome.change_set_id)
    return 0


def _arguments(session: Session, words: list[str]) -> tuple[list[int], dict[str, int]]:
    """The customers to merge, and for some fields the customer whose value is taken."""
    from tui_crm.core import customers

    ids: list[int] = []
    choose: dict[str, int] = {}
    for word in words:
        name, sign, ref = word.partition("=")
        if not is_assignment(word) or not sign or session.fields.get(name) is None:
            ids.append(customers.resolve(session, word))
            continue
        if not ref:
            raise InputRefused(
                _("{field}= names no customer.").format(field=name),
                _("Write {name}=REF to take the value of that customer.").format(name=name),
            )
        choose[name] = customers.resolve(session, ref)
    return ids, choose
