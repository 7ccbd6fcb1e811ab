"""On PostgreSQL documents of the search index tell their small block of ids, too, and more of what
is long: the first ten letters of a word, an e-mail address up to behind the @, four digits.

Then a page of what is found often is read out of a few blocks, and what is rare is found without
reading all that begins alike (`tui_crm/search/hashes.py`). The table is written anew beside the old
one, in the order of the ids, which is the one in which it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from tui_crm.store.database import Database

_CHUNK = 5000  # documents at a time
_FIRST_SMALL, _SMALL_BITS = 3 << 29, 10


def up(db: Database) -> None:
    """Add the hashes to the documents that are there."""
    if db.engine == "sqlite":
        return
    from tui_crm.store import beside

    tables = ("search_text",)
    beside.create(db, tables)
    db.run("CREATE TEMP TABLE crm_more (id bigint, more int[]) ON COMMIT DROP")
    sql = "SELECT id, words, digits FROM search_text WHERE id > ? ORDER BY id LIMIT ?"
    last = -1
    while rows := db.rows(sql, (last, _CHUNK)):
        first, last = rows[0][0], rows[-1][0]
        db.run("TRUNCATE crm_more")
        more = ((id_, list(set(_more(id_, *texts)))) for id_, *texts in rows)
        db.bulk_insert("crm_more", ("id", "more"), more)
        db.run(
            "INSERT INTO search_text_new (id, stamp, words, digits, px)"
            " SELECT t.id, t.stamp, t.words, t.digits, t.px || m.more"
            " FROM search_text t JOIN crm_more m ON m.id = t.id"
            " WHERE t.id BETWEEN ? AND ? ORDER BY t.id",
            (first, last),
        )
    beside.finish(db, tables)
    beside.swap(db, tables)
    db.run("DROP TABLE search_text_old")


def _more(id_: int, words: str, digits: str) -> Iterator[int]:
    yield _FIRST_SMALL + (id_ >> _SMALL_BITS)
    for item in words.split():
        for token in (item[2:], item[1:]) if item[0] in "nN" else (item[2:],):
            at = token.find("@")
            ends = [10 + (token[0] == "~")]
            if at >= 0:
                ends += [at + 2, at + 5]
            for end in ends:
                if end <= len(token):
                    value = crc32(f"{token[:end]}*".encode())
                    yield value - (1 << 32) if value >> 31 else value
    for number in digits.split():
        for i in range(len(number) - 3):
            yield int("4" + number[i : i + 4])
