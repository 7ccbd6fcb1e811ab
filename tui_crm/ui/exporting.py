"""Files that a screen writes: where to, after a question, and with word of how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.core.history import Filter
from tui_crm.errors import CrmError, InputRefused
from tui_crm.text import i18n
from tui_crm.text.i18n import _, ngettext
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.form_rows import Choice
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask, Confirm
from tui_crm.ui.words import number

if TYPE_CHECKING:
    from tui_crm.core.fields import Field
    from tui_crm.core.session import Session
    from tui_crm.exchange.writing.writers import OutFormat

Write = Callable[..., int]
"""Writes a file: ``write(session, path, progress=...)`` gives the number of its rows."""


async def export(screen: CrmScreen, name: str, write: Write) -> None:
    """Ask for a file, `name` being proposed, and write it in the long lane."""
    path = await _ask_path(screen, name, _("Write a CSV file:"))
    if path is not None:
        await _write(screen, path, write)


async def _ask_path(screen: CrmScreen, name: str, prompt: str) -> Path | None:
    """The file to write; one that is there already only after a question."""
    day = screen.session.now().date().isoformat()
    answer = await screen.ask_user(Ask(_("Export"), prompt, value=f"~/{name}-{day}.csv"))
    if not answer:
        return None
    path = Path(answer).expanduser()
    if path.exists():
        text = _("{path} is there already.").format(path=path)
        question = Confirm(_("Export"), text, [("y", _("replace it"))])
        if await screen.ask_user(question) != "y":
            return None
    return path


async def _write(screen: CrmScreen, path: Path, write: Write) -> None:
    """Write the file and tell how far it is."""

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
    """Ask for a file and write these customers, whom `query` found, in their order.

    The name of the file says which format it is; a second question is whether all fields are
    written or the columns of the list, for CSV whether the mark of Excel is, and in a Chinese
    session whether the headers are the names of the fields rather than their labels.
    """
    prompt = ngettext(
        "Write {n} customer: .csv, .xlsx, .vcf or .jsonl",
        "Write {n} customers: .csv, .xlsx, .vcf or .jsonl",
        len(ids),
    ).format(n=number(len(ids)))
    path = await _ask_path(screen, "crm-customers", prompt)
    if path is None:
        return
    try:
        kind = _format(path)
    except InputRefused as refused:
        screen.show_error(refused)
        return
    choices = [Choice("all", _("all fields")), Choice("list", _("the columns of the list"))]
    usual = list(choices)
    if kind == "csv":
        without = _("{what}, without the mark of Excel")
        choices += [Choice(f"{c.value} plain", without.format(what=c.label)) for c in usual]
    labels = i18n.language() == "zh" and kind in ("csv", "xlsx")
    if labels:
        named = _("{what}, with the names of fields as headers")
        choices += [Choice(f"{c.value} names", named.format(what=c.label)) for c in usual]
    picked = await screen.ask_user(Picker(_("Export"), choices))
    if not picked:
        return
    fields = list(screen.session.fields.of("customer"))
    if picked[0].startswith("list"):
        listed = map(screen.session.fields.of_column, screen.crm.settings.ui.columns)
        fields = [field for field in listed if field is not None]
    how = {
        "mark": not picked[0].endswith("plain"),
        "labels": labels and not picked[0].endswith("names"),
    }
    await _write(screen, path, partial(_customers, ids, query, fields, kind, how))


def _format(path: Path) -> OutFormat:
    """The format that the name of a file says. Raises `InputRefused` if it says none."""
    from tui_crm.exchange.writing.writers import SUFFIXES

    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise InputRefused(
            _('No format has the ending "{suffix}".').format(suffix=path.suffix),
            _("Endings: {names}").format(names=" ".join(SUFFIXES)),
        )
    return kind


def _customers(
    ids: Sequence[int],
    query: str,
    fields: Sequence[Field],
    kind: OutFormat,
    how: Mapping[str, bool],
    session: Session,
    path: Path,
    *,
    progress: Callable[[int, int], None],
) -> int:
    from tui_crm.exchange.writing.export import export_file

    with session.db.connection():
        return export_file(session, ids, path, fields, kind, progress=progress, query=query, **how)


def _history(
    wanted: Filter, session: Session, path: Path, *, progress: Callable[[int, int], None]
) -> int:
    from tui_crm.exchange.writing.reports import write_history

    return write_history(session, path, wanted, progress=progress)
