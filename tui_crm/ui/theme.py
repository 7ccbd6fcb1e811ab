"""Themes: one TOML file each, shipped in `tui_crm/themes` or lying in the user's own folder.

A file holds `name`, `dark`, `ansi`, the colours of a Textual theme (`primary` is required) and any
theme variable, all at the top level; a colour is `#rrggbb`, a CSS name, `ansi_*`, or one of these
followed by an opacity ("#7aa2f7 35%"). A variable of ours that a file leaves out is mixed from its
colours. Textual takes any text as a colour and fails when it is first painted, so that each key and
each colour is checked here; a file with a problem is reported and left out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from textual.color import Color, ColorParseError
from textual.theme import Theme

from tui_crm.config import ConfigProblem, nearest
from tui_crm.config.lines import locate
from tui_crm.text.i18n import _
from tui_crm.ui.style.variables import THEME_VARIABLES

SHIPPED: Final = Path(__file__).resolve().parent.parent / "themes"
"""The folder of the themes that come with the program."""

_COLOURS: Final = (
    "primary",
    "secondary",
    "accent",
    "warning",
    "error",
    "success",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
)
_FLAGS: Final = ("dark", "ansi")
_STYLES: Final = frozenset(
    (
        *("none", "not", "bold", "dim", "italic", "underline", "underline2", "blink", "blink2"),
        *("reverse", "strike", "overline", "b", "d", "i", "u", "o", "r"),
    )
)

# What our variables are mixed from: a colour, the colour that it is blended with, and how much.
_MIXED: Final[dict[str, tuple[str, str, float]]] = {
    "row-cursor": ("background", "primary", 0.3),
    "row-cursor-blurred": ("background", "foreground", 0.12),
    "row-marked": ("background", "success", 0.15),
    "row-match": ("warning", "foreground", 0.2),
    "row-header": ("foreground", "background", 0.3),
    "muted": ("foreground", "background", 0.3),
    "line": ("background", "foreground", 0.25),
    "good": ("success", "foreground", 0.2),
    "warn": ("warning", "foreground", 0.2),
    "bad": ("error", "foreground", 0.2),
    "key": ("primary", "foreground", 0.2),
    "value-old": ("error", "foreground", 0.2),
    "value-new": ("success", "foreground", 0.2),
}
_ON_ANSI: Final[dict[str, str]] = {
    # Textual's style sheets use these two in every ANSI theme and give them no default.
    "ansi-background": "ansi_black",
    "ansi-foreground": "ansi_white",
    "row-cursor": "ansi_blue",
    "row-cursor-text": "ansi_bright_white",
    "row-cursor-blurred": "ansi_bright_black",
    "row-marked": "ansi_default",
    "row-match": "ansi_magenta",
    "row-header": "ansi_cyan",
    "muted": "ansi_default",
    "line": "ansi_bright_black",
    "good": "ansi_green",
    "warn": "ansi_yellow",
    "bad": "ansi_red",
    "key": "ansi_cyan",
    "value-old": "ansi_red",
    "value-new": "ansi_green",
}


def load_themes(
    user_folder: Path | None = None, shipped: Path = SHIPPED
) -> tuple[list[Theme], list[ConfigProblem]]:
    """Every usable theme, and what is wrong with the files of the others.

    A theme of the user replaces a shipped one of the same name. A folder that is missing has none.
    """
    themes: dict[str, Theme] = {}
    problems: list[ConfigProblem] = []
    for folder in (shipped, user_folder):
        for file in _files(folder):
            theme, found = read_theme(file)
            problems += found
            if theme is not None:
                themes[theme.name] = theme
    return list(themes.values()), problems


def read_theme(file: Path) -> tuple[Theme | None, list[ConfigProblem]]:
    """The theme in `file`, or None with everything that is wrong with it."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        values = tomllib.loads(text)
    except OSError as error:
        message = _("the file cannot be read: {reason}.").format(reason=error.strerror)
        return None, [ConfigProblem(str(file), 0, "", message)]
    except ValueError as error:  # not UTF-8, or not TOML
        message = _("this is not TOML: {detail}.").format(detail=error)
        return None, [ConfigProblem(str(file), 0, "", message)]
    wrong = dict(_wrong(values))
    if wrong:
        lines = locate(text)
        return None, [
            ConfigProblem(str(file), lines.get(key, 0), key, message, hint)
            for key, (message, hint) in wrong.items()
        ]
    return _theme(values, default_name=file.stem), []


