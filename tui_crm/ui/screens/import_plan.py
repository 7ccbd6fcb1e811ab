"""Import a file, fourth step: what will happen to every row, mending what is wrong, and doing it.

Counting runs in the long lane, and its result lies in files: a page of rows is read when it is
looked at. A mending counts again at once where the table is small, and else when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui_crm.errors import CrmError
from tui_crm.exchange.importing import seen_before
from tui_crm.exchange.planning.staging import PARTS, Part, Pile, Stage
from tui_crm.text.i18n import _, ngettext
from tui_crm.ui.batch_form import Reader
from tui_crm.ui.customer_form import FormLists, read_lists
from tui_crm.ui.guard import plain
from tui_crm.ui.importing.mending import Mender
from tui_crm.ui.importing.rows import (
    PART_WORDS,
    PileRow,
    StagedRow,
    column_of,
    columns_of,
    pile_row,
    staged_row,
)
from tui_crm.ui.importing.run import ImportRun
from tui_crm.ui.importing.work import ImportJob, Planned, error_file, plan_rows, rows_of
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.import_result import ImportResultScreen
from tui_crm.ui.screens.import_row import ImportRowScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.widgets.record_list import Column, RecordList
from tui_crm.ui.widgets.source_view import ListSource, PagedSource, SourceView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import number
from tui_crm.ui.work import Cancel

_AT_ONCE = 20_000  # rows that are counted again without being asked
_PILES_SHARE = 4  # the problems take at most that part of the screen


class ImportPlanScreen(CrmScreen):
    """What the import `job` would do; gives True when it was begun."""

    WHERE = "import.plan"
    BINDS = ("screen", "fields", "import.mend", "import.plan")

    DEFAULT_CSS = """
    ImportPlanScreen {
        & #parts { height: auto; padding: 0 3; margin: 1 0 0 0; color: $muted; }
        & #piles { height: auto; margin: 1 0 0 0; display: none; }
        & #piles.-some { display: block; }
        & #rows { margin: 1 0 0 0; }
    }
    """

    def __init__(self, job: ImportJob) -> None:
        super().__init__()
        self._job = job
        self._planned: Planned | None = None
        self._lists = FormLists({})
        self._shown: Part | Pile = "refused"  # what needs somebody comes first
        self._cancel = Cancel()
        self._counting = True
        self._waiting = 0  # mendings that are not counted yet
        self._given_away = False  # the plan belongs to the import that runs

    def compose(self) -> ComposeResult:
        """Title, the parts, the problems, the rows, footer."""
        yield TitleLine(_("Import"), self._job.path.name, _("counting …"))
        yield Static("", id="parts")
        yield RecordList(
            [
                Column("shown", "", 1, 0),
                Column("count", "", 4, 0, 9, align="right"),
                Column("field", "", 12, 0, 20),
                Column("what", "", 20, 1),
            ],
            header=False,
            id="piles",
        )
        yield RecordList(columns_of("new", wrong=False), id="rows", empty_text=_("no rows"))
        yield Footer()

    @property
    def piles(self) -> RecordList:
        """What is wrong, and how often."""
        return self.query_one("#piles", RecordList)

    @property
    def rows(self) -> RecordList:
        """The rows of the part that is shown."""
        return self.query_one("#rows", RecordList)

    @property
    def counting(self) -> bool:
        """Whether the rows are being counted."""
        return self._counting

    @property
    def _reader(self) -> Reader:
        return Reader(self.crm.settings, self.session.fields, self._lists)

    def on_mount(self) -> None:
        """Begin to count."""
        super().on_mount()
        self.rows.focus()
        self.crm.spawn(self._count())

    def on_unmount(self) -> None:
        """Stop counting, and forget the plan unless it is being carried out."""
        super().on_unmount()
        self._cancel.cancel()
        self._forget()

    def _forget(self) -> None:
        if self._planned is not None and not self._given_away:
            self._planned.close()
        self._planned = None

    def _title(self, figure: str) -> None:
        if self.is_mounted:
            self.query_one(TitleLine).show(figure=figure)

    # Counting ----------------------------------------------------------------------------------

    async def _count(self) -> None:
        self._counting, self._cancel = True, Cancel()
        cancel = self._cancel
        self._title(_("counting …"))
        try:
            if not self._lists.choices:
                self._lists = await self.fetch(read_lists)
            found: Planned = await self.crm.work.long(
                plan_rows, self.session, self._job, cancel, progress=self._counted
            )
        except CrmError as error:
            self._counting = False
            if not cancel.cancelled:
                self._title("")
                self.show_error(error)
            return
        if cancel.cancelled:
            found.close()
            return
        self._forget()
        self._planned, self._counting, self._waiting = found, False, 0
        self._show()

    def _counted(self, done: int, total: int) -> None:
        if not self._counting:
            return
        if total:
            text = _("counting {done} of {total}")
            self._title(text.format(done=number(done), total=number(total)))
        else:
            self._title(_("counting {done} …").format(done=number(done)))

    def _show(self) -> None:
        planned = self._planned
        if planned is None:
            return
        stage = planned.stage
        text = ngettext("{count} row", "{count} rows", planned.plan.rows)
        self._title(text.format(count=number(planned.plan.rows)))
        if isinstance(self._shown, Pile) and self._shown not in stage.piles:
            self._shown = self._shown.part
        if not stage.count(self._shown):
            order: tuple[Part, ...] = ("refused", "new", "updated", "unchanged")
            self._shown = next((part for part in order if stage.count(part)), "new")
        self._show_rows()

    def _show_piles(self, stage: Stage) -> None:
        found = sorted(stage.piles, key=stage.count, reverse=True)
        rows = [
            pile_row(pile, stage.count(pile), self._reader, shown=pile == self._shown)
            for pile in found
        ]
        self.piles.set_source(ListSource(rows))
        self.piles.set_class(bool(rows), "-some")
        self._fit()

    def on_resize(self) -> None:
        """The problems share the height with the rows."""
        self._fit()

    def _fit(self) -> None:
        most = max(2, self.size.height // _PILES_SHARE)
        self.piles.styles.height = max(1, min(self.piles.row_count(), most))

    # Looking -----------------------------------------------------------------------------------

    @property
    def _wrong(self) -> bool:
        return isinstance(self._shown, Pile) or self._shown == "refused"

    def _show_rows(self, *, keep: bool = False) -> None:
        planned, what, wrong = self._planned, self._shown, self._wrong
        if planned is None:
            return
        part = what.part if isinstance(what, Pile) else what

        async def page(first: int, limit: int) -> Sequence[StagedRow]:
            found = await self.fetch(rows_of, planned.stage, what, first, limit)
            reader = self._reader
            return [staged_row(item, self._job.mapping, reader, wrong=wrong) for item in found]

        self.rows.set_columns(columns_of(part, wrong))
        self.rows.set_source(
            PagedSource[StagedRow](
                planned.stage.count(what), page, self.rows.rows_arrived,
                self.could_not_fetch,
            ),
            keep_cursor=keep,
        )  # fmt: skip
        self._show_piles(planned.stage)
        self._show_parts()

    def _show_parts(self) -> None:
        planned = self._planned
        if planned is None:
            return
        words: list[Content] = []
        for part in PARTS:
            text = plain(f"{number(planned.stage.count(part))} {_(PART_WORDS[part])}")
            if part == self._shown:
                text = Content.assemble(
                    plain("● ").stylize("$accent"), text.stylize("bold $row-header")
                )
            else:
                key = self.crm.keymap.shown(f"import.show_{part}", self.where)
                text = Content.assemble(plain(f"{key} ").stylize("bold $key"), text)
            words += [text, plain("   ")]
        table, fixes = self._job.opened.table, self._job.fixes
        skipped = len(table.notices) + len(fixes.left_out)
        if skipped:
            words.append(plain(_("{n} left out").format(n=number(skipped))))
            words.append(plain("   "))
        if self._waiting:
            key = self.crm.keymap.shown("import.apply", self.where)
            text_ = ngettext("{n} mending waits: {key} counts again",
                             "{n} mendings wait: {key} counts again", self._waiting)  # fmt: skip
            words.append(plain(text_.format(n=self._waiting, key=key)).stylize("$warn"))
        self.query_one("#parts", Static).update(Content.assemble(*words))

    def _choose(self, what: Part | Pile) -> None:
        if self._planned is not None:
            self._shown = what
            self._show_rows()
            self.rows.focus()

    def action_show_new(self) -> None:
        """List the new customers."""
        self._choose("new")

    def action_show_updated(self) -> None:
        """List the customers who change."""
        self._choose("updated")

    def action_show_unchanged(self) -> None:
        """List the rows that change nothing."""
        self._choose("unchanged")

    def action_show_refused(self) -> None:
        """List the rows that are refused."""
        self._choose("refused")

    def action_next(self) -> None:
        """To the other list."""
        self.focus_next()

    def action_previous(self) -> None:
        """To the other list."""
        self.focus_previous()

    @on(SourceView.Selected, "#piles")
    def _pile_chosen(self, event: SourceView.Selected) -> None:
        event.stop()
        row = self.piles.current
        if isinstance(row, PileRow):
            self._choose(row.pile)

    @on(SourceView.Selected, "#rows")
    def _row_chosen(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_look()

    def action_look(self) -> None:
        """Open the highlighted row."""
        row = self.rows.current
        if isinstance(row, StagedRow):
            mender = Mender(self._job, self._lists)
            self.app.push_screen(
                ImportRowScreen(self._job, row.staged, self._reader, mender), self._row_left
            )

    def _row_left(self, mended: bool | None) -> None:
        if mended:
            self._mended()

    # Mending -----------------------------------------------------------------------------------

    def action_edit_cell(self) -> None:
        """Mend the cell that is wrong."""
        self._mend(lambda mender: mender.edit)

    def action_replace(self) -> None:
        """Replace the wrong value wherever it stands in the column."""
        self._mend(lambda mender: mender.replace)

    def _mend(self, which: Callable[[Mender], Callable[..., Coroutine[Any, Any, bool]]]) -> None:
        row = self.rows.current
        if not isinstance(row, StagedRow) or self._counting:
            return
        column = column_of(row.staged, self._job.mapping)
        if column is None:
            self.action_look()  # any cell may be the wrong one
            return

        async def run() -> None:
            if await which(Mender(self._job, self._lists))(self, row.staged, column):
                self._mended()

        self.do(run())

    def action_skip(self) -> None:
        """Leave the highlighted row out."""
        row = self.rows.current
        if isinstance(row, StagedRow) and not self._counting:
            self._job.leave_out(row.staged.row)
            self._mended()

    def action_take_back(self) -> None:
        """Take the last mending back."""
        if self._job.take_back():
            self._mended()
        else:
            self.say(_("Nothing was mended."))

    def _mended(self) -> None:
        if self._job.rows <= _AT_ONCE:
            self.crm.spawn(self._count())
        else:
            self._waiting += 1
            self._show_parts()

    # Doing -------------------------------------------------------------------------------------

    def action_apply(self) -> None:
        """Import what is planned, after a question; if something was mended, count again first."""
        if self._counting or self._planned is None:
            self.say(_("The rows are still being counted."), "warn")
        elif self._waiting:
            self.crm.spawn(self._count())
            self.say(_("Counted again with what was mended; look, then import."))
        else:
            self.do(self._ask(self._planned))

    async def _ask(self, planned: Planned) -> None:
        plan = planned.plan
        run = self.crm.import_run
        if run is not None and run.state == "running":
            self.say(_("Another import is running."), "warn")
            return
        if not len(plan.steps) and not plan.refused:
            self.say(_("There is nothing to import."), "warn")
            return
        lines = [
            _("New customers: {new}; known ones that change: {updated}.").format(
                new=number(plan.new), updated=number(plan.updated)
            )
        ]
        if words := await self.fetch(seen_before, self._job.table, plan, self._job.mode):
            lines.append(words)
        if plan.refused:
            text = ngettext(
                "{n} refused row goes into {file}.",
                "{n} refused rows go into {file}.",
                plan.refused,
            )
            name = error_file(self._job.path).name
            lines.append(text.format(n=number(plan.refused), file=name))
        lines.append(_("All of it can be undone."))
        keys = [("y", _("import"))]
        if await self.ask_user(Confirm(_("Import"), "\n".join(lines), keys)) != "y":
            return
        if run is not None:
            run.close()
        self._given_away = True
        self.crm.import_run = run = ImportRun(self.crm, self._job, planned)
        self.app.push_screen(ImportResultScreen(run, self._reader), self._left_result)
        self.crm.spawn(run.run())

    def _left_result(self, _done: bool | None) -> None:
        run = self.crm.import_run
        if run is not None and run.state == "failed":  # stopped: look at the plan again
            self._given_away = False
            self._planned = run.planned
            self.crm.import_run = None
            self._show()
            return
        self.close(True)
