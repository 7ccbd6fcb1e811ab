"""Change many customers at once, second part: look at it, do it, and see what became of it.

One screen in four steps: it counts, shows, changes, and reports. Counting and changing run in the
long lane, so that everything else stays usable; Escape stops both, and nothing is changed then.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Literal

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui_crm.core import batch
from tui_crm.core.batch import BatchPreview, FieldCounts
from tui_crm.core.changes.model import Edit, new_uid
from tui_crm.core.rows import Outcome, RecordDiff
from tui_crm.errors import CrmError
from tui_crm.text.dates import duration
from tui_crm.text.i18n import N_, _, ngettext
from tui_crm.ui.batch_form import Reader
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.diff_list import DiffList, DiffRow
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import Key, ListSource, PagedSource, SourceView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import customer_count, number
from tui_crm.ui.work import Cancel

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Progress

Step = Literal["counting", "ready", "running", "done"]
Part = Literal["changing", "staying", "refused"]

_PARTS: dict[Part, str] = {
    "changing": N_("will change"),
    "staying": N_("stay as they are"),
    "refused": N_("refused"),
}
_MOST_COUNTS = 200  # lines of the summary; the rest is added up in one line a field
_COUNTS_SHARE = 3  # the summary takes at most that part of the screen
_ESTIMATE_AFTER = 1.0  # seconds; before, an estimate is a guess

_OUTCOMES = {
    "failed": (N_("failed"), "bad"),
    "skipped": (N_("unchanged"), "muted"),
    "done": (N_("changed"), "good"),
}


class BatchPreviewScreen(CrmScreen):
    """What `edit` makes of the customers `ids`, and doing it; gives whether it was done."""

    BINDS = ("screen", "batch", "batch.preview", "fields")

    DEFAULT_CSS = """
    BatchPreviewScreen {
        & #counts { margin: 1 0 0 0; height: auto; }
        & #parts { height: 1; padding: 0 3; margin: 1 0 0 0; color: $muted; }
        & #report { height: auto; padding: 0 3; margin: 1 0; display: none; }
        & #results { display: none; padding: 0; }
        &.-done #counts, &.-done #parts, &.-done #records { display: none; }
        &.-done #report, &.-done #results { display: block; }
        & #results.-none { visibility: hidden; }
    }
    """

    def __init__(self, ids: Sequence[int], edit: Edit, reader: Reader) -> None:
        super().__init__()
        self._ids = ids
        self._edit = edit
        self._reader = reader
        self._uid = new_uid()  # made once, so that a retry after a lost connection is recognised
        self._step: Step = "counting"
        self._preview: BatchPreview | None = None
        self._part: Part = "changing"
        self._cancel = Cancel()
        self._ask_when_counted = False  # the key came before the numbers
        self._began = 0.0

    # Layout ------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Title, summary, which records are listed, the records; later the report; footer."""
        names = ", ".join(self._reader.label(name) for name in self._edit.fields)
        yield TitleLine(_("Batch edit"), names)
        yield DiffList(id="counts")
        yield Static("", id="parts")
        yield DiffList(id="records")
        yield Static("", id="report")
        yield RecordList(
            [
                Column("outcome", _("Result"), 10, 0),
                Column("record", _("Customer"), 16, 1, 40),
                Column("reason", _("Reason"), 20, 2),
            ],
            id="results",
        )
        yield Footer()

    @property
    def counts(self) -> DiffList:
        """How many customers go from which value to which."""
        return self.query_one("#counts", DiffList)

    @property
    def records(self) -> DiffList:
        """Every customer, old and new."""
        return self.query_one("#records", DiffList)

    @property
    def results(self) -> RecordList:
        """The customers who were not changed, with the reason."""
        return self.query_one("#results", RecordList)

    @property
    def where(self) -> str:
        """The report has other keys."""
        return "batch.result" if self._step == "done" else "batch.preview"

    @property
    def step(self) -> Step:
        """How far it is."""
        return self._step

    def on_mount(self) -> None:
        """Begin to count."""
        self.records.focus()
        self.crm.spawn(self._count())

    def _title(self, figure: str) -> None:
        self.query_one(TitleLine).show(figure=figure)

    # Counting ----------------------------------------------------------------------------------

    async def _count(self) -> None:
        self._title(_("counting …"))
        try:
            found: BatchPreview = await self.crm.work.long(
                count, self.session, self._ids, self._edit, self._cancel, progress=self._counted
            )
        except CrmError as error:
            if not self._cancel.cancelled:
                self.show_error(error)
                self._title("")
            return
        if self._cancel.cancelled:
            return
        self._preview = found
        self._step = "ready"
        self._title(customer_count(len(self._ids)))
        self._show_counts(found)
        parts: tuple[Part, ...] = ("changing", "staying", "refused")
        self._show_part(next((part for part in parts if self._ids_of(part)), "changing"))
        if self._ask_when_counted:
            self.action_apply()

    def _counted(self, done: int, total: int) -> None:
        if self._step == "counting":
            self._title(_("counting {done} of {total}").format(**_figures(done, total)))

    def _show_counts(self, found: BatchPreview) -> None:
        # Fields of few values first: those of a thousand do not push them out of sight.
        blocks = sorted((list(summary(field, self._reader)) for field in found.fields), key=len)
        self.counts.set_source(ListSource([row for block in blocks for row in block]))
        self._fit_counts()

    def on_resize(self) -> None:
        """The summary shares the height with the records."""
        self._fit_counts()

    def _fit_counts(self) -> None:
        most = max(2, self.size.height // _COUNTS_SHARE - 2)
        self.counts.styles.height = max(1, min(self.counts.row_count(), most))

    # Looking -----------------------------------------------------------------------------------

    def _ids_of(self, part: Part) -> array[int]:
        found = self._preview
        if found is None:
            return array("q")
        return {"changing": found.changing, "staying": found.staying, "refused": found.refused}[
            part
        ]

    def _show_part(self, part: Part) -> None:
        if self._preview is None:
            return
        self._part = part
        ids = self._ids_of(part)
        each = 1 if part == "refused" else len(self._edit.fields)

        async def page(offset: int, limit: int) -> Sequence[DiffRow]:
            first, last = offset // each, -(-(offset + limit) // each)
            wanted = ids[first:last]
            found: Sequence[RecordDiff] = []
            if part != "refused" and self._preview is not None:
                found = await self.fetch(records_of, self._preview, wanted)
            rows = [row for id_ in wanted for row in self._rows(id_, found)]
            return rows[offset - first * each :][:limit]

        self.records.empty_text = _("nobody")
        self.records.set_source(
            PagedSource[DiffRow](
                len(ids) * each,
                page,
                self.records.rows_arrived,
                lambda error: self.say(str(error), "bad"),
            ),
            keep_cursor=False,
        )
        self._show_parts()

    def _rows(self, id_: int, found: Sequence[RecordDiff]) -> list[DiffRow]:
        record = next((record for record in found if record.id == id_), None)
        if record is None:
            reason = _("is gone, or hidden from you")
            each = 1 if self._part == "refused" else len(self._edit.fields)
            return [DiffRow(f"{id_}:{n}", f"#{id_}", "", reason=reason) for n in range(each)]
        return [
            DiffRow(
                f"{id_}:{diff.field}",
                "" if place else record.name,
                self._reader.label(diff.field),
                self._reader.value(diff.field, diff.old),
                self._reader.value(diff.field, diff.new),
                diff.refused,
            )
            for place, diff in enumerate(record.diffs)
        ]

    def _show_parts(self) -> None:
        words = []
        for part, label in _PARTS.items():
            many = len(self._ids_of(part))
            text = plain(f"{number(many)} {_(label)}")
            if part == self._part:
                text = Content.assemble(
                    plain("● ").stylize("$accent"), text.stylize("bold $row-header")
                )
            else:
                key = self.crm.keymap.shown(f"batch.{part}", "batch.preview")
                text = Content.assemble(plain(f"{key} ").stylize("bold $key"), text)
            words += [text, plain("     ")]
        self.query_one("#parts", Static).update(Content.assemble(*words))

    def action_changing(self) -> None:
        """List only the customers who will change."""
        self._show_part("changing")

    def action_staying(self) -> None:
        """List only the customers who are so already."""
        self._show_part("staying")

    def action_refused(self) -> None:
        """List only the customers who cannot be changed."""
        self._show_part("refused")

    def action_next(self) -> None:
        """To the other list."""
        self.focus_next()

    def action_previous(self) -> None:
        """To the other list."""
        self.focus_previous()

    @on(SourceView.Selected, "#records")
    @on(SourceView.Selected, "#results")
    def _chosen(self, event: SourceView.Selected) -> None:
        event.stop()
        self._open(event.key)

    def _open(self, key: Key) -> None:
        id_ = int(str(key).partition(":")[0])
        if id_ not in self._ids_of("refused"):
            self.crm.open_customer(id_)

    # Doing -------------------------------------------------------------------------------------

    def action_apply(self) -> None:
        """Make the change, after a question with the number."""
        if self._step == "counting":
            self._ask_when_counted = True
        elif self._step == "ready":
            self.do(self._ask())

    async def _ask(self) -> None:
        many = len(self._ids_of("changing"))
        if not many:
            self.say(_("There is nothing to change."), "warn")
            return
        text = ngettext("Change {count} customer?", "Change {count} customers?", many)
        keys = [("y", _("change them"))]
        question = Confirm(_("Batch edit"), text.format(count=number(many)), keys)
        if await self.ask_user(question) == "y" and self._step == "ready":
            self.crm.spawn(self._apply())

    async def _apply(self) -> None:
        self._step, self._cancel, self._began = "running", Cancel(), monotonic()
        self._progressed(0, len(self._ids))
        self.footer.hush()
        try:
            outcome: Outcome = await self.crm.work.long(
                apply_batch,
                self.session,
                self._ids,
                self._edit,
                self._cancel,
                self._uid,
                progress=self._progressed,
            )
        except CrmError as error:
            self._step = "ready"
            self._title(customer_count(len(self._ids)))
            if self._cancel.cancelled:
                self.say(str(error), "warn")
            else:
                self.show_error(error)
            return
        self._step = "done"
        self._show_outcome(outcome)

    def _progressed(self, done: int, total: int) -> None:
        if self._step != "running":
            return
        passed = monotonic() - self._began
        figures = _figures(done, total)
        if done >= total:
            text = _("bringing the search up to date … {time}").format(time=duration(passed))
        elif done and passed > _ESTIMATE_AFTER:
            left = duration(passed / done * (total - done))
            text = _("{done} of {total} · {left} left").format(left=left, **figures)
        else:
            text = _("{done} of {total}").format(**figures)
        self._title(text)
        self.footer.status(_("Esc stops it; nothing is changed then."))

    def _show_outcome(self, outcome: Outcome) -> None:
        self.add_class("-done")
        self._title(_("done"))
        self.footer.status("")
        self.query_one("#report", Static).update(self._report(outcome))
        rows = [
            _ResultRow(
                f"{result.id}:{place}",
                (
                    Cell(_(_OUTCOMES[result.outcome][0]), style=_OUTCOMES[result.outcome][1]),
                    Cell(result.name or f"#{result.id}", style="strong"),
                    Cell(result.reason, style="muted"),
                ),
            )
            for place, result in enumerate(outcome.results)
        ]
        self.results.set_source(ListSource(rows))
        self.results.set_class(not rows, "-none")
        self.results.focus()
        self.show_keys(self.where)

    def _report(self, outcome: Outcome) -> Content:
        lines = [("✓", outcome.done, _("changed"), "$good")]
        if outcome.skipped:
            lines.append(("–", outcome.skipped, _("had nothing to change"), "$muted"))
        if outcome.failed:
            lines.append(("✗", outcome.failed, _("failed"), "$bad"))
        found = []
        for sign, many, words, colour in lines:
            found += [plain(f"{sign} {number(many)} ").stylize(f"bold {colour}"), plain(words)]
            found.append(plain("    "))
        if outcome.done:
            key = self.crm.keymap.shown("app.undo", self.where)
            undo = _("{key} undoes all of it.").format(key=key)
            found += [plain("\n\n"), plain(undo).stylize("$muted")]
        return Content.assemble(*found)

    # Leaving -----------------------------------------------------------------------------------

    def action_back(self) -> None:
        """One step back: stop what runs, to the form, or home from the report."""
        if self._step == "running":
            self._cancel.cancel()
            self._title(_("stopping …"))
        else:
            super().action_back()

    async def leave(self) -> bool:
        """Leave, unless the change is being made; only Escape stops that."""
        if self._step == "running":
            self.say(_("The change is being made; Esc stops it."), "warn")
            return False
        self._cancel.cancel()
        self.close(self._step == "done")
        return True


@dataclass(frozen=True, slots=True)
class _ResultRow:
    key: Key
    cells: tuple[Cell, ...]


def _figures(done: int, total: int) -> dict[str, str]:
    return {"done": number(done), "total": number(total)}


def summary(counts: FieldCounts, reader: Reader) -> Iterator[DiffRow]:
    """Lines on what becomes of one field: how many customers go from which value to which; of a
    list, how many get or lose which item."""
    name, label = counts.field, reader.label(counts.field)
    if not counts.values:
        text = _("all have it so already")
        yield DiffRow(f"{name}:", "–", label, text, text)
    elif isinstance(counts.values[0][1], tuple):
        yield from _items(counts, label)
    else:
        for place, (old, new, many) in enumerate(counts.values[:_MOST_COUNTS]):
            words = reader.value(name, old), reader.value(name, new)
            yield DiffRow(f"{name}:{place}", customer_count(many), label, *words)
        if rest := counts.values[_MOST_COUNTS:]:
            many = sum(customers for _old, _new, customers in rest)
            text = _("{count} other values").format(count=number(len(rest)))
            new = reader.value(name, rest[0][1])
            yield DiffRow(f"{name}:", customer_count(many), label, text, new)


def _items(counts: FieldCounts, label: str) -> Iterator[DiffRow]:
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for old, new, many in counts.values:
        before, after = (set(v) if isinstance(v, tuple) else set() for v in (old, new))
        added.update(dict.fromkeys(after - before, many))
        removed.update(dict.fromkeys(before - after, many))
    for item, many in added.most_common(_MOST_COUNTS):
        yield DiffRow(f"{counts.field}:+{item}", customer_count(many), label, None, f"+ {item}")
    for item, many in removed.most_common(_MOST_COUNTS):
        yield DiffRow(f"{counts.field}:-{item}", customer_count(many), label, f"− {item}", None)


# Run in the lanes.


def count(
    session: Session, ids: Sequence[int], edit: Edit, cancel: Cancel, *, progress: Progress
) -> BatchPreview:
    """Count what the edit would change; in the long lane."""
    with session.db.connection():
        return batch.preview(session, ids, edit, progress=progress, cancel=cancel)


def records_of(session: Session, preview: BatchPreview, ids: Sequence[int]) -> Sequence[RecordDiff]:
    """These customers before and after; in the query lane."""
    with session.db.connection():
        return preview.records(ids)


def apply_batch(
    session: Session,
    ids: Sequence[int],
    edit: Edit,
    cancel: Cancel,
    uid: str,
    *,
    progress: Progress,
) -> Outcome:
    """Make the change; in the long lane."""
    with session.db.connection():
        return batch.apply(session, ids, edit, progress=progress, cancel=cancel, uid=uid)
