"""Measure the query language: every kind of filter alone, beside words, in pairs, and every order.

    python bench/filters.py --db URL --as LOGIN [--agent] [--only PATTERN] [--words]

A query is timed from its text to a screenful of rows in hand, and the count of all that match by
itself: the program asks for it when the rows are painted. The database needs customers; fields of
one's own are measured where it has some, every kind by the names and values that it finds.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from random import Random

from tui_crm import search
from tui_crm.config import load
from tui_crm.core.session import Session, open_session
from tui_crm.sample import searching

_SCREENFUL = 36
_ROUNDS = 3  # that each query is timed, after one that is not
_PAIRS = 60
_SEED = 1
_TEXTS = ("an", "schm", "li", "王", "maria")

FILTERS: dict[str, tuple[str, ...]] = {
    "owner": ("owner:me", "owner:ana", "owner:fang"),
    "team": ("team:{team}",),
    "status": ("status:active", "status:lost", "status:lead,prospect"),
    "category": ("category:vip", "category:regular"),
    "source": ("source:fair", "source:web"),
    "kind": ("kind:organization", "kind:person"),
    "tag": ("tag:{tag}", "tag:trial", "tag:代理商"),
    "not tag": ("-tag:{tag}", "-tag:export"),
    "city": ("city:berlin", "city:北京", 'city:"new york"', "city:lon"),
    "country": ("country:china", "country:den"),
    "state": ("state:a",),
    "street": ("street:main", "street:100"),
    "postcode": ("postcode:10", "postcode:2000"),
    "name": ('name:"van den"', "name:anna", "name:王", 'name:"maria schmidt"'),
    "organisation": ("org:schm", "org:gmbh", "org:科技"),
    "title": ("title:engineer", "title:经理"),
    "needs": ("needs:training", "needs:样品"),
    "account": ("account:c-0000", "account:c-00001"),
    "phone": ("phone:138", "phone:0678", "phone:1385"),
    "email": ("email:anna", "email:example.com", "email:zz"),
    "has": ("has:email", "has:phone", "has:tag", "has:birthday", "has:owner"),
    "no": ("no:phone", "no:tag", "no:owner", "no:title"),
    "open": ("open:task", "-open:task"),
    "last": ("last:>30d", "last:<7d", "last:<365d", "last:2025-03", "no:last"),
    "created": ("created:2026-01..2026-03", "created:2026-05-04", "created:<2024"),
    "updated": ("updated:today", "updated:<90d", "updated:2026-01"),
    "birthday": ("birthday:1980", "birthday:1975-03"),
    "id": ("id:42", "id:1,2,3", "id:<1000", "id:500000..500100"),
    "version": ("version:1", "version:>3"),
    "or": (
        "berlin or hamburg", "status:lead or tag:{tag}", "anna or owner:ana", "tag:trial or zzzq",
        "(last:<7d or created:<7d)",
    ),
    "parentheses": (
        "(status:lead or status:active) city:berlin",
        "-(tag:{tag} no:phone)",
        "(tag:trial or tag:export) -(status:lost or no:email)",
        "anna -(tag:{tag} no:phone)",
    ),
}  # fmt: skip

_SORTED = (
    "id", "account_no", "name", "kind", "organization", "title", "city", "country", "category",
    "status", "source", "owner", "team", "last", "created", "updated", "birthday",
)  # fmt: skip
_PAIRED = (
    "owner:ana", "status:active", "status:lost", "tag:{tag}", "-tag:{tag}", "city:berlin",
    "country:china", "last:>30d", "last:<7d", "created:2026-01..2026-03", "has:email", "no:phone",
    "open:task", "phone:138", 'name:"van den"', "title:engineer", "needs:training",
    "birthday:1980", "updated:<90d",
)  # fmt: skip
_OWN = {
    "text": ("{0}:contract", "{0}:甲", "has:{0}"),
    "number": ("{0}:>900", "{0}:500", "{0}:10..20"),
    "date": ("{0}:2026-03", "{0}:<2021"),
    "choice": ("{0}:{1}", "-{0}:{1}", "no:{0}"),
    "bool": ("{0}:yes", "{0}:no"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of a class: of its first rows, and of its counts."""

    name: str
    rows: list[float]
    counts: list[float]
    slowest: str

    def line(self) -> str:
        """A row of the table."""
        shown = (
            statistics.median(self.rows), _at(self.rows, 0.95), max(self.rows),
            statistics.median(self.counts), max(self.counts),
        )  # fmt: skip
        return f"{self.name:24}" + "".join(f"{ms:9.1f}" for ms in shown) + f"  {self.slowest}"


