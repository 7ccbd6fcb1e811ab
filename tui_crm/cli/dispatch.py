"""From the arguments to the app or to a verb, and from errors to exit codes.

On the way to the app nothing is imported that it does not need: argparse and the verbs come in
only when there is a verb.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from tui_crm.cli.command import Command
from tui_crm.errors import CrmError, UsageError
from tui_crm.text.i18n import _, set_language

INTERRUPTED = 130  # 128 + SIGINT, as shells count
PIPE_CLOSED = 141  # 128 + SIGPIPE
DEFECT = 1

_COMMON = {"--config": "config", "--db": "db", "--as": "login"}


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say; gives the exit code and never raises for what a user can cause."""
    set_language(None)
    command = Command()
    try:
        code = _run(command, list(arguments))
        sys.stdout.flush()
        return code
    except CrmError as error:
        _report(error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has seen enough. Python would complain again at its exit.
        _forget_stdout()
        return PIPE_CLOSED
    except Exception as error:
        return _defect(command, error)
    finally:
        command.close()


def _run(command: Command, arguments: list[str]) -> int:
    rest = take_common(command, arguments)
    if not rest:
        return _app(command)
    word = rest[0]
    if word == "--version":
        from tui_crm import __version__

        sys.stdout.write(f"crm {__version__}\n")
        return 0
    from tui_crm.cli import verbs

    command.speak()
    if word in ("-h", "--help", "help"):
        verbs.print_help(rest[1:])
        return 0
    if word.startswith("-"):
        raise UsageError(
            _('There is no option "{name}".').format(name=word), _("crm --help lists them.")
        )
    return verbs.run(command, word, rest[1:])


def take_common(command: Command, arguments: list[str]) -> list[str]:
    """Put the options before the verb into `command`; gives what follows them."""
    at = 0
    while at < len(arguments):
        name, sign, value = arguments[at].partition("=")
        if name not in _COMMON:
            break
        if not sign:
            at += 1
            if at == len(arguments):
                raise UsageError(_("{option} needs a value.").format(option=name))
            value = arguments[at]
        setattr(command, _COMMON[name], value)
        at += 1
    return arguments[at:]


def _app(command: Command) -> int:
    settings = command.settings
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise UsageError(
            _("The app needs a terminal."), _("crm --help lists the commands for scripts.")
        )
    import gc

    # What imports make lives for ever: looking through it for garbage, again and again while it
    # grows, takes a twentieth of the time to the first frame.
    gc.disable()
    from tui_crm.ui.app import run as run_app

    gc.freeze()
    gc.enable()
    return run_app(settings, command.login or None)


def _report(error: CrmError) -> None:
    from tui_crm.text.safe import display_lines

    lines = [f"crm: {line}" for line in display_lines(error.message)]
    if error.hint:
        lines += [f"  {line}" for line in display_lines(error.hint)]
    _write_error("\n".join(lines))


def _defect(command: Command, error: Exception) -> int:
    """An error that is the program's fault: the details go to the log file."""
    import traceback

    from tui_crm.text.safe import display

    details = "".join(traceback.format_exception(error))
    if os.environ.get("CRM_DEBUG"):
        _write_error(details.rstrip())
        return DEFECT
    log = command.log_file
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(details)
        hint = _("The details are in {path}.").format(path=display(str(log)))
    except OSError:
        hint = _("Set CRM_DEBUG=1 to see the details.")
    text = _("Something went wrong in the program: {error}").format(error=type(error).__name__)
    _write_error(f"crm: {text}\n  {hint}")
    return DEFECT


def _write_error(text: str) -> None:
    try:
        sys.stderr.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
    except (OSError, UnicodeError):
        return  # nobody is there to read it


def _forget_stdout() -> None:
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)
    except (OSError, ValueError):
        return  # not a real file: nothing will be flushed into a closed pipe
