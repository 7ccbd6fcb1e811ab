"""crm import --watch: a folder whose files are imported as they arrive.

A file is taken when it has kept its size and its time for a while, so that one that is still being
copied is left alone. It goes to `done` in the folder afterwards, with its refused rows beside it,
or to `failed` with the reason. The act in the database has an id that is made of the file: where
the command was killed behind the import and before the file was moved, nothing is done again.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.errors import CrmError, DatabaseUnreachable, InputRefused, UsageError
from tui_crm.text.i18n import _, sentences

_LOOK = 2.0  # seconds between two looks
_SETTLED = 3.0  # seconds that a file has been as it is
_DONE, _FAILED, _LOCK = "done", "failed", ".crm-import.lock"
_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart", ".swp")
_OURS = (".errors.csv", ".reason.txt")
_BLOCK = 1 << 20


def watch(command: Command, options: argparse.Namespace) -> int:
    """Import what is in the folder, and with `--once` leave then; otherwise go on until Ctrl-C.

    Gives 3 if `--once` met a file that could not be imported, 0 otherwise. Raises `UsageError`
    for a folder that is none, `InputRefused` if another command watches it.
    """
    folder = Path(options.watch)
    if not folder.is_dir():
        raise UsageError(_("{path} is no folder.").format(path=folder))
    with _alone(folder):
        if not options.json:
            output.note(_("Files in {path} are imported.").format(path=folder))
        seen: dict[Path, tuple[int, float]] = {}
        failed = 0
        while True:
            now = {path: _state(path) for path in _arrived(folder)}
            fresh = []
            for path, state in now.items():
                if time.time() - state[1] < _SETTLED:
                    fresh.append(path.name)
                elif options.once or seen.get(path) == state:
                    failed += not _take(command, options, folder, path)
            if options.once:
                if fresh and not options.json:
                    text = _("Left for the next time, just written: {names}")
                    output.note(text.format(names=", ".join(fresh)))
                return InputRefused.exit_code if failed else 0
            seen = now
            time.sleep(_LOOK)


def _arrived(folder: Path) -> list[Path]:
    """The files that may be tables, the oldest first."""
    found = [
        path
        for path in folder.iterdir()
        if path.is_file()
        and not path.name.startswith((".", "~$"))
        and not path.name.lower().endswith(_UNFINISHED + _OURS)
    ]
    return sorted(found, key=lambda path: (_state(path)[1], path.name))


def _state(path: Path) -> tuple[int, float]:
    """Size and time of a file; nothing settled if it has just gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return -1, time.time()
    return found.st_size, max(found.st_mtime, found.st_ctime)


def _take(command: Command, options: argparse.Namespace, folder: Path, path: Path) -> bool:
    """Import one file and move it; gives whether that went well."""
    from tui_crm.cli.import_file import import_files
    from tui_crm.exchange.importing import was_done

    if not options.json:
        output.line(f"{path.name}:")
    goal = _free(folder / _DONE, path.name)
    errors = goal.with_name(f"{goal.name}.errors.csv")
    session = command.session(face="import")
    try:
        goal.parent.mkdir(exist_ok=True)
        uid = _uid(path)
        with session.db.connection():
            again = was_done(session, uid)
        if not again:
            import_files(session, options, [path], errors, uid=uid)
    except DatabaseUnreachable as error:
        # Not the fault of the file: it stays, and the next look tries again.
        output.note(sentences(error.message, error.hint))
        return False
    except CrmError as error:
        _put_aside(options, folder, path, error)
        return False
    finally:
        sys.stdout.flush()
    if not options.preview:
        path.replace(goal)
    return True


def _put_aside(options: argparse.Namespace, folder: Path, path: Path, error: CrmError) -> None:
    """Move a file that cannot be imported to the others, with the reason beside it."""
    reason = "\n".join(filter(None, (error.message, error.hint)))
    if options.json:
        output.json_line({"file": path.name, "failed": reason})
    else:
        output.note(reason)
    if options.preview:
        return
    goal = _free(folder / _FAILED, path.name)
    goal.parent.mkdir(exist_ok=True)
    goal.with_name(f"{goal.name}.reason.txt").write_text(f"{reason}\n", encoding="utf-8")
    path.replace(goal)


def _free(folder: Path, name: str) -> Path:
    """A path of that name in a folder, with a number where there is such a file."""
    goal, count = folder / name, 2
    while goal.exists():
        goal, count = folder / f"{Path(name).stem}-{count}{Path(name).suffix}", count + 1
    return goal


def _uid(path: Path) -> str:
    """The id of the act of importing this file, the same after a crash."""
    digest = hashlib.sha256(f"{path.name}\0{path.stat().st_mtime_ns}\0".encode())
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()[:32]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only command that watches a folder; raises `InputRefused` if one does already."""
    path = folder / _LOCK
    try:
        with path.open("w", encoding="utf-8") as file:
            _lock(file.fileno())
            yield
    except BlockingIOError:
        raise InputRefused(
            _("Another crm imports the files in {path}.").format(path=folder)
        ) from None
    except PermissionError as error:
        raise InputRefused(
            _("{path} cannot be written: {reason}.").format(path=folder, reason=error.strerror)
        ) from None


def _lock(handle: int) -> None:
    """Lock an open file for this process; nothing where a system has no such locks."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
