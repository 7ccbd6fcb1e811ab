"""What a user is told when SQLite or the disk below it refuses."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from pathlib import Path

from tui_crm.errors import CrmError, DatabaseUnreachable
from tui_crm.store.database import Interrupted
from tui_crm.text.i18n import _

_LEAST_ROOM = 64 * 1024  # bytes; SQLite needs half of it beside the file before it reads anything


def readable(error: BaseException, path: Path) -> CrmError | None:
    """What a user is told about an error of the file; None for an error of the statement."""
    if not isinstance(error, sqlite3.DatabaseError):
        return None
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    if code == sqlite3.SQLITE_INTERRUPT:
        return Interrupted(_("The query was cancelled."))
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return not_writable(path, error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DatabaseUnreachable(
            _("The database {path} is locked by another program.").format(path=path),
            _("Close other programs that have the file open, then try again."),
        )
    if code == sqlite3.SQLITE_FULL:
        return _full(path)
    if code == sqlite3.SQLITE_NOTADB:
        return DatabaseUnreachable(
            _("{path} is not a database.").format(path=path),
            _("Choose another file with --db or in crm.toml. Nothing was changed."),
        )
    if code == sqlite3.SQLITE_CORRUPT:
        return DatabaseUnreachable(
            _("The database {path} is damaged: {error}").format(path=path, error=error),
            _("Run `crm doctor`, or go back to a backup."),
        )
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR):
        return _not_readable(path, error)
    return None


def gone(path: Path) -> DatabaseUnreachable:
    """What a user is told when the file was there and is not any more."""
    return DatabaseUnreachable(
        _("The database {path} is not there any more.").format(path=path),
        _("Put it back in its place, then try again. Nothing was changed."),
    )


def not_writable(path: Path, error: Exception) -> DatabaseUnreachable:
    """What a user is told when the file, or one that belongs to it, cannot be written."""
    reason: object = error
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _full(path)
        reason = error.strerror or error
    return DatabaseUnreachable(
        _("The database {path} cannot be written: {error}").format(path=path, error=reason),
        _("Check the permissions of the file and of its folder. Nothing was changed."),
    )


def _not_readable(path: Path, error: Exception) -> DatabaseUnreachable:
    """SQLite does not say why a file beside the database could not be made or read: find out."""
    folder = path.parent
    if folder.is_dir() and not os.access(folder, os.W_OK):
        return DatabaseUnreachable(
            _("The folder of {path} cannot be written.").format(path=path),
            _("SQLite keeps files beside the database, even to read it. Copy it elsewhere."),
        )
    if folder.is_dir() and shutil.disk_usage(folder).free < _LEAST_ROOM:
        return _full(path)
    return DatabaseUnreachable(
        _("The database {path} cannot be read: {error}").format(path=path, error=error),
        _("Check the permissions of the file and the health of its disk."),
    )


def _full(path: Path) -> DatabaseUnreachable:
    return DatabaseUnreachable(
        _("The disk of {path} is full.").format(path=path),
        _("Free some space, then try again. Nothing was changed."),
    )
