"""What can be done and which key does it.

`actions` is the one registry of actions; footer, help, command palette, docs/keys.md and the
user's `[keymap]` all read it. `keymap` lays the user's keys over the defaults and checks them,
`names` knows which keys a plain terminal can send. Nothing here knows Textual.
"""
