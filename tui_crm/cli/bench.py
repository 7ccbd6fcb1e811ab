"""crm bench: how fast the program is on this machine."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from tui_crm.cli import output
from tui_crm.cli.command import Command
from tui_crm.cli.parsing import add_json, positive
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.search.measure import Timing

HELP = N_("Measure search, lists, batches, imports and the start on sample customers.")

_PARTS = ("search", "list", "batch", "import", "start")


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
    parser.add_argument(
        "--on",
        metavar="URL",
        action="append",
        default=[],
        help=_("in this database, which must be empty or made by crm bench; may be repeated"),
    )
    parser.add_argument(
        "--batch",
        type=positive,
        default=10_000,
        metavar="N",
        help=_("change so many customers at once (10000)"),
    )
    parser.add_argument(
        "--change",
        metavar="field=value",
        action="append",
        default=[],
        help=_("change this in a batch, field=value or tags+=x (two fields and a tag)"),
    )
    parser.add_argument(
        "--rows",
        type=positive,
        default=10_000,
        metavar="N",
        help=_("import a file of so many customers into a database made for it (10000)"),
    )
    parser.add_argument(
        "--mistakes",
        type=positive,
        default=0,
        metavar="N",
        help=_("see how many of N mistyped names are found, beside an exhaustive search"),
    )
    add_json(parser)


def run(command: Command, options: argparse.Namespace) -> int:
    """Measure, and print percentiles in milliseconds."""
    rows = []
    for timing in _measure_all(command, options):
        times = (timing.p50, timing.p95, timing.p99, timing.longest)
        if options.json:
            output.json_line(
                {
                    "name": timing.name,
                    "n": timing.queries,
                    **{
                        name: round(ms, 2)
                        for name, ms in zip(("p50", "p95", "p99", "max"), times, strict=True)
                    },
                }
            )
        else:
            rows.append((timing.name, str(timing.queries), *(f"{ms:.1f}" for ms in times)))
    if rows:
        heads = [_("Milliseconds"), "n", "p50", "p95", "p99", "max"]
        output.table(heads, rows, right=(1, 2, 3, 4, 5))
    return 0


def _measure_all(command: Command, options: argparse.Namespace) -> Iterator[Timing]:
    """The timings in each database, of which the names tell the engine where there are several."""
    for url in options.on or [""]:
        engine = f"{_engine(url)}: " if len(options.on) > 1 else ""
        for timing in _measure(command, options, url):
            yield replace(timing, name=engine + timing.name)
    if options.part == "batch":
        _tell_memory()


def _measure(command: Command, options: argparse.Namespace, url: str) -> Iterator[Timing]:
    from tui_crm.core.session import open_session
    from tui_crm.sample import batching, bench, importing, meanwhile, searching

    if options.part == "import":
        yield from importing.measure(command.settings, options.rows, url)
        return
    with output.counter(_("sample customers")) as progress:
        settings = bench.database(command.settings, options.customers, progress, url)
    parts = _PARTS if options.part == "all" else (options.part,)
    session = open_session(settings)
    try:
        with session.db.connection():
            if "search" in parts:
                yield from searching.measure(session)
                if options.mistakes:
                    _tell_mistakes(session, options.mistakes, as_json=options.json)
            if "list" in parts:
                yield from bench.lists(session)
            if "batch" in parts:
                yield from batching.measure(session, options.batch, options.change)
                yield from meanwhile.measure(session, options.batch, options.change)
    finally:
        session.close()
    if "import" in parts:
        yield from importing.measure(settings, options.rows, url)
    if "start" in parts:
        yield bench.start(settings.database.url)


def _engine(url: str) -> str:
    return "SQLite" if url.startswith("sqlite") else "PostgreSQL"


def _tell_mistakes(session: Session, pairs: int, *, as_json: bool) -> None:
    """How often a mistyped name is found, by kind of mistake, beside an exhaustive search."""
    from tui_crm.search.spelling import mistakes

    shares = mistakes.accuracy(session, pairs)
    if as_json:
        for share in shares:
            output.json_line({"name": f"mistakes: {share.kind}", **asdict(share)})
        return
    heads = [_("Mistyped names"), "n", _("in ten"), _("first"), _("best in ten"), _("best first")]
    rows = [
        (
            _(share.kind),
            str(share.pairs),
            *(f"{x:.1%}" for x in (share.in_ten, share.first)),
            *(f"{x:.1%}" for x in (share.best_in_ten, share.best_first)),
        )
        for share in shares
    ]
    output.table(heads, rows, right=(1, 2, 3, 4, 5))
    output.note(_("Best is what an exhaustive search over all names finds."))


def _tell_memory() -> None:
    """The most memory that this process needed; making the sample database counts, too."""
    import resource

    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    output.note(_("Memory at most {n} MB.").format(n=megabytes))
