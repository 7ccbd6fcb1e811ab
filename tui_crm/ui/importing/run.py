"""An import on its way: it belongs to the app, so that any screen may be used meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Literal

from tui_crm.core.changes.model import new_uid
from tui_crm.errors import CrmError
from tui_crm.text.i18n import _
from tui_crm.ui.importing.work import Done, ImportJob, Planned, customers_touched, do_import
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.words import number
from tui_crm.ui.work import Cancel
from tui_crm.ui.working import far, patient

if TYPE_CHECKING:
    from tui_crm.ui.app import CrmApp

_MOST_SPREAD = 5000  # customers; lists that show one of more are old until they are asked again


class ImportRun:
    """One import that is being done, or was. `watch` is called when there is something new."""

    def __init__(self, app: CrmApp, job: ImportJob, planned: Planned) -> None:
        self.job = job
        self.planned = planned
        self.state: Literal["running", "done", "failed"] = "running"
        self.done: Done | None = None
        self.error: CrmError | None = None
        self.cancel = Cancel()
        self.undone = False
        self.seen = False  # whether the user looked at the report
        self.text = _("{done} of {total}").format(done=0, total=number(len(planned.plan.steps)))
        self.watch: Callable[[], None] | None = None
        self._app = app
        self._uid = new_uid()  # made once, so that a retry after a lost connection is recognised
        self._began = monotonic()

    async def run(self) -> None:
        """Do it, and tell whoever looks, or whatever screen is used by then."""
        work, session = self._app.work, self._app.session
        assert session is not None
        try:
            self.done = await work.long(
                patient(self._app, do_import, self.cancel, self._waits),
                session, self.job, self.planned, self.cancel, self._uid, progress=self._progressed,
            )  # fmt: skip
            self.state = "done"
        except CrmError as error:
            self.state, self.error = "failed", error
        await self._spread()
        self._tell()
        if self.watch is None:
            self._announce()

    def _announce(self) -> None:
        """Say on whatever screen is used by now that the import ended."""
        screen, name = self._app.screen, self.job.path.name
        if not isinstance(screen, CrmScreen):
            return
        key = self._app.keymap.shown("app.import_file", screen.where)
        if self.error is not None:
            text = _("The import of {file} failed: {reason} {key} shows it.")
            screen.say(text.format(file=name, reason=self.error, key=key), "bad")
        elif self.done is not None:
            outcome = self.done.imported.outcome if self.done.imported is not None else None
            text = _("{file} is imported: {done} done, {refused} refused. {key} shows it.").format(
                file=name,
                done=number(outcome.done if outcome is not None else 0),
                refused=number(self.done.refused),
                key=key,
            )
            screen.say(text, "good")

    def close(self) -> None:
        """Forget the plan."""
        self.planned.close()

    async def _spread(self) -> None:
        outcome = self.done.imported.outcome if self.done and self.done.imported else None
        if outcome is None or outcome.change_set_id is None or outcome.done > _MOST_SPREAD:
            return
        try:
            ids = await self._app.work.query(
                customers_touched, self._app.session, outcome.change_set_id
            )
        except CrmError:
            return  # it is imported all the same; lists show it when they ask again
        self._app.spread(ids)

    def _progressed(self, done: int, total: int) -> None:
        self.text = far(done, total, self._began)
        self._tell()

    def _waits(self, text: str) -> None:
        """Others write first."""
        self.text, self._began = text, monotonic()
        self._tell()

    def _tell(self) -> None:
        if self.watch is not None:
            self.watch()
