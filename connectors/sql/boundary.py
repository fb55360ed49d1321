"""Cursor values as JSON, and how far back a pull begins. Pure.

A value is kept as the database itself would read it back from a text, in the precision in which it came; texts that
hold times (SQLite has no other kind) keep their own writing, since there they are compared as texts.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

Kept = str | int | float

_SECONDS = range(10**9, 10**11)
_MILLISECONDS = range(10**12, 10**14)
"""Whole numbers that are taken for Unix times; others, such as versions, have no "earlier"."""


class NoCursor(TypeError):
    """A column holds a kind of value that cannot be kept in a cursor."""


def kept(value: Any) -> Kept:  # noqa: ANN401 (whatever a driver gives)
    """Return *value* as a cursor keeps it.

    Raises:
        NoCursor: it is of a kind without an order, or bytes.
    """
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    raise NoCursor(type(value).__name__)


def earlier(value: Kept, seconds: int) -> Kept:
    """Return *value* moved back by *seconds*, in its own writing; unmoved where it is no time."""
    if isinstance(value, str):
        return _earlier_text(value, seconds)
    if isinstance(value, int):
        if value in _SECONDS:
            return value - seconds
        return value - seconds * 1000 if value in _MILLISECONDS else value
    return value


def _earlier_text(text: str, seconds: int) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    back = timedelta(seconds=seconds)
    if len(text) <= len("2026-01-02"):
        return (at.date() - max(back, timedelta(days=1))).isoformat() if seconds else text
    if "." in text:
        digits = text.split(".")[1]
        precise = "microseconds" if len(digits) - len(digits.lstrip("0123456789")) > 3 else "milliseconds"  # noqa: PLR2004 (digits of a millisecond)
    else:
        precise = "seconds" if text[:17].count(":") > 1 else "minutes"
    moved = (at - back).isoformat(sep=text[len("2026-01-02")], timespec=precise)
    return moved.replace("+00:00", "Z") if text.endswith("Z") else moved
