"""How likely it is that one word was typed for another, told as a number of edits.

    cost("smiht", "smith") -> 0.85      cost("smixth", "smith") -> 1.1

An edit counts about one. It counts less if it is one that fingers make more often than others: a
letter left out, typed twice or exchanged with its neighbour, a key beside the right one, letters
that sound alike; and more at the beginning of a word, which people seldom get wrong. Two edits
always count more than one.
"""

from __future__ import annotations

_MISSING = 0.85
_DOUBLED = 0.8  # typed twice, or once for a double letter
_EXCHANGED = 0.85
_EXTRA, _EXTRA_NEAR = 1.1, 1.0
_OTHER, _OTHER_NEAR = 1.15, 1.0
_AT_START = 0.15  # more, for an edit of the first letter
_FAR = 3.0  # more than two edits

_ROWS = (("qwertyuiop", 0.0), ("asdfghjkl", 0.25), ("zxcvbnm", 0.75))
_SOUNDING_ALIKE = (
    "ae", "ei", "iy", "ou", "ck", "cs", "sz", "kq", "ks", "vw", "fv", "bp", "dt", "gk", "gj", "ij",
    "mn", "ln", "lr", "fh", "uv",
)  # fmt: skip
_SYLLABLES = frozenset(("zh", "ch", "sh", "ng"))  # of pinyin, said and typed without the second


def _near_keys() -> frozenset[str]:
    """Pairs of letters that are typed or said alike, in both orders."""
    at = {
        letter: (line, number + shift)
        for line, (letters, shift) in enumerate(_ROWS)
        for number, letter in enumerate(letters)
    }
    pairs = {
        a + b
        for a, (line, column) in at.items()
        for b, (other_line, other) in at.items()
        if a != b and abs(line - other_line) <= 1 and abs(column - other) <= 1
    }
    pairs.update(pair for alike in _SOUNDING_ALIKE for pair in (alike, alike[::-1]))
    return frozenset(pairs)


_NEAR = _near_keys()


def cost(typed: str, meant: str) -> float:
    """The edits between two words that are at most two edits apart, weighed; 3 if more."""
    return _cost(typed, meant, 0, 2)


def _cost(typed: str, meant: str, at: int, edits: int) -> float:
    """The cost of what stands from `at` on, of which two letters may already be accounted for."""
    while typed[at : at + 1] == meant[at : at + 1] != "":
        at += 1
    left, right = len(typed) - at, len(meant) - at
    if left == right == 0:
        return 0.0
    if edits == 0 or abs(left - right) > edits:
        return _FAR
    early = _AT_START if at == 0 else 0.0
    best = _FAR
    if left:  # a letter too many
        rest = _cost(typed[:at] + typed[at + 1 :], meant, at, edits - 1)
        best = min(best, rest + early + _extra(typed, meant, at))
    if right:  # a letter missing
        letter = meant[at]
        rest = _cost(typed[:at] + letter + typed[at:], meant, at + 1, edits - 1)
        best = min(best, rest + early + _missing(typed, meant, at))
    if left and right:
        rest = _cost(typed[:at] + meant[at] + typed[at + 1 :], meant, at + 1, edits - 1)
        near = typed[at] + meant[at] in _NEAR
        best = min(best, rest + early + (_OTHER_NEAR if near else _OTHER))
    if left > 1 and right > 1 and typed[at : at + 2] == meant[at + 1] + meant[at]:
        rest = _cost(typed[:at] + meant[at : at + 2] + typed[at + 2 :], meant, at + 2, edits - 1)
        best = min(best, rest + early + _EXCHANGED)
    return best


def _extra(typed: str, meant: str, at: int) -> float:
    letter = typed[at]
    before, behind = typed[at - 1 : at], typed[at + 1 : at + 2]
    if letter in (before, behind):
        return _DOUBLED
    if before + letter in _SYLLABLES or before + letter in _NEAR or letter + behind in _NEAR:
        return _EXTRA_NEAR
    return _EXTRA


def _missing(typed: str, meant: str, at: int) -> float:
    letter = meant[at]
    before, behind = meant[at - 1 : at], meant[at + 1 : at + 2]
    if letter in (before, behind) or before + letter in _SYLLABLES:
        return _DOUBLED
    return _MISSING
