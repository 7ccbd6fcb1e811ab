"""How well a customer agrees with the words that are looked for, beside the edits that led to them.

What is told in edits, as `likeness` does: words of the name count nothing, words that stand
elsewhere, beginnings of words, and the words of the name that nobody asked for count a part of an
edit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tui_crm.search.tokens import NAME
from tui_crm.text.fold import has_han

_ELSEWHERE = 0.3
_BEGUN = 0.1
_MORE_NAME, _MOST_MORE = 0.1, 0.3  # for each word of the name that was not typed
_PART_OF_NAME = 0.25  # of a Chinese one
_OTHER_CHARACTER = 0.1
_SOUND = re.compile("[zcs]h|.")  # that a syllable begins with
_CALLED_BY_ONE = 2  # characters of a Chinese name


class Name(NamedTuple):
    """The words of a name, Chinese in pairs of characters, and their other spellings."""

    plain: tuple[str, ...]
    derived: tuple[str, ...]

    @property
    def spelled(self) -> str:
        """A Chinese name in pinyin; empty for any other."""
        chinese = bool(self.plain) and has_han(self.plain[0]) and bool(self.derived)
        return self.derived[0] if chinese else ""


def name_of(words: str) -> Name:
    """The name of a customer out of the words of its document, where it stands first."""
    plain: list[str] = []
    derived: list[str] = []
    for item in words.split():
        if item[0] == NAME:
            plain.append(item[2:])
        elif item[0] == NAME.upper():
            derived.append(item[2:])
        else:
            break
    return Name(tuple(plain), tuple(derived))


def disagreement(name: Name, words: str, texts: Sequence[str]) -> float:
    """What a customer of that name and with the words of its document lacks of `texts`."""
    found = 0.0
    met = 0
    for text in texts:
        if text in name.plain or text in name.derived:
            met += 1
        elif any(token.startswith(text) for token in (*name.plain, *name.derived)):
            met += 1
            found += _BEGUN
        elif f"~{text} " in words:
            found += _ELSEWHERE
        else:
            found += _ELSEWHERE + _BEGUN
    if spelled := name.spelled:
        whole = ("".join(texts), "".join(reversed(texts)))
        return found if spelled in whole else found + _PART_OF_NAME
    return found + min(_MORE_NAME * max(0, len(name.plain) - met), _MOST_MORE)


def other_characters(name: Name, text: str) -> float:
    """What the characters of `text` count that the name has not."""
    own = {token[0] for token in name.plain}
    return _OTHER_CHARACTER * sum(char not in own for char in text)


def is_spelled_by(name: Name, initials: str) -> bool:
    """Whether a Chinese name begins with initials of which some have two letters for a sound: 张三
    with "zhs", and not 曾三.
    """
    return bool(re.match("[a-z]*?".join(_SOUND.findall(initials)), name.spelled))


def is_last_sound(words: str, text: str) -> bool:
    """Whether `text` stands in a document only as the sound of the character that Chinese texts end
    with: the "zhang" of every 董事长.

    The last of two characters of a name counts: people are called by it.
    """
    at = words.find(f"~{text} ")
    if at < 0 or words[at - 1].islower():  # mostly
        return False
    items = words.split()
    marks = {item[0] for item in items if item[2:] == text}
    if not marks or not all(map(str.isupper, marks)):
        return False
    if NAME.upper() in marks and sum(item[0] == NAME for item in items) <= _CALLED_BY_ONE:
        return False
    others = [item[2:] for item in items if item[0] in marks and item[2:] != text]
    longer = any(other.endswith(text) for other in others)
    # What ends with the sound of another character is the sound of more than one.
    return longer and not any(text.endswith(other) for other in others)


def nearest(name: Name, words: str, costs: Mapping[str, float]) -> tuple[str, float] | None:
    """Which of some words a customer has, in the name if there is one, that costs the least, and
    what it costs; a word may be the beginning of one.
    """
    tokens = (*name.plain, *name.derived)
    found = [(costs[token], token) for token in tokens if token in costs]
    if not found:
        found = [(price, text) for text, price in costs.items() if f"~{text} " in words]
    if not found:
        found = [(price, text) for text, price in costs.items() if f"~{text}" in words]
    if not found:
        return None
    price, text = min(found)
    return text, price
