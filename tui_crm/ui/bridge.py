"""From the action registry to Textual's bindings: the only place where the two meet.

The footer, the help and the palette read the registry themselves; here each action of a context
becomes a binding of a node. The last part of an action's id names the method that does it:
``customer.save`` is ``action_save`` of the node that binds the context "customer".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual.dom import DOMNode

from tui_crm.keys.actions import ACTIONS, available_in
from tui_crm.keys.keymap import Keymap

# Actions of line views take an argument instead of a method each.
_CALLS = {
    "list.down": "move(1)",
    "list.up": "move(-1)",
    "list.page_down": "page(1)",
    "list.page_up": "page(-1)",
}

_CHORD = re.compile(r"ctrl\+|f\d+$")  # arrows, Tab and the like belong to whoever has the focus
_STAY_IN_TEXT = frozenset({"ctrl+z", "ctrl+y", "ctrl+x", "ctrl+v"})


def call_of(action_id: str) -> str:
    """The Textual action that does what `action_id` names: ``record.log`` gives ``log``."""
    return _CALLS.get(action_id) or action_id.rpartition(".")[2]


def bind(node: DOMNode, keymap: Keymap, *contexts: str, by_screen: bool = False) -> None:
    """Bind the keys of the actions that belong to `contexts` on `node`.

    The methods are those of `node` or, `by_screen`, of the screen that it is on: keys that mean
    something only while one widget has the focus. Contexts that these take in are not bound along:
    the app, the screen and its lists bind each their own. A stock binding of the same key gives
    way.
    """
    prefix = "screen." if by_screen else ""
    for action in ACTIONS:
        if action.where in contexts:
            bind_key(node, keymap.keys(action.id), prefix + call_of(action.id))


def bind_key(node: DOMNode, keys: Iterable[str], call: str) -> None:
    """Bind `keys` on `node` to the Textual action `call`, in the place of what they did there."""
    # Textual binds keys that are known only at run time on an app alone; every other node
    # has the same map behind a private name.
    bindings = node._bindings
    for key in keys:
        bindings.key_to_bindings.pop(key, None)
        bindings.bind(key, call, show=False)


def give_way(field: DOMNode, keymap: Keymap, where: str) -> None:
    """Take the stock editing keys of a text field off it that mean something in a context.

    Undo and redo of typed text stay with the field: they take back what was typed last.
    """
    taken = {key for action in available_in(where) for key in keymap.keys(action.id)}
    bindings = field._bindings.key_to_bindings
    for key in taken - _STAY_IN_TEXT:
        ours = any(binding.action.startswith("screen.") for binding in bindings.get(key, ()))
        if _CHORD.match(key) and not ours:
            bindings.pop(key, None)
