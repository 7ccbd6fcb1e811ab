"""JSON lines as a table: an object a line, or the objects of one array.

The keys of all objects are the columns. A list is a list in a cell, an object inside of an object
is columns of its own ("address.city").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tui_crm.errors import InputRefused
from tui_crm.exchange import cells
from tui_crm.exchange.reading.reader import Notice, Row
from tui_crm.exchange.reading.sniff import sample_of, unreadable
from tui_crm.text.i18n import _

_BLOCK = 1 << 16
_LONGEST = 16_000_000  # characters of one object
_DEEPEST = 4
_MOST_COLUMNS = 5000
_BETWEEN = re.compile(r"[\s,\ufeff]*")
_VALUE_KEYS = ("value", "number", "address", "email", "phone", "name")
_LABEL_KEYS = ("label", "type", "kind")


class JsonTable:
    """The objects of a file."""

    def __init__(self, path: Path, encoding: str = "") -> None:
        """Look through the file; `InputRefused` if it is not JSON or holds no object."""
        self.path = path
        self.title = path.name
        _sample, self.encoding = sample_of(path, encoding)
        self.notices: list[Notice] = []
        keys: dict[str, None] = {}
        for _line, values in self._objects():
            keys.update(dict.fromkeys(values))
            if len(keys) > _MOST_COLUMNS:
                raise InputRefused(
                    _("{path} has {count} columns, at most {limit} can be read.").format(
                        path=path.name, count=len(keys), limit=_MOST_COLUMNS
                    )
                )
        if not keys:
            raise InputRefused(_("{path} holds no objects.").format(path=path.name))
        self.headers = tuple(keys)

    def rows(self) -> Iterator[Row]:
        """A row for each object."""
        self.notices = []
        for line, values in self._objects():
            if any(text.strip() for text in values.values()):
                yield Row(line, tuple(values.get(name, "") for name in self.headers))

    def _objects(self) -> Iterator[tuple[int, dict[str, str]]]:
        for line, value in self._values():
            if not isinstance(value, dict):
                raise self._refused(line, _("there is no object"))
            found: dict[str, str] = {}
            _flatten(value, "", found, 0)
            yield line, found

    def _values(self) -> Iterator[tuple[int, Any]]:
        """Every value of the file, or of the array that the file is, with its line."""
        decoder = json.JSONDecoder(parse_float=str, parse_int=str)
        text, start, line, done, array = "", 0, 1, False, None
        try:
            with self.path.open(encoding=self.encoding) as file:
                while True:
                    between = _BETWEEN.match(text, start)
                    if between is not None:
                        line += text.count("\n", start, between.end())
                        start = between.end()
                    if array is None and start < len(text):
                        array = text[start] == "["
                        start += array
                        continue
                    if array and text[start : start + 1] == "]":
                        array = False
                        start += 1
                        continue
                    end = start
                    if start < len(text):
                        try:
                            value, end = decoder.raw_decode(text, start)
                        except RecursionError:
                            raise self._refused(line, _("it is nested too deeply")) from None
                        except ValueError as error:
                            hopeless = done or len(text) - start > _LONGEST
                            if hopeless or (not array and self._complete(text, start)):
                                raise self._refused(line, str(error)) from None
                        else:
                            yield line, value
                            line += text.count("\n", start, end)
                            start = end
                            continue
                    if done:
                        return
                    block = file.read(max(_BLOCK, len(text) - start))
                    done = not block
                    text, start = text[start:] + block, 0
        except UnicodeError as error:
            raise InputRefused(
                _("{path} is not written in {encoding}: byte {number} does not fit.").format(
                    path=self.path, encoding=self.encoding, number=getattr(error, "start", 0)
                )
            ) from None
        except OSError as error:
            raise unreadable(self.path, error) from None

    @staticmethod
    def _complete(text: str, start: int) -> bool:
        """Whether what cannot be read is a whole line, to which nothing more belongs."""
        end = text.find("\n", start)
        line = text[start:end].rstrip() if end >= 0 else ""
        return line.endswith("}")

    def _refused(self, line: int, reason: str) -> InputRefused:
        return InputRefused(
            _("{path}, line {line}: no JSON ({reason}).").format(
                path=self.path.name, line=line, reason=reason
            ),
            _("Each line has to be one JSON object."),
        )


def _flatten(value: dict[str, Any], prefix: str, found: dict[str, str], depth: int) -> None:
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if isinstance(inner, dict) and depth < _DEEPEST:
            _flatten(inner, f"{name}.", found, depth + 1)
        elif isinstance(inner, list):
            found[name] = cells.join(filter(None, map(_item, inner)))
        else:
            found[name] = _scalar(inner)


def _item(value: Any) -> str:
    """A part of a list; an object with a label and a value is "label: value"."""
    if not isinstance(value, dict):
        return _scalar(value)
    content = next((_scalar(value[key]) for key in _VALUE_KEYS if value.get(key)), "")
    label = next((_scalar(value[key]) for key in _LABEL_KEYS if value.get(key)), "")
    if not content:
        return _scalar(value)
    return f"{label}: {content}" if label else content


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
