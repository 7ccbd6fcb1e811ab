"""docs/commands.md, made from the parsers, so that the two cannot disagree."""

from __future__ import annotations

import argparse

from tui_crm.cli import verbs
from tui_crm.text.i18n import _

_HEAD = """# The crm command

`crm` alone opens the app; `crm COMMAND` does one thing and prints it. This page is generated from
the program: `crm COMMAND --help` says the same.

The options `--config FILE` (another crm.toml), `--db URL` (another database, `sqlite:///PATH` or
`postgresql://USER@HOST/DATABASE`) and `--as USER` may stand before or behind the command. The
environment variables `CRM_CONFIG` and `CRM_DB` say the same; an option is stronger.

## What scripts can rely on

* `--json` prints one object a line. A customer's keys are the field names of `crm fields`; a list
  is a JSON list of texts as they were entered, an empty text is `""`, dates and times are ISO 8601.
  Control characters are escaped, so that the output is safe on a terminal and whole for a program.
* `REF` is an account number, an id, an external id, an e-mail address, a phone number in any
  spelling, or anything that search finds exactly once.
* `field=value` sets a field, `field=` clears it; `tags+=x` adds to a list and `tags-=y` takes away
  from it. Several values of a list are separated by semicolons.
* A query is what the search field of the app takes: words, `field:value`, `-word`, `sort:field`.
  Put `--` before one that begins with a minus: `crm search -- -status:lost`.
* What goes wrong is told on the standard error output in one line, with the way out below it. The
  exit code is 0 when it is done, 2 for wrong usage, 3 when the input was refused, 4 when it is not
  allowed, 5 when the database is out of reach, 6 for a conflict with somebody else's change, 7 when
  nothing was found, 130 after Ctrl-C. 1 is a defect of the program; the log file has its details.
* Every change is one change set. Its number is printed, and `crm undo NUMBER` takes it back.

## CSV files

An export has the field names as headers, is UTF-8 with a byte order mark, and can be imported again
with `--mode upsert` without changing anything. Lists stand in one cell, separated by `;` (a
semicolon inside a value is written `\\;`). A cell that a spreadsheet would run as
a formula is written with an apostrophe before it, which an import takes off again.

An import knows columns by their names in English or Chinese, several of them may feed one list
(`Phone 1`, `Phone 2`). Encoding (UTF-8, UTF-16, GB18030, Big5, Windows code pages) and separator
are detected. A column that is not known stops the import; `--map "Column=field"` says what it is,
and `--map "Column="` leaves it out. A customer is known by its account number, else its external
id, else an e-mail address that only one customer has. A blank cell never erases, and a list gains
what the file has and loses nothing. Refused rows go to a file of their own with the reason and the
line; mend them there and import that file.
"""


def markdown() -> str:
    """The text of docs/commands.md, in the language in force."""
    parts = [_HEAD]
    for name in verbs.MODULES:
        parser = verbs.parser_of(name)
        parts.append(f"\n## crm {name}\n\n{_(verbs.load(name).HELP)}\n\n")
        parts.append(f"    crm {name} {_usage(parser)}".rstrip() + "\n")
        entries = [_entry(action) for action in _own(parser)]
        if entries:
            parts.append("\n" + "\n".join(entries) + "\n")
    return "".join(parts)


def _own(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """The arguments of this command alone."""
    shared = {"help", "config", "db", "login"}
    return [action for action in parser._actions if action.dest not in shared]


def _usage(parser: argparse.ArgumentParser) -> str:
    options = [f"[{_shown(action)}]" for action in _own(parser) if action.option_strings]
    positional = []
    for action in _own(parser):
        if not action.option_strings:
            text = _shown(action)
            many = {"+": f"{text} ...", "*": f"[{text} ...]", "?": f"[{text}]"}
            positional.append(many.get(str(action.nargs), text))
    return " ".join((*positional, *options))


def _shown(action: argparse.Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else ""
    if not value and action.choices is not None:
        value = "|".join(map(str, action.choices))
    if not action.option_strings:
        return value or action.dest
    option = action.option_strings[0]
    return option if action.nargs == 0 else f"{option} {value or action.dest.upper()}"


def _entry(action: argparse.Action) -> str:
    return f"* `{_shown(action)}`: {action.help or ''}"
