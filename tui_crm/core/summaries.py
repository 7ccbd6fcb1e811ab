"""What the program itself calls a change set, in the language of whoever reads it.

A summary is stored as a JSON object that says what is to be told; whatever is none, such as the
name of a customer, is told as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tui_crm.core.fields import Registry
from tui_crm.text.i18n import _, ngettext


def of_batch(fields: Iterable[str], count: int) -> str:
    """One edit of these fields, by name, of so many customers."""
    return _stored({"fields": list(fields), "n": count})


def of_customers(count: int) -> str:
    """Something that was done to so many customers."""
    return _stored({"n": count})


def of_import(file: str) -> str:
    """The import of a file."""
    return _stored({"file": file})


def of_export(count: int, file: str, query: str) -> str:
    """So many customers, found by a query, written to a file."""
    return _stored({"n": count, "file": file, "query": query})


def shown(summary: str, fields: Registry) -> str:
    """A stored summary in words; fields go by their labels."""
    if not summary.startswith('{"'):
        return summary
    try:
        told = json.loads(summary)
    except ValueError:
        return summary
    return _words(told, fields) or summary


def _stored(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False)


def _words(told: Mapping[str, Any], fields: Registry) -> str:
    match told:
        case {"fields": [*names], "n": int(count)}:
            labels = [field.label if (field := fields.get(name)) else str(name) for name in names]
            text = ngettext("{fields} of {n} customer", "{fields} of {n} customers", count)
            return text.format(fields=", ".join(labels), n=count)
        case {"n": int(count), "file": str(file), "query": str(query)}:
            text = ngettext("{n} customer to {file}", "{n} customers to {file}", count)
            return text.format(n=count, file=file) + (f": {query}" if query else "")
        case {"n": int(count)}:
            return ngettext("{n} customer", "{n} customers", count).format(n=count)
        case {"file": str(file)}:
            return _("Import of {file}").format(file=file)
    return ""
