"""The schema's way from any earlier version to the program's.

A migration is a module `migrations/NNNN_name.py` with `up(db: Database)`, written in plain SQL so
that it stays what it was when the models move on. It may set `MIN_PROGRAM`, the lowest schema
number that a program must know to work with the result: an older program goes on after a purely
additive change. What was applied is kept, with a checksum of the file, in `schema_version`.
"""

from __future__ import annotations

import glob
import re
import runpy
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_crm import __version__
from tui_crm.errors import DatabaseUnreachable
from tui_crm.text.dates import to_iso, utc_now
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.store.database import Database

FOLDER = Path(__file__).with_name("migrations")
KEPT_BACKUPS = 3
"""How many copies of one database stay in the folder of backups: each is as large as the file."""

_FILE = re.compile(r"(\d{4})_\w+\.py")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of the folder."""

    n: int
    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.path.stem


@dataclass(frozen=True, slots=True)
class Migrated:
    """What was done: the schema's number before and after, and where the backup is."""

    before: int
    after: int
    backup: Path | None


@dataclass(frozen=True, slots=True)
class _Applied:
    n: int
    name: str
    sha256: str
    program: str
    min_program: int


def migrations(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """The migrations of this program in their order, numbered from 1 without gaps."""
    found = sorted(path for path in folder.iterdir() if _FILE.fullmatch(path.name))
    if [int(path.name[:4]) for path in found] != list(range(1, len(found) + 1)):
        raise RuntimeError(f"migrations in {folder} are not numbered 1, 2, 3 ...")
    return tuple(
        Migration(n, path, sha256(path.read_bytes()).hexdigest())
        for n, path in enumerate(found, start=1)
    )


def ensure_schema(
    db: Database, *, migrate: bool = True, backups: Path | None = None, folder: Path = FOLDER
) -> Migrated | None:
    """Check that `db` fits this program; bring it up to date where it is behind and may be.

    Costs one query when all is well. `backups` is the folder for the copy that is made of a
    database with something in it; None means beside the file. Gives what was done, or None.
    Raises `DatabaseUnreachable` when the database is not one of this program, needs a newer
    program, was migrated by a different history, or is behind and `migrate` is False.
    """
    known = migrations(folder)
    migrated = None
    if not _is_current(db, known):
        migrated = _migrate(db, known, migrate, backups)
    db.settle()
    return migrated


def _migrate(
    db: Database, known: tuple[Migration, ...], migrate: bool, backups: Path | None
) -> Migrated | None:
    if not migrate:
        raise DatabaseUnreachable(
            _("The database is not prepared for this version of the program."),
            _("Run `crm migrate`. Nothing was changed."),
        )
    with db.connection(), db.migration_lock():
        if _is_current(db, known):  # another program was faster
            return None
        return _bring_up_to_date(db, known, backups)


def _is_current(db: Database, known: tuple[Migration, ...]) -> bool:
    """Whether nothing is to be done; raises when nothing may be done."""
    db.check_origin()
    applied = _applied(db)
    for row in applied[len(known) :]:
        if row.min_program > len(known):
            raise DatabaseUnreachable(
                _(
                    "The database was changed by a newer version of the program ({version});"
                    " this one knows its format up to {known}, it has format {found}."
                ).format(version=row.program, known=len(known), found=applied[-1].n),
                _("Upgrade with: pip install --upgrade tui-crm. Nothing was changed."),
            )
    for migration, row in zip(known, applied, strict=False):
        if migration.sha256 != row.sha256:
            raise DatabaseUnreachable(
                _(
                    "Step {name} of the database's format is not the one that was applied to"
                    " this database (by version {version})."
                ).format(name=migration.name, version=row.program),
                _("Reinstall the program, or go back to a backup. Nothing was changed."),
            )
    return len(applied) >= len(known)


def _applied(db: Database) -> list[_Applied]:
    if not db.has_table("schema_version"):
        return []
    sql = "SELECT n, name, sha256, program, min_program FROM schema_version ORDER BY n"
    return [_Applied(*row) for row in db.rows(sql)]


def _bring_up_to_date(db: Database, known: tuple[Migration, ...], backups: Path | None) -> Migrated:
    before = db.schema_version()
    backup = _backup(db, before, backups) if before else None
    for migration in known[before:]:
        module = runpy.run_path(str(migration.path))
        _apply(db, migration, module)
    if backup is not None:
        _forget_old_backups(backup)
    return Migrated(before, len(known), backup)


def _apply(db: Database, migration: Migration, module: dict[str, Any]) -> None:
    """Run one migration, all of it or nothing."""

    def work() -> None:
        if migration.n == 1:
            db.run(
                "CREATE TABLE schema_version (n integer PRIMARY KEY, name text NOT NULL,"
                " sha256 text NOT NULL, applied_at text NOT NULL, program text NOT NULL,"
                " min_program integer NOT NULL)"
            )
        module["up"](db)
        db.run(
            "INSERT INTO schema_version (n, name, sha256, applied_at, program, min_program)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                migration.n,
                migration.name,
                migration.sha256,
                to_iso(utc_now()),
                __version__,
                module.get("MIN_PROGRAM", migration.n),
            ),
        )

    db.change_schema(work)


def _backup(db: Database, version: int, folder: Path | None) -> Path | None:
    """Copy an SQLite file away; a PostgreSQL server has backups of its own."""
    if db.engine != "sqlite":
        return None
    file = Path(db.url.removeprefix("sqlite:///")).expanduser().resolve()
    # Two databases may have one name: the path tells whose backup it is.
    owner = sha256(str(file).encode()).hexdigest()[:8]
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    name = f"{file.stem}-{owner}-before-format-{version + 1}-{stamp}"
    path = (folder or file.parent) / f"{name}.db"
    again = 1
    while path.exists():  # of an attempt in the same second that failed
        again += 1
        path = path.with_name(f"{name}-{again}.db")
    db.backup(path)
    return path


def _forget_old_backups(newest: Path) -> None:
    """Remove what is older than the last `KEPT_BACKUPS` copies of the database of `newest`."""
    whose = newest.name.partition("-before-format-")[0]
    copies = sorted(
        newest.parent.glob(f"{glob.escape(whose)}-before-format-*.db"),
        key=lambda path: path.stat().st_mtime_ns,
    )
    for path in copies[:-KEPT_BACKUPS]:
        path.unlink(missing_ok=True)
