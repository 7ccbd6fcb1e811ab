"""Broken and hostile files: every reader gives rows or refuses, and neither crashes nor hangs.

`CRM_FUZZ=100000` tries as many files; the suite tries a few hundred. One in fifty goes the whole
way into a database of each engine, and is stopped somewhere now and then.
"""

from __future__ import annotations

import io
import json
import os
import random
import signal
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_crm.core.fields import BUILT_IN
from tui_crm.core.session import Session
from tui_crm.errors import CrmError
from tui_crm.exchange.duplicates import keys
from tui_crm.exchange.importing import ErrorFile, apply_plan
from tui_crm.exchange.mapping import compose
from tui_crm.exchange.mapping.mapping import propose
from tui_crm.exchange.planning.plan import make_plan
from tui_crm.exchange.reading import opening
from tui_crm.exchange.reading.reader import preview
from tui_crm.search import index

SAMPLES = Path(__file__).parents[1] / "data" / "import"
FILES = sorted(path for path in SAMPLES.rglob("*.*") if path.suffix != ".md")
COUNT = int(os.environ.get("CRM_FUZZ", "400"))
# Seconds of processor time after which a reader hangs; each takes milliseconds.
_PATIENCE = 60
_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030", "big5", "cp1252",
              "shift_jis", "cp037", "utf-7")  # fmt: skip
_PIECES = (
    "name", "Phone 1 - Value", "Phone 1 - Label", "邮箱", "姓名", "电话", ",", ";", "\t", "|", '"',
    "'",
    "\n", "\r\n", "\r", "\0", " ", "=1+1", "sep=;\n", "BEGIN:VCARD\n", "END:VCARD\n", "N:a;b;;;\n",
    "TEL;TYPE=", "ENCODING=QUOTED-PRINTABLE:", "=E4=BD=\n", "CHARSET=GBK:", "\\", "\\n", "item1.",
    "{", "}", "[", "]", ":", '{"a":', '"b"}\n', "1e999", "-0", "NaN", "\u2028", "\ufeff", "合计",
    "5.36E+18", "13800138000", "a@b.co", "2020-02-30", "31/12/1999", "\ud83d\ude00", "x" * 300,
    "例如", "Total", "::: ", "﷽", "\x1b]52;", "0" * 40, "((((((", "王" * 100,
)  # fmt: skip


def everything(path: Path) -> int:
    """Read a file as an import does; gives how many rows there were."""
    opening.sheets(path)
    table = opening.open_table(path)
    opening.reading_of(table)
    mapping = propose(table.headers, BUILT_IN, rows=preview(table, 50))
    count = 0
    for row in islice(table.rows(), 3000):
        assert len(row.cells) == len(table.headers)
        with suppress(CrmError):
            compose.for_new(compose.given(mapping, row.cells, "CN"))
        count += 1
    return count


