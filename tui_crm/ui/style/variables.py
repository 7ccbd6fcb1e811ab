"""The theme variables that our widgets use beyond Textual's own, with what they fall back to.

`App.get_theme_variable_defaults` returns this mapping; a theme file may set any of the names.
Values are CSS values and may refer to Textual's variables.
"""

from __future__ import annotations

from typing import Final

THEME_VARIABLES: Final[dict[str, str]] = {
    # Rows of lists and forms: the row under the cursor, the same without focus, marked rows.
    "row-cursor": "#264f78",
    "row-cursor-text": "#ffffff",
    "row-cursor-blurred": "#2d333b",
    "row-marked": "#2b3a2e",
    "row-match": "#e5c07b",
    "row-header": "#8b949e",
    # Text that steps back, and text that says how things are.
    "muted": "#8b949e",
    "line": "#3a424d",
    "good": "#7ec699",
    "warn": "#e5c07b",
    "bad": "#f47067",
    "key": "#79b8ff",
    # Both sides of a change.
    "value-old": "#f47067",
    "value-new": "#7ec699",
}
