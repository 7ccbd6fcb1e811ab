"""Import a file, second step: how it was read, with its first rows, and reading it otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from tui_crm.errors import CrmError
from tui_crm.exchange.reading.opening import FORMATS, Reading
from tui_crm.exchange.reading.vcard import VCardTable
from tui_crm.text.i18n import N_, _
from tui_crm.ui.guard import plain
from tui_crm.ui.importing.work import ImportJob, Opened, first_mapping, open_file
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.import_mapping import ImportMappingScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.form_rows import Choice
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import ListSource, SourceView
from tui_crm.ui.widgets.title_line import TitleLine

_FORMATS = {
    "csv": N_("text table (CSV, TSV)"),
    "xlsx": N_("workbook"),
    "vcard": N_("vCard"),
    "jsonl": N_("JSON lines"),
}
_ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "big5hkscs", "cp1252", "cp1250", "cp1251",
    "cp1254", "shift_jis", "euc_kr",
)  # fmt: skip
_SEPARATORS = {
    ",": N_("comma"), ";": N_("semicolon"), "\t": N_("tab"), "|": N_("pipe"), ":": N_("colon"),
    "^": N_("caret"),
}  # fmt: skip
_QUOTES = {'"': N_("double quotes"), "'": N_("single quotes")}
_DATES = {
    "": N_("as the values tell"),
    "dmy": N_("day first: 31.01.2026"),
    "mdy": N_("month first: 01/31/2026"),
}
_OTHER = "other"
_COLUMN_CELLS = 14
_MOST_CELLS = 40


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One thing that can be changed about the reading, or a row of the preview."""

    key: str
    cells: tuple[Cell, ...]


