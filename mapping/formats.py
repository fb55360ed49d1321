"""How some systems write a value on the wire, where it is neither plain text nor a number.

Room: mapping; pure. Each format is a pair: `decode` makes what a field type understands, `encode` makes what the
system understands. `encode` returns None where the value has no such form (a month without a day).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from mapping.field_types.amount import plain
from mapping.values import Json

FormatName = Literal["date_ms", "instant_ms", "comma_text", "number_text"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COMMAS: Final = re.compile(r"[,;，；、]")


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a value; *joins* tells that one place holds several."""

    meaning: str
    decode: Callable[[Json, ZoneInfo], Json]
    encode: Callable[[Json, ZoneInfo], Json]
    joins: bool = False


def _moment(raw: Json, zone: ZoneInfo) -> datetime | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        return (_EPOCH + timedelta(milliseconds=int(raw))).astimezone(zone)
    except (ValueError, OverflowError):
        return None


def _read_date(raw: Json, zone: ZoneInfo) -> Json:
    moment = _moment(raw, zone)
    return moment.date().isoformat() if moment is not None else raw


def _write_date(value: Json, zone: ZoneInfo) -> Json:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    return _milliseconds(datetime(day.year, day.month, day.day, tzinfo=zone))


def _read_instant(raw: Json, zone: ZoneInfo) -> Json:
    moment = _moment(raw, zone)
    return moment.isoformat() if moment is not None else raw


def _write_instant(value: Json, zone: ZoneInfo) -> Json:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return _milliseconds(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone))


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _split(raw: Json, zone: ZoneInfo) -> Json:
    del zone
    return [piece.strip() for piece in _COMMAS.split(raw) if piece.strip()] if isinstance(raw, str) else raw


def _join(value: Json, zone: ZoneInfo) -> Json:
    del zone
    return ",".join(str(item) for item in value) if isinstance(value, list | tuple) else value


def _as_it_is(raw: Json, zone: ZoneInfo) -> Json:
    del zone
    return raw


def _digits(value: Json, zone: ZoneInfo) -> Json:
    del zone
    return plain(Decimal(str(value))) if isinstance(value, int | float) and not isinstance(value, bool) else value


FORMATS: Final[dict[FormatName, Format]] = {
    "date_ms": Format(
        "a calendar day as milliseconds since 1970, of its midnight in the system's time zone", _read_date, _write_date
    ),
    "instant_ms": Format("a moment as milliseconds since 1970", _read_instant, _write_instant),
    "comma_text": Format("several values in one text, joined by commas", _split, _join, joins=True),
    "number_text": Format("a number as text", _as_it_is, _digits),
}
