"""crm batch: the same change to everybody that a query finds."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.edit import EDIT_HELP
from tui_crm.cli.parsing import add_json, add_yes
from tui_crm.errors import InputRefused, NotFound
from tui_crm.text.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from tui_crm.core.batch import BatchPreview
    from tui_crm.core.meanwhile import BatchConflict
    from tui_crm.core.results import Results
    from tui_crm.core.rows import Outcome, RecordDiff
    from tui_crm.core.session import Session

HELP = N_("Change fields of all customers that a query finds, as one act that can be undone.")

BATCH_HELP = N_(
    "field:=OPERATION to work it out: replace(OLD, NEW), copy(FIELD), +7d, -1m, +5, *1.1"
)
_SHOWN = 20
_PAGE = 500


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "query", metavar="QUERY", help=_('what search understands; "" is everybody')
    )
    parser.add_argument(
        "assignments", nargs="+", metavar="field=value", help=_(EDIT_HELP) + "; " + _(BATCH_HELP)
    )
    parser.add_argument(
        "--preview", action="store_true", help=_("list old -> new for each record, change nothing")
    )
    parser.add_argument(
        "--skip-refused",
        action="store_true",
        help=_("leave out those for whom a value is refused, and change the others"),
    )
    parser.add_argument(
        "--failed",
        metavar="FILE",
        help=_("write those that were not changed, with reasons, as CSV"),
    )
    add_yes(parser)
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Show what would change, ask, and change it."""
    from pathlib import Path

    from tui_crm import search
    from tui_crm.core import batch, listing, validation
    from tui_crm.core.results import Results
    from tui_crm.exchange.writing.reports import write_failures

    session = command.session()
    with session.db.connection():
        edit = validation.parse_assignments(session, options.assignments)
        search.refuse_problems(session, options.query)
        ids = listing.ids(session, options.query)
        if not ids:
            raise NotFound(_('Nothing found for "{ref}".').format(ref=options.query))
        preview = batch.preview(session, ids, edit)
        if options.json and options.preview:
            for record in _records(preview, len(ids)):
                output.json_line(_object(record))
            return 0
        if not options.json:
            _print_preview(session, preview, len(ids), everything=options.preview)
        if options.preview:
            return 0
        if not preview.changed and not preview.refused:
            _report(None, options.json)
            return 0
        if preview.invalid and options.yes and not options.skip_refused:
            raise InputRefused(
                ngettext(
                    "{n} customer cannot be changed like that. Nothing was changed.",
                    "{n} customers cannot be changed like that. Nothing was changed.",
                    preview.invalid,
                ).format(n=preview.invalid),
                _("Add --skip-refused to change the others."),
            )
        failures = Results()
        outcome = _change(session, options, preview, failures)
        if outcome is None:
            output.line(_("Nothing was changed."))
            return 0
        _report(outcome, options.json)
        if options.failed and failures:
            write_failures(Path(options.failed), failures)
    if outcome.failed and not options.skip_refused:
        raise InputRefused(
            ngettext(
                "{n} customer was not changed.", "{n} customers were not changed.", outcome.failed
            ).format(n=outcome.failed)
        )
    return 0


def _change(
    session: Session, options: argparse.Namespace, preview: BatchPreview, failures: Results
) -> Outcome | None:
    """Change whom the user confirmed; None if that is nobody.

    What others changed since the user looked is told, and asked about. With --yes nobody looked.
    """
    from tui_crm.core import batch
    from tui_crm.core.meanwhile import BatchConflict

    wanted = _confirmed(session, options, preview)
    seen = None if options.yes else preview.seen
    while wanted is not None:
        try:
            with output.counter(_("changed")) as progress:
                return batch.apply(
                    session, wanted, preview.edit,
                    progress=progress, seen=seen, report=failures.add,
                )  # fmt: skip
        except BatchConflict as conflict:
            _print_conflict(session, conflict)
            seen = conflict.seen
            if not output.confirm(_("Change them all the same?"), refused_hint=conflict.hint):
                wanted = None
    return None


