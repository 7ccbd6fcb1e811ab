"""Measure other ways to search beside the product, on the same customers and queries.

    python bench/peers.py [--db URL] [--customers 1000000] [--queries 30] [--postgres URL]
                          [--keep FOLDER]

SQLite's own full text search with two tokenizers, LIKE, fzf and ripgrep over a text file, and
tantivy where it is installed (`pip install tantivy`). With --postgres, an empty database, pg_trgm
and tsvector too. None of them knows pinyin, visibility or typing errors: the times are what their
answers of fifty rows take, the newest first, and not what the answers are worth. Building all
indexes takes minutes; with --keep they are left in a folder, and a second run only measures.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm import search
from tui_crm.config import load
from tui_crm.core.session import Session, open_session
from tui_crm.sample import fill
from tui_crm.search import measure

if TYPE_CHECKING:
    from psycopg import Connection

CLASSES = ("one letter", "beginning of a name", "two words", "Chinese substring", "pinyin")
PAGE = 50

Ask = Callable[[str], object]


def main() -> None:
    """Print a table: a way of searching a line, p50 / p95 in milliseconds for each class."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=1_000_000)
    arguments.add_argument("--db", default="")
    arguments.add_argument("--queries", type=int, default=30, help="of each class")
    arguments.add_argument("--postgres", default="", metavar="URL")
    arguments.add_argument("--keep", default="", metavar="FOLDER")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(chosen.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        url = chosen.db or f"sqlite:///{folder / 'bench.db'}"
        session = open_session(load(None, env={**os.environ, "CRM_DB": url}))
        if fill.is_empty(session):
            fill.fill(session, chosen.customers, 1)
        found = measure.queries(session, per_class=chosen.queries)
        queries = {name: found[name] for name in CLASSES}
        print("| milliseconds, p50 / p95 | " + " | ".join(CLASSES) + " |")
        print("|---|" + "---|" * len(CLASSES))
        tell("the product", lambda text: search.find(session, text), queries)
        lines = folder / "customers.txt"
        if not lines.exists():
            write_lines(session, lines)
        ways = chain(
            sqlite_ways(lines, folder),
            file_ways(lines),
            tantivy_way(lines, folder),
            postgres_ways(lines, chosen.postgres),
        )
        for name, ask in ways:
            tell(name, ask, queries)
        session.close()


def tell(name: str, ask: Ask, queries: dict[str, list[str]]) -> None:
    """Time a way of searching and print its line."""
    cells = []
    for texts in queries.values():
        taken = []
        for text in texts:
            start = time.perf_counter()
            ask(text)
            taken.append((time.perf_counter() - start) * 1000)
        taken.sort()
        cells.append(f"{taken[len(taken) // 2]:.1f} / {taken[int(len(taken) * 0.95)]:.1f}")
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def write_lines(session: Session, path: Path) -> None:
    """A customer a line, the newest first."""
    with path.open("w", encoding="utf-8") as file:
        for chunk in session.db.stream(
            "SELECT c.name, c.organization, c.city, c.account_no FROM search_doc d"
            " JOIN customer c ON c.id = d.customer_id ORDER BY d.id DESC"
        ):
            file.writelines(" ".join(" ".join(row).split()) + "\n" for row in chunk)


def rows(path: Path) -> Iterator[tuple[int, str]]:
    """The lines with numbers that grow with the time of the last contact."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return ((number, line) for number, line in enumerate(reversed(lines), 1))


def sqlite_ways(lines: Path, folder: Path) -> Iterator[tuple[str, Ask]]:
    """FTS5 with its two tokenizers, and LIKE."""
    built = (folder / "peers.db").exists()
    db = sqlite3.connect(folder / "peers.db")
    if not built:
        db.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, line TEXT)")
        db.executemany("INSERT INTO plain VALUES (?, ?)", rows(lines))
        for tokenizer in ("unicode61", "trigram"):
            db.execute(f"CREATE VIRTUAL TABLE {tokenizer} USING fts5(line, tokenize='{tokenizer}')")
            db.executemany(f"INSERT INTO {tokenizer} (rowid, line) VALUES (?, ?)", rows(lines))
        db.commit()

    def full_text(table: str, order: str, sign: str) -> Ask:
        sql = f"SELECT line FROM {table} WHERE {table} MATCH ? ORDER BY {order} LIMIT {PAGE}"

        def ask(text: str) -> object:
            words = " ".join(f'"{word}"{sign}' for word in text.split())
            return db.execute(sql, (words,)).fetchall()

        return ask

    def like(text: str) -> object:
        where = " AND ".join("line LIKE ?" for _word in text.split())
        sql = f"SELECT line FROM plain WHERE {where} ORDER BY id DESC LIMIT {PAGE}"
        return db.execute(sql, [f"%{word}%" for word in text.split()]).fetchall()

    yield "FTS5 unicode61, best first", full_text("unicode61", "rank", "*")
    yield "FTS5 unicode61, newest first", full_text("unicode61", "rowid DESC", "*")
    yield "FTS5 trigram, newest first", full_text("trigram", "rowid DESC", "")
    yield "SQLite LIKE, newest first", like


def file_ways(lines: Path) -> Iterator[tuple[str, Ask]]:
    """Programs that read the whole file for every question."""
    if fzf := shutil.which("fzf"):
        yield "fzf --filter", lambda text: _run([fzf, "--filter", text], lines)
    if ripgrep := shutil.which("rg"):
        # Two words in any order are two runs, one over the other's answer.
        yield "ripgrep", lambda text: _grep(ripgrep, text.split(), lines)


def _run(command: list[str], lines: Path) -> bytes:
    with lines.open("rb") as source:
        return subprocess.run(command, stdin=source, capture_output=True, check=False).stdout


def _grep(ripgrep: str, words: list[str], lines: Path) -> bytes:
    first, *more = words
    limit = [] if more else ["-m", str(PAGE)]
    found = subprocess.run(
        [ripgrep, "-iF", *limit, first, str(lines)], capture_output=True, check=False
    ).stdout
    for word in more:
        command = [ripgrep, "-iF", "-m", str(PAGE), word]
        found = subprocess.run(command, input=found, capture_output=True, check=False).stdout
    return found


def tantivy_way(lines: Path, folder: Path) -> Iterator[tuple[str, Ask]]:
    """Tantivy with a prefix query for every word."""
    try:
        import tantivy
    except ImportError:
        return
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("line", stored=True)
    schema.add_integer_field("id", fast=True)
    built = (folder / "tantivy").exists()
    (folder / "tantivy").mkdir(exist_ok=True)
    index = tantivy.Index(schema.build(), str(folder / "tantivy"))
    if not built:
        writer = index.writer(200_000_000)
        for number, line in rows(lines):
            writer.add_document(tantivy.Document(line=line, id=number))
        writer.commit()
        writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def ask(text: str) -> object:
        parts = [
            (
                tantivy.Occur.Must,
                tantivy.Query.regex_query(index.schema, "line", f"{word.lower()}.*"),
            )
            for word in text.split()
        ]
        query = tantivy.Query.boolean_query(parts)
        return searcher.search(query, PAGE, order_by_field="id").hits

    yield "tantivy, newest first", ask


def postgres_ways(lines: Path, url: str) -> Iterator[tuple[str, Ask]]:
    """GIN indexes of trigrams and of words."""
    if not url:
        return
    import psycopg

    connection = psycopg.connect(url, autocommit=True)
    connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    (built,) = connection.execute("SELECT to_regclass('peers') IS NOT NULL").fetchone() or (False,)
    if not built:
        build_postgres(connection, lines)
    inner = "SELECT * FROM peers WHERE {} OFFSET 0"
    select = f"SELECT line FROM ({inner}) p ORDER BY id DESC LIMIT {PAGE}"

    def trigrams(text: str) -> object:
        where = " AND ".join("line ILIKE %s" for _word in text.split())
        return connection.execute(
            select.format(where), [f"%{word}%" for word in text.split()]
        ).fetchall()

    def words(text: str) -> object:
        asked = " & ".join(f"'{word}':*" for word in text.replace("'", "").split())
        return connection.execute(
            select.format("v @@ to_tsquery('simple', %s)"), (asked,)
        ).fetchall()

    yield "PostgreSQL pg_trgm", trigrams
    yield "PostgreSQL tsvector", words


def build_postgres(connection: Connection, lines: Path) -> None:
    """The table `peers` with its two indexes."""
    connection.execute(
        "CREATE TABLE peers (id bigint PRIMARY KEY, line text, v tsvector"
        " GENERATED ALWAYS AS (to_tsvector('simple', line)) STORED)"
    )
    with connection.cursor().copy("COPY peers (id, line) FROM STDIN") as copy:
        for row in rows(lines):
            copy.write_row(row)
    connection.execute("CREATE INDEX ON peers USING gin (line gin_trgm_ops)")
    connection.execute("CREATE INDEX ON peers USING gin (v)")
    connection.execute("VACUUM ANALYZE peers")


if __name__ == "__main__":
    main()
