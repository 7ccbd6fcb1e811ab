"""Hostile strings by the thousand, reproducible: what people, files and callers may send."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

PIECES = (
    # Markup, and words that Textual would act on.
    "[/x]", "[b]", "[/]", "[", "]", "\\[", "[@click=app.quit]q[/]",
    "[link=file:///etc/passwd]",
    "[red on blue]", "[$accent]", "[not a tag", ":warning:",
    # What a terminal obeys.
    "\x1b", "\x1b[2J", "\x1b[31m", "\x1b]52;c;cHduZWQ=\x07",
    "\x1b]0;title\x1b\\", "\x1bP1$r\x1b\\",
    "\x1b[6n", "\x9b31m", "\x9d52;c;aGk=\x9c", "\x90q\x9c", "\x07", "\x08",
    "\x0e", "\x7f", "\x84",
    "\x00", "\x00\x00", "\x1a", "\x18",
    # Direction and invisible marks.
    "\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c",
    "\ufeff", "\u00ad", "\u200b",
    "\u200c", "\u200d", "\u2060", "\U000e0001", "\U000e0041", "\ufe0f",
    "\ufe0e", "\u034f", "\u3164",
    # Breaks and blanks.
    "\n", "\r\n", "\r", "\t", "\x0b", "\x0c", "\x85", "\u2028", "\u2029",
    "\u00a0", "\u3000", "   ",
    # Wide, combined and odd characters.
    "👩\u200d👩\u200d👧\u200d👦", "🏴\u200d☠️", "🇨🇭", "🇨", "👍🏿",
    "e\u0301\u0302\u0303", "\u0301", "Z\u0351\u036b" * 9,
    "王小明", "ｱｲｳ", "한국어", "𠮷", "𝕮𝖍", "مرحبا", "שלום", "ไทยกำ", "नमस्ते",
    "\u1160\u11a8", "ﷺ", "ß", "İ", "ﬀ",
    "\ufdd0", "\ufffe", "\uffff", "\U0010ffff", "\ue000",
    "\ud800", "\udfff", "\udc80",
    # Formats and languages.
    "%s", "%(x)s", "%", "{}", "{0}", "{name}", "{x!r}", "\\N{BELL}", "\\",
    "\\x1b", "$1", "${x}", "`id`",
    "'", '"', "--", ";", "/*", "*/", "'; DROP TABLE customer; --", "NULL",
    "' OR 1=1 --", "\\'", "?", ":x",
    "*", "^", "(", ")", "NEAR(", "AND", "OR", "NOT", "a*", "name:", "-", "+",
    "&", "|", "!", "<->", "a & b",
    "city:", "sort:name", "tag:", "id:1", "last:>30d", "-status:lost", '"open',
    "=cmd|' /C calc'!A1", "@SUM(1)",
    "+49 30 1234567", "a@b.c", ",", "；", "<b>", "&amp;", "../..", "C:\\x",
    "1e999", "-0", "٣", "０１",
    # Plain words, so that the others stand within something.
    "Bob", "Müller", "Ada", "x", "name", "42",
)  # fmt: skip


def hostile(count: int, seed: int = 1) -> list[str]:
    """`count` different strings, most of a few pieces, some very long."""
    found = dict.fromkeys(PIECES)
    found |= dict.fromkeys(islice(_made(seed), count))
    return list(found)[:count] if count >= len(PIECES) else list(found)[-count:]


def _made(seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    while True:
        kind = chance.random()
        if kind < 0.02:
            piece = chance.choice(PIECES)
            yield piece * (10_000 // len(piece))
        elif kind < 0.2:
            yield "".join(chr(_code(chance)) for _ in range(chance.randint(1, 30)))
        else:
            glue = chance.choice(("", "", " ", "\u200d"))
            yield glue.join(chance.choices(PIECES, k=chance.randint(2, 9)))


def _code(chance: random.Random) -> int:
    """A code point, the dangerous ones more often."""
    top = chance.choice((0x20, 0xA0, 0x250, 0x2100, 0x3000, 0xFFFF, 0x1FFFF, 0x10FFFF))
    return chance.randint(0, top)
