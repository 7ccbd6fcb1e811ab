"""What an action and a context are; the registry of them is `keys.actions`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Context:
    """A place where keys have a meaning.

    `typing` says that a text field has the focus there, so that printable keys type.
    """

    id: str
    title: str
    takes_in: tuple[str, ...] = ()
    typing: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done.

    `label` is for footers (two words at most), `help` one sentence; both are English literals to
    be translated when shown. `footer` orders the footer, smallest first; None keeps it out.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    where: str
    help: str
    footer: int | None = None
