"""An import between its screens: what was chosen so far, and what the screens do in the lanes."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.errors import CrmError
from tui_crm.exchange.importing import ErrorFile, Imported, apply_plan
from tui_crm.exchange.mapping import profiles
from tui_crm.exchange.mapping.columns import ColumnMap
from tui_crm.exchange.mapping.mapping import propose_for
from tui_crm.exchange.planning.mending import Fixes, MendedTable
from tui_crm.exchange.planning.plan import Mode, Plan, Refused, Rule, make_plan
from tui_crm.exchange.planning.staging import Part, Pile, Stage, Staged
from tui_crm.exchange.reading.opening import SUFFIXES, Reading, open_table, reading_of, sheets
from tui_crm.exchange.reading.reader import Grid, Row, Table, preview
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.fields import Field
    from tui_crm.core.ids import IdSet
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel, Progress

_SHOWN_ROWS = 40
_HEAD_LINES = 30
_MOST_ENTRIES = 500
_MOST_RECENT = 10
_REPORT_EVERY = 5000  # refused rows


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it was read: the table, its first rows, and what else could be chosen.

    `head` are the first lines of the sheet with their numbers, among which the headers are.
    """

    table: Table
    reading: Reading
    rows: tuple[Row, ...]
    sheets: tuple[str, ...]
    head: tuple[tuple[int, str], ...]


@dataclass
class ImportJob:
    """What was chosen for one import; `rows` is 0 until they were counted."""

    opened: Opened
    dates: str = ""
    mapping: ColumnMap = field(default_factory=lambda: ColumnMap(()))
    mode: Mode = "create"
    only_blank: bool = False
    rules: dict[str, Rule] = field(default_factory=dict)
    key: str = ""
    profile: str = ""
    fixes: Fixes = field(default_factory=Fixes)
    before: list[Fixes] = field(default_factory=list)
    rows: int = 0

    @property
    def path(self) -> Path:
        """The file."""
        return self.opened.table.path

    @property
    def table(self) -> Table:
        """The table with what was mended."""
        return MendedTable(self.opened.table, self.fixes)

    def use(self, profile: profiles.Profile, mapping: ColumnMap) -> None:
        """Take over what a profile says; `mapping` is the one with its columns."""
        self.mapping = mapping
        self.mode, self.only_blank, self.key = profile.mode, profile.only_blank, profile.key
        self.rules = dict(profile.rules)
        self.profile = profile.name

    def as_profile(self, name: str = "") -> profiles.Profile:
        """What was chosen, to be used again."""
        return profiles.of_mapping(
            self.mapping, name=name, mode=self.mode, only_blank=self.only_blank,
            rules=self.rules, key=self.key,
        )  # fmt: skip

    def remember(self) -> None:
        """Keep the mendings as they are, before another one."""
        self.before.append(deepcopy(self.fixes))

    def mend_cell(self, row: Row, column: int, text: str) -> None:
        """Read `text` in the place of one cell."""
        self.remember()
        self.fixes.cells[row.place, column] = text

    def mend_everywhere(self, column: int, old: str, new: str) -> None:
        """Read `new` wherever the column says `old`."""
        self.remember()
        rules = self.fixes.rules.setdefault(column, {})
        for raw, becomes in rules.items():
            if becomes.strip() == old.strip():
                rules[raw] = new
        rules[old.strip()] = new
        for place, text in self.fixes.cells.items():
            if place[1] == column and text.strip() == old.strip():
                self.fixes.cells[place] = new

    def leave_out(self, row: Row) -> None:
        """Do not import a row."""
        self.remember()
        self.fixes.left_out.add(row.place)

    def take_back(self) -> bool:
        """Forget the last mending; whether there was one."""
        if not self.before:
            return False
        self.fixes = self.before.pop()
        return True


@dataclass
class Planned:
    """A dry run: its counts and steps, and its rows."""

    plan: Plan
    stage: Stage

    def close(self) -> None:
        """Forget both."""
        self.plan.close()
        self.stage.close()


