"""crm history: who changed what."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json, positive
from tui_crm.cli.show import REF_HELP
from tui_crm.cli.undo import number
from tui_crm.errors import NotFound, UsageError
from tui_crm.text.i18n import N_, _, ngettext
from tui_crm.text.safe import EMPTY_GLYPH

if TYPE_CHECKING:
    from tui_crm.core.change_words import ChangeWords
    from tui_crm.core.history import Filter
    from tui_crm.core.rows import ChangeRow, ChangeSetRow
    from tui_crm.core.session import Session

HELP = N_("Show who changed what, of one customer or of everything, newest first.")

_CHANGES = 10  # of each act
_CHANGES_OF_ONE = 1000

_ACTIONS = (N_("create"), N_("delete"), N_("restore"), N_("purge"))
_ENTITIES = (N_("customer"), N_("interaction"), N_("task"))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("ref", nargs="?", default="", metavar="REF", help=_(REF_HELP))
    parser.add_argument(
        "--limit", type=positive, default=20, metavar="N", help=_("at most so many acts (20)")
    )
    parser.add_argument("--user", metavar="USER", default="", help=_("what this user did"))
    parser.add_argument("--since", metavar="DATE", help=_("from the beginning of this day on"))
    parser.add_argument("--until", metavar="DATE", help=_("up to the end of this day"))
    parser.add_argument("--field", metavar="FIELD", default="", help=_("acts that changed it"))
    parser.add_argument(
        "--kind", metavar="KIND", default="", help=_("edit, batch, import, delete, undo ...")
    )
    parser.add_argument("--text", metavar="TEXT", default="", help=_("in an old or a new value"))
    parser.add_argument(
        "--as-of", metavar="DATE", help=_("show the customer as it was at the end of this day")
    )
    parser.add_argument(
        "--diff",
        nargs=2,
        metavar="DATE",
        help=_("what became different between the ends of two days"),
    )
    parser.add_argument(
        "--restore",
        type=number,
        metavar="CHANGE",
        help=_("give a field the value that it had before this change (its number: --json)"),
    )
    parser.add_argument("--csv", metavar="FILE", help=_("write every single change to a file"))
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Print the change sets with what they changed, or what else is asked for."""
    from tui_crm.core import customers

    session = command.session()
    with session.db.connection():
        id_ = customers.resolve(session, options.ref) if options.ref else None
        if options.restore is not None:
            return _restore(session, options)
        if options.as_of or options.diff:
            if id_ is None:
                raise UsageError(_("Name the customer."), _("crm history --as-of DATE REF"))
            return _then(session, options, id_)
        wanted = _filter(session, options, id_)
        if options.csv:
            return _export(session, wanted, options.csv)
        return _list(session, options, wanted)


def _list(session: Session, options: argparse.Namespace, wanted: Filter) -> int:
    from tui_crm.core import history

    sets = history.search(session, wanted, limit=options.limit)
    if not sets:
        raise NotFound(
            _("Nothing was changed yet.")
            if wanted == history.Filter()
            else _("There is nothing like that in the history.")
        )
    id_ = wanted.customer_id
    for row in sets:
        limit = _CHANGES if id_ is None else _CHANGES_OF_ONE
        changes = history.changes(session, row.id, limit=limit, customer_id=id_)
        if options.json:
            output.json_line(_object(row, changes))
        else:
            _print(session, row, changes, whole=id_ is None)
    return 0


def _filter(session: Session, options: argparse.Namespace, id_: int | None) -> Filter:
    from tui_crm.core.history_query import build

    return build(
        session,
        user=options.user,
        since=options.since or "",
        until=options.until or "",
        field=options.field,
        kind=options.kind,
        text=options.text,
        customer_id=id_,
    )


