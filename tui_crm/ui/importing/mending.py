"""Questions that mend a cell of a table that is to be imported, alone or everywhere."""

from __future__ import annotations

from tui_crm.exchange.planning.staging import Staged
from tui_crm.text.i18n import _
from tui_crm.text.safe import display
from tui_crm.ui.customer_form import FormLists
from tui_crm.ui.importing.work import ImportJob
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.form_rows import Choice
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask

_BLANK, _OTHER = "-", "+"


class Mender:
    """Asks for another value and puts it into the job's mendings."""

    def __init__(self, job: ImportJob, lists: FormLists) -> None:
        self._job = job
        self._lists = lists

    async def edit(self, screen: CrmScreen, staged: Staged, column: int) -> bool:
        """Ask for what one cell should say; whether it was answered."""
        raw = staged.row.cells[column]
        title = _("{column}, line {n}").format(column=self._title(column), n=staged.row.line)
        new = await self._value(screen, title, column, raw)
        if new is None or new == raw:
            return False
        self._job.mend_cell(staged.row, column, new)
        return True

    async def replace(self, screen: CrmScreen, staged: Staged, column: int) -> bool:
        """Ask for what the column should say wherever it says the same; whether it was answered."""
        raw = staged.row.cells[column].strip()
        title = _("{column}: “{value}” everywhere becomes").format(
            column=self._title(column), value=display(raw)[:30]
        )
        new = await self._value(screen, title, column, raw)
        if new is None or new == raw:
            return False
        self._job.mend_everywhere(column, raw, new)
        return True

    def _title(self, column: int) -> str:
        return display(self._job.mapping.all[column].title)[:30]

    async def _value(self, screen: CrmScreen, title: str, column: int, raw: str) -> str | None:
        field = self._job.mapping.all[column].field
        offered = self._lists.choices.get(field.name, ()) if field is not None else ()
        if offered:
            choices = [*offered, Choice(_BLANK, _("(leave blank)")), Choice(_OTHER, _("another …"))]
            picked = await screen.ask_user(Picker(title, choices))
            if not picked:
                return None
            if picked[0] != _OTHER:
                return "" if picked[0] == _BLANK else picked[0]
        return await screen.ask_user(Ask(title, value=raw))
