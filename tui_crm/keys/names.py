"""Names of keys: spelling, labels, and which of them a plain terminal can send.

Over SSH a key arrives as bytes, and several keys share the same bytes or have none. A key that
needs the Kitty keyboard protocol, or that a terminal turns into another one, must not be the key of
an action: pressing it would do something else or nothing.
"""

from tui_crm.config import nearest
from tui_crm.text.i18n import N_, _

# The names that Textual gives to ASCII punctuation.
_PUNCTUATION = {
    " ": "space",
    "!": "exclamation_mark",
    '"': "quotation_mark",
    "#": "number_sign",
    "$": "dollar_sign",
    "%": "percent_sign",
    "&": "ampersand",
    "'": "apostrophe",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "*": "asterisk",
    "+": "plus",
    ",": "comma",
    "-": "minus",
    ".": "full_stop",
    "/": "slash",
    ":": "colon",
    ";": "semicolon",
    "<": "less_than_sign",
    "=": "equals_sign",
    ">": "greater_than_sign",
    "?": "question_mark",
    "@": "at",
    "[": "left_square_bracket",
    "\\": "backslash",
    "]": "right_square_bracket",
    "^": "circumflex_accent",
    "_": "underscore",
    "`": "grave_accent",
    "{": "left_curly_bracket",
    "|": "vertical_line",
    "}": "right_curly_bracket",
    "~": "tilde",
}
_CHARACTERS = {name: character for character, name in _PUNCTUATION.items()}

_ALIASES = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "page_up": "pageup",
    "pgdn": "pagedown",
    "page_down": "pagedown",
    "del": "delete",
    "ins": "insert",
    "spacebar": "space",
    "bksp": "backspace",
}
_MODIFIERS = {"control": "ctrl", "option": "alt", "meta": "alt", "opt": "alt"}

_MOVEMENT = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown")
_FUNCTION = tuple(f"f{number}" for number in range(1, 13))
_LABELS = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "shift+tab": "⇧Tab",
    "space": "␣",
    "backspace": "⌫",
    "delete": "Del",
    "insert": "Ins",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}
_NAMED = (*_MOVEMENT, *_FUNCTION, "escape", "enter", "tab", "space", "delete", "insert")

# What a terminal sends instead, for keys that look possible and are not.
_REFUSED = {
    "ctrl+h": N_("the terminal sends the same as for Backspace"),
    "ctrl+i": N_("the terminal sends the same as for Tab"),
    "ctrl+j": N_("the terminal sends a line feed, which pasted text also holds"),
    "ctrl+m": N_("the terminal sends the same as for Enter"),
    "ctrl+left_square_bracket": N_("the terminal sends the same as for Esc"),
    "ctrl+space": N_("input methods for Chinese switch with it"),
    "ctrl+c": N_("it copies the selected text in every screen"),
    "backspace": N_("it deletes text wherever a field has the focus"),
    "alt+b": N_("terminals use the same bytes for Ctrl+Left"),
    "alt+f": N_("terminals use the same bytes for Ctrl+Right"),
    "alt+enter": N_("the terminal sends the same as for Enter, or makes the window full screen"),
}
_CONTROL_EXTRA = ("underscore", "backslash", "right_square_bracket")


def canonical(written: str) -> str:
    """The one spelling of a key that a user wrote: "?" is "question_mark", "Ctrl+N" "ctrl+n"."""
    word = written if written == " " else written.strip()
    *modifiers, name = _split(word)
    modifiers = [_MODIFIERS.get(part.lower(), part.lower()) for part in modifiers]
    if len(name) == 1:
        name = _PUNCTUATION.get(name, name)
    else:
        name = _ALIASES.get(name.lower(), name.lower())
    if len(name) == 1 and name.isalpha() and modifiers:
        if modifiers == ["shift"]:
            return name.upper()
        name = name.lower()
    return "+".join([*sorted(set(modifiers)), name])


def _split(word: str) -> list[str]:
    """A key at its plus signs; a plus sign at the end is the key itself."""
    if word.endswith("+"):
        return [part for part in word[:-1].split("+") if part] + ["+"]
    return word.split("+")


def is_printable(key: str) -> bool:
    """Whether the key types a character, so that it is no command while text is typed."""
    return len(key) == 1 or key in _CHARACTERS


def belongs_to_text(key: str) -> bool:
    """Whether a text field in a form takes the key for itself: to type, move in it or leave it."""
    own = (*_MOVEMENT, "enter", "escape", "tab", "shift+tab", "delete", "backspace")
    return is_printable(key) or key in own


def why_not(key: str) -> tuple[str, str] | None:
    """Why no action can have `key` (canonical): message and hint, or None when it can."""
    if key in _REFUSED:
        message = _('the key "{key}" cannot be used: {reason}.')
        return message.format(key=key, reason=_(_REFUSED[key])), _another()
    *modifiers, name = key.split("+")
    single = len(name) == 1 and name.isascii() and name.isalnum()
    if not (single or name in _NAMED or name in _CHARACTERS):
        message = _('"{key}" is not the name of a key.').format(key=key)
        return message, nearest(name, (*_NAMED, *_CHARACTERS, "backspace"))
    if not modifiers or _sendable(modifiers, name):
        return None
    message = _('a plain terminal cannot send "{key}".').format(key=key)
    return message, _another()


def _sendable(modifiers: list[str], name: str) -> bool:
    if len(modifiers) != 1:
        return False
    match modifiers[0]:
        case "ctrl":
            letter = len(name) == 1 and name.isalpha()
            return letter or name in (*_MOVEMENT, *_CONTROL_EXTRA)
        case "alt":
            return len(name) == 1 and name.isalpha()
        case "shift":
            return name in (*_MOVEMENT, "tab")
    return False


def _another() -> str:
    return _("Use a letter, F1 to F12, Ctrl and a letter but H I J M, or Alt and a letter but B F.")


def label(key: str) -> str:
    """How a key is written for people: "^L", "F2", "Esc", "␣", "Alt+T", "?"."""
    if key in _LABELS:
        return _LABELS[key]
    if key in _FUNCTION:
        return key.upper()
    if key in _CHARACTERS:
        return _CHARACTERS[key]
    modifier, plus, name = key.rpartition("+")
    if not plus:
        return key
    if modifier == "ctrl":
        return f"^{label(name).upper()}" if is_printable(name) else f"Ctrl+{label(name)}"
    shown = label(name)
    return f"{modifier.capitalize()}+{shown.upper() if len(shown) == 1 else shown}"
