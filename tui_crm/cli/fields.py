"""crm fields: the fields of customers, and custom ones."""

from __future__ import annotations

import argparse

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json
from tui_crm.errors import UsageError
from tui_crm.text.i18n import N_, _

HELP = N_("List the fields of customers, or add a custom one.")

_TYPES = ("text", "number", "date", "choice", "bool")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("list", "add"),
        default="list",
        help=_("list (as usual) or add"),
    )
    parser.add_argument(
        "key", nargs="?", default="", metavar="KEY", help=_("name of the new field")
    )
    parser.add_argument("--type", choices=_TYPES, default="text", help=_("what it holds (text)"))
    parser.add_argument("--label", default="", metavar="TEXT", help=_("its label in English"))
    parser.add_argument("--label-zh", default="", metavar="TEXT", help=_("its label in Chinese"))
    parser.add_argument("--choices", default="", metavar="A;B;C", help=_("the values of a choice"))
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """List the fields, or add one."""
    session = command.session()
    if options.action == "add":
        from tui_crm.core import custom_fields

        if not options.key:
            raise UsageError(_("A new field needs a name."), "crm fields add KEY --label TEXT")
        choices = tuple(part.strip() for part in options.choices.split(";") if part.strip())
        with session.db.connection():
            field = custom_fields.define(
                session, options.key, options.type, options.label, options.label_zh, choices
            )
        output.line(_("Added the field {name}.").format(name=field.name))
        return 0
    fields = list(session.fields.of("customer"))
    if options.json:
        for field in fields:
            output.json_line(
                {
                    "name": field.name,
                    "label": field.label,
                    "type": field.type,
                    "required": field.required,
                    "editable": field.editable,
                    "custom": field.custom,
                    "choices": list(field.choices),
                }
            )
        return 0
    output.table(
        [_("Field"), _("Label"), _("Type"), ""],
        (
            (
                field.name,
                field.label,
                field.type,
                ", ".join(
                    word
                    for word, holds in (
                        (_("needed"), field.required),
                        (_("read only"), not field.editable),
                        (_("custom"), field.custom),
                    )
                    if holds
                ),
            )
            for field in fields
        ),
    )
    return 0
