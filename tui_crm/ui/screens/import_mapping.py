"""Import a file, third step: which column feeds which field, and what rows do to customers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui_crm.core.fields import Field
from tui_crm.errors import CrmError
from tui_crm.exchange.mapping import profiles
from tui_crm.exchange.mapping.columns import Column as TableColumn
from tui_crm.exchange.mapping.mapping import new_field
from tui_crm.exchange.planning.plan import ALIKE, FOUND_BY, RULES, Rule, has_key
from tui_crm.text.i18n import N_, _, ngettext
from tui_crm.text.safe import display
from tui_crm.ui.customer_form import FormLists, read_lists
from tui_crm.ui.guard import plain
from tui_crm.ui.importing.columns import certainty_cell, feed, spelled, target_cell, targets
from tui_crm.ui.importing.dividing import ask_template, pieces
from tui_crm.ui.importing.profile_picker import choose_profile
from tui_crm.ui.importing.work import ImportJob, define_field, guess_again
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.import_plan import ImportPlanScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.form_rows import Choice
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask, Confirm
from tui_crm.ui.widgets.record_list import Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import ListSource, SourceView
from tui_crm.ui.widgets.title_line import TitleLine

MODES = {
    "create": N_("every row is a new customer"),
    "update": N_("rows change known customers"),
    "upsert": N_("known customers change, others are new"),
    "fill": N_("known customers get only what they lack"),
    "upsert fill": N_("known customers get only what they lack, others are new"),
}
_RULES = {
    "overwrite": N_("overwrite what known customers have"),
    "fill": N_("fill only what is blank"),
    "never": N_("never change it on known customers"),
}
_OUT, _NEW = "-", "+"


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column of the table, or a constant, as a row of the list."""

    key: str
    cells: tuple[Cell, ...]


