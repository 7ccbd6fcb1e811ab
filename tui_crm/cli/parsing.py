"""The argument parsers of the verbs: errors are `UsageError`, common options are understood."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from tui_crm.errors import UsageError
from tui_crm.text.i18n import _

_ASSIGNMENT = re.compile(r"\w+[+-]?=", re.S)


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of leaving the program, and takes no abbreviations."""

    def __init__(self, verb: str, description: str) -> None:
        super().__init__(
            prog=f"crm {verb}",
            description=description,
            allow_abbrev=False,
            formatter_class=_Formatter,
        )
        self.verb = verb

    def error(self, message: str) -> NoReturn:
        """What is wrong with the arguments."""
        hint = _("crm {verb} --help says how.").format(verb=self.verb)
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", hint)


class _Formatter(argparse.HelpFormatter):
    """Help of a fixed width, so that it reads the same in the documentation."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=96)


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options that may stand before the verb or behind it."""
    group = parser.add_argument_group(_("common options"))
    none = argparse.SUPPRESS
    group.add_argument("--config", metavar="FILE", default=none, help=_("another crm.toml"))
    group.add_argument("--db", metavar="URL", default=none, help=_("another database"))
    group.add_argument(
        "--as", dest="login", metavar="USER", default=none, help=_("work as this user")
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help=_("print one JSON object a line"))


def add_yes(parser: argparse.ArgumentParser) -> None:
    """--yes."""
    parser.add_argument("--yes", action="store_true", help=_("do it without asking"))


def is_assignment(text: str) -> bool:
    """Whether an argument is `field=value`, `field+=value` or `field-=value`."""
    return _ASSIGNMENT.match(text) is not None


def positive(text: str) -> int:
    """A whole number above zero, for argparse."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


positive.__name__ = "positive number"  # argparse names the type in its message
