"""The levels of a full text table of SQLite on which its pieces lie.

FTS5 merges what lies on one level into a piece of the next one, a little with every write. A table
that was made in one go is one large piece on the first level: the fourth small piece beside it
begins a merge with all of it, which takes as long as tens of thousands of writes, and while that
goes on pieces pile up. Each has to be looked into for every word that is asked for. So the large
piece is put where pieces of its size belong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database

_RECORD = 10  # of the table of blocks: which pieces there are, and where
_COOKIE = 4  # bytes before the numbers of the record
_MERGED = 4  # pieces that are merged into one


def settle(db: Database, table: str) -> None:
    """Put the one piece of a full text table that was just merged, or copied from another file, on
    the level of its size. A table of several pieces is left as it is.

    Belongs into a transaction.
    """
    row = db.one(f"SELECT block FROM {table}_data WHERE id = ?", (_RECORD,))
    if row is not None:
        db.run(f"UPDATE {table}_data SET block = ? WHERE id = ?", (raised(row[0]), _RECORD))
    # FTS5 remembers where its blocks are, and forgets it when it is rolled back.
    db.run("SAVEPOINT crm_segments")
    db.run(f"INSERT INTO {table} ({table}, rank) VALUES ('automerge', ?)", (_MERGED,))
    db.run("ROLLBACK TO crm_segments")
    db.run("RELEASE crm_segments")


def raised(record: bytes) -> bytes:
    """The record of a table of one piece, with that on the level of its size.

    After four bytes there are numbers: of levels, pieces and writes, and for each level how many
    pieces are being merged and how many there are, each piece with its id, first and last block.
    """
    levels, pieces, writes, *rest = _numbers(record[_COOKIE:])
    if pieces != 1 or rest[:-3] != [*([0, 0] * (levels - 1)), 0, 1]:
        return record
    first, last = rest[-2:]
    wanted, size = levels, _MERGED**levels
    while size <= last - first:
        wanted, size = wanted + 1, size * _MERGED
    more = [0, 0] * (wanted - levels)
    return record[:_COOKIE] + b"".join(map(_varint, [wanted, pieces, writes, *more, *rest]))


def _numbers(record: bytes) -> list[int]:
    """The numbers of a record: seven bits a byte, the highest first and marked but for the last."""
    found, value = [], 0
    for byte in record:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            found.append(value)
            value = 0
    return found


def _varint(number: int) -> bytes:
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(number & 0x7F | 0x80)
    return bytes(reversed(found))
