"""crm import: customers from a table."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.import_arguments import arguments
from tui_crm.errors import InputRefused, UsageError
from tui_crm.text.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.exchange.importing import ErrorFile, Imported
    from tui_crm.exchange.mapping.columns import ColumnMap
    from tui_crm.exchange.planning.plan import Mode, Plan, Refused, Rule
    from tui_crm.exchange.reading.reader import Table

_SURE = 0.9
_FEW = 5

__all__ = ["HELP", "arguments", "import_files", "run"]

HELP = N_("Import customers from tables, workbooks, vCards or JSON, as one act that can be undone.")


def run(command: Command, options: argparse.Namespace) -> int:
    """Read the table, tell what would happen, ask, and do it.

    Refused rows leave the exit code at 0 as long as any row was good; the file of refused rows
    and the count tell about them.
    """
    if bool(options.watch) == bool(options.files) or (options.once and not options.watch):
        raise UsageError(_("Name files, or a folder with --watch."), "crm import customers.csv")
    if options.watch:
        from tui_crm.cli.watching import watch

        options.yes = True
        return watch(command, options)
    errors = Path(options.errors or f"{_name(options.files[0])}.errors.csv")
    session = command.session(face="import")
    with ExitStack() as spools:
        paths = [spools.enter_context(_file(name)) for name in options.files]
        return import_files(session, options, paths, errors)


def import_files(
    session: Session,
    options: argparse.Namespace,
    paths: Sequence[Path],
    refused_to: Path,
    *,
    uid: str = "",
) -> int:
    """Import files as one table, as the options say; refused rows go to `refused_to`.

    With the `uid` of an import that was done nothing is written again.
    """
    from tui_crm.exchange.importing import ErrorFile
    from tui_crm.exchange.mapping import mapping as mapping_
    from tui_crm.exchange.mapping import profiles
    from tui_crm.exchange.planning.plan import make_plan
    from tui_crm.exchange.reading.opening import open_tables

    tables = open_tables(
        paths,
        format=options.format,
        encoding=options.encoding,
        delimiter="\t" if options.delimiter in ("\\t", "tab") else options.delimiter,
        sheet=options.sheet,
        header_line=options.header,
    )
    if len(tables) > 1 or options.kind or options.join:
        from tui_crm.cli.import_joined import import_joined, sources_of

        sources = sources_of(session, options, tables)
        if len(sources) > 1 or sources[0].kind != "customers":
            return import_joined(session, options, sources, refused_to, uid)
        tables = [sources[0].table]
    table = tables[0]
    named = options.profile[-1] if options.profile else ""
    profile = profiles.by_name(session.settings, named) if named else None
    constants = mapping_.overrides(options.set)
    usual, rules = rules_of(session, options.rule)
    mode = options.mode or (profile.mode if profile is not None else "create")
    refuse_useless_key(options, mode)
    if profile is not None:
        usual = usual or ("fill" if profile.only_blank else "overwrite")
        rules = {**profile.rules, **rules}
    with session.db.connection(), ErrorFile(refused_to, table.headers) as errors:
        chosen = mapping_.overrides(options.map)
        clear = options.clear.strip() or (profile.clear if profile is not None else "")
        columns = mapping_.propose_for(session, table, chosen, constants, options.dates, clear)
        if profile is not None:
            columns = profile.applied(columns, session.fields)
        if not options.skip_unknown:
            mapping_.refuse_unknown(columns, session.fields)
        if not options.json:
            _print_columns(table, columns)
        plan = make_plan(
            session,
            table,
            columns,
            mode,
            refuse=errors.add,
            blank_unknown=options.unknown_values == "blank",
            only_blank=usual == "fill",
            rules=rules,
            key=options.key or (profile.key if profile is not None else ""),
        )
        try:
            return _carry_out(session, options, table, plan, errors, uid, mode)
        finally:
            plan.close()


def refuse_useless_key(options: argparse.Namespace, mode: Mode) -> None:
    """`UsageError` for --key where every row is new."""
    if options.key and mode == "create":
        raise UsageError(
            _("--key is for rows that edit known customers."), _("Add --mode update or upsert.")
        )


def rules_of(session: Session, texts: Sequence[str]) -> tuple[Rule | None, dict[str, Rule]]:
    """The rule for every field, None for the usual one, and the rules by field."""
    from tui_crm.config import nearest
    from tui_crm.exchange.planning.plan import RULES

    usual: Rule | None = None
    rules: dict[str, Rule] = {}
    for text in texts:
        name, sign, word = text.strip().rpartition("=")
        rule = next((rule for rule in RULES if rule == word.strip()), None)
        if rule is None or (rule == "never" and not sign):
            raise UsageError(
                _('"{text}" is not FIELD=RULE.').format(text=text),
                _("Rules: {names}").format(names=", ".join(RULES)),
            )
        if not sign:
            usual = rule
            continue
        field = session.fields.get(name.strip())
        if field is None or not field.editable:
            names = [item.name for item in session.fields.of() if item.editable]
            raise UsageError(
                _('There is no field "{name}".').format(name=name), nearest(name, names)
            )
        rules[field.name] = rule
    return usual, rules


@contextmanager
def _file(name: str) -> Iterator[Path]:
    """The file of that name; what the standard input gives as a file of its own."""
    if name != "-":
        yield Path(name)
        return
    from tui_crm.exchange.reading.opening import spooled

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
    uid: str,
    mode: Mode,
) -> int:
    from tui_crm.exchange.importing import seen_before

    if not options.json:
        _print_plan(table, plan, errors.first)
        if words := seen_before(session, table, plan, mode):
            output.note(words)
    imported: Imported | None = None
    if not options.preview and len(plan.steps):
        count = len(plan.steps)
        question = ngettext("Import {n} row?", "Import {n} rows?", count).format(n=count)
        if not is_confirmed(options, question):
            return 0
        imported = write_plan(session, plan, table, errors.add, uid)
    written = errors.keep()
    _report(table, options.json, plan, imported, errors.count, errors.path if written else None)
    if errors.count and not (plan.new or plan.updated or plan.unchanged):
        raise InputRefused(
            _("No row of {path} could be imported.").format(path=table.title),
            _("The reasons are in {path}.").format(path=errors.path),
        )
    return 0


def is_confirmed(options: argparse.Namespace, question: str) -> bool:
    """Whether the user wants what `question` asks, or said so before with --yes."""
    wanted = options.yes or output.confirm(
        question, refused_hint=_("Add --yes to import them, or --preview to look first.")
    )
    if not wanted:
        output.line(_("Nothing was imported."))
    return wanted


def write_plan(
    session: Session, plan: Plan, table: Table, refuse: Callable[[Refused], None], uid: str
) -> Imported:
    """Write what is planned for a table, and show how far it is; `refuse` gets the rows that are
    refused only then.
    """
    from tui_crm.exchange.importing import apply_plan

    with output.counter(_("imported")) as progress:
        imported = apply_plan(session, plan, table, table.title, progress, uid=uid)
    for refused in imported.refused:
        refuse(refused)
    return imported


def _print_columns(table: Table, columns: ColumnMap) -> None:
    from tui_crm.exchange.reading.reader import CsvTable

    if isinstance(table, CsvTable):
        dialect = table.dialect
        output.line(
            _("{path}: {encoding}, separator {delimiter}").format(
                path=table.title,
                encoding=dialect.encoding,
                delimiter={"\t": "tab"}.get(dialect.delimiter, dialect.delimiter),
            )
        )
    else:
        output.line(f"{table.title}:")
    print_columns(columns)


def print_columns(columns: ColumnMap) -> None:
    """Print which column feeds which field, and what is left out."""
    from tui_crm.exchange.mapping.names import PARTS

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
    table: Table,
    as_json: bool,
    plan: Plan,
    imported: Imported | None,
    refused: int,
    errors: Path | None,
) -> None:
    from tui_crm.cli.customers import undo_hint

    outcome = imported.outcome if imported else None
    if as_json:
        output.json_line(
            {
                "file": table.title,
                "change_set": outcome.change_set_id if outcome else None,
                "rows": plan.rows,
                "new": plan.new,
                "updated": plan.updated,
                "unchanged": plan.unchanged,
                "refused": refused,
                "problems": dict(plan.problems),
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