# Files. These run in the query lane: a folder may lie on a slow network.


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder that can be chosen: what the path field becomes, and how it looks."""

    path: str
    label: str
    folder: bool = False
    importable: bool = True
    size: int = 0
    changed: float = 0.0
    recent: bool = False


def entries(session: Session, typed: str, *, cancel: Cancel) -> list[Entry]:
    """What could complete a path; for nothing typed the files that were imported last too."""
    found: list[Entry] = []
    if not typed.strip():
        for path in recent(session.settings):
            entry = _entry(Path(path), path, path)
            if entry is not None:
                found.append(replace(entry, recent=True))
    folder, stem = os.path.split(typed)
    shown = typed[: len(typed) - len(stem)]
    there = Path(folder or ".").expanduser()
    listed: list[Entry] = []
    try:
        with os.scandir(there) as items:
            for item in items:
                cancel.check()
                hidden = item.name.startswith(".") and not stem.startswith(".")
                if hidden or not item.name.casefold().startswith(stem.casefold()):
                    continue
                entry = _entry(Path(item.path), shown + item.name, item.name)
                if entry is not None:
                    listed.append(entry)
    except OSError:
        return found
    listed.sort(key=lambda e: (not (e.folder or e.importable), not e.folder, e.label.casefold()))
    return found + listed[:_MOST_ENTRIES]


def recent(settings: Settings) -> list[str]:
    """The files that were imported last, the newest first."""
    try:
        found = json.loads(_recent_file(settings).read_text(encoding="utf-8"))
        return [path for path in found if isinstance(path, str)]
    except (OSError, ValueError, TypeError):
        return []


def note_recent(settings: Settings, path: Path) -> None:
    """Put a file before those that were imported last. That it cannot be noted does no harm."""
    name = str(path.expanduser().absolute())
    paths = [name, *(other for other in recent(settings) if other != name)][:_MOST_RECENT]
    file = _recent_file(settings)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(json.dumps(paths, ensure_ascii=False), encoding="utf-8")
    except OSError:
        return


def _recent_file(settings: Settings) -> Path:
    return settings.paths.state_dir / "imported-files.json"


def _entry(path: Path, typed: str, label: str) -> Entry | None:
    try:
        known = path.stat()
        folder = path.is_dir()
    except OSError:
        return None
    slash = "/" if folder else ""
    importable = path.suffix.lower() in SUFFIXES
    return Entry(typed + slash, label + slash, folder, importable, known.st_size, known.st_mtime)


def open_file(session: Session, path: Path, reading: Reading | None = None) -> Opened:
    """Read the beginning of a file. Raises `CrmError` that says what is wrong with it."""
    table = open_table(path, reading)
    rows = tuple(preview(table, _SHOWN_ROWS))
    head: tuple[tuple[int, str], ...] = ()
    if isinstance(table, Grid):
        lines = islice(table.records(), _HEAD_LINES)
        head = tuple((line, " │ ".join(filter(None, cells))) for line, cells in lines)
    note_recent(session.settings, path)
    return Opened(table, reading_of(table), rows, tuple(sheets(path)), head)


def first_mapping(session: Session, job: ImportJob) -> None:
    """The guessed mapping of a job's table, or the one that was used for this header last."""
    with session.db.connection():
        job.mapping = propose_for(session, job.opened.table, dates=job.dates)
    if profile := profiles.for_headers(session.settings, job.opened.table.headers):
        job.use(profile, profile.applied(job.mapping, session.fields))


def guess_again(session: Session, job: ImportJob) -> None:
    """The guessed mapping without any profile."""
    with session.db.connection():
        job.mapping = propose_for(session, job.opened.table, dates=job.dates)
    job.profile = ""


def define_field(session: Session, name: str, kind: str, label: str) -> Field:
    """A new custom field. Raises `NotAllowed`, `InputRefused`."""
    from tui_crm.core import custom_fields

    chinese = label if any("\u3400" <= letter <= "\u9fff" for letter in label) else ""
    with session.db.connection():
        return custom_fields.define(session, name, kind, label, chinese)  # type: ignore[arg-type]


def plan_rows(session: Session, job: ImportJob, cancel: Cancel, *, progress: Progress) -> Planned:
    """Decide about every row; in the long lane. Raises `CrmError`, also when it was cancelled."""
    stage = Stage()
    try:
        with session.db.connection():
            plan = make_plan(
                session,
                job.table,
                job.mapping,
                job.mode,
                refuse=lambda _refused: None,
                progress=lambda done: progress(done, job.rows),
                only_blank=job.only_blank,
                rules=job.rules,
                key=job.key,
                watch=stage.add,
                cancel=cancel,
            )
    except BaseException:
        stage.close()
        raise
    job.rows = plan.rows
    return Planned(plan, stage)


def rows_of(session: Session, stage: Stage, what: Part | Pile, first: int, n: int) -> list[Staged]:
    """Rows of a part or a pile."""
    return stage.page(what, first, n)


# Doing it, in the long lane.


@dataclass(frozen=True, slots=True)
class Done:
    """What an import did: the outcome of the write door if there was anything to write, the file
    of refused rows if there were any, and how many they are."""

    imported: Imported | None
    errors: Path | None
    refused: int


def do_import(
    session: Session,
    job: ImportJob,
    planned: Planned,
    cancel: Cancel,
    uid: str,
    *,
    progress: Progress,
) -> Done:
    """Write what was planned, then the file of refused rows beside the table."""
    imported: Imported | None = None
    table = job.table
    with session.db.connection():
        if len(planned.plan.steps):
            imported = apply_plan(
                session, planned.plan, table, job.opened.table.title, progress,
                uid=uid, cancel=cancel,
            )  # fmt: skip
    profiles.save(session.settings, job.as_profile())
    late = imported.refused if imported is not None else ()
    try:
        path, count = _write_errors(error_file(job.path), job, planned.stage, late)
    except CrmError:  # a folder that cannot be written: the home of the user takes it
        path, count = _write_errors(
            error_file(Path.home() / job.path.name), job, planned.stage, late
        )
    return Done(imported, path, count)


def error_file(path: Path) -> Path:
    """Where the refused rows of a table go. Those of such a file go into the same one again."""
    name = path.name.removesuffix(".errors.csv")
    return path.with_name(f"{name}.errors.csv")


def _write_errors(
    path: Path, job: ImportJob, stage: Stage, late: Sequence[Refused]
) -> tuple[Path | None, int]:
    with ErrorFile(path, job.opened.table.headers) as errors:
        for first in range(0, stage.count("refused"), _REPORT_EVERY):
            for staged in stage.page("refused", first, _REPORT_EVERY):
                errors.add(Refused(staged.row, staged.reason, staged.field))
        for refused in late:
            errors.add(refused)
        written = errors.keep()
    return (path if written else None), errors.count


def customers_touched(session: Session, change_set_id: int) -> IdSet:
    """The customers that an import wrote."""
    from tui_crm.core import history

    with session.db.connection():
        return history.customers_of(session, change_set_id)


def wrong_path(typed: str) -> str:
    """Why nothing can be opened at a path, "" if something can."""
    path = Path(typed).expanduser()
    if path.exists():
        return ""
    if not path.parent.exists():
        return _("There is no folder {path}.").format(path=path.parent)
    return _("There is no file {path}.").format(path=path)