class ImportReadingScreen(CrmScreen):
    """How the file of `job` was read; gives True when something was imported."""

    WHERE = "import.reading"
    BINDS = ("screen", "fields", "import.step", "import.reading")

    DEFAULT_CSS = """
    ImportReadingScreen {
        & #settings { height: auto; margin: 1 0 0 0; }
        & #first { height: 1; padding: 0 3; margin: 1 0 0 0; color: $muted; }
    }
    """

    def __init__(self, job: ImportJob) -> None:
        super().__init__()
        self._job = job
        self._shown_from = 0

    def compose(self) -> ComposeResult:
        """Title, what was found out, the first rows, footer."""
        yield TitleLine(_("Import"), self._job.path.name, _("step 1 of 3"))
        yield RecordList(
            [Column("what", "", 14, 0, 20), Column("how", "", 20, 1)], header=False, id="settings"
        )
        yield Static("", id="first")
        yield RecordList(id="rows", empty_text=_("no rows below the headers"))
        yield Footer()

    @property
    def settings(self) -> RecordList:
        """What can be changed."""
        return self.query_one("#settings", RecordList)

    @property
    def rows(self) -> RecordList:
        """The first rows of the table."""
        return self.query_one("#rows", RecordList)

    @property
    def reading(self) -> Reading:
        """How the file is read now."""
        return self._job.opened.reading

    def on_mount(self) -> None:
        """Show what was found out."""
        super().on_mount()
        self._show()
        self.settings.focus()

    def _show(self) -> None:
        found = self._described()
        rows = [
            SettingRow(name, (Cell(label, style="muted"), Cell(value)))
            for name, label, value in found
        ]
        self.settings.styles.height = len(rows)
        self.settings.set_source(ListSource(rows))
        self._show_rows()

    def _described(self) -> list[tuple[str, str, str]]:
        how, opened = self.reading, self._job.opened
        found = [("format", _("Format"), _(_FORMATS[how.format]))]
        if how.format == "xlsx":
            found.append(("sheet", _("Sheet"), how.sheet))
        else:
            found.append(("encoding", _("Encoding"), how.encoding))
        if how.format == "csv":
            separator = _(_SEPARATORS.get(how.delimiter, how.delimiter))
            quote = _(_QUOTES.get(how.quotechar, how.quotechar))
            found += [
                ("separator", _("Separator"), separator),
                ("quote", _("Quotation mark"), quote),
            ]
        if how.header_line is not None:
            line = _("line {n}").format(n=how.header_line) if how.header_line else _("none")
            found.append(("header", _("Header row"), line))
        if not isinstance(opened.table, VCardTable):
            found.append(("dates", _("Dates"), _(_DATES[self._job.dates])))
        return found

    def _show_rows(self) -> None:
        opened = self._job.opened
        headers, start = opened.table.headers, self._shown_from
        columns = [Column("line", _("Line"), 6, 0, align="right")]
        for place in range(start, len(headers)):
            texts = [row.cells[place] for row in opened.rows]
            widest = max((len(text.encode("gb18030", "replace")) for text in texts), default=0)
            most = max(_COLUMN_CELLS, min(widest, _MOST_CELLS))
            title = headers[place] or f"#{place + 1}"
            columns.append(Column(str(place), title, _COLUMN_CELLS, 1, most, rank=1))
        self.rows.set_columns(columns)
        rows = [
            SettingRow(
                f"{row.file} {row.line}",
                (Cell(str(row.line), style="muted"), *map(Cell, row.cells[start:])),
            )
            for row in opened.rows
        ]
        self.rows.set_source(ListSource(rows))
        many = len(headers)
        text = _("The first rows; column {first} of {count} and on").format(
            first=start + 1, count=many
        )
        self.query_one("#first", Static).update(plain(text))

    # Changing ----------------------------------------------------------------------------------

    @on(SourceView.Selected, "#settings")
    def _chosen(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_change()

    def action_change(self) -> None:
        """Change the highlighted one."""
        self._begin(str(self.settings.current_key))

    def action_encoding(self) -> None:
        """Read in another encoding."""
        self._begin("encoding")

    def action_separator(self) -> None:
        """Choose the separator."""
        self._begin("separator")

    def action_quote(self) -> None:
        """Choose the quotation mark."""
        self._begin("quote")

    def action_header(self) -> None:
        """Choose the line of the headers."""
        self._begin("header")

    def action_sheet(self) -> None:
        """Choose the sheet."""
        self._begin("sheet")

    def action_dates(self) -> None:
        """Choose the order of days."""
        self._begin("dates")

    def _begin(self, name: str) -> None:
        if name in {found[0] for found in self._described()}:
            self.do(self._change(name))
        else:
            self.say(_("A file of this format has none."), "warn")

    async def _change(self, name: str) -> None:
        title = next(label for key, label, _value in self._described() if key == name)
        choices, chosen = self._offered(name)
        picked = await self.ask_user(Picker(title, choices, chosen=(chosen,)))
        if not picked:
            return
        value = picked[0]
        if value == _OTHER:
            typed = await self.ask_user(Ask(title, value=""))
            if not typed:
                return
            value = typed
        if name == "dates":
            self._job = ImportJob(self._job.opened, "" if value == "-" else value)
            self._show()
            return
        await self._read(self._with(name, value))

    def _offered(self, name: str) -> tuple[list[Choice], str]:
        how = self.reading
        if name == "format":
            return [Choice(kind, _(_FORMATS[kind])) for kind in FORMATS], how.format
        if name == "sheet":
            return [Choice(sheet, sheet) for sheet in self._job.opened.sheets], how.sheet
        if name == "encoding":
            known = [Choice(encoding, encoding) for encoding in _ENCODINGS]
            return [*known, Choice(_OTHER, _("another …"))], how.encoding
        if name == "separator":
            known = [Choice(sign, _(label)) for sign, label in _SEPARATORS.items()]
            return [*known, Choice(_OTHER, _("another …"))], how.delimiter
        if name == "quote":
            return [Choice(sign, _(label)) for sign, label in _QUOTES.items()], how.quotechar
        if name == "header":
            lines = [Choice("0", _("none: the columns are numbered"))]
            head = self._job.opened.head
            lines += [Choice(str(line), f"{line:>3}  {text[:120]}") for line, text in head]
            return lines, str(how.header_line)
        return [Choice(key or "-", _(label)) for key, label in _DATES.items()], (
            self._job.dates or "-"
        )

    def _with(self, name: str, value: str) -> Reading:
        how = self.reading
        if name == "format":
            kind = next(kind for kind in FORMATS if kind == value)
            return Reading(kind)
        if name == "header":
            return replace(how, header_line=int(value))
        if name == "sheet":
            return replace(how, sheet=value, header_line=None)
        if name == "quote":
            return replace(how, quotechar=value)
        if name == "separator":
            return replace(how, delimiter=value[:1], header_line=None)
        return replace(how, encoding=value, delimiter="", quotechar="", header_line=None)

    async def _read(self, how: Reading) -> None:
        try:
            opened: Opened = await self.fetch(open_file, self._job.path, how)
        except CrmError as error:
            self.show_error(error)
            return
        self._job = ImportJob(opened, self._job.dates)
        self._shown_from = 0
        self.footer.hush()
        self._show()

    # Looking -----------------------------------------------------------------------------------

    def action_right(self) -> None:
        """Show the columns further to the right."""
        self._shift(1)

    def action_left(self) -> None:
        """Show the columns further to the left."""
        self._shift(-1)

    def _shift(self, by: int) -> None:
        most = max(0, len(self._job.opened.table.headers) - 1)
        self._shown_from = min(most, max(0, self._shown_from + by))
        self._show_rows()

    def action_next(self) -> None:
        """To the other list."""
        self.focus_next()

    def action_previous(self) -> None:
        """To the other list."""
        self.focus_previous()

    # Going on ----------------------------------------------------------------------------------

    def action_go_on(self) -> None:
        """On to the columns and fields."""
        self.do(self._go_on())

    async def _go_on(self) -> None:
        if not self._job.mapping.all:
            await self.fetch(first_mapping, self._job)
        self.app.push_screen(ImportMappingScreen(self._job), self._imported)

    def _imported(self, done: bool | None) -> None:
        if done:
            self.close(True)
