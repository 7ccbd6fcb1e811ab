"""One entry of a timeline in full: a contact with its note, or a task."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui_crm.core.rows import TimelineEntry
from tui_crm.text.dates import duration, format_local, till_due
from tui_crm.text.i18n import N_, _
from tui_crm.text.width import fit
from tui_crm.ui.guard import plain
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.text_view import TextView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import icon_of, label_of

PRIORITIES = {-1: N_("low"), 0: N_("normal"), 1: N_("high")}
_LABEL_WIDTH = 12


class EntryScreen(CrmScreen):
    """Shows `entry`; its text scrolls."""

    WHERE = "entry"
    BINDS = ("screen", "entry")

    DEFAULT_CSS = """
    EntryScreen {
        & #facts { height: auto; padding: 0 3; margin: 1 0; }
        & #facts.-none { display: none; }
        & TextView { margin: 0; }
    }
    """

    def __init__(self, entry: TimelineEntry) -> None:
        super().__init__()
        self._entry = entry

    def compose(self) -> ComposeResult:
        """Title, what is known about it, the text, footer."""
        entry = self._entry
        when = format_local(entry.at, self.session.zone, style="long")
        yield TitleLine(f"{icon_of(entry)} {self._kind()}", entry.title, when)
        facts = [
            Content.assemble(plain(fit(label, _LABEL_WIDTH)).stylize("$muted"), plain(value))
            for label, value in self._facts()
        ]
        yield Static(Content("\n").join(facts), id="facts", classes="" if facts else "-none")
        yield TextView(entry.text, empty_text=_("There is no note."))
        yield Footer()

    def on_mount(self) -> None:
        """The keys scroll the text."""
        self.query_one(TextView).focus()

    def _kind(self) -> str:
        entry = self._entry
        if entry.kind == "interaction":
            return label_of(self.crm.settings, "interaction_kind", entry.label)
        return _("Task")

    def _facts(self) -> Iterator[tuple[str, str]]:
        entry, settings, zone = self._entry, self.crm.settings, self.session.zone
        if entry.kind == "interaction":
            if entry.direction:
                yield _("Direction"), label_of(settings, "direction", entry.direction)
            if entry.disposition:
                yield _("Outcome"), label_of(settings, "disposition", entry.disposition)
            if entry.duration:
                yield _("Duration"), duration(entry.duration)
        elif entry.kind == "task":
            if entry.due_at is not None:
                due = format_local(entry.due_at, zone, style="long")
                far, _late = till_due(entry.due_at, self.session.now())
                far = "" if entry.done_at else f"  ({far})"
                yield _("Due"), due + far
            yield _("Priority"), _(PRIORITIES.get(entry.priority, "normal"))
            if entry.done_at is not None:
                yield _("Done"), format_local(entry.done_at, zone, style="long")
        if entry.author:
            yield (_("Assignee") if entry.kind == "task" else _("By")), entry.author

    def action_copy(self) -> None:
        """Copy the whole text."""
        self.copy_text(self._entry.text, _("There is no text."))
