"""What a person sees in a cell of a workbook, from what the file keeps."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal

# Longer and finer numbers are not written out: they are none of people.
_LARGEST = 1e21
_SMALLEST = 1e-15


def number_text(number: float) -> str:
    """A number as a person writes it: without an exponent, and without what binary adds to it."""
    if math.isnan(number) or abs(number) >= _LARGEST:
        return repr(number)
    if number.is_integer():
        return f"{number:.0f}"
    short = f"{number:.15g}"
    if "e" not in short:
        return short
    return f"{Decimal(short):f}" if abs(number) > _SMALLEST else repr(number)


def cell_text(value: object) -> str:
    """A cell as text: numbers written out, days and times as ISO has them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return number_text(float(value))
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else ""
