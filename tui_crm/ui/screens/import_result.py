"""Import a file, last step: how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from tui_crm.text.i18n import _, sentences
from tui_crm.ui.batch_form import Reader
from tui_crm.ui.guard import plain
from tui_crm.ui.importing.rows import StagedRow, columns_of, report, staged_row
from tui_crm.ui.importing.run import ImportRun
from tui_crm.ui.importing.work import rows_of
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.changes import set_of
from tui_crm.ui.screens.import_row import ImportRowScreen
from tui_crm.ui.undoing import undo
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.widgets.record_list import RecordList
from tui_crm.ui.widgets.source_view import PagedSource, SourceView
from tui_crm.ui.widgets.title_line import TitleLine


class ImportResultScreen(CrmScreen):
    """The import `run`. It may be left while it goes on; gives True."""

    WHERE = "import.result"
    BINDS = ("screen", "import.result")

    DEFAULT_CSS = """
    ImportResultScreen {
        & #report { height: auto; padding: 0 3; margin: 1 0; }
        & RecordList.-none { visibility: hidden; }
    }
    """

    def __init__(self, run: ImportRun, reader: Reader) -> None:
        super().__init__()
        self._run = run
        self._reader = reader

    def compose(self) -> ComposeResult:
        """Title, how far it is, the refused rows, footer."""
        yield TitleLine(_("Import"), self._run.job.path.name)
        yield Static("", id="report")
        yield RecordList(columns_of("refused", wrong=True), classes="-none")
        yield Footer()

    @property
    def list(self) -> RecordList:
        """The refused rows."""
        return self.query_one(RecordList)

    def on_mount(self) -> None:
        """Follow the import."""
        super().on_mount()
        self._run.watch = self._show
        self._show()

    def on_unmount(self) -> None:
        """The import goes on without being looked at."""
        super().on_unmount()
        self._run.watch = None

    def _show(self) -> None:
        run, title = self._run, self.query_one(TitleLine)
        static = self.query_one("#report", Static)
        if run.state == "running":
            title.show(figure=run.text)
            text = _(
                "Importing. Everything else can be used meanwhile: {home} leads to the search."
            )
            home = self.crm.keymap.shown("app.home", self.where)
            static.update(plain(text.format(home=home)))
            self.footer.status(_("Esc stops it; nothing is changed then."))
            return
        self.footer.status("")
        run.seen = True
        if run.done is None:
            title.show(figure="")
            words = sentences(run.error.message, run.error.hint) if run.error else ""
            static.update(plain(words).stylize("$bad"))
            return
        title.show(figure=_("done"))
        self._show_report()
        self.list.set_class(not run.done.refused, "-none")
        if run.done.refused and not self.list.row_count():
            self._show_refused()
        self.list.focus()

    def _show_report(self) -> None:
        if (done := self._run.done) is None:
            return
        skipped = self._run.planned.plan.unchanged + len(self._run.job.fixes.left_out)
        shown = self.crm.keymap.shown("import.undo", self.where)
        self.query_one("#report", Static).update(
            report(done, undo_key=shown, undone=self._run.undone, skipped=skipped)
        )

    def _show_refused(self) -> None:
        stage = self._run.planned.stage

        async def page(first: int, limit: int) -> Sequence[StagedRow]:
            found = await self.fetch(rows_of, stage, "refused", first, limit)
            mapping = self._run.job.mapping
            return [staged_row(item, mapping, self._reader, wrong=True) for item in found]

        self.list.set_source(
            PagedSource[StagedRow](
                stage.count("refused"), page, self.list.rows_arrived,
                self.could_not_fetch,
            )
        )  # fmt: skip

    @on(SourceView.Selected)
    def _chosen(self, event: SourceView.Selected) -> None:
        event.stop()
        row = self.list.current
        if isinstance(row, StagedRow):
            self.app.push_screen(ImportRowScreen(self._run.job, row.staged, self._reader, None))

    # After it ----------------------------------------------------------------------------------

    def action_undo(self) -> None:
        """Undo the import, and after that do it again."""
        done = self._run.done
        outcome = done.imported.outcome if done is not None and done.imported else None
        if outcome is not None and outcome.change_set_id is not None:
            self.crm.spawn(self._undo(outcome.change_set_id))

    async def _undo(self, change_set_id: int) -> None:
        row = await self.fetch(set_of, change_set_id)
        if row is None:
            return
        again = row.undone_by_id is not None
        if await undo(self, row, row.summary, again=again):
            self._run.undone = not again
            self._show_report()

    def action_another(self) -> None:
        """Import another file: the one of the refused rows is proposed."""
        if self._run.state != "running":
            errors = self._run.done.errors if self._run.done is not None else None
            self.do(self._again(str(errors) if errors is not None else ""))

    async def _again(self, path: str) -> None:
        from tui_crm.ui.screens.import_file import ImportFileScreen

        self.crm.import_run = None
        self._run.close()
        await self.crm.go_home()
        self.app.push_screen(ImportFileScreen(path))

    # Leaving -----------------------------------------------------------------------------------

    def action_back(self) -> None:
        """Stop what runs, after a question; leave what is done."""
        if self._run.state == "running":
            self.do(self._stop())
        else:
            super().action_back()

    async def _stop(self) -> None:
        text = _("Stop the import? Nothing is changed then.")
        keys = [("s", _("stop it")), ("b", _("go on in the background"))]
        answer = await self.ask_user(Confirm(_("Import"), text, keys))
        if answer == "s" and self._run.state == "running":
            self._run.cancel.cancel()
            self.query_one(TitleLine).show(figure=_("stopping …"))
        elif answer == "b":
            self.close(True)

    async def leave(self) -> bool:
        """Leave; an import that runs goes on in the background."""
        self.close(True)
        return True