def main() -> None:
    """Run the measurements that the arguments ask for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--db", required=True)
    arguments.add_argument("--as", dest="login", default="root")
    arguments.add_argument("--agent", action="store_true", help="as one who sees few customers")
    arguments.add_argument("--only", default="", help="classes whose names match this pattern")
    arguments.add_argument("--each", action="store_true", help="a line for every query")
    chosen = arguments.parse_args()
    session = open_session(load(None, env={**os.environ, "CRM_DB": chosen.db}), login=chosen.login)
    try:
        if chosen.agent:
            with searching.agent_of(session) as few:
                _run(few, chosen.only, each=chosen.each)
        else:
            _run(session, chosen.only, each=chosen.each)
    finally:
        session.close()


def classes(session: Session) -> Iterator[tuple[str, list[str]]]:
    """The queries of each class, with the names that this database knows."""
    known = {"tag": _known(session, "tag") or "none", "team": _known(session, "team") or "none"}
    known["team"] = f'"{known["team"]}"'

    def filled(texts: tuple[str, ...]) -> list[str]:
        return [text.replace("{tag}", known["tag"]).replace("{team}", known["team"])
                for text in texts]  # fmt: skip

    alone = {name: filled(texts) for name, texts in FILTERS.items()}
    for item in session.fields.of():
        if item.custom:
            choice = item.choices[0] if item.choices else ""
            ways = _OWN.get(item.type, ())
            alone[f"own {item.type}"] = [way.format(item.name, choice) for way in ways]
    yield from alone.items()
    for name, texts in alone.items():
        yield f"word + {name}", [f"{word} {text}" for word in _TEXTS[:3] for text in texts]
    pairs = list(combinations(filled(_PAIRED), 2))
    chosen = sorted(Random(_SEED).sample(pairs, min(_PAIRS, len(pairs))))
    yield "pairs of filters", [f"{a} {b}" for a, b in chosen]
    yield "words + pairs", [f"{_TEXTS[n % 5]} {a} {b}" for n, (a, b) in enumerate(chosen)]
    sorts = [f"sort:{sign}{name}" for name in _SORTED for sign in ("", "-")]
    sorts += [f"sort:{item.name}" for item in session.fields.of() if item.custom]
    for sort in sorts:
        yield sort, [
            sort, f"status:active {sort}", f"anna {sort}", filled(("tag:{tag} ",))[0] + sort,
            f"owner:ana {sort}", f"city:berlin {sort}",
        ]  # fmt: skip


def _known(session: Session, table: str) -> str:
    row = session.db.one(f"SELECT name FROM {table} ORDER BY id LIMIT 1")
    return str(row[0]) if row else ""


def _run(session: Session, only: str, *, each: bool) -> None:
    print(f"{'milliseconds':24}{'p50':>9}{'p95':>9}{'max':>9}{'count':>9}{'max':>9}  slowest")
    rows: list[float] = []
    with session.db.connection():
        asked = [both for both in classes(session) if re.search(only, both[0])]
    for name, texts in asked:
        taken: dict[str, list[float]] = {}
        counts: dict[str, float] = {}
        for text in texts:
            search.find(session, text, _SCREENFUL)
            taken[text] = [_timed(partial(_shown, session, text)) for _ in range(_ROUNDS)]
            counts[text] = _timed(partial(search.count, session, text))
            if each:
                print(f"    {min(taken[text]):9.1f} {counts[text]:9.1f}  {text}", flush=True)
        found = [ms for times in taken.values() for ms in times]
        rows += found
        slowest = max(taken, key=lambda text: max(taken[text]))
        print(Measured(name, found, list(counts.values()), slowest).line(), flush=True)
    if rows:
        print(f"{'all':24}{statistics.median(rows):9.1f}{_at(rows, 0.95):9.1f}{max(rows):9.1f}")


def _shown(session: Session, text: str) -> None:
    for hit in search.find(session, text, _SCREENFUL).hits:
        _ = hit.matches


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _at(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


if __name__ == "__main__":
    main()
