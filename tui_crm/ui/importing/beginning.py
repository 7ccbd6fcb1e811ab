"""Where an import begins: with a file, or with the import that runs already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_crm.ui.batch_form import Reader
from tui_crm.ui.customer_form import FormLists, read_lists
from tui_crm.ui.importing.run import ImportRun
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.import_file import ImportFileScreen
from tui_crm.ui.screens.import_result import ImportResultScreen

if TYPE_CHECKING:
    from tui_crm.ui.app import CrmApp


def import_a_file(app: CrmApp) -> None:
    """Ask for a file; while an import runs, or its report was not seen, show that one."""
    screen = app.screen
    if not isinstance(screen, CrmScreen) or screen.where.startswith("import."):
        return
    run = app.import_run
    if run is not None and (run.state == "running" or not run.seen):
        app.spawn(_show(app, screen, run))
    else:
        app.push_screen(ImportFileScreen())


async def _show(app: CrmApp, screen: CrmScreen, run: ImportRun) -> None:
    lists: FormLists = await screen.fetch(read_lists)
    app.push_screen(ImportResultScreen(run, Reader(app.settings, screen.session.fields, lists)))
