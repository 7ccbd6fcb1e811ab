"""A large import against its floor: the same rows and index written by bare SQL from ready tuples.

The file is made from a seed. It goes through everything that a user's file goes through: reading,
guessing the columns, normalising, checking, the search for known customers by key, the history,
the keys of duplicates and the search index. The floor then writes the very rows that came of it
into another empty database, in one transaction, table by table, each with its indexes; on
PostgreSQL those of the documents are made when the rows are there, which is many times quicker.
Then a second file is imported while somebody types and somebody else edits.
"""

from __future__ import annotations

import csv
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tui_crm.core import changes, users
from tui_crm.core.rows import Value
from tui_crm.core.session import Session, open_session
from tui_crm.sample.people import customers
from tui_crm.search.measure import Timing, timing
from tui_crm.store import connect
from tui_crm.store.migrate import ensure_schema

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.exchange.planning.plan import Mode, Plan
    from tui_crm.exchange.reading.reader import Table
    from tui_crm.store import Database

COLUMNS = (
    "external_id", "kind", "name", "organization", "title", "phones", "emails", "street",
    "postcode", "city", "country", "birthday", "category", "owner", "tags",
)  # fmt: skip
"""The columns of the file."""

_OWNERS = ("ana", "ben", "chen", "dora")
_SEED = 1
_CHUNK = 5000
# What is copied, in an order that references allow. Nobody measures the first ones: they are a
# handful of rows.
_BEFORE = {
    "crm_user": "id login name role scope active created_at",
    "tag": "id name",
    "change_set": "id uid actor_id at face kind summary reason done failed skipped",
}
_TABLES = {
    "customer": "id kind name sort_name organization organization_id title account_no external_id"
    " street postcode city state country birthday category status source owner_id team_id needs"
    " custom last_contact created_at updated_at deleted_at version",
    "contact_point": "id customer_id kind label value normalized position",
    "customer_tag": "customer_id tag_id",
    "change": "id change_set_id entity record_id customer_id action field old new version",
    "duplicate_key": "key customer_id",
    "search_doc": "id customer_id owner_id team_id",
    "search_text": "id stamp words digits shown",
    "search_word": "id word",
}
_DOCUMENTS = ("search_doc", "search_text")
_SCHEMAS = ("crm_bench_import", "crm_bench_floor")


