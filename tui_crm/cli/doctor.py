"""crm doctor: is everything well, and the facts that a helper asks for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json
from tui_crm.errors import CrmError, InputRefused
from tui_crm.text.i18n import N_, _, ngettext, sentences
from tui_crm.text.width import fit

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.store import Database

HELP = N_("Check the configuration, the database and the search index.")

_ENGINE_VERSION = {"sqlite": "SELECT sqlite_version()", "postgres": "SHOW server_version"}
_TERMINAL = ("TERM", "COLORTERM", "LC_ALL", "LC_CTYPE", "LANG", "TMUX", "SSH_TTY", "NO_COLOR")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `ok` is None for a fact that can be neither right nor wrong.

    `name` is the same in every language for programs, and translated for people.
    """

    name: str
    detail: str
    ok: bool | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--quick", action="store_true", help=_("leave out the checks that read the whole database")
    )
    how.add_argument(
        "--fix",
        action="store_true",
        help=_("make indexes anew that are wrong; others can go on working meanwhile"),
    )
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Print what was found; the exit code is 3 if a check failed."""
    healthy = True
    for finding in _findings(command, options):
        healthy = healthy and finding.ok is not False
        if options.json:
            output.json_line({"name": finding.name, "ok": finding.ok, "detail": finding.detail})
        else:
            mark = {True: _("ok"), False: _("WRONG"), None: ""}[finding.ok]
            output.pairs([(f"{fit(mark, 6)}{fit(_(finding.name), 18)}", finding.detail)])
    return 0 if healthy else InputRefused.exit_code


def _findings(command: Command, options: argparse.Namespace) -> Iterator[Finding]:
    yield from _program()
    settings, problems = command.inspect()
    file = str(settings.file) if settings.file else _("none, every setting has its default")
    lines = [file, *map(str, problems)]
    yield Finding(N_("configuration"), "\n".join(lines), not problems)
    yield from _database(settings, options)
    yield from _surroundings(settings)


def _program() -> Iterator[Finding]:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from tui_crm import __version__

    yield Finding(N_("program"), f"crm {__version__}, Python {platform.python_version()}")
    packages = []
    for name in ("textual", "peewee", "psycopg", "phonenumberslite", "rapidfuzz", "numpy"):
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            packages.append(_("{package} is not installed").format(package=name))
    yield Finding(N_("packages"), ", ".join(packages))


def _database(settings: Settings, options: argparse.Namespace) -> Iterator[Finding]:
    from tui_crm.config.document import masked
    from tui_crm.store import open_database

    url = masked(settings.database.url)
    try:
        db = open_database(settings.database.url, settings=settings, migrate=False)
    except CrmError as error:
        reason = sentences(error.message, error.hint)
        yield Finding(N_("database"), f"{url}\n{reason}", False)
        return
    try:
        with db.connection():
            yield from _inside(db, url)
            yield _backup(settings, db)
            if not options.quick:
                yield _problems(N_("integrity"), db.integrity())
                yield from _indexes(db, options.fix)
    finally:
        db.close()


def _indexes(db: Database, fix: bool) -> Iterator[Finding]:
    """What is derived from the data, compared with it; with `fix` made anew where it is wrong."""
    from tui_crm.exchange.duplicates import keys, repair
    from tui_crm.search import index, notes
    from tui_crm.search.notes import rebuild as note_rebuild

    if fix:
        index.tidy(db)
        note_rebuild.tidy(db)
        while index.fold(db) or keys.fold(db):
            pass
    for name, check, make in (
        (N_("search index"), index.check, index.rebuild),
        (N_("index of notes"), notes.check, note_rebuild.rebuild),
        (N_("duplicate keys"), keys.check, repair.repair),
    ):
        with output.counter(_(name)) as progress:
            found = check(db, progress)
        if found and fix:
            try:
                with output.counter(_("{name}: made anew").format(name=_(name))) as progress:
                    make(db, progress)
                with output.counter(_(name)) as progress:
                    still = check(db, progress)
            except CrmError as error:
                still = [*found, sentences(error.message, error.hint)]
            if not still:
                told = ngettext(
                    "{n} problem, made anew: all is well",
                    "{n} problems, made anew: all is well",
                    len(found),
                ).format(n=len(found))
                yield Finding(name, "\n".join((told, *found)), True)
                continue
            found = still
        yield _problems(name, found)


def _inside(db: Database, url: str) -> Iterator[Finding]:
    row = db.one(_ENGINE_VERSION[db.engine])
    yield Finding(N_("database"), url, True)
    yield Finding(N_("engine"), f"{db.engine} {row[0] if row else ''}")
    yield Finding(N_("format"), str(db.schema_version()))
    yield Finding(N_("size"), f"{db.size() / 1e6:.1f} MB")
    for name, sql in (
        (N_("customers"), "SELECT count(*) FROM customer WHERE deleted_at = ''"),
        (N_("recycle bin"), "SELECT count(*) FROM customer WHERE deleted_at <> ''"),
        (N_("interactions"), "SELECT count(*) FROM interaction"),
        (N_("open tasks"), "SELECT count(*) FROM task WHERE done_at = '' AND deleted_at = ''"),
        (N_("change sets"), "SELECT count(*) FROM change_set"),
        (N_("users"), "SELECT count(*) FROM crm_user WHERE active = 1"),
    ):
        count = db.one(sql)
        yield Finding(name, str(count[0] if count else 0))


def _backup(settings: Settings, db: Database) -> Finding:
    """The newest copy in the folder of backups; a server has backups of its own."""
    name = N_("last backup")
    if db.engine != "sqlite":
        return Finding(name, _("the server's own affair"))
    try:
        files = [path for path in settings.database.backups.iterdir() if path.suffix == ".db"]
        newest = max(files, key=lambda path: path.stat().st_mtime, default=None)
        if newest is None:
            return Finding(name, _("none in {path}").format(path=settings.database.backups))
        when = datetime.fromtimestamp(newest.stat().st_mtime, UTC)
    except OSError:
        return Finding(name, _("none in {path}").format(path=settings.database.backups))
    return Finding(name, f"{when:%Y-%m-%d %H:%M} UTC  {newest}")


def _problems(name: str, found: list[str]) -> Finding:
    if not found:
        return Finding(name, _("all is well"), True)
    count = ngettext("{n} problem", "{n} problems", len(found)).format(n=len(found))
    return Finding(name, "\n".join((count, *found)), False)


def _surroundings(settings: Settings) -> Iterator[Finding]:
    import shutil

    size = shutil.get_terminal_size()
    facts = [f"{name}={os.environ[name]}" for name in _TERMINAL if os.environ.get(name)]
    yield Finding(N_("terminal"), f"{size.columns}x{size.lines} {' '.join(facts)}")
    encoding = (sys.stdout.encoding or "").lower()
    yield Finding(N_("encoding"), encoding, encoding.replace("-", "") == "utf8")
    general = settings.general
    yield Finding(
        N_("language"), f"{general.language}, {general.home_country}, {general.time_zone}"
    )
    yield Finding(N_("log file"), str(settings.paths.log_file))
