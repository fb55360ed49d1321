"""Make JSON of the values that spreadsheets, Parquet files and databases hold.

Room: connectors; pure. Times that name no zone are left without one: the mapping's `timezone` says whose they are.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID


def json_value(value: Any) -> Any:  # noqa: ANN401, PLR0911 (a table of kinds)
    """Return *value* as JSON knows it.

    A whole number stays one, also where it came as 13800138000.0 (spreadsheets know no other kind); a decimal is text,
    so that no digit is lost; times are ISO 8601; bytes are base64; what is not a number (NaN) is nothing.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else None
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(name): json_value(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_value(one) for one in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return str(value) if isinstance(value, UUID) else repr(type(value).__name__)


def _number(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def midnight_as_day(value: Any) -> Any:  # noqa: ANN401 (any cell)
    """Return a day for a moment at midnight without a zone: spreadsheets have no other way to hold a day."""
    bare = isinstance(value, datetime) and value.tzinfo is None and value.time() == time.min
    return value.date() if bare else value


def key_text(value: Any) -> str | None:  # noqa: ANN401 (any cell)
    """Return a cell as part of a key: trimmed text; None where it holds nothing."""
    plain = json_value(value)
    if plain is None or isinstance(plain, bool | dict | list):
        return None
    return str(plain).strip() or None


def joined_key(parts: list[str]) -> str:
    """Return one text for a key of several parts: joined by `|`; a `|` or backslash inside a part is escaped."""
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def split_key(text: str) -> list[str]:
    """Return the parts that `joined_key` joined."""
    parts, escaped = [""], False
    for letter in text:
        if escaped or letter not in "\\|":
            parts[-1] += letter
            escaped = False
        elif letter == "\\":
            escaped = True
        else:
            parts.append("")
    return parts
