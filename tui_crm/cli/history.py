"""crm history: who changed what."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json, positive
from tui_crm.cli.show import REF_HELP
from tui_crm.errors import NotFound
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.core.rows import ChangeRow, ChangeSetRow
    from tui_crm.core.session import Session

HELP = N_("Show who changed what, of one customer or of everything, newest first.")

_CHANGES = 10  # of each act
_CHANGES_OF_ONE = 1000

_KINDS = (
    N_("create"), N_("edit"), N_("log"), N_("task"), N_("batch"), N_("import"), N_("delete"),
    N_("undo"),
)  # fmt: skip
_ACTIONS = (N_("create"), N_("delete"), N_("restore"))
_ENTITIES = (N_("customer"), N_("interaction"), N_("task"))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("ref", nargs="?", default="", metavar="REF", help=_(REF_HELP))
    parser.add_argument(
        "--limit", type=positive, default=20, metavar="N", help=_("at most so many acts (20)")
    )
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Print the change sets with what they changed."""
    from tui_crm.core import customers, history

    session = command.session()
    with session.db.connection():
        id_ = customers.resolve(session, options.ref) if options.ref else None
        sets = history.change_sets(session, id_, limit=options.limit)
        if not sets:
            raise NotFound(_("Nothing was changed yet."))
        for row in sets:
            limit = _CHANGES if id_ is None else _CHANGES_OF_ONE
            changes = history.changes(session, row.id, limit=limit, customer_id=id_)
            if options.json:
                output.json_line(_object(row, changes))
            else:
                _print(session, row, changes, whole=id_ is None)
    return 0


def _print(session: Session, row: ChangeSetRow, changes: list[ChangeRow], *, whole: bool) -> None:
    from tui_crm.text.dates import format_local

    head = [
        f"#{row.id}",
        format_local(row.at, session.zone),
        row.actor or "-",
        _word(row.kind, _KINDS),
    ]
    head.append(row.summary if row.kind in ("batch", "import", "undo") else "")
    if row.undone_by_id is not None:
        head.append(_("(undone by #{id})").format(id=row.undone_by_id))
    output.line("  ".join(part for part in head if part))
    for change in changes:
        output.line("    " + _change(session, change))
    if whole and len(changes) == _CHANGES:
        output.line("    ...")


def _change(session: Session, change: ChangeRow) -> str:
    field = session.fields.get(change.field, change.entity)
    if not change.field:
        action, entity = _word(change.action, _ACTIONS), _word(change.entity, _ENTITIES)
        what = _("{action} {entity}").format(action=action, entity=entity)
        return f"{change.record_name}: {what}"
    label = field.label if field else change.field
    old, new = output.shown(change.old), output.shown(change.new)
    return f"{change.record_name}: {label}: {old} -> {new}"


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
                "entity": change.entity,
                "id": change.record_id,
                "name": change.record_name,
                "action": change.action,
                "field": change.field,
                "old": change.old,
                "new": change.new,
            }
            for change in changes
        ],
    }