def _then(session: Session, options: argparse.Namespace, id_: int) -> int:
    """Print a customer as it was, or what became different between two days."""
    from tui_crm.core import history, validation
    from tui_crm.core.history_query import last_moment

    if options.diff:
        earlier, later = sorted(last_moment(session, text) for text in options.diff)
        diffs = history.diff(session, id_, earlier, later)
        if options.json:
            output.json_line({d.field: {"old": d.old, "new": d.new} for d in diffs})
        elif not diffs:
            output.line(_("Nothing is different."))
        else:
            from tui_crm.cli.customers import FieldWords, print_diffs

            print_diffs(FieldWords(session), diffs)
        return 0
    values = history.as_of(session, id_, last_moment(session, options.as_of))
    if values is None:
        raise NotFound(_("It was not there on that day."))
    if options.json:
        output.json_line(values)
        return 0
    shown = []
    for name, value in values.items():
        field = session.fields.get(name)
        if field is not None and value not in ("", (), None):
            shown.append((field.label, validation.display(session, field, value)))
    output.pairs(shown)
    return 0


def _restore(session: Session, options: argparse.Namespace) -> int:
    from tui_crm.cli.customers import undo_hint
    from tui_crm.core import changes

    outcome = changes.restore_value(session, options.restore)
    if options.json:
        output.json_line({"change_set": outcome.change_set_id, "done": outcome.done})
        return 0
    if not outcome.done:
        output.line(_("There was nothing to change."))
        return 0
    output.line(_("The old value is back."))
    undo_hint(outcome.change_set_id)
    return 0


def _export(session: Session, wanted: Filter, path: str) -> int:
    """Write all single changes as CSV, for a spreadsheet."""
    from pathlib import Path

    from tui_crm.exchange.writing.reports import write_history

    with output.counter(_("written")) as progress:
        written = write_history(session, Path(path), wanted, progress=progress)
    output.line(ngettext("{n} change written.", "{n} changes written.", written).format(n=written))
    return 0


def _print(session: Session, row: ChangeSetRow, changes: list[ChangeRow], *, whole: bool) -> None:
    from tui_crm.core.change_words import ChangeWords
    from tui_crm.core.history_query import KINDS
    from tui_crm.text.dates import format_local

    head = [
        f"#{row.id}",
        format_local(row.at, session.zone),
        row.actor or "-",
        _word(row.kind, KINDS),
    ]
    head.append(row.summary if row.kind in ("batch", "import", "export", "merge", "undo") else "")
    if row.reason:
        head.append(_("reason: {reason}").format(reason=row.reason))
    head.append(f"({row.face})" if row.face else "")
    if row.undone_by_id is not None:
        head.append(_("(undone by #{id})").format(id=row.undone_by_id))
    output.line("  ".join(part for part in head if part))
    words = ChangeWords(session, changes)
    for change in changes:
        output.line("    " + _change(words, change))
    if whole and len(changes) == _CHANGES:
        output.line("    ...")


def _change(words: ChangeWords, change: ChangeRow) -> str:
    record = words.record(change)
    came = f"  ({change.origin})" if change.origin else ""
    if not change.field:
        action, entity = _word(change.action, _ACTIONS), _word(change.entity, _ENTITIES)
        what = _("{action} {entity}").format(action=action, entity=entity)
        return f"{record}: {what}{came}"
    old, new = (words.value(change, value) or EMPTY_GLYPH for value in (change.old, change.new))
    return f"{record}: {words.label(change)}: {old} -> {new}{came}"


def _word(text: str, known: tuple[str, ...]) -> str:
    """One of the words that the program itself writes, in the user's language."""
    return _(text) if text in known else text


def _object(row: ChangeSetRow, changes: list[ChangeRow]) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": row.at,
        "actor": row.actor,
        "face": row.face,
        "kind": row.kind,
        "summary": row.summary,
        "reason": row.reason,
        "done": row.done,
        "failed": row.failed,
        "skipped": row.skipped,
        "undoes": row.undoes_id,
        "undone_by": row.undone_by_id,
        "changes": [
            {
                "change": change.id,
                "entity": change.entity,
                "id": change.record_id,
                "name": change.record_name,
                "action": change.action,
                "field": change.field,
                "old": change.old,
                "new": change.new,
                "origin": change.origin,
            }
            for change in changes
        ],
    }
