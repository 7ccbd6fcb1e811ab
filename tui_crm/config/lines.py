"""The line of every key in a TOML text.

The standard library's tomllib gives values without their places. This walk over a text that
tomllib has already accepted needs to know only where keys, strings and brackets begin and end.
"""

import re
from bisect import bisect_right
from collections.abc import Callable

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]*")
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"((?:[^"\\]|\\.)*)"'),
    re.compile(r"'([^']*)'"),
)


def locate(text: str) -> dict[str, int]:
    """Dotted key -> line, counted from 1, for every table, key and list element of `text`.

    Elements are named with their index: "picklists.statuses[2]", "picklists.dispositions[0].key".
    `text` must be valid TOML.
    """
    return _Walk(text).lines


class _Walk:
    """One pass over the text; `lines` is the result."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[str, int] = {}
        self._starts = [match.end() for match in re.finditer("\n", text)]
        self._tables_in_list: dict[str, int] = {}
        self._document()

    def _document(self) -> None:
        section = ""
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                section = self._header(2)
                index = self._tables_in_list.get(section, 0)
                self._tables_in_list[section] = index + 1
                section = f"{section}[{index}]"
                self._note(section)
            elif self.text[self.at] == "[":
                section = self._header(1)
                self._note(section)
            else:
                self._pair(section)
            self._skip(_BLANK)

    def _header(self, brackets: int) -> str:
        self.at += brackets
        parts = self._key()
        self._skip(_SPACE)
        self.at += brackets
        # A table below a list of tables belongs to the list's last element.
        path = ""
        for part in parts[:-1]:
            path = _join(path, part)
            if path in self._tables_in_list:
                path = f"{path}[{self._tables_in_list[path] - 1}]"
        return _join(path, parts[-1])

    def _pair(self, section: str) -> None:
        start = self.at
        path = section
        for part in self._key():
            path = _join(path, part)
            self._note(path, start)
        self._skip(_SPACE)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._skip(_SPACE)
            match = _BARE.match(self.text, self.at)
            if match:
                parts.append(match[0])
                self.at = match.end()
            else:
                parts.append(self._string())
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _value(self, path: str) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self._items("]", lambda index: self._value(self._note(f"{path}[{index}]")))
        elif opening == "{":
            self._items("}", lambda _index: self._pair(path))
        elif opening in "\"'":
            self._string()
        else:
            self._skip(_SCALAR)

    def _items(self, closing: str, item: Callable[[int], None]) -> None:
        self.at += 1
        index = 0
        self._skip(_BLANK)
        while self.text[self.at] != closing:
            item(index)
            index += 1
            self._skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
                self._skip(_BLANK)
        self.at += 1

    def _string(self) -> str:
        for pattern in _STRINGS:
            match = pattern.match(self.text, self.at)
            if match:
                self.at = match.end()
                return match[1] if match.re.groups else ""
        raise ValueError(f"no string at offset {self.at}")

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()

    def _note(self, path: str, at: int | None = None) -> str:
        self.lines.setdefault(path, bisect_right(self._starts, self.at if at is None else at) + 1)
        return path


def _join(path: str, part: str) -> str:
    return f"{path}.{part}" if path else part
