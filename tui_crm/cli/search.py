"""crm search: what the search field of the app finds."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json, positive
from tui_crm.errors import NotFound
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

HELP = N_("Find customers by words, a piece of a number, or field:value.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "query",
        nargs="+",
        metavar="QUERY",
        help=_("what to find; put -- before a query that begins with a minus"),
    )
    parser.add_argument(
        "--limit", type=positive, default=50, metavar="N", help=_("at most so many (50)")
    )
    parser.add_argument(
        "--notes",
        action="store_true",
        help=_("find interactions by words of their notes, the newest first"),
    )
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Print what was found, the best first; `NotFound` if that is nothing."""
    from tui_crm import search
    from tui_crm.cli import customers

    session = command.session()
    query = " ".join(options.query)
    if options.notes:
        return _notes(session, query, options)
    with session.db.connection():
        # A program that reads the answer asks for what it wrote and not for what it may have meant.
        find = search.find if options.json else search.find_or_correct
        answer = find(session, query, limit=options.limit)
        for problem in answer.problems:
            output.note(problem.message)
        if not answer.hits:
            raise NotFound(_('Nothing found for "{ref}".').format(ref=query))
        if answer.shown_for:
            output.note(_("Shown for: {words}").format(words=answer.shown_for))
        if options.json:
            for item in customers.objects(session, [hit.row.id for hit in answer.hits]):
                output.json_line(item)
            return 0
        customers.print_table(hit.row for hit in answer.hits)
    shown = len(answer.hits)
    if answer.total is None:
        output.note(_("These are the first {shown}; --limit shows more.").format(shown=shown))
    elif answer.total > shown:
        output.note(
            _("{shown} of {total}; --limit shows more.").format(shown=shown, total=answer.total)
        )
    return 0


def _notes(session: Session, query: str, options: argparse.Namespace) -> int:
    """Print the interactions that were found; one JSON object a line with --json."""
    from tui_crm.search import notes
    from tui_crm.text.dates import to_iso

    answer = notes.search(session, query, options.limit)
    for problem in answer.problems:
        output.note(problem.message)
    if not answer.hits:
        raise NotFound(_('Nothing found for "{ref}".').format(ref=query))
    for hit in answer.hits:
        if options.json:
            output.json_line(
                {
                    "id": hit.id,
                    "customer_id": hit.row.id,
                    "customer": hit.row.name,
                    "started_at": to_iso(hit.at),
                    "kind": hit.kind,
                    "subject": hit.subject.text,
                    "note": hit.note.text,
                    "matches": [list(span) for span in hit.note.matches],
                }
            )
            continue
        at = hit.at.astimezone(session.zone)
        text = " - ".join(filter(None, (hit.subject.text, hit.note.text)))
        output.line(f"{at:%Y-%m-%d %H:%M}  {hit.row.id}  {hit.row.name}  {hit.kind}: {text}")
    if answer.more and not options.json:
        shown = len(answer.hits)
        output.note(_("These are the first {shown}; --limit shows more.").format(shown=shown))
    return 0
