"""Files that a screen writes: where to, after a question, and with word of how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.core.history import Filter
from tui_crm.errors import CrmError, InputRefused
from tui_crm.text.i18n import _, ngettext
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.prompt import Ask, Confirm
from tui_crm.ui.words import number

if TYPE_CHECKING:
    from tui_crm.core.session import Session

Write = Callable[..., int]
"""Writes a file: ``write(session, path, progress=...)`` gives the number of its rows."""


async def export(screen: CrmScreen, name: str, write: Write, prompt: str = "") -> None:
    """Ask for a file, `name` being proposed, and write it in the long lane."""
    day = screen.session.now().date().isoformat()
    answer = await screen.ask_user(
        Ask(_("Export"), prompt or _("Write a CSV file:"), value=f"~/{name}-{day}.csv")
    )
    if not answer:
        return
    path = Path(answer).expanduser()
    if path.exists():
        text = _("{path} is there already.").format(path=path)
        question = Confirm(_("Export"), text, [("y", _("replace it"))])
        if await screen.ask_user(question) != "y":
            return

    def report(done: int, total: int) -> None:
        if total:
            counts = number(done), number(total)
            screen.say(_("{done} of {total} …").format(done=counts[0], total=counts[1]))
        else:
            screen.say(_("{count} rows …").format(count=number(done)))

    try:
        written = await screen.crm.work.long(write, screen.session, path, progress=report)
    except CrmError as error:
        screen.show_error(error)
        return
    text = ngettext("{n} row written to {path}.", "{n} rows written to {path}.", written)
    screen.say(text.format(n=number(written), path=path), "good")


async def export_history(screen: CrmScreen, wanted: Filter) -> None:
    """Ask for a file and write the single changes that `wanted` describes."""
    await export(screen, "crm-history", partial(_history, wanted))


async def export_customers(screen: CrmScreen, ids: Sequence[int], query: str) -> None:
    """Ask for a file and write these customers, whom `query` found, with all their fields.

    The name of the file says which format it is.
    """
    prompt = ngettext(
        "Write {n} customer: .csv, .xlsx, .vcf or .jsonl",
        "Write {n} customers: .csv, .xlsx, .vcf or .jsonl",
        len(ids),
    ).format(n=number(len(ids)))
    await export(screen, "crm-customers", partial(_customers, ids, query), prompt)


def _customers(
    ids: Sequence[int],
    query: str,
    session: Session,
    path: Path,
    *,
    progress: Callable[[int, int], None],
) -> int:
    from tui_crm.exchange.export import export_file
    from tui_crm.exchange.writers import SUFFIXES

    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise InputRefused(
            _('No format has the ending "{suffix}".').format(suffix=path.suffix),
            _("Endings: {names}").format(names=" ".join(SUFFIXES)),
        )
    fields = tuple(session.fields.of("customer"))
    with session.db.connection():
        return export_file(session, ids, path, fields, kind, progress=progress, query=query)


def _history(
    wanted: Filter, session: Session, path: Path, *, progress: Callable[[int, int], None]
) -> int:
    from tui_crm.exchange.reports import write_history

    return write_history(session, path, wanted, progress=progress)
