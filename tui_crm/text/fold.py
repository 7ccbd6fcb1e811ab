"""Spellings made comparable: what search, duplicate checks and sorting compare instead of the text.

`fold` takes away what people leave out or type differently: case, accents, ligatures and letters
with strokes, full-width forms, and traditional against simplified Han (OpenCC's one-character
table, shipped as ``data/hant_hans.txt``). Vowel signs of scripts that need them (Indic, Thai,
Japanese voicing marks) are not accents and stay.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

_HAN_TABLE = Path(__file__).parent / "data" / "hant_hans.txt"

# Han blocks with their extensions, the iteration mark and the ideographic zero.
HAN_CLASS = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN = re.compile(f"[{HAN_CLASS}]")
# A run of nothing but common Han characters, which no form of Unicode changes.
_COMMON_HAN = re.compile("[\u4e00-\u9fff]+")

# Letters that Unicode does not decompose; after lower-casing.
_LETTERS = {
    "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d",
    "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k", "ƒ": "f", "ɓ": "b", "ɗ": "d", "ə": "e", "ƙ": "k",
    "ɨ": "i", "ƶ": "z", "ȼ": "c", "ɍ": "r", "ⱥ": "a", "ꞑ": "n", "ƴ": "y", "’": "'", "‘": "'",
    "ʼ": "'", "ʻ": "'", "ʹ": "'", "`": "'", "\u2010": "-", "–": "-", "—": "-",
}  # fmt: skip
# A spacing accent would become a space and an accent: it is typed for an apostrophe.
_BEFORE = str.maketrans({"´": "'"})
# Accents and points of Latin, Greek, Cyrillic, Hebrew and Arabic, and characters without a look.
_DROPPED = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0640\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2060\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+"
)
# Second spellings of letters that German and the Nordic languages write out with two.
_RESPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_RESPELLABLE = re.compile("[äöüøå]")

_ASCII_WORD = re.compile("[a-z0-9]+")


def fold(text: str) -> str:
    """The comparable form of `text`; folding twice changes nothing. Blanks stay as they are."""
    if text.isascii():
        return text.lower().replace("`", "'")
    return _fold_unicode(text)


def words(text: str) -> tuple[str, ...]:
    """The folded words of `text` in order, repeats included.

    Runs of Han characters are words of their own; an apostrophe inside a word is dropped
    ("O'Brien" is "obrien"), any other punctuation separates.
    """
    if text.isascii():
        low = text.lower()
        if "'" in low or "`" in low:
            low = low.replace("'", "").replace("`", "")
        return tuple(_ASCII_WORD.findall(low))
    return tuple(_unicode_word().findall(_fold_unicode(text).replace("'", "")))


def variants(text: str) -> tuple[str, ...]:
    """The words of `text` without repeats, and behind them those of its second spelling.

    "Müller" gives "muller" and "mueller", so that both find it.
    """
    plain = dict.fromkeys(words(text))
    if not text.isascii():
        low = unicodedata.normalize("NFC", text).lower()
        if _RESPELLABLE.search(low):
            plain.update(dict.fromkeys(words(low.translate(_RESPELLED))))
    return tuple(plain)


def has_han(text: str) -> bool:
    """Whether there is any Han character in `text`."""
    return not text.isascii() and _HAN.search(text) is not None


def is_common_han(text: str) -> bool:
    """Whether `text` is one run of Han characters that folding does no more than simplify."""
    return _COMMON_HAN.fullmatch(text) is not None


def simplified(text: str) -> str:
    """`text` with traditional Han characters replaced by simplified ones, one for one."""
    return text.translate(_han_table()) if has_han(text) else text


@lru_cache(1)
def _unicode_word() -> re.Pattern[str]:
    """A run of Han, or of other letters, digits and the marks without which words of scripts from
    Devanagari to Khmer would fall apart. Built on first use: it takes some milliseconds.
    """
    signs = "".join(
        chr(code) for code in range(0x900, 0x1800) if unicodedata.category(chr(code))[0] == "M"
    )
    return re.compile(f"[{HAN_CLASS}]+|(?:(?![{HAN_CLASS}])[^\\W_]|[{signs}\u3099\u309a])+")


@lru_cache(1)
def _han_table() -> dict[int, str]:
    """Code points of traditional characters and what they are simplified to."""
    _, traditional, simple = _HAN_TABLE.read_text(encoding="utf-8").splitlines()
    return dict(zip(map(ord, traditional), simple, strict=True))


@lru_cache(1)
def _letters() -> dict[int, str]:
    """One table for everything that is replaced letter by letter after decomposition."""
    return {**_han_table(), **str.maketrans(_LETTERS)}


# Company, city and owner names repeat; the names of a million people mostly do not.
@lru_cache(1 << 14)
def _fold_unicode(text: str) -> str:
    if is_common_han(text):
        return text.translate(_han_table())
    text = unicodedata.normalize("NFKD", text.translate(_BEFORE)).casefold()
    text = _DROPPED.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", text.translate(_letters()))