def _print_conflict(session: Session, conflict: BatchConflict) -> None:
    from tui_crm.cli.customers import FieldWords

    output.note(str(conflict))
    words = FieldWords(session)
    for item in conflict.collisions[:_SHOWN]:
        values = (item.seen, item.now, item.yours)
        seen, now, yours = (words.value(item.field, value) for value in values)
        output.note(
            _("  {name}: {field}: you saw {seen}, now it is {now}, you want {yours}").format(
                name=item.name, field=words.label(item.field), seen=seen, now=now, yours=yours
            )
        )


def _confirmed(
    session: Session, options: argparse.Namespace, preview: BatchPreview
) -> Sequence[int] | None:
    """Whom to change: all who match now, of whom the user was told; None for nobody."""
    from tui_crm.core import batch

    number, seen = preview.changed, preview.ids
    while True:
        if not options.yes and not output.confirm(
            _question(number, preview.invalid),
            refused_hint=_("Add --yes to change them, or --preview to look first."),
        ):
            return None
        since = batch.since_preview(session, options.query, seen)
        if not since.came and not since.went:
            return since.ids
        output.note(
            _("Since the preview {came} came and {went} went.").format(
                came=len(since.came), went=len(since.went)
            )
        )
        if options.yes:
            return since.ids
        number, seen = len(since.ids), since.ids


def _question(number: int, invalid: int) -> str:
    question = ngettext("Change {n} customer?", "Change {n} customers?", number).format(n=number)
    if not invalid:
        return question
    left = ngettext(
        "{n} that is refused stays as it is.", "{n} that are refused stay as they are.", invalid
    )
    return f"{left.format(n=invalid)} {question}"


def _print_preview(
    session: Session, preview: BatchPreview, total: int, *, everything: bool
) -> None:
    from tui_crm.cli.customers import FieldWords, print_diffs

    output.line(
        _("{total} found: {changed} would change, {unchanged} are so already.").format(
            total=total, changed=preview.changed, unchanged=preview.unchanged
        )
    )
    if preview.missing:
        output.line(_("{n} are gone or out of reach.").format(n=preview.missing))
    for reason, number in preview.reasons[:_SHOWN]:
        output.line(_("Refused: {reason}  ({n})").format(reason=reason, n=number))
    words = FieldWords(session)
    for counts in preview.fields:
        for old, new, number in counts.values[:_SHOWN]:
            before, after = words.value(counts.field, old), words.value(counts.field, new)
            output.line(f"  {words.label(counts.field)}: {before} -> {after}  ({number})")
    shown = 0
    for record in _records(preview, total):
        if not (record.changes or record.refused):
            continue
        if not everything and shown == _SHOWN:
            more = preview.changed + preview.invalid - shown
            output.line(_("... and {n} more; --preview lists all.").format(n=more))
            break
        shown += 1
        output.line(
            f"{record.id} {record.name}" + (f"  ({record.refused})" if record.refused else "")
        )
        print_diffs(words, (diff for diff in record.diffs if diff.old != diff.new))


def _records(preview: BatchPreview, total: int) -> Iterator[RecordDiff]:
    for offset in range(0, total, _PAGE):
        yield from preview.page(offset, _PAGE)


def _object(record: RecordDiff) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "changes": {
            diff.field: {"old": diff.old, "new": diff.new}
            for diff in record.diffs
            if diff.old != diff.new
        },
        "refused": record.refused,
    }


def _report(outcome: Outcome | None, as_json: bool) -> None:
    from tui_crm.cli.customers import undo_hint

    done = outcome.done if outcome else 0
    failed = outcome.failed if outcome else 0
    if as_json:
        output.json_line(
            {
                "change_set": outcome.change_set_id if outcome else None,
                "done": done,
                "failed": failed,
                "skipped": outcome.skipped if outcome else 0,
            }
        )
        return
    if outcome is None or not (done or failed):
        output.line(_("There was nothing to change."))
        return
    output.line(ngettext("{n} customer changed.", "{n} customers changed.", done).format(n=done))
    for result in outcome.results:
        if result.outcome == "failed":
            output.line(f"  {result.id} {result.name}: {result.reason}")
    undo_hint(outcome.change_set_id)
