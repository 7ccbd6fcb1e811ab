"""Text that came from people, files and callers, made safe to keep and to show.

A terminal obeys control characters wherever it meets them: a contact named ``Bob\\x1b]52;...``
would write the reader's clipboard. `clean` and `clean_line` guard the way in, `display` and
`display_lines` the way out, each on its own, so that a database filled by something else is
harmless too.

Taken out are the C0 and C1 controls and DEL, the bidirectional embeddings, overrides and isolates
(U+202A-202E, U+2066-2069: they make text read as something else than it is), the byte order mark
and lone surrogates (which no database stores). Everything else stays, joiners included: scripts
and emoji need them.
"""

from __future__ import annotations

import re
import unicodedata

REPLACEMENT = "\ufffd"
NEWLINE_MARK = "⏎"
EMPTY_GLYPH = "∅"  # stands for a value that is not there
_TAB_STOP = 4

_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"
_HARMFUL_CLASS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
# Line breaks and the tab are left to the functions: each has its own use for them.
_HARMFUL = re.compile(f"[{_HARMFUL_CLASS}]")
_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
_BLANK = re.compile(f"[\t{_BREAKS}]+")
_SUSPECT = re.compile(f"[\t{_BREAKS}{_HARMFUL_CLASS}]")


def clean(text: str) -> str:
    """`text` as it may be stored in a field of several lines.

    Every kind of line break becomes ``\\n``, tabs stay, harmful characters are dropped and the
    rest is in Unicode's composed form (NFC). Cleaning twice changes nothing.
    """
    if _SUSPECT.search(text):
        text = _BREAK.sub("\n", _HARMFUL.sub("", text))
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """`text` as it may be stored in a field of one line: `clean`, breaks and tabs as one space,
    nothing blank at either end.
    """
    if _SUSPECT.search(text):
        text = _BLANK.sub(" ", _HARMFUL.sub("", text))
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


def display(text: str) -> str:
    """`text` as one line that a terminal only shows.

    Each harmful character is replaced by U+FFFD, so that the reader sees that there was something;
    a line break shows as "⏎" and a tab as a space. Other characters are kept as they are.
    """
    if not _SUSPECT.search(text):
        return text
    return _HARMFUL.sub(REPLACEMENT, _BREAK.sub(NEWLINE_MARK, text).replace("\t", " "))


def display_lines(text: str) -> list[str]:
    """The lines of `text`, each as `display` shows it, tabs expanded; at least one line."""
    if not _SUSPECT.search(text):
        return [text]
    return [_HARMFUL.sub(REPLACEMENT, line.expandtabs(_TAB_STOP)) for line in _BREAK.split(text)]
