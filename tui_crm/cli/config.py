"""crm config: check crm.toml, or show what holds and where it came from."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json
from tui_crm.errors import UsageError
from tui_crm.text.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from tui_crm.config import ConfigProblem, Settings

HELP = N_("Check crm.toml, or show every setting with where it came from.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", choices=("check", "show"), help=_("what to do"))
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Check or show; the exit code is 2 if anything is wrong."""
    settings, problems = command.inspect()
    problems = (*problems, *_keymap_problems(settings))
    if options.action == "show":
        _show(settings, options.json)
    _report(settings, problems, options)
    return UsageError.exit_code if problems else 0


def _keymap_problems(settings: Settings) -> Sequence[ConfigProblem]:
    """Keys that clash, or that no terminal sends."""
    from tui_crm.keys.keymap import resolve

    return tuple(resolve(settings.keymap, settings.problem)[1])


def _show(settings: Settings, as_json: bool) -> None:
    from tui_crm.config import document

    if not as_json:
        for line in document.show(settings):
            output.line(line)
        return
    for path, value in document.values(settings):
        output.json_line({"key": path, "value": value, "from": str(settings.origin(path))})


def _report(
    settings: Settings, problems: Sequence[ConfigProblem], options: argparse.Namespace
) -> None:
    if options.json and options.action == "check":
        for problem in problems:
            output.json_line(
                {
                    "file": problem.file,
                    "line": problem.line,
                    "key": problem.key,
                    "message": problem.message,
                    "hint": problem.hint,
                }
            )
        return
    for problem in problems:
        output.note(str(problem))
    if options.action == "check":
        where = settings.file or _("no crm.toml: everything has its default")
        if problems:
            count = len(problems)
            output.note(ngettext("{n} problem", "{n} problems", count).format(n=count))
        else:
            output.line(_("All is well: {file}").format(file=where))
