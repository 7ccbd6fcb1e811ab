"""SQL with `?` for its parameters, as those want it who take it to a PostgreSQL server."""

from __future__ import annotations

import functools
import re
from itertools import count

# Quoted text and comments are matched whole, so that a `?` in them is none.
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|\?|%")


@functools.lru_cache(maxsize=512)
def percent(sql: str) -> str:
    """As psycopg wants it: `%s`, and every `%` doubled, which it would take for its own."""
    return _TOKEN.sub(lambda m: "%s" if m[0] == "?" else m[0].replace("%", "%%"), sql)


@functools.lru_cache(maxsize=512)
def numbered(sql: str) -> str:
    """As the server wants it: `$1`, `$2`."""
    numbers = count(1)
    return _TOKEN.sub(lambda m: f"${next(numbers)}" if m[0] == "?" else m[0], sql)
