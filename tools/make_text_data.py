"""Regenerate the tables that `tui_crm.text` ships, from the projects that maintain them.

    python tools/make_text_data.py TSCharacters.txt

`TSCharacters.txt` is OpenCC's table of traditional characters (Apache-2.0). The readings come from
the installed pypinyin (MIT) and the cell widths from the installed rich (MIT), whose table is
wcwidth's. A newer release of any of them is a reason to run this again; the tests under
`tests/text` hold the shipped tables against rich and pypinyin.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import groupby
from pathlib import Path

TEXT = Path(__file__).resolve().parent.parent / "tui_crm" / "text"


def han_table(source: Path) -> str:
    """Two equally long lines, traditional and simplified, of the characters that differ."""
    pairs = {}
    for line in source.read_text(encoding="utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        first = simplified.split(" ")[0]
        if len(traditional) == len(first) == 1 and traditional != first:
            pairs[traditional] = first
    # A few simplified forms are themselves traditional forms of others: follow them to the end.
    flat = {}
    for traditional, simplified in sorted(pairs.items()):
        seen = {traditional}
        while simplified in pairs and simplified not in seen:
            seen.add(simplified)
            simplified = pairs[simplified]  # noqa: PLW2901
        flat[traditional] = simplified
    note = "# Traditional and simplified Han, from OpenCC's TSCharacters (Apache License 2.0)."
    return f"{note}\n{''.join(flat)}\n{''.join(flat.values())}\n"


def readings_table() -> str:
    """A line a syllable with its characters; after a blank line the phrases that read otherwise."""
    from pypinyin import lazy_pinyin
    from pypinyin.phrases_dict import phrases_dict
    from pypinyin.pinyin_dict import pinyin_dict

    reading = {chr(code): lazy_pinyin(chr(code))[0] for code in pinyin_dict}
    by_syllable: dict[str, list[str]] = defaultdict(list)
    for char, syllable in sorted(reading.items()):
        by_syllable[syllable].append(char)
    candidates = [
        (phrase, tuple(lazy_pinyin(phrase)))
        for phrase in sorted(phrases_dict, key=lambda phrase: (len(phrase), phrase))
        if 2 <= len(phrase) <= 4 and all(char in reading for char in phrase)
    ]
    # Shorter phrases first: a longer one is kept only if those do not spell it right already.
    odd: dict[str, tuple[str, ...]] = {}
    for phrase, spelled in candidates:
        if spell(phrase, reading, odd) != spelled:
            odd[phrase] = spelled
    phrases = [f"{phrase} {' '.join(odd[phrase])}" for phrase in sorted(odd)]
    note = "# Readings of Han characters and of phrases that differ, from pypinyin (MIT)."
    chars = [f"{syllable} {''.join(by_syllable[syllable])}" for syllable in sorted(by_syllable)]
    return "\n".join([note, *chars, "", *phrases, ""])


def spell(text: str, reading: dict[str, str], odd: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The syllables of `text` as the program finds them with the phrases that are known so far."""
    found: list[str] = []
    while text:
        taken = next((text[:size] for size in (4, 3, 2) if text[:size] in odd), text[0])
        found += odd.get(taken) or (reading[taken],)
        text = text[len(taken) :]
    return tuple(found)


def width_module() -> str:
    """A Python module with the ranges that are not one cell wide."""
    from rich._unicode_data import load

    table = load("latest")
    ranges: dict[int, list[tuple[int, int]]] = {0: [], 2: []}
    for start, end, width in sorted(table.widths):
        merged = ranges[width]
        if merged and merged[-1][1] + 1 == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    narrow = sorted(map(ord, table.narrow_to_wide))
    emoji = [
        (run[0], run[-1])
        for _, group in groupby(enumerate(narrow), lambda pair: pair[1] - pair[0])
        if (run := [code for _, code in group])
    ]
    parts = [
        '"""Code points that are not one cell wide; written by tools/make_text_data.py.\n\n'
        f"Unicode {table.unicode_version}, from wcwidth's tables as rich carries them (both MIT).\n"
        "Each table is a run of hexadecimal `first-last` ranges, inclusive.\n"
        '"""\n'
    ]
    for name, doc, rows in (
        (
            "ZERO",
            "Combining marks, joiners and format characters: no cell of their own.",
            ranges[0],
        ),
        ("WIDE", "East Asian wide and full-width characters and emoji: two cells.", ranges[2]),
        ("EMOJI_NARROW", "One cell, two when variation selector 16 follows.", emoji),
    ):
        words = [f"{a:x}-{b:x}" if a != b else f"{a:x}" for a, b in rows]
        lines, line = [], ""
        for word in words:
            if len(line) + len(word) + 1 > 94:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        body = "\n".join([*lines, line])
        parts.append(f'# {doc}\n{name} = """\n{body}\n"""\n')
    return "\n".join(parts)


def main(argv: list[str]) -> int:
    """Write the three tables; the only argument is the path of OpenCC's TSCharacters.txt."""
    if len(argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    data = TEXT / "data"
    data.mkdir(exist_ok=True)
    (data / "hant_hans.txt").write_text(han_table(Path(argv[0])), encoding="utf-8")
    (data / "readings.txt").write_text(readings_table(), encoding="utf-8")
    (TEXT / "width_table.py").write_text(width_module(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
