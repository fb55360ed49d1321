"""Calendar dates (birthdays, contract dates) and instants, as ISO 8601 text (reference 2.7).

Room: mapping. Pure; touches nothing. A birthday is never turned into an instant: 1988 in Shanghai was UTC+9 in summer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import lru_cache
from typing import Final

from mapping.field_types.contract import FieldContext
from mapping.field_types.moment import Moment, Reading, read_moment
from mapping.field_types.placeholders import extra, is_filler, is_listed
from mapping.field_types.raw_values import invalid
from mapping.field_types.simple_type import SimpleType
from mapping.field_types.unicode_form import one_line
from mapping.values import FieldValue


def _reading(context: FieldContext) -> Reading:
    order = context.options.get("order")
    serial = bool(context.options.get("serial"))
    return Reading(context.timezone, order.lower() if isinstance(order, str) else "", serial)


def _read_date(text: str, context: FieldContext) -> tuple[FieldValue, ...]:
    return _value(text, _reading(context), extra(context), _iso_day)


def _read_instant(text: str, context: FieldContext) -> tuple[FieldValue, ...]:
    return _value(text, _reading(context), extra(context), _iso_instant)


@lru_cache(maxsize=32_768)
def _value(text: str, reading: Reading, more: frozenset[str], shown: Callable[[Moment], str]) -> tuple[FieldValue, ...]:
    line = one_line(text)
    if is_filler(line):
        return (invalid(text, "placeholder"),)
    found = read_moment(line, reading)
    if isinstance(found, str):
        return (invalid(text, found),)
    if is_listed("date_never", found.iso):
        return (invalid(text, "placeholder"),)
    try:
        value = shown(found)
    except OverflowError:  # an instant before year 1 or after 9999 in UTC
        return (invalid(text, "no_such_date"),)
    doubted = is_listed("date", found.iso) or found.iso in more
    precision = found.precision if shown is _iso_instant else min(found.precision, "day", key=_PRECISIONS.index)
    issues = ("placeholder",) if doubted else ()
    evidence = not doubted and precision in ("day", "second")
    return (FieldValue(value=value, raw=text, parts={"precision": precision}, issues=issues, evidence=evidence),)


_PRECISIONS: Final = ("year", "month", "day", "second")


def _iso_day(moment: Moment) -> str:
    return moment.iso


def _iso_instant(moment: Moment) -> str:
    if moment.time is None:
        return moment.iso
    at = moment.time.astimezone(UTC)
    fraction = f".{at.microsecond:06}".rstrip("0") if at.microsecond else ""
    return f"{at:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + f"{fraction}Z"


def _covered(text: str) -> str:
    return f"{text[:4]}-**-**"


def _key(text: str) -> str:
    return text


DATE: Final = SimpleType("date", _read_date, key=_key, covered=_covered)
"""Dates: `2024-01-05`, `2024-01`, `2024`; part `precision`.

Options: `order` (dmy, mdy), `serial: true` (spreadsheet days). Issues when invalid: see `moment.read_moment`;
`placeholder` for 1900-01-01. 1990-01-01 and other form defaults are valid and no evidence.
"""

DATETIME: Final = SimpleType("datetime", _read_instant, key=_key, covered=_covered, blocks=False)
"""Instants: `2024-01-05T06:30:00Z`; a date without a time stays a date. Options as for dates."""
