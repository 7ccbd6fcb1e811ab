"""A document of the index that changed in a few words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tui_crm.search.tokens import Document


@dataclass(frozen=True, slots=True)
class Patch:
    """A document as it is now, and the tokens that went and came.

    To take a word out takes out its beginnings, which other words may have too: whatever stays
    and begins with the same character as one that went is `kin`, to be taken out and put in again.
    """

    id: int
    after: Document
    gone: tuple[str, ...]
    come: tuple[str, ...]
    kin: tuple[str, ...]
    keys_changed: bool
    """Whether the owner or the team is another one."""

    def words(self) -> tuple[str, str]:
        """The tokens to take out of the index of words, and those to put in."""
        return " ".join((*self.gone, *self.kin)), " ".join((*self.come, *self.kin))

    def digits(self) -> tuple[str, str] | None:
        """The same for the index of numbers, None where it stays as it is.

        Numbers do not change here, but owner and team stand beside them.
        """
        if not self.after.digits or not self.keys_changed:
            return None
        gone, come, kin = map(_keys, (self.gone, self.come, self.kin))
        return " ".join((*gone, *kin)), " ".join((*come, *kin))


def _keys(tokens: Iterable[str]) -> list[str]:
    return [token for token in tokens if token[0] == "_"]
