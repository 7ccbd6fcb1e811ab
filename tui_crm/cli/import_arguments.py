"""The arguments of crm import."""

from __future__ import annotations

import argparse

from tui_crm.cli.parsing import add_json, add_yes, natural
from tui_crm.text.i18n import _


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help=_(
            "CSV, TSV, XLSX, XLS, ODS, vCard or JSON lines; several with the same columns are one"
            " table, others are joined by a key; - is the standard input"
        ),
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=FIELD",
        help=_(
            "which field a column feeds; COLUMN= leaves it out; #3 is the third column; FILE:COLUMN"
            " is that of one of several files"
        ),
    )
    parser.add_argument(
        "--kind",
        action="append",
        default=[],
        metavar="FILE=KIND",
        help=_(
            "what a file holds: customers, people of theirs, details of theirs (numbers, addresses)"
            " or interactions (calls, orders, tasks); found out otherwise; a KIND alone is for all"
        ),
    )
    parser.add_argument(
        "--join",
        action="append",
        default=[],
        metavar="FILE=COLUMN",
        help=_(
            "the column that names the customers; found out otherwise. COLUMN:OTHER says in which"
            " column of their file; a COLUMN alone is for all files"
        ),
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
        action="append",
        default=[],
        metavar="NAME",
        help=_(
            "the mapping that was kept under this name in the app; --map and --set go before; once"
            " for each of several files"
        ),
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
        "--key",
        choices=("account_no", "external_id", "emails", "phones", "duplicates"),
        default="",
        help=_(
            "by what alone customers are known; duplicates: as usual, and behind that by whoever is"
            " likely to be the same"
        ),
    )
    parser.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="FIELD=RULE",
        help=_(
            "what a row does to a field of a known customer: overwrite (as usual), fill it where it"
            " is blank, or never; a RULE alone is for every field"
        ),
    )
    parser.add_argument(
        "--clear",
        default="",
        metavar="MARK",
        help=_("a cell that says this empties the field; a blank one never does"),
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
    parser.add_argument(
        "--sheet",
        default="",
        metavar="NAME",
        help=_("not the first sheet; * for all of them, as files"),
    )
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
        "--dry-run",
        "--preview",
        dest="preview",
        action="store_true",
        help=_("say what would happen, change nothing"),
    )
    parser.add_argument(
        "--watch",
        default="",
        metavar="FOLDER",
        help=_("import the files that arrive in a folder, without asking, until Ctrl-C"),
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help=_("with --watch: only the files that are there, and leave then"),
    )
    add_yes(parser)
    add_json(parser)
