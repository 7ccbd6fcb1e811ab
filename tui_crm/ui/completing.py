"""The quiet line below the search field: proposals for the word that is being typed, or a remark.

Proposals are worked out from what is known already; what a field holds is asked for once, and
typing never waits for it. The line is there whether it is empty or not, so that the list stays in
its place.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tui_crm.text.i18n import _
from tui_crm.text.safe import display
from tui_crm.text.width import cell_width, fit
from tui_crm.ui.guard import plain

if TYPE_CHECKING:
    from tui_crm.core.fields import Field
    from tui_crm.core.session import Session
    from tui_crm.search.language.complete import KnownValue, Place, Proposal
    from tui_crm.ui.screens.search import SearchScreen
    from tui_crm.ui.work import Cancel

_MORE = "…  "  # there are more than these
_APART = "   "  # between proposals and a remark
_KNOWN_FOR = 300.0  # seconds until the values of a field are asked for again


class ProposalLine(Static):
    """One line of proposals, one of which is lit, and a remark on the query."""

    DEFAULT_CSS = "ProposalLine { height: 1; padding: 0 3; color: $muted; text-wrap: nowrap; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__("", id=id)
        self._remark = ("", "", 0)  # text, look, column
        self._proposals = Content("")

    def show(self, shown: list[tuple[str, str]], lit: int, keys: str, short: str) -> None:
        """Show (text, what it means) pairs; an empty list takes all away. Where there is no room
        for all of them and `keys`, `short` stands behind as many as fit, the lit one among them.
        """
        parts: list[Content] = []
        cells, room = list(map(_cells, shown)), self.content_size.width
        begin, end = 0, len(shown)
        if sum(cells) + cell_width(keys) > room:
            keys = _MORE + short
            begin, end = _page(cells, lit, room - cell_width(keys))
        for number, (text, label) in enumerate(shown[begin:end], begin):
            look = "$accent bold" if number == lit else "$foreground"
            parts.append(plain(display(text)).stylize(look))
            parts.append(plain(f" {display(label)}   " if label else "   "))
        self._proposals = Content.assemble(*parts, plain(keys)) if shown else Content("")
        self._draw()

    def remark(self, text: str, look: str = "$foreground", column: int = 0) -> None:
        """Say something about the query, from a column of the screen on if there is room."""
        remark = (display(text), look, column)
        if remark != self._remark:
            self._remark = remark
            self._draw()

    def _draw(self) -> None:
        """Proposals with the remark behind them, or the remark where it belongs."""
        text, look, column = self._remark
        width = self.content_size.width
        if not self._proposals:
            room = width - cell_width(text)
            indent = max(0, min(column - self.content_region.x, room))
            self.update(plain(" " * indent + text).stylize(look), layout=False)
            return
        room = width - self._proposals.cell_length - cell_width(_APART)
        behind = plain(_APART + fit(text, min(cell_width(text), room)) if room > 0 else "")
        self.update(Content.assemble(self._proposals, behind.stylize(look)), layout=False)


def _cells(shown: tuple[str, str]) -> int:
    text, label = map(display, shown)
    return cell_width(text) + (cell_width(label) + 1 if label else 0) + 3


def _page(cells: list[int], lit: int, room: int) -> tuple[int, int]:
    """Where the proposals begin and end that are shown with the lit one, of these widths."""
    begin = used = 0
    for number, width in enumerate(cells):
        if used + width > room and number > begin:
            if lit < number:
                return begin, number
            begin, used = number, 0
        used += width
    return begin, len(cells)


class Completing:
    """What is proposed on a search screen."""

    def __init__(self, screen: SearchScreen) -> None:
        self._screen = screen
        self._place: Place | None = None
        self._proposals: list[Proposal] = []
        self._lit = 0
        self._known: dict[str, tuple[float, list[KnownValue]]] = {}
        self._asked: Field | None = None

    @property
    def proposals(self) -> list[Proposal]:
        """What is proposed now."""
        return self._proposals

    def may_become(self, start: int, end: int) -> bool:
        """Whether something is proposed for the end of a word."""
        place = self._place
        return (
            bool(self._proposals) and place is not None and start <= place.start < place.end == end
        )

    def typed(self) -> None:
        """The text or the cursor changed: propose anew."""
        if self._screen.crm.session is None:
            return
        from tui_crm.search.language import complete

        field = self._screen.field
        registry = self._screen.session.fields
        place = complete.place(field.value, field.cursor_position, registry)
        found: list[Proposal] = []
        if place is not None and place.field is None:
            found = complete.names(place, registry)
        elif place is not None and place.field is not None:
            found = complete.narrowed(place, self._values_of(place.field))
        self._show(place, found)

    def take(self) -> bool:
        """Put the lit proposal into the field; whether there was one."""
        if self._place is None or not self._proposals:
            return False
        from tui_crm.search.language import complete

        field = self._screen.field
        text, cursor = complete.taken(field.value, self._place, self._proposals[self._lit])
        field.value = text
        field.cursor_position = cursor
        self.typed()
        return True

    def next(self) -> bool:
        """Light the next proposal; whether there was one."""
        if not self._proposals:
            return False
        self._lit = (self._lit + 1) % len(self._proposals)
        self._draw()
        return True

    def forget(self) -> None:
        """The values of fields may have other names now."""
        self._known.clear()

    def _values_of(self, field: Field) -> list[KnownValue]:
        known = self._known.get(field.name)
        if known is None or known[0] < monotonic():
            self._ask(field)
        return known[1] if known is not None else []

    def _ask(self, field: Field) -> None:
        if self._asked is field:
            return
        self._asked = field

        def deliver(values: list[KnownValue]) -> None:
            self._asked = None
            self._known[field.name] = (monotonic() + _KNOWN_FOR, values)
            self.typed()

        self._screen.ask("proposals", values_of, field, deliver=deliver)

    def _show(self, place: Place | None, found: list[Proposal]) -> None:
        if (place, found) != (self._place, self._proposals):
            self._place, self._proposals, self._lit = place, found, 0
            self._draw()

    def _draw(self) -> None:
        from tui_crm.search.language import complete

        keymap, where = self._screen.crm.keymap, "search.field"
        take, following = keymap.shown("search.take", where), keymap.shown("search.next", where)
        keys = _("{take} takes it · {next} the next one").format(take=take, next=following)
        line = self._screen.query_one(ProposalLine)
        line.show(complete.labels(self._proposals), self._lit, keys, f"{take} · {following}")


def values_of(session: Session, field: Field, *, cancel: Cancel) -> list[KnownValue]:
    """What a field holds. Runs in the query lane."""
    from tui_crm.search.language import complete

    with session.db.connection():
        return complete.known_values(session, field)
