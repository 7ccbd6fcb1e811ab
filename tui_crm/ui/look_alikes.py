"""The quiet line below the form of a new customer: who is here already that this might be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tui_crm.core.rows import Value
from tui_crm.errors import CrmError
from tui_crm.text.i18n import _, ngettext
from tui_crm.text.safe import display
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.line_view import GUTTER, fit

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.exchange.duplicates.entry import Match
    from tui_crm.ui.work import Cancel

_AFTER = 0.15  # seconds without a key; whoever types on is not told what a part looks like
_REASONS = 2  # reasons that are named
_MOST = 5


class LookAlikeLine(Widget):
    """One line, always there so that no field moves: a remark, and a key at its end."""

    COMPONENT_CLASSES = {"alike--remark", "alike--name", "alike--key"}
    DEFAULT_CSS = """
    LookAlikeLine {
        height: 1;
        & > .alike--remark { color: $muted; }
        & > .alike--name { color: $warn; }
        & > .alike--key { color: $key; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts = ("", "", "", "", "")

    def show(
        self, lead: str = "", name: str = "", more: str = "", why: str = "", key: str = ""
    ) -> None:
        """Show a name with what leads to it, how many more there are, what speaks for it, and the
        key; all of it is data."""
        parts = (lead, name, more, why, key)
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    @property
    def text(self) -> str:
        """What is shown, uncut."""
        return " ".join(part for part in self._parts if part)

    def render_line(self, y: int) -> Strip:
        """The line; where room is short the reasons are cut, then the name."""
        ground, width = self.rich_style, self.size.width
        lead, name, more, why, key = (display(part) for part in self._parts)
        if not name:
            return Strip.blank(width, ground)
        fixed = sum(cell_len(part) for part in (lead, more, key))
        room = max(0, width - GUTTER - fixed - 5)
        name = fit(name, min(cell_len(name), room))
        room -= cell_len(name)
        why = fit(why, min(cell_len(why), room)) if room > GUTTER else ""
        remark = self.get_component_rich_style("alike--remark")
        segments = [
            Segment(" " * GUTTER, ground),
            Segment(lead + " ", remark),
            Segment(name, self.get_component_rich_style("alike--name")),
            Segment(f" {more} " if more else " ", remark),
            Segment(why + " " if why else "", remark),
            Segment(key, self.get_component_rich_style("alike--key")),
        ]
        return Strip(segments).adjust_cell_length(width, ground)


class LookAlikes:
    """Asks, while a form is typed, who is like its customer, and shows it on the line.

    `values` gives what the form holds now. Only the newest answer is shown; a question that fails
    leaves the line empty, for it hinders nobody from typing.
    """

    def __init__(self, screen: CrmScreen, values: Callable[[], Mapping[str, Value]]) -> None:
        self._screen = screen
        self._values = values
        self._asked: Mapping[str, Value] | None = None
        self._timer: Timer | None = None
        self.found: Sequence[Match] = ()

    def touch(self) -> None:
        """The form changed."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._screen.set_timer(_AFTER, self._ask)

    def _ask(self) -> None:
        values = {name: value for name, value in self._values().items() if value}
        if values == self._asked:
            return
        self._asked = values
        self._screen.ask("alike", alike, values, deliver=self._show, failed=self._failed)

    def _failed(self, error: CrmError) -> None:
        self._asked = None  # the next key asks again
        self._show(())

    def _show(self, found: Sequence[Match]) -> None:
        self.found = found
        self._screen.show_keys()
        line = self._screen.query_one(LookAlikeLine)
        if not found:
            line.show()
            return
        best = found[0]
        words = "; ".join(best.reasons[:_REASONS])
        why = f"({words})" if words else ""
        count = len(found) - 1
        more = ngettext("and {count} more", "and {count} more", count).format(count=count)
        key = self._screen.crm.keymap.shown("new.existing", self._screen.where)
        line.show(_("Looks like:"), described(best), more if count else "", why, key)


def described(match: Match) -> str:
    """The customer of a match with what tells them apart: Ana Müller, Basel."""
    row = match.customer
    if row.organization and row.organization != row.name:
        return _(", ").join((row.name, row.organization))
    return _(", ").join(part for part in (row.name, row.city) if part)


# Asked in the query lane.


def alike(session: Session, values: Mapping[str, Value], *, cancel: Cancel) -> list[Match]:
    """The customers who may be the one with these values."""
    from tui_crm.exchange.duplicates import entry

    cancel.check()  # what is a few milliseconds long is not interrupted
    with session.db.connection():
        return entry.check(session, values, _MOST)
