"""crm import: customers from a table."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json, add_yes, natural
from tui_crm.errors import InputRefused
from tui_crm.text.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.exchange.columns import ColumnMap
    from tui_crm.exchange.importing import ErrorFile, Imported
    from tui_crm.exchange.plan import Plan, Refused
    from tui_crm.exchange.reader import Table

_SURE = 0.9
_FEW = 5

HELP = N_("Import customers from tables, workbooks, vCards or JSON, as one act that can be undone.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=_(
            "CSV, TSV, XLSX, XLS, ODS, vCard or JSON lines; several of one format are one table;"
            " - is the standard input"
        ),
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=FIELD",
        help=_("which field a column feeds; COLUMN= leaves it out; #3 is the third column"),
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help=_("what rows get that say nothing about the field"),
    )
    parser.add_argument(
        "--profile",
        default="",
        metavar="NAME",
        help=_("the mapping that was kept under this name in the app; --map and --set go before"),
    )
    parser.add_argument(
        "--skip-unknown",
        action="store_true",
        help=_("leave out columns whose field is not known"),
    )
    parser.add_argument(
        "--unknown-values",
        choices=("refuse", "blank"),
        default="refuse",
        help=_("a value that a picklist does not have: refuse the row, or leave the field blank"),
    )
    parser.add_argument(
        "--mode",
        choices=("create", "update", "upsert"),
        default=None,
        help=_(
            "create: every row is new (as usual); update: rows edit known customers; upsert: both."
            " Customers are known by account_no, external_id or a unique e-mail"
        ),
    )
    parser.add_argument(
        "--errors", default="", metavar="FILE", help=_("where refused rows go (FILE.errors.csv)")
    )
    parser.add_argument(
        "--format",
        choices=("csv", "xlsx", "vcard", "jsonl"),
        default="",
        help=_("not the detected one; xlsx stands for every workbook"),
    )
    parser.add_argument("--sheet", default="", metavar="NAME", help=_("not the first sheet"))
    parser.add_argument(
        "--header",
        type=natural,
        default=None,
        metavar="LINE",
        help=_("the line of the headers, not the detected one; 0 if there are none"),
    )
    parser.add_argument(
        "--dates",
        choices=("dmy", "mdy"),
        default="",
        help=_("how 02/01/1990 is read, in every column; found out otherwise"),
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
    session = command.session(face="import")
    with ExitStack() as spools:
        paths = [spools.enter_context(_file(name)) for name in options.files]
        return _import(session, options, paths)


def _import(session: Session, options: argparse.Namespace, paths: Sequence[Path]) -> int:
    from tui_crm.exchange import mapping as mapping_
    from tui_crm.exchange import profiles
    from tui_crm.exchange.importing import ErrorFile
    from tui_crm.exchange.opening import open_all
    from tui_crm.exchange.plan import make_plan

    table = open_all(
        paths,
        format=options.format,
        encoding=options.encoding,
        delimiter="\t" if options.delimiter in ("\\t", "tab") else options.delimiter,
        sheet=options.sheet,
        header_line=options.header,
    )
    profile = profiles.by_name(session.settings, options.profile) if options.profile else None
    constants = mapping_.overrides(options.set)
    errors_name = options.errors or f"{_name(options.files[0])}.errors.csv"
    with session.db.connection(), ErrorFile(Path(errors_name), table.headers) as errors:
        chosen = mapping_.overrides(options.map)
        columns = mapping_.propose_for(session, table, chosen, constants, options.dates)
        if profile is not None:
            decided = columns
            columns = profile.applied(columns, session.fields)
            for column in decided.all:
                if column.why == "user":
                    columns = columns.changed(column.index, column.field, column.part)
        if not options.skip_unknown:
            mapping_.refuse_unknown(columns, session.fields)
        if not options.json:
            _print_columns(table, columns)
        plan = make_plan(
            session,
            table,
            columns,
            options.mode or (profile.mode if profile is not None else "create"),
            refuse=errors.add,
            blank_unknown=options.unknown_values == "blank",
            only_blank=profile is not None and profile.only_blank,
            rules=profile.rules if profile is not None else None,
            key=profile.key if profile is not None else "",
        )
        try:
            return _carry_out(session, options, table, plan, errors)
        finally:
            plan.close()


@contextmanager
def _file(name: str) -> Iterator[Path]:
    """The file of that name; what the standard input gives as a file of its own."""
    if name != "-":
        yield Path(name)
        return
    from tui_crm.exchange.opening import spooled

    stream = getattr(sys.stdin, "buffer", None) or io.BytesIO(sys.stdin.read().encode())
    with spooled(stream, _name(name)) as path:
        yield path


def _name(file: str) -> str:
    return "stdin" if file == "-" else file


def _carry_out(
    session: Session,
    options: argparse.Namespace,
    table: Table,
    plan: Plan,
    errors: ErrorFile,
) -> int:
    from tui_crm.exchange.importing import apply_plan

    if not options.json:
        _print_plan(table, plan, errors.first)
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
            imported = apply_plan(session, plan, table, table.title, progress)
        for refused in imported.refused:
            errors.add(refused)
    written = errors.keep()
    _report(options.json, plan, imported, errors.count, errors.path if written else None)
    if errors.count and not (plan.new or plan.updated or plan.unchanged):
        raise InputRefused(
            _("No row of {path} could be imported.").format(path=table.title),
            _("The reasons are in {path}.").format(path=errors.path),
        )
    return 0


def _print_columns(table: Table, columns: ColumnMap) -> None:
    from tui_crm.exchange.names import PARTS
    from tui_crm.exchange.reader import CsvTable

    if isinstance(table, CsvTable):
        dialect = table.dialect
        output.line(
            _("{path}: {encoding}, separator {delimiter}").format(
                path=table.path,
                encoding=dialect.encoding,
                delimiter={"\t": "tab"}.get(dialect.delimiter, dialect.delimiter),
            )
        )
    else:
        output.line(f"{table.title}:")
    for column in columns.columns:
        assert column.field is not None
        part = f".{column.part}" if column.part in PARTS else ""
        sure = "" if column.certainty >= _SURE else f" ({column.certainty:.0%})"
        output.line(f"  {column.title} -> {column.field.name}{part}{sure}")
    for name, value in columns.constants.items():
        output.line(f"  {name} = {value}")
    left_out = [*columns.read_only, *columns.left_out, *columns.unknown]
    if columns.is_about_deals:
        output.note(_("These look like opportunities; each would become a customer."))
    if shown := [header for header in left_out if header]:
        output.line("  " + _("left out: {names}").format(names=", ".join(shown)))


def _print_plan(table: Table, plan: Plan, refused: Sequence[Refused]) -> None:
    for notice in table.notices[:_FEW]:
        output.line(
            "  "
            + _("line {line} is left out: {reason}").format(line=notice.line, reason=_(notice.what))
        )
    if len(table.notices) > _FEW:
        more = len(table.notices) - _FEW
        output.line("  " + ngettext("and {n} more line", "and {n} more lines", more).format(n=more))
    output.line(
        _("{new} new, {updated} to change, {unchanged} unchanged, {refused} refused").format(
            new=plan.new, updated=plan.updated, unchanged=plan.unchanged, refused=plan.refused
        )
    )
    for (field, value), count in plan.unknown_values.most_common(_FEW):
        output.line(
            "  "
            + ngettext(
                '{field}: "{value}" is not in the list ({n} row)',
                '{field}: "{value}" is not in the list ({n} rows)',
                count,
            ).format(field=field, value=value, n=count)
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
