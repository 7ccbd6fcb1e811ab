"""Change many customers at once, second part: look at it, do it, and see what became of it.

One screen in four steps: it counts, shows, changes, and reports. Counting and changing run in the
long lane, so that everything else stays usable; Escape stops both, and nothing is changed then. The
first page is there at once, whatever there is to count.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import Literal

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from tui_crm.core import batch
from tui_crm.core.batch import BatchPreview
from tui_crm.core.changes.model import Edit, new_uid
from tui_crm.core.meanwhile import BatchConflict
from tui_crm.core.results import Results
from tui_crm.core.rows import Outcome, RecordDiff
from tui_crm.errors import CrmError
from tui_crm.text.i18n import _
from tui_crm.ui.batch_form import Reader
from tui_crm.ui.batch_summary import (
    PARTS,
    Part,
    figures,
    parts_line,
    question_text,
    report,
    result_rows,
    summary_rows,
)
from tui_crm.ui.batch_work import (
    Job,
    apply_batch,
    count,
    match_now,
    records_of,
    write_failed,
)
from tui_crm.ui.exporting import export
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.changes import set_of
from tui_crm.ui.screens.conflict import BatchConflictScreen
from tui_crm.ui.undoing import undo
from tui_crm.ui.widgets.diff_list import DiffList, DiffRow
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.widgets.record_list import Column, RecordList
from tui_crm.ui.widgets.source_view import Key, ListSource, PagedSource, SourceView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import customer_count, number
from tui_crm.ui.work import Cancel
from tui_crm.ui.working import far, patient

Step = Literal["counting", "ready", "running", "done"]
_COUNTS_SHARE = 3  # the summary takes at most that part of the screen


class BatchPreviewScreen(CrmScreen):
    """What `edit` makes of the customers `ids`, and doing it; gives whether it was done.

    With `query` they are all who match it, and in the end those are changed who match then.
    """

    BINDS = ("screen", "batch", "batch.preview", "batch.result", "fields")

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

    def __init__(
        self, ids: Sequence[int], edit: Edit, reader: Reader, query: str | None = None
    ) -> None:
        super().__init__()
        self._ids = ids
        self._query = query
        self._edit = edit
        self._reader = reader
        self._uid = new_uid()  # made once, so that a retry after a lost connection is recognised
        self._step: Step = "counting"
        self._preview: BatchPreview | None = None
        self._part: Part = "everyone"
        self._chose_part = False
        self._outcome: Outcome | None = None
        self._failures = Results()
        self._undone = False
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
    def idle(self) -> frozenset[str]:
        """Nobody failed, or nothing was changed that could be undone."""
        done = self._outcome
        undo = done is not None and done.change_set_id is not None
        return frozenset(
            (*(() if self._failures else ("batch.export",)), *(() if undo else ("batch.undo",)))
        )

    @property
    def step(self) -> Step:
        """How far it is."""
        return self._step

    def on_mount(self) -> None:
        """Show the first page, and begin to count."""
        self.records.focus()
        self._show_part("everyone")
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
        self.counts.set_source(ListSource(summary_rows(found, self._reader)))
        self._fit_counts()
        if self._chose_part or self.records.cursor:
            self._show_parts()
        else:
            parts: tuple[Part, ...] = ("changing", "staying", "refused")
            self._show_part(next((part for part in parts if self._ids_of(part)), "changing"))
        if self._ask_when_counted:
            self._ask_when_counted = False
            self.action_apply()

    def _counted(self, done: int, total: int) -> None:
        if self._step == "counting":
            self._title(_("counting {done} of {total}").format(**figures(done, total)))

    def on_resize(self) -> None:
        """The summary shares the height with the records."""
        self._fit_counts()

    def _fit_counts(self) -> None:
        most = max(2, self.size.height // _COUNTS_SHARE - 2)
        self.counts.styles.height = max(1, min(self.counts.row_count(), most))

    # Looking -----------------------------------------------------------------------------------

    def _ids_of(self, part: Part) -> Sequence[int]:
        if part == "everyone":
            return self._ids
        found = self._preview
        if found is None:
            return array("q")
        return {"changing": found.changing, "staying": found.staying, "refused": found.refused}[
            part
        ]

    def _show_part(self, part: Part) -> None:
        self._part = part
        ids = self._ids_of(part)
        each = 1 if part == "refused" else len(self._edit.fields)

        async def page(offset: int, limit: int) -> Sequence[DiffRow]:
            first, last = offset // each, -(-(offset + limit) // each)
            wanted = ids[first:last]
            found = {
                record.id: record
                for record in await self.fetch(records_of, self._edit, list(wanted))
            }
            rows = [row for id_ in wanted for row in self._rows(id_, found.get(id_), part)]
            return rows[offset - first * each :][:limit]

        self.records.empty_text = _("nobody")
        self.records.set_source(
            PagedSource[DiffRow](
                len(ids) * each,
                page,
                self.records.rows_arrived,
                self.could_not_fetch,
            ),
            keep_cursor=False,
        )
        self._show_parts()

    def _rows(self, id_: int, record: RecordDiff | None, part: Part) -> list[DiffRow]:
        """The lines of one customer: one a field, of those who are refused one with the reason."""
        if record is None:
            reason = _("is gone, or hidden from you")
            each = 1 if part == "refused" else len(self._edit.fields)
            return [DiffRow(f"-{id_}:{n}", f"#{id_}", "", reason=reason) for n in range(each)]
        if part == "refused":
            bad = next((diff.field for diff in record.diffs if diff.refused), "")
            label = self._reader.label(bad) if bad else ""
            return [DiffRow(f"{id_}:", record.name, label, reason=record.refused or "–")]
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
        if self._preview is None:
            counting = _("The first ones; how many change is being counted.")
            self.query_one("#parts", Static).update(plain(counting))
            return
        many = {part: len(self._ids_of(part)) for part in PARTS}
        keys = {part: self.crm.keymap.shown(f"batch.{part}", "batch.preview") for part in PARTS}
        self.query_one("#parts", Static).update(parts_line(many, self._part, keys))

    def _choose(self, part: Part) -> None:
        if self._step == "ready":
            self._chose_part = True
            self._show_part(part)

    def action_everyone(self) -> None:
        """List all customers."""
        self._choose("everyone")

    def action_changing(self) -> None:
        """List only the customers who will change."""
        self._choose("changing")

    def action_staying(self) -> None:
        """List only the customers who are so already."""
        self._choose("staying")

    def action_refused(self) -> None:
        """List only the customers who cannot be changed."""
        self._choose("refused")

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
        if id_ > 0:  # those that are gone have none
            self.crm.open_customer(id_)

    # Doing -------------------------------------------------------------------------------------

    def action_apply(self) -> None:
        """Make the change, after a question with the number."""
        if self._step == "counting":
            self._ask_when_counted = True
            self.say(_("You are asked as soon as all are counted."))
        elif self._step == "ready":
            self.do(self._ask())

    async def _ask(self) -> None:
        found = self._preview
        if found is None or not found.changing:
            self.say(_("There is nothing to change."), "warn")
            return
        keys = [("y", _("change them"))]
        if found.refused:
            keys.append(("r", _("show the refused")))
        answer = await self.ask_user(Confirm(_("Batch edit"), question_text(found), keys))
        if answer == "r":
            self._choose("refused")
        elif answer == "y" and await self._still_all() and self._step == "ready":
            self.crm.spawn(self._apply())

    async def _still_all(self) -> bool:
        """Whether to go on with those who match now; who came or went is said first."""
        while self._query is not None:
            since: batch.Since = await self.crm.work.long(
                match_now, self.session, self._query, self._ids
            )
            if not (since.came or since.went):
                break
            text = _("Since the preview {came} came and {went} went: {count} match now.").format(
                came=number(len(since.came)),
                went=number(len(since.went)),
                count=number(len(since.ids)),
            )
            keys = [("y", _("change those")), ("p", _("look again"))]
            answer = await self.ask_user(Confirm(_("Other customers match"), text, keys))
            if answer is None:
                return False
            self._ids = since.ids
            if answer == "p":
                self._look_again()
                return False
        return True

    def _look_again(self) -> None:
        self._step, self._preview, self._cancel = "counting", None, Cancel()
        self._chose_part = False
        self._show_part("everyone")
        self.crm.spawn(self._count())

    async def _apply(self) -> None:
        """Make the change; where others changed the same since the preview, ask whose wins."""
        ids: Sequence[int] = self._ids
        seen = self._preview.seen if self._preview else None
        while True:
            self._step, self._cancel, self._began = "running", Cancel(), monotonic()
            self._failures = Results()
            self._progressed(0, len(ids))
            self.footer.hush()
            try:
                self._outcome = await self.crm.work.long(
                    patient(self.crm, apply_batch, self._cancel, self._waits),
                    self.session,
                    ids,
                    self._edit,
                    Job(self._cancel, self._uid, seen, self._failures,
                        self.crm.work.relay(self._following)),
                    progress=self._progressed,
                )  # fmt: skip
            except BatchConflict as conflict:
                self._back_to_preview()
                question = BatchConflictScreen(conflict, self._reader)
                theirs = await self.ask_user(question)
                if theirs is None:
                    return
                ids, seen = [id_ for id_ in ids if id_ not in theirs], conflict.seen
            except CrmError as error:
                self._back_to_preview()
                if self._cancel.cancelled:
                    self.say(str(error), "warn")
                else:
                    self.show_error(error)
                return
            else:
                break
        self._step = "done"
        self._show_outcome(self._outcome)

    def _back_to_preview(self) -> None:
        self._step = "ready"
        self.footer.status("")
        self._title(customer_count(len(self._ids)))

    def _progressed(self, done: int, total: int) -> None:
        if self._step != "running":
            return
        self._title(far(done, total, self._began))
        self.footer.status(_("Esc stops it; nothing is changed then."))

    def _waits(self, text: str) -> None:
        """Others write first."""
        if self._step == "running" and not self._cancel.cancelled:
            self._title(text)
            self._began = monotonic()

    def _following(self, done: int, total: int) -> None:
        """All records are written; how far the search index is."""
        if self._step == "running":
            text = _("bringing the search up to date: {done} of {total}")
            self._title(text.format(**figures(done, total)))

    def _show_outcome(self, outcome: Outcome) -> None:
        self.add_class("-done")
        self._title(_("done"))
        self.footer.status("")
        self._show_report(outcome)
        rows = result_rows(outcome)
        self.results.set_source(ListSource(rows))
        self.results.set_class(not rows, "-none")
        self.results.focus()
        self.show_keys()

    def _show_report(self, outcome: Outcome) -> None:
        shown = self.crm.keymap.shown
        self.query_one("#report", Static).update(
            report(
                outcome,
                undo_key=shown("batch.undo", self.where),
                export_key=shown("batch.export", self.where),
                undone=self._undone,
            )
        )

    # After it ----------------------------------------------------------------------------------

    def action_undo(self) -> None:
        """Undo this change, and after that do it again."""
        if self._outcome is not None and self._outcome.change_set_id is not None:
            self.crm.spawn(self._undo(self._outcome, self._outcome.change_set_id))

    async def _undo(self, outcome: Outcome, change_set_id: int) -> None:
        row = await self.fetch(set_of, change_set_id)
        if row is None:
            return
        again = row.undone_by_id is not None
        if await undo(self, row, row.summary, again=again):
            self._undone = not again
            self._show_report(outcome)

    def action_export(self) -> None:
        """Write those that failed into a file."""
        if self._step != "done":
            return
        if self._failures:
            self.crm.spawn(export(self, "crm-failed", partial(write_failed, self._failures)))
        else:
            self.say(_("None failed."))

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
