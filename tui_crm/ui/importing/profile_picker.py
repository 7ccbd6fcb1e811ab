"""Kept mappings, chosen from a list: one is used with Enter and forgotten with a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui_crm.exchange.mapping import profiles
from tui_crm.exchange.mapping.profiles import Profile
from tui_crm.text.i18n import _
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.form_rows import Choice
from tui_crm.ui.widgets.picker import Picker

_GUESSED = "-"


class ProfilePicker(Picker):
    """A picker of kept mappings; gives "-" for none, the number of one, and "!" before it to
    forget it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "forget", show=False, priority=True),
    ]

    def __init__(self, kept: Sequence[Profile], headers: Sequence[str]) -> None:
        choices = [Choice(_GUESSED, _("(as it was guessed)"))]
        for place, profile in enumerate(kept):
            fits = profile.headers == tuple(headers)
            choices.append(Choice(str(place), profile.name, _("this header") if fits else ""))
        super().__init__(_("Kept mappings"), choices)

    @property
    def key_help(self) -> str:
        """Which keys there are."""
        return _("Enter takes · ^D forgets")

    def action_forget(self) -> None:
        """Ask for the one under the cursor to be forgotten."""
        if self.highlighted not in ("", _GUESSED):
            self.dismiss((f"!{self.highlighted}",))


async def choose_profile(screen: CrmScreen, headers: Sequence[str]) -> Profile | bool | None:
    """The kept mapping to use, None for what was guessed, and False to leave all as it is."""
    settings = screen.crm.settings
    while True:
        kept = [profile for profile in profiles.everything(settings) if profile.name]
        picked = await screen.ask_user(ProfilePicker(kept, headers))
        if not picked:
            return False
        if not picked[0].startswith("!"):
            return None if picked[0] == _GUESSED else kept[int(picked[0])]
        profiles.discard(settings, kept[int(picked[0][1:])])
