"""Saved searches, chosen from a list: opened by a key, saved, renamed and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui_crm.core.rows import SegmentRow
from tui_crm.errors import CrmError
from tui_crm.text.i18n import _
from tui_crm.text.safe import display
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.form_rows import Choice
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask, Confirm

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_KEYS = "123456789"


class SegmentPicker(Picker):
    """A picker of saved searches: the key of one opens it at once, others rename and delete."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "change('-')", show=False, priority=True),
        Binding("ctrl+r", "change('~')", show=False, priority=True),
    ]

    def __init__(self, segments: Sequence[SegmentRow], query: str) -> None:
        choices = [
            Choice(f"={row.id}", f"{row.key or ' '}  {row.name}", row.query) for row in segments
        ]
        if query.strip():
            choices.append(Choice("+", "+  " + _("save this search …"), query.strip()))
        super().__init__(_("Segments"), choices)
        self._keys = {row.key: f"={row.id}" for row in segments if row.key}

    @property
    def key_help(self) -> str:
        """Which keys there are."""
        return _("Enter opens · ^R renames · ^D deletes")

    def on_input_changed(self, event: Input.Changed) -> None:
        """The key of a segment, alone in the filter, opens it."""
        if event.value in self._keys:
            event.stop()
            event.prevent_default()
            self.dismiss((self._keys[event.value],))

    def action_change(self, how: str) -> None:
        """Ask for the segment under the cursor to be deleted ("-") or renamed ("~")."""
        key = self.highlighted
        if key.startswith("="):
            self.dismiss((how + key[1:],))


async def choose_segment(screen: CrmScreen, text: str) -> str | None:
    """The query of a saved search, after changing some; None when none is opened."""
    try:
        while True:
            segments: list[SegmentRow] = await screen.fetch(saved_segments)
            if not segments and not text.strip():
                screen.say(_("Nothing is saved yet: search for something, then save it here."))
                return None
            picked = await screen.ask_user(SegmentPicker(segments, text))
            if not picked:
                return None
            sign, number_ = picked[0][0], picked[0][1:]
            if sign == "+":
                await _save(screen, text, segments)
                return None
            row = next(row for row in segments if row.id == int(number_))
            if sign == "=":
                return row.query
            await (_rename if sign == "~" else _delete)(screen, row)
    except CrmError as error:
        screen.show_error(error)
        return None


async def _save(screen: CrmScreen, text: str, segments: Sequence[SegmentRow]) -> None:
    """Save a query under a name and, if wanted, a key."""
    name = await screen.ask_user(Ask(_("Save this search as"), value="", placeholder=_("name")))
    if not name:
        return
    same = next((row for row in segments if row.name == name), None)
    taken = {row.key for row in segments if row is not same}
    free = [Choice(key, key) for key in _KEYS if key not in taken]
    keys = await screen.ask_user(
        Picker(
            _("A key for “{name}”").format(name=display(name)),
            [*free, Choice("-", _("(no key)"))],
            chosen=(same.key,) if same and same.key else (),
        )
    )
    if not keys:
        return
    key = "" if keys[0] == "-" else keys[0]
    row: SegmentRow = await screen.write(save_segment, name, text.strip(), key)
    opens = screen.crm.keymap.shown("search.segments", screen.where)
    if row.key:
        words = _("Saved as “{name}”; {opens} {key} opens it.").format(
            name=row.name, opens=opens, key=row.key
        )
    else:
        words = _("Saved as “{name}”; {opens} shows it.").format(name=row.name, opens=opens)
    screen.say(words, "good")


async def _rename(screen: CrmScreen, row: SegmentRow) -> None:
    name = await screen.ask_user(Ask(_("Rename “{name}”").format(name=row.name), value=row.name))
    if name and name != row.name:
        await screen.write(rename_segment, row.id, name)


async def _delete(screen: CrmScreen, row: SegmentRow) -> None:
    question = Confirm(
        _("Segments"),
        _("Delete “{name}”? Its customers stay as they are.").format(name=display(row.name)),
        [("d", _("delete"))],
    )
    if await screen.ask_user(question) == "d":
        await screen.write(delete_segment, row.id)


# Asked in the query lane.


def saved_segments(session: Session) -> list[SegmentRow]:
    """The saved searches of this user, those with a key first."""
    from tui_crm.core import segments

    return sorted(segments.all(session), key=lambda row: (not row.key, row.key))


def save_segment(session: Session, name: str, query: str, key: str) -> SegmentRow:
    """Save a search. Raises `InputRefused`."""
    from tui_crm.core import segments

    with session.db.connection():
        return segments.save(session, name, query, key)


def rename_segment(session: Session, segment_id: int, name: str) -> SegmentRow:
    """Give a saved search another name. Raises `InputRefused`, `NotFound`."""
    from tui_crm.core import segments

    with session.db.connection():
        return segments.rename(session, segment_id, name)


def delete_segment(session: Session, segment_id: int) -> None:
    """Forget a saved search. Raises `NotFound`."""
    from tui_crm.core import segments

    with session.db.connection():
        segments.delete(session, segment_id)