def _files(folder: Path | None) -> list[Path]:
    try:
        return sorted(folder.glob("*.toml")) if folder else []
    except OSError:
        return []


def _wrong(values: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each key that cannot be used, with message and hint."""
    if "primary" not in values:
        hint = _('Add a line such as primary = "#7aa2f7".')
        yield "primary", (_("this colour is missing."), hint)
    for key, value in values.items():
        if key in _FLAGS:
            if not isinstance(value, bool):
                yield key, (_("expected true or false."), _("Write it without quotes."))
        elif key == "name":
            if not isinstance(value, str) or not value or not value.isprintable():
                yield key, (_("a theme's name is a short text."), "")
        elif key not in known_keys():
            yield key, (_("there is no such colour."), nearest(key, known_keys()))
        elif not isinstance(value, str):
            yield key, (_("expected text."), _("Put it in quotes."))
        elif reason := _bad_value(key, value):
            yield key, reason


def _bad_value(key: str, value: str) -> tuple[str, str] | None:
    if key.endswith("-style") or key.endswith("-style-hover"):
        if value and not set(value.split()) - _STYLES:
            return None
        message = _('"{value}" is not a text style.').format(value=value)
        return message, _('Write words such as "bold underline", or "none".')
    colour, _space, opacity = value.partition(" ")
    if opacity and key in _COLOURS:
        message = _('"{value}": this colour cannot have an opacity.').format(value=value)
        return message, _("Write the colour alone.")
    percent = opacity.strip().removesuffix("%")
    if opacity and not (opacity.endswith("%") and percent.isascii() and percent.isdigit()):
        message = _('"{value}" is not an opacity.').format(value=opacity)
        return message, _('Write it as a percentage, such as "35%".')
    try:
        Color.parse(colour)
    except ColorParseError as error:
        hint = _('Write it as "#rrggbb".')
        if error.suggested_color:
            hint = _('Did you mean "{name}"?').format(name=error.suggested_color)
        return _('"{value}" is not a colour.').format(value=value), hint
    return None


@cache
def known_keys() -> frozenset[str]:
    """Every key that a theme file may have."""
    generated = Theme("known", primary="#808080").to_color_system().generate()
    native = Theme("known", primary="ansi_blue", ansi=True).to_color_system().generate()
    own = {"name", *_FLAGS, *_COLOURS, *THEME_VARIABLES, *_ON_ANSI}
    return frozenset({*generated, *native, *own})


def _theme(values: Mapping[str, Any], default_name: str) -> Theme:
    """A Textual theme with all of our variables; `values` have been checked."""
    variables = {
        key: value
        for key, value in values.items()
        if key not in _COLOURS and key not in _FLAGS and key != "name"
    }
    theme = Theme(
        name=values.get("name", default_name),
        dark=values.get("dark", True),
        ansi=values.get("ansi", False),
        variables=variables,
        **{key: values[key] for key in _COLOURS if key in values},
    )
    wanted = _ON_ANSI if theme.ansi else THEME_VARIABLES
    if wanted.keys() - variables.keys():
        theme.variables = {**_mixed(theme), **variables}
    return theme


def _mixed(theme: Theme) -> dict[str, str]:
    """Our variables, made of the theme's own colours."""
    if theme.ansi:
        light = {"ansi-background": "ansi_bright_white", "ansi-foreground": "ansi_black"}
        return dict(_ON_ANSI) if theme.dark else {**_ON_ANSI, **light}
    colours = theme.to_color_system().generate()
    mixed = {
        name: Color.parse(colours[base]).blend(Color.parse(colours[other]), share, alpha=1)
        for name, (base, other, share) in _MIXED.items()
    }
    mixed["row-cursor-text"] = mixed["row-cursor"].get_contrast_text(1.0)
    return {name: colour.hex for name, colour in mixed.items()}
