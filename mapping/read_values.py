"""Turn what one slot shows into values: blanks, value maps, wire formats, then the field type.

Room: mapping; pure and total: no raw value raises. This is the hot path, so texts that come again are remembered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from mapping.field_types.contract import FieldContext, FieldType
from mapping.formats import Format
from mapping.system_path import Absent
from mapping.values import FieldValue, Json

MAX_ELEMENTS: Final = 200
"""Values of one field in one record; a record with more is a mistake of its system."""
_REMEMBERED: Final = 4_096
"""Texts remembered per field."""
_LONGEST_REMEMBERED: Final = 200
"""Characters; longer texts hardly come twice."""

_MOST_PARTS: Final = 12
"""Parts of one value; an address has seven."""

Values = tuple[FieldValue, ...]


@dataclass(frozen=True)
class Reading:
    """How one field's raw values become values. *words* maps the system's words (as text) to the profile's."""

    type: FieldType
    context: FieldContext
    zone: ZoneInfo
    blanks: frozenset[str] = frozenset()
    words: Mapping[str, Json] | None = None
    format: Format | None = None


Reader = Callable[[Any], Values]


def reader(reading: Reading) -> Reader:
    """Return the function that reads a slot's raw content: (), one value, or several. It never raises."""

    @lru_cache(maxsize=_REMEMBERED)
    def remembered(text: str) -> Values:
        return _normalised(text, reading)

    @lru_cache(maxsize=_REMEMBERED)
    def remembered_parts(parts: tuple[tuple[str, str | None], ...]) -> Values:
        return _normalised(dict(parts), reading)

    def read(raw: Any) -> Values:  # noqa: ANN401 (whatever a system holds)
        if raw is None:
            return ()
        if isinstance(raw, str):
            return remembered(raw) if len(raw) <= _LONGEST_REMEMBERED else _normalised(raw, reading)
        if isinstance(raw, Absent):
            return ()
        if isinstance(raw, dict) and len(raw) <= _MOST_PARTS and all(map(_short, raw.values())):
            return remembered_parts(tuple(raw.items()))
        return _normalised(raw, reading)

    return read


def _short(part: object) -> bool:
    return part is None or (isinstance(part, str) and len(part) <= _LONGEST_REMEMBERED)


def word_of(raw: Json) -> str:
    """Return a scalar as the text under which value maps and blanks know it."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return str(raw).strip()


def unread(raw: Json, why: str) -> FieldValue:
    """Return a value that is kept as it came, with the reason."""
    try:
        text = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, sort_keys=True, default=str)
    except (TypeError, ValueError, RecursionError):
        text = type(raw).__name__
    return FieldValue(value=text, raw=raw, issues=(why,), valid=False, evidence=False)


def _normalised(raw: Any, reading: Reading) -> Values:  # noqa: ANN401 (whatever a system holds)
    decoded = raw if reading.format is None else reading.format.decode(raw, reading.zone)
    if isinstance(decoded, Sequence) and not isinstance(decoded, str | bytes):
        found = [value for item in decoded[:MAX_ELEMENTS] for value in _one(item, item, reading)]
        return tuple(found[:MAX_ELEMENTS])
    return _one(raw, decoded, reading)[:MAX_ELEMENTS]


def _one(raw: Any, decoded: Any, reading: Reading) -> Values:  # noqa: ANN401
    if _is_blank(decoded, reading):
        return ()
    if isinstance(decoded, Sequence) and not isinstance(decoded, str | bytes):
        return (unread(raw, "nested_list"),)
    if reading.words is not None:
        return _translated(raw, decoded, reading, reading.words)
    values = _typed(decoded, raw, reading)
    return values if decoded is raw else tuple(replace(value, raw=raw) for value in values)


def _is_blank(raw: Any, reading: Reading) -> bool:  # noqa: ANN401
    if raw is None:
        return True
    if isinstance(raw, str):
        text = raw.strip()
        return not text or text in reading.blanks
    if isinstance(raw, Mapping):
        return all(not isinstance(part, Mapping) and _is_blank(part, reading) for part in raw.values())
    if isinstance(raw, Sequence):
        return not raw
    return bool(reading.blanks) and word_of(raw) in reading.blanks


def _translated(raw: Any, decoded: Any, reading: Reading, words: Mapping[str, Json]) -> Values:  # noqa: ANN401
    if isinstance(decoded, Mapping) or word_of(decoded) not in words:
        return (unread(raw, "unmapped_value"),)
    return tuple(replace(value, raw=raw) for value in _typed(words[word_of(decoded)], raw, reading))


def _typed(decoded: Any, raw: Any, reading: Reading) -> Values:  # noqa: ANN401
    try:
        return reading.type.normalise(decoded, reading.context)
    except Exception:  # noqa: BLE001 (a field type may be a plug-in: its fault must not stop the record)
        return (unread(raw, "type_failed"),)