class ImportMappingScreen(CrmScreen):
    """The columns of `job` with their fields; gives True when something was imported."""

    WHERE = "import.mapping"
    BINDS = ("screen", "fields", "import.step", "import.mapping")

    DEFAULT_CSS = """
    ImportMappingScreen {
        & #how { height: auto; padding: 0 3; margin: 1 0; }
    }
    """

    def __init__(self, job: ImportJob) -> None:
        super().__init__()
        self._job = job
        self._lists = FormLists({})

    def compose(self) -> ComposeResult:
        """Title, how customers are known, the columns, footer."""
        yield TitleLine(_("Import"), self._job.path.name, _("step 2 of 3"))
        yield Static("", id="how")
        yield RecordList(
            [
                Column("column", _("Column"), 16, 1, 30),
                Column("field", _("Field"), 20, 1, 32),
                Column("sure", _("Certain"), 7, 0, rank=1),
                Column("values", _("Values"), 12, 2, rank=2),
            ]
        )
        yield Footer()

    @property
    def list(self) -> RecordList:
        """The columns."""
        return self.query_one(RecordList)

    def on_mount(self) -> None:
        """Show the columns."""
        super().on_mount()
        self._show()
        self.list.focus()
        self.do(self._read_lists())
        if self._job.profile:
            self.say(_("As it was kept as “{name}”.").format(name=self._job.profile))
        elif any(column.why == "user" for column in self._job.mapping.all):
            self.say(_("As this header was imported last."))

    async def _read_lists(self) -> None:
        self._lists = await self.fetch(read_lists)

    # Showing -----------------------------------------------------------------------------------

    def _show(self) -> None:
        mapping = self._job.mapping
        rows = [
            ColumnRow(
                str(column.index),
                (
                    Cell(column.title, style="strong" if column.field else ""),
                    target_cell(column, self._job.rules),
                    certainty_cell(column),
                    Cell(" · ".join(pieces(column, s) for s in column.samples), style="muted"),
                ),
            )
            for column in mapping.all
        ]
        for name, value in mapping.constants.items():
            label = self._label(name)
            cells = (Cell(_("(every row)"), style="accent"), Cell(label), Cell(""), Cell(value))
            rows.append(ColumnRow(f"={name}", cells))
        self.list.set_source(ListSource(rows))
        self._show_how()

    def _show_how(self) -> None:
        job, shown = self._job, self.crm.keymap.shown
        words = [
            plain(f"{shown('import.mode', self.where)} ").stylize("bold $key"),
            plain(_(MODES[mode_of(job)])),
        ]
        if job.mode != "create":
            by = self._label(job.key) if job.key else _("number, then e-mail")
            words += [
                plain(f"   {shown('import.key', self.where)} ").stylize("bold $key"),
                plain(_("found by {field}").format(field=by)),
            ]
            if job.mapping.clear:
                text = _("“{mark}” empties a field").format(mark=display(job.mapping.clear))
                words.append(plain(f"   {text}").stylize("$muted"))
        if job.mapping.is_about_deals:
            text = _("These look like opportunities; each would become a customer.")
            words.append(plain(f"\n{text}").stylize("$warn"))
        self.query_one("#how", Static).update(Content.assemble(*words))

    def _label(self, name: str) -> str:
        if name == ALIKE:
            return _("number, e-mail, then a likely duplicate")
        field = self.session.fields.get(name)
        return field.label if field is not None else name

    @property
    def _column(self) -> TableColumn | None:
        key = str(self.list.current_key or "")
        return self._job.mapping.all[int(key)] if key.isdecimal() else None

    # Changing ----------------------------------------------------------------------------------

    @on(SourceView.Selected)
    def _chosen(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_change()

    def action_change(self) -> None:
        """Choose the field of the highlighted column, or the value of the constant."""
        column, key = self._column, str(self.list.current_key or "")
        if column is not None:
            self.do(self._choose(column))
        elif key.startswith("="):
            self.do(self._ask_constant(key[1:]))

    async def _choose(self, column: TableColumn) -> None:
        choices = [Choice(_OUT, _("(leave out)")), Choice(_NEW, _("(new field …)"))]
        choices += targets(self.session.fields.of("customer"))
        chosen = spelled(column) if column.field is not None else _OUT
        title = _("“{column}” feeds").format(column=display(column.title))
        picked = await self.ask_user(Picker(title, choices, chosen=(chosen,)))
        if not picked:
            return
        if picked[0] == _NEW:
            await self._define(column)
        elif picked[0] == _OUT:
            self._job.mapping = self._job.mapping.changed(column.index, None)
        else:
            self._feed(column, picked[0])
        self._show()

    def _feed(self, column: TableColumn, target: str) -> None:
        name, _sign, label = target.partition(":")
        name, _dot, part = name.partition(".")
        field = self.session.fields.get(name)
        if field is not None:
            self._job.mapping = feed(self._job.mapping, column.index, field, part, label)

    def action_leave_out(self) -> None:
        """Leave the column out, or take it in again as it was guessed; drop a constant."""
        column, key = self._column, str(self.list.current_key or "")
        mapping = self._job.mapping
        if key.startswith("="):
            rest = {name: text for name, text in mapping.constants.items() if name != key[1:]}
            self._job.mapping = replace(mapping, constants=rest)
        elif column is not None and column.field is not None:
            self._job.mapping = mapping.changed(column.index, None)
            self.list.action_move(1)
        elif column is not None:
            self.do(self._choose(column))
            return
        self._show()

    def action_divide(self) -> None:
        """Divide the highlighted column among several fields, or make it whole again."""
        if (column := self._column) is not None:
            self.do(self._divide(column))

    async def _divide(self, column: TableColumn) -> None:
        divided = await ask_template(self, self._job.mapping, column, self.session.fields)
        if divided is not None:
            self._job.mapping = divided
            self._show()

    def action_new_field(self) -> None:
        """Add a custom field for the highlighted column."""
        if (column := self._column) is not None:
            self.do(self._new_field(column))

    async def _new_field(self, column: TableColumn) -> None:
        await self._define(column)
        self._show()

    async def _define(self, column: TableColumn) -> None:
        name, kind = new_field(column)
        kinds = [
            Choice("text", _("text")), Choice("number", _("number")), Choice("date", _("date")),
            Choice("bool", _("yes or no")),
        ]  # fmt: skip
        typed = await self.ask_user(
            Ask(_("New field"), _("Its name in queries and files:"), value=name)
        )
        if not typed:
            return
        picked = await self.ask_user(Picker(_("It holds"), kinds, chosen=(kind,)))
        if not picked:
            return
        try:
            field = await self.write(define_field, typed, picked[0], column.header)
        except CrmError as error:
            self.show_error(error)
            return
        self._job.mapping = self._job.mapping.changed(column.index, field)
        self.say(_("Added the field {name}.").format(name=field.label), "good")

    def action_constant(self) -> None:
        """Give every row a value of some field."""
        self.do(self._add_constant())

    async def _add_constant(self) -> None:
        fields = [f for f in self.session.fields.of("customer") if f.editable and not f.is_list]
        choices = [Choice(field.name, field.label, field.name) for field in fields]
        picked = await self.ask_user(Picker(_("Every row gets"), choices))
        if picked:
            await self._ask_constant(picked[0])

    async def _ask_constant(self, name: str) -> None:
        mapping = self._job.mapping
        title, now = self._label(name), mapping.constants.get(name, "")
        offered = self._lists.choices.get(name)
        if offered:
            picked = await self.ask_user(Picker(title, offered, chosen=(now,)))
            value = picked[0] if picked else None
        else:
            value = await self.ask_user(Ask(title, _("Where a row says nothing:"), value=now))
        if value is None:
            return
        constants = {**mapping.constants, name: value}
        if not value:
            del constants[name]
        self._job.mapping = replace(mapping, constants=constants)
        self._show()

    def action_mode(self) -> None:
        """Choose what rows do to customers."""
        self.do(self._choose_mode())

    async def _choose_mode(self) -> None:
        choices = [Choice(key, _(label)) for key, label in MODES.items()]
        picked = await self.ask_user(Picker(_("Mode"), choices, chosen=(mode_of(self._job),)))
        if picked:
            self._job.only_blank = picked[0].endswith("fill")
            first = picked[0].split()[0]
            self._job.mode = (
                "create" if first == "create" else "upsert" if first == "upsert" else "update"
            )
            self._show_how()

    def action_rule(self) -> None:
        """Choose what rows do to the highlighted field of known customers."""
        if (column := self._column) is not None and column.field is not None:
            self.do(self._choose_rule(column.field))

    async def _choose_rule(self, field: Field) -> None:
        job = self._job
        usual: Rule = "fill" if job.only_blank else "overwrite"
        choices = [Choice(rule, _(_RULES[rule])) for rule in RULES]
        picked = await self.ask_user(
            Picker(field.label, choices, chosen=(job.rules.get(field.name, usual),))
        )
        if picked:
            rule = next(rule for rule in RULES if rule == picked[0])
            job.rules[field.name] = rule
            self._show()

    def action_clear(self) -> None:
        """Say which cells empty a field of known customers."""
        self.do(self._ask_clear())

    async def _ask_clear(self) -> None:
        mapping = self._job.mapping
        mark = await self.ask_user(
            Ask(_("Clearing"), _("A cell that says this empties the field:"), value=mapping.clear)
        )
        if mark is not None:
            self._job.mapping = replace(mapping, clear=mark.strip())
            self._show_how()

    def action_key(self) -> None:
        """Choose how known customers are found."""
        if self._job.mode == "create":
            self.say(_("In this mode nobody is looked for; choose another mode first."), "warn")
        else:
            self.do(self._choose_key())

    async def _choose_key(self) -> None:
        choices = [Choice("-", _("account number, external id, then e-mail"))]
        choices += [Choice(key, self._label(key)) for key in FOUND_BY]
        picked = await self.ask_user(Picker(_("Found by"), choices, chosen=(self._job.key or "-",)))
        if picked:
            self._job.key = "" if picked[0] == "-" else picked[0]
            self._show_how()

    # Kept mappings -----------------------------------------------------------------------------

    def action_keep(self) -> None:
        """Keep the mapping under a name."""
        self.do(self._keep())

    async def _keep(self) -> None:
        job = self._job
        name = await self.ask_user(
            Ask(_("Keep this mapping as"), value=job.profile, placeholder=_("name"))
        )
        if not name:
            return
        profile = job.as_profile(name)
        profiles.save(self.crm.settings, profile)
        job.profile = profile.name
        text = _("Kept. It is offered for this header, and for crm import --profile.")
        self.say(text, "good")

    def action_profile(self) -> None:
        """Use a mapping that was kept."""
        self.do(self._use_profile())

    async def _use_profile(self) -> None:
        job = self._job
        chosen = await choose_profile(self, job.opened.table.headers)
        if chosen is False:
            return
        await self.fetch(guess_again, job)
        if isinstance(chosen, profiles.Profile):
            job.use(chosen, chosen.applied(job.mapping, self.session.fields))
        self._show()

    # Going on ----------------------------------------------------------------------------------

    def action_next(self) -> None:
        """There is one list only."""
        self.list.focus()

    def action_previous(self) -> None:
        """There is one list only."""
        self.list.focus()

    def action_go_on(self) -> None:
        """On to the plan, after a question about columns that nobody knows."""
        self.do(self._go_on())

    async def _go_on(self) -> None:
        job = self._job
        if not job.mapping.columns:
            self.say(_("No column feeds a field yet; Enter chooses one."), "warn")
            return
        if job.mode != "create" and not has_key(job.mapping, job.key):
            self.say(_("No column tells which customer a row belongs to."), "warn")
            return
        unknown = job.mapping.unknown
        if unknown:
            text = ngettext(
                "{n} column is not known and is left out: {names}",
                "{n} columns are not known and are left out: {names}",
                len(unknown),
            ).format(n=len(unknown), names=display(", ".join(unknown)[:300]))
            question = Confirm(_("Import"), text, [("y", _("go on"))])
            if await self.ask_user(question) != "y":
                return
        self.app.push_screen(ImportPlanScreen(job), self._imported)

    def _imported(self, done: bool | None) -> None:
        if done:
            self.close(True)


def mode_of(job: ImportJob) -> str:
    """The key of `MODES` for what a job does."""
    if job.mode == "create" or not job.only_blank:
        return job.mode
    return "fill" if job.mode == "update" else "upsert fill"
