"""crm bench: how fast the program is on this machine."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json, positive
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.sample.bench import Measured

HELP = N_("Measure search, lists, batches and the start on sample customers.")

_PARTS = ("search", "list", "batch", "start")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "part", nargs="?", choices=(*_PARTS, "all"), default="all", help=_("what to measure (all)")
    )
    parser.add_argument(
        "--customers",
        type=positive,
        default=50_000,
        metavar="N",
        help=_("in a database of so many sample customers, which is kept (50000)"),
    )
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Measure, and print percentiles in milliseconds."""
    rows = []
    for measured in _measure(command, options.part, options.customers):
        p50, p95, p99 = (measured.percentile(share) for share in (0.5, 0.95, 0.99))
        if options.json:
            output.json_line(
                {
                    "name": measured.name,
                    "n": len(measured.times),
                    "p50_ms": round(p50, 2),
                    "p95_ms": round(p95, 2),
                    "p99_ms": round(p99, 2),
                    "max_ms": round(max(measured.times), 2),
                }
            )
        else:
            times = (p50, p95, p99, max(measured.times))
            rows.append((measured.name, str(len(measured.times)), *(f"{t:.1f}" for t in times)))
    if rows:
        heads = [_("Milliseconds"), "n", "p50", "p95", "p99", "max"]
        output.table(heads, rows, right=(1, 2, 3, 4, 5))
    return 0


def _measure(command: Command, part: str, customers: int) -> Iterator[Measured]:
    from tui_crm.core.session import open_session
    from tui_crm.sample import bench

    with output.counter(_("sample customers")) as progress:
        settings = bench.database(command.settings, customers, progress)
    parts = _PARTS if part == "all" else (part,)
    session = open_session(settings)
    try:
        with session.db.connection():
            if "search" in parts:
                yield from bench.search(session, customers)
            if "list" in parts:
                yield from bench.lists(session)
            if "batch" in parts:
                yield from bench.batch(session)
    finally:
        session.close()
    if "start" in parts:
        yield bench.start(settings.database.url)
