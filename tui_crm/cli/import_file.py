"""crm import: customers from a table."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json, add_yes
from tui_crm.errors import InputRefused
from tui_crm.text.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.exchange.importing import ErrorFile, Imported
    from tui_crm.exchange.mapping import ColumnMap
    from tui_crm.exchange.plan import Plan, Refused
    from tui_crm.exchange.reader import CsvTable

HELP = N_("Import customers from a CSV file, as one act that can be undone.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file", metavar="FILE", help=_("the table; its first row names the columns")
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=FIELD",
        help=_("which field a column feeds; COLUMN= leaves it out"),
    )
    parser.add_argument(
        "--mode",
        choices=("create", "update", "upsert"),
        default="create",
        help=_(
            "create: every row is new (as usual); update: rows edit known customers; upsert: both."
            " Customers are known by account_no, external_id or a unique e-mail"
        ),
    )
    parser.add_argument(
        "--errors", default="", metavar="FILE", help=_("where refused rows go (FILE.errors.csv)")
    )
    parser.add_argument("--encoding", default="", metavar="NAME", help=_("not the detected one"))
    parser.add_argument("--delimiter", default="", metavar="C", help=_("not the detected one"))
    parser.add_argument(
        "--preview", action="store_true", help=_("say what would happen, change nothing")
    )
    add_yes(parser)
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Read the table, tell what would happen, ask, and do it.

    Refused rows leave the exit code at 0 as long as any row was good; the file of refused rows
    and the count tell about them.
    """
    from tui_crm.exchange import mapping as mapping_
    from tui_crm.exchange.importing import ErrorFile
    from tui_crm.exchange.plan import make_plan
    from tui_crm.exchange.reader import CsvTable
    from tui_crm.exchange.sniff import sniff

    session = command.session(face="import")
    path = Path(options.file)
    delimiter = "\t" if options.delimiter in ("\\t", "tab") else options.delimiter
    table = CsvTable(path, sniff(path, encoding=options.encoding, delimiter=delimiter))
    columns = mapping_.propose(table.headers, session.fields, mapping_.overrides(options.map))
    mapping_.refuse_unknown(columns, session.fields)
    if not options.json:
        _print_columns(table, columns)
    errors = ErrorFile(Path(options.errors or f"{path}.errors.csv"), table.headers)
    with session.db.connection(), errors:
        plan = make_plan(session, table, columns, options.mode, refuse=errors.add)
        try:
            return _carry_out(session, options, table, plan, errors)
        finally:
            plan.close()


def _carry_out(
    session: Session,
    options: argparse.Namespace,
    table: CsvTable,
    plan: Plan,
    errors: ErrorFile,
) -> int:
    from tui_crm.exchange.importing import apply_plan

    if not options.json:
        _print_plan(plan, errors.first)
    imported: Imported | None = None
    if not options.preview and len(plan.steps):
        if not options.yes and not output.confirm(
            ngettext("Import {n} row?", "Import {n} rows?", len(plan.steps)).format(
                n=len(plan.steps)
            ),
            refused_hint=_("Add --yes to import them, or --preview to look first."),
        ):
            output.line(_("Nothing was imported."))
            return 0
        with output.counter(_("imported")) as progress:
            imported = apply_plan(session, plan, table, table.path.name, progress)
        for refused in imported.refused:
            errors.add(refused)
    written = errors.keep()
    _report(options.json, plan, imported, errors.count, errors.path if written else None)
    if errors.count and not (plan.new or plan.updated or plan.unchanged):
        raise InputRefused(
            _("No row of {path} could be imported.").format(path=table.path),
            _("The reasons are in {path}.").format(path=errors.path),
        )
    return 0


def _print_columns(table: CsvTable, columns: ColumnMap) -> None:
    dialect = table.dialect
    delimiter = {"\t": "tab"}.get(dialect.delimiter, dialect.delimiter)
    output.line(
        _("{path}: {encoding}, separator {delimiter}").format(
            path=table.path, encoding=dialect.encoding, delimiter=delimiter
        )
    )
    for column in columns.columns:
        output.line(f"  {column.header} -> {column.field.name}")
    left_out = [header for header in (*columns.read_only, *columns.left_out) if header]
    if left_out:
        output.line("  " + _("left out: {names}").format(names=", ".join(left_out)))


def _print_plan(plan: Plan, refused: Sequence[Refused]) -> None:
    output.line(
        _("{new} new, {updated} to change, {unchanged} unchanged, {refused} refused").format(
            new=plan.new, updated=plan.updated, unchanged=plan.unchanged, refused=plan.refused
        )
    )
    if plan.doubtful:
        output.line(
            ngettext(
                "{n} of the new ones has the e-mail address of a known customer.",
                "{n} of the new ones have the e-mail address of a known customer.",
                plan.doubtful,
            ).format(n=plan.doubtful)
        )
    for item in refused:
        output.line(
            "  " + _("line {line}: {reason}").format(line=item.row.line, reason=item.reason)
        )


def _report(
    as_json: bool, plan: Plan, imported: Imported | None, refused: int, errors: Path | None
) -> None:
    from tui_crm.cli.customers import undo_hint

    outcome = imported.outcome if imported else None
    if as_json:
        output.json_line(
            {
                "change_set": outcome.change_set_id if outcome else None,
                "rows": plan.rows,
                "new": plan.new,
                "updated": plan.updated,
                "unchanged": plan.unchanged,
                "refused": refused,
                "done": outcome.done if outcome else 0,
                "errors": str(errors) if errors else "",
            }
        )
        return
    if outcome is not None:
        output.line(
            ngettext("{n} customer imported.", "{n} customers imported.", outcome.done).format(
                n=outcome.done
            )
        )
        undo_hint(outcome.change_set_id)
    elif not len(plan.steps):
        output.line(_("There was nothing to import."))
    if errors is not None:
        output.line(
            _("The refused rows are in {path}, with the reasons; mend them and import it.").format(
                path=errors
            )
        )
