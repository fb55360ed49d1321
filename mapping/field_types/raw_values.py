"""How a raw JSON value reaches a field type: as clean text, as parts, or not at all.

Room: mapping. Pure; touches nothing. Every field type reads its input through here, so that no input raises:
lists are read item by item, numbers as the text a person would have typed, what fits nothing comes back invalid.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mapping.field_types.unicode_form import DAMAGE, LONGEST_LINE, LONGEST_NOTE, well_formed
from mapping.values import FieldValue, Json

MOST_ITEMS: Final = 1_000
"""A list longer than this is no list of a customer's values; the rest is named in one invalid value."""

Read = Callable[[str], tuple[FieldValue, ...]]
"""What a field type does with one text that is neither blank nor too long."""


def as_text(raw: Json) -> str:
    """Return *raw* as text for showing and keeping: well-formed, at most `LONGEST_NOTE` characters."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return well_formed(raw[:LONGEST_NOTE])
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return number_text(raw)
    try:
        return well_formed(json.dumps(raw, ensure_ascii=False, default=lambda _: "?")[:LONGEST_NOTE])
    except (RecursionError, ValueError, TypeError):  # nested beyond measure, circular, or with keys that are no text
        return "?"


def number_text(number: float) -> str:
    """Return a number as typed: 13800138000.0 (what a spreadsheet makes of a phone) as 13800138000.

    >>> number_text(13800138000.0), number_text(1.5)
    ('13800138000', '1.5')
    """
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e16:  # noqa: PLR2004 (beyond, floats lose digits)
        return str(int(number))
    try:
        return str(number)
    except ValueError:  # Python refuses to print integers of more than 4,300 digits
        return "?"


def invalid(raw: Json, issue: str, parts: Mapping[str, str] | None = None) -> FieldValue:
    """Return the value of something that cannot be normalised: kept as it came, never pushed, never evidence."""
    text = as_text(raw)
    return FieldValue(value=text, raw=text, parts=parts or {}, issues=(issue,), valid=False, evidence=False)


def each_text(raw: Json, read: Read, longest: int = LONGEST_LINE) -> tuple[FieldValue, ...]:
    """Return what *read* makes of every text in *raw*: one for a scalar, one per item of a list, none for blank.

    A text longer than *longest* characters, a damaged one, a truth value or an object is invalid.
    """
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        found = [value for item in raw[:MOST_ITEMS] for value in _one(item, read, longest)]
        if len(raw) > MOST_ITEMS:
            found.append(invalid(f"{len(raw)} items", "too_many"))
        return tuple(found)
    return _one(raw, read, longest)


def _one(raw: Json, read: Read, longest: int) -> tuple[FieldValue, ...]:
    if raw is None:
        return ()
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return (invalid(raw, "not_text"),)
    text = as_text(raw)
    if not text or text.isspace():
        return ()
    if len(text) > longest:
        return (invalid(text, "too_long"),)
    if DAMAGE in text and longest < LONGEST_NOTE:
        return (invalid(text, "damaged"),)
    return read(text)


def part(parts: Mapping[str, Json], *names: str) -> str:
    """Return the first of *names* that *parts* fills, as text; "" if none does or it is no text."""
    for name in names:
        raw = parts.get(name)
        if raw is None or isinstance(raw, bool) or not isinstance(raw, str | int | float):
            continue
        text = as_text(raw)
        if text and not text.isspace():
            return text
    return ""
