"""The registry as docs/keys.md."""

from tui_crm.keys import names
from tui_crm.keys.actions import ACTIONS, CONTEXTS, Context

_HEAD = """\
# Keys

A letter or Space is a command only while no text field has the focus; the other keys of an action
work while typing, too. `^L` is Ctrl and L. Every key can be sent by a plain terminal over SSH.

To change keys, name the action in `crm.toml`:

```toml
[keymap]
"search.mark" = ["ctrl+t", "space"]  # a list of keys
"app.today" = "f2"                   # one key
"app.repaint" = []                   # none
```

What is written there replaces all keys of the action. `crm config check` finds unknown actions,
keys that no plain terminal can send, and keys that would mean two things on one screen.
"""


def markdown() -> str:
    """The text of docs/keys.md."""
    return _HEAD + "".join(_section(context) for context in CONTEXTS)


def _section(context: Context) -> str:
    rows = [action for action in ACTIONS if action.where == context.id]
    if not rows:
        return ""
    used_by = [other.title for other in CONTEXTS if context.id in other.takes_in]
    also = f"\nPart of: {'; '.join(used_by)}.\n" if used_by and context.id != "global" else ""
    lines = "".join(
        f"| {' '.join(f'`{names.label(key)}`' for key in action.keys)} | {action.label} "
        f"| {action.help} | `{action.id}` |\n"
        for action in rows
    )
    head = "| Keys | Action | What it does | Id |\n|---|---|---|---|\n"
    return f"\n## {context.title}\n{also}\n{head}{lines}"
