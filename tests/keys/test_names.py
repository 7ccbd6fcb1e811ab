"""Key names, held against what the toolkit makes of the bytes that a terminal sends."""

import string

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key
from textual.keys import _character_to_key

from tui_crm.keys.names import canonical, is_printable, label, why_not

# What xterm, and with it every terminal in use, sends for the keys that are not characters.
SEQUENCES = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "insert": "\x1b[2~",
    "delete": "\x1b[3~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
    "f11": "\x1b[23~",
    "f12": "\x1b[24~",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "enter": "\r",
    "ctrl+left": "\x1b[1;5D",
    "shift+up": "\x1b[1;2A",
    "ctrl+underscore": "\x1f",
    "ctrl+backslash": "\x1c",
    "ctrl+right_square_bracket": "\x1d",
}


def pressed(data: str) -> list[str]:
    """The keys that the toolkit reads from what a terminal sent."""
    parser = XTermParser()
    events = [*parser.feed(data), *parser.feed("")]
    return [event.key for event in events if isinstance(event, Key)]


@pytest.mark.parametrize("key", SEQUENCES)
def test_a_named_key_arrives_under_its_name(key: str) -> None:
    assert pressed(SEQUENCES[key]) == [key]
    assert why_not(key) is None


def test_exactly_the_control_and_alt_letters_that_arrive_as_themselves_are_allowed() -> None:
    for letter in string.ascii_lowercase:
        control = f"ctrl+{letter}"
        arrives = pressed(chr(ord(letter) & 31)) == [control]
        reserved = letter in "cj"
        assert (why_not(control) is None) == (arrives and not reserved), control
        alt = f"alt+{letter}"
        assert (why_not(alt) is None) == (pressed(f"\x1b{letter}") == [alt]), alt


def test_every_character_of_the_keyboard_is_named_as_the_toolkit_names_it() -> None:
    for character in string.printable[:95]:
        name = canonical(character)
        assert name == _character_to_key(character)
        assert pressed(character) == [name]
        assert why_not(name) is None
        assert is_printable(name)
        assert label(name) == ("␣" if character == " " else character)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Ctrl+N", "ctrl+n"),
        ("control+n", "ctrl+n"),
        ("Option+t", "alt+t"),
        ("ESC", "escape"),
        ("PgDn", "pagedown"),
        ("return", "enter"),
        ("shift+a", "A"),
        ("ctrl+_", "ctrl+underscore"),
        ("ctrl++", "ctrl+plus"),
        ("+", "plus"),
        (" f2 ", "f2"),
        ("A", "A"),
    ],
)
def test_other_spellings(written: str, key: str) -> None:
    assert canonical(written) == key


def test_a_key_with_a_modifier_types_nothing() -> None:
    assert not is_printable("ctrl+l")
    assert not is_printable("f2")
    assert not is_printable("escape")