def write_file(path: Path, rows: int, seed: int = _SEED, series: str = "E") -> None:
    """Write a CSV file of `rows` customers, the same ones for the same `seed`; their external ids
    begin with `series`.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, values in enumerate(customers(rows, seed)):
            values["external_id"] = f"{series}-{number:07d}"
            values["owner"] = _OWNERS[number % len(_OWNERS)]
            writer.writerow([_cell(values.get(name, "")) for name in COLUMNS])


def measure(settings: Settings, rows: int, url: str = "") -> Iterator[Timing]:
    """The dry run of a file of `rows` customers, the import, the same file again, which changes
    nothing, the floor, and the undo, each once; before the undo, what others wait for while a
    tenth as many are imported from another file.

    Each comes with the processor time of this program and its children, which says more on a busy
    machine. Two empty databases are made for it and taken away again: in the state directory, or
    with the `postgresql://` address `url` as schemas of that database.
    """
    folder = settings.paths.state_dir / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as temporary, _two(Path(temporary), url) as urls:
        path = Path(temporary) / "customers.csv"
        write_file(path, rows)
        with closing(_open(settings, urls[0])) as session, closing(connect(urls[1])) as other:
            ensure_schema(other)
            with session.db.connection(), other.connection():
                yield from _all(session, other, path, rows)


def memory() -> int:
    """The most megabytes that this program has taken so far, its children aside."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _all(session: Session, other: Database, path: Path, rows: int) -> Iterator[Timing]:
    from tui_crm.exchange.importing import apply_plan

    label = f"import of {rows}"
    watch = _Watch()
    with watch:
        plan, table = _planned(session, path)
    yield from watch.timings(f"{label}: dry run")
    with watch:
        imported = apply_plan(session, plan, table, path.name)
    plan.close()
    yield from watch.timings(f"{label}: apply")
    yield Timing(f"{label}: memory in MB", 1, *[float(memory())] * 4)
    with watch:
        again, _table = _planned(session, path)
    assert again.unchanged == again.rows == rows, "the same file changes nothing"
    again.close()
    yield from watch.timings(f"{label}: the same again")
    yield from _floor(session.db, other, f"{label}: floor")
    yield from _meanwhile(session, path.with_name("more.csv"), max(1, rows // 10))
    set_id = imported.outcome.change_set_id
    assert set_id is not None
    with watch:
        changes.undo(session, set_id)
    yield from watch.timings(f"{label}: undo")


def _planned(session: Session, path: Path, mode: Mode = "upsert") -> tuple[Plan, Table]:
    from tui_crm.exchange.mapping.mapping import propose_for
    from tui_crm.exchange.planning.plan import make_plan
    from tui_crm.exchange.reading.opening import open_table

    table = open_table(path)
    columns = propose_for(session, table)
    return make_plan(session, table, columns, mode, refuse=_unexpected), table


def _meanwhile(session: Session, path: Path, rows: int) -> Iterator[Timing]:
    from tui_crm.sample import meanwhile

    write_file(path, rows, _SEED + 1, "M")
    yield from meanwhile.beside(session, f"an import of {rows}", import_file, str(path))


def import_file(session: Session, path: str) -> None:
    """Import a file of `write_file` whose customers are new, though some share an address with
    others.
    """
    from tui_crm.exchange.importing import apply_plan

    plan, table = _planned(session, Path(path), "create")
    apply_plan(session, plan, table, Path(path).name)
    plan.close()


class _Watch:
    """Adds up the time that its blocks take."""

    def __init__(self) -> None:
        self._wall = self._processor = 0.0

    def __enter__(self) -> None:
        self._wall -= time.perf_counter()
        self._processor -= _processor()

    def __exit__(self, *_exception: object) -> None:
        self._wall += time.perf_counter()
        self._processor += _processor()

    def timings(self, label: str) -> Iterator[Timing]:
        """What was added up, by the clock and by the processor; from here on it counts anew."""
        yield timing(label, [self._wall * 1000])
        yield timing(f"{label}, processor", [self._processor * 1000])
        self._wall = self._processor = 0.0


def _processor() -> float:
    """Seconds that this program and its children have worked."""
    here = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return here.ru_utime + here.ru_stime + children.ru_utime + children.ru_stime


def _unexpected(refused: object) -> None:
    raise AssertionError(f"a sample row is refused: {refused}")


def _floor(source: Database, target: Database, label: str) -> Iterator[Timing]:
    from tui_crm.store import beside

    watch = _Watch()
    apart = _DOCUMENTS if target.engine == "postgres" else ()
    for table in _BEFORE:
        for columns, some in _rows(source, table):
            target.bulk_insert(table, columns, some)
    with ExitStack() as stack:
        with watch:
            stack.enter_context(target.transaction())
            beside.create(target, apart)
        for table in _TABLES:
            name = f"{table}{beside.NEW}" if table in apart else table
            for columns, some in _rows(source, table):
                with watch:
                    target.bulk_insert(name, columns, some)
        with watch:
            beside.finish(target, apart)
            beside.swap(target, apart)
        if target.engine == "sqlite":
            for table, found in _full_text(source):
                with watch:
                    target.run_many(f"INSERT INTO {table} (rowid, t) VALUES (?, ?)", found)
        commit = stack.pop_all()
    with watch:
        commit.close()
    yield from watch.timings(label)


def _rows(db: Database, table: str) -> Iterator[tuple[Sequence[str], list[tuple[Any, ...]]]]:
    """The columns of a table, and some thousand of its rows at a time."""
    columns = (_BEFORE.get(table) or _TABLES[table]).split()
    if table == "search_text" and db.engine == "postgres":
        columns.append("px")
    for some in db.stream(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1", size=_CHUNK):
        yield columns, some


def _full_text(db: Database) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """What goes into the full text tables of SQLite, some thousand rows at a time."""
    from tui_crm.search.engine import Stored
    from tui_crm.search.sqlite.rows import digit_rows, word_rows
    from tui_crm.search.tokens import Document

    made_of: dict[str, Callable[[Iterable[Stored]], Iterable[tuple[int, str]]]] = {
        "search_words": word_rows, "search_digits": digit_rows
    }  # fmt: skip
    for table, rows_of in made_of.items():
        for some in db.stream(
            "SELECT d.id, d.customer_id, d.owner_id, d.team_id, t.stamp, t.words, t.digits, t.shown"
            " FROM search_doc d JOIN search_text t ON t.id = d.id ORDER BY d.id", size=_CHUNK,
        ):  # fmt: skip
            yield table, list(rows_of(Stored(row[0], Document(*row[1:])) for row in some))


def _cell(value: Value) -> str:
    return "; ".join(value) if isinstance(value, tuple) else str(value or "")


def _open(settings: Settings, url: str) -> Session:
    session = open_session(replace(settings, database=replace(settings.database, url=url)))
    for login in _OWNERS:
        users.ensure(login)
    return session


@contextmanager
def _two(folder: Path, url: str) -> Iterator[tuple[str, str]]:
    """The addresses of two empty databases."""
    if not url.startswith("postgres"):
        yield f"sqlite:///{folder / 'import.db'}", f"sqlite:///{folder / 'floor.db'}"
        return
    joint = "&" if "?" in url else "?"
    first, second = (f"{url}{joint}options=-csearch_path%3D{name}" for name in _SCHEMAS)
    with closing(connect(url)) as db:
        for name in _SCHEMAS:
            db.run(f"DROP SCHEMA IF EXISTS {name} CASCADE")
            db.run(f"CREATE SCHEMA {name}")
        try:
            yield first, second
        finally:
            for name in _SCHEMAS:
                db.run(f"DROP SCHEMA {name} CASCADE")
