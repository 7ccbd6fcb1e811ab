"""The verbs, the modules that do them, and their help."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol, cast

from tui_crm.cli.command import Command
from tui_crm.cli.parsing import Parser, add_common, help_width
from tui_crm.errors import UsageError
from tui_crm.text.i18n import _
from tui_crm.text.width import wrap

# In the order in which a newcomer meets them. Keywords of Python cannot name a module.
MODULES = {
    "demo": "demo",
    "sample": "sample",
    "init": "init",
    "migrate": "migrate",
    "doctor": "doctor",
    "bench": "bench",
    "search": "search",
    "show": "show",
    "add": "add",
    "edit": "edit",
    "log": "log",
    "batch": "batch",
    "history": "history",
    "undo": "undo",
    "redo": "redo",
    "bin": "bin",
    "import": "import_file",
    "export": "export",
    "duplicates": "duplicates",
    "merge": "merge",
    "unmerge": "unmerge",
    "fields": "fields",
    "users": "users",
    "config": "config",
}


class Verb(Protocol):
    """What a verb's module has."""

    HELP: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        ...

    def run(self, command: Command, options: Any) -> int:
        """Do it; gives the exit code."""
        ...


def load(name: str) -> Verb:
    """The module of a verb; `UsageError` with the nearest one if there is none of that name."""
    if name not in MODULES:
        from tui_crm.config import nearest

        raise UsageError(
            _('There is no command "{name}".').format(name=name),
            nearest(name, MODULES) or _("crm --help lists them."),
        )
    return cast(Verb, import_module(f"tui_crm.cli.{MODULES[name]}"))


def parser_of(name: str) -> Parser:
    """The parser of a verb."""
    verb = load(name)
    parser = Parser(name, _(verb.HELP))
    verb.arguments(parser)
    add_common(parser)
    return parser


def run(command: Command, name: str, arguments: Sequence[str]) -> int:
    """Run a verb; gives its exit code."""
    verb = load(name)
    parser = parser_of(name)
    # argparse mixes options and arguments, or understands --, but not both.
    parse = parser.parse_args if "--" in arguments else parser.parse_intermixed_args
    try:
        options = parse(arguments)
    except SystemExit as leaving:  # --help printed itself
        return int(leaving.code or 0)
    for common in ("config", "db", "login"):
        if hasattr(options, common):
            setattr(command, common, getattr(options, common))
    return verb.run(command, options)


def print_help(arguments: Sequence[str]) -> None:
    """The help of the whole command, or of one verb."""
    if arguments:
        parser_of(arguments[0]).print_help()
        return
    sys.stdout.write(overview())


def _hung(label: str, text: str) -> str:
    """A text in lines that fit, below each other behind its label."""
    lines = wrap(text, help_width() - len(label))
    return label + f"\n{' ' * len(label)}".join(lines)


def overview() -> str:
    """The help of the whole command."""
    width = max(map(len, MODULES)) + 2
    verbs = "\n".join(_hung(f"  {name.ljust(width)}", _(load(name).HELP)) for name in MODULES)
    return "\n".join(
        [
            _("usage: crm [--config FILE] [--db URL] [--as USER] [COMMAND ...]"),
            "",
            _("Without a command the app opens. crm COMMAND --help says more."),
            "",
            _("commands:"),
            verbs,
            "",
            _("common options, before or behind the command:"),
            _hung("  --config FILE  ", _("another crm.toml (environment: CRM_CONFIG)")),
            _hung(
                "  --db URL       ", _("sqlite:///PATH or postgresql://... (environment: CRM_DB)")
            ),
            _hung("  --as USER      ", _("work as this user")),
            _hung("  --version      ", _("print the version")),
            "",
            *wrap(
                _(
                    "exit codes: 0 done, 2 wrong usage, 3 input refused, 4 not allowed,"
                    " 5 database out of reach, 6 conflict, 7 nothing found"
                ),
                help_width(),
            ),
            "",
        ]
    )
