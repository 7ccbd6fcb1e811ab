"""crm export: customers as a table."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.errors import UsageError
from tui_crm.text import i18n
from tui_crm.text.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from tui_crm.core.fields import Field, Registry
    from tui_crm.core.session import Session

_LIST = "list"  # instead of names of fields

HELP = N_("Write customers as CSV, XLSX, vCards or JSON, all of them or what a query finds.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "query", nargs="?", default="", metavar="QUERY", help=_("what search understands")
    )
    parser.add_argument(
        "file", metavar="FILE", help=_("the file to write; - is the standard output")
    )
    parser.add_argument(
        "--columns",
        "--fields",
        dest="fields",
        default="",
        metavar="A,B,C",
        help=_("only these fields, in this order; list: those that the list of the app shows"),
    )
    parser.add_argument(
        "--sort",
        default="",
        metavar="A,B",
        help=_("by these fields, as sort: of a query; --sort=-A is the other way round"),
    )
    parser.add_argument(
        "--format",
        choices=("csv", "xlsx", "vcard", "vcard3", "jsonl"),
        default="",
        help=_("what the name of the file does not say; vcard is 4.0, vcard3 3.0"),
    )
    parser.add_argument(
        "--headers",
        choices=("names", "labels"),
        default="",
        help=_("of CSV and XLSX: the names of fields, or their labels, as usual in Chinese"),
    )
    parser.add_argument(
        "--no-bom", action="store_true", help=_("CSV without the mark by which Excel knows UTF-8")
    )


def run(command: Command, options: argparse.Namespace) -> int:
    """Write the file."""
    from tui_crm import search
    from tui_crm.exchange.writing.export import export_file, write_customers
    from tui_crm.exchange.writing.writers import SUFFIXES

    session = command.session()
    if options.fields.strip() == _LIST:
        fields = _listed(session)
    else:
        fields = _fields(session.fields, options.fields)
    query = options.query
    if options.sort:
        query = f"{query} sort:{options.sort}".strip()
    path = Path(options.file)
    if Path(options.query).suffix.lower() in SUFFIXES and path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            _('"{query}" is the name of a file; the file comes last.').format(query=options.query),
            "crm export QUERY FILE",
        )
    kind = options.format or SUFFIXES.get(path.suffix.lower(), "csv")
    # A program that reads the output relies on names; people read files.
    chinese = i18n.language() == "zh" and options.file != "-"
    labels = options.headers == "labels" or (chinese and not options.headers)
    with session.db.connection(), output.counter(_("written")) as progress:
        search.refuse_problems(session, query)
        ids = search.all_ids(session, query)
        if options.file == "-" and kind == "xlsx":
            with tempfile.TemporaryDirectory(prefix="crm-") as folder:
                book = Path(folder) / "customers.xlsx"
                export_file(session, ids, book, fields, kind, labels=labels, query=query)
                with book.open("rb") as file:
                    shutil.copyfileobj(file, sys.stdout.buffer)
            return 0
        if options.file == "-":
            write_customers(
                session, ids, _StandardOutput(), fields, kind=kind, query=query, labels=labels
            )
            return 0
        count = export_file(
            session, ids, path, fields, kind, mark=not options.no_bom, labels=labels,
            progress=progress, query=query,
        )  # fmt: skip
    output.note(
        ngettext(
            "{n} customer written to {path}.", "{n} customers written to {path}.", count
        ).format(n=count, path=path)
    )
    return 0


def _listed(session: Session) -> Sequence[Field]:
    """The fields of the columns of the list."""
    found = map(session.fields.of_column, session.settings.ui.columns)
    return [field for field in found if field is not None]


def _fields(registry: Registry, names: str) -> Sequence[Field]:
    if not names:
        return tuple(registry.of("customer"))
    fields = []
    for name in (part.strip() for part in names.split(",")):
        field = registry.get(name)
        if field is None:
            from tui_crm.config import nearest

            raise UsageError(
                _('There is no field "{name}".').format(name=name),
                nearest(name, registry.names()) or _("crm fields lists them."),
            )
        fields.append(field)
    return fields


class _StandardOutput:
    """The table with the line ends of the system."""

    def write(self, text: str, /) -> None:
        """Write text with line feeds for the line ends of CSV."""
        sys.stdout.write(text.replace("\r\n", "\n"))
