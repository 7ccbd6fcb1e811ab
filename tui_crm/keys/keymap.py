"""The keymap in force: the registry's keys with the user's laid over them, and checked.

Every key is checked here, because the toolkit accepts unknown actions, unknown keys and a stolen
key without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tui_crm.config import ConfigProblem, Settings, nearest
from tui_crm.keys import names
from tui_crm.keys.actions import ACTIONS, CONTEXTS, available_in, by_id, context
from tui_crm.text.i18n import _

Place = Callable[[str, str, str], ConfigProblem]
"""Makes a problem from (dotted key, message, hint); `Settings.problem` is one."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """Action id -> keys, complete: every action of the registry is in it, maybe without a key."""

    bindings: Mapping[str, tuple[str, ...]]

    @classmethod
    def from_settings(cls, settings: Settings) -> Keymap:
        """The keymap that crm.toml asks for; keys that are refused keep their defaults.

        `resolve` tells what was refused, which `crm config check` and the settings screen show.
        """
        return resolve(settings.keymap, settings.problem)[0]

    def keys(self, action_id: str, where: str = "") -> tuple[str, ...]:
        """The keys of an action; in the context `where`, only those that work there."""
        keys = self.bindings[action_id]
        if where and context(where).typing:
            return tuple(key for key in keys if not names.is_printable(key))
        return keys

    def shown(self, action_id: str, where: str = "", *, editing: bool = False) -> str:
        """The label of the key to advertise in `where`, "" when none works there.

        Where no text is typed a single letter is shown rather than a control key. While a field of
        a form is edited there, its letters and the keys that move in it are not ours to advertise.
        """
        keys = self.keys(action_id, where)
        if editing:
            keys = tuple(key for key in keys if not names.belongs_to_text(key))
        elif where and not context(where).typing:
            keys = tuple(sorted(keys, key=lambda key: not names.is_printable(key)))
        return names.label(keys[0]) if keys else ""

    @staticmethod
    def label(key: str) -> str:
        """How a key is written for people: "^L", "F2", "Esc", "␣"."""
        return names.label(key)


DEFAULT = Keymap(MappingProxyType({action.id: action.keys for action in ACTIONS}))


def resolve(
    overrides: Mapping[str, tuple[str, ...]], place: Place
) -> tuple[Keymap, list[ConfigProblem]]:
    """The complete keymap, and what is wrong with `overrides` (action id -> keys).

    `place` puts a problem at its file and line: pass `settings.problem`. An override with a problem
    is left out, so that the defaults of that action stay and every action keeps working.
    """
    if not overrides:
        return DEFAULT, []
    problems: list[ConfigProblem] = []
    bindings = dict(DEFAULT.bindings)
    taken: set[str] = set()
    for action_id, written in overrides.items():
        path = f"keymap.{action_id}"
        if action_id not in bindings:
            message = _('there is no action "{id}".').format(id=action_id)
            hint = nearest(action_id, bindings) or _("docs/keys.md lists the actions.")
            problems.append(place(path, message, hint))
            continue
        keys = tuple(dict.fromkeys(names.canonical(key) for key in written))
        refused = [reason for key in keys if (reason := names.why_not(key))]
        problems += [place(path, message, hint) for message, hint in refused]
        if not refused:
            bindings[action_id] = keys
            taken.add(action_id)
    problems += _drop_clashes(bindings, taken, place)
    return Keymap(MappingProxyType(bindings)), problems


def _drop_clashes(
    bindings: dict[str, tuple[str, ...]], taken: set[str], place: Place
) -> list[ConfigProblem]:
    """Take back, one by one, the overrides that clash, and say with what."""
    problems = []
    while clash := next(clashes(bindings), None):
        where, key, first, second = clash
        # One of the two is the user's, since the defaults do not clash with each other.
        mine, other = (second, first) if second in taken else (first, second)
        message = _('the key "{key}" already means "{label}" ({other}) in: {where}.').format(
            key=key, label=_(by_id(other).label), other=other, where=_(context(where).title)
        )
        hint = _("Choose another key, or give {other} another one as well.").format(other=other)
        problems.append(place(f"keymap.{mine}", message, hint))
        bindings[mine] = by_id(mine).keys
        taken.discard(mine)
    return problems


def clashes(bindings: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str, str]]:
    """Each (context, key, action, other action) where one key would mean two things."""
    for place in CONTEXTS:
        meaning: dict[str, str] = {}
        for action in available_in(place.id):
            for key in bindings[action.id]:
                if key in meaning and meaning[key] != action.id:
                    yield place.id, key, meaning[key], action.id
                meaning.setdefault(key, action.id)
