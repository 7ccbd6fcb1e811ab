"""The argument parsers of the verbs: errors are `UsageError`, common options are understood.

argparse has words of its own, which are English; all that a user sees of it is said here.
"""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Iterable
from typing import NoReturn

from tui_crm.errors import UsageError
from tui_crm.text.i18n import N_, _
from tui_crm.text.width import wrap

_NARROWEST, _WIDEST = 40, 97  # cells of a line of help
_ASSIGNMENT = re.compile(r"\w+[+:-]?=", re.S)

# What argparse finds wrong, and how it is told. A message that is not listed is told as it is.
_WRONG = tuple(
    (re.compile(pattern, re.S), words)
    for pattern, words in (
        (r"the following arguments are required: (?P<names>.*)", N_("Missing: {names}.")),
        (r"unrecognized arguments: (?P<names>.*)", N_("Not understood: {names}.")),
        (r"argument (?P<option>.+?): expected .*argument.*", N_("{option} needs a value.")),
        (r"argument (?P<option>.+?): ignored explicit .*", N_("{option} takes no value.")),
        (
            r"argument (?P<option>.+?): invalid choice: (?P<value>.*)"
            r" \(choose from (?P<names>.*)\)",
            N_("{option}: {value} is none of {names}."),
        ),
        (
            r"argument (?P<option>.+?): invalid (?P<type>.+?) value: (?P<value>.*)",
            N_("{option}: {value} is no {type}."),
        ),
    )
)
_TYPES = {"int": N_("whole number")}


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of leaving the program, and takes no abbreviations."""

    def __init__(self, verb: str, description: str) -> None:
        super().__init__(
            prog=f"crm {verb}",
            description=description,
            allow_abbrev=False,
            formatter_class=_Formatter,
            add_help=False,
        )
        self.verb = verb
        self._positionals.title = _("arguments")
        self._optionals.title = _("options")
        self.add_argument("-h", "--help", action="help", help=_("show this help"))

    def format_usage(self) -> str:
        """The usage in English: `parse_intermixed_args` cuts "usage: " off by its length."""
        formatter = self._get_formatter()
        groups = self._mutually_exclusive_groups
        formatter.add_usage(self.usage, self._actions, groups, "usage: ")
        return formatter.format_help()

    def error(self, message: str) -> NoReturn:
        """What is wrong with the arguments."""
        hint = _("crm {verb} --help says how.").format(verb=self.verb)
        raise UsageError(_told(message), hint)


class _Formatter(argparse.HelpFormatter):
    """Help as wide as the terminal, up to a width that reads well."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=help_width())

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        """The line of usage, introduced in the user's language."""
        super().add_usage(usage, actions, groups, _("usage: ") if prefix is None else prefix)

    # A Chinese character takes two cells, which argparse does not know.
    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in self._split_lines(text, width - len(indent)))


def help_width() -> int:
    """Cells of a line of help."""
    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size().columns) - 1)


def _told(message: str) -> str:
    """A message of argparse in the user's language, as a sentence."""
    for pattern, words in _WRONG:
        if found := pattern.fullmatch(message):
            parts = found.groupdict()
            if name := parts.get("type"):
                parts["type"] = _(_TYPES.get(name, name))
            return _(words).format(**parts)
    return f"{message[:1].upper()}{message[1:]}."


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
    """Whether an argument is `field=value`, `field+=x`, `field-=x` or `field:=operation`."""
    return _ASSIGNMENT.match(text) is not None


def positive(text: str) -> int:
    """A whole number above zero, for argparse."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


positive.__name__ = N_("positive number")  # argparse names the type in its message


def natural(text: str) -> int:
    """A whole number from zero, for argparse."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


natural.__name__ = N_("whole number from 0")
