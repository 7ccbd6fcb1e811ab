"""What every model shares: the database proxy and the column types.

The types read the same on both engines.

The tables themselves, with their indexes, are made by the migrations; a test compares the two.

Text columns are never NULL: an empty value is ``''``, so that sorting, comparing and unique
indexes mean the same on SQLite and PostgreSQL, which disagree about NULL.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from peewee import DatabaseProxy, Model, TextField

database = DatabaseProxy()
"""The open database of this process; `tui_crm.store.open_database` points it at an engine."""


class UtcField(TextField):
    """An aware ``datetime`` kept as ``YYYY-MM-DDTHH:MM:SSZ``; ``None`` is kept as ``''``.

    ISO text sorts by time on both engines; native time stamps lose the zone on one of them.
    """

    def db_value(self, value: datetime | str | None) -> str:
        """Column text of an aware datetime; text that is ISO already passes through."""
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def python_value(self, value: str | None) -> datetime | None:
        """The aware datetime of a column text."""
        return datetime.fromisoformat(value) if value else None


class JsonTextField(TextField):
    """A JSON document kept as text, so that its spelling is the same on both engines."""

    def db_value(self, value: Any) -> str:
        """Compact JSON text."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def python_value(self, value: str | None) -> Any:
        """The decoded document; ``None`` for an empty column."""
        return json.loads(value) if value else None


class BaseModel(Model):
    """Base of all tables."""

    class Meta:
        database = database
        legacy_table_names = False