@contextmanager
def impatient() -> Iterator[None]:
    """Fail when the block does not end."""

    def hangs(*_arguments: object) -> None:
        raise AssertionError("a reader hangs")

    before = signal.signal(signal.SIGPROF, hangs)
    signal.setitimer(signal.ITIMER_PROF, _PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def tried(path: Path, content: bytes) -> bool:
    """Whether the file is read; it may be refused, and nothing else."""
    path.write_bytes(content)
    with impatient():
        try:
            everything(path)
        except CrmError as refused:
            assert refused.message
            return False
    return True


def test_files_that_are_broken_at_random(tmp_path: Path) -> None:
    originals = [path.read_bytes()[:40_000] for path in FILES]
    read = 0
    for seed in range(COUNT):
        dice = random.Random(seed)
        suffix, content = _made(dice, originals)
        path = tmp_path / f"file{suffix}"
        try:
            read += tried(path, content)
        except Exception as error:
            raise AssertionError(f"input {seed} ({suffix}, {len(content)} bytes)") from error
    assert read > COUNT // 10  # the files are not so broken that nothing is tested


WHOLE = max(30, COUNT // 50)
"""Files that go the whole way into a database, on each engine."""
_TABLES = ("customer", "contact_point", "customer_tag", "change_set", "change", "duplicate_key",
           "search_doc")  # fmt: skip


class _Tired:
    """Asks an import to stop after it looked some times."""

    def __init__(self, patience: int) -> None:
        self.left = patience

    @property
    def cancelled(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_an_import_of_a_broken_file_is_whole_or_nothing(session: Session, tmp_path: Path) -> None:
    originals = [path.read_bytes()[:40_000] for path in FILES]
    outcomes: Counter[str] = Counter()
    for seed in range(WHOLE):
        dice = random.Random(seed)
        half_good = dice.random() < 0.6
        suffix, content = (".csv", _people(dice)) if half_good else _made(dice, originals)
        path = tmp_path / f"file{suffix}"
        path.write_bytes(content)
        before = held(session)
        tired = _Tired(dice.choice((1, 2, 3, 5, 10_000, 10_000)))
        errors = tmp_path / "refused.csv"
        try:
            done = imported(session, path, errors, dice, tired)
        except CrmError:
            done = None
            assert not errors.exists(), seed
        after = held(session)
        errors.unlink(missing_ok=True)
        if not done:
            assert after == before, seed
        else:
            assert after["change_set"] == before["change_set"] + 1, seed
            assert after["search_doc"] == after["customer"], seed
        outcomes["refused" if done is None else "written" if done else "nothing"] += 1
    assert min(outcomes["refused"], outcomes["written"]) > WHOLE // 10, outcomes
    told = session.db.rows(
        "SELECT s.done, count(DISTINCT h.record_id) FROM change_set s"
        " JOIN change h ON h.change_set_id = s.id GROUP BY s.id, s.done"
    )
    assert len(told) == outcomes["written"] and all(done == count for done, count in told)
    assert index.check(session.db) == []
    assert keys.check(session.db) == []
    assert session.db.integrity() == []


def imported(session: Session, path: Path, errors: Path, dice: random.Random, tired: _Tired) -> int:
    """Import a file as the command does; gives how many customers were written."""
    table = opening.open_table(path)
    columns = propose(table.headers, BUILT_IN, rows=preview(table, 50))
    mode = dice.choice(("create", "upsert"))
    if not any(map(columns.of, ("account_no", "external_id", "emails"))):
        mode = "create"
    with ErrorFile(errors, table.headers) as refused:
        plan = make_plan(session, table, columns, mode, refuse=refused.add, cancel=tired)
        try:
            if not len(plan.steps):
                return 0
            outcome = apply_plan(session, plan, table, path.name, cancel=tired).outcome
            refused.keep()
            return outcome.done
        finally:
            plan.close()


def _people(dice: random.Random) -> bytes:
    """Customers in a table that is right but for some cells, and for what it is written in."""
    lines = ["name,account_no,电话,e-mail,tags,owner"]
    for number in range(dice.randrange(1, 60)):
        cells = [
            f"Ann {number}",
            f"A{dice.randrange(200)}",
            f"1380013{number:04}",
            "",
            "new",
            "ana",
        ]
        if dice.random() < 0.3:
            cells[dice.randrange(len(cells))] = dice.choice(_PIECES).replace('"', "")
        lines.append(",".join(f'"{cell}"' for cell in cells))
    return "\n".join(lines).encode(dice.choice(("utf-8", "utf-16", "gb18030")), "replace")


def held(session: Session) -> dict[str, int]:
    """How many rows there are."""
    return {
        table: (session.db.one(f"SELECT count(*) FROM {table}") or (0,))[0] for table in _TABLES
    }


def _made(dice: random.Random, originals: list[bytes]) -> tuple[str, bytes]:
    """A file: its suffix and its content."""
    kind = dice.randrange(6)
    if kind == 0:
        text = "".join(dice.choices(_PIECES, k=dice.randrange(1, 80)))
        return dice.choice([".csv", ".vcf", ".jsonl", ".txt", ".xlsx"]), _encoded(dice, text)
    if kind == 1:
        return dice.choice([".csv", ".vcf", ".json", ".xls"]), dice.randbytes(dice.randrange(600))
    if kind == 2:
        return ".csv", _encoded(dice, _table(dice))
    if kind == 3:
        return ".jsonl", _encoded(dice, _objects(dice))
    number = dice.randrange(len(FILES))
    content = originals[number] if kind == 4 else FILES[number].read_bytes()
    if content.startswith(b"PK") and dice.random() < 0.7:
        content = _repacked(dice, FILES[number].read_bytes())
    else:
        content = _mutated(dice, content)
    return FILES[number].suffix, content


def _encoded(dice: random.Random, text: str) -> bytes:
    return text.encode(dice.choice(_ENCODINGS), "replace")


def _table(dice: random.Random) -> str:
    delimiter = dice.choice(",;\t|:~")
    width = dice.randrange(1, 12)
    lines = []
    for _number in range(dice.randrange(1, 60)):
        cells = dice.choices(_PIECES, k=max(0, width + dice.choice((0, 0, 0, 0, -1, 1, -width))))
        quote = dice.choice(('"', "", "'"))
        lines.append(delimiter.join(f"{quote}{cell}{quote}" for cell in cells))
    return dice.choice(("\n", "\r\n", "\r", "\n\n")).join(lines)


def _objects(dice: random.Random, depth: int = 0) -> str:
    def value(level: int) -> object:
        kind = dice.randrange(8 if level < 6 else 5)
        if kind < 3:
            return dice.choice(_PIECES)
        if kind < 5:
            return dice.choice((None, True, 1e300, 10**30, -1, 0.1))
        if kind < 7:
            return {dice.choice(_PIECES): value(level + 1) for _number in range(dice.randrange(4))}
        return [value(level + 1) for _number in range(dice.randrange(4))]

    objects = [value(depth) for _number in range(dice.randrange(1, 6))]
    if dice.random() < 0.3:
        return json.dumps(objects)
    text = dice.choice(("\n", "", ",\n")).join(map(json.dumps, objects))
    return text[: dice.randrange(len(text) + 1)] if dice.random() < 0.3 else text


def _mutated(dice: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _number in range(dice.choice((1, 1, 2, 5, 40))):
        place = dice.randrange(len(changed) + 1)
        size = dice.choice((1, 1, 2, 4, 50, 500))
        act = dice.randrange(5)
        if act == 0:
            changed[place : place + size] = dice.randbytes(size)
        elif act == 1:
            del changed[place : place + size]
        elif act == 2:
            changed[place:place] = changed[place : place + size] * dice.choice((1, 2, 20))
        elif act == 3:
            changed[place:place] = dice.choice(_PIECES).encode("utf-8", "replace")
        else:
            del changed[place:]
    return bytes(changed)


def _repacked(dice: random.Random, content: bytes) -> bytes:
    """A workbook with one of its parts broken inside of an intact ZIP."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        names = old.namelist()
        broken = dice.choice(names)
        for name in names:
            data = old.read(name)
            if name == broken:
                if dice.random() < 0.1:
                    continue
                data = _mutated(dice, data)
            new.writestr(name, data)
    return target.getvalue()


@given(
    content=st.one_of(
        st.binary(max_size=400),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
        st.lists(st.sampled_from(_PIECES), max_size=30).map(
            lambda pieces: "".join(pieces).encode("utf-16", "replace")
        ),
    ),
    suffix=st.sampled_from([".csv", ".vcf", ".jsonl", ".xlsx", ""]),
)
def test_any_bytes_are_rows_or_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    tried(tmp_path / f"any{suffix}", content)


_SLOW = {
    "nested.jsonl": b'{"a":' * 100_000,
    "nested.json": b"[" * 200_000,
    "quotes.csv": b'"' * 100_001,
    "separators.csv": b"," * 3_000_000,
    "zeros.csv": b"a\n" + b"\0" * 1_000_000,
    "folded.vcf": b"BEGIN:VCARD\nNOTE:" + b"x\n " * 500_000,
    "begun.vcf": b"BEGIN:VCARD\n" * 50_000,
    "parameters.vcf": b"BEGIN:VCARD\nTEL" + b';"' * 40_000 + b":1\nEND:VCARD",
    "soft.vcf": b"BEGIN:VCARD\nNOTE;ENCODING=QUOTED-PRINTABLE:" + b"=\n" * 300_000,
    "open.jsonl": b'{"a": "' + b"x" * 3_000_000,
    "brackets.csv": b"name,phone\n" + b"a,((((((((((((((((((((((((((((\n" * 2000,
    "totals.csv": b"Total: records " * 20_000,
    "number.csv": b"name\n" + b"1" * 200_000,
    "headers.csv": b",".join(b"Phone %d - Value" % n for n in range(4000)) + b"\n" + b"," * 3999,
    "list.csv": b"email,tags\n" + b"a@b.co," * 30_000 + b"\n",
}


@pytest.mark.parametrize("name", _SLOW)
def test_a_file_made_to_be_slow_is_not(tmp_path: Path, name: str) -> None:
    tried(tmp_path / name, _SLOW[name])
